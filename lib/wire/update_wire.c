#include "wire/update_wire.h"

#include "domain/text.h"
#include "wire/plan_wire.h"

#include "duban/v1/updates.pb-c.h"

#include <stdio.h>
#include <string.h>

static enum rc read_plan_published(const void *data, struct arena *arena, struct update *update,
                                   struct reason *out_reason)
{
    const Duban__V1__PlanPublished *message = data;
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    if (plan == NULL)
        return reason_set(out_reason, REASON_TOO_COMPLEX, "", "%s", "");
    if (message->plan == NULL)
        return reason_set(out_reason, REASON_MISSING_FIELD, "plan", "%s", "plan");
    update->plan = plan;
    update->division = message->plan->division;
    return plan_read(message->plan, "plan.", arena, plan, out_reason);
}

static enum rc read_project_registered(const void *data, struct arena *arena, struct update *update,
                                       struct reason *out_reason)
{
    const Duban__V1__ProjectRegistered *message = data;
    struct project *project = arena_alloc(arena, sizeof *project);
    if (project == NULL)
        return reason_set(out_reason, REASON_TOO_COMPLEX, "", "%s", "");
    if (message->project == NULL)
        return reason_set(out_reason, REASON_MISSING_FIELD, "project", "%s", "project");
    update->registered = project;
    update->division = message->division;
    return project_read(message->project, "project.", arena, project, out_reason);
}

static enum rc read_measurement(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__MeasurementReported *message = data;
    struct measurement *report = &update->measurement;
    update->division = message->division;
    *report = (struct measurement){.measure = message->measure,
                                   .project = message->project,
                                   .unit = message->unit,
                                   .scope = message->statistical_scope};
    enum rc rc = check_identifier(message->measure, "measure", out_reason);
    if (rc == RC_OK && *message->project != '\0')
        rc = check_identifier(message->project, "project", out_reason);
    if (rc == RC_OK)
        rc = check_decimal(message->value, "value", &report->value, out_reason);
    if (rc == RC_OK)
        rc = check_text(message->unit, 1, MEASUREMENT_UNIT_MAX_BYTES, "unit", out_reason);
    if (rc == RC_OK)
        rc = check_day(message->observed_on, "observed_on", &report->observed_on, out_reason);
    if (rc == RC_OK)
        rc = check_text(message->statistical_scope, 0, SCOPE_MAX_BYTES, "statistical_scope", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->evidence, 0, NOTE_MAX_BYTES, "evidence", out_reason);
    return rc;
}

static enum rc read_milestone(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__MilestoneReached *message = data;
    update->division = message->division;
    update->reached = (struct milestone_reached){.project = message->project, .milestone = message->milestone};
    enum rc rc = check_identifier(message->project, "project", out_reason);
    if (rc == RC_OK)
        rc = check_identifier(message->milestone, "milestone", out_reason);
    if (rc == RC_OK)
        rc = check_day(message->reached_on, "reached_on", &update->reached.reached_on, out_reason);
    if (rc == RC_OK)
        rc = check_text(message->evidence, 0, NOTE_MAX_BYTES, "evidence", out_reason);
    return rc;
}

/* Suspended, resumed and cancelled have the same fields under the same numbers, and so the same generated layout. */
_Static_assert(sizeof(Duban__V1__ProjectSuspended) == sizeof(Duban__V1__ProjectCancelled), "one layout");
_Static_assert(sizeof(Duban__V1__ProjectSuspended) == sizeof(Duban__V1__ProjectResumed), "one layout");

static enum rc read_change(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__ProjectSuspended *message = data;
    update->division = message->division;
    update->project = message->project;
    enum rc rc = check_identifier(message->project, "project", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->reason, 1, NOTE_MAX_BYTES, "reason", out_reason);
    return rc;
}

static enum rc read_withdrawn(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__UpdateWithdrawn *message = data;
    update->division = message->division;
    update->withdrawal = (struct withdrawal){.id = message->id};
    enum rc rc = check_text(message->id, 1, EVENT_ID_MAX_BYTES, "id", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->reason, 1, NOTE_MAX_BYTES, "reason", out_reason);
    return rc;
}

static enum rc check_year(uint32_t year, struct reason *out_reason)
{
    return year >= 1990 && year <= 2099 ? RC_OK : reason_set(out_reason, REASON_OUT_OF_RANGE, "year", "1990 … 2099");
}

static enum rc read_adjustment(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__TargetAdjusted *message = data;
    struct target_adjustment *adjustment = &update->adjustment;
    update->division = message->division;
    *adjustment = (struct target_adjustment){
        .year = message->year, .commitment = message->commitment, .decided_by = message->decided_by};
    enum rc rc = check_year(message->year, out_reason);
    if (rc == RC_OK)
        rc = check_identifier(message->commitment, "commitment", out_reason);
    if (rc == RC_OK)
        rc = check_decimal(message->target, "target", &adjustment->target, out_reason);
    if (rc == RC_OK)
        rc = check_text(message->decided_by, 1, NAME_MAX_BYTES, "decided_by", out_reason);
    if (rc == RC_OK)
        rc = check_day(message->decided_on, "decided_on", &adjustment->decided_on, out_reason);
    return rc;
}

