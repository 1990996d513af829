#include "cli/plan_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)16 << 20)
#define FILE_BYTES_MAX ((size_t)1 << 20)
#define PROBLEMS_MAX 16

/* What one reading came to. */
struct reading {
    enum rc rc;
    struct plan *plan;
    struct plan_file_problem problems[PROBLEMS_MAX];
    size_t problem_count;
};

static struct arena *arena;
static char *real_plan;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    real_plan = calloc(1, FILE_BYTES_MAX);
    FILE *file = fopen(DUBAN_SOURCE_DIR "/plans/zhongyuan-2020/plan.yaml", "r");
    if (arena == NULL || real_plan == NULL || file == NULL)
        return -1;
    size_t bytes = fread(real_plan, 1, FILE_BYTES_MAX - 1, file);
    fclose(file);
    return bytes > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(real_plan);
    arena_free(&arena);
    return 0;
}

static void keep_problem(void *context, const struct plan_file_problem *problem)
{
    struct reading *reading = context;
    if (reading->problem_count < PROBLEMS_MAX)
        reading->problems[reading->problem_count] = *problem;
    reading->problem_count++;
}

static struct reading read_bytes(const char *text, size_t bytes)
{
    struct reading reading = {0};
    arena_reset(arena);
    reading.rc = plan_file_read(text, bytes, arena, keep_problem, &reading, &reading.plan);
    assert_int_equal(reading.rc == RC_OK, reading.problem_count == 0);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void print_problem(const struct plan_file_problem *problem)
{
    char text[REASON_TEXT_BYTES];
    print_message("%zu:%zu %s %s %s\n", problem->line, problem->column, reason_name(problem->reason.code),
                  problem->reason.field, reason_text_en(&problem->reason, text));
}

/* A small good plan, one key to a line: the tests change a line of it. */
static const char *const small_plan[] = {
    "division: \"410102\"",                                                               /* 1 */
    "year: 2020",                                                                         /* 2 */
    "zh: 计划",                                                                           /* 3 */
    "en: Plan",                                                                           /* 4 */
    "supervising_unit: office",                                                           /* 5 */
    "rules: {lead_days: [30, 7], overdue_every_days: 7, alert_time: \"09:30\",",          /* 6 */
    "        yellow_points: 10, red_points: 30}",                                         /* 7 */
    "units:",                                                                             /* 8 */
    "  - {id: office, zh: 督查室, en: Office}",                                           /* 9 */
    "measures:",                                                                          /* 10 */
    "  - {id: area, zh: 面积, en: Area, unit: 平方米, kind: increment}",                  /* 11 */
    "  - {id: part, zh: 部分, en: Part, unit: 平方米, kind: cumulative}",                 /* 12 */
    "groups:",                                                                            /* 13 */
    "  - id: roads",                                                                      /* 14 */
    "    zh: 道路",                                                                       /* 15 */
    "    en: Roads",                                                                      /* 16 */
    "    milestones: [{id: begun, zh: 开工, en: Begun}, {id: open, zh: 通车, en: Open}]", /* 17 */
    "commitments:",                                                                       /* 18 */
    "  - id: green",                                                                      /* 19 */
    "    zh: 新增绿地",                                                                   /* 20 */
    "    en: Green",                                                                      /* 21 */
    "    theme: ecology",                                                                 /* 22 */
    "    unit: office",                                                                   /* 23 */
    "    rule: sum",                                                                      /* 24 */
    "    of: [area]",                                                                     /* 25 */
    "    value_unit: 平方米",                                                             /* 26 */
    "    target: \">= 150.5\"",                                                           /* 27 */
    "    start: 2020-02-01",                                                              /* 28 */
    "    due: 2020-12-31",                                                                /* 29 */
    "    curve:",                                                                         /* 30 */
    "      - {day: 2020-06-30, percent: 40}",                                             /* 31 */
    "      - {day: 2020-12-31, percent: 100}",                                            /* 32 */
    "  - id: growth",                                                                     /* 33 */
    "    zh: 增长",                                                                       /* 34 */
    "    en: Growth",                                                                     /* 35 */
    "    theme: ecology",                                                                 /* 36 */
    "    unit: office",                                                                   /* 37 */
    "    rule: growth",                                                                   /* 38 */
    "    of: [part]",                                                                     /* 39 */
    "    value_unit: \"%\"",                                                              /* 40 */
    "    target: < 6",                                                                    /* 41 */
    "    due: 2022-12-31",                                                                /* 42 */
    "projects:",                                                                          /* 43 */
    "  - id: first-road",                                                                 /* 44 */
    "    zh: 一路",                                                                       /* 45 */
    "    en: First Road",                                                                 /* 46 */
    "    unit: office",                                                                   /* 47 */
    "    groups: [roads]",                                                                /* 48 */
    "    deadlines: [{milestone: open, due: 2020-10-31}]",                                /* 49 */
};
#define SMALL_LINES (sizeof small_plan / sizeof *small_plan)

struct change {
    size_t line;
    const char *text; /* null: the line is left out */
};

/* The small plan with up to two lines changed. */
static struct reading read_changed(struct change first, struct change second)
{
    char text[8192] = "";
    for (size_t i = 0; i < SMALL_LINES; i++) {
        const char *line = i + 1 == first.line ? first.text : i + 1 == second.line ? second.text : small_plan[i];
        size_t used = strlen(text);
        if (line != NULL)
            snprintf(text + used, sizeof text - used, "%s\n", line);
    }
    return read_text(text);
}

static void assert_problem(const struct reading *reading, size_t i, enum reason_code code, size_t line, size_t column,
                           const char *field)
{
    assert_int_equal(reading->rc, RC_REFUSED);
    assert_true(i < reading->problem_count);
    const struct plan_file_problem *problem = &reading->problems[i];
    if (problem->reason.code != code || problem->line != line || problem->column != column)
        print_problem(problem);
    assert_string_equal(reason_name(problem->reason.code), reason_name(code));
    assert_string_equal(problem->reason.field, field);
    assert_int_equal(problem->line, line);
    assert_int_equal(problem->column, column);
}

/* The plan as people publish it */

static const struct commitment *commitment(const struct plan *plan, const char *id)
{
    const struct commitment *found = plan_commitment(plan, id);
    assert_non_null(found);
    return found;
}

static void assert_promise(const struct plan *plan, const char *id, enum comparison comparison, const char *target,
                           const char *due)
{
    char text[DECIMAL_TEXT_BYTES], day[DAY_TEXT_BYTES];
    const struct commitment *promise = commitment(plan, id);
    assert_int_equal(promise->comparison, comparison);
    assert_string_equal(decimal_format(promise->target, text), target);
    assert_string_equal(day_format(promise->due, day), due);
    assert_string_equal(day_format(promise->start, day), "2020-01-01");
}

static struct plan *read_real_plan(void)
{
    struct reading reading = read_text(real_plan);
    for (size_t i = 0; i < reading.problem_count && i < PROBLEMS_MAX; i++)
        print_problem(&reading.problems[i]);
    assert_int_equal(reading.rc, RC_OK);
    return reading.plan;
}

static void the_district_plan_has_all_commitments_with_their_targets_and_deadlines(void **state)
{
    (void)state;
    const struct plan *plan = read_real_plan();
    assert_int_equal(plan->commitment_count, 54);
    assert_promise(plan, "tech-smes-new", COMPARISON_AT_LEAST, "150", "2020-12-31");
    assert_promise(plan, "road-demo-segments", COMPARISON_AT_LEAST, "2", "2020-04-30");
    assert_promise(plan, "roads-october", COMPARISON_AT_LEAST, "3", "2020-10-31");
    assert_promise(plan, "old-communities", COMPARISON_MORE_THAN, "50", "2020-12-31");
    assert_promise(plan, "green-area-added", COMPARISON_AT_LEAST, "1755000", "2020-12-31");
    assert_promise(plan, "classes-over-56-share", COMPARISON_AT_MOST, "10", "2020-12-31");
    assert_promise(plan, "zero-employment-households", COMPARISON_AT_MOST, "0", "2020-12-31");
    assert_promise(plan, "core-blocks-design", COMPARISON_AT_LEAST, "3", "2020-06-30");
    assert_promise(plan, "core-blocks-landed", COMPARISON_AT_LEAST, "3", "2022-12-31");
    assert_promise(plan, "core-blocks-shaped", COMPARISON_AT_LEAST, "3", "2024-12-31");
    assert_promise(plan, "all-year-services", COMPARISON_AT_LEAST, "100", "2020-12-31");
}

static void the_district_plan_has_its_deadlines_on_the_days_that_its_phrases_mean(void **state)
{
    (void)state;
    const struct plan *plan = read_real_plan();
    size_t at_the_end_of_2020 = 0;
    for (size_t i = 0; i < plan->commitment_count; i++)
        at_the_end_of_2020 += plan->commitments[i].due == day_year_start(2021) - 1;
    assert_int_equal(at_the_end_of_2020, 54 - 5); /* the five others are among the promises above */
    assert_non_null(strstr(real_plan, "due: 4月底前\n"));
    assert_non_null(strstr(real_plan, "due: 3年内\n"));
}

static void the_district_plan_has_its_rules_and_names(void **state)
{
    (void)state;
    const struct plan *plan = read_real_plan();
    assert_string_equal(plan->division, "410102");
    assert_int_equal(plan->year, 2020);
    assert_int_equal(plan->revision, 0);
    assert_string_equal(plan->name_zh, "中原区2020年工作计划");
    assert_int_equal(plan->rules.lead_day_count, 2);
    assert_int_equal(plan->rules.lead_days[0], 30);
    assert_int_equal(plan->rules.lead_days[1], 7);
    assert_int_equal(plan->rules.alert_minute, 540);
    assert_int_equal(decimal_compare(plan->rules.red_points, decimal_whole(30)), 0);
    assert_non_null(plan_measure(plan, "public-revenue"));
    assert_int_equal(plan_group(plan, "old-communities")->scope_count, 486);
    assert_int_equal(group_milestone(plan_group(plan, "core-blocks"), "taking-shape"), 3);
}

static void what_must_hold_all_year_is_told_from_what_is_due(void **state)
{
    (void)state;
    const struct plan *plan = read_real_plan();
    size_t all_year = 0;
    for (size_t i = 0; i < plan->commitment_count; i++)
        all_year += plan->commitments[i].hold == HOLD_ALL_YEAR;
    assert_int_equal(all_year, 4);
    assert_int_equal(commitment(plan, "livelihood-spending-share")->hold, HOLD_ALL_YEAR);
    assert_int_equal(commitment(plan, "classes-over-56-share")->hold, HOLD_BY_DEADLINE);
}

static void a_percentage_has_the_factor_100_and_growth_the_offset_minus_100(void **state)
{
    (void)state;
    const struct plan *plan = read_real_plan();
    const struct indicator *share = &commitment(plan, "livelihood-spending-share")->indicator;
    assert_int_equal(decimal_compare(share->factor, decimal_whole(100)), 0);
    assert_int_equal(decimal_sign(share->offset), 0);
    assert_string_equal(share->numerator[0], "livelihood-spending");
    assert_string_equal(share->denominator[0], "public-spending");
    const struct indicator *growth = &commitment(plan, "hightech-value-added-growth")->indicator;
    assert_int_equal(decimal_compare(growth->factor, decimal_whole(100)), 0);
    assert_int_equal(decimal_compare(growth->offset, decimal_whole(-100)), 0);
    const struct indicator *count = &commitment(plan, "roads-opened")->indicator;
    assert_int_equal(decimal_compare(count->factor, decimal_whole(1)), 0);
    assert_string_equal(count->milestone, "opened");
}

static void a_small_plan_is_read_with_what_it_says_and_defaults_for_the_rest(void **state)
{
    (void)state;
    struct reading reading = read_changed((struct change){0}, (struct change){0});
    assert_int_equal(reading.rc, RC_OK);
    const struct commitment *green = commitment(reading.plan, "green");
    char text[DECIMAL_TEXT_BYTES], day[DAY_TEXT_BYTES];
    assert_string_equal(decimal_format(green->target, text), "150.5");
    assert_string_equal(day_format(green->start, day), "2020-02-01");
    assert_int_equal(green->curve_count, 2);
    assert_false(green->has_baseline);
    assert_string_equal(green->indicator.group, "");
    assert_int_equal(reading.plan->rules.alert_minute, 570);
    assert_int_equal(reading.plan->projects[0].deadline_count, 1);
    assert_int_equal(commitment(reading.plan, "growth")->comparison, COMPARISON_LESS_THAN);
}

static void a_factor_an_offset_and_a_baseline_are_taken_as_written(void **state)
{
    (void)state;
    struct reading reading = read_changed(
        (struct change){41, "    target: ≤ 6\n    factor: 10\n    offset: -0.5\n    baseline: 0"}, (struct change){0});
    assert_int_equal(reading.rc, RC_OK);
    const struct commitment *growth = commitment(reading.plan, "growth");
    char text[DECIMAL_TEXT_BYTES];
    assert_string_equal(decimal_format(growth->indicator.factor, text), "10");
    assert_string_equal(decimal_format(growth->indicator.offset, text), "-0.5");
    assert_true(growth->has_baseline);
    assert_int_equal(growth->comparison, COMPARISON_AT_MOST);
}

static void a_deadline_may_be_a_phrase_of_the_plan_year(void **state)
{
    (void)state;
    static const struct {
        const char *due, *deadline, *day;
    } cases[] = {
        {"    due: 年底前", "    deadlines: [{milestone: open, due: 年底前}]", "2020-12-31"},
        {"    due: 三年内 # by 2022", "    deadlines: [{milestone: open, due: 三年内}]", "2022-12-31"},
        {"    due: \"12月31日前\"", "    deadlines: [{due: \"12月31日前\", milestone: open}]", "2020-12-31"},
        {"    due: 2021年2月28日", "    deadlines: [{milestone: open, due: 2021年2月28日}]", "2021-02-28"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading =
            read_changed((struct change){42, cases[i].due}, (struct change){49, cases[i].deadline});
        assert_int_equal(reading.rc, RC_OK);
        char day[DAY_TEXT_BYTES];
        assert_string_equal(day_format(commitment(reading.plan, "growth")->due, day), cases[i].day);
        assert_string_equal(day_format(reading.plan->projects[0].deadlines[0].due, day), cases[i].day);
    }
}

static void a_phrase_is_read_by_the_plan_year_wherever_that_stands(void **state)
{
    (void)state;
    struct reading reading = read_changed((struct change){2, NULL}, (struct change){42, "    due: 2年内\nyear: 2023"});
    assert_int_equal(reading.rc, RC_OK);
    char day[DAY_TEXT_BYTES];
    assert_string_equal(day_format(commitment(reading.plan, "growth")->due, day), "2024-12-31");
}

static void a_phrase_without_a_plan_year_is_refused_and_a_date_is_not(void **state)
{
    (void)state;
    static const struct change years[] = {{2, "year: MMXX"}, {2, "year: 1989"}, {2, "year: 2100"}, {2, "year: 202"}};
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        struct reading reading = read_changed(years[i], (struct change){42, "    due: 3年内"});
        assert_int_equal(reading.problem_count, 2);
        assert_problem(&reading, 0, REASON_OUT_OF_RANGE, 2, 7, "year");
        assert_problem(&reading, 1, REASON_INVALID_DAY, 42, 10, "commitments[1].due");
        assert_non_null(strstr(reading.problems[1].reason.detail, "3年内"));
        reading = read_changed(years[i], (struct change){0});
        assert_int_equal(reading.problem_count, 1);
    }
}

static void what_is_no_deadline_is_told_with_what_would_be_one(void **state)
{
    (void)state;
    struct reading reading = read_changed((struct change){42, "    due: 尽快完成"}, (struct change){0});
    assert_problem(&reading, 0, REASON_INVALID_DAY, 42, 10, "commitments[1].due");
    assert_string_equal(reading.problems[0].reason.detail,
                        "尽快完成: a phrase is N月底前, N月M日前, 年底前, 年内, 全年, 上半年 or N年内");
}

/* What else the rules and measures may say */

#define RULES_END "yellow_points: 10, red_points: 30}"

static void rules_may_count_working_days_and_set_the_pace(void **state)
{
    (void)state;
    struct reading reading = read_changed(
        (struct change){
            7, "        lead_working_days: [10, 3], escalate_after_working_days: 5, pace_reports: 4, " RULES_END},
        (struct change){11, "  - {id: area, zh: 面积, en: Area, unit: 平方米, kind: increment, reporting_days: 31}"});
    assert_int_equal(reading.rc, RC_OK);
    const struct rules *rules = &reading.plan->rules;
    assert_int_equal(rules->lead_working_day_count, 2);
    assert_int_equal(rules->lead_working_days[0], 10);
    assert_int_equal(rules->lead_working_days[1], 3);
    assert_int_equal(rules->escalate_after_working_days, 5);
    assert_int_equal(rules->pace_reports, 4);
    assert_int_equal(reading.plan->measures[0].reporting_days, 31);
    assert_int_equal(rules->lead_day_count, 2); /* beside the calendar days */
    assert_int_equal(rules->lead_days[0], 30);
}

static void a_plan_that_says_nothing_has_the_usual_rules(void **state)
{
    (void)state;
    struct reading reading = read_changed((struct change){6, ""}, (struct change){7, ""});
    assert_int_equal(reading.rc, RC_OK);
    const struct rules *rules = &reading.plan->rules;
    assert_int_equal(rules->lead_day_count, 2);
    assert_int_equal(rules->lead_days[0], 30);
    assert_int_equal(rules->lead_days[1], 7);
    assert_int_equal(rules->lead_working_day_count, 1);
    assert_int_equal(rules->lead_working_days[0], 1);
    assert_int_equal(rules->overdue_every_days, 7);
    assert_int_equal(rules->escalate_after_working_days, 5);
    assert_int_equal(rules->pace_reports, 0); /* PACE_REPORTS_DEFAULT */
    assert_int_equal(rules->alert_minute, 540);
    assert_int_equal(decimal_compare(rules->yellow_points, decimal_whole(10)), 0);
    assert_int_equal(decimal_compare(rules->red_points, decimal_whole(30)), 0);
    for (size_t i = 0; i < reading.plan->measure_count; i++)
        assert_int_equal(reading.plan->measures[i].reporting_days, 0);
    const struct rules usual = *rules;
    reading = read_changed((struct change){6, "rules: {"},
                           (struct change){7, "  }"}); /* and so has one that names them only */
    assert_int_equal(reading.rc, RC_OK);
    assert_memory_equal(&reading.plan->rules, &usual, sizeof usual);
}

static void a_plan_may_remind_on_working_days_alone(void **state)
{
    (void)state;
    struct reading reading =
        read_changed((struct change){6, "rules: {lead_days: [], overdue_every_days: 7, alert_time: \"09:30\","},
                     (struct change){7, "        lead_working_days: [365, 7, 6, 5, 4, 3, 2, 1], " RULES_END});
    assert_int_equal(reading.rc, RC_OK);
    assert_int_equal(reading.plan->rules.lead_day_count, 0);
    assert_int_equal(reading.plan->rules.lead_working_day_count, LEAD_DAYS_MAX);
    assert_int_equal(reading.plan->rules.lead_working_days[7], 1);
}

/* One fault at a time */

static void each_fault_is_shown_with_its_code_and_place(void **state)
{
    (void)state;
    static const struct {
        struct change change;
        enum reason_code code;
        size_t line, column;
        const char *field;
    } faults[] = {
        /* a value that is none */
        {{27, "    target: \">=\""}, REASON_INVALID_DECIMAL, 27, 13, "commitments[0].target"},
        {{27, "    target: \">= many\""}, REASON_INVALID_DECIMAL, 27, 13, "commitments[0].target"},
        {{27, "    target: 150"}, REASON_INVALID_SYNTAX, 27, 13, "commitments[0].target"},
        {{7, "        yellow_points: 1e1, red_points: 30}"}, REASON_INVALID_DECIMAL, 7, 24, "rules.yellow_points"},
        {{29, "    due: 2020-02-30"}, REASON_INVALID_DAY, 29, 10, "commitments[0].due"},
        {{29, "    due: 2月30日前"}, REASON_INVALID_DAY, 29, 10, "commitments[0].due"},
        {{29, "    due: 13月底前"}, REASON_INVALID_DAY, 29, 10, "commitments[0].due"},
        {{29, "    due: 力争年底前"}, REASON_INVALID_DAY, 29, 10, "commitments[0].due"},
        {{28, "    start: 1月底"}, REASON_INVALID_DAY, 28, 12, "commitments[0].start"},
        {{49, "    deadlines: [{milestone: open, due: 尽快}]"},
         REASON_INVALID_DAY,
         49,
         40,
         "projects[0].deadlines[0].due"},
        {{24, "    rule: total"}, REASON_OUT_OF_RANGE, 24, 11, "commitments[0].indicator.rule"},
        {{11, "  - {id: area, zh: 面积, en: Area, unit: 平方米, kind: incremental}"},
         REASON_OUT_OF_RANGE,
         11,
         51,
         "measures[0].kind"},
        {{2, "year: MMXX"}, REASON_OUT_OF_RANGE, 2, 7, "year"},
        {{2, "year: -2020"}, REASON_OUT_OF_RANGE, 2, 7, "year"},
        {{6, "rules: {lead_days: [30, 7], overdue_every_days: 7, alert_time: 9am,"},
         REASON_OUT_OF_RANGE,
         6,
         64,
         "rules.alert_minute"},
        {{6, "rules: {lead_days: [30, 7], overdue_every_days: 7, alert_time: \"24:00\","},
         REASON_OUT_OF_RANGE,
         6,
         64,
         "rules.alert_minute"},
        {{6, "rules: {lead_days: [30, x], overdue_every_days: 7, alert_time: \"09:30\","},
         REASON_OUT_OF_RANGE,
         6,
         25,
         "rules.lead_days[1]"},
        {{6, "rules: {lead_days: [9, 8, 7, 6, 5, 4, 3, 2, 1], overdue_every_days: 7, alert_time: \"09:30\","},
         REASON_TOO_LONG,
         6,
         20,
         "rules.lead_days"},
        {{7, "        lead_working_days: 10, " RULES_END}, REASON_INVALID_SYNTAX, 7, 28, "rules.lead_working_days"},
        {{7, "        lead_working_days: [x], " RULES_END}, REASON_OUT_OF_RANGE, 7, 29, "rules.lead_working_days[0]"},
        {{7, "        lead_working_days: [10, 366], " RULES_END},
         REASON_OUT_OF_RANGE,
         7,
         33,
         "rules.lead_working_days[1]"},
        {{7, "        lead_working_days: [0], " RULES_END}, REASON_OUT_OF_RANGE, 7, 29, "rules.lead_working_days[0]"},
        {{7, "        lead_working_days: [3, 10], " RULES_END},
         REASON_WRONG_ORDER,
         7,
         32,
         "rules.lead_working_days[1]"},
        {{7, "        lead_working_days: [9, 8, 7, 6, 5, 4, 3, 2, 1], " RULES_END},
         REASON_TOO_LONG,
         7,
         28,
         "rules.lead_working_days"},
        {{7, "        escalate_after_working_days: 366, " RULES_END},
         REASON_OUT_OF_RANGE,
         7,
         38,
         "rules.escalate_after_working_days"},
        {{7, "        escalate_after_working_days: -1, " RULES_END},
         REASON_OUT_OF_RANGE,
         7,
         38,
         "rules.escalate_after_working_days"},
        {{7, "        pace_reports: 101, " RULES_END}, REASON_OUT_OF_RANGE, 7, 23, "rules.pace_reports"},
        {{7, "        pace_reports: 2.5, " RULES_END}, REASON_OUT_OF_RANGE, 7, 23, "rules.pace_reports"},
        {{11, "  - {id: area, zh: 面积, en: Area, unit: 平方米, kind: increment, reporting_days: 366}"},
         REASON_OUT_OF_RANGE,
         11,
         78,
         "measures[0].reporting_days"},
        {{11, "  - {id: area, zh: 面积, en: Area, unit: 平方米, kind: increment, reporting_days: monthly}"},
         REASON_OUT_OF_RANGE,
         11,
         78,
         "measures[0].reporting_days"},
        {{20, "    zh: \"绿\\0地\""}, REASON_INVALID_TEXT, 20, 9, "commitments[0].name_zh"},
        /* a key that is missing, unknown or there twice */
        {{29, NULL}, REASON_MISSING_FIELD, 19, 5, "commitments[0].due"},
        {{29, "    due:"}, REASON_MISSING_FIELD, 29, 9, "commitments[0].due"},
        {{4, NULL}, REASON_MISSING_FIELD, 1, 1, "name_en"},
        {{28, "    begin: 2020-02-01"}, REASON_UNKNOWN_FIELD, 28, 5, "commitments[0].begin"},
        {{28, "    [a, b]: 2020-02-01"}, REASON_UNKNOWN_FIELD, 28, 5, "commitments[0].?"},
        {{28, "    due: 2020-12-30"}, REASON_INVALID_SYNTAX, 29, 5, "commitments[0].due"},
        /* a mapping, list or text in place of another */
        {{5, "supervising_unit: [office]"}, REASON_INVALID_SYNTAX, 5, 19, "supervising_unit"},
        {{25, "    of: area"}, REASON_INVALID_SYNTAX, 25, 9, "commitments[0].indicator.numerator"},
        {{25, "    of: [[area]]"}, REASON_INVALID_SYNTAX, 25, 10, "commitments[0].indicator.numerator[0]"},
        {{49, "    deadlines: [open]"}, REASON_INVALID_SYNTAX, 49, 17, "projects[0].deadlines[0]"},
        /* what the plan says does not fit together */
        {{23, "    unit: offfice"}, REASON_UNKNOWN_UNIT, 23, 11, "commitments[0].unit"},
        {{5, "supervising_unit: nobody"}, REASON_UNKNOWN_UNIT, 5, 19, "supervising_unit"},
        {{25, "    of: [area, height]"}, REASON_UNKNOWN_MEASURE, 25, 16, "commitments[0].indicator.numerator[1]"},
        {{25, "    of: [part]"}, REASON_WRONG_RULE, 25, 10, "commitments[0].indicator.numerator[0]"},
        {{25, NULL}, REASON_MISSING_FIELD, 19, 5, "commitments[0].indicator.numerator"},
        {{42, "    due: 2019-12-31"}, REASON_WRONG_ORDER, 42, 10, "commitments[1].due"},
        {{33, "  - id: green"}, REASON_DUPLICATE_IDENTIFIER, 33, 9, "commitments[1].id"},
        {{32, "      - {day: 2020-12-31, percent: 30}"}, REASON_WRONG_ORDER, 32, 36, "commitments[0].curve[1].percent"},
        {{32, "      - {day: 2020-06-30, percent: 100}"}, REASON_WRONG_ORDER, 32, 15, "commitments[0].curve[1].day"},
        {{48, "    groups: [rivers]"}, REASON_UNKNOWN_GROUP, 48, 14, "projects[0].groups[0]"},
        {{49, "    deadlines: [{milestone: closed, due: 2020-10-31}]"},
         REASON_UNKNOWN_MILESTONE,
         49,
         29,
         "projects[0].deadlines[0].milestone"},
        {{1, "division: zhongyuan"}, REASON_INVALID_DIVISION, 1, 11, "division"},
        /* what is no YAML, or not what plans are written in */
        {{28, "\tstart: 2020-02-01"}, REASON_INVALID_SYNTAX, 28, 1, ""},
        {{27, "    target: >= 150"}, REASON_INVALID_SYNTAX, 27, 14, ""},
        {{5, "supervising_unit: \"office"}, REASON_INVALID_SYNTAX, 6, 65, ""},
        {{25, "    of: &of [*of]"}, REASON_INVALID_SYNTAX, 25, 9, "commitments[0].indicator.numerator[0]"},
        {{46, "    en: *unknown"}, REASON_INVALID_SYNTAX, 46, 9, ""},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct reading reading = read_changed(faults[i].change, (struct change){0});
        assert_problem(&reading, 0, faults[i].code, faults[i].line, faults[i].column, faults[i].field);
    }
}

/* The five that nobody may publish: each is refused as a whole, with one fault, at the place where it stands. */
static void a_bad_plan_is_refused_whole_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct change change;
        enum reason_code code;
        size_t line, column;
        const char *field;
    } plans[] = {
        {"unknown unit", {23, "    unit: nobody"}, REASON_UNKNOWN_UNIT, 23, 11, "commitments[0].unit"},
        {"deadline before start",
         {42, "    due: 2020-05-31\n    start: 2020-06-01"},
         REASON_WRONG_ORDER,
         42,
         10,
         "commitments[1].due"},
        {"target without unit: no key", {26, NULL}, REASON_MISSING_FIELD, 19, 5, "commitments[0].indicator.unit"},
        {"target without unit: no value",
         {26, "    value_unit:"},
         REASON_MISSING_FIELD,
         26,
         16,
         "commitments[0].indicator.unit"},
        {"target without unit: an empty text",
         {26, "    value_unit: \"\""},
         REASON_MISSING_FIELD,
         26,
         17,
         "commitments[0].indicator.unit"},
        {"two commitments with one id", {33, "  - id: green"}, REASON_DUPLICATE_IDENTIFIER, 33, 9, "commitments[1].id"},
        {"a curve that falls",
         {32, "      - {day: 2020-12-31, percent: 39.999999999}"},
         REASON_WRONG_ORDER,
         32,
         36,
         "commitments[0].curve[1].percent"},
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct reading reading = read_changed(plans[i].change, (struct change){0});
        if (reading.problem_count != 1)
            print_message("%s: %zu problems\n", plans[i].name, reading.problem_count);
        assert_problem(&reading, 0, plans[i].code, plans[i].line, plans[i].column, plans[i].field);
        assert_int_equal(reading.problem_count, 1);
        assert_null(reading.plan);
    }
}

