/* Whether an update may be applied, given what is known: registry_check. */
#include "domain/registry.h"

#include <stdio.h>
#include <string.h>

/* The plans of a division in their newest revisions, by year. */
struct plans {
    const struct plan *list[REGISTRY_PLANS_MAX];
    size_t count;
};

static struct plans plans_of(const struct registry *registry, const char *division)
{
    struct plans plans;
    plans.count = registry_plans(registry, division, plans.list, REGISTRY_PLANS_MAX);
    return plans;
}

/* Keeps the first problem. */
static void first_problem(void *context, const struct reason *problem)
{
    struct reason *first = context;
    if (first->code == REASON_NONE)
        *first = *problem;
}

/* The problem's field, seen from the event: "plan.commitments[3].due". */
static enum rc refuse_inside(const char *parent, const struct reason *problem, struct reason *out_reason)
{
    char field[256];
    snprintf(field, sizeof field, "%s.%s", parent, problem->field);
    return reason_set(out_reason, problem->code, field, "%s", problem->detail);
}

/* A measure keeps its meaning over the years, or figures of two plans could not share its reports. */
static enum rc check_measures_kept(const struct registry *registry, const struct plan *plan, struct reason *out_reason)
{
    struct plans plans = plans_of(registry, plan->division);
    for (size_t p = 0; p < plans.count; p++) {
        const struct plan *other = plans.list[p];
        for (size_t i = 0; i < plan->measure_count; i++) {
            const struct measure *measure = &plan->measures[i];
            const struct measure *before = plan_measure(other, measure->id);
            if (before == NULL || (before->kind == measure->kind && strcmp(before->unit, measure->unit) == 0))
                continue;
            char field[64];
            snprintf(field, sizeof field, "plan.measures[%zu]", i);
            return reason_set(out_reason, REASON_MEASURE_REDEFINED, field, "%s", measure->id);
        }
    }
    return RC_OK;
}

static enum rc check_plan(const struct registry *registry, const struct plan *plan, struct reason *out_reason)
{
    struct reason first = {.code = REASON_NONE};
    if (plan_check(plan, first_problem, &first) > 0)
        return refuse_inside("plan", &first, out_reason);
    const struct plan *published = registry_plan(registry, plan->division, plan->year);
    uint32_t wanted = published == NULL ? 1 : published->revision + 1;
    if (plan->revision != wanted)
        return reason_set(out_reason, REASON_WRONG_REVISION, "plan.revision", "%u, not %u", wanted, plan->revision);
    return check_measures_kept(registry, plan, out_reason);
}

/* A project fits one of the division's plans, the newest first. */
static enum rc check_registration(const struct registry *registry, const struct update *update,
                                  struct reason *out_reason)
{
    struct plans plans = plans_of(registry, update->division);
    struct reason first = {.code = REASON_NONE};
    for (size_t p = plans.count; p-- > 0;) {
        struct reason problem = {.code = REASON_NONE};
        if (plan_check_project(plans.list[p], update->registered, "", first_problem, &problem) == 0)
            return RC_OK;
        first_problem(&first, &problem);
    }
    return refuse_inside("project", &first, out_reason);
}

