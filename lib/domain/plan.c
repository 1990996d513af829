#include "domain/plan.h"

#include "domain/text.h"

#include "base/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One run over a plan: where problems go, and the path that is being looked at. */
struct check {
    const struct plan *plan;
    plan_problem_fn *problem;
    void *context;
    size_t problems;
    char field[128];
};

static const char *PRINTF_LIKE(2, 3) at(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->field, sizeof check->field, format, arguments);
    va_end(arguments);
    return check->field;
}

static void report(struct check *check, const struct reason *reason)
{
    check->problems++;
    check->problem(check->context, reason);
}

/* At the field named last by at(). */
static void fault(struct check *check, enum reason_code code, const char *detail)
{
    struct reason reason;
    if (reason_set(&reason, code, check->field, "%s", detail) != RC_OK)
        report(check, &reason);
}

static void must_be_identifier(struct check *check, const char *text)
{
    struct reason reason;
    if (check_identifier(text, check->field, &reason) != RC_OK)
        report(check, &reason);
}

static void must_be_text(struct check *check, const char *text, size_t max_bytes)
{
    struct reason reason;
    if (check_text(text, 1, max_bytes, check->field, &reason) != RC_OK)
        report(check, &reason);
}

static void must_hold(struct check *check, bool holds, enum reason_code code, const char *detail)
{
    if (!holds)
        fault(check, code, detail);
}

static void check_names(struct check *check, const char *path, const char *zh, const char *en)
{
    at(check, "%sname_zh", path);
    must_be_text(check, zh, NAME_MAX_BYTES);
    at(check, "%sname_en", path);
    must_be_text(check, en, NAME_MAX_BYTES);
}

/* The identifier is well formed and has not been seen in this list. */
static void check_new_id(struct check *check, struct map *seen, const char *path, const char *id)
{
    at(check, "%sid", path);
    must_be_identifier(check, id);
    must_hold(check, map_get(seen, id) == NULL, REASON_DUPLICATE_IDENTIFIER, id);
    map_put(seen, id, (void *)(uintptr_t)id);
}

static void check_unit_known(struct check *check, const char *unit)
{
    must_hold(check, plan_unit(check->plan, unit) != NULL, REASON_UNKNOWN_UNIT, unit);
}

static void check_lead(struct check *check, const char *path, const uint32_t *days, size_t i)
{
    at(check, "%s[%zu]", path, i);
    must_hold(check, days[i] >= 1 && days[i] <= 365, REASON_OUT_OF_RANGE, "1 … 365");
    must_hold(check, i == 0 || days[i] < days[i - 1], REASON_WRONG_ORDER, "");
}

static void check_rules(struct check *check)
{
    const struct rules *rules = &check->plan->rules;
    at(check, "rules.lead_days");
    must_hold(check, rules->lead_day_count <= LEAD_DAYS_MAX, REASON_TOO_LONG, "");
    for (size_t i = 0; i < rules->lead_day_count && i < LEAD_DAYS_MAX; i++)
        check_lead(check, "rules.lead_days", rules->lead_days, i);
    at(check, "rules.overdue_every_days");
    must_hold(check, rules->overdue_every_days >= 1 && rules->overdue_every_days <= 365, REASON_OUT_OF_RANGE,
              "1 … 365");
    at(check, "rules.alert_minute");
    must_hold(check, rules->alert_minute < 1440, REASON_OUT_OF_RANGE, "0 … 1439");
    at(check, "rules.lead_working_days");
    must_hold(check, rules->lead_working_day_count <= LEAD_DAYS_MAX, REASON_TOO_LONG, "");
    for (size_t i = 0; i < rules->lead_working_day_count && i < LEAD_DAYS_MAX; i++)
        check_lead(check, "rules.lead_working_days", rules->lead_working_days, i);
    at(check, "rules.escalate_after_working_days");
    must_hold(check, rules->escalate_after_working_days <= 365, REASON_OUT_OF_RANGE, "0 … 365");
    at(check, "rules.pace_reports");
    must_hold(check, rules->pace_reports <= 100, REASON_OUT_OF_RANGE, "0 … 100");
    at(check, "rules.yellow_points");
    must_hold(check, decimal_sign(rules->yellow_points) > 0, REASON_OUT_OF_RANGE, "> 0");
    at(check, "rules.red_points");
    must_hold(check, decimal_compare(rules->red_points, rules->yellow_points) > 0, REASON_OUT_OF_RANGE,
              "> yellow_points");
}

