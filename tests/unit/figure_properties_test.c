/* What is true of every figure, tried on many that a seed makes up: docs/domain.md, sections 1 to 4. */
#include "support/metrics_story.h"

#include <stdlib.h>
#include <string.h>

#define CASES 1500

/* Chance */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static const enum comparison comparisons[] = {COMPARISON_AT_LEAST, COMPARISON_MORE_THAN, COMPARISON_AT_MOST,
                                              COMPARISON_LESS_THAN};

static bool raises(enum comparison comparison)
{
    return comparison == COMPARISON_AT_LEAST || comparison == COMPARISON_MORE_THAN;
}

/* Of very different sizes, often whole, often 0, and of either sign. */
static struct decimal any_decimal(void)
{
    static const int64_t sizes[] = {1, 10, 1000000000, 1000000000000, 92345678901234567};
    int64_t nano = (int64_t)chance(100) * sizes[chance(5)];
    nano += chance(3) == 0 ? (int64_t)chance(1000) : 0;
    return (struct decimal){chance(4) == 0 ? -nano : nano};
}

/* Often near to another: less than 20 × 10⁻⁹ away. */
static struct decimal near(struct decimal value)
{
    return chance(2) == 0 ? any_decimal() : (struct decimal){value.nano + (int64_t)chance(40) - 20};
}

static struct decimal minus(struct decimal a, struct decimal b)
{
    struct decimal difference;
    assert_true(decimal_subtract(a, b, &difference));
    return difference;
}

static struct decimal distance(struct decimal a, struct decimal b)
{
    return decimal_compare(a, b) < 0 ? minus(b, a) : minus(a, b);
}

/* A goal for a level, and values of it */

struct goal {
    enum comparison comparison;
    struct decimal target, baseline;
    bool has_baseline;
};

static struct goal any_goal(void)
{
    struct goal goal = {.comparison = comparisons[chance(4)], .target = any_decimal(), .has_baseline = chance(2)};
    if (goal.has_baseline)
        goal.baseline = near(goal.target);
    return goal;
}

static struct decimal baseline_of(const struct goal *goal)
{
    return goal->has_baseline ? goal->baseline : decimal_whole(0);
}

/* Whether there is a way from the baseline to the target. */
static bool has_way(const struct goal *goal)
{
    int order = decimal_compare(goal->target, baseline_of(goal));
    return raises(goal->comparison) ? order > 0 : goal->has_baseline && order < 0;
}

static uint64_t report_level(struct story *s, struct decimal value)
{
    return report_all(s, (struct measurement){"level", "", value, "个", day("2020-06-30"), ""});
}

static struct story *begin_goal(const struct goal *goal)
{
    struct story *s = begin(CUT_NOWHERE);
    struct commitment *commitment = promise_level(s, goal->comparison, "0");
    commitment->target = goal->target;
    commitment->has_baseline = goal->has_baseline;
    commitment->baseline = goal->baseline;
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    return s;
}

static struct standing stands_at(struct story *s, struct decimal value)
{
    report_level(s, value);
    struct standing standing = as_of(s, "2020-07-01");
    assert_true(standing.known);
    return standing;
}

/* For a goal with a way: what is reached is attained to 100 % or more, and what is attained to more than 100 % is
 * reached. At exactly 100 % it may be unreached: at the target that must be passed, or so near that nine places of per
 * cent do not tell: |target − value| × 100 ≤ |target − baseline| × 5 × 10⁻¹⁰. */
static void attainment_of_100_and_reached_are_the_same_but_for_the_ninth_place(void **state)
{
    (void)state;
    seed = 20200401;
    int ways = 0, reached = 0, exact = 0;
    for (int i = 0; i < CASES; i++) {
        struct goal goal = any_goal();
        if (!has_way(&goal))
            continue;
        CLEANUP(end) struct story *s = begin_goal(&goal);
        struct standing standing = stands_at(s, near(goal.target));
        int order = decimal_compare(standing.attainment, decimal_whole(100));
        assert_true(!standing.reached || order >= 0);
        assert_true(order <= 0 || standing.reached);
        struct decimal missing = distance(goal.target, standing.value);
        struct decimal way = distance(goal.target, baseline_of(&goal));
        if (order == 0)
            assert_true(decimal_compare_products(missing, decimal_whole(1000), way, (struct decimal){5}) <= 0);
        ways++;
        reached += standing.reached;
        exact += order == 0;
    }
    assert_true(ways > CASES / 5 && reached > ways / 5 && reached < ways && exact > ways / 20);
}

