/* The two sides of an indicator as the reports have them, before any comparison with a target. Which reports count is
 * decided here alone, for figures, forecasts and explanations (docs/domain.md, section 2). */
#ifndef DUBAN_METRICS_FIGURE_H
#define DUBAN_METRICS_FIGURE_H

#include "metrics/reports.h"

#include "domain/registry.h"

/* From where something is looked at: reports about days up to as_of, and only updates up to as_of_sequence. */
struct view {
    const struct registry *registry;
    const struct reports *reports;
    day_number as_of;
    uint64_t as_of_sequence;
};

/* A commitment and what it promises, seen from there. */
struct subject {
    struct view view;
    const struct plan *plan; /* in the revision that is known there */
    const struct commitment *commitment;
    struct terms terms;
};

struct subject subject_of(const struct view *view, const struct plan *plan, const struct commitment *commitment);

/* The same with the reports of an earlier day; what is promised stays that of the day it was made for. */
struct subject subject_on(const struct subject *subject, day_number day);

/* The numbers are those of ReportRole in requests.proto. */
enum report_role { ROLE_NUMERATOR = 1, ROLE_DENOMINATOR, ROLE_BASE, ROLE_MILESTONE };

/* A line that has to do with a figure, and the days whose reports count there, first and last. A base is the report of
 * the year before, and below the line like a denominator. */
struct sight {
    enum report_role role;
    const struct line *line;
    const struct measure *measure; /* null for a milestone */
    day_number from, until;
    bool given_up; /* the project was cancelled: none counts */
};
typedef void figure_sight_fn(void *context, const struct sight *sight);

/* Shows every line that has to do with the figure, also those of another scope than its own. */
void figure_look(const struct subject *subject, figure_sight_fn *look, void *context);

/* The statistical scope of the figure; null when nothing was reported. Counts have the scope "". */
const char *figure_scope(const struct subject *subject);

struct figure {
    struct decimal numerator, denominator; /* denominator > 0; 1 where the rule has none */
    day_number observed_on;                /* of the newest report that is in it */
    const char *scope;                     /* of all reports that are in it; lives as long as the reports */
    bool simulated;                        /* a report that is in it was made up */
};

/* Receives each report that counts. */
typedef void figure_report_fn(void *context, enum report_role role, const struct report *report);

/* False when the figure is unknown: nothing was reported for one of its terms, there is no base of the same scope, the
 * denominator is not above 0, or a number grew too large. `take` may be null; it is also told what would be in an
 * unknown figure. */
bool figure_compute(const struct subject *subject, figure_report_fn *take, void *context,
                    struct figure *out_figure) MUST_CHECK;

/* factor × numerator ÷ denominator + offset, rounded half to even at 9 places. False when it is too large. */
bool figure_value(const struct indicator *indicator, const struct figure *figure, struct decimal *out_value) MUST_CHECK;

/* The newest days on which there is something to see of the figure: reports of its measures or milestones that would
 * count if nothing newer were there. Falling, at most `max`; returns how many. */
size_t figure_days(const struct subject *subject, day_number *out_days, size_t max);

#endif