static void check_units(struct check *check)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < check->plan->unit_count; i++) {
        const struct unit *unit = &check->plan->units[i];
        char path[64];
        snprintf(path, sizeof path, "units[%zu].", i);
        check_new_id(check, &seen, path, unit->id);
        check_names(check, path, unit->name_zh, unit->name_en);
    }
    at(check, "units");
    must_hold(check, check->plan->unit_count > 0, REASON_MISSING_FIELD, "units");
    must_hold(check, check->plan->unit_count <= 1000, REASON_TOO_LONG, "1,000");
    at(check, "supervising_unit");
    check_unit_known(check, check->plan->supervising_unit);
}

static void check_measures(struct check *check)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < check->plan->measure_count; i++) {
        const struct measure *measure = &check->plan->measures[i];
        char path[64];
        snprintf(path, sizeof path, "measures[%zu].", i);
        check_new_id(check, &seen, path, measure->id);
        check_names(check, path, measure->name_zh, measure->name_en);
        at(check, "%sunit", path);
        must_be_text(check, measure->unit, MEASUREMENT_UNIT_MAX_BYTES);
        at(check, "%skind", path);
        must_hold(check, measure->kind >= MEASURE_INCREMENT && measure->kind <= MEASURE_LEVEL, REASON_OUT_OF_RANGE, "");
        at(check, "%sreporting_days", path);
        must_hold(check, measure->reporting_days <= 365, REASON_OUT_OF_RANGE, "0 … 365");
    }
}

static void check_milestones(struct check *check, const char *path, const struct group *group)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < group->milestone_count; i++) {
        char inner[96];
        snprintf(inner, sizeof inner, "%smilestones[%zu].", path, i);
        check_new_id(check, &seen, inner, group->milestones[i].id);
        check_names(check, inner, group->milestones[i].name_zh, group->milestones[i].name_en);
    }
    at(check, "%smilestones", path);
    must_hold(check, group->milestone_count > 0, REASON_MISSING_FIELD, "milestones");
    must_hold(check, group->milestone_count <= 32, REASON_TOO_LONG, "32");
}

static void check_groups(struct check *check)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < check->plan->group_count; i++) {
        const struct group *group = &check->plan->groups[i];
        char path[64];
        snprintf(path, sizeof path, "groups[%zu].", i);
        check_new_id(check, &seen, path, group->id);
        check_names(check, path, group->name_zh, group->name_en);
        check_milestones(check, path, group);
        at(check, "%sscope_count", path);
        must_hold(check, group->scope_count <= 1000000, REASON_OUT_OF_RANGE, "0 … 1,000,000");
    }
}

static bool kind_fits(enum rule rule, enum measure_kind kind)
{
    switch (rule) {
    case RULE_SUM:
        return kind == MEASURE_INCREMENT;
    case RULE_LATEST:
    case RULE_GROWTH:
        return kind != MEASURE_INCREMENT;
    case RULE_RATIO:
        return true;
    case RULE_COUNT:
    case RULE_SHARE:
        break;
    }
    return false;
}

