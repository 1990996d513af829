#include "notify/answer.h"

#include "domain/text.h"
#include "wire/standing_wire.h"

#include "base/day.h"

#include <string.h>

#define ANSWER_ROWS_MAX 10000

bool answer_knows(const Duban__V1__Request *request)
{
    return request->kind_case == DUBAN__V1__REQUEST__KIND_DEADLINES ||
           request->kind_case == DUBAN__V1__REQUEST__KIND_UNITS;
}

static bool matches(const char *text, const char *wanted)
{
    return *wanted == '\0' || strcmp(text, wanted) == 0;
}

static bool fill_timestamp(int64_t instant_us, struct arena *arena, Google__Protobuf__Timestamp **out_time)
{
    Google__Protobuf__Timestamp *time = arena_alloc(arena, sizeof *time);
    if (time == NULL)
        return false;
    timestamp_write(instant_us, time);
    *out_time = time;
    return true;
}

/* Rows of topics that the client may not read are left out of every answer. */
struct deadlines_answer {
    struct call *call;
    const struct rights *rights;
    Duban__V1__DeadlineRows rows;
    bool full;
};

static void add_deadline(void *context, const struct deadline *deadline)
{
    struct deadlines_answer *answer = context;
    const Duban__V1__DeadlineQuery *query = answer->call->request->deadlines;
    if (!text_begins_with(deadline->division, query->division) || (query->year != 0 && query->year != deadline->year) ||
        !matches(deadline->unit, query->unit) || !matches(deadline->commitment, query->commitment) ||
        !rights_may_read(answer->rights, "deadline.%s.%s.%s.", deadline->division, deadline->unit,
                         *deadline->commitment == '\0' ? "-" : deadline->commitment))
        return;
    struct arena *arena = answer->call->arena;
    Duban__V1__DeadlineRow *row = arena_alloc(arena, sizeof *row);
    if (row == NULL || answer->rows.n_rows == ANSWER_ROWS_MAX) {
        answer->full = true;
        return;
    }
    char due[DAY_TEXT_BYTES];
    duban__v1__deadline_row__init(row);
    row->division = arena_copy(arena, deadline->division);
    row->year = deadline->year;
    row->deadline = arena_copy(arena, deadline->id);
    row->version = deadline->version;
    row->unit = arena_copy(arena, deadline->unit);
    row->commitment = arena_copy(arena, deadline->commitment);
    row->due = arena_copy(arena, day_format(deadline->due, due));
    row->approved_due = arena_copy(arena, day_format(deadline->approved_due, due));
    row->extensions = deadline->extensions;
    row->state = (Duban__V1__DeadlineState)deadline->state;
    bool complete = row->division != NULL && row->deadline != NULL && row->unit != NULL && row->commitment != NULL &&
                    row->due != NULL && row->approved_due != NULL;
    if (complete && deadline->has_next)
        complete = fill_timestamp(deadline->next_us, arena, &row->next_alert);
    answer->full |= !complete;
    answer->rows.rows[answer->rows.n_rows++] = row;
}

static void answer_deadlines(const struct notify *notify, int64_t complete_us, struct call *call)
{
    struct deadlines_answer answer = {.call = call, .rights = call_rights(call)};
    duban__v1__deadline_rows__init(&answer.rows);
    answer.rows.rows = arena_must(arena_array(call->arena, ANSWER_ROWS_MAX, sizeof *answer.rows.rows));
    notify_deadlines(notify, add_deadline, &answer);
    if (answer.full || !fill_timestamp(complete_us, call->arena, &answer.rows.time)) {
        call_refuse(&call, REASON_TOO_COMPLEX, "");
        return;
    }
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_DEADLINES;
    reply.deadlines = &answer.rows;
    call_answer(&call, &reply, NULL, 0);
}

static bool fill_signature(const struct notify *notify, struct arena *arena, Duban__V1__AlertRow *row)
{
    const char *signed_by;
    int64_t at_us;
    if (!notify_signature(notify, row->id, &signed_by, &at_us))
        return true;
    row->signed_by = arena_copy(arena, signed_by);
    return row->signed_by != NULL && fill_timestamp(at_us, arena, &row->signed_at);
}

/* A row for an alert of the log that the query asks for. False when the arena is full; *out_row stays null for one that
 * it does not. */
