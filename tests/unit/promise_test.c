/* Of which plan and which commitment a milestone is (docs/domain.md, section 6, "Breach and met"). */
#include "notify/promise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct milestone steps[] = {
    {"started", "开工", "started"}, {"paved", "铺装", "paved"}, {"opened", "通车", "opened"}};
static const struct milestone backwards[] = {{"opened", "通车", "opened"}, {"started", "开工", "started"}};
static const struct group roads = {"roads", "道路", "roads", steps, COUNT(steps), 0};
static const struct group schools = {"schools", "学校", "schools", steps, 1, 0};
static const struct unit housing = {"housing", "住建局", "Housing Bureau"};
static const char *const road_groups[] = {"schools", "roads"};
static const struct project road = {.id = "road-1",
                                    .name_zh = "嵩山路",
                                    .name_en = "Songshan Road",
                                    .unit = "housing",
                                    .groups = road_groups,
                                    .group_count = 2};

static struct commitment counts(const char *id, const char *group, const char *milestone)
{
    return (struct commitment){.id = id, .indicator = {.rule = RULE_COUNT, .group = group, .milestone = milestone}};
}

static struct plan plan_of(uint32_t year, const struct group *group)
{
    return (struct plan){.year = year,
                         .supervising_unit = "office",
                         .units = &housing,
                         .unit_count = 1,
                         .groups = group,
                         .group_count = group != NULL};
}

static struct promise promised(const struct plan *const *plans, size_t count, const char *milestone)
{
    static char id[PROMISE_ID_BYTES];
    struct milestone_deadline deadline = {milestone, 18000}; /* 2019-04-14 */
    return promise_of_milestone(plans, count, &road, &deadline, id);
}

static void a_milestones_plan_is_the_oldest_that_knows_one_of_the_projects_groups(void **state)
{
    (void)state;
    struct plan before = plan_of(2018, NULL), home = plan_of(2020, &roads), after = plan_of(2021, &roads);
    const struct plan *const plans[] = {&before, &home, &after};
    struct promise promise = promised(plans, COUNT(plans), "paved");
    assert_int_equal(promise.year, 2020);
    assert_ptr_equal(promise.rules, &home.rules);
    assert_string_equal(promise.id, "road-1/paved");
    assert_string_equal(promise.unit_zh, "住建局");
    assert_string_equal(promise.unit_en, "Housing Bureau");
    assert_string_equal(promise.milestone_zh,
                        "铺装"); /* of the second of its groups, the first of which no plan knows */
}

static void a_milestone_that_no_plan_knows_is_of_the_year_of_its_day_by_the_newest_plans_rules(void **state)
{
    (void)state;
    struct plan older = plan_of(2020, NULL), newest = plan_of(2021, NULL);
    const struct plan *const plans[] = {&older, &newest};
    newest.unit_count = 0;
    struct promise promise = promised(plans, COUNT(plans), "paved");
    assert_int_equal(promise.year, 2019);
    assert_ptr_equal(promise.rules, &newest.rules);
    assert_string_equal(promise.unit_zh, "housing"); /* nothing better is known */
    assert_string_equal(promise.milestone_zh, "paved");
}

static void expect_commitment(const struct commitment *commitments, size_t count, const char *wanted)
{
    const struct group groups[] = {roads, schools};
    struct plan plan = plan_of(2020, groups);
    plan.group_count = COUNT(groups);
    plan.commitments = commitments;
    plan.commitment_count = count;
    const struct plan *const plans[] = {&plan};
    assert_string_equal(promised(plans, 1, "paved").commitment, wanted);
}

static void a_milestones_commitment_is_the_first_that_counts_it(void **state)
{
    (void)state;
    const struct commitment commitments[] = {counts("level", "", ""), counts("bridges-paved", "bridges", "paved"),
                                             counts("opened", "roads", "opened"), counts("paved", "roads", "paved"),
                                             counts("paved-too", "roads", "paved")};
    expect_commitment(commitments, COUNT(commitments), "paved");
}

static void a_milestone_that_none_counts_serves_the_first_that_counts_a_later_one(void **state)
{
    (void)state;
    const struct commitment commitments[] = {counts("school", "schools", "started"),
                                             counts("started", "roads", "started"), counts("opened", "roads", "opened"),
                                             counts("opened-too", "roads", "opened")};
    expect_commitment(commitments, COUNT(commitments), "opened");
    expect_commitment(commitments, 2, ""); /* none counts a later one of a group that has this one */
}

static void a_later_milestone_of_one_of_the_groups_implies_the_earlier_ones(void **state)
{
    (void)state;
    struct plan plan = plan_of(2020, &roads);
    const struct plan *const plans[] = {&plan};
    assert_true(promise_implied(plans, 1, &road, "paved", "started"));
    assert_true(promise_implied(plans, 1, &road, "opened", "started"));
    assert_true(promise_implied(plans, 1, &road, "paved", "paved"));
    assert_false(promise_implied(plans, 1, &road, "paved", "opened"));
    assert_false(promise_implied(plans, 1, &road, "paved", "unheard"));
    assert_true(promise_implied(plans, 1, &road, "unheard", "unheard")); /* the same, whatever it is */
}

static void the_order_of_milestones_is_that_of_the_newest_plan_that_knows_the_group(void **state)
{
    (void)state;
    const struct group turned = {"roads", "道路", "roads", backwards, COUNT(backwards), 0};
    struct plan older = plan_of(2020, &roads), newer = plan_of(2021, &turned), newest = plan_of(2022, NULL);
    const struct plan *const plans[] = {&older, &newer, &newest};
    assert_false(promise_implied(plans, COUNT(plans), &road, "opened", "started"));
    assert_true(promise_implied(plans, COUNT(plans), &road, "started", "opened"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_milestones_plan_is_the_oldest_that_knows_one_of_the_projects_groups),
        cmocka_unit_test(a_milestone_that_no_plan_knows_is_of_the_year_of_its_day_by_the_newest_plans_rules),
        cmocka_unit_test(a_milestones_commitment_is_the_first_that_counts_it),
        cmocka_unit_test(a_milestone_that_none_counts_serves_the_first_that_counts_a_later_one),
        cmocka_unit_test(a_later_milestone_of_one_of_the_groups_implies_the_earlier_ones),
        cmocka_unit_test(the_order_of_milestones_is_that_of_the_newest_plan_that_knows_the_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