static void check_terms(struct check *check, const char *path, enum rule rule, const char *const *terms, size_t count,
                        bool wanted)
{
    at(check, "%s", path);
    if (!wanted) {
        must_hold(check, count == 0, REASON_WRONG_RULE, path);
        return;
    }
    must_hold(check, count > 0, REASON_MISSING_FIELD, path);
    must_hold(check, count <= 16, REASON_TOO_LONG, "16");
    const struct measure *first = count > 0 ? plan_measure(check->plan, terms[0]) : NULL;
    for (size_t i = 0; i < count; i++) {
        at(check, "%s[%zu]", path, i);
        const struct measure *measure = plan_measure(check->plan, terms[i]);
        if (measure == NULL) {
            fault(check, REASON_UNKNOWN_MEASURE, terms[i]);
            continue;
        }
        must_hold(check, kind_fits(rule, measure->kind), REASON_WRONG_RULE, terms[i]);
        must_hold(check, first == NULL || strcmp(measure->unit, first->unit) == 0, REASON_WRONG_UNIT, measure->unit);
    }
}

static void check_group_milestone(struct check *check, const char *path, const struct indicator *indicator, bool wanted)
{
    at(check, "%sgroup", path);
    if (!wanted) {
        must_hold(check, *indicator->group == '\0', REASON_WRONG_RULE, indicator->group);
        at(check, "%smilestone", path);
        must_hold(check, *indicator->milestone == '\0', REASON_WRONG_RULE, indicator->milestone);
        return;
    }
    const struct group *group = plan_group(check->plan, indicator->group);
    must_hold(check, group != NULL, REASON_UNKNOWN_GROUP, indicator->group);
    at(check, "%smilestone", path);
    must_hold(check, group == NULL || group_milestone(group, indicator->milestone) >= 0, REASON_UNKNOWN_MILESTONE,
              indicator->milestone);
}

static void check_indicator(struct check *check, const char *path, const struct indicator *indicator)
{
    at(check, "%srule", path);
    if (indicator->rule < RULE_SUM || indicator->rule > RULE_GROWTH) {
        fault(check, REASON_OUT_OF_RANGE, "");
        return;
    }
    bool counts = indicator->rule == RULE_COUNT || indicator->rule == RULE_SHARE;
    char inner[96];
    snprintf(inner, sizeof inner, "%snumerator", path);
    check_terms(check, inner, indicator->rule, indicator->numerator, indicator->numerator_count, !counts);
    snprintf(inner, sizeof inner, "%sdenominator", path);
    check_terms(check, inner, indicator->rule, indicator->denominator, indicator->denominator_count,
                indicator->rule == RULE_RATIO);
    check_group_milestone(check, path, indicator, counts);
    at(check, "%sunit", path);
    must_be_text(check, indicator->unit, MEASUREMENT_UNIT_MAX_BYTES);
    at(check, "%sfactor", path);
    must_hold(check, decimal_sign(indicator->factor) != 0, REASON_OUT_OF_RANGE, "0");
}

static void check_curve(struct check *check, const char *path, const struct commitment *commitment)
{
    for (size_t i = 0; i < commitment->curve_count; i++) {
        const struct curve_point *point = &commitment->curve[i];
        const struct curve_point *before = i > 0 ? point - 1 : NULL;
        at(check, "%scurve[%zu].day", path, i);
        must_hold(check, point->day >= commitment->start && point->day <= commitment->due, REASON_OUT_OF_RANGE,
                  "start … due");
        must_hold(check, before == NULL || point->day > before->day, REASON_WRONG_ORDER, "");
        at(check, "%scurve[%zu].percent", path, i);
        must_hold(check, decimal_sign(point->percent) >= 0, REASON_OUT_OF_RANGE, ">= 0");
        must_hold(check, before == NULL || decimal_compare(point->percent, before->percent) >= 0, REASON_WRONG_ORDER,
                  "");
    }
    at(check, "%scurve", path);
    must_hold(check, commitment->curve_count <= 64, REASON_TOO_LONG, "64");
}

