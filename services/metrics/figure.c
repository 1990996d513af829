#include "metrics/figure.h"

#include <string.h>

struct subject subject_of(const struct view *view, const struct plan *plan, const struct commitment *commitment)
{
    return (struct subject){*view, plan, commitment,
                            registry_terms(view->registry, plan, commitment, view->as_of, view->as_of_sequence)};
}

struct subject subject_on(const struct subject *subject, day_number day)
{
    struct subject then = *subject;
    then.view.as_of = day;
    return then;
}

static day_number earlier(day_number a, day_number b)
{
    return a < b ? a : b;
}

static bool counts_projects(const struct subject *subject)
{
    enum rule rule = subject->commitment->indicator.rule;
    return rule == RULE_COUNT || rule == RULE_SHARE;
}

/* Lines of measures */

/* The last day of a day's year. */
static day_number year_end(day_number day)
{
    return day_year_start(day_year(day) + 1) - 1;
}

/* Increments after the deadline make a goal up within the deadline's year; they do not break what held until then, and
 * what is done later belongs to another plan. */
static day_number last_increment(const struct subject *subject)
{
    const struct commitment *commitment = subject->commitment;
    bool made_up = comparison_raises(commitment->comparison) && commitment->hold == HOLD_BY_DEADLINE;
    return made_up ? year_end(subject->terms.due) : subject->terms.due;
}

static void set_window(const struct subject *subject, struct sight *sight)
{
    day_number as_of = subject->view.as_of, start = subject->commitment->start;
    sight->from = INT32_MIN;
    sight->until = as_of;
    if (sight->measure->kind == MEASURE_INCREMENT) {
        sight->from = as_of >= start ? start : day_year_start(day_year(as_of));
        sight->until = earlier(as_of, last_increment(subject));
    }
    if (sight->measure->kind == MEASURE_CUMULATIVE) {
        /* After the deadline the total of the deadline's year goes on counting, and none of a later year. */
        day_number last = earlier(as_of, subject->terms.due);
        sight->from = day_year_start(day_year(last));
        sight->until = earlier(as_of, year_end(last));
    }
}

static const struct report *latest(const struct subject *subject, const struct sight *sight)
{
    return line_latest(sight->line, sight->from, sight->until, subject->view.as_of_sequence);
}

static const struct report *before(const struct subject *subject, const struct sight *sight,
                                   const struct report *report)
{
    return line_before(sight->line, report, sight->from, subject->view.as_of_sequence);
}

/* Narrows what is seen to the day exactly a year before the latest report of the measure and project in the scope.
 * False when there is none. */
static bool narrow_to_base(const struct subject *subject, const char *scope, struct sight *sight)
{
    struct sight now = *sight;
    now.line =
        reports_line(subject->view.reports, subject->plan->division, sight->measure->id, sight->line->project, scope);
    const struct report *report = now.line == NULL ? NULL : latest(subject, &now);
    if (report != NULL)
        sight->from = sight->until = day_year_before(report->day);
    return report != NULL;
}

static void look_at_measure(const struct subject *subject, enum report_role role, const char *id, const char *scope,
                            figure_sight_fn *look, void *context)
{
    struct sight sight = {.role = role, .measure = plan_measure(subject->plan, id)};
    REQUIRE(sight.measure != NULL); /* plan_check */
    const struct map *lines = reports_of_measure(subject->view.reports, subject->plan->division, id);
    for (size_t i = 0; i < lines->count; i++) {
        sight.line = lines->entries[i].value;
        set_window(subject, &sight);
        if (role != ROLE_BASE || narrow_to_base(subject, scope, &sight))
            look(context, &sight);
    }
}

/* The measures of a role; a base has those above the line. */
static const char *const *measures_of(const struct subject *subject, enum report_role role, size_t *out_count)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    bool below = role == ROLE_DENOMINATOR;
    *out_count = below ? indicator->denominator_count : indicator->numerator_count;
    return below ? indicator->denominator : indicator->numerator;
}

