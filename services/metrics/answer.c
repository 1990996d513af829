#include "metrics/answer.h"

#include "metrics/explain.h"
#include "metrics/roll_up.h"

#include "domain/calendar.h"
#include "wire/standing_wire.h"

#include <string.h>

#define ROWS_MAX 10000

bool answer_knows(const Duban__V1__Request *request)
{
    return request->kind_case == DUBAN__V1__REQUEST__KIND_INDICATORS ||
           request->kind_case == DUBAN__V1__REQUEST__KIND_EXPLAIN ||
           request->kind_case == DUBAN__V1__REQUEST__KIND_ROLL_UPS;
}

/* An answer that is being put together in the arena of its call. */
struct answering {
    const struct metrics *metrics;
    const struct rights *rights; /* of who asks: rows of topics that it may not read are left out */
    struct arena *arena;
    day_number today;
    int64_t complete_us;
    bool full; /* there was no room for all of it */
};

static char *lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

static bool may_read(const struct answering *answering, const char *division, const char *commitment)
{
    return rights_may_read(answering->rights, "indicator.%s.%s.", division, commitment);
}

/* Null, and full, when there is no room. */
static void *make(struct answering *answering, const ProtobufCMessageDescriptor *type)
{
    void *message = arena_alloc(answering->arena, type->sizeof_message);
    if (message != NULL)
        protobuf_c_message_init(type, message);
    else
        answering->full = true;
    return message;
}

static void *make_list(struct answering *answering, size_t count)
{
    void *list = arena_array(answering->arena, count, sizeof(void *));
    answering->full = answering->full || list == NULL;
    return list;
}

/* Texts; "" when there is no room. */
static char *kept(struct answering *answering, const char *text)
{
    char *copy = arena_copy(answering->arena, text);
    answering->full = answering->full || copy == NULL;
    return copy == NULL ? lend("") : copy;
}

static char *day_field(struct answering *answering, day_number day)
{
    char text[DAY_TEXT_BYTES];
    return kept(answering, day_format(day, text));
}

static char *decimal_field(struct answering *answering, struct decimal value)
{
    char text[DECIMAL_TEXT_BYTES];
    return kept(answering, decimal_format(value, text));
}

static Google__Protobuf__Timestamp *instant_field(struct answering *answering, int64_t instant_us)
{
    Google__Protobuf__Timestamp *time = make(answering, &google__protobuf__timestamp__descriptor);
    if (time != NULL)
        timestamp_write(instant_us, time);
    return time;
}

/* Completes what is asked; false when as_of is no day. */
static bool read_view(const struct answering *answering, const char *as_of, uint64_t sequence,
                      struct metrics_question *question)
{
    question->as_of = answering->today;
    question->as_of_sequence = sequence == 0 ? UINT64_MAX : sequence;
    return *as_of == '\0' || day_parse(as_of, &question->as_of);
}

/* Indicators */

static const char *comparison_text(enum comparison comparison)
{
    static const char *const texts[] = {[COMPARISON_AT_LEAST] = ">=",
                                        [COMPARISON_MORE_THAN] = ">",
                                        [COMPARISON_AT_MOST] = "<=",
                                        [COMPARISON_LESS_THAN] = "<"};
    return texts[comparison];
}

static Duban__V1__IndicatorRow *make_row(struct answering *answering, const struct metrics_answer *found)
{
    Duban__V1__IndicatorRow *row = make(answering, &duban__v1__indicator_row__descriptor);
    if (row == NULL)
        return NULL;
    const struct commitment *commitment = found->subject.commitment;
    const struct unit *unit = plan_unit(found->subject.plan, commitment->unit);
    row->indicator = standing_write(&found->standing, answering->arena);
    answering->full = answering->full || row->indicator == NULL;
    row->theme = lend(commitment->theme);
    row->name_zh = lend(commitment->name_zh);
    row->name_en = lend(commitment->name_en);
    row->unit_name_zh = lend(unit->name_zh);
    row->unit_name_en = lend(unit->name_en);
    row->comparison = lend(comparison_text(commitment->comparison));
    row->due = day_field(answering, found->standing.due);
    row->hold_all_year = commitment->hold == HOLD_ALL_YEAR;
    return row;
}

struct row_list {
    struct answering *answering;
    Duban__V1__IndicatorRows *rows;
};

static void take_row(void *context, const struct metrics_answer *found)
{
    struct row_list *list = context;
    struct answering *answering = list->answering;
    if (!may_read(answering, found->standing.division, found->standing.indicator))
        return;
    if (list->rows->n_rows == ROWS_MAX)
        answering->full = true;
    if (!answering->full)
        list->rows->rows[list->rows->n_rows++] = make_row(answering, found);
}

/* A year whose working calendar is not known yet: leads and escalations in it will not come. */
static void warn_of_calendar(struct answering *answering, Duban__V1__IndicatorRows *rows)
{
    int year;
    if (!calendar_missing_year(answering->today, &year))
        return;
    struct reason reason;
    (void)reason_set(&reason, REASON_CALENDAR_MISSING, "", "%d", year);
    Duban__V1__Reason *warning = make(answering, &duban__v1__reason__descriptor);
    rows->warnings = make_list(answering, 1);
    if (answering->full || !reason_message(&reason, answering->arena, warning)) {
        answering->full = true;
        return;
    }
    rows->warnings[0] = warning;
    rows->n_warnings = 1;
}

