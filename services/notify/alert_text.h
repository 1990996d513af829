/* The sentences of an alert, in Chinese and in English, for the people who must act on it. */
#ifndef DUBAN_NOTIFY_ALERT_TEXT_H
#define DUBAN_NOTIFY_ALERT_TEXT_H

#include "notify/promise.h"

#include "domain/standing.h"

/* Why alerts are taken back. */
enum cause {
    CAUSE_NONE,
    CAUSE_MOVED,     /* another due day */
    CAUSE_DROPPED,   /* no longer in the plan, or no longer promised by the project */
    CAUSE_CANCELLED, /* the project was given up */
};

struct withdrawal_cause {
    enum cause cause;
    day_number moved_to; /* for CAUSE_MOVED */
};

/* Fills text_zh, text_en and reason of an alert that is otherwise complete, from the promise as it was then. The texts
 * live in the arena, which must have room. */
void alert_text_fill(struct alert *alert, const struct promise *promise, const struct withdrawal_cause *why,
                     struct arena *arena);

#endif
