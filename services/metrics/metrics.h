/* Decides where each commitment stands. A pure fold over the stream of updates and the passing of days: the same
 * updates give the same standings, emitted at the same instants, however they are cut into calls. Opens nothing and
 * reads no clock. */
#ifndef DUBAN_METRICS_H
#define DUBAN_METRICS_H

#include "metrics/figure.h"

#include "domain/standing.h"

struct metrics;

/* Receives a standing that changed, and the instant at which it did: the received_us of the updates that changed it, or
 * the midnight (Asia/Shanghai) at which days did. Called in the order of instants, then of division, year and the
 * plan. The standing is borrowed until return; its texts live as long as the metrics. */
typedef void metrics_emit_fn(void *context, int64_t at_us, const struct standing *standing);

struct metrics *metrics_new(metrics_emit_fn *emit, void *context);
void metrics_free(struct metrics **metrics);

/* Takes in the next update of the log. Updates with the same received_us are one batch: what they change together is
 * emitted once, when the batch ends: at the next later update or metrics_advance. Midnights up to and including
 * received_us are passed before. An update that is older than what has been passed counts as received now. */
void metrics_apply(struct metrics *metrics, const struct update *update);

/* Says that no more updates up to `until_us` will come: ends the batch and passes every midnight up to and including
 * it. */
void metrics_advance(struct metrics *metrics, int64_t until_us);

struct metrics_question {
    const char *division;    /* prefix of the code; "" for all */
    uint32_t year;           /* 0 for all */
    const char *unit;        /* lead unit; "" for all */
    const char *commitment;  /* "" for all */
    day_number as_of;        /* reports up to this day */
    uint64_t as_of_sequence; /* updates up to this sequence: plans, projects, changes and reports alike; UINT64_MAX for
                                all */
};

/* One commitment as the question sees it. Borrowed until return; what it points to lives until the next update. */
struct metrics_answer {
    struct subject subject;
    struct standing standing;
    bool was_red; /* in the calendar year of as_of, on that day or before */
    day_number red_since;
    uint64_t red_sequence; /* the last update that was known when it turned red */
};

typedef void metrics_answer_fn(void *context, const struct metrics_answer *answer);

/* Computes standings without changing or emitting anything; in the order of division, year and plan. */
void metrics_ask(const struct metrics *metrics, const struct metrics_question *question, metrics_answer_fn *answer,
                 void *context);

#endif
