#include "wire/standing_wire.h"

#include "wire/plan_wire.h"

#include "domain/text.h"

#include <string.h>

static char *lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

static Duban__V1__Forecast *forecast_write(const struct forecast *forecast, struct arena *arena)
{
    Duban__V1__Forecast *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__forecast__init(message);
    message->misses = forecast->misses;
    message->since = day_text(forecast->since, arena);
    message->weekly_pace = decimal_text(forecast->weekly_pace, arena);
    message->value_at_deadline = decimal_text(forecast->value_at_deadline, arena);
    bool complete = message->since != NULL && message->weekly_pace != NULL && message->value_at_deadline != NULL;
    if (complete && forecast->reaches)
        complete = (message->reached_on = day_text(forecast->reached_on, arena)) != NULL;
    if (complete && forecast->pace_needed_known)
        complete = (message->weekly_pace_needed = decimal_text(forecast->weekly_pace_needed, arena)) != NULL;
    return complete ? message : NULL;
}

Duban__V1__IndicatorChanged *standing_write(const struct standing *standing, struct arena *arena)
{
    Duban__V1__IndicatorChanged *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__indicator_changed__init(message);
    message->division = lend(standing->division);
    message->year = standing->year;
    message->revision = standing->revision;
    message->indicator = lend(standing->indicator);
    message->unit = lend(standing->unit);
    message->as_of = day_text(standing->as_of, arena);
    message->updates_sequence = standing->updates_sequence;
    message->value_unit = lend(standing->value_unit);
    message->target = decimal_text(standing->target, arena);
    message->expected = decimal_text(standing->expected, arena);
    message->colour = (Duban__V1__Colour)standing->colour;
    message->reached = standing->reached;
    message->statistical_scope = lend(standing->scope);
    message->retired = standing->retired;
    message->approved_target = decimal_text(standing->approved_target, arena);
    message->due = day_text(standing->due, arena);
    message->simulated = standing->simulated;
    bool complete = message->as_of != NULL && message->target != NULL && message->expected != NULL &&
                    message->approved_target != NULL && message->due != NULL;
    if (complete && standing->has_forecast)
        complete = (message->forecast = forecast_write(&standing->forecast, arena)) != NULL;
    if (complete && standing->known) {
        message->numerator = decimal_text(standing->numerator, arena);
        message->denominator = decimal_text(standing->denominator, arena);
        message->value = decimal_text(standing->value, arena);
        message->attainment = decimal_text(standing->attainment, arena);
        message->approved_attainment = decimal_text(standing->approved_attainment, arena);
        message->observed_on = day_text(standing->observed_on, arena);
        complete = message->numerator != NULL && message->denominator != NULL && message->value != NULL &&
                   message->attainment != NULL && message->approved_attainment != NULL && message->observed_on != NULL;
    }
    return complete ? message : NULL;
}

/* What duban itself has written is read back without a reason for each field: a fault here is one of ours. */
static bool read_known(const Duban__V1__IndicatorChanged *message, struct standing *standing)
{
    standing->known = *message->value != '\0';
    return !standing->known || (decimal_parse_computed(message->numerator, &standing->numerator) &&
                                decimal_parse_computed(message->denominator, &standing->denominator) &&
                                decimal_parse_computed(message->value, &standing->value) &&
                                decimal_parse_computed(message->attainment, &standing->attainment) &&
                                day_parse(message->observed_on, &standing->observed_on));
}

/* Release 0.1 knew one target and one deadline, and wrote neither of the approved ones nor the day. Its events stay
 * readable: nothing was adjusted then, and the year's end is what migration 0003 puts into the table, too. */
static bool read_approved(const Duban__V1__IndicatorChanged *message, struct standing *standing)
{
    if (*message->due == '\0') {
        standing->approved_target = standing->target;
        standing->approved_attainment = standing->attainment;
        return message->year >= 1990 && message->year <= 2099 &&
               day_from_civil((int)message->year, 12, 31, &standing->due);
    }
    return decimal_parse_computed(message->approved_target, &standing->approved_target) &&
           (!standing->known || decimal_parse_computed(message->approved_attainment, &standing->approved_attainment)) &&
           day_parse(message->due, &standing->due);
}