static void attainment_rises_with_what_must_rise_and_falls_with_what_must_fall(void **state)
{
    (void)state;
    seed = 20200402;
    for (int i = 0; i < CASES; i++) {
        struct goal goal = any_goal();
        CLEANUP(end) struct story *s = begin_goal(&goal);
        struct standing a = stands_at(s, near(goal.target));
        struct standing b = stands_at(s, near(chance(2) == 0 ? goal.target : a.value));
        int values = decimal_compare(a.value, b.value);
        int attained = decimal_compare(a.attainment, b.attainment);
        int wanted = raises(goal.comparison) ? values : -values;
        assert_true(attained == 0 || attained == wanted);
        assert_true(values != 0 || (attained == 0 && a.reached == b.reached));
    }
}

static struct decimal times(struct decimal value, int64_t factor)
{
    return (struct decimal){value.nano * factor};
}

static void value_target_and_baseline_in_another_unit_are_attained_alike(void **state)
{
    (void)state;
    seed = 20200403;
    for (int i = 0; i < CASES; i++) {
        struct goal goal = any_goal();
        int64_t factor = (int64_t)chance(9999) + 1;
        struct goal scaled = goal;
        scaled.target = times(goal.target, factor);
        scaled.baseline = times(goal.baseline, factor);
        struct decimal value = near(goal.target);
        CLEANUP(end) struct story *s = begin_goal(&goal);
        CLEANUP(end) struct story *t = begin_goal(&scaled);
        struct standing a = stands_at(s, value), b = stands_at(t, times(value, factor));
        assert_int_equal(decimal_compare(a.attainment, b.attainment), 0);
        assert_int_equal(a.reached, b.reached);
        assert_int_equal(a.colour, b.colour);
    }
}

/* A quotient that lies beyond the target may round to it, but never to its other side. */
static void reached_is_never_contradicted_by_the_value_beside_the_target(void **state)
{
    (void)state;
    seed = 20200404;
    int equal = 0;
    for (int i = 0; i < CASES; i++) {
        STORY;
        struct commitment *commitment = promise_spending_share(s);
        commitment->comparison = comparisons[chance(4)];
        commitment->indicator.factor = chance(2) == 0 ? dec("-100") : dec("100");
        commitment->indicator.offset = any_decimal();
        struct decimal above = any_decimal(), below = {(int64_t)chance(1000000007) * 1000 + 1};
        const struct figure figure = {.numerator = above, .denominator = below};
        if (!figure_value(&commitment->indicator, &figure, &commitment->target) ||
            distance(commitment->target, decimal_whole(0)).nano > (decimal_units)999999999999999999 * 1000000000)
            continue;
        commitment->target.nano += (int64_t)chance(3) - 1;
        moment(s, "2020-07-01T09:00:00+08:00");
        publish(s);
        report_all(s, (struct measurement){"livelihood", "", above, "万元", day("2020-06-30"), ""});
        report_all(s, (struct measurement){"spending", "", below, "万元", day("2020-06-30"), ""});
        struct standing standing = as_of(s, "2020-07-01");
        assert_true(standing.known);
        int order = decimal_compare(standing.value, standing.target);
        if (order != 0)
            assert_int_equal(standing.reached, raises(commitment->comparison) ? order > 0 : order < 0);
        equal += order == 0;
    }
    assert_true(equal > CASES / 10);
}

/* Histories of several reports */

#define REPORTS 8

struct told {
    const char *measure, *project, *scope;
    struct decimal value;
    day_number on;
};

/* Sums, levels and a ratio of both sides, so that a history says something to each. */
static void promise_several(struct story *s)
{
    promise_smes(s, "150");
    promise_level(s, COMPARISON_AT_LEAST, "1000");
    struct commitment *ratio = promise(s, "ratio", RULE_RATIO, COMPARISON_AT_MOST, "3");
    above(s, ratio, "level");
    below(s, ratio, "smes");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
}

static struct told any_report(day_number on)
{
    static const char *const projects[] = {"", "a", "b"};
    bool level = chance(2);
    return (struct told){level ? "level" : "smes", projects[chance(3)], chance(4) == 0 ? "other" : "",
                         decimal_whole((int64_t)chance(100) + 1), on};
}

