/* Follows a stream of the log for a service. The stream's publications of its head say how far it goes and up to which
 * instant that is everything; the events themselves always come from the log, so that a lost publication is only a
 * delay. */
#ifndef DUBAN_SERVICE_FOLLOWER_H
#define DUBAN_SERVICE_FOLLOWER_H

#include "db/stream.h"

struct follower;

struct follower *follower_new(struct reader *reader, enum stream_id stream);
void follower_free(struct follower **follower);

enum stream_id follower_stream(const struct follower *follower);

/* Begins anew at the stream's first event. */
void follower_restart(struct follower *follower);

/* A head was published: nothing after `head` will have been received at or before `time_us`. now_us is monotonic. */
void follower_head(struct follower *follower, uint64_t head, int64_t time_us, int64_t now_us);

/* Asks the log for more when that is due: when a head is ahead, and once a second in case publications are lost.
 * Returns the monotonic instant at which it wants to be called again. */
int64_t follower_step(struct follower *follower, int64_t now_us);

/* The next event, or null when none has been read yet. Borrowed until follower_pop. */
const struct stream_event *follower_peek(const struct follower *follower);
void follower_pop(struct follower *follower);

/* Sequence of the last event popped. */
uint64_t follower_cursor(const struct follower *follower);

/* When nothing is waiting to be popped: the instant up to which all events have been popped; INT64_MIN when not known.
 */
int64_t follower_complete_us(const struct follower *follower);

/* Whether everything that the log held when it was last read has been popped. */
bool follower_at_end(const struct follower *follower);

/* Monotonic instant at which the heads last told a later time; 0 when there was none. */
int64_t follower_moved_us(const struct follower *follower);

#endif
