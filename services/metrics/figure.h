/* The two sides of an indicator as the reports have them, before any comparison with a target. */
#ifndef DUBAN_METRICS_FIGURE_H
#define DUBAN_METRICS_FIGURE_H

#include "metrics/reports.h"

#include "domain/registry.h"

/* What is looked at, and from where: reports about days up to as_of, received up to as_of_sequence. */
struct view {
    const struct registry *registry;
    const struct reports *reports;
    day_number as_of;
    uint64_t as_of_sequence;
};

struct figure {
    struct decimal numerator, denominator; /* denominator > 0; 1 where the rule has none */
    day_number observed_on;                /* of the newest report that is in it */
    const char *scope;                     /* of all reports that are in it; lives as long as the reports */
};

/* False when the figure is unknown: nothing was reported for one of its terms, there is no base of the same scope, the
 * denominator is not above 0, or a number grew too large. */
bool figure_compute(const struct view *view, const struct plan *plan, const struct commitment *commitment,
                    struct figure *out_figure) MUST_CHECK;

#endif