static bool read_forecast(const Duban__V1__Forecast *message, struct standing *standing)
{
    if (message == NULL)
        return true;
    struct forecast *forecast = &standing->forecast;
    standing->has_forecast = true;
    forecast->reaches = *message->reached_on != '\0';
    forecast->misses = message->misses;
    forecast->pace_needed_known = *message->weekly_pace_needed != '\0';
    return day_parse(message->since, &forecast->since) &&
           decimal_parse_computed(message->weekly_pace, &forecast->weekly_pace) &&
           decimal_parse_computed(message->value_at_deadline, &forecast->value_at_deadline) &&
           (!forecast->reaches || day_parse(message->reached_on, &forecast->reached_on)) &&
           (!forecast->pace_needed_known ||
            decimal_parse_computed(message->weekly_pace_needed, &forecast->weekly_pace_needed));
}

enum rc standing_read(const struct event *event, struct arena *arena, struct standing *out_standing,
                      struct reason *out_reason)
{
    const ProtobufCMessageDescriptor *type = &duban__v1__indicator_changed__descriptor;
    if (strcmp(event->type, type->name) != 0)
        return reason_set(out_reason, REASON_UNKNOWN_TYPE, "type", "%s", event->type);
    enum rc rc = message_check(type, event->data, "data", out_reason);
    if (rc != RC_OK)
        return rc;
    const Duban__V1__IndicatorChanged *message = message_unpack(type, event->data, arena);
    if (message == NULL)
        return reason_set(out_reason, REASON_TOO_COMPLEX, "", "%s", "");
    *out_standing = (struct standing){
        .division = message->division,
        .year = message->year,
        .revision = message->revision,
        .indicator = message->indicator,
        .unit = message->unit,
        .updates_sequence = message->updates_sequence,
        .value_unit = message->value_unit,
        .colour = (enum colour)message->colour,
        .reached = message->reached,
        .scope = message->statistical_scope,
        .retired = message->retired,
        .simulated = message->simulated,
    };
    if (!read_known(message, out_standing) || !day_parse(message->as_of, &out_standing->as_of) ||
        !decimal_parse_computed(message->target, &out_standing->target) || !read_approved(message, out_standing) ||
        !read_forecast(message->forecast, out_standing) ||
        !decimal_parse_computed(message->expected, &out_standing->expected))
        return reason_set(out_reason, REASON_MALFORMED_DATA, "data", "%s", message->indicator);
    return RC_OK;
}

Duban__V1__DeadlineAlert *alert_write(const struct alert *alert, struct arena *arena)
{
    Duban__V1__DeadlineAlert *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__deadline_alert__init(message);
    message->division = lend(alert->division);
    message->year = alert->year;
    message->deadline = lend(alert->deadline);
    message->version = alert->version;
    message->unit = lend(alert->unit);
    message->supervising_unit = lend(alert->supervising_unit);
    message->recipient = lend(alert->recipient);
    message->commitment = lend(alert->commitment);
    message->project = lend(alert->project);
    message->milestone = lend(alert->milestone);
    message->phase = (Duban__V1__Phase)alert->phase;
    message->occurrence = alert->occurrence;
    message->level = (Duban__V1__Level)alert->level;
    message->due = day_text(alert->due, arena);
    message->days_left = alert->days_left;
    message->days_late = alert->days_late;
    message->value_unit = lend(alert->value_unit);
    message->text_zh = lend(alert->text_zh);
    message->text_en = lend(alert->text_en);
    message->reason = lend(alert->reason);
    message->withdrawn_alerts = (char **)(uintptr_t)alert->withdrawn;
    message->n_withdrawn_alerts = alert->withdrawn_count;
    message->late = alert->late;
    message->skipped_alerts = (char **)(uintptr_t)alert->skipped;
    message->n_skipped_alerts = alert->skipped_count;
    message->silent_measures = (char **)(uintptr_t)alert->silent_measures;
    message->n_silent_measures = alert->silent_measure_count;
    message->simulated = alert->simulated;
    bool complete = message->due != NULL;
    if (complete && *alert->project == '\0')
        complete = (message->target = decimal_text(alert->target, arena)) != NULL;
    if (complete && alert->value_known)
        complete = (message->value = decimal_text(alert->value, arena)) != NULL;
    return complete ? message : NULL;
}