static enum rc read_request(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__ExtensionRequested *message = data;
    struct extension_request *request = &update->request;
    update->division = message->division;
    *request =
        (struct extension_request){.year = message->year, .commitment = message->commitment, .reason = message->reason};
    enum rc rc = check_year(message->year, out_reason);
    if (rc == RC_OK)
        rc = check_identifier(message->commitment, "commitment", out_reason);
    if (rc == RC_OK)
        rc = check_day(message->due, "due", &request->due, out_reason);
    if (rc == RC_OK)
        rc = check_text(message->reason, 1, NOTE_MAX_BYTES, "reason", out_reason);
    return rc;
}

static enum rc read_decision(const void *data, struct arena *arena, struct update *update, struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__ExtensionDecided *message = data;
    update->division = message->division;
    update->decision = (struct extension_decision){.request_source = message->request_source,
                                                   .request_id = message->request_id,
                                                   .granted = message->granted,
                                                   .reason = message->reason};
    enum rc rc = check_text(message->request_source, 1, SOURCE_MAX_BYTES, "request_source", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->request_id, 1, EVENT_ID_MAX_BYTES, "request_id", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->reason, 1, NOTE_MAX_BYTES, "reason", out_reason);
    return rc;
}

static enum rc read_acknowledgement(const void *data, struct arena *arena, struct update *update,
                                    struct reason *out_reason)
{
    (void)arena;
    const Duban__V1__AlertAcknowledged *message = data;
    update->division = message->division;
    update->acknowledgement = (struct acknowledgement){.alert = message->alert, .signed_by = message->signed_by};
    enum rc rc = check_text(message->alert, 1, EVENT_ID_MAX_BYTES, "alert", out_reason);
    if (rc == RC_OK)
        rc = check_text(message->signed_by, 1, NAME_MAX_BYTES, "signed_by", out_reason);
    return rc;
}

static const struct kind {
    enum update_kind kind;
    const ProtobufCMessageDescriptor *type;
    enum rc (*read)(const void *data, struct arena *arena, struct update *update, struct reason *out_reason);
} kinds[] = {
    {UPDATE_PLAN_PUBLISHED, &duban__v1__plan_published__descriptor, read_plan_published},
    {UPDATE_PROJECT_REGISTERED, &duban__v1__project_registered__descriptor, read_project_registered},
    {UPDATE_MEASUREMENT_REPORTED, &duban__v1__measurement_reported__descriptor, read_measurement},
    {UPDATE_MILESTONE_REACHED, &duban__v1__milestone_reached__descriptor, read_milestone},
    {UPDATE_PROJECT_SUSPENDED, &duban__v1__project_suspended__descriptor, read_change},
    {UPDATE_PROJECT_RESUMED, &duban__v1__project_resumed__descriptor, read_change},
    {UPDATE_PROJECT_CANCELLED, &duban__v1__project_cancelled__descriptor, read_change},
    {UPDATE_WITHDRAWN, &duban__v1__update_withdrawn__descriptor, read_withdrawn},
    {UPDATE_TARGET_ADJUSTED, &duban__v1__target_adjusted__descriptor, read_adjustment},
    {UPDATE_EXTENSION_REQUESTED, &duban__v1__extension_requested__descriptor, read_request},
    {UPDATE_EXTENSION_DECIDED, &duban__v1__extension_decided__descriptor, read_decision},
    {UPDATE_ALERT_ACKNOWLEDGED, &duban__v1__alert_acknowledged__descriptor, read_acknowledgement},
};

static const struct kind *find_kind(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].type->name, type) == 0)
            return &kinds[i];
    return NULL;
}

bool update_type_known(const char *type)
{
    return find_kind(type) != NULL;
}

enum rc update_read(const struct event *event, struct arena *arena, struct update *out_update,
                    struct reason *out_reason)
{
    const struct kind *kind = find_kind(event->type);
    if (kind == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_TYPE, "type", "%s", event->type);
    struct reason reason;
    if (message_check(kind->type, event->data, "data", &reason) != RC_OK) {
        *out_reason = reason;
        return RC_REFUSED;
    }
    void *message = message_unpack(kind->type, event->data, arena);
    if (message == NULL)
        return reason_set(out_reason, REASON_TOO_COMPLEX, "", "%s", "");
    *out_update = (struct update){.kind = kind->kind,
                                  .sequence = event->stamp.sequence,
                                  .received_us = event->stamp.received_us,
                                  .source = event->source,
                                  .id = event->id,
                                  .division = ""};
    enum rc rc = kind->read(message, arena, out_update, &reason);
    if (rc == RC_OK)
        rc = check_division(out_update->division, kind->kind == UPDATE_PLAN_PUBLISHED ? "plan.division" : "division",
                            &reason);
    if (rc != RC_OK) {
        char path[sizeof reason.field + 8];
        snprintf(path, sizeof path, "data.%s", reason.field);
        return reason_set(out_reason, reason.code, path, "%s", reason.detail);
    }
    if (kind->kind == UPDATE_WITHDRAWN)
        out_update->withdrawal.sequence = event->stamp.withdraws;
    return RC_OK;
}

