/* The commands that say how things stand: status and head. */
#include "cli/cli.h"

#include "cli/question.h"

#include "base/day.h"
#include "base/decimal.h"
#include "db/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char status_help[] =
    "usage: duban status [--division PREFIX] [--year YEAR] [--unit UNIT] [--commitment ID]\n"
    "                    [--as-of DAY] [--sequence N] [--format table|csv|json|xlsx]\n"
    "Where each commitment stands, and where the pace of its last reports leads. --as-of: counting reports up to that\n"
    "day; --sequence: as it was known at that sequence of the stream updates. Files carry the exact figures and both "
    "parts of every quotient.\n";

enum status_column {
    STATUS_DIVISION,
    STATUS_YEAR,
    STATUS_COMMITMENT,
    STATUS_NAME_ZH,
    STATUS_NAME_EN,
    STATUS_UNIT,
    STATUS_VALUE_SHOWN,
    STATUS_VALUE,
    STATUS_FROM,
    STATUS_NUMERATOR,
    STATUS_DENOMINATOR,
    STATUS_TARGET_SHOWN,
    STATUS_COMPARISON,
    STATUS_TARGET,
    STATUS_VALUE_UNIT,
    STATUS_ATTAINMENT_SHOWN,
    STATUS_ATTAINMENT,
    STATUS_EXPECTED,
    STATUS_COLOUR,
    STATUS_STATE,
    STATUS_DUE,
    STATUS_OBSERVED_ON,
    STATUS_SCOPE,
    STATUS_REVISION,
    STATUS_APPROVED_TARGET,
    STATUS_APPROVED_ATTAINMENT,
    STATUS_FORECAST_SHOWN,
    STATUS_FORECAST_REACHED_ON,
    STATUS_FORECAST_VALUE,
    STATUS_FORECAST_MISSES,
    STATUS_WEEKLY_PACE,
    STATUS_WEEKLY_PACE_NEEDED,
    STATUS_SIMULATED,
    STATUS_COLUMNS,
};

static const struct column status_columns[STATUS_COLUMNS] = {
    [STATUS_DIVISION] = {"division", NULL, false},
    [STATUS_YEAR] = {"year", NULL, true},
    [STATUS_COMMITMENT] = {"commitment", "COMMITMENT", false},
    [STATUS_NAME_ZH] = {"name_zh", "目标任务", false},
    [STATUS_NAME_EN] = {"name_en", NULL, false},
    [STATUS_UNIT] = {"unit", NULL, false},
    [STATUS_VALUE_SHOWN] = {"value_shown", "VALUE 现值", true},
    [STATUS_VALUE] = {"value", NULL, true},
    [STATUS_FROM] = {"from", "FROM 依据", true},
    [STATUS_NUMERATOR] = {"numerator", NULL, true},
    [STATUS_DENOMINATOR] = {"denominator", NULL, true},
    [STATUS_TARGET_SHOWN] = {"target_shown", "TARGET 目标", true},
    [STATUS_COMPARISON] = {"comparison", NULL, false},
    [STATUS_TARGET] = {"target", NULL, true},
    [STATUS_VALUE_UNIT] = {"value_unit", NULL, false},
    [STATUS_ATTAINMENT_SHOWN] = {"attainment_shown", "ATTAINED 完成率", true},
    [STATUS_ATTAINMENT] = {"attainment", NULL, true},
    [STATUS_EXPECTED] = {"expected", NULL, true},
    [STATUS_COLOUR] = {"colour", "COLOUR 灯", false},
    [STATUS_STATE] = {"state", "STATE 状态", false},
    [STATUS_DUE] = {"due", "DEADLINE 时限", false},
    [STATUS_OBSERVED_ON] = {"observed_on", NULL, false},
    [STATUS_SCOPE] = {"statistical_scope", NULL, false},
    [STATUS_REVISION] = {"revision", NULL, true},
    [STATUS_APPROVED_TARGET] = {"approved_target", NULL, true},
    [STATUS_APPROVED_ATTAINMENT] = {"approved_attainment", NULL, true},
    [STATUS_FORECAST_SHOWN] = {"forecast_shown", "FORECAST 预测", false},
    [STATUS_FORECAST_REACHED_ON] = {"forecast_reached_on", NULL, false},
    [STATUS_FORECAST_VALUE] = {"forecast_value", NULL, true},
    [STATUS_FORECAST_MISSES] = {"forecast_misses", NULL, false},
    [STATUS_WEEKLY_PACE] = {"weekly_pace", NULL, true},
    [STATUS_WEEKLY_PACE_NEEDED] = {"weekly_pace_needed", NULL, true},
    [STATUS_SIMULATED] = {"simulated", NULL, false},
};

