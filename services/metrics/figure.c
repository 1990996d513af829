#include "metrics/figure.h"

#include <string.h>

/* The commitment whose figure is computed. */
struct subject {
    const struct view *view;
    const struct plan *plan;
    const struct commitment *commitment;
};

/* One measure of an indicator, its lines, and the days whose reports count, first and last. */
struct term {
    const struct measure *measure;
    const struct map *lines;
    day_number from, until;
};

static day_number earlier(day_number a, day_number b)
{
    return a < b ? a : b;
}

static day_number later(day_number a, day_number b)
{
    return a > b ? a : b;
}

static void set_window(struct term *term, const struct commitment *commitment, day_number as_of)
{
    term->from = INT32_MIN;
    term->until = as_of;
    if (term->measure->kind == MEASURE_INCREMENT)
        term->from = as_of >= commitment->start ? commitment->start : day_year_start(day_year(as_of));
    if (term->measure->kind == MEASURE_CUMULATIVE) {
        /* After the deadline the total of the deadline's year goes on counting, and none of a later year. */
        int year = day_year(earlier(as_of, commitment->due));
        term->from = day_year_start(year);
        term->until = earlier(as_of, day_year_start(year + 1) - 1);
    }
}

static struct term term_of(const struct subject *subject, const char *id)
{
    struct term term = {.measure = plan_measure(subject->plan, id)};
    REQUIRE(term.measure != NULL); /* plan_check */
    term.lines = reports_of_measure(subject->view->reports, subject->plan->division, id);
    set_window(&term, subject->commitment, subject->view->as_of);
    return term;
}

static const struct report *latest(const struct subject *subject, const struct term *term, const struct line *line)
{
    return line_latest(line, term->from, term->until, subject->view->as_of_sequence);
}

static bool newer(const struct report *report, const struct report *than)
{
    return than == NULL || report->day > than->day || (report->day == than->day && report->sequence > than->sequence);
}

/* The scope that the newest report above the line has; null when there is no report. */
static const char *newest_scope(const struct subject *subject)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    const struct report *newest = NULL;
    const char *scope = NULL;
    for (size_t i = 0; i < indicator->numerator_count; i++) {
        struct term term = term_of(subject, indicator->numerator[i]);
        for (size_t j = 0; j < term.lines->count; j++) {
            const struct line *line = term.lines->entries[j].value;
            const struct report *report = latest(subject, &term, line);
            if (report != NULL && newer(report, newest)) {
                newest = report;
                scope = line->scope;
            }
        }
    }
    return scope;
}

/* A sum of reports of one scope, in one unit of measurement. */
struct sum {
    const char *scope, *unit;
    struct decimal total;
    size_t report_count;
    day_number newest;
    bool failed; /* a report could not be added exactly */
};

static void add_report(struct sum *sum, const struct report *report)
{
    int power;
    struct decimal value;
    if (!measurement_unit_shift(report->unit, sum->unit, &power) || !decimal_shift(report->value, power, &value) ||
        !decimal_add(sum->total, value, &sum->total))
        sum->failed = true;
    sum->newest = sum->report_count == 0 ? report->day : later(sum->newest, report->day);
    sum->report_count++;
}

/* Adds what counts of a line: every increment, but only the latest total or level. */
static bool add_line(struct sum *sum, const struct subject *subject, const struct term *term, const struct line *line)
{
    const struct report *report = latest(subject, term, line);
    if (report != NULL)
        add_report(sum, report);
    while (report != NULL && term->measure->kind == MEASURE_INCREMENT) {
        report = line_before(line, report, term->from, subject->view->as_of_sequence);
        if (report != NULL)
            add_report(sum, report);
    }
    return true;
}

/* Adds the report exactly a year before the latest one of a line. False when there is a latest one without it. */
static bool add_base(struct sum *sum, const struct subject *subject, const struct term *term, const struct line *line)
{
    const struct report *report = latest(subject, term, line);
    if (report == NULL)
        return true;
    day_number year_before = day_year_before(report->day);
    const struct report *base = line_latest(line, year_before, year_before, subject->view->as_of_sequence);
    if (base == NULL)
        return false;
    add_report(sum, base);
    return true;
}

typedef bool add_fn(struct sum *sum, const struct subject *subject, const struct term *term, const struct line *line);

/* Adds one measure to the sum; false when nothing is known of it. */
static bool add_term(struct sum *sum, const struct subject *subject, const char *measure, add_fn *add)
{
    struct term term = term_of(subject, measure);
    size_t count_before = sum->report_count;
    sum->unit = term.measure->unit; /* that of all terms: plan_check */
    for (size_t i = 0; i < term.lines->count; i++) {
        const struct line *line = term.lines->entries[i].value;
        if (strcmp(line->scope, sum->scope) == 0 && !add(sum, subject, &term, line))
            return false;
    }
    return sum->report_count > count_before && !sum->failed;
}

