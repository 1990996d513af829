/* The command explain: where a commitment stands, and every report and change that makes it so. */
#include "cli/cli.h"

#include "cli/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: duban explain COMMITMENT [--division CODE] [--year YEAR] [--as-of DAY] [--sequence N]\n"
    "                     [--format table|csv|json|xlsx]\n"
    "Leads a figure and its colour back to the reports and changes that make them. Division and year may be left out\n"
    "where only one plan has the commitment. CSV and workbooks have the reports, JSON has everything.\n";

/* Completes division and year from what metrics knows. EXIT_DONE to go on. */
static int find_plan(struct cli *cli, struct question *question)
{
    if (*question->division != '\0' && question->year != 0)
        return EXIT_DONE;
    const Duban__V1__IndicatorRows *rows;
    int status = ask_indicators(cli, question, &rows);
    if (status != EXIT_DONE)
        return status;
    const Duban__V1__IndicatorChanged *found = NULL;
    for (size_t i = 0; i < rows->n_rows; i++) {
        const Duban__V1__IndicatorChanged *row = rows->rows[i]->indicator;
        if (*question->division != '\0' && strcmp(row->division, question->division) != 0)
            continue; /* a division below it */
        if (found != NULL)
            return fail(EXIT_USAGE, "%s is in several plans, such as %s of %u and %s of %u: add --division and --year",
                        question->commitment, found->division, found->year, row->division, row->year);
        found = row;
    }
    if (found == NULL)
        return fail(EXIT_USAGE, "%s is in no plan", question->commitment);
    question->division = found->division;
    question->year = found->year;
    return EXIT_DONE;
}

static int days_between(const char *first, const char *last)
{
    day_number a, b;
    return day_parse(first, &a) && day_parse(last, &b) ? b - a : 0;
}

static bool is_known(const Duban__V1__IndicatorChanged *indicator)
{
    return *indicator->value != '\0';
}

static void print_heading(const Duban__V1__IndicatorRow *row)
{
    const Duban__V1__IndicatorChanged *indicator = row->indicator;
    printf("%s  %s / %s\n", indicator->indicator, row->name_zh, row->name_en);
    printf("plan 计划        %s, %u, revision %u\n", indicator->division, indicator->year, indicator->revision);
    printf("unit 责任单位    %s %s / %s\n", indicator->unit, row->unit_name_zh, row->unit_name_en);
    printf("as of 截至       %s, update %llu\n", indicator->as_of, (unsigned long long)indicator->updates_sequence);
}

/* How the value comes from its parts, without the parts that change nothing. */
static void print_rule(const Duban__V1__Explanation *explanation)
{
    const Duban__V1__IndicatorChanged *indicator = explanation->row->indicator;
    bool multiplied = strcmp(explanation->factor, "1") != 0;
    bool divided = strcmp(indicator->denominator, "1") != 0;
    bool shifted = strcmp(explanation->offset, "0") != 0;
    bool less = *explanation->offset == '-';
    if (!multiplied && !divided && !shifted)
        return;
    printf(" = ");
    if (multiplied)
        printf("%s × ", explanation->factor);
    printf("%s", indicator->numerator);
    if (divided)
        printf(" ÷ %s", indicator->denominator);
    if (shifted)
        printf(" %s %s", less ? "−" : "+", explanation->offset + less);
}

static void print_value(const Duban__V1__Explanation *explanation)
{
    const Duban__V1__IndicatorChanged *indicator = explanation->row->indicator;
    if (!is_known(indicator)) {
        printf("value 现值       unknown 未知\n");
        return;
    }
    printf("value 现值       %s %s", indicator->value, indicator->value_unit);
    print_rule(explanation);
    printf("%s\n", indicator->simulated ? "   SIMULATED 模拟数据" : "");
    printf("                 last reported about %s, scope 口径: %s\n", indicator->observed_on,
           *indicator->statistical_scope == '\0' ? "–" : indicator->statistical_scope);
}

/* The change that is in force, of targets or of deadlines; null when there is none. */
static const Duban__V1__ExplainedChange *in_force(const Duban__V1__Explanation *explanation, bool of_target)
{
    for (size_t i = 0; i < explanation->n_changes; i++) {
        const Duban__V1__ExplainedChange *change = explanation->changes[i];
        if (change->in_force && (*change->target != '\0') == of_target)
            return change;
    }
    return NULL;
}

