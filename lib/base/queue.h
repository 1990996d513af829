/* Things that wait for their turn. What one sender sent keeps its order; among senders turns are given as if each had a
 * line of its own: who sends little does not wait behind all that somebody else has sent. Knows no clock. */
#ifndef DUBAN_BASE_QUEUE_H
#define DUBAN_BASE_QUEUE_H

#include "base/err.h"

#include <stddef.h>

struct queue;

/* Most that may wait, of all senders together and of one. A thing counts as so many items, and so many bytes. */
struct queue_limits {
    size_t items, bytes;
    size_t share_items, share_bytes;
};

struct queue *queue_new(const struct queue_limits *limits);
void queue_free(struct queue **queue); /* the things themselves are the caller's */

/* Whether as much waits as may. Nothing is refused for it: a caller that is full stops taking things in. */
bool queue_full(const struct queue *queue);

/* Adds a thing; `sender` is any text and is copied. RC_AGAIN when it would be more than one sender's share. */
enum rc queue_add(struct queue *queue, const char *sender, size_t items, size_t bytes, void *thing) MUST_CHECK;

/* What waits, in the order of turns: 0 is next. */
size_t queue_count(const struct queue *queue);
size_t queue_items(const struct queue *queue);
void *queue_at(const struct queue *queue, size_t index);

/* The first `count` things are being worked on: whatever is added from now on comes behind them. */
void queue_start(struct queue *queue, size_t count);

/* Takes one out, wherever it stands. */
void queue_remove(struct queue *queue, size_t index);

#endif