static uint64_t tell_report(struct story *s, const struct told *told)
{
    return report_all(s, (struct measurement){told->measure, told->project, told->value, unit_of(s, told->measure),
                                              told->on, told->scope});
}

static void assert_same_standing(const struct standing *a, const struct standing *b)
{
    assert_int_equal(a->known, b->known);
    assert_int_equal(decimal_compare(a->numerator, b->numerator), 0);
    assert_int_equal(decimal_compare(a->denominator, b->denominator), 0);
    assert_int_equal(decimal_compare(a->value, b->value), 0);
    assert_int_equal(decimal_compare(a->attainment, b->attainment), 0);
    assert_int_equal(decimal_compare(a->approved_attainment, b->approved_attainment), 0);
    assert_int_equal(decimal_compare(a->target, b->target), 0);
    assert_int_equal(decimal_compare(a->expected, b->expected), 0);
    assert_int_equal(a->due, b->due);
    assert_int_equal(a->revision, b->revision);
    assert_int_equal(a->colour, b->colour);
    assert_int_equal(a->reached, b->reached);
    assert_int_equal(a->observed_on, b->observed_on);
    assert_string_equal(a->scope, b->scope);
    assert_int_equal(a->simulated, b->simulated);
    assert_int_equal(a->has_forecast, b->has_forecast);
    if (!a->has_forecast)
        return;
    assert_int_equal(a->forecast.since, b->forecast.since);
    assert_int_equal(decimal_compare(a->forecast.weekly_pace, b->forecast.weekly_pace), 0);
    assert_int_equal(a->forecast.reaches, b->forecast.reaches);
    assert_int_equal(a->forecast.reached_on, b->forecast.reached_on);
    assert_int_equal(decimal_compare(a->forecast.value_at_deadline, b->forecast.value_at_deadline), 0);
    assert_int_equal(a->forecast.misses, b->forecast.misses);
}

static void assert_same(const struct story *s, const struct story *t)
{
    for (size_t i = 0; i < s->plan.commitment_count; i++) {
        struct standing a = ask(s, s->commitments[i].id, "2020-07-01", UINT64_MAX);
        struct standing b = ask(t, s->commitments[i].id, "2020-07-01", UINT64_MAX);
        assert_same_standing(&a, &b);
    }
}

/* Every report about a day of its own, so that none replaces another. */
static void the_order_of_reports_about_different_days_does_not_matter(void **state)
{
    (void)state;
    seed = 20200405;
    for (int i = 0; i < CASES / 5; i++) {
        struct told told[REPORTS];
        for (size_t j = 0; j < REPORTS; j++)
            told[j] = any_report(day("2020-01-01") + (day_number)(j * 20 + chance(20)));
        CLEANUP(end) struct story *s = begin(CUT_NOWHERE);
        CLEANUP(end) struct story *t = begin(CUT_NOWHERE);
        promise_several(s);
        promise_several(t);
        for (size_t j = 0; j < REPORTS; j++)
            tell_report(s, &told[j]);
        for (size_t j = REPORTS; j > 0; j--) { /* shuffled */
            size_t at = chance(j);
            tell_report(t, &told[at]);
            told[at] = told[j - 1];
        }
        assert_same(s, t);
    }
}

/* Of different projects also on one day. */
static void the_order_of_reports_of_different_projects_does_not_matter(void **state)
{
    (void)state;
    seed = 20200406;
    static const char *const projects[] = {"", "a", "b", "c", "d", "e", "f", "g"};
    for (int i = 0; i < CASES / 5; i++) {
        CLEANUP(end) struct story *s = begin(CUT_NOWHERE);
        CLEANUP(end) struct story *t = begin(CUT_NOWHERE);
        promise_several(s);
        promise_several(t);
        struct told told[REPORTS];
        for (size_t j = 0; j < REPORTS; j++) {
            told[j] = any_report(day("2020-06-01") + (day_number)chance(3));
            told[j].project = projects[j];
            told[j].scope = "";
            tell_report(s, &told[j]);
        }
        for (size_t j = REPORTS; j > 0; j--)
            tell_report(t, &told[j - 1]);
        assert_same(s, t);
    }
}