/* With two places, as budget reports have it. */
static const char *percent_text(const char *percent, char out[64])
{
    char number[DECIMAL_TEXT_BYTES];
    if (*percent == '\0')
        return "unknown 未知";
    snprintf(out, 64, "%s %%", decimal_format_places(read_decimal(percent), 2, number));
    return out;
}

static void print_targets(const Duban__V1__Explanation *explanation)
{
    const Duban__V1__IndicatorRow *row = explanation->row;
    const Duban__V1__IndicatorChanged *indicator = row->indicator;
    const Duban__V1__ExplainedChange *adjustment = in_force(explanation, true);
    const Duban__V1__ExplainedChange *extension = in_force(explanation, false);
    char attained[64], approved[64];
    printf("approved 批准    %s %s %s: attained 完成率 %s\n", row->comparison, indicator->approved_target,
           indicator->value_unit, percent_text(indicator->approved_attainment, approved));
    if (adjustment != NULL)
        printf("adjusted 调整    %s %s %s: attained 完成率 %s; since %s, decided by %s\n", row->comparison,
               indicator->target, indicator->value_unit, percent_text(indicator->attainment, attained),
               adjustment->since, adjustment->note);
    printf("deadline 时限    %s%s%s%s\n", indicator->due, row->hold_all_year ? ", to hold until then 全程保持" : "",
           extension == NULL ? "" : ", extended 已延期: ", extension == NULL ? "" : extension->note);
}

static struct decimal points_behind(const Duban__V1__IndicatorChanged *indicator)
{
    struct decimal points;
    return decimal_subtract(read_decimal(indicator->expected), read_decimal(indicator->attainment), &points)
               ? points
               : decimal_whole(0);
}

/* Why the colour is what it is, in Chinese and in English. */
static void print_reason(const Duban__V1__Explanation *explanation)
{
    const Duban__V1__IndicatorChanged *indicator = explanation->row->indicator;
    char points[DECIMAL_TEXT_BYTES];
    decimal_format_places(points_behind(indicator), 2, points);
    bool behind =
        !indicator->reached && decimal_compare(points_behind(indicator), read_decimal(explanation->yellow_points)) >= 0;
    int late = days_between(indicator->due, indicator->as_of);
    if (!is_known(indicator))
        printf("尚无数据 / nothing is known");
    else if (indicator->colour == DUBAN__V1__COLOUR__COLOUR_RED && late > 0)
        printf("逾期 %d 天 / overdue by %d days", late, late);
    else if (indicator->colour == DUBAN__V1__COLOUR__COLOUR_RED && explanation->row->hold_all_year)
        printf("未守住 / broken");
    else if (indicator->colour == DUBAN__V1__COLOUR__COLOUR_RED || behind)
        printf("落后序时进度 %s 个百分点 / %s points behind", points, points);
    else if (indicator->colour == DUBAN__V1__COLOUR__COLOUR_YELLOW)
        printf("%s 起曾为红灯，本年不再转绿 / red since %s (update %llu), so yellow", explanation->red_since,
               explanation->red_since, (unsigned long long)explanation->red_sequence);
    else
        printf("%s", indicator->reached ? "已达到 / reached" : "符合进度 / on pace");
}

static void print_colour(const Duban__V1__Explanation *explanation)
{
    const Duban__V1__IndicatorChanged *indicator = explanation->row->indicator;
    char text[64], points[DECIMAL_TEXT_BYTES];
    decimal_format_places(points_behind(indicator), 2, points);
    bool ahead = *points == '-';
    printf("expected 序时    %s", percent_text(indicator->expected, text));
    if (is_known(indicator))
        printf(": %s points %s", points + ahead, ahead ? "ahead 领先百分点" : "behind 落后百分点");
    printf("\nthresholds 阈值  yellow 黄 from %s points behind, red 红 beyond %s\n", explanation->yellow_points,
           explanation->red_points);
    printf("colour 灯        %s: ", colour_shown(indicator->colour));
    print_reason(explanation);
    printf("\n");
}

/* How the day of a forecast lies to the deadline. */
static void print_lateness(const char *reached_on, const char *due)
{
    int late = days_between(due, reached_on);
    if (late > 0)
        printf("，比时限晚 %d 天 / at this pace on %s, %d days after the deadline\n", late, reached_on, late);
    else
        printf("，在时限内 / at this pace on %s, in time\n", reached_on);
}

