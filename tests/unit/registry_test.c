#include "domain/registry.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TODAY "2020-07-01"

/* A registry that knows the sample plan. */
static struct registry *registry;
static struct sample sample;

static int setup(void **state)
{
    (void)state;
    sample_make(&sample);
    registry = registry_new();
    struct update update = sample_publication(&sample.plan);
    registry_apply(registry, &update);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    registry_free(&registry);
    return 0;
}

static void assert_allowed(struct update update)
{
    struct reason reason = {.code = REASON_NONE};
    if (registry_check(registry, &update, sample_day(TODAY), &reason) != RC_OK)
        fail_msg("refused: %s %s %s", reason_name(reason.code), reason.field, reason.detail);
}

static void assert_refused(struct update update, enum reason_code code, const char *field)
{
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(registry_check(registry, &update, sample_day(TODAY), &reason), RC_REFUSED);
    assert_string_equal(reason_name(reason.code), reason_name(code));
    assert_string_equal(reason.field, field);
}

static void apply(struct update update)
{
    assert_allowed(update);
    registry_apply(registry, &update);
}

static struct update change(enum update_kind kind)
{
    return sample_change(kind, "road-1");
}

static void revisions_count_from_one_without_a_gap(void **state)
{
    (void)state;
    struct plan plan = sample.plan;
    plan.revision = 1;
    assert_refused(sample_publication(&plan), REASON_WRONG_REVISION, "plan.revision");
    plan.revision = 3;
    assert_refused(sample_publication(&plan), REASON_WRONG_REVISION, "plan.revision");
    plan.revision = 2;
    apply(sample_publication(&plan));
    assert_int_equal(registry_plan(registry, SAMPLE_DIVISION, 2020)->revision, 2);

    plan.year = 2021;
    assert_refused(sample_publication(&plan), REASON_WRONG_REVISION, "plan.revision");
    plan.revision = 0;
    assert_refused(sample_publication(&plan), REASON_WRONG_REVISION, "plan.revision");
    plan.revision = 1;
    assert_allowed(sample_publication(&plan));
    plan.division = "410103";
    plan.year = 2020;
    assert_allowed(sample_publication(&plan));
}

static void a_faulty_plan_is_refused_with_the_path_seen_from_the_event(void **state)
{
    (void)state;
    sample.plan.revision = 2;
    sample.commitments[1].due = 0;
    assert_refused(sample_publication(&sample.plan), REASON_WRONG_ORDER, "plan.commitments[1].due");
}

static void a_measure_keeps_its_unit_and_kind_in_all_years(void **state)
{
    (void)state;
    sample.plan.year = 2021;
    sample.measures[1].unit = sample.measures[2].unit = "万元";
    assert_refused(sample_publication(&sample.plan), REASON_MEASURE_REDEFINED, "plan.measures[1]");
    sample.measures[1].unit = sample.measures[2].unit = "元";
    sample.measures[1].kind = MEASURE_LEVEL;
    assert_refused(sample_publication(&sample.plan), REASON_MEASURE_REDEFINED, "plan.measures[1]");
    sample.measures[1].kind = MEASURE_CUMULATIVE;
    sample.measures[1].name_zh = "另一名称";
    assert_allowed(sample_publication(&sample.plan));

    sample.plan.division = "410103"; /* another division may mean something else by it */
    sample.measures[1].kind = MEASURE_LEVEL;
    assert_allowed(sample_publication(&sample.plan));
}

static void nothing_can_be_said_about_an_unknown_division(void **state)
{
    (void)state;
    struct update updates[] = {sample_report("green-area", "1", "平方米", TODAY),
                               sample_milestone("road-1", "opened", TODAY), sample_registration(&sample.projects[0]),
                               change(UPDATE_PROJECT_SUSPENDED), sample_withdrawal("1")};
    for (size_t i = 0; i < COUNT(updates); i++) {
        updates[i].division = "4101";
        assert_refused(updates[i], REASON_UNKNOWN_DIVISION, "division");
    }
    assert_null(registry_plan(registry, "4101", 2020));
    assert_null(registry_measure(registry, "4101", "green-area"));
    assert_null(registry_project(registry, "4101", "road-1"));
    assert_int_equal(registry_projects(registry, "4101")->count, 0);
    const struct plan *plans[4];
    assert_int_equal(registry_plans(registry, "4101", plans, COUNT(plans)), 0);
}

static void a_report_must_be_about_what_the_plan_knows(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "12.5", "平方米", TODAY);
    assert_allowed(report);
    report.measurement.project = "road-1";
    assert_allowed(report);
    report.measurement.project = "road-2";
    assert_refused(report, REASON_UNKNOWN_PROJECT, "project");
    assert_refused(sample_report("unheard", "1", "平方米", TODAY), REASON_UNKNOWN_MEASURE, "measure");
    assert_refused(sample_report("green-area", "1", "亩", TODAY), REASON_WRONG_UNIT, "unit");
}