static void a_report_and_its_withdrawal_are_as_none(void **state)
{
    (void)state;
    seed = 20200407;
    for (int i = 0; i < CASES / 5; i++) {
        CLEANUP(end) struct story *s = begin(CUT_NOWHERE);
        CLEANUP(end) struct story *t = begin(CUT_NOWHERE);
        promise_several(s);
        promise_several(t);
        size_t place = chance(REPORTS);
        uint64_t too_many = 0;
        for (size_t j = 0; j < REPORTS; j++) {
            struct told told = any_report(day("2020-06-01") + (day_number)chance(5));
            struct told more = any_report(day("2020-06-01") + (day_number)chance(5));
            if (j == place)
                too_many = tell_report(t, &more);
            tell_report(s, &told);
            tell_report(t, &told);
        }
        withdraw(t, too_many);
        assert_same(s, t);
    }
}

/* As of a sequence */

#define UPDATES 30

/* One of all sorts of updates; which, is decided by the story's own sequence and the seed of the case. */
static void tell_something(struct story *s, uint64_t case_seed)
{
    seed = case_seed + s->sequence * 7919 + 1;
    for (int i = 0; i < 3; i++)
        (void)chance(2);
    day_number today = day_of_instant(s->clock_us);
    struct told told = any_report(today - (day_number)chance(40));
    char text[DECIMAL_TEXT_BYTES], on[DAY_TEXT_BYTES];
    switch (chance(10)) {
    case 0:
        withdraw(s, 1 + chance(s->sequence));
        break;
    case 1:
        adjust(s, "level-kept", decimal_format(told.value, text), day_format(today - (day_number)chance(9), on));
        break;
    case 2:
        decide(s, ask_for(s, "smes-new", day_format(day("2020-12-31") + (day_number)chance(200), on)), chance(3) > 0);
        break;
    case 3:
        s->commitments[chance(2)].target = told.value;
        s->plan.commitment_count = chance(4) == 0 ? 2 : 4;
        publish(s);
        break;
    case 4:
        register_road(s, chance(2) == 0 ? "a" : "b");
        break;
    case 5:
        cancel(s, chance(2) == 0 ? "a" : "b");
        break;
    case 6:
        reach(s, chance(2) == 0 ? "a" : "b", chance(2) == 0 ? "begun" : "planned", day_format(told.on, on));
        break;
    default:
        tell_report(s, &told);
    }
}

/* Tells the plan and so many updates, each a batch of its own some days after the one before, and settles the last. */
static void tell_history(struct story *s, uint64_t case_seed, uint64_t until)
{
    promise_several(s);
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 0);
    s->clock_us = instant("2020-07-02T09:00:00+08:00");
    publish(s);
    while (s->sequence < until) {
        s->clock_us += (int64_t)(s->sequence % 4) * 5 * DAY_US + HOUR_US;
        tell_something(s, case_seed);
    }
    metrics_advance(s->metrics, s->clock_us);
}

/* What metrics says as of the day and the sequence of an update, is what it said when that update was the last. */
static void as_of_a_sequence_is_as_it_was(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 12; i++) {
        CLEANUP(end) struct story *whole = begin(CUT_NOWHERE);
        tell_history(whole, i * 1000003, UPDATES);
        assert_true(whole->log_count > 20);
        for (uint64_t k = 3; k < UPDATES; k++) {
            CLEANUP(end) struct story *part = begin(CUT_NOWHERE);
            tell_history(part, i * 1000003, k);
            char today[DAY_TEXT_BYTES];
            day_format(day_of_instant(part->clock_us), today);
            uint64_t sequence = part->sequence; /* an extension is two */
            for (size_t c = 0; c < part->plan.commitment_count; c++) {
                struct standing then = ask(part, part->commitments[c].id, today, UINT64_MAX);
                struct standing now = ask(whole, part->commitments[c].id, today, sequence);
                assert_same_standing(&then, &now);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attainment_of_100_and_reached_are_the_same_but_for_the_ninth_place),
        cmocka_unit_test(attainment_rises_with_what_must_rise_and_falls_with_what_must_fall),
        cmocka_unit_test(value_target_and_baseline_in_another_unit_are_attained_alike),
        cmocka_unit_test(reached_is_never_contradicted_by_the_value_beside_the_target),
        cmocka_unit_test(the_order_of_reports_about_different_days_does_not_matter),
        cmocka_unit_test(the_order_of_reports_of_different_projects_does_not_matter),
        cmocka_unit_test(a_report_and_its_withdrawal_are_as_none),
        cmocka_unit_test(as_of_a_sequence_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