static enum rc check_measurement(const struct registry *registry, const struct update *update, day_number today,
                                 struct reason *out_reason)
{
    const struct measurement *report = &update->measurement;
    const struct measure *measure = registry_measure(registry, update->division, report->measure);
    if (measure == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_MEASURE, "measure", "%s", report->measure);
    int power;
    struct decimal shifted;
    if (!measurement_unit_shift(report->unit, measure->unit, &power))
        return reason_set(out_reason, REASON_WRONG_UNIT, "unit", "%s ≠ %s", report->unit, measure->unit);
    if (!decimal_shift(report->value, power, &shifted))
        return reason_set(out_reason, REASON_OUT_OF_RANGE, "value", "%s → %s", report->unit, measure->unit);
    if (*report->project != '\0' && registry_project(registry, update->division, report->project) == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", report->project);
    if (report->observed_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "observed_on", "%s", "");
    return RC_OK;
}

/* The milestone stands in a group of the project, in any of the division's plans. */
static bool has_milestone(const struct plans *plans, const struct project *project, const char *milestone)
{
    for (size_t p = 0; p < plans->count; p++)
        for (size_t i = 0; i < project->group_count; i++) {
            const struct group *group = plan_group(plans->list[p], project->groups[i]);
            if (group != NULL && group_milestone(group, milestone) >= 0)
                return true;
        }
    return false;
}

static enum rc check_milestone(const struct registry *registry, const struct update *update, day_number today,
                               struct reason *out_reason)
{
    const struct milestone_reached *reached = &update->reached;
    const struct registered_project *registered = registry_project(registry, update->division, reached->project);
    if (registered == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", reached->project);
    struct plans plans = plans_of(registry, update->division);
    if (!has_milestone(&plans, registered->project, reached->milestone))
        return reason_set(out_reason, REASON_UNKNOWN_MILESTONE, "milestone", "%s", reached->milestone);
    if (registered->state == PROJECT_CANCELLED)
        return reason_set(out_reason, REASON_WRONG_STATE, "project", "%s", reached->project);
    if (reached->reached_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "reached_on", "%s", "");
    return RC_OK;
}

static enum rc check_change(const struct registry *registry, const struct update *update, struct reason *out_reason)
{
    const struct registered_project *registered = registry_project(registry, update->division, update->project);
    if (registered == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", update->project);
    bool allowed = update->kind == UPDATE_PROJECT_RESUMED     ? registered->state == PROJECT_SUSPENDED
                   : update->kind == UPDATE_PROJECT_SUSPENDED ? registered->state == PROJECT_ACTIVE
                                                              : registered->state != PROJECT_CANCELLED;
    return allowed ? RC_OK : reason_set(out_reason, REASON_WRONG_STATE, "project", "%s", update->project);
}

/* The commitment of a plan year, or null with the reason; `field` is the one that names it. */
static const struct commitment *find_commitment(const struct registry *registry, const char *division, uint32_t year,
                                                const char *id, const char *field, const struct plan **out_plan,
                                                struct reason *out_reason)
{
    *out_plan = registry_plan(registry, division, year);
    const struct commitment *commitment = *out_plan == NULL ? NULL : plan_commitment(*out_plan, id);
    if (commitment == NULL)
        (void)reason_set(out_reason, REASON_UNKNOWN_COMMITMENT, field, "%u %s", year, id);
    return commitment;
}

static enum rc check_adjustment(const struct registry *registry, const struct update *update, day_number today,
                                struct reason *out_reason)
{
    const struct target_adjustment *adjustment = &update->adjustment;
    const struct plan *plan;
    if (find_commitment(registry, update->division, adjustment->year, adjustment->commitment, "commitment", &plan,
                        out_reason) == NULL)
        return RC_REFUSED;
    if (adjustment->decided_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "decided_on", "%s", "");
    return RC_OK;
}

/* A deadline only moves later. */
static enum rc check_later(const struct registry *registry, const struct plan *plan,
                           const struct commitment *commitment, day_number due, day_number today, const char *field,
                           struct reason *out_reason)
{
    char asked[DAY_TEXT_BYTES], in_force[DAY_TEXT_BYTES];
    struct terms terms = registry_terms(registry, plan, commitment, today, UINT64_MAX);
    if (due > terms.due)
        return RC_OK;
    return reason_set(out_reason, REASON_WRONG_ORDER, field, "%s ≤ %s", day_format(due, asked),
                      day_format(terms.due, in_force));
}

static enum rc check_request(const struct registry *registry, const struct update *update, day_number today,
                             struct reason *out_reason)
{
    const struct extension_request *request = &update->request;
    const struct plan *plan;
    const struct commitment *commitment = find_commitment(registry, update->division, request->year,
                                                          request->commitment, "commitment", &plan, out_reason);
    if (commitment == NULL)
        return RC_REFUSED;
    char in_force[DAY_TEXT_BYTES];
    struct terms terms = registry_terms(registry, plan, commitment, today, UINT64_MAX);
    if (today > terms.due)
        return reason_set(out_reason, REASON_DEADLINE_PASSED, "due", "%s", day_format(terms.due, in_force));
    return check_later(registry, plan, commitment, request->due, today, "due", out_reason);
}

static enum rc check_decision(const struct registry *registry, const struct update *update, day_number today,
                              struct reason *out_reason)
{
    const struct extension_decision *decision = &update->decision;
    const struct extension *extension =
        registry_extension(registry, update->division, decision->request_source, decision->request_id);
    if (extension == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_EXTENSION, "request_id", "%s", decision->request_id);
    if (extension->decided)
        return reason_set(out_reason, REASON_WRONG_STATE, "request_id", "%s", decision->request_id);
    if (!decision->granted)
        return RC_OK;
    const struct plan *plan;
    const struct commitment *commitment = find_commitment(registry, update->division, extension->year,
                                                          extension->commitment, "request_id", &plan, out_reason);
    return commitment == NULL ? RC_REFUSED
                              : check_later(registry, plan, commitment, extension->due, today, "granted", out_reason);
}

enum rc registry_check(const struct registry *registry, const struct update *update, day_number today,
                       struct reason *out_reason)
{
    if (update->kind == UPDATE_PLAN_PUBLISHED)
        return check_plan(registry, update->plan, out_reason);
    if (plans_of(registry, update->division).count == 0)
        return reason_set(out_reason, REASON_UNKNOWN_DIVISION, "division", "%s", update->division);
    switch (update->kind) {
    case UPDATE_PROJECT_REGISTERED:
        return check_registration(registry, update, out_reason);
    case UPDATE_MEASUREMENT_REPORTED:
        return check_measurement(registry, update, today, out_reason);
    case UPDATE_MILESTONE_REACHED:
        return check_milestone(registry, update, today, out_reason);
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        return check_change(registry, update, out_reason);
    case UPDATE_TARGET_ADJUSTED:
        return check_adjustment(registry, update, today, out_reason);
    case UPDATE_EXTENSION_REQUESTED:
        return check_request(registry, update, today, out_reason);
    case UPDATE_EXTENSION_DECIDED:
        return check_decision(registry, update, today, out_reason);
    case UPDATE_WITHDRAWN:
    case UPDATE_ALERT_ACKNOWLEDGED:
    case UPDATE_PLAN_PUBLISHED:
        break;
    }
    return RC_OK;
}
