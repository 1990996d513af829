#include "ingest/ingest.h"

#include <stdio.h>
#include <string.h>

enum outcome ingest_decide(const struct registry *registry, const struct candidate *candidate, day_number today,
                           struct reason *out_reason)
{
    *out_reason = candidate->problem;
    if (!candidate->has_identity)
        return OUTCOME_REJECTED;
    if (candidate->sender == NULL) {
        (void)reason_set(out_reason, REASON_NOT_ALLOWED, "", "%s", "");
        return OUTCOME_REJECTED;
    }
    if (candidate->existing == EXISTING_SAME)
        return OUTCOME_DUPLICATE;
    if (candidate->existing == EXISTING_OTHER) {
        (void)reason_set(out_reason, REASON_CONFLICTING_CONTENT, "id", "%s", "");
        return OUTCOME_CONFLICT;
    }
    if (candidate->update == NULL)
        return OUTCOME_QUARANTINED;
    if (permit_rights(candidate->sender, candidate->update, candidate->type, out_reason) != RC_OK)
        return OUTCOME_QUARANTINED;
    struct reason refusal;
    if (registry_check(registry, candidate->update, today, &refusal) != RC_OK) {
        char field[sizeof refusal.field + 8];
        snprintf(field, sizeof field, "data.%s", refusal.field);
        (void)reason_set(out_reason, refusal.code, field, "%s", refusal.detail);
        return OUTCOME_QUARANTINED;
    }
    if (candidate->update->kind == UPDATE_WITHDRAWN && !candidate->target_found) {
        (void)reason_set(out_reason, REASON_UNKNOWN_UPDATE, "data.id", "%s", candidate->update->withdrawal.id);
        return OUTCOME_QUARANTINED;
    }
    if (candidate->update->kind == UPDATE_ALERT_ACKNOWLEDGED && !candidate->target_found) {
        (void)reason_set(out_reason, REASON_UNKNOWN_ALERT, "data.alert", "%s",
                         candidate->update->acknowledgement.alert);
        return OUTCOME_QUARANTINED;
    }
    if (permit_responsibility(registry, candidate->sender, candidate->update, &candidate->facts, out_reason) != RC_OK)
        return OUTCOME_QUARANTINED;
    return OUTCOME_ACCEPTED;
}

bool ingest_may_sign(const char *topic, const char *division, struct arena *arena, const char **out_unit)
{
    char prefix[32];
    int length = snprintf(prefix, sizeof prefix, "deadline.%s.", division);
    if (strncmp(topic, prefix, (size_t)length) != 0)
        return false;
    *out_unit = arena_must(arena_text(arena, topic + length, strcspn(topic + length, ".")));
    return true;
}

bool ingest_may_withdraw(const char *type, const char *topic, const char *division)
{
    bool report = strcmp(type, "duban.v1.MeasurementReported") == 0 || strcmp(type, "duban.v1.MilestoneReached") == 0;
    char prefix[32];
    int length = snprintf(prefix, sizeof prefix, "update.%s.", division);
    return report && strncmp(topic, prefix, (size_t)length) == 0;
}

static const char *project_of(const struct update *update)
{
    switch (update->kind) {
    case UPDATE_PROJECT_REGISTERED:
        return update->registered->id;
    case UPDATE_MEASUREMENT_REPORTED:
        return update->measurement.project;
    case UPDATE_MILESTONE_REACHED:
        return update->reached.project;
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        return update->project;
    case UPDATE_PLAN_PUBLISHED:
    case UPDATE_WITHDRAWN:
    case UPDATE_TARGET_ADJUSTED:
    case UPDATE_EXTENSION_REQUESTED:
    case UPDATE_EXTENSION_DECIDED:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
    return "";
}

/* The unit that a commitment is led by, or "-". */
static const char *lead_unit(const struct registry *registry, const char *division, uint32_t year, const char *id)
{
    const struct plan *plan = registry_plan(registry, division, year);
    const struct commitment *commitment = plan == NULL ? NULL : plan_commitment(plan, id);
    return commitment == NULL ? "-" : commitment->unit;
}

static const char *unit_of(const struct registry *registry, const struct update *update, const char *project)
{
    if (update->kind == UPDATE_TARGET_ADJUSTED)
        return lead_unit(registry, update->division, update->adjustment.year, update->adjustment.commitment);
    if (update->kind == UPDATE_EXTENSION_REQUESTED)
        return lead_unit(registry, update->division, update->request.year, update->request.commitment);
    if (update->kind == UPDATE_EXTENSION_DECIDED) {
        const struct extension *extension = registry_extension(
            registry, update->division, update->decision.request_source, update->decision.request_id);
        return extension == NULL ? "-" : lead_unit(registry, update->division, extension->year, extension->commitment);
    }
    if (update->kind == UPDATE_PROJECT_REGISTERED)
        return update->registered->unit;
    const struct registered_project *known = registry_project(registry, update->division, project);
    return known == NULL ? "-" : known->project->unit;
}

const char *ingest_topic(const struct registry *registry, const struct update *update, struct arena *arena)
{
    if (update->kind == UPDATE_PLAN_PUBLISHED)
        return arena_printf(arena, "update.%s.plan.%u.", update->division, update->plan->year);
    const char *project = project_of(update);
    return arena_printf(arena, "update.%s.%s.%s.", update->division, unit_of(registry, update, project),
                        *project == '\0' ? "-" : project);
}