static void look_at_role(const struct subject *subject, enum report_role role, const char *scope, figure_sight_fn *look,
                         void *context)
{
    size_t count;
    const char *const *measures = measures_of(subject, role, &count);
    for (size_t i = 0; i < count; i++)
        look_at_measure(subject, role, measures[i], scope, look, context);
}

/* Lines of milestones */

static const struct group *group_of(const struct subject *subject)
{
    const struct group *group = plan_group(subject->plan, subject->commitment->indicator.group);
    REQUIRE(group != NULL); /* plan_check */
    return group;
}

/* A project of the division as it is known, if it is known and belongs to the group; else null. */
static const struct registered_project *member(const struct subject *subject, const struct group *group,
                                               const struct map_entry *entry)
{
    const struct registered_project *known = project_known_at(entry->value, subject->view.as_of_sequence);
    return known != NULL && project_in_group(known->project, group->id) ? known : NULL;
}

static void look_at_project(const struct subject *subject, const struct group *group,
                            const struct registered_project *known, figure_sight_fn *look, void *context)
{
    struct sight sight = {.role = ROLE_MILESTONE,
                          .from = INT32_MIN,
                          .until = subject->view.as_of,
                          .given_up = known->state == PROJECT_CANCELLED};
    const struct map *lines = reports_of_project(subject->view.reports, subject->plan->division, known->project->id);
    for (size_t i = 0; i < group->milestone_count; i++) {
        sight.line = map_get(lines, group->milestones[i].id);
        if (sight.line != NULL)
            look(context, &sight);
    }
}

static void look_at_milestones(const struct subject *subject, figure_sight_fn *look, void *context)
{
    const struct group *group = group_of(subject);
    const struct map *projects = registry_projects(subject->view.registry, subject->plan->division);
    for (size_t i = 0; i < projects->count; i++) {
        const struct registered_project *known = member(subject, group, &projects->entries[i]);
        if (known != NULL)
            look_at_project(subject, group, known, look, context);
    }
}

/* For a project's milestone the last report received counts, and is reached from its day on. */
static const struct report *milestone_report(const struct subject *subject, const struct sight *sight)
{
    const struct report *report = line_last_received(sight->line, subject->view.as_of_sequence);
    return report != NULL && report->day <= sight->until ? report : NULL;
}

void figure_look(const struct subject *subject, figure_sight_fn *look, void *context)
{
    if (counts_projects(subject)) {
        look_at_milestones(subject, look, context);
        return;
    }
    look_at_role(subject, ROLE_NUMERATOR, NULL, look, context);
    look_at_role(subject, ROLE_DENOMINATOR, NULL, look, context);
    const char *scope = figure_scope(subject);
    if (subject->commitment->indicator.rule == RULE_GROWTH && scope != NULL)
        look_at_role(subject, ROLE_BASE, scope, look, context);
}

/* The scope */

struct newest {
    const struct subject *subject;
    const struct report *report;
    const char *scope;
};

static bool newer(const struct report *report, const struct report *than)
{
    return than == NULL || report->day > than->day || (report->day == than->day && report->sequence > than->sequence);
}

static void find_newest(void *context, const struct sight *sight)
{
    struct newest *newest = context;
    const struct report *report = latest(newest->subject, sight);
    if (report == NULL || !newer(report, newest->report))
        return;
    newest->report = report;
    newest->scope = sight->line->scope;
}

/* That of the newest report above the line. While there is none the figure is unknown, and what is below the line tells
 * what it waits for. */
const char *figure_scope(const struct subject *subject)
{
    if (counts_projects(subject))
        return "";
    struct newest newest = {.subject = subject};
    look_at_role(subject, ROLE_NUMERATOR, NULL, find_newest, &newest);
    if (newest.report == NULL)
        look_at_role(subject, ROLE_DENOMINATOR, NULL, find_newest, &newest);
    return newest.scope;
}

/* Sums */

/* Who wants to hear of each report that counts. */
struct listener {
    figure_report_fn *take;
    void *context;
};