static void a_report_in_wan_or_yi_must_stay_exact(void **state)
{
    (void)state;
    assert_allowed(sample_report("spending", "69.85", "亿元", TODAY));
    assert_allowed(sample_report("spending", "999999999999999999", "亿元", TODAY));

    sample.plan.division = "410103";
    sample.measures[1].unit = sample.measures[2].unit = "亿元";
    registry_apply(registry,
                   &(struct update){.kind = UPDATE_PLAN_PUBLISHED, .division = "410103", .plan = &sample.plan});
    struct update report = sample_report("spending", "0.1", "元", TODAY);
    report.division = "410103";
    assert_allowed(report);
    report.measurement.value = sample_decimal("0.01"); /* a tenth digit after the point */
    assert_refused(report, REASON_OUT_OF_RANGE, "value");
}

static void no_day_may_lie_in_the_future(void **state)
{
    (void)state;
    assert_allowed(sample_report("green-area", "1", "平方米", TODAY));
    assert_refused(sample_report("green-area", "1", "平方米", "2020-07-02"), REASON_DAY_IN_FUTURE, "observed_on");
    assert_allowed(sample_milestone("road-1", "opened", TODAY));
    assert_refused(sample_milestone("road-1", "opened", "2020-07-02"), REASON_DAY_IN_FUTURE, "reached_on");
}

static void a_milestone_must_be_one_of_the_projects_groups(void **state)
{
    (void)state;
    assert_refused(sample_milestone("road-1", "closed", TODAY), REASON_UNKNOWN_MILESTONE, "milestone");
    assert_refused(sample_milestone("road-2", "opened", TODAY), REASON_UNKNOWN_PROJECT, "project");
}

static void the_states_of_a_project_allow_these_changes_only(void **state)
{
    (void)state;
    static const enum update_kind kinds[] = {UPDATE_PROJECT_SUSPENDED, UPDATE_PROJECT_RESUMED,
                                             UPDATE_PROJECT_CANCELLED};
    static const bool allowed[][COUNT(kinds)] = {
        [PROJECT_ACTIVE] = {true, false, true},
        [PROJECT_SUSPENDED] = {false, true, true},
        [PROJECT_CANCELLED] = {false, false, false},
    };
    static const enum update_kind way[] = {UPDATE_PROJECT_SUSPENDED, UPDATE_PROJECT_RESUMED, UPDATE_PROJECT_CANCELLED};
    for (size_t step = 0; step <= COUNT(way); step++) {
        enum project_state now = registry_project(registry, SAMPLE_DIVISION, "road-1")->state;
        for (size_t i = 0; i < COUNT(kinds); i++)
            if (allowed[now][i])
                assert_allowed(change(kinds[i]));
            else
                assert_refused(change(kinds[i]), REASON_WRONG_STATE, "project");
        if (step < COUNT(way))
            apply(change(way[step]));
    }
    assert_int_equal(registry_project(registry, SAMPLE_DIVISION, "road-1")->state, PROJECT_CANCELLED);
    assert_refused(sample_change(UPDATE_PROJECT_SUSPENDED, "road-2"), REASON_UNKNOWN_PROJECT, "project");
}

static void a_suspended_project_may_reach_a_milestone_and_a_cancelled_one_may_not(void **state)
{
    (void)state;
    apply(change(UPDATE_PROJECT_SUSPENDED));
    assert_allowed(sample_milestone("road-1", "opened", TODAY));
    apply(change(UPDATE_PROJECT_CANCELLED));
    assert_refused(sample_milestone("road-1", "opened", TODAY), REASON_WRONG_STATE, "project");
}

static void a_project_can_be_registered_and_described_anew(void **state)
{
    (void)state;
    struct project project = sample.projects[0];
    project.id = "road-2";
    apply(sample_registration(&project));
    apply(sample_change(UPDATE_PROJECT_SUSPENDED, "road-2"));
    project.name_en = "road two";
    apply(sample_registration(&project));
    const struct registered_project *known = registry_project(registry, SAMPLE_DIVISION, "road-2");
    assert_string_equal(known->project->name_en, "road two");
    assert_int_equal(known->state, PROJECT_SUSPENDED); /* a new description changes no state */
    assert_int_equal(registry_projects(registry, SAMPLE_DIVISION)->count, 2);

    project.unit = "nobody";
    assert_refused(sample_registration(&project), REASON_UNKNOWN_UNIT, "project.unit");
}