/* The sum above the line, over 1. */
static bool compute_total(const struct subject *subject, struct figure *out_figure)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    struct sum sum = {.scope = newest_scope(subject)};
    if (sum.scope == NULL)
        return false;
    for (size_t i = 0; i < indicator->numerator_count; i++)
        if (!add_term(&sum, subject, indicator->numerator[i], add_line))
            return false;
    *out_figure = (struct figure){sum.total, decimal_whole(1), sum.newest, sum.scope};
    return true;
}

static bool compute_ratio(const struct subject *subject, struct figure *out_figure)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    struct figure above;
    if (!compute_total(subject, &above))
        return false;
    struct sum below = {.scope = above.scope};
    for (size_t i = 0; i < indicator->denominator_count; i++)
        if (!add_term(&below, subject, indicator->denominator[i], add_line))
            return false;
    if (decimal_sign(below.total) <= 0)
        return false;
    *out_figure = (struct figure){above.numerator, below.total, later(above.observed_on, below.newest), above.scope};
    return true;
}

static bool compute_growth(const struct subject *subject, struct figure *out_figure)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    struct figure now;
    if (!compute_total(subject, &now))
        return false;
    struct sum base = {.scope = now.scope};
    for (size_t i = 0; i < indicator->numerator_count; i++)
        if (!add_term(&base, subject, indicator->numerator[i], add_base))
            return false;
    if (decimal_sign(base.total) <= 0)
        return false;
    *out_figure = (struct figure){now.numerator, base.total, now.observed_on, now.scope};
    return true;
}

/* How far the projects of a group have come. */
struct progress {
    int64_t project_count, reached_count;
    bool reported; /* whether any of the group's milestones was, by any of its projects */
    day_number newest;
};

/* Takes in what was reported about one project; returns whether it reached milestone `wanted` or a later one. */
static bool add_milestones(struct progress *progress, const struct view *view, const struct group *group, size_t wanted,
                           const struct map *lines)
{
    bool reached = false;
    for (size_t i = 0; i < group->milestone_count; i++) {
        const struct line *line = map_get(lines, group->milestones[i].id);
        const struct report *report = line == NULL ? NULL : line_last_received(line, view->as_of_sequence);
        if (report == NULL || report->day > view->as_of)
            continue;
        progress->newest = progress->reported ? later(progress->newest, report->day) : report->day;
        progress->reported = true;
        reached = reached || i >= wanted;
    }
    return reached;
}

/* A project given up leaves the count and the scope, but what it had reported still tells silence from zero. */
static struct progress progress_of(const struct subject *subject, const struct group *group, size_t wanted)
{
    struct progress progress = {0};
    const struct view *view = subject->view;
    const struct map *projects = registry_projects(view->registry, subject->plan->division);
    for (size_t i = 0; i < projects->count; i++) {
        const struct registered_project *registered = projects->entries[i].value;
        const struct project *project = registered->project;
        if (!project_in_group(project, group->id))
            continue;
        const struct map *lines = reports_of_project(view->reports, subject->plan->division, project->id);
        bool reached = add_milestones(&progress, view, group, wanted, lines);
        bool cancelled = registered->state == PROJECT_CANCELLED;
        progress.project_count += !cancelled;
        progress.reached_count += reached && !cancelled;
    }
    return progress;
}

static bool compute_count(const struct subject *subject, struct figure *out_figure)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    const struct group *group = plan_group(subject->plan, indicator->group);
    int wanted = group == NULL ? -1 : group_milestone(group, indicator->milestone);
    REQUIRE(wanted >= 0); /* plan_check */
    struct progress progress = progress_of(subject, group, (size_t)wanted);
    int64_t in_scope = group->scope_count != 0 ? (int64_t)group->scope_count : progress.project_count;
    int64_t denominator = indicator->rule == RULE_SHARE ? in_scope : 1;
    if (!progress.reported || denominator == 0)
        return false;
    *out_figure =
        (struct figure){decimal_whole(progress.reached_count), decimal_whole(denominator), progress.newest, ""};
    return true;
}

bool figure_compute(const struct view *view, const struct plan *plan, const struct commitment *commitment,
                    struct figure *out_figure)
{
    struct subject subject = {view, plan, commitment};
    switch (commitment->indicator.rule) {
    case RULE_SUM:
    case RULE_LATEST:
        return compute_total(&subject, out_figure);
    case RULE_RATIO:
        return compute_ratio(&subject, out_figure);
    case RULE_GROWTH:
        return compute_growth(&subject, out_figure);
    case RULE_COUNT:
    case RULE_SHARE:
        return compute_count(&subject, out_figure);
    }
    return false;
}