static void check_commitment(struct check *check, const char *path, const struct commitment *commitment)
{
    check_names(check, path, commitment->name_zh, commitment->name_en);
    at(check, "%stheme", path);
    must_be_identifier(check, commitment->theme);
    at(check, "%sunit", path);
    check_unit_known(check, commitment->unit);
    for (size_t i = 0; i < commitment->cooperating_unit_count; i++) {
        at(check, "%scooperating_units[%zu]", path, i);
        check_unit_known(check, commitment->cooperating_units[i]);
    }
    at(check, "%scooperating_units", path);
    must_hold(check, commitment->cooperating_unit_count <= 64, REASON_TOO_LONG, "64");
    char inner[96];
    snprintf(inner, sizeof inner, "%sindicator.", path);
    check_indicator(check, inner, &commitment->indicator);
    at(check, "%scomparison", path);
    must_hold(check, commitment->comparison >= COMPARISON_AT_LEAST && commitment->comparison <= COMPARISON_LESS_THAN,
              REASON_OUT_OF_RANGE, "");
    at(check, "%shold", path);
    must_hold(check, commitment->hold == HOLD_BY_DEADLINE || commitment->hold == HOLD_ALL_YEAR, REASON_OUT_OF_RANGE,
              "");
    at(check, "%sdue", path);
    must_hold(check, commitment->due >= commitment->start, REASON_WRONG_ORDER, "due < start");
    check_curve(check, path, commitment);
}

static void check_commitments(struct check *check)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < check->plan->commitment_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "commitments[%zu].", i);
        check_new_id(check, &seen, path, check->plan->commitments[i].id);
        check_commitment(check, path, &check->plan->commitments[i]);
    }
    at(check, "commitments");
    must_hold(check, check->plan->commitment_count > 0, REASON_MISSING_FIELD, "commitments");
}

/* Position of a milestone in one of the project's groups, or -1. */
static int project_milestone(const struct plan *plan, const struct project *project, const char *milestone)
{
    for (size_t i = 0; i < project->group_count; i++) {
        const struct group *group = plan_group(plan, project->groups[i]);
        int position = group == NULL ? -1 : group_milestone(group, milestone);
        if (position >= 0)
            return position;
    }
    return -1;
}

static void check_project(struct check *check, const char *path, const struct project *project)
{
    at(check, "%sid", path);
    must_be_identifier(check, project->id);
    check_names(check, path, project->name_zh, project->name_en);
    at(check, "%sunit", path);
    check_unit_known(check, project->unit);
    for (size_t i = 0; i < project->group_count; i++) {
        at(check, "%sgroups[%zu]", path, i);
        must_hold(check, plan_group(check->plan, project->groups[i]) != NULL, REASON_UNKNOWN_GROUP, project->groups[i]);
    }
    at(check, "%sgroups", path);
    must_hold(check, project->group_count > 0, REASON_MISSING_FIELD, "groups");
    must_hold(check, project->group_count <= 8, REASON_TOO_LONG, "8");
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < project->deadline_count; i++) {
        const char *milestone = project->deadlines[i].milestone;
        at(check, "%sdeadlines[%zu].milestone", path, i);
        must_hold(check, project_milestone(check->plan, project, milestone) >= 0, REASON_UNKNOWN_MILESTONE, milestone);
        must_hold(check, map_get(&seen, milestone) == NULL, REASON_DUPLICATE_IDENTIFIER, milestone);
        map_put(&seen, milestone, (void *)(uintptr_t)milestone);
    }
    at(check, "%sdeadlines", path);
    must_hold(check, project->deadline_count <= 32, REASON_TOO_LONG, "32");
}

size_t plan_check_project(const struct plan *plan, const struct project *project, const char *path,
                          plan_problem_fn *problem, void *context)
{
    struct check check = {.plan = plan, .problem = problem, .context = context};
    check_project(&check, path, project);
    return check.problems;
}