const char *update_subject(const struct update *update, struct arena *arena)
{
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        return arena_printf(arena, "plan-%u", update->plan->year);
    case UPDATE_PROJECT_REGISTERED:
        return update->registered->id;
    case UPDATE_MEASUREMENT_REPORTED:
        return update->measurement.measure;
    case UPDATE_MILESTONE_REACHED:
        return update->reached.project;
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        return update->project;
    case UPDATE_WITHDRAWN:
        return update->withdrawal.id;
    case UPDATE_TARGET_ADJUSTED:
        return update->adjustment.commitment;
    case UPDATE_EXTENSION_REQUESTED:
        return update->request.commitment;
    case UPDATE_EXTENSION_DECIDED:
        return update->decision.request_id;
    case UPDATE_ALERT_ACKNOWLEDGED:
        return update->acknowledgement.alert;
    }
    return "";
}

static char *lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* The message for an update of one of the three changes of state. */
static void write_change(const struct update *update, const char *note, Duban__V1__ProjectSuspended *message)
{
    message->division = lend(update->division);
    message->project = lend(update->project);
    message->reason = lend(note);
}

bool update_write(const struct update *update, const char *note, struct arena *arena, struct event *out_event)
{
    union {
        ProtobufCMessage base;
        Duban__V1__PlanPublished plan_published;
        Duban__V1__ProjectRegistered registered;
        Duban__V1__MeasurementReported measurement;
        Duban__V1__MilestoneReached reached;
        Duban__V1__ProjectSuspended change;
        Duban__V1__UpdateWithdrawn withdrawn;
        Duban__V1__TargetAdjusted adjustment;
        Duban__V1__ExtensionRequested request;
        Duban__V1__ExtensionDecided decision;
        Duban__V1__AlertAcknowledged acknowledgement;
    } message;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == update->kind)
            protobuf_c_message_init(kinds[i].type, &message);
    bool complete = true;
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        complete = (message.plan_published.plan = plan_write(update->plan, arena)) != NULL;
        break;
    case UPDATE_PROJECT_REGISTERED:
        message.registered.division = lend(update->division);
        complete = (message.registered.project = project_write(update->registered, arena)) != NULL;
        break;
    case UPDATE_MEASUREMENT_REPORTED:
        message.measurement.division = lend(update->division);
        message.measurement.measure = lend(update->measurement.measure);
        message.measurement.project = lend(update->measurement.project);
        complete = (message.measurement.value = decimal_text(update->measurement.value, arena)) != NULL &&
                   (message.measurement.observed_on = day_text(update->measurement.observed_on, arena)) != NULL;
        message.measurement.unit = lend(update->measurement.unit);
        message.measurement.statistical_scope = lend(update->measurement.scope);
        message.measurement.evidence = lend(note);
        break;
    case UPDATE_MILESTONE_REACHED:
        message.reached.division = lend(update->division);
        message.reached.project = lend(update->reached.project);
        message.reached.milestone = lend(update->reached.milestone);
        complete = (message.reached.reached_on = day_text(update->reached.reached_on, arena)) != NULL;
        message.reached.evidence = lend(note);
        break;
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        write_change(update, note, &message.change);
        break;
    case UPDATE_WITHDRAWN:
        message.withdrawn.division = lend(update->division);
        message.withdrawn.id = lend(update->withdrawal.id);
        message.withdrawn.reason = lend(note);
        break;
    case UPDATE_TARGET_ADJUSTED:
        message.adjustment.division = lend(update->division);
        message.adjustment.year = update->adjustment.year;
        message.adjustment.commitment = lend(update->adjustment.commitment);
        message.adjustment.decided_by = lend(update->adjustment.decided_by);
        complete = (message.adjustment.target = decimal_text(update->adjustment.target, arena)) != NULL &&
                   (message.adjustment.decided_on = day_text(update->adjustment.decided_on, arena)) != NULL;
        break;
    case UPDATE_EXTENSION_REQUESTED:
        message.request.division = lend(update->division);
        message.request.year = update->request.year;
        message.request.commitment = lend(update->request.commitment);
        message.request.reason = lend(update->request.reason);
        complete = (message.request.due = day_text(update->request.due, arena)) != NULL;
        break;
    case UPDATE_EXTENSION_DECIDED:
        message.decision.division = lend(update->division);
        message.decision.request_source = lend(update->decision.request_source);
        message.decision.request_id = lend(update->decision.request_id);
        message.decision.granted = update->decision.granted;
        message.decision.reason = lend(update->decision.reason);
        break;
    case UPDATE_ALERT_ACKNOWLEDGED:
        message.acknowledgement.division = lend(update->division);
        message.acknowledgement.alert = lend(update->acknowledgement.alert);
        message.acknowledgement.signed_by = lend(update->acknowledgement.signed_by);
        break;
    }
    const char *subject = complete ? update_subject(update, arena) : NULL;
    return subject != NULL &&
           event_make(update->source, update->id, subject, update->received_us, &message.base, arena, out_event);
}