static void print_forecast(const Duban__V1__IndicatorChanged *indicator)
{
    const Duban__V1__Forecast *forecast = indicator->forecast;
    char pace[DECIMAL_TEXT_BYTES], value[DECIMAL_TEXT_BYTES], needed[DECIMAL_TEXT_BYTES];
    if (forecast == NULL)
        return;
    printf("forecast 预测    照此进度");
    if (*forecast->reached_on != '\0') {
        printf("将于 %s 达到", forecast->reached_on);
        print_lateness(forecast->reached_on, indicator->due);
    } else {
        printf("达不到目标 / at this pace never\n");
    }
    printf("                 每周 %s %s，自 %s / a week since then; 时限当日 %s %s on the deadline\n",
           short_decimal(forecast->weekly_pace, pace), indicator->value_unit, forecast->since,
           short_decimal(forecast->value_at_deadline, value), indicator->value_unit);
    if (*forecast->weekly_pace_needed != '\0')
        printf("                 按时完成每周需 %s %s / a week would still make it\n",
               short_decimal(forecast->weekly_pace_needed, needed), indicator->value_unit);
}

static void print_changes(const Duban__V1__Explanation *explanation)
{
    enum { SINCE, TARGET, DUE, NOTE, IN_FORCE, SEQUENCE, SOURCE, RECEIVED, COLUMNS };
    static const struct column columns[COLUMNS] = {
        [SINCE] = {"since", "SINCE 生效日", false},        [TARGET] = {"target", "TARGET 目标", true},
        [DUE] = {"due", "DEADLINE 时限", false},           [NOTE] = {"note", "BY WHOM, WHY 决定、理由", false},
        [IN_FORCE] = {"in_force", "IN FORCE 现行", false}, [SEQUENCE] = {"sequence", "SEQUENCE", true},
        [SOURCE] = {"source", "SOURCE 来源", false},       [RECEIVED] = {"received", "RECEIVED 收到", false},
    };
    if (explanation->n_changes == 0)
        return;
    struct table *table = table_new(columns, COLUMNS);
    for (size_t i = 0; i < explanation->n_changes; i++) {
        const Duban__V1__ExplainedChange *change = explanation->changes[i];
        char instant[INSTANT_TEXT_BYTES];
        table_row(table);
        table_set(table, SINCE, change->since);
        table_set(table, TARGET, change->target);
        table_set(table, DUE, change->due);
        table_set(table, NOTE, change->note);
        table_set(table, IN_FORCE, change->in_force ? "yes 是" : "");
        table_set_number(table, SEQUENCE, change->sequence);
        table_set(table, SOURCE, change->source);
        table_set(table, RECEIVED, local_minute(change->received, instant));
    }
    printf("\n");
    (void)table_finish(&table, FORMAT_TABLE);
}

enum report_column {
    REPORT_ROLE_SHOWN,
    REPORT_ROLE,
    REPORT_USE_SHOWN,
    REPORT_USE,
    REPORT_MEASURE,
    REPORT_VALUE,
    REPORT_UNIT,
    REPORT_DAY,
    REPORT_SCOPE,
    REPORT_PROJECT,
    REPORT_MILESTONE,
    REPORT_SEQUENCE,
    REPORT_SOURCE,
    REPORT_RECEIVED_SHOWN,
    REPORT_RECEIVED,
    REPORT_WITHDRAWN_BY,
    REPORT_COLUMNS,
};

static const struct column report_columns[REPORT_COLUMNS] = {
    [REPORT_ROLE_SHOWN] = {"role_shown", "ROLE 用途", false},
    [REPORT_ROLE] = {"role", NULL, false},
    [REPORT_USE_SHOWN] = {"use_shown", "USE 是否计入", false},
    [REPORT_USE] = {"use", NULL, false},
    [REPORT_MEASURE] = {"measure", "MEASURE 计量项", false},
    [REPORT_VALUE] = {"value", "VALUE 数值", true},
    [REPORT_UNIT] = {"unit", "UNIT 单位", false},
    [REPORT_DAY] = {"observed_on", "DAY 日期", false},
    [REPORT_SCOPE] = {"statistical_scope", "SCOPE 口径", false},
    [REPORT_PROJECT] = {"project", "PROJECT 项目", false},
    [REPORT_MILESTONE] = {"milestone", "MILESTONE 节点", false},
    [REPORT_SEQUENCE] = {"sequence", "SEQUENCE", true},
    [REPORT_SOURCE] = {"source", "SOURCE 来源", false},
    [REPORT_RECEIVED_SHOWN] = {"received_shown", "RECEIVED 收到", false},
    [REPORT_RECEIVED] = {"received", NULL, false},
    [REPORT_WITHDRAWN_BY] = {"withdrawn_by", NULL, true},
};

