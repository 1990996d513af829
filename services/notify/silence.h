/* How long nothing was heard of the measures of a commitment. */
#ifndef DUBAN_NOTIFY_SILENCE_H
#define DUBAN_NOTIFY_SILENCE_H

#include "notify/promise.h"

/* When a measure of a division was last reported. Shared by all commitments that listen to it. */
struct hearing {
    day_number day;         /* on which the last report was received; 0 while there is none, before all plans */
    uint64_t sequence;      /* of that report */
    struct watch **watches; /* borrowed; every commitment that ever listened */
    size_t watch_count, watch_capacity;
};

/* A measure that a commitment is to report, and when it was last heard of. */
struct ear {
    const struct measure *measure; /* reporting_days > 0 */
    const struct hearing *hearing;
};

/* What one commitment listens to. */
struct silence {
    struct ear *ears; /* from malloc */
    size_t count, capacity;
    day_number since; /* silence does not begin before the end of this day */
};

void silence_done(struct silence *silence);

/* The first day from `day` on, whose morning asks for a report; false when there are no measures to be reported. */
bool silence_next_day(const struct silence *silence, day_number day, day_number *out_day) MUST_CHECK;

/* Measures that on a morning have been silent for longer than their period, in the order of the ears: returns how many
 * were written to out_measures, which has room for all ears. */
size_t silence_measures(const struct silence *silence, day_number day, const struct measure **out_measures);

/* Sequence of the last report heard of any of the measures; 0 when there is none. */
uint64_t silence_broken_at(const struct silence *silence);

#endif