static enum reason_code answer_indicators(struct answering *answering, const Duban__V1__IndicatorQuery *query,
                                          Duban__V1__Reply *reply, const char **out_field)
{
    struct metrics_question question = {
        .division = query->division, .year = query->year, .unit = query->unit, .commitment = query->commitment};
    if (!read_view(answering, query->as_of, query->as_of_sequence, &question)) {
        *out_field = "indicators.as_of";
        return REASON_INVALID_DAY;
    }
    Duban__V1__IndicatorRows *rows = make(answering, &duban__v1__indicator_rows__descriptor);
    if (rows == NULL)
        return REASON_TOO_COMPLEX;
    rows->rows = make_list(answering, ROWS_MAX);
    rows->time = instant_field(answering, answering->complete_us);
    struct row_list list = {answering, rows};
    metrics_ask(answering->metrics, &question, take_row, &list);
    warn_of_calendar(answering, rows);
    reply->kind_case = DUBAN__V1__REPLY__KIND_INDICATORS;
    reply->indicators = rows;
    return REASON_NONE;
}

/* Explanations */

static Duban__V1__ExplainedReport *make_report(struct answering *answering, const struct explained_report *explained,
                                               uint64_t as_of_sequence)
{
    Duban__V1__ExplainedReport *message = make(answering, &duban__v1__explained_report__descriptor);
    if (message == NULL)
        return NULL;
    const struct report *report = explained->report;
    bool measured = *explained->line->measure != '\0';
    message->role = (Duban__V1__ReportRole)explained->role;
    message->use = (Duban__V1__ReportUse)explained->use;
    message->measure = lend(explained->line->measure);
    message->project = lend(explained->line->project);
    message->milestone = lend(explained->line->milestone);
    message->value = measured ? decimal_field(answering, report->value) : lend("");
    message->unit = lend(report->unit);
    message->observed_on = day_field(answering, report->day);
    message->statistical_scope = lend(explained->line->scope);
    message->sequence = report->sequence;
    message->source = lend(report->source);
    message->received = instant_field(answering, report->received_us);
    message->withdrawn_by = report_withdrawn(report, as_of_sequence) ? report->withdrawn_by : 0;
    return message;
}

static Duban__V1__ExplainedChange *make_change(struct answering *answering, const struct explained_change *explained)
{
    Duban__V1__ExplainedChange *message = make(answering, &duban__v1__explained_change__descriptor);
    if (message == NULL)
        return NULL;
    const struct change *change = explained->change;
    message->sequence = change->sequence;
    message->source = lend(change->source);
    message->received = instant_field(answering, change->received_us);
    message->since = day_field(answering, change->since);
    if (change->of_target)
        message->target = decimal_field(answering, change->target);
    else
        message->due = day_field(answering, change->due);
    message->note = lend(change->note);
    message->in_force = explained->in_force;
    return message;
}

static void fill_lists(struct answering *answering, const struct explanation *explanation,
                       Duban__V1__Explanation *message)
{
    uint64_t as_of_sequence = explanation->answer.subject.view.as_of_sequence;
    size_t reports = explanation->report_count;
    message->truncated = reports > EXPLAINED_REPORTS_MAX;
    reports = message->truncated ? EXPLAINED_REPORTS_MAX : reports;
    message->reports = make_list(answering, reports);
    message->changes = make_list(answering, explanation->change_count);
    for (; !answering->full && message->n_reports < reports; message->n_reports++)
        message->reports[message->n_reports] =
            make_report(answering, &explanation->reports[message->n_reports], as_of_sequence);
    for (; !answering->full && message->n_changes < explanation->change_count; message->n_changes++)
        message->changes[message->n_changes] = make_change(answering, &explanation->changes[message->n_changes]);
}

static Duban__V1__Explanation *make_explanation(struct answering *answering, const struct explanation *explanation)
{
    Duban__V1__Explanation *message = make(answering, &duban__v1__explanation__descriptor);
    if (message == NULL)
        return NULL;
    const struct metrics_answer *found = &explanation->answer;
    const struct indicator *indicator = &found->subject.commitment->indicator;
    const struct rules *rules = &found->subject.plan->rules;
    message->row = make_row(answering, found);
    message->factor = decimal_field(answering, indicator->factor);
    message->offset = decimal_field(answering, indicator->offset);
    message->yellow_points = decimal_field(answering, rules->yellow_points);
    message->red_points = decimal_field(answering, rules->red_points);
    if (found->was_red) {
        message->red_since = day_field(answering, found->red_since);
        message->red_sequence = found->red_sequence;
    }
    fill_lists(answering, explanation, message);
    return message;
}