/* met, held so far, overdue or open: seen from the day the row is about. */
static const char *state_of(const Duban__V1__IndicatorRow *row)
{
    bool past = strcmp(row->indicator->as_of, row->due) > 0;
    if (row->indicator->reached)
        return row->hold_all_year && !past ? "holds" : "met";
    return past ? "overdue" : "open";
}

static bool adjusted(const Duban__V1__IndicatorChanged *indicator)
{
    return strcmp(indicator->target, indicator->approved_target) != 0;
}

static void set_target(struct table *table, const Duban__V1__IndicatorRow *row)
{
    const Duban__V1__IndicatorChanged *indicator = row->indicator;
    char text[256], target[DECIMAL_TEXT_BYTES], approved[DECIMAL_TEXT_BYTES];
    int length = snprintf(text, sizeof text, "%s %s %s", row->comparison, short_decimal(indicator->target, target),
                          indicator->value_unit);
    if (adjusted(indicator))
        snprintf(text + length, sizeof text - (size_t)length, " (approved 批准 %s)",
                 short_decimal(indicator->approved_target, approved));
    table_set(table, STATUS_TARGET_SHOWN, text);
    table_set(table, STATUS_COMPARISON, row->comparison);
    table_set(table, STATUS_TARGET, indicator->target);
    table_set(table, STATUS_APPROVED_TARGET, indicator->approved_target);
    table_set(table, STATUS_VALUE_UNIT, indicator->value_unit);
}

static void set_attainment(struct table *table, const Duban__V1__IndicatorChanged *indicator)
{
    char text[256], attained[DECIMAL_TEXT_BYTES], approved[DECIMAL_TEXT_BYTES];
    short_decimal(indicator->attainment, attained);
    if (adjusted(indicator))
        snprintf(text, sizeof text, "%s %% of the approved, %s %% of the adjusted",
                 short_decimal(indicator->approved_attainment, approved), attained);
    else
        snprintf(text, sizeof text, "%s %%", attained);
    table_set(table, STATUS_ATTAINMENT_SHOWN, *indicator->value == '\0' ? "" : text);
    table_set(table, STATUS_ATTAINMENT, indicator->attainment);
    table_set(table, STATUS_APPROVED_ATTAINMENT, indicator->approved_attainment);
}

static void set_forecast(struct table *table, const Duban__V1__Forecast *forecast)
{
    char text[64];
    if (forecast == NULL)
        return;
    bool reaches = *forecast->reached_on != '\0';
    snprintf(text, sizeof text, "%s%s", reaches ? forecast->reached_on : "never 达不到",
             reaches && forecast->misses ? " late 将逾期" : "");
    table_set(table, STATUS_FORECAST_SHOWN, text);
    table_set(table, STATUS_FORECAST_REACHED_ON, forecast->reached_on);
    table_set(table, STATUS_FORECAST_VALUE, forecast->value_at_deadline);
    table_set(table, STATUS_FORECAST_MISSES, forecast->misses ? "true" : "false");
    table_set(table, STATUS_WEEKLY_PACE, forecast->weekly_pace);
    table_set(table, STATUS_WEEKLY_PACE_NEEDED, forecast->weekly_pace_needed);
}

static void add_status_row(struct table *table, const Duban__V1__IndicatorRow *row)
{
    const Duban__V1__IndicatorChanged *indicator = row->indicator;
    bool known = *indicator->value != '\0';
    char text[256], number[DECIMAL_TEXT_BYTES];
    table_row(table);
    table_set(table, STATUS_DIVISION, indicator->division);
    table_set_number(table, STATUS_YEAR, indicator->year);
    table_set(table, STATUS_COMMITMENT, indicator->indicator);
    table_set(table, STATUS_NAME_ZH, row->name_zh);
    table_set(table, STATUS_NAME_EN, row->name_en);
    table_set(table, STATUS_UNIT, indicator->unit);
    snprintf(text, sizeof text, "%s %s%s", short_decimal(indicator->value, number), indicator->value_unit,
             indicator->simulated ? " (simulated 模拟)" : "");
    table_set(table, STATUS_VALUE_SHOWN, known ? text : "unknown 未知");
    table_set(table, STATUS_VALUE, indicator->value);
    table_set(table, STATUS_SIMULATED, indicator->simulated ? "true" : "false");
    snprintf(text, sizeof text, "%s ÷ %s", indicator->numerator, indicator->denominator);
    table_set(table, STATUS_FROM, known && strcmp(indicator->denominator, "1") != 0 ? text : "");
    table_set(table, STATUS_NUMERATOR, indicator->numerator);
    table_set(table, STATUS_DENOMINATOR, indicator->denominator);
    set_target(table, row);
    set_attainment(table, indicator);
    table_set(table, STATUS_EXPECTED, indicator->expected);
    table_set(table, STATUS_COLOUR, colour_shown(indicator->colour));
    table_set(table, STATUS_STATE, state_of(row));
    table_set(table, STATUS_DUE, row->due);
    set_forecast(table, indicator->forecast);
    table_set(table, STATUS_OBSERVED_ON, indicator->observed_on);
    table_set(table, STATUS_SCOPE, indicator->statistical_scope);
    table_set_number(table, STATUS_REVISION, indicator->revision);
}