static void check_projects(struct check *check)
{
    CLEANUP(map_done) struct map seen = {0};
    for (size_t i = 0; i < check->plan->project_count; i++) {
        const struct project *project = &check->plan->projects[i];
        char path[64];
        snprintf(path, sizeof path, "projects[%zu].", i);
        at(check, "%sid", path);
        must_hold(check, map_get(&seen, project->id) == NULL, REASON_DUPLICATE_IDENTIFIER, project->id);
        map_put(&seen, project->id, (void *)(uintptr_t)project->id);
        check_project(check, path, project);
    }
}

static void check_counts(struct check *check)
{
    const struct plan *plan = check->plan;
    const struct {
        const char *field;
        size_t count;
    } lists[] = {{"measures", plan->measure_count},
                 {"groups", plan->group_count},
                 {"commitments", plan->commitment_count},
                 {"projects", plan->project_count}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        at(check, "%s", lists[i].field);
        must_hold(check, lists[i].count <= 10000, REASON_TOO_LONG, "10,000");
    }
}

size_t plan_check(const struct plan *plan, plan_problem_fn *problem, void *context)
{
    struct check check = {.plan = plan, .problem = problem, .context = context};
    struct reason reason;
    if (check_division(plan->division, "division", &reason) != RC_OK)
        report(&check, &reason);
    at(&check, "year");
    must_hold(&check, plan->year >= 1990 && plan->year <= 2099, REASON_OUT_OF_RANGE, "1990 … 2099");
    check_names(&check, "", plan->name_zh, plan->name_en);
    check_counts(&check);
    check_rules(&check);
    check_units(&check);
    check_measures(&check);
    check_groups(&check);
    check_commitments(&check);
    check_projects(&check);
    return check.problems;
}

bool comparison_raises(enum comparison comparison)
{
    return comparison == COMPARISON_AT_LEAST || comparison == COMPARISON_MORE_THAN;
}

/* Plans are looked into seldom enough for a walk: once for each report, over at most some hundred elements. */
#define FIND(array, count, wanted)                                                                                     \
    for (size_t i = 0; i < (count); i++)                                                                               \
        if (strcmp((array)[i].id, (wanted)) == 0)                                                                      \
            return &(array)[i];                                                                                        \
    return NULL

const struct unit *plan_unit(const struct plan *plan, const char *id)
{
    FIND(plan->units, plan->unit_count, id);
}

const struct measure *plan_measure(const struct plan *plan, const char *id)
{
    FIND(plan->measures, plan->measure_count, id);
}

const struct group *plan_group(const struct plan *plan, const char *id)
{
    FIND(plan->groups, plan->group_count, id);
}

const struct commitment *plan_commitment(const struct plan *plan, const char *id)
{
    FIND(plan->commitments, plan->commitment_count, id);
}

int group_milestone(const struct group *group, const char *milestone)
{
    for (size_t i = 0; i < group->milestone_count; i++)
        if (strcmp(group->milestones[i].id, milestone) == 0)
            return (int)i;
    return -1;
}

bool project_in_group(const struct project *project, const char *group)
{
    for (size_t i = 0; i < project->group_count; i++)
        if (strcmp(project->groups[i], group) == 0)
            return true;
    return false;
}

/* Takes 万 or 亿 off the front; returns the power of ten it stands for. */
static int take_multiple(const char **unit)
{
    static const struct {
        const char *text;
        int power;
    } multiples[] = {{"万", 4}, {"亿", 8}};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(multiples[i].text);
        if (strncmp(*unit, multiples[i].text, length) == 0 && (*unit)[length] != '\0') {
            *unit += length;
            return multiples[i].power;
        }
    }
    return 0;
}

bool measurement_unit_shift(const char *reported, const char *wanted, int *out_power)
{
    int power = take_multiple(&reported) - take_multiple(&wanted);
    if (strcmp(reported, wanted) != 0)
        return false;
    *out_power = power;
    return true;
}