static void a_fault_of_form_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(read_changed((struct change){20, NULL}, (struct change){0}).problem_count, 1);
    assert_int_equal(read_changed((struct change){27, NULL}, (struct change){0}).problem_count, 1);
    assert_int_equal(read_changed((struct change){24, "    rule: total"}, (struct change){0}).problem_count, 1);
    assert_int_equal(read_changed((struct change){8, NULL}, (struct change){9, NULL}).problem_count, 1);
}

static void all_faults_of_form_and_meaning_are_told_in_the_order_of_the_file(void **state)
{
    (void)state;
    struct reading reading =
        read_changed((struct change){42, "    due: soon\n    colour: red"}, (struct change){23, "    unit: nobody"});
    assert_int_equal(reading.problem_count, 3);
    assert_problem(&reading, 0, REASON_UNKNOWN_UNIT, 23, 11, "commitments[0].unit");
    assert_problem(&reading, 1, REASON_INVALID_DAY, 42, 10, "commitments[1].due");
    assert_problem(&reading, 2, REASON_UNKNOWN_FIELD, 43, 5, "commitments[1].colour");
}

/* Files that are no plan */

static void an_empty_file_is_refused_at_its_beginning(void **state)
{
    (void)state;
    static const char *const files[] = {"", "\n\n", "# nothing but a comment\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct reading reading = read_text(files[i]);
        assert_problem(&reading, 0, REASON_INVALID_SYNTAX, 1, 1, "");
    }
}