static void tell(const struct listener *listener, enum report_role role, const struct report *report)
{
    if (listener->take != NULL)
        listener->take(listener->context, role, report);
}

static bool made_up(const struct report *report)
{
    return strncmp(report->source, SIMULATED_SOURCE, strlen(SIMULATED_SOURCE)) == 0;
}

/* One side of a figure: reports of one scope in one unit of measurement, added up. */
struct side {
    const struct subject *subject;
    const struct listener *listener;
    const char *scope;
    struct decimal total;
    size_t report_count;
    day_number newest;
    bool simulated;
    bool failed; /* there is no base, or a report could not be added exactly */
};

static void add_report(struct side *side, const struct sight *sight, const struct report *report)
{
    int power;
    struct decimal value;
    if (!measurement_unit_shift(report->unit, sight->measure->unit, &power) ||
        !decimal_shift(report->value, power, &value) || !decimal_add(side->total, value, &side->total))
        side->failed = true;
    if (side->report_count == 0 || report->day > side->newest)
        side->newest = report->day;
    side->report_count++;
    side->simulated = side->simulated || made_up(report);
    tell(side->listener, sight->role, report);
}

/* Adds what counts of a line: every increment, but only the latest total or level. */
static void add_line(void *context, const struct sight *sight)
{
    struct side *side = context;
    if (strcmp(sight->line->scope, side->scope) != 0)
        return;
    const struct report *report = latest(side->subject, sight);
    if (report == NULL && sight->role == ROLE_BASE)
        side->failed = true;
    while (report != NULL) {
        add_report(side, sight, report);
        report = sight->measure->kind == MEASURE_INCREMENT ? before(side->subject, sight, report) : NULL;
    }
}

/* Adds up the measures of a role; false when nothing is known of one of them. All are taken, so that an unknown figure
 * can be explained. */
static bool add_side(struct side *side, enum report_role role)
{
    size_t count;
    const char *const *measures = measures_of(side->subject, role, &count);
    bool complete = true;
    for (size_t i = 0; i < count; i++) {
        size_t count_before = side->report_count;
        look_at_measure(side->subject, role, measures[i], side->scope, add_line, side);
        complete = complete && side->report_count > count_before;
    }
    return complete && !side->failed;
}

/* The side below the line, or none. */
static enum report_role role_below(enum rule rule)
{
    return rule == RULE_RATIO ? ROLE_DENOMINATOR : rule == RULE_GROWTH ? ROLE_BASE : ROLE_NUMERATOR;
}

static bool compute_quotient(const struct subject *subject, const struct listener *listener, struct figure *out_figure)
{
    const char *scope = figure_scope(subject);
    if (scope == NULL)
        return false;
    enum report_role role = role_below(subject->commitment->indicator.rule);
    struct side above = {.subject = subject, .listener = listener, .scope = scope};
    struct side below = above;
    bool known = add_side(&above, ROLE_NUMERATOR);
    if (role == ROLE_NUMERATOR)
        below.total = decimal_whole(1);
    else
        known = add_side(&below, role) && known;
    if (!known || decimal_sign(below.total) <= 0)
        return false;
    bool newer_below = role == ROLE_DENOMINATOR && below.newest > above.newest;
    *out_figure = (struct figure){.numerator = above.total,
                                  .denominator = below.total,
                                  .observed_on = newer_below ? below.newest : above.newest,
                                  .scope = scope,
                                  .simulated = above.simulated || below.simulated};
    return true;
}

/* Counts */

/* How far the projects of a group have come. */
struct progress {
    const struct subject *subject;
    const struct listener *listener;
    const struct group *group;
    int wanted;          /* the milestone, by its place in the group */
    const char *counted; /* the project that was counted last; its text is one for all its lines */
    int64_t reached_count;
    bool reported; /* whether any of the group's milestones was, by any of its projects */
    day_number newest;
    bool simulated;
};