int command_status(struct cli *cli, int argc, char **argv)
{
    struct question question;
    bool help = false;
    int status = read_options(argc, argv, "dyucasf", &question, &help);
    if (status != EXIT_DONE || help)
        return fputs(status_help, help ? stdout : stderr), status;
    const Duban__V1__IndicatorRows *rows;
    status = ask_indicators(cli, &question, &rows);
    if (status != EXIT_DONE)
        return status;
    for (size_t i = 0; i < rows->n_warnings; i++)
        fprintf(stderr, "duban: %s: %s / %s\n", rows->warnings[i]->code, rows->warnings[i]->text_zh,
                rows->warnings[i]->text_en);
    struct table *table = table_new(status_columns, STATUS_COLUMNS);
    for (size_t i = 0; i < rows->n_rows; i++)
        add_status_row(table, rows->rows[i]);
    return table_finish(&table, question.format);
}

static const char head_help[] =
    "usage: duban head [--until INSTANT] [--format table|csv|json|xlsx]\n"
    "Where each stream ends, and the instant up to which its service has decided everything.\n"
    "--until waits until all three have come to INSTANT.\n";

/* The head of one service; null when it does not answer or is not ready. */
static const Duban__V1__StreamHead *ask_head(struct cli *cli, enum service_id service, struct err *err)
{
    Duban__V1__HeadRequest query = DUBAN__V1__HEAD_REQUEST__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    request.kind_case = DUBAN__V1__REQUEST__KIND_HEAD;
    request.head = &query;
    struct reply reply;
    enum rc rc = ask(cli, service, &request, (struct slice){NULL, 0}, 2000, cli->arena, &reply, err);
    return rc == RC_OK ? reply.message->head : NULL;
}

static bool has_come_to(const Duban__V1__StreamHead *head, int64_t until_us)
{
    return head != NULL && (until_us == INT64_MIN || (head->time != NULL && timestamp_read(head->time) >= until_us));
}

int command_head(struct cli *cli, int argc, char **argv)
{
    static const struct column columns[] = {{"service", "SERVICE", false}, {"stream", "STREAM", false},
                                            {"head", "HEAD", true},        {"time", "TIME", false},
                                            {"digest", "DIGEST", false},   {"incarnation", NULL, false},
                                            {"build", "BUILD", false},     {"digest_algorithm", NULL, false}};
    struct question question;
    bool help = false;
    int status = read_options(argc, argv, "wf", &question, &help);
    if (status != EXIT_DONE || help)
        return fputs(head_help, help ? stdout : stderr), status;
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (int service = 0; service < SERVICE_COUNT; service++) {
        struct err err = {""};
        const Duban__V1__StreamHead *head;
        while (!has_come_to(head = ask_head(cli, (enum service_id)service, &err), question.until_us) &&
               question.until_us != INT64_MIN)
            nanosleep(&(struct timespec){0, 50000000}, NULL);
        if (head == NULL) {
            status = fail(EXIT_UNREACHABLE, "%s", err.text);
            continue;
        }
        char instant[INSTANT_TEXT_BYTES], hex[2 * DIGEST_BYTES + 1] = "";
        table_row(table);
        table_set(table, 0, service_name((enum service_id)service));
        table_set(table, 1, head->stream);
        table_set_number(table, 2, head->head);
        table_set(table, 3, instant_text(head->time, instant));
        for (size_t i = 0; i < head->digest.len && i < DIGEST_BYTES; i++)
            snprintf(hex + 2 * i, 3, "%02x", head->digest.data[i]);
        table_set(table, 4, hex);
        for (size_t i = 0; i < head->incarnation.len && i < INCARNATION_BYTES; i++)
            snprintf(hex + 2 * i, 3, "%02x", head->incarnation.data[i]);
        table_set(table, 5, hex);
        table_set(table, 6, head->build);
        table_set(table, 7, head->digest_algorithm);
    }
    int printed = table_finish(&table, question.format);
    return printed == EXIT_DONE ? status : printed;
}
