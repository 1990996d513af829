/* Replay, which every service answers: events of the log again, to who may read them. Replays wait for their turn, so
 * that one client's do not hold up another's, nor what the service itself reads. */
#ifndef DUBAN_SERVICE_REPLAY_H
#define DUBAN_SERVICE_REPLAY_H

#include "service/door.h"

#include "db/stream.h"

struct replays;

/* The reader must outlive them. */
struct replays *replays_new(struct reader *reader);

/* Drops those that wait. Only when the reader is gone, or it might still answer. */
void replays_free(struct replays **replays);

/* Takes a request of the kind `replay`; it is answered when its turn has come, or at once when it is refused. */
void replays_take(struct replays *replays, struct call *call);

/* Starts those whose turn it is. */
void replays_step(struct replays *replays);

#endif