static enum reason_code answer_explain(struct answering *answering, const Duban__V1__ExplainQuery *query,
                                       Duban__V1__Reply *reply, const char **out_field)
{
    struct metrics_question question = {
        .division = query->division, .year = query->year, .unit = "", .commitment = query->commitment};
    if (!read_view(answering, query->as_of, query->as_of_sequence, &question)) {
        *out_field = "explain.as_of";
        return REASON_INVALID_DAY;
    }
    if (!may_read(answering, query->division, query->commitment)) {
        *out_field = "explain.commitment";
        return REASON_NOT_ALLOWED;
    }
    CLEANUP(explanation_done) struct explanation explanation = {.reports = NULL};
    if (!metrics_explain(answering->metrics, &question, &explanation)) {
        *out_field = "explain.commitment";
        return REASON_UNKNOWN_COMMITMENT;
    }
    reply->kind_case = DUBAN__V1__REPLY__KIND_EXPLANATION;
    reply->explanation = make_explanation(answering, &explanation);
    return REASON_NONE;
}

/* Roll-ups */

static Duban__V1__RollUpRow *make_roll_up(struct answering *answering, const struct metrics_question *question,
                                          const struct roll_up *roll_up)
{
    Duban__V1__RollUpRow *message = make(answering, &duban__v1__roll_up_row__descriptor);
    if (message == NULL)
        return NULL;
    const struct commitment *commitment = roll_up->commitment;
    message->division = lend(question->division);
    message->year = question->year;
    message->indicator = lend(commitment->id);
    message->name_zh = lend(commitment->name_zh);
    message->name_en = lend(commitment->name_en);
    message->value_unit = lend(commitment->indicator.unit);
    if (roll_up->known) {
        message->numerator = decimal_field(answering, roll_up->numerator);
        message->denominator = decimal_field(answering, roll_up->denominator);
        message->value = decimal_field(answering, roll_up->value);
        message->statistical_scope = lend(roll_up->scope);
    }
    message->known = (char **)(uintptr_t)roll_up->known_divisions;
    message->n_known = roll_up->known_count;
    message->missing = (char **)(uintptr_t)roll_up->missing_divisions;
    message->n_missing = roll_up->missing_count;
    message->incomparable = roll_up->incomparable;
    message->simulated = roll_up->simulated;
    return message;
}

static enum reason_code answer_roll_ups(struct answering *answering, const Duban__V1__RollUpQuery *query,
                                        Duban__V1__Reply *reply, const char **out_field)
{
    struct metrics_question question = {
        .division = query->division, .year = query->year, .unit = "", .commitment = query->indicator};
    if (!read_view(answering, query->as_of, query->as_of_sequence, &question)) {
        *out_field = "roll_ups.as_of";
        return REASON_INVALID_DAY;
    }
    /* A sum tells of everything below the division. */
    if (!rights_may_read(answering->rights, "indicator.%s", query->division)) {
        *out_field = "roll_ups.division";
        return REASON_NOT_ALLOWED;
    }
    if (query->year == 0) { /* years are not added */
        *out_field = "roll_ups.year";
        return REASON_OUT_OF_RANGE;
    }
    const struct roll_up *roll_ups;
    size_t count;
    Duban__V1__RollUpRows *rows = make(answering, &duban__v1__roll_up_rows__descriptor);
    if (rows == NULL || !metrics_roll_up(answering->metrics, &question, answering->arena, &roll_ups, &count) ||
        count > ROWS_MAX)
        return REASON_TOO_COMPLEX;
    rows->rows = make_list(answering, count);
    rows->time = instant_field(answering, answering->complete_us);
    for (; !answering->full && rows->n_rows < count; rows->n_rows++)
        rows->rows[rows->n_rows] = make_roll_up(answering, &question, &roll_ups[rows->n_rows]);
    reply->kind_case = DUBAN__V1__REPLY__KIND_ROLL_UPS;
    reply->roll_ups = rows;
    return REASON_NONE;
}

static enum reason_code answer(struct answering *answering, const Duban__V1__Request *request, Duban__V1__Reply *reply,
                               const char **out_field)
{
    if (request->kind_case == DUBAN__V1__REQUEST__KIND_INDICATORS)
        return answer_indicators(answering, request->indicators, reply, out_field);
    if (request->kind_case == DUBAN__V1__REQUEST__KIND_EXPLAIN)
        return answer_explain(answering, request->explain, reply, out_field);
    return answer_roll_ups(answering, request->roll_ups, reply, out_field);
}

void answer_call(const struct metrics *metrics, int64_t now_us, int64_t complete_us, struct call *call)
{
    REQUIRE(answer_knows(call->request));
    struct answering answering = {.metrics = metrics,
                                  .rights = call_rights(call),
                                  .arena = call->arena,
                                  .today = day_of_instant(now_us),
                                  .complete_us = complete_us};
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    const char *field = "";
    enum reason_code code = answer(&answering, call->request, &reply, &field);
    if (code == REASON_NONE && answering.full)
        code = REASON_TOO_COMPLEX;
    if (code == REASON_NONE)
        call_answer(&call, &reply, NULL, 0);
    else
        call_refuse(&call, code, field);
}
