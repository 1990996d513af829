#include "notify/promise.h"

#include <stdio.h>
#include <string.h>

static void name_unit(const struct plan *plan, struct promise *promise)
{
    const struct unit *unit = plan_unit(plan, promise->unit);
    promise->unit_zh = unit == NULL ? promise->unit : unit->name_zh;
    promise->unit_en = unit == NULL ? promise->unit : unit->name_en;
}

struct promise promise_of_commitment(const struct registry *registry, const struct plan *plan,
                                     const struct commitment *commitment, day_number day)
{
    struct terms terms = registry_terms(registry, plan, commitment, day, UINT64_MAX);
    struct promise promise = {
        .year = plan->year,
        .id = commitment->id,
        .unit = commitment->unit,
        .supervising_unit = plan->supervising_unit,
        .commitment = commitment->id,
        .project = "",
        .milestone = "",
        .name_zh = commitment->name_zh,
        .name_en = commitment->name_en,
        .milestone_zh = "",
        .milestone_en = "",
        .rules = &plan->rules,
        .hold = commitment->hold,
        .comparison = commitment->comparison,
        .target = terms.target,
        .value_unit = commitment->indicator.unit,
        .start = commitment->start,
        .plan = plan,
        .indicator = &commitment->indicator,
        .adjustment = terms.adjustment,
        .extension = terms.extension,
        .due = terms.due,
        .approved_due = terms.approved_due,
    };
    name_unit(plan, &promise);
    return promise;
}

static bool has_group_of(const struct plan *plan, const struct project *project)
{
    for (size_t i = 0; i < project->group_count; i++)
        if (plan_group(plan, project->groups[i]) != NULL)
            return true;
    return false;
}

/* The oldest plan that knows one of the project's groups, or null: the plans of later years do not take its promises
 * over. */
static const struct plan *home_plan(const struct plan *const *plans, size_t plan_count, const struct project *project)
{
    for (size_t i = 0; i < plan_count; i++)
        if (has_group_of(plans[i], project))
            return plans[i];
    return NULL;
}

/* The first commitment that counts the project at this milestone; else the first that counts it at a later one, to
 * which the milestone leads; else "". */
static const char *commitment_served(const struct plan *plan, const struct project *project, const char *milestone)
{
    const char *later = "";
    for (size_t i = 0; i < plan->commitment_count; i++) {
        const struct commitment *commitment = &plan->commitments[i];
        const struct indicator *indicator = &commitment->indicator;
        if (!project_in_group(project, indicator->group))
            continue;
        if (strcmp(indicator->milestone, milestone) == 0)
            return commitment->id;
        const struct group *group = plan_group(plan, indicator->group);
        int position = group == NULL ? -1 : group_milestone(group, milestone);
        if (*later == '\0' && position >= 0 && group_milestone(group, indicator->milestone) > position)
            later = commitment->id;
    }
    return later;
}

/* The milestone in the first of the project's groups that has it, or null. */
static const struct milestone *find_milestone(const struct plan *plan, const struct project *project, const char *id)
{
    for (size_t i = 0; i < project->group_count; i++) {
        const struct group *group = plan_group(plan, project->groups[i]);
        int position = group == NULL ? -1 : group_milestone(group, id);
        if (position >= 0)
            return &group->milestones[position];
    }
    return NULL;
}

struct promise promise_of_milestone(const struct plan *const *plans, size_t plan_count, const struct project *project,
                                    const struct milestone_deadline *deadline, char out_id[PROMISE_ID_BYTES])
{
    REQUIRE(plan_count > 0);
    const struct plan *home = home_plan(plans, plan_count, project);
    const struct plan *plan = home != NULL ? home : plans[plan_count - 1];
    const struct milestone *milestone = find_milestone(plan, project, deadline->milestone);
    int length = snprintf(out_id, PROMISE_ID_BYTES, "%s/%s", project->id, deadline->milestone);
    REQUIRE(length > 0 && length < PROMISE_ID_BYTES);
    struct promise promise = {
        .year = home != NULL ? home->year : (uint32_t)day_year(deadline->due),
        .id = out_id,
        .unit = project->unit,
        .supervising_unit = plan->supervising_unit,
        .commitment = commitment_served(plan, project, deadline->milestone),
        .project = project->id,
        .milestone = deadline->milestone,
        .name_zh = project->name_zh,
        .name_en = project->name_en,
        .milestone_zh = milestone != NULL ? milestone->name_zh : deadline->milestone,
        .milestone_en = milestone != NULL ? milestone->name_en : deadline->milestone,
        .plan = plan,
        .rules = &plan->rules,
        .hold = HOLD_BY_DEADLINE,
        .value_unit = "",
        .due = deadline->due,
        .approved_due = deadline->due,
    };
    name_unit(plan, &promise);
    return promise;
}

static const struct group *newest_group(const struct plan *const *plans, size_t plan_count, const char *id)
{
    const struct group *group = NULL;
    for (size_t i = plan_count; group == NULL && i-- > 0;)
        group = plan_group(plans[i], id);
    return group;
}

bool promise_implied(const struct plan *const *plans, size_t plan_count, const struct project *project,
                     const char *reached, const char *milestone)
{
    if (strcmp(reached, milestone) == 0)
        return true;
    for (size_t i = 0; i < project->group_count; i++) {
        const struct group *group = newest_group(plans, plan_count, project->groups[i]);
        int position = group == NULL ? -1 : group_milestone(group, milestone);
        if (position >= 0 && group_milestone(group, reached) > position)
            return true;
    }
    return false;
}