/* A project given up leaves the count and the scope, but what it had reported still tells silence from zero. */
static void add_milestone(void *context, const struct sight *sight)
{
    struct progress *progress = context;
    const struct report *report = milestone_report(progress->subject, sight);
    if (report == NULL)
        return;
    if (!progress->reported || report->day > progress->newest)
        progress->newest = report->day;
    progress->reported = true;
    if (sight->given_up)
        return;
    progress->simulated = progress->simulated || made_up(report);
    tell(progress->listener, sight->role, report);
    if (group_milestone(progress->group, sight->line->milestone) < progress->wanted ||
        progress->counted == sight->line->project)
        return;
    progress->counted = sight->line->project;
    progress->reached_count++;
}

/* The number in scope that the plan gives, or that of the registered projects that are not cancelled. */
static int64_t count_in_scope(const struct subject *subject, const struct group *group)
{
    const struct map *projects = registry_projects(subject->view.registry, subject->plan->division);
    int64_t count = 0;
    for (size_t i = 0; i < projects->count; i++) {
        const struct registered_project *known = member(subject, group, &projects->entries[i]);
        count += known != NULL && known->state != PROJECT_CANCELLED;
    }
    return group->scope_count != 0 ? (int64_t)group->scope_count : count;
}

static bool compute_count(const struct subject *subject, const struct listener *listener, struct figure *out_figure)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    struct progress progress = {.subject = subject, .listener = listener, .group = group_of(subject)};
    progress.wanted = group_milestone(progress.group, indicator->milestone);
    REQUIRE(progress.wanted >= 0); /* plan_check */
    look_at_milestones(subject, add_milestone, &progress);
    int64_t denominator = indicator->rule == RULE_SHARE ? count_in_scope(subject, progress.group) : 1;
    if (!progress.reported || denominator == 0)
        return false;
    *out_figure = (struct figure){.numerator = decimal_whole(progress.reached_count),
                                  .denominator = decimal_whole(denominator),
                                  .observed_on = progress.newest,
                                  .scope = "",
                                  .simulated = progress.simulated};
    return true;
}

bool figure_compute(const struct subject *subject, figure_report_fn *take, void *context, struct figure *out_figure)
{
    const struct listener listener = {take, context};
    return counts_projects(subject) ? compute_count(subject, &listener, out_figure)
                                    : compute_quotient(subject, &listener, out_figure);
}

bool figure_value(const struct indicator *indicator, const struct figure *figure, struct decimal *out_value)
{
    return decimal_ratio_plus(indicator->factor, figure->numerator, figure->denominator, indicator->offset, out_value);
}

/* Days */

struct days {
    const struct subject *subject;
    const char *scope;
    day_number *list; /* falling */
    size_t count, max;
};

/* Puts a day in its place; the oldest makes room. False when there is no place for it. */
static bool add_day(struct days *days, day_number day)
{
    size_t at = 0;
    while (at < days->count && days->list[at] > day)
        at++;
    if (at == days->max)
        return false;
    if (at < days->count && days->list[at] == day)
        return true;
    size_t moved = days->count - at;
    if (days->count == days->max)
        moved--;
    else
        days->count++;
    memmove(days->list + at + 1, days->list + at, moved * sizeof *days->list);
    days->list[at] = day;
    return true;
}

static void add_days(void *context, const struct sight *sight)
{
    struct days *days = context;
    if (sight->role == ROLE_BASE || strcmp(sight->line->scope, days->scope) != 0)
        return;
    const struct report *report =
        sight->role == ROLE_MILESTONE ? milestone_report(days->subject, sight) : latest(days->subject, sight);
    while (report != NULL && add_day(days, report->day))
        report = sight->role == ROLE_MILESTONE ? NULL : before(days->subject, sight, report);
}

size_t figure_days(const struct subject *subject, day_number *out_days, size_t max)
{
    struct days days = {.subject = subject, .scope = figure_scope(subject), .list = out_days, .max = max};
    if (days.scope != NULL)
        figure_look(subject, add_days, &days);
    return days.count;
}
