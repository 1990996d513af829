#include "domain/plan.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PROBLEMS_MAX 32

struct problems {
    struct reason list[PROBLEMS_MAX];
    size_t count;
};

static void keep(void *context, const struct reason *problem)
{
    struct problems *problems = context;
    assert_true(problems->count < PROBLEMS_MAX);
    problems->list[problems->count++] = *problem;
}

static void print_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        print_message("%s %s %s\n", reason_name(problems->list[i].code), problems->list[i].field,
                      problems->list[i].detail);
}

/* The plan has exactly this fault. */
static void assert_fault(const char *change, const struct plan *plan, enum reason_code code, const char *field)
{
    struct problems problems = {.count = 0};
    size_t count = plan_check(plan, keep, &problems);
    assert_int_equal(count, problems.count);
    if (problems.count == 1 && problems.list[0].code == code && strcmp(problems.list[0].field, field) == 0)
        return;
    print_problems(&problems);
    fail_msg("after %s: not just %s %s", change, reason_name(code), field);
}

#define FAULT(change, code, field)                                                                                     \
    do {                                                                                                               \
        sample_make(&s);                                                                                               \
        change;                                                                                                        \
        assert_fault(#change, &s.plan, code, field);                                                                   \
    } while (0)

static void a_good_plan_has_no_fault(void **state)
{
    (void)state;
    struct sample s;
    struct problems problems = {.count = 0};
    sample_make(&s);
    plan_check(&s.plan, keep, &problems);
    print_problems(&problems);
    assert_int_equal(problems.count, 0);
}

static void rules_and_periods_may_go_to_their_limits(void **state)
{
    (void)state;
    struct sample s;
    struct problems problems = {.count = 0};
    sample_make(&s);
    s.plan.rules.lead_day_count = 0;
    s.plan.rules.lead_working_day_count = LEAD_DAYS_MAX;
    for (uint32_t i = 0; i < LEAD_DAYS_MAX; i++)
        s.plan.rules.lead_working_days[i] = i == 0 ? 365 : LEAD_DAYS_MAX - i;
    s.plan.rules.escalate_after_working_days = 365;
    s.plan.rules.pace_reports = 100;
    s.measures[0].reporting_days = 365;
    s.measures[1].reporting_days = 1;
    plan_check(&s.plan, keep, &problems);
    print_problems(&problems);
    assert_int_equal(problems.count, 0);
}

static void faults_of_the_plan_itself_are_named(void **state)
{
    (void)state;
    struct sample s;
    FAULT(s.plan.division = "", REASON_MISSING_FIELD, "division");
    FAULT(s.plan.division = "41x", REASON_INVALID_DIVISION, "division");
    FAULT(s.plan.year = 1989, REASON_OUT_OF_RANGE, "year");
    FAULT(s.plan.year = 2100, REASON_OUT_OF_RANGE, "year");
    FAULT(s.plan.name_zh = "", REASON_MISSING_FIELD, "name_zh");
    FAULT(s.plan.name_en = "a\nb", REASON_INVALID_TEXT, "name_en");
    FAULT(s.plan.supervising_unit = "nobody", REASON_UNKNOWN_UNIT, "supervising_unit");
    FAULT(s.plan.commitment_count = 0, REASON_MISSING_FIELD, "commitments");
}

static void faults_of_the_rules_are_named(void **state)
{
    (void)state;
    struct sample s;
    FAULT(s.plan.rules.lead_days[0] = 366, REASON_OUT_OF_RANGE, "rules.lead_days[0]");
    FAULT(s.plan.rules.lead_days[2] = 0, REASON_OUT_OF_RANGE, "rules.lead_days[2]");
    FAULT(s.plan.rules.lead_days[1] = 30, REASON_WRONG_ORDER, "rules.lead_days[1]");
    FAULT(s.plan.rules.overdue_every_days = 0, REASON_OUT_OF_RANGE, "rules.overdue_every_days");
    FAULT(s.plan.rules.overdue_every_days = 366, REASON_OUT_OF_RANGE, "rules.overdue_every_days");
    FAULT(s.plan.rules.alert_minute = 1440, REASON_OUT_OF_RANGE, "rules.alert_minute");
    FAULT(s.plan.rules.lead_working_days[0] = 366;
          s.plan.rules.lead_working_day_count = 1, REASON_OUT_OF_RANGE, "rules.lead_working_days[0]");
    FAULT(s.plan.rules.lead_working_day_count = 1, REASON_OUT_OF_RANGE, "rules.lead_working_days[0]");
    FAULT(s.plan.rules.lead_working_days[0] = s.plan.rules.lead_working_days[1] = 5;
          s.plan.rules.lead_working_day_count = 2, REASON_WRONG_ORDER, "rules.lead_working_days[1]");
    FAULT(s.plan.rules.escalate_after_working_days = 366, REASON_OUT_OF_RANGE, "rules.escalate_after_working_days");
    FAULT(s.plan.rules.escalate_after_working_days = UINT32_MAX, REASON_OUT_OF_RANGE,
          "rules.escalate_after_working_days");
    FAULT(s.plan.rules.pace_reports = 101, REASON_OUT_OF_RANGE, "rules.pace_reports");
    FAULT(s.plan.rules.yellow_points.nano = 0, REASON_OUT_OF_RANGE, "rules.yellow_points");
    FAULT(s.plan.rules.red_points = s.plan.rules.yellow_points, REASON_OUT_OF_RANGE, "rules.red_points");
}

static void faults_of_units_and_measures_are_named(void **state)
{
    (void)state;
    struct sample s;
    struct unit three[3];
    FAULT(memcpy(three, s.units, sizeof s.units); three[2] = s.units[1]; three[2].id = "Parks"; s.plan.units = three;
          s.plan.unit_count = 3, REASON_INVALID_IDENTIFIER, "units[2].id");
    FAULT(s.units[1].id = "office"; s.commitments[0].unit = s.commitments[1].unit = s.commitments[2].unit = "office";
          s.projects[0].unit = "office", REASON_DUPLICATE_IDENTIFIER, "units[1].id");
    FAULT(s.units[0].name_zh = "", REASON_MISSING_FIELD, "units[0].name_zh");
    FAULT(s.units[1].name_en = "\xff", REASON_INVALID_TEXT, "units[1].name_en");
    FAULT(s.measures[2].name_en = "", REASON_MISSING_FIELD, "measures[2].name_en");
    FAULT(s.measures[0].unit = "", REASON_MISSING_FIELD, "measures[0].unit");
    FAULT(s.measures[0].unit = "123456789012345678901234567890123", REASON_TOO_LONG, "measures[0].unit");
    FAULT(s.measures[1].kind = (enum measure_kind)0, REASON_OUT_OF_RANGE, "measures[1].kind");
    FAULT(s.measures[1].reporting_days = 366, REASON_OUT_OF_RANGE, "measures[1].reporting_days");
    FAULT(s.measures[2].reporting_days = UINT32_MAX, REASON_OUT_OF_RANGE, "measures[2].reporting_days");
    FAULT(s.measures[2].id = "spending";
          s.numerators[1][0] = "spending", REASON_DUPLICATE_IDENTIFIER, "measures[2].id");
}

static void faults_of_groups_are_named(void **state)
{
    (void)state;
    struct sample s;
    FAULT(s.groups[0].name_zh = "", REASON_MISSING_FIELD, "groups[0].name_zh");
    FAULT(s.groups[0].scope_count = 1000001, REASON_OUT_OF_RANGE, "groups[0].scope_count");
    FAULT(s.milestones[0].id = "opened", REASON_DUPLICATE_IDENTIFIER, "groups[0].milestones[1].id");
    FAULT(s.milestones[0].id = "", REASON_MISSING_FIELD, "groups[0].milestones[0].id");
    FAULT(s.milestones[1].name_en = "", REASON_MISSING_FIELD, "groups[0].milestones[1].name_en");
}

static void faults_of_commitments_are_named(void **state)
{
    (void)state;
    struct sample s;
    FAULT(s.commitments[2].id = "greening", REASON_DUPLICATE_IDENTIFIER, "commitments[2].id");
    FAULT(s.commitments[2].id = "Greening", REASON_INVALID_IDENTIFIER, "commitments[2].id");
    FAULT(s.commitments[0].name_en = "", REASON_MISSING_FIELD, "commitments[0].name_en");
    FAULT(s.commitments[0].theme = "City", REASON_INVALID_IDENTIFIER, "commitments[0].theme");
    FAULT(s.commitments[1].unit = "nobody", REASON_UNKNOWN_UNIT, "commitments[1].unit");
    FAULT(s.cooperating[0] = "nobody", REASON_UNKNOWN_UNIT, "commitments[0].cooperating_units[0]");
    FAULT(s.commitments[1].comparison = (enum comparison)5, REASON_OUT_OF_RANGE, "commitments[1].comparison");
    FAULT(s.commitments[1].hold = (enum hold)0, REASON_OUT_OF_RANGE, "commitments[1].hold");
    FAULT(s.commitments[1].due = s.commitments[1].start - 1, REASON_WRONG_ORDER, "commitments[1].due");
    FAULT(s.curve[0].day = s.commitments[0].start - 1, REASON_OUT_OF_RANGE, "commitments[0].curve[0].day");
    FAULT(s.curve[1].day = s.commitments[0].due + 1, REASON_OUT_OF_RANGE, "commitments[0].curve[1].day");
    FAULT(s.curve[1].day = s.curve[0].day, REASON_WRONG_ORDER, "commitments[0].curve[1].day");
    FAULT(s.curve[0].percent.nano = -1, REASON_OUT_OF_RANGE, "commitments[0].curve[0].percent");
    FAULT(s.curve[1].percent.nano = s.curve[0].percent.nano - 1, REASON_WRONG_ORDER, "commitments[0].curve[1].percent");
}

static void parts_that_do_not_fit_the_rule_are_named(void **state)
{
    (void)state;
    struct sample s;
    FAULT(s.commitments[0].indicator.rule = (enum rule)7, REASON_OUT_OF_RANGE, "commitments[0].indicator.rule");
    FAULT(s.commitments[0].indicator.rule = RULE_LATEST, REASON_WRONG_RULE, "commitments[0].indicator.numerator[0]");
    FAULT(s.commitments[0].indicator.rule = RULE_GROWTH, REASON_WRONG_RULE, "commitments[0].indicator.numerator[0]");
    FAULT(s.measures[0].kind = MEASURE_LEVEL, REASON_WRONG_RULE, "commitments[0].indicator.numerator[0]");
    FAULT(s.commitments[0].indicator.numerator_count = 0, REASON_MISSING_FIELD, "commitments[0].indicator.numerator");
    FAULT(s.numerators[0][0] = "unheard", REASON_UNKNOWN_MEASURE, "commitments[0].indicator.numerator[0]");
    FAULT(s.commitments[0].indicator.denominator = s.denominator;
          s.commitments[0].indicator.denominator_count = 1, REASON_WRONG_RULE, "commitments[0].indicator.denominator");
    FAULT(s.commitments[0].indicator.group = "roads", REASON_WRONG_RULE, "commitments[0].indicator.group");
    FAULT(s.commitments[0].indicator.milestone = "opened", REASON_WRONG_RULE, "commitments[0].indicator.milestone");
    FAULT(s.commitments[1].indicator.denominator_count = 0, REASON_MISSING_FIELD,
          "commitments[1].indicator.denominator");
    FAULT(s.denominator[0] = "unheard", REASON_UNKNOWN_MEASURE, "commitments[1].indicator.denominator[0]");
    FAULT(s.commitments[2].indicator.group = "bridges", REASON_UNKNOWN_GROUP, "commitments[2].indicator.group");
    FAULT(s.commitments[2].indicator.milestone = "closed", REASON_UNKNOWN_MILESTONE,
          "commitments[2].indicator.milestone");
    FAULT(s.commitments[2].indicator.numerator = s.numerators[0];
          s.commitments[2].indicator.numerator_count = 1, REASON_WRONG_RULE, "commitments[2].indicator.numerator");
    FAULT(s.commitments[1].indicator.factor.nano = 0, REASON_OUT_OF_RANGE, "commitments[1].indicator.factor");
    FAULT(s.commitments[1].indicator.unit = "", REASON_MISSING_FIELD, "commitments[1].indicator.unit");
}

static void measures_added_up_must_share_their_unit(void **state)
{
    (void)state;
    struct sample s;
    const char *both[2] = {"livelihood", "spending"};
    FAULT(s.measures[1].unit = "万元"; s.commitments[1].indicator.numerator = both;
          s.commitments[1].indicator.numerator_count = 2, REASON_WRONG_UNIT, "commitments[1].indicator.numerator[1]");
}

static void faults_of_projects_are_named(void **state)
{
    (void)state;
    struct sample s;
    struct project twins[2];
    struct milestone_deadline twice[2];
    FAULT(s.projects[0].id = "Road", REASON_INVALID_IDENTIFIER, "projects[0].id");
    FAULT(twins[0] = twins[1] = s.projects[0]; s.plan.projects = twins;
          s.plan.project_count = 2, REASON_DUPLICATE_IDENTIFIER, "projects[1].id");
    FAULT(s.projects[0].name_zh = "", REASON_MISSING_FIELD, "projects[0].name_zh");
    FAULT(s.projects[0].unit = "nobody", REASON_UNKNOWN_UNIT, "projects[0].unit");
    FAULT(s.deadlines[0].milestone = "closed", REASON_UNKNOWN_MILESTONE, "projects[0].deadlines[0].milestone");
    FAULT(twice[0] = twice[1] = s.deadlines[0]; s.projects[0].deadlines = twice;
          s.projects[0].deadline_count = 2, REASON_DUPLICATE_IDENTIFIER, "projects[0].deadlines[1].milestone");
    FAULT(s.projects[0].group_count = 0; s.projects[0].deadline_count = 0, REASON_MISSING_FIELD, "projects[0].groups");
    FAULT(s.project_groups[0] = "bridges";
          s.projects[0].deadline_count = 0, REASON_UNKNOWN_GROUP, "projects[0].groups[0]");
}

static void lists_have_their_limits(void **state)
{
    (void)state;
    struct sample s;
    const char *groups[9] = {"roads", "roads", "roads", "roads", "roads", "roads", "roads", "roads", "roads"};
    FAULT(s.projects[0].groups = groups; s.projects[0].group_count = 9, REASON_TOO_LONG, "projects[0].groups");

    const char *units[65], *measures[17];
    for (size_t i = 0; i < COUNT(units); i++)
        units[i] = "office";
    for (size_t i = 0; i < COUNT(measures); i++)
        measures[i] = "green-area";
    FAULT(s.commitments[0].cooperating_units = units;
          s.commitments[0].cooperating_unit_count = 65, REASON_TOO_LONG, "commitments[0].cooperating_units");
    FAULT(s.commitments[0].indicator.numerator = measures;
          s.commitments[0].indicator.numerator_count = 17, REASON_TOO_LONG, "commitments[0].indicator.numerator");

    struct curve_point curve[65];
    for (int i = 0; i < 65; i++)
        curve[i] = (struct curve_point){sample_day("2020-01-01") + i, decimal_whole(i)};
    FAULT(s.commitments[0].curve = curve; s.commitments[0].curve_count = 65, REASON_TOO_LONG, "commitments[0].curve");
    FAULT(s.plan.rules.lead_day_count = 9;
          for (uint32_t i = 0; i < 8; i++) s.plan.rules.lead_days[i] = 9 - i, REASON_TOO_LONG, "rules.lead_days");
    FAULT(s.plan.rules.lead_working_day_count = 9;
          for (uint32_t i = 0; i < 8; i++) s.plan.rules.lead_working_days[i] = 9 - i, REASON_TOO_LONG,
          "rules.lead_working_days");
}

static void all_faults_are_found_in_one_run(void **state)
{
    (void)state;
    struct sample s;
    struct problems problems = {.count = 0};
    sample_make(&s);
    s.plan.year = 0;
    s.measures[0].unit = "";
    s.commitments[2].due = 0;
    s.projects[0].unit = "";
    assert_int_equal(plan_check(&s.plan, keep, &problems), 4);
    assert_string_equal(problems.list[0].field, "year");
    assert_string_equal(problems.list[3].field, "projects[0].unit");
}

static void a_project_is_checked_against_a_plan_below_its_path(void **state)
{
    (void)state;
    struct sample s;
    struct problems problems = {.count = 0};
    sample_make(&s);
    assert_int_equal(plan_check_project(&s.plan, &s.projects[0], "", keep, &problems), 0);
    s.projects[0].unit = "nobody";
    assert_int_equal(plan_check_project(&s.plan, &s.projects[0], "project.", keep, &problems), 1);
    assert_string_equal(problems.list[0].field, "project.unit");
}

static void what_is_in_the_plan_can_be_found(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    assert_ptr_equal(plan_unit(&s.plan, "parks"), &s.units[1]);
    assert_ptr_equal(plan_measure(&s.plan, "livelihood"), &s.measures[2]);
    assert_ptr_equal(plan_group(&s.plan, "roads"), &s.groups[0]);
    assert_ptr_equal(plan_commitment(&s.plan, "greening"), &s.commitments[0]);
    assert_null(plan_commitment(&s.plan, ""));
    assert_int_equal(group_milestone(&s.groups[0], "opened"), 1);
    assert_int_equal(group_milestone(&s.groups[0], "closed"), -1);
    assert_true(project_in_group(&s.projects[0], "roads"));
    assert_false(project_in_group(&s.projects[0], "road"));
}

static void units_that_differ_in_wan_and_yi_are_powers_of_ten_apart(void **state)
{
    (void)state;
    static const struct {
        const char *reported, *wanted;
        int power;
    } same[] = {{"元", "元", 0},    {"万元", "元", 4},   {"亿元", "元", 8},    {"元", "万元", -4},
                {"元", "亿元", -8}, {"亿元", "万元", 4}, {"万元", "亿元", -4}, {"万平方米", "平方米", 4},
                {"万", "万", 0},    {"亿", "亿", 0}};
    for (size_t i = 0; i < COUNT(same); i++) {
        int power = 42;
        assert_true(measurement_unit_shift(same[i].reported, same[i].wanted, &power));
        assert_int_equal(power, same[i].power);
    }
    static const struct {
        const char *reported, *wanted;
    } different[] = {{"元", "家"}, {"万元", "万家"}, {"万", ""},      {"", "元"},
                     {"万", "亿"}, {"千元", "元"},   {"平方米", "米"}};
    for (size_t i = 0; i < COUNT(different); i++) {
        int power = 42;
        assert_false(measurement_unit_shift(different[i].reported, different[i].wanted, &power));
        assert_int_equal(power, 42);
    }
}

static void a_project_is_copied_whole_or_not_at_all(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    struct arena *arena = arena_new(4096);
    struct project *copy = project_copy(&s.projects[0], arena);
    assert_non_null(copy);
    s.deadlines[0].milestone = s.project_groups[0] = "gone";
    assert_string_equal(copy->id, "road-1");
    assert_string_equal(copy->groups[0], "roads");
    assert_string_equal(copy->deadlines[0].milestone, "opened");
    assert_int_equal(copy->deadlines[0].due, sample_day("2020-06-30"));
    while (arena_alloc(arena, 48) != NULL)
        assert_true(arena_used(arena) <= 4096);
    assert_null(project_copy(&s.projects[0], arena));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plan_has_no_fault),
        cmocka_unit_test(rules_and_periods_may_go_to_their_limits),
        cmocka_unit_test(faults_of_the_plan_itself_are_named),
        cmocka_unit_test(faults_of_the_rules_are_named),
        cmocka_unit_test(faults_of_units_and_measures_are_named),
        cmocka_unit_test(faults_of_groups_are_named),
        cmocka_unit_test(faults_of_commitments_are_named),
        cmocka_unit_test(parts_that_do_not_fit_the_rule_are_named),
        cmocka_unit_test(measures_added_up_must_share_their_unit),
        cmocka_unit_test(faults_of_projects_are_named),
        cmocka_unit_test(lists_have_their_limits),
        cmocka_unit_test(all_faults_are_found_in_one_run),
        cmocka_unit_test(a_project_is_checked_against_a_plan_below_its_path),
        cmocka_unit_test(what_is_in_the_plan_can_be_found),
        cmocka_unit_test(units_that_differ_in_wan_and_yi_are_powers_of_ten_apart),
        cmocka_unit_test(a_project_is_copied_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