Duban__V1__DeadlineAlert *alert_unpack(const struct event *event, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = &duban__v1__deadline_alert__descriptor;
    if (strcmp(event->type, type->name) != 0)
        return NULL;
    Duban__V1__DeadlineAlert *message = message_unpack(type, event->data, arena);
    if (message != NULL && *message->recipient == '\0') /* before there were copies, all went to the unit */
        message->recipient = message->unit;
    return message;
}

Duban__V1__UnitDigest *digest_unpack(const struct event *event, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = &duban__v1__unit_digest__descriptor;
    return strcmp(event->type, type->name) == 0 ? message_unpack(type, event->data, arena) : NULL;
}

bool standing_event(const struct standing *standing, int64_t at_us, struct arena *arena, struct event *out_event)
{
    Duban__V1__IndicatorChanged *message = standing_write(standing, arena);
    char *id = arena_printf(arena, "%s/%u/%s/%lld/%llu", standing->division, standing->year, standing->indicator,
                            (long long)at_us, (unsigned long long)standing->updates_sequence);
    return message != NULL && id != NULL &&
           event_make("/duban/metrics", id, standing->indicator, at_us, &message->base, arena, out_event);
}

bool alert_event(const struct alert *alert, struct arena *arena, struct event *out_event)
{
    Duban__V1__DeadlineAlert *message = alert_write(alert, arena);
    return message != NULL &&
           event_make("/duban/notify", alert->id, alert->deadline, alert->at_us, &message->base, arena, out_event);
}

const char *standing_topic(const struct standing *standing, struct arena *arena)
{
    return arena_printf(arena, "indicator.%s.%s.", standing->division, standing->indicator);
}

const char *alert_topic(const struct alert *alert, struct arena *arena)
{
    return arena_printf(arena, "deadline.%s.%s.%s.%s.", alert->division, alert->recipient,
                        *alert->commitment == '\0' ? "-" : alert->commitment, phase_name(alert->phase));
}

Duban__V1__UnitDigest *digest_write(const struct unit_digest *digest, struct arena *arena)
{
    Duban__V1__UnitDigest *message = arena_alloc(arena, sizeof *message);
    Duban__V1__DigestItem *items = arena_array(arena, digest->item_count, sizeof *items);
    Duban__V1__DigestItem **list = arena_array(arena, digest->item_count, sizeof *list);
    if (message == NULL || items == NULL || list == NULL)
        return NULL;
    duban__v1__unit_digest__init(message);
    message->division = lend(digest->division);
    message->year = digest->year;
    message->unit = lend(digest->unit);
    message->day = day_text(day_of_instant(digest->at_us), arena);
    message->asked = digest->burden.asked;
    message->reminded = digest->burden.reminded;
    message->alerts_signed = digest->burden.alerts_signed;
    message->extensions_requested = digest->burden.extensions_requested;
    message->extensions_granted = digest->burden.extensions_granted;
    message->extensions_refused = digest->burden.extensions_refused;
    message->late = digest->late;
    message->n_items = digest->item_count;
    message->items = list;
    for (size_t i = 0; i < digest->item_count; i++) {
        const struct digest_item *item = &digest->items[i];
        list[i] = &items[i];
        duban__v1__digest_item__init(list[i]);
        list[i]->id = lend(item->id);
        list[i]->deadline = lend(item->deadline);
        list[i]->phase = (Duban__V1__Phase)item->phase;
        list[i]->level = (Duban__V1__Level)item->level;
        list[i]->text_zh = lend(item->text_zh);
        list[i]->text_en = lend(item->text_en);
    }
    return message->day != NULL ? message : NULL;
}

bool digest_event(const struct unit_digest *digest, struct arena *arena, struct event *out_event)
{
    Duban__V1__UnitDigest *message = digest_write(digest, arena);
    return message != NULL &&
           event_make("/duban/notify", digest->id, digest->unit, digest->at_us, &message->base, arena, out_event);
}

const char *digest_topic(const struct unit_digest *digest, struct arena *arena)
{
    return arena_printf(arena, "digest.%s.%s.", digest->division, digest->unit);
}