static void a_file_that_is_no_mapping_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"a plan", "[a, plan]", "- a\n- plan\n", "&self [*self]"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct reading reading = read_text(files[i]);
        assert_int_equal(reading.problem_count, 1);
        assert_problem(&reading, 0, REASON_INVALID_SYNTAX, 1, 1, "");
    }
}

static void a_second_document_is_refused_where_it_begins(void **state)
{
    (void)state;
    struct reading reading = read_changed((struct change){49, "---\nyear: 2021"}, (struct change){0});
    assert_problem(&reading, 0, REASON_INVALID_SYNTAX, 49, 1, "");
}

static void bytes_that_are_no_text_are_refused_where_they_stand(void **state)
{
    (void)state;
    struct reading reading = read_text("year: 2020\nzh: 中\xff\n");
    assert_problem(&reading, 0, REASON_INVALID_SYNTAX, 2, 6, "");
    reading = read_bytes("year: 2020\n\0", 12);
    assert_problem(&reading, 0, REASON_INVALID_SYNTAX, 2, 1, "");
}

static void a_mapping_that_contains_itself_is_refused_and_not_followed(void **state)
{
    (void)state;
    struct reading reading = read_text("&self\nrules: *self\nunits: [*self]\ncommitments: [&c {curve: [*c]}]\n");
    assert_int_equal(reading.rc, RC_REFUSED);
}

