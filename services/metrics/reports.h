/* Every report ever made, as the log has it: nothing is overwritten, so that what was known at an earlier sequence can
 * still be asked. Reports about the same thing form a line. */
#ifndef DUBAN_METRICS_REPORTS_H
#define DUBAN_METRICS_REPORTS_H

#include "domain/update.h"

#include "base/map.h"

struct report {
    uint64_t sequence;
    uint64_t withdrawn_by; /* sequence of the withdrawal; 0 while there is none */
    struct decimal value;  /* as reported, in `unit`; nothing for a milestone */
    const char *unit;
    const char *source; /* who sent it */
    int64_t received_us;
    day_number day; /* observed or reached on */
};

/* The reports of one measure, project and scope, or of one project and milestone; what does not apply is "". Texts live
 * as long as the reports. */
struct line {
    const char *division, *measure, *project, *milestone, *scope;
    struct report *reports; /* ordered by day, then sequence */
    size_t count, capacity;
};

struct reports;

struct reports *reports_new(void);
void reports_free(struct reports **reports);

/* Takes in a measurement, a milestone reached or a withdrawal. Returns the line it changed, or null when it changed
 * none: for another kind, or a withdrawal of what is no report or is withdrawn already. Sequences must rise
 * from call to call. */
const struct line *reports_apply(struct reports *reports, const struct update *update);

/* The lines of a measure and those of a project's milestones (by milestone): the entries' values are struct line. Empty
 * when nothing was reported. Valid until the next reports_apply. */
const struct map *reports_of_measure(const struct reports *reports, const char *division, const char *measure);
const struct map *reports_of_project(const struct reports *reports, const char *division, const char *project);

/* The line of a measure, project and scope; null when nothing was reported. */
const struct line *reports_line(const struct reports *reports, const char *division, const char *measure,
                                const char *project, const char *scope);

/* Whether a report counts at a sequence, and whether it is known and was taken back by then. */
bool report_counts(const struct report *report, uint64_t as_of_sequence);
bool report_withdrawn(const struct report *report, uint64_t as_of_sequence);

/* Of several reports for one day the last one that is not withdrawn counts. Each function ignores reports and
 * withdrawals after `as_of_sequence`, and days outside from … until; null when there is no such report. */
const struct report *line_latest(const struct line *line, day_number from, day_number until, uint64_t as_of_sequence);

/* The report that counts for the nearest day before that of `report`. */
const struct report *line_before(const struct line *line, const struct report *report, day_number from,
                                 uint64_t as_of_sequence);

/* The last one received, whatever its day: what counts for a milestone, which is reached on one day only. */
const struct report *line_last_received(const struct line *line, uint64_t as_of_sequence);

#endif
