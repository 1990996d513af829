/* Which reports, changes and memories make a commitment's figure and colour: so that every number can be led back to
 * what was reported. */
#ifndef DUBAN_METRICS_EXPLAIN_H
#define DUBAN_METRICS_EXPLAIN_H

#include "metrics/metrics.h"

#define EXPLAINED_REPORTS_MAX 10000

/* Whether a report is in the figure, and why not. The numbers are those of ReportUse in requests.proto. Where several
 * reasons apply, the first of withdrawn, outside, other scope and replaced is told. */
enum report_use { USE_COUNTED = 1, USE_REPLACED, USE_WITHDRAWN, USE_OTHER_SCOPE, USE_OUTSIDE };

struct explained_report {
    enum report_role role;
    enum report_use use;
    const struct line *line;
    const struct report *report;
};

struct explained_change {
    const struct change *change;
    bool in_force;
};

struct explanation {
    struct metrics_answer answer;
    struct explained_report *reports; /* all that are known, by role, measure, project, milestone, day and sequence */
    size_t report_count, report_capacity;
    struct explained_change *changes; /* that are known and hold, or held before another took their place */
    size_t change_count, change_capacity;
};

/* Explains one commitment: of the question division, year and commitment are taken exactly, and unit is not. False when
 * there is none, as of the question. The caller ends it with explanation_done; it points into the metrics until the
 * next update. */
bool metrics_explain(const struct metrics *metrics, const struct metrics_question *question,
                     struct explanation *out_explanation) MUST_CHECK;
void explanation_done(struct explanation *explanation);

#endif