static void lists_in_lists_without_end_are_refused(void **state)
{
    (void)state;
    enum { DEPTH = 2000 };
    char *text = malloc(DEPTH);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    struct reading reading = read_bytes(text, DEPTH);
    free(text);
    assert_int_equal(reading.rc, RC_REFUSED);
}

static void a_plan_cut_off_anywhere_is_refused_or_read(void **state)
{
    (void)state;
    size_t bytes = strlen(real_plan);
    for (size_t cut = 0; cut < bytes; cut += 997) {
        struct reading reading = read_bytes(real_plan, cut);
        assert_true(reading.rc == RC_OK || reading.problem_count > 0);
    }
}

static void a_full_arena_is_a_refusal(void **state)
{
    (void)state;
    for (size_t pages = 0; pages < 8; pages++) {
        struct arena *small = arena_new(pages * 4096);
        if (small == NULL)
            continue;
        struct reading reading = {0};
        enum rc rc = plan_file_read(real_plan, strlen(real_plan), small, keep_problem, &reading, &reading.plan);
        assert_int_equal(rc, RC_REFUSED);
        assert_true(reading.problem_count > 0);
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_district_plan_has_all_commitments_with_their_targets_and_deadlines),
        cmocka_unit_test(the_district_plan_has_its_deadlines_on_the_days_that_its_phrases_mean),
        cmocka_unit_test(the_district_plan_has_its_rules_and_names),
        cmocka_unit_test(what_must_hold_all_year_is_told_from_what_is_due),
        cmocka_unit_test(a_percentage_has_the_factor_100_and_growth_the_offset_minus_100),
        cmocka_unit_test(a_small_plan_is_read_with_what_it_says_and_defaults_for_the_rest),
        cmocka_unit_test(a_factor_an_offset_and_a_baseline_are_taken_as_written),
        cmocka_unit_test(a_deadline_may_be_a_phrase_of_the_plan_year),
        cmocka_unit_test(a_phrase_is_read_by_the_plan_year_wherever_that_stands),
        cmocka_unit_test(a_phrase_without_a_plan_year_is_refused_and_a_date_is_not),
        cmocka_unit_test(what_is_no_deadline_is_told_with_what_would_be_one),
        cmocka_unit_test(rules_may_count_working_days_and_set_the_pace),
        cmocka_unit_test(a_plan_that_says_nothing_has_the_usual_rules),
        cmocka_unit_test(a_plan_may_remind_on_working_days_alone),
        cmocka_unit_test(a_bad_plan_is_refused_whole_with_line_and_column),
        cmocka_unit_test(each_fault_is_shown_with_its_code_and_place),
        cmocka_unit_test(a_fault_of_form_is_told_once),
        cmocka_unit_test(all_faults_of_form_and_meaning_are_told_in_the_order_of_the_file),
        cmocka_unit_test(an_empty_file_is_refused_at_its_beginning),
        cmocka_unit_test(a_file_that_is_no_mapping_is_refused),
        cmocka_unit_test(a_second_document_is_refused_where_it_begins),
        cmocka_unit_test(bytes_that_are_no_text_are_refused_where_they_stand),
        cmocka_unit_test(a_mapping_that_contains_itself_is_refused_and_not_followed),
        cmocka_unit_test(lists_in_lists_without_end_are_refused),
        cmocka_unit_test(a_plan_cut_off_anywhere_is_refused_or_read),
        cmocka_unit_test(a_full_arena_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
