/* What several divisions reach together: sums above and below the line, then divided (docs/domain.md, section 8). */
#ifndef DUBAN_METRICS_ROLL_UP_H
#define DUBAN_METRICS_ROLL_UP_H

#include "metrics/metrics.h"

/* One indicator over the divisions below a code. Texts live as long as the metrics, the row itself in an arena. */
struct roll_up {
    const struct commitment *commitment; /* of the first part: its names, unit and indicator */
    bool known;                          /* else the sums, the value and the scope mean nothing */
    struct decimal numerator, denominator, value;
    const char *scope;
    const char **known_divisions, **missing_divisions;
    size_t known_count, missing_count;
    bool incomparable, simulated;
};

/* Adds up what a question asks for: `division` is the code above the parts, `commitment` the indicator, "" for all.
 * Rows come in the order of indicators. False when the arena is full. */
bool metrics_roll_up(const struct metrics *metrics, const struct metrics_question *question, struct arena *arena,
                     const struct roll_up **out_rows, size_t *out_count) MUST_CHECK;

#endif