static void a_project_may_fit_the_plan_of_any_year(void **state)
{
    (void)state;
    struct plan next = sample.plan;
    next.year = 2021;
    next.group_count = 0;
    next.project_count = 0;
    next.commitment_count = 2;
    apply(sample_publication(&next));
    assert_allowed(sample_registration(&sample.projects[0]));
    assert_allowed(sample_milestone("road-1", "opened", TODAY));
}

static void a_project_that_a_revision_leaves_out_stays_known(void **state)
{
    (void)state;
    const struct plan *first = registry_plan(registry, SAMPLE_DIVISION, 2020);
    struct plan second = sample.plan;
    second.revision = 2;
    second.project_count = 0;
    apply(sample_publication(&second));
    assert_non_null(registry_project(registry, SAMPLE_DIVISION, "road-1"));
    assert_int_equal(first->revision, 1); /* stays in memory */
    assert_int_equal(first->project_count, 1);
}

static void plans_are_listed_by_year_and_the_newest_defines_a_measure(void **state)
{
    (void)state;
    struct plan other = sample.plan;
    other.year = 2021;
    sample.measures[0].name_en = "newest";
    apply(sample_publication(&other));
    other.year = 2019;
    sample.measures[0].name_en = "oldest";
    apply(sample_publication(&other));
    const struct plan *plans[4];
    assert_int_equal(registry_plans(registry, SAMPLE_DIVISION, plans, COUNT(plans)), 3);
    assert_int_equal(plans[0]->year, 2019);
    assert_int_equal(plans[2]->year, 2021);
    assert_int_equal(registry_plans(registry, SAMPLE_DIVISION, plans, 1), 1);
    assert_string_equal(registry_measure(registry, SAMPLE_DIVISION, "green-area")->name_en, "newest");
}

static void what_is_kept_is_a_copy(void **state)
{
    (void)state;
    char id[] = "road-1", measure[] = "green-area", milestone[] = "opened";
    sample.projects[0].id = id;
    sample.measures[0].id = sample.numerators[0][0] = measure;
    sample.milestones[1].id = sample.deadlines[0].milestone = sample.commitments[2].indicator.milestone = milestone;
    sample.plan.revision = 2;
    apply(sample_publication(&sample.plan));
    memset(id, 'x', 4);
    memset(measure, 'x', 4);
    memset(milestone, 'x', 4);
    memset(&sample, 0, sizeof sample);
    const struct plan *plan = registry_plan(registry, SAMPLE_DIVISION, 2020);
    assert_string_equal(plan->commitments[0].indicator.numerator[0], "green-area");
    assert_string_equal(plan->commitments[2].indicator.milestone, "opened");
    assert_string_equal(plan->commitments[0].cooperating_units[0], "office");
    assert_int_equal(plan->commitments[0].curve[0].day, sample_day("2020-03-31"));
    assert_string_equal(plan->projects[0].deadlines[0].milestone, "opened");
    assert_string_equal(registry_project(registry, SAMPLE_DIVISION, "road-1")->project->groups[0], "roads");
    assert_allowed(sample_milestone("road-1", "opened", TODAY));
}

static void only_plans_projects_and_their_states_concern_the_registry(void **state)
{
    (void)state;
    for (int kind = UPDATE_PLAN_PUBLISHED; kind <= UPDATE_WITHDRAWN; kind++)
        assert_int_equal(registry_concerns((enum update_kind)kind), kind != UPDATE_MEASUREMENT_REPORTED &&
                                                                        kind != UPDATE_MILESTONE_REACHED &&
                                                                        kind != UPDATE_WITHDRAWN);
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    report.division = "4101";
    registry_apply(registry, &report);
    assert_null(registry_plan(registry, "4101", 2020));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(revisions_count_from_one_without_a_gap),
        TEST(a_faulty_plan_is_refused_with_the_path_seen_from_the_event),
        TEST(a_measure_keeps_its_unit_and_kind_in_all_years),
        TEST(nothing_can_be_said_about_an_unknown_division),
        TEST(a_report_must_be_about_what_the_plan_knows),
        TEST(a_report_in_wan_or_yi_must_stay_exact),
        TEST(no_day_may_lie_in_the_future),
        TEST(a_milestone_must_be_one_of_the_projects_groups),
        TEST(the_states_of_a_project_allow_these_changes_only),
        TEST(a_suspended_project_may_reach_a_milestone_and_a_cancelled_one_may_not),
        TEST(a_project_can_be_registered_and_described_anew),
        TEST(a_project_may_fit_the_plan_of_any_year),
        TEST(a_project_that_a_revision_leaves_out_stays_known),
        TEST(plans_are_listed_by_year_and_the_newest_defines_a_measure),
        TEST(what_is_kept_is_a_copy),
        TEST(only_plans_projects_and_their_states_concern_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