static void add_report(struct table *table, const Duban__V1__ExplainedReport *report)
{
    static const char *const roles[] = {"?", "above 分子", "below 分母", "year before 上年同期", "milestone 节点"};
    static const char *const uses[] = {
        "?", "counts 计入", "replaced 已被取代", "withdrawn 已撤回", "other scope 口径不同", "outside 不在范围"};
    char text[32], instant[INSTANT_TEXT_BYTES];
    table_row(table);
    table_set(table, REPORT_ROLE_SHOWN, roles[report->role <= 4 ? report->role : 0]);
    table_set(table, REPORT_ROLE, word(&duban__v1__report_role__descriptor, (int)report->role, "REPORT_ROLE_", text));
    table_set(table, REPORT_USE_SHOWN, uses[report->use <= 5 ? report->use : 0]);
    table_set(table, REPORT_USE, word(&duban__v1__report_use__descriptor, (int)report->use, "REPORT_USE_", text));
    table_set(table, REPORT_MEASURE, report->measure);
    table_set(table, REPORT_VALUE, report->value);
    table_set(table, REPORT_UNIT, report->unit);
    table_set(table, REPORT_DAY, report->observed_on);
    table_set(table, REPORT_SCOPE, report->statistical_scope);
    table_set(table, REPORT_PROJECT, report->project);
    table_set(table, REPORT_MILESTONE, report->milestone);
    table_set_number(table, REPORT_SEQUENCE, report->sequence);
    table_set(table, REPORT_SOURCE, report->source);
    table_set(table, REPORT_RECEIVED_SHOWN, local_minute(report->received, instant));
    table_set(table, REPORT_RECEIVED, instant_text(report->received, instant));
    if (report->withdrawn_by != 0)
        table_set_number(table, REPORT_WITHDRAWN_BY, report->withdrawn_by);
}

static int print_reports(const Duban__V1__Explanation *explanation, enum table_format format)
{
    struct table *table = table_new(report_columns, REPORT_COLUMNS);
    for (size_t i = 0; i < explanation->n_reports; i++)
        add_report(table, explanation->reports[i]);
    int status = table_finish(&table, format);
    if (explanation->truncated)
        fprintf(stderr, "duban: only the first %zu reports are shown / 仅列出前 %zu 条上报\n", explanation->n_reports,
                explanation->n_reports);
    return status;
}

static void print_json(const Duban__V1__Explanation *explanation)
{
    char *json = message_json(&explanation->base);
    puts(json);
    free(json);
}

static int print_explanation(const Duban__V1__Explanation *explanation, enum table_format format)
{
    if (format == FORMAT_JSON) {
        print_json(explanation);
        return EXIT_DONE;
    }
    if (format == FORMAT_TABLE) {
        print_heading(explanation->row);
        print_value(explanation);
        print_targets(explanation);
        print_colour(explanation);
        print_forecast(explanation->row->indicator);
        print_changes(explanation);
        printf("\n");
    }
    return print_reports(explanation, format);
}

int command_explain(struct cli *cli, int argc, char **argv)
{
    struct question question;
    bool wants_help = false;
    int status = read_options(argc, argv, "1dyasf", &question, &wants_help);
    if (status != EXIT_DONE || wants_help)
        return fputs(help, wants_help ? stdout : stderr), status;
    status = find_plan(cli, &question);
    if (status != EXIT_DONE)
        return status;
    Duban__V1__ExplainQuery query = DUBAN__V1__EXPLAIN_QUERY__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    query.division = question.division;
    query.year = question.year;
    query.commitment = question.commitment;
    query.as_of = question.as_of;
    query.as_of_sequence = question.sequence;
    request.kind_case = DUBAN__V1__REQUEST__KIND_EXPLAIN;
    request.explain = &query;
    struct reply reply;
    status = ask_or_fail(cli, SERVICE_METRICS, &request, &reply);
    return status == EXIT_DONE ? print_explanation(reply.message->explanation, question.format) : status;
}