static bool read_alert(const struct notify *notify, const struct stream_event *stored, const struct call *call,
                       Duban__V1__AlertRow **out_row)
{
    const Duban__V1__AlertQuery *query = call->request->alerts;
    struct event event;
    if (event_read(stored->body, call->arena, &event, NULL) != RC_OK)
        return false;
    Duban__V1__DeadlineAlert *alert = alert_unpack(&event, call->arena);
    Duban__V1__AlertRow *message = arena_alloc(call->arena, sizeof *message);
    if (alert == NULL || message == NULL)
        return false;
    if (!text_begins_with(alert->division, query->division) || !matches(alert->recipient, query->unit) ||
        !matches(alert->commitment, query->commitment) ||
        (query->phase != DUBAN__V1__PHASE__PHASE_UNSPECIFIED && query->phase != alert->phase))
        return true;
    duban__v1__alert_row__init(message);
    message->sequence = stored->sequence;
    message->id = (char *)(uintptr_t)event.id;
    message->alert = alert;
    *out_row = message;
    return fill_timestamp(event.time_us, call->arena, &message->time) && fill_signature(notify, call->arena, message);
}

void answer_alerts(const struct notify *notify, const PGresult *rows, int row_count, uint64_t complete_to,
                   struct call *call)
{
    const struct rights *rights = call_rights(call);
    if (rights == NULL) { /* taken away while the log was read */
        call_refuse(&call, REASON_NOT_ALLOWED, "");
        return;
    }
    Duban__V1__AlertRows answer = DUBAN__V1__ALERT_ROWS__INIT;
    answer.rows = arena_array(call->arena, (size_t)row_count, sizeof *answer.rows);
    bool complete = answer.rows != NULL;
    for (int row = 0; complete && row < row_count; row++) {
        Duban__V1__AlertRow *message = NULL;
        struct stream_event stored;
        stream_event_read(rows, row, &stored);
        if (rights_may_read(rights, "%s", stored.topic))
            complete = read_alert(notify, &stored, call, &message);
        if (message != NULL)
            answer.rows[answer.n_rows++] = message;
    }
    if (!complete) {
        call_refuse(&call, REASON_TOO_COMPLEX, "");
        return;
    }
    answer.complete_to = complete_to;
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_ALERTS;
    reply.alerts = &answer;
    call_answer(&call, &reply, NULL, 0);
}

struct units_answer {
    struct call *call;
    const struct rights *rights;
    int64_t at_us;
    Duban__V1__UnitRows rows;
    bool full;
};

static void add_unit(void *context, const struct unit_row *unit)
{
    struct units_answer *answer = context;
    const Duban__V1__UnitQuery *query = answer->call->request->units;
    if (!text_begins_with(unit->division, query->division) || (query->year != 0 && query->year != unit->year) ||
        !matches(unit->unit->id, query->unit) ||
        !rights_may_read(answer->rights, "digest.%s.%s.", unit->division, unit->unit->id))
        return;
    struct arena *arena = answer->call->arena;
    Duban__V1__UnitRow *row = arena_alloc(arena, sizeof *row);
    if (row == NULL || answer->rows.n_rows == ANSWER_ROWS_MAX) {
        answer->full = true;
        return;
    }
    duban__v1__unit_row__init(row);
    row->counts = digest_write(&(struct unit_digest){.at_us = answer->at_us,
                                                     .division = unit->division,
                                                     .year = unit->year,
                                                     .unit = unit->unit->id,
                                                     .burden = unit->burden},
                               arena);
    row->name_zh = (char *)(uintptr_t)unit->unit->name_zh;
    row->name_en = (char *)(uintptr_t)unit->unit->name_en;
    row->open = unit->open;
    row->overdue = unit->overdue;
    answer->full |= row->counts == NULL;
    answer->rows.rows[answer->rows.n_rows++] = row;
}

static void answer_units(const struct notify *notify, int64_t now_us, int64_t complete_us, struct call *call)
{
    struct units_answer answer = {.call = call, .rights = call_rights(call), .at_us = now_us};
    duban__v1__unit_rows__init(&answer.rows);
    answer.rows.rows = arena_must(arena_array(call->arena, ANSWER_ROWS_MAX, sizeof *answer.rows.rows));
    notify_units(notify, add_unit, &answer);
    if (answer.full || !fill_timestamp(complete_us, call->arena, &answer.rows.time)) {
        call_refuse(&call, REASON_TOO_COMPLEX, "");
        return;
    }
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_UNITS;
    reply.units = &answer.rows;
    call_answer(&call, &reply, NULL, 0);
}

void answer_call(const struct notify *notify, int64_t now_us, int64_t complete_us, struct call *call)
{
    REQUIRE(answer_knows(call->request));
    if (call->request->kind_case == DUBAN__V1__REQUEST__KIND_DEADLINES)
        answer_deadlines(notify, complete_us, call);
    else
        answer_units(notify, now_us, complete_us, call);
}
