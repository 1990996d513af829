#include "ingest/permit.h"

#include <string.h>

enum rc permit_rights(const struct rights *sender, const struct update *update, const char *type,
                      struct reason *out_reason)
{
    if (!rights_may_submit(sender, type))
        return reason_set(out_reason, REASON_NOT_ALLOWED, "type", "%s", type);
    if (!rights_may_use_source(sender, update->source))
        return reason_set(out_reason, REASON_NOT_ALLOWED, "source", "%s", update->source);
    if (!rights_cover(sender, update->division))
        return reason_set(out_reason, REASON_NOT_ALLOWED, "data.division", "%s", update->division);
    return RC_OK;
}

static const struct plan *newest_plan(const struct registry *registry, const char *division)
{
    const struct plan *plans[REGISTRY_PLANS_MAX];
    size_t count = registry_plans(registry, division, plans, REGISTRY_PLANS_MAX);
    return count == 0 ? NULL : plans[count - 1];
}

static bool supervises(const struct registry *registry, const struct rights *sender, const char *division)
{
    const struct plan *plan = newest_plan(registry, division);
    return plan != NULL && rights_is_of(sender, plan->supervising_unit);
}

static bool leads(const struct registry *registry, const struct rights *sender, const char *division, uint32_t year,
                  const char *id)
{
    const struct plan *plan = registry_plan(registry, division, year);
    const struct commitment *commitment = plan == NULL ? NULL : plan_commitment(plan, id);
    return commitment != NULL && rights_act_for(sender, commitment->unit);
}

static bool works_on(const struct rights *sender, const struct commitment *commitment)
{
    bool works = rights_act_for(sender, commitment->unit);
    for (size_t i = 0; i < commitment->cooperating_unit_count; i++)
        works |= rights_act_for(sender, commitment->cooperating_units[i]);
    return works;
}

static bool among(const char *id, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], id) == 0)
            return true;
    return false;
}

/* Whether the sender works on a commitment that is computed from the measure, in any plan of the division; or nobody
 * does. */
static bool measures(const struct registry *registry, const struct rights *sender, const char *division,
                     const char *measure)
{
    const struct plan *plans[REGISTRY_PLANS_MAX];
    size_t count = registry_plans(registry, division, plans, REGISTRY_PLANS_MAX);
    bool used = false;
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < plans[p]->commitment_count; i++) {
            const struct commitment *commitment = &plans[p]->commitments[i];
            const struct indicator *indicator = &commitment->indicator;
            if (!among(measure, indicator->numerator, indicator->numerator_count) &&
                !among(measure, indicator->denominator, indicator->denominator_count))
                continue;
            if (works_on(sender, commitment))
                return true;
            used = true;
        }
    return !used;
}

static bool owns(const struct registry *registry, const struct rights *sender, const char *division,
                 const char *project)
{
    const struct registered_project *registered = registry_project(registry, division, project);
    return registered != NULL && rights_act_for(sender, registered->project->unit);
}

/* Whether one of the units that may send this is the sender's; *out_field is what it would have to be responsible for.
 */
static bool responsible(const struct registry *registry, const struct rights *sender, const struct update *update,
                        const struct permit_facts *facts, const char **out_field)
{
    const char *division = update->division;
    switch (update->kind) {
    case UPDATE_PROJECT_REGISTERED:
        *out_field = "data.project.unit"; /* nobody takes a project from another unit, nor gives it one */
        return rights_act_for(sender, update->registered->unit) &&
               (registry_project(registry, division, update->registered->id) == NULL ||
                owns(registry, sender, division, update->registered->id));
    case UPDATE_MEASUREMENT_REPORTED:
        *out_field = "data.measure";
        return (*update->measurement.project != '\0' &&
                owns(registry, sender, division, update->measurement.project)) ||
               measures(registry, sender, division, update->measurement.measure);
    case UPDATE_MILESTONE_REACHED:
        *out_field = "data.project";
        return owns(registry, sender, division, update->reached.project);
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        *out_field = "data.project";
        return owns(registry, sender, division, update->project);
    case UPDATE_WITHDRAWN: /* who may report may take back */
        *out_field = "data.id";
        return facts->withdrawn != NULL &&
               responsible(registry, sender, facts->withdrawn, &(struct permit_facts){0}, &(const char *){""});
    case UPDATE_EXTENSION_REQUESTED:
        *out_field = "data.commitment";
        return leads(registry, sender, division, update->request.year, update->request.commitment);
    case UPDATE_PLAN_PUBLISHED:
        *out_field = "data.plan.supervising_unit";
        return newest_plan(registry, division) == NULL && rights_is_of(sender, update->plan->supervising_unit);
    case UPDATE_TARGET_ADJUSTED:
        *out_field = "data.commitment";
        return false;
    case UPDATE_EXTENSION_DECIDED:
        *out_field = "data.request_id";
        return false;
    case UPDATE_ALERT_ACKNOWLEDGED:
        *out_field = "data.alert";
        return facts->alerted_unit != NULL && rights_act_for(sender, facts->alerted_unit);
    }
    return false;
}

enum rc permit_responsibility(const struct registry *registry, const struct rights *sender, const struct update *update,
                              const struct permit_facts *facts, struct reason *out_reason)
{
    const char *field = "";
    if (sender->everything || responsible(registry, sender, update, facts, &field))
        return RC_OK;
    /* Nobody signs for another unit, not even who supervises it. */
    if (update->kind != UPDATE_ALERT_ACKNOWLEDGED && supervises(registry, sender, update->division))
        return RC_OK;
    return reason_set(out_reason, REASON_NOT_RESPONSIBLE, field, "%s", sender->unit);
}
