#include "support/metrics_story.h"

/* Rules */

static void sum_adds_up_increments_since_the_start(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "99", "2019-12-31");
    report(s, "smes", "40", "2020-01-01");
    report(s, "smes", "12.5", "2020-06-30");
    assert_value(as_of(s, "2020-07-01"), "52.5");
    assert_int_equal(as_of(s, "2020-07-01").observed_on, day("2020-06-30"));
    assert_decimal(as_of(s, "2020-07-01").denominator, "1");
}

static void sum_adds_up_several_measures_and_needs_each(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "150");
    measure(s, "more", "家", MEASURE_INCREMENT);
    above(s, commitment, "more");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "40", "2020-01-01");
    assert_unknown(as_of(s, "2020-07-01"));
    report(s, "more", "2", "2020-02-01");
    assert_value(as_of(s, "2020-07-01"), "42");
}

static void sum_before_the_start_is_that_of_the_calendar_year(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150")->start = day("2020-04-01");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "1", "2019-12-31");
    report(s, "smes", "2", "2020-01-01");
    report(s, "smes", "4", "2020-04-01");
    assert_value(as_of(s, "2020-03-31"), "2");
    assert_value(as_of(s, "2020-04-01"), "4");
}

static void sum_is_made_up_within_the_year_of_the_deadline_and_not_with_the_next_years_work(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "150");
    commitment->due = day("2020-06-30");
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "100", "2020-06-30");
    report(s, "smes", "50", "2020-12-31");
    report(s, "smes", "7", "2021-01-01");
    assert_value(as_of(s, "2020-06-30"), "100");
    assert_true(as_of(s, "2021-02-01").reached); /* late */
    assert_value(as_of(s, "2021-02-01"), "150");
}

static void sum_under_a_ceiling_ends_with_its_deadline(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "0");
    commitment->comparison = COMPARISON_AT_MOST;
    commitment->hold = HOLD_ALL_YEAR;
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "0", "2020-12-31");
    report(s, "smes", "1", "2021-01-20"); /* an accident of the next year */
    assert_value(as_of(s, "2021-02-01"), "0");
    assert_true(as_of(s, "2021-02-01").reached);
    commitment->hold = HOLD_BY_DEADLINE;
    publish(s);
    assert_value(as_of(s, "2021-02-01"), "0");
    report(s, "smes", "1", "2020-11-20"); /* a late report */
    assert_value(as_of(s, "2021-02-01"), "1");
}

static void latest_adds_up_the_latest_level_of_each_project(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_project(s, "level", "incubator-a", "3", "2019-05-01");
    report_project(s, "level", "incubator-a", "5", "2020-03-01");
    report_project(s, "level", "incubator-b", "7", "2019-01-01");
    report(s, "level", "1", "2020-02-01");
    assert_value(as_of(s, "2020-07-01"), "13");
    assert_int_equal(as_of(s, "2020-07-01").observed_on, day("2020-03-01"));
    assert_value(as_of(s, "2020-02-29"), "11");
}

static void count_takes_each_project_that_reached_the_milestone_or_a_further_one_once(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "3", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    register_road(s, "b");
    register_road(s, "c");
    reach(s, "a", "begun", "2019-11-01");
    reach(s, "a", "opened", "2020-05-01");
    reach(s, "b", "opened", "2020-06-01");
    reach(s, "c", "planned", "2020-06-02");
    assert_value(as_of(s, "2020-07-01"), "2");
    assert_value(as_of(s, "2020-05-31"), "1");
    cancel(s, "b");
    assert_value(as_of(s, "2020-07-01"), "1");
}

static void count_is_unknown_until_a_milestone_is_reported_and_zero_while_only_an_earlier_one_is(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "3", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    assert_unknown(as_of(s, "2020-07-01"));
    reach(s, "a", "planned", "2020-06-01");
    assert_value(as_of(s, "2020-07-01"), "0");
    assert_unknown(as_of(s, "2020-05-31"));
}

static void share_divides_by_the_known_number_in_scope(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_MORE_THAN, "50", 486);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    reach(s, "a", "begun", "2020-06-01");
    struct standing standing = as_of(s, "2020-07-01");
    assert_value(standing, "0.205761317");
    assert_decimal(standing.numerator, "1");
    assert_decimal(standing.denominator, "486");
}

static void share_without_a_number_divides_by_registered_projects_that_are_not_cancelled(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_MORE_THAN, "50", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    register_road(s, "b");
    register_road(s, "c");
    register_road(s, "d");
    reach(s, "a", "begun", "2020-06-01");
    assert_value(as_of(s, "2020-07-01"), "25");
    cancel(s, "b");
    cancel(s, "c");
    assert_value(as_of(s, "2020-07-01"), "50");
    cancel(s, "a");
    assert_value(as_of(s, "2020-07-01"), "0");
    cancel(s, "d");
    assert_unknown(as_of(s, "2020-07-01"));
}

static void share_of_exactly_half_is_not_more_than_half(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_MORE_THAN, "50", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    register_road(s, "b");
    reach(s, "a", "begun", "2020-06-01");
    assert_value(as_of(s, "2020-07-01"), "50");
    assert_false(as_of(s, "2020-07-01").reached);
    reach(s, "b", "begun", "2020-06-02");
    assert_true(as_of(s, "2020-07-01").reached);
}

static void ratio_of_livelihood_spending_in_2020_and_2019(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "343745", "2019-12-31");
    report(s, "spending", "434450", "2019-12-31");
    report(s, "livelihood", "341964", "2020-12-31");
    report(s, "spending", "443849", "2020-12-31");
    struct standing standing = as_of(s, "2020-12-31");
    assert_value(standing, "77.045121201");
    assert_decimal(standing.numerator, "341964");
    assert_decimal(standing.denominator, "443849");
    assert_true(standing.reached);
    assert_value(as_of(s, "2019-12-31"), "79.121878237");
}

static void ratio_is_decided_on_the_exact_quotient_and_not_on_the_rounded_value(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "749999999999.999", "2020-06-30");
    report(s, "spending", "1000000000000", "2020-06-30");
    struct standing standing = as_of(s, "2020-07-01");
    assert_value(standing, "75");
    assert_false(standing.reached);
}

static void ratio_over_zero_is_unknown(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "1", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
    report(s, "spending", "0", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
    report(s, "spending", "-4", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
}

static void growth_compares_figures_of_the_same_scope(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report_scope(s, "revenue", SCOPE_2019, "306390", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "551265", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "544209", "2020-12-31");
    struct standing standing = as_of(s, "2021-02-01");
    char value[DECIMAL_TEXT_BYTES];
    assert_true(standing.known);
    assert_string_equal(decimal_format_places(standing.value, 2, value), "-1.28");
    assert_decimal(standing.denominator, "551265");
    assert_string_equal(standing.scope, SCOPE_2020);
    assert_int_equal(standing.observed_on, day("2020-12-31"));
    assert_false(standing.reached);
}

static void growth_is_unknown_while_only_the_base_of_another_scope_is_reported(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report_scope(s, "revenue", SCOPE_2019, "306390", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "544209", "2020-12-31");
    assert_unknown(as_of(s, "2021-02-01"));
}

static void growth_needs_the_day_exactly_a_year_before(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "revenue", "40", "2019-05-31");
    report(s, "revenue", "60", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
    report(s, "revenue", "0", "2019-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
    report(s, "revenue", "50", "2019-06-30");
    assert_value(as_of(s, "2020-07-01"), "20");
}

static void growth_compares_each_project_with_its_own_day_a_year_before(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_project(s, "revenue", "park-a", "40", "2019-05-31");
    report_project(s, "revenue", "park-a", "48", "2019-06-30");
    report_project(s, "revenue", "park-b", "60", "2019-06-30");
    report_project(s, "revenue", "park-a", "50", "2020-05-31");
    report_project(s, "revenue", "park-b", "70", "2020-06-30");
    assert_value(as_of(s, "2020-07-01"), "20");
    report_project(s, "revenue", "park-c", "1", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
}

static void figures_of_different_scopes_are_not_added(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_scope(s, "smes", SCOPE_2019, "100", "2020-02-01");
    report_scope(s, "smes", SCOPE_2020, "7", "2020-03-01");
    assert_value(as_of(s, "2020-07-01"), "7");
    assert_value(as_of(s, "2020-02-29"), "100");
    report_scope(s, "smes", SCOPE_2019, "3", "2020-03-01"); /* of one day the scope received last */
    assert_value(as_of(s, "2020-07-01"), "103");
}

/* What is known */

static void nothing_is_known_before_the_first_report(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_MOST, "0");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    assert_unknown(as_of(s, "2020-07-01"));
}

static void a_reported_zero_is_known_and_keeps_a_ceiling_of_zero(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_MOST, "0")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "0", "2020-06-30");
    struct standing standing = as_of(s, "2020-07-01");
    assert_value(standing, "0");
    assert_true(standing.reached);
    assert_int_equal(standing.colour, COLOUR_GREEN);
    assert_decimal(standing.attainment, "100");
    report(s, "level", "1", "2020-07-01");
    standing = as_of(s, "2020-07-01");
    assert_int_equal(standing.colour, COLOUR_RED);
    assert_decimal(standing.attainment, "0");
}

static void comparisons_at_exact_equality(void **state)
{
    (void)state;
    static const struct {
        enum comparison comparison;
        bool reached;
    } cases[] = {
        {COMPARISON_AT_LEAST, true},
        {COMPARISON_MORE_THAN, false},
        {COMPARISON_AT_MOST, true},
        {COMPARISON_LESS_THAN, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        STORY;
        promise_level(s, cases[i].comparison, "98.5");
        moment(s, "2020-07-01T09:00:00+08:00");
        publish(s);
        report(s, "level", "98.5", "2020-06-30");
        assert_int_equal(as_of(s, "2020-07-01").reached, cases[i].reached);
        assert_decimal(as_of(s, "2020-07-01").attainment, "100");
    }
}

static void a_correction_replaces_and_its_withdrawal_restores(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    uint64_t first = report(s, "smes", "40", "2020-06-30");
    uint64_t second = report(s, "smes", "44", "2020-06-30");
    assert_value(as_of(s, "2020-07-01"), "44");
    uint64_t third = withdraw(s, second);
    assert_value(as_of(s, "2020-07-01"), "40");
    withdraw(s, first);
    assert_unknown(as_of(s, "2020-07-01"));
    assert_value(ask(s, "smes-new", "2020-07-01", first), "40");
    assert_value(ask(s, "smes-new", "2020-07-01", second), "44");
    assert_value(ask(s, "smes-new", "2020-07-01", third), "40");
    assert_int_equal(ask(s, "smes-new", "2020-07-01", third).updates_sequence, third);
}

static void a_withdrawn_milestone_no_longer_counts_and_a_corrected_day_moves_it(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "3", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    reach(s, "a", "begun", "2020-03-01");
    uint64_t correction = reach(s, "a", "begun", "2020-05-01");
    uint64_t further = reach(s, "a", "opened", "2020-02-01");
    withdraw(s, further);
    assert_value(as_of(s, "2020-07-01"), "1");
    assert_unknown(as_of(s, "2020-04-30"));
    withdraw(s, correction);
    assert_value(as_of(s, "2020-04-30"), "1");
}

static void a_withdrawal_of_something_else_changes_nothing(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-07-01T09:00:00+08:00");
    uint64_t plan = publish(s);
    uint64_t first = report(s, "smes", "40", "2020-06-30");
    uint64_t second = withdraw(s, first);
    withdraw(s, first);
    withdraw(s, second);
    withdraw(s, plan);
    withdraw(s, 0);
    withdraw(s, 1000);
    assert_unknown(as_of(s, "2020-07-01"));
    assert_value(ask(s, "smes-new", "2020-07-01", first), "40");
    assert_unknown(ask(s, "smes-new", "2020-07-01", second));
}

static void a_late_report_changes_the_days_it_is_about(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "10", "2020-03-31");
    uint64_t before = report(s, "level", "14", "2020-06-30");
    uint64_t late = report(s, "level", "12", "2020-05-31");
    assert_value(as_of(s, "2020-07-01"), "14");
    assert_value(as_of(s, "2020-06-01"), "12");
    assert_value(ask(s, "level-kept", "2020-06-01", before), "10");
    assert_value(ask(s, "level-kept", "2020-06-01", late), "12");
}

static void values_are_shifted_into_the_units_of_their_measures(void **state)
{
    (void)state;
    STORY;
    measure(s, "green-area", "平方米", MEASURE_INCREMENT);
    above(s, promise(s, "green-area-added", RULE_SUM, COMPARISON_AT_LEAST, "1755000"), "green-area");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_all(s, (struct measurement){"green-area", "", dec("175.5"), "万平方米", day("2020-05-31"), ""});
    report_all(s, (struct measurement){"green-area", "", dec("-1"), "平方米", day("2020-06-30"), ""});
    assert_value(as_of(s, "2020-06-29"), "1755000");
    assert_true(as_of(s, "2020-06-29").reached);
    assert_value(as_of(s, "2020-06-30"), "1754999");
    assert_false(as_of(s, "2020-06-30").reached);
}

static void a_value_that_cannot_be_shifted_or_written_is_unknown(void **state)
{
    (void)state;
    STORY;
    measure(s, "area", "亿平方米", MEASURE_INCREMENT);
    struct commitment *commitment = promise(s, "area-added", RULE_SUM, COMPARISON_AT_LEAST, "1");
    above(s, commitment, "area");
    commitment->indicator.factor = dec("999999999999999999");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    uint64_t tiny = report_all(s, (struct measurement){"area", "", dec("0.01"), "平方米", day("2020-05-31"), ""});
    assert_unknown(as_of(s, "2020-07-01"));
    withdraw(s, tiny);
    report(s, "area", "999999999999999999", "2020-06-30");
    assert_unknown(as_of(s, "2020-07-01"));
}

/* Attainment and expectation */

static void attainment_is_the_part_of_the_way_from_the_baseline(void **state)
{
    (void)state;
    static const struct {
        enum comparison comparison;
        const char *baseline, *target, *value, *attainment;
    } cases[] = {
        {COMPARISON_AT_LEAST, NULL, "150", "50", "33.333333333"},
        {COMPARISON_AT_LEAST, "10", "16", "13", "50"},
        {COMPARISON_AT_LEAST, "10", "16", "22", "200"},
        {COMPARISON_AT_LEAST, "10", "16", "7", "-50"},
        {COMPARISON_AT_LEAST, "16", "16", "16", "100"},
        {COMPARISON_AT_LEAST, "16", "16", "15", "0"},
        {COMPARISON_AT_LEAST, NULL, "-5", "-4", "100"},
        {COMPARISON_AT_LEAST, NULL, "-5", "-6", "0"},
        {COMPARISON_AT_MOST, "40", "10", "25", "50"},
        {COMPARISON_AT_MOST, "40", "10", "4", "120"},
        {COMPARISON_AT_MOST, "40", "10", "55", "-50"},
        {COMPARISON_AT_MOST, NULL, "10", "40", "25"},
        {COMPARISON_AT_MOST, NULL, "10", "9", "100"},
        {COMPARISON_AT_MOST, "5", "10", "20", "50"},
        {COMPARISON_AT_MOST, NULL, "0", "1", "0"},
        {COMPARISON_LESS_THAN, NULL, "-1", "1", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        STORY;
        struct commitment *commitment = promise_level(s, cases[i].comparison, cases[i].target);
        commitment->has_baseline = cases[i].baseline != NULL;
        if (commitment->has_baseline)
            commitment->baseline = dec(cases[i].baseline);
        moment(s, "2020-07-01T09:00:00+08:00");
        publish(s);
        report(s, "level", cases[i].value, "2020-06-30");
        assert_decimal(as_of(s, "2020-07-01").attainment, cases[i].attainment);
    }
}

static void expected_is_the_elapsed_share_of_the_time(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "150");
    commitment->start = day("2020-04-01");
    commitment->due = day("2020-04-30");
    moment(s, "2020-05-01T09:00:00+08:00");
    publish(s);
    assert_decimal(as_of(s, "2020-03-31").expected, "0");
    assert_decimal(as_of(s, "2020-04-01").expected, "3.333333333");
    assert_decimal(as_of(s, "2020-04-15").expected, "50");
    assert_decimal(as_of(s, "2020-04-30").expected, "100");
    assert_decimal(as_of(s, "2020-05-01").expected, "100");
}

static void expected_follows_the_curve_of_the_plan(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "150");
    const struct curve_point curve[] = {
        {day("2020-01-10"), dec("20")}, {day("2020-01-20"), dec("20")}, {day("2020-01-24"), dec("90")}};
    commitment->curve = curve;
    commitment->curve_count = 3;
    moment(s, "2020-05-01T09:00:00+08:00");
    publish(s);
    assert_decimal(as_of(s, "2019-12-31").expected, "0");
    assert_decimal(as_of(s, "2020-01-01").expected, "2");
    assert_decimal(as_of(s, "2020-01-10").expected, "20");
    assert_decimal(as_of(s, "2020-01-15").expected, "20");
    assert_decimal(as_of(s, "2020-01-22").expected, "55");
    assert_decimal(as_of(s, "2020-01-24").expected, "90");
    assert_decimal(as_of(s, "2020-12-31").expected, "90");
}

/* Colours */

static void colours_change_at_exactly_ten_points_and_beyond_thirty(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        enum colour colour;
    } cases[] = {
        {"50.000000001", COLOUR_GREEN}, {"50", COLOUR_YELLOW}, {"30", COLOUR_YELLOW}, {"29.999999999", COLOUR_RED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        STORY;
        expect_sixty(s, promise_level(s, COMPARISON_AT_LEAST, "100"));
        moment(s, "2020-07-01T09:00:00+08:00");
        publish(s);
        report(s, "level", cases[i].value, "2020-06-30");
        assert_int_equal(as_of(s, "2020-07-01").colour, cases[i].colour);
    }
}

static void a_floor_for_all_year_is_red_as_soon_as_it_is_broken(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "98", "2020-01-15");
    assert_int_equal(as_of(s, "2020-01-15").colour, COLOUR_GREEN);
    assert_decimal(as_of(s, "2020-01-15").expected, "100");
    report(s, "level", "97.9", "2020-01-31");
    assert_int_equal(as_of(s, "2020-02-01").colour, COLOUR_RED);
}

static void a_floor_that_does_not_hold_yet_before_its_start_leaves_no_mark(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2019-12-20T09:00:00+08:00");
    publish(s);
    report(s, "level", "90", "2019-12-20");
    advance(s, "2019-12-25");
    assert_int_equal(as_of(s, "2019-12-25").colour, COLOUR_GREEN);
    assert_decimal(as_of(s, "2019-12-25").expected, "0");
    moment(s, "2019-12-30T09:00:00+08:00");
    report(s, "level", "99", "2019-12-30");
    advance(s, "2020-01-02");
    assert_int_equal(as_of(s, "2020-01-02").colour, COLOUR_GREEN);
}

static void a_red_that_is_made_good_is_yellow_from_the_day_it_was_red(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "99", "2020-01-31");
    moment(s, "2020-03-01T09:00:00+08:00");
    report(s, "level", "97", "2020-03-01");
    moment(s, "2020-04-01T09:00:00+08:00");
    report(s, "level", "99", "2020-04-01");
    advance(s, "2020-05-01");
    assert_int_equal(s->log_count, 3);
    assert_emitted(s, 0, "2020-02-01T09:00:00+08:00", "level-kept", COLOUR_GREEN);
    assert_emitted(s, 1, "2020-03-01T09:00:00+08:00", "level-kept", COLOUR_RED);
    assert_emitted(s, 2, "2020-04-01T09:00:00+08:00", "level-kept", COLOUR_YELLOW);
    assert_true(s->log[2].standing.reached);
    assert_int_equal(as_of(s, "2020-05-01").colour, COLOUR_YELLOW);
    assert_int_equal(as_of(s, "2020-02-29").colour, COLOUR_GREEN);
    moment(s, "2020-06-01T09:00:00+08:00");
    report(s, "level", "97", "2020-06-01");
    advance(s, "2020-06-02");
    assert_int_equal(s->log_count, 4);
    assert_int_equal(as_of(s, "2020-05-01").colour, COLOUR_YELLOW);
}

static void a_red_within_one_batch_is_not_remembered(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "9.9", "2020-01-31");
    report(s, "level", "99", "2020-01-31");
    advance(s, "2020-03-01");
    assert_int_equal(s->log_count, 1);
    assert_emitted(s, 0, "2020-02-01T09:00:00+08:00", "level-kept", COLOUR_GREEN);
}

/* Emissions */

static void midnights_turn_green_to_yellow_to_red(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    moment(s, "2020-01-03T10:00:00+08:00");
    uint64_t last = report(s, "smes", "10", "2020-01-02");
    /* 20 % of 366 days are over in the 74th, 14 March; more than 40 % in the 147th, 26 May. */
    advance(s, "2020-12-31");
    assert_int_equal(s->log_count, 4);
    assert_emitted(s, 0, "2020-01-02T09:00:00+08:00", "smes-new", COLOUR_GREY);
    assert_emitted(s, 1, "2020-01-03T10:00:00+08:00", "smes-new", COLOUR_GREEN);
    assert_emitted(s, 2, "2020-03-14T00:00:00+08:00", "smes-new", COLOUR_YELLOW);
    assert_emitted(s, 3, "2020-05-26T00:00:00+08:00", "smes-new", COLOUR_RED);
    assert_int_equal(s->log[3].standing.updates_sequence, last);
    assert_decimal(s->log[3].standing.expected, "40.163934426");
}

static void a_commitment_missed_is_red_from_the_midnight_after_its_due_day(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-12-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "99", "2020-11-30");
    advance(s, "2020-12-31T23:59:59+08:00");
    assert_int_equal(s->log_count, 1);
    advance(s, "2021-01-01");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 1, "2021-01-01T00:00:00+08:00", "smes-new", COLOUR_RED);
}

static void midnights_up_to_and_including_an_update_come_before_it(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-12-31T09:00:00+08:00");
    publish(s);
    report(s, "smes", "99", "2020-11-30");
    moment(s, "2021-01-01T00:00:00+08:00");
    report(s, "smes", "1", "2020-12-31");
    advance(s, "2021-01-02");
    assert_int_equal(s->log_count, 3);
    assert_emitted(s, 1, "2021-01-01T00:00:00+08:00", "smes-new", COLOUR_RED);
    assert_emitted(s, 2, "2021-01-01T00:00:00+08:00", "smes-new", COLOUR_YELLOW);
}

static void a_batch_emits_once_with_its_last_sequence(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    moment(s, "2020-01-02T09:00:01+08:00");
    report(s, "smes", "10", "2020-01-01");
    report(s, "smes", "20", "2020-01-02");
    uint64_t last = report(s, "smes", "1", "2019-01-02");
    assert_int_equal(s->log_count, 1); /* the batch is still open */
    advance(s, "2020-01-02T09:00:01+08:00");
    assert_int_equal(s->log_count, 2);
    assert_value(s->log[1].standing, "30");
    assert_int_equal(s->log[1].standing.updates_sequence, last);
}

static void an_advance_to_before_the_open_batch_leaves_it_open(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    advance(s, "2020-01-02T08:59:59+08:00");
    assert_int_equal(s->log_count, 0);
}

static void an_update_older_than_what_was_passed_counts_as_received_then(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    advance(s, "2020-01-05T10:00:00+08:00");
    moment(s, "2020-01-04T09:00:00+08:00");
    report(s, "smes", "10", "2020-01-01");
    advance(s, "2020-01-06");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 1, "2020-01-05T10:00:00+08:00", "smes-new", COLOUR_GREEN);
}

static void a_report_that_changes_nothing_emits_nothing(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    measure(s, "other", "家", MEASURE_INCREMENT);
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    moment(s, "2020-01-03T09:00:00+08:00");
    report(s, "other", "10", "2020-01-03");
    report(s, "smes", "10", "2019-01-03");
    advance(s, "2020-01-04");
    assert_int_equal(s->log_count, 1);
}

static void a_report_below_the_line_emits(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "40", "2020-05-31");
    report(s, "spending", "50", "2020-05-31");
    moment(s, "2020-07-01T10:00:00+08:00");
    report(s, "spending", "80", "2020-06-30");
    advance(s, "2020-07-02");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 1, "2020-07-01T10:00:00+08:00", "livelihood-share", COLOUR_GREEN);
    assert_value(s->log[1].standing, "50");
    assert_int_equal(s->log[1].standing.observed_on, day("2020-06-30"));
}

static void another_day_or_scope_of_the_same_value_emits(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "10");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "12", "2020-06-29");
    moment(s, "2020-07-01T10:00:00+08:00");
    report(s, "level", "12", "2020-06-30");
    moment(s, "2020-07-01T11:00:00+08:00");
    report_scope(s, "level", SCOPE_2020, "12", "2020-06-30");
    moment(s, "2020-07-01T12:00:00+08:00");
    report_scope(s, "level", SCOPE_2020, "12", "2020-06-30");
    advance(s, "2020-07-02");
    assert_int_equal(s->log_count, 3);
    assert_int_equal(s->log[1].standing.observed_on, day("2020-06-30"));
    assert_string_equal(s->log[2].standing.scope, SCOPE_2020);
}

static void a_milestone_reached_or_withdrawn_emits(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "1", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    moment(s, "2020-07-01T10:00:00+08:00");
    uint64_t reached = reach(s, "a", "opened", "2020-06-30");
    moment(s, "2020-07-01T11:00:00+08:00");
    withdraw(s, reached);
    advance(s, "2020-07-02");
    assert_int_equal(s->log_count, 3);
    assert_emitted(s, 1, "2020-07-01T10:00:00+08:00", "roads-begun", COLOUR_GREEN);
    assert_emitted(s, 2, "2020-07-01T11:00:00+08:00", "roads-begun", COLOUR_GREY);
}

static void a_project_registered_or_cancelled_emits_the_shares_of_its_division(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 0);
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    reach(s, "a", "opened", "2020-01-01");
    moment(s, "2020-01-02T10:00:00+08:00");
    register_road(s, "b");
    moment(s, "2020-01-02T11:00:00+08:00");
    cancel(s, "b");
    advance(s, "2020-01-03");
    assert_int_equal(s->log_count, 3);
    assert_value(s->log[0].standing, "100");
    assert_value(s->log[1].standing, "50");
    assert_value(s->log[2].standing, "100");
}

static void years_with_nothing_known_are_passed_at_once(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    advance(s, "1990-01-01");
    advance(s, "2099-01-01");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    advance(s, "2099-12-31");
    assert_int_equal(s->log_count, 1);
    assert_emitted(s, 0, "2099-01-01T00:00:00+08:00", "smes-new", COLOUR_GREY);
}

/* Each sort of thing that can happen, within and between batches. */
static void tell_everything(struct story *s)
{
    promise_smes(s, "100");
    expect_sixty(s, promise_level(s, COMPARISON_AT_LEAST, "10"));
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 0);
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    moment(s, "2020-01-31T00:00:00+08:00");
    uint64_t first = report(s, "smes", "10", "2020-01-30");
    report(s, "level", "3", "2020-01-30");
    moment(s, "2020-04-30T23:59:59+08:00");
    reach(s, "a", "begun", "2020-04-30");
    report(s, "smes", "60", "2020-04-30");
    report(s, "level", "1", "2020-04-30");
    moment(s, "2020-05-01T00:00:00+08:00");
    withdraw(s, first);
    s->plan.commitment_count = 2;
    publish(s);
    moment(s, "2020-08-01T12:00:00+08:00");
    s->plan.commitment_count = 3;
    publish(s);
    report(s, "level", "12", "2020-08-01");
    moment(s, "2021-03-01T12:00:00+08:00");
    report(s, "smes", "60", "2020-12-30");
    advance(s, "2021-12-31");
}

static void the_same_history_cut_otherwise_emits_the_same(void **state)
{
    (void)state;
    CLEANUP(end) struct story *whole = begin(CUT_NOWHERE);
    tell_everything(whole);
    assert_true(whole->log_count > 10);
    for (enum cut cut = CUT_AFTER_BATCHES; cut <= CUT_EVERY_HOUR; cut++) {
        CLEANUP(end) struct story *parts = begin(cut);
        tell_everything(parts);
        assert_int_equal(parts->log_count, whole->log_count);
        for (size_t i = 0; i < whole->log_count; i++) {
            const struct standing *a = &whole->log[i].standing;
            const struct standing *b = &parts->log[i].standing;
            assert_int_equal(parts->log[i].at_us, whole->log[i].at_us);
            assert_string_equal(a->indicator, b->indicator);
            assert_int_equal(a->revision, b->revision);
            assert_int_equal(a->as_of, b->as_of);
            assert_int_equal(a->updates_sequence, b->updates_sequence);
            assert_int_equal(a->known, b->known);
            assert_int_equal(decimal_compare(a->value, b->value), 0);
            assert_int_equal(decimal_compare(a->expected, b->expected), 0);
            assert_int_equal(a->colour, b->colour);
            assert_int_equal(a->retired, b->retired);
        }
    }
}

/* Plans */

static void a_revision_changes_the_target_and_keeps_the_memory_of_red(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_level(s, COMPARISON_AT_LEAST, "100");
    expect_sixty(s, commitment);
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "20", "2020-01-31");
    moment(s, "2020-03-01T09:00:00+08:00");
    commitment->target = dec("20");
    publish(s);
    advance(s, "2020-04-01");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 0, "2020-02-01T09:00:00+08:00", "level-kept", COLOUR_RED);
    assert_emitted(s, 1, "2020-03-01T09:00:00+08:00", "level-kept", COLOUR_YELLOW);
    assert_int_equal(s->log[1].standing.revision, 2);
    assert_decimal(s->log[1].standing.target, "20");
    assert_decimal(s->log[1].standing.attainment, "100");
    assert_true(s->log[1].standing.reached);
}

static void a_commitment_left_out_is_retired_once_with_its_last_values_and_may_come_back(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    promise_level(s, COMPARISON_AT_LEAST, "10");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "20", "2020-01-31");
    moment(s, "2020-03-01T09:00:00+08:00");
    s->plan.commitment_count = 1;
    publish(s);
    moment(s, "2020-03-02T09:00:00+08:00");
    report(s, "level", "30", "2020-03-01");
    publish(s);
    moment(s, "2020-03-03T09:00:00+08:00");
    s->plan.commitment_count = 2;
    publish(s);
    advance(s, "2020-03-04");
    assert_int_equal(s->log_count, 7);
    assert_emitted(s, 2, "2020-03-01T09:00:00+08:00", "smes-new", COLOUR_GREY);
    assert_emitted(s, 3, "2020-03-01T09:00:00+08:00", "level-kept", COLOUR_GREEN);
    assert_true(s->log[3].standing.retired);
    assert_value(s->log[3].standing, "20");
    assert_int_equal(s->log[3].standing.revision, 2);
    assert_emitted(s, 4, "2020-03-02T09:00:00+08:00", "smes-new", COLOUR_GREY);
    assert_emitted(s, 6, "2020-03-03T09:00:00+08:00", "level-kept", COLOUR_GREEN);
    assert_false(s->log[6].standing.retired);
    assert_value(s->log[6].standing, "30");
}

static void a_report_reaches_the_plans_of_all_years_in_order_and_of_no_other_division(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    s->plan.division = "4101";
    publish(s);
    s->plan.division = DIVISION;
    s->plan.revision = 0;
    publish(s);
    s->plan.year = 2019;
    s->plan.revision = 0;
    publish(s);
    moment(s, "2020-01-03T09:00:00+08:00");
    report(s, "smes", "10", "2020-01-02");
    advance(s, "2020-01-04");
    assert_int_equal(s->log_count, 5);
    assert_string_equal(s->log[0].standing.division, "4101");
    assert_string_equal(s->log[1].standing.division, DIVISION);
    assert_int_equal(s->log[1].standing.year, 2019);
    assert_int_equal(s->log[2].standing.year, 2020);
    assert_string_equal(s->log[3].standing.division, DIVISION);
    assert_int_equal(s->log[3].standing.year, 2019);
    assert_int_equal(s->log[4].standing.year, 2020);
}

static void count_answer(void *context, const struct metrics_answer *found)
{
    (void)found;
    ++*(size_t *)context;
}

static size_t answers(const struct story *s, const char *division, uint32_t year, const char *unit)
{
    struct metrics_question question = {division, year, unit, "", day("2020-07-01"), UINT64_MAX};
    size_t count = 0;
    metrics_ask(s->metrics, &question, count_answer, &count);
    return count;
}

static void questions_choose_by_division_year_and_unit(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    promise_level(s, COMPARISON_AT_LEAST, "10");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    assert_int_equal(answers(s, "", 0, ""), 2);
    assert_int_equal(answers(s, "41", 2020, "office"), 2);
    assert_int_equal(answers(s, "42", 0, ""), 0);
    assert_int_equal(answers(s, "41010200", 0, ""), 0);
    assert_int_equal(answers(s, "", 2021, ""), 0);
    assert_int_equal(answers(s, "", 0, "another"), 0);
    assert_int_equal(s->log_count, 0);
}

/* The turn of the year */

static void a_cumulative_total_of_the_due_year_counts_after_the_years_turn_and_none_of_the_next(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-12-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "30", "2020-11-30");
    report(s, "spending", "50", "2020-11-30");
    assert_value(as_of(s, "2021-01-31"), "60");
    moment(s, "2021-02-20T09:00:00+08:00");
    report(s, "livelihood", "40", "2020-12-31");
    report(s, "spending", "50", "2020-12-31");
    report(s, "livelihood", "1", "2021-01-31");
    report(s, "spending", "50", "2021-01-31");
    assert_value(as_of(s, "2021-02-20"), "80");
}

static void a_cumulative_total_of_a_longer_commitment_is_unknown_from_the_years_turn(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s)->due = day("2022-12-31");
    moment(s, "2020-12-30T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "40", "2020-11-30");
    report(s, "spending", "50", "2020-11-30");
    advance(s, "2021-06-30");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 0, "2020-12-30T09:00:00+08:00", "livelihood-share", COLOUR_GREEN);
    assert_emitted(s, 1, "2021-01-01T00:00:00+08:00", "livelihood-share", COLOUR_GREY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_adds_up_increments_since_the_start),
        cmocka_unit_test(sum_adds_up_several_measures_and_needs_each),
        cmocka_unit_test(sum_before_the_start_is_that_of_the_calendar_year),
        cmocka_unit_test(sum_is_made_up_within_the_year_of_the_deadline_and_not_with_the_next_years_work),
        cmocka_unit_test(sum_under_a_ceiling_ends_with_its_deadline),
        cmocka_unit_test(latest_adds_up_the_latest_level_of_each_project),
        cmocka_unit_test(count_takes_each_project_that_reached_the_milestone_or_a_further_one_once),
        cmocka_unit_test(count_is_unknown_until_a_milestone_is_reported_and_zero_while_only_an_earlier_one_is),
        cmocka_unit_test(share_divides_by_the_known_number_in_scope),
        cmocka_unit_test(share_without_a_number_divides_by_registered_projects_that_are_not_cancelled),
        cmocka_unit_test(share_of_exactly_half_is_not_more_than_half),
        cmocka_unit_test(ratio_of_livelihood_spending_in_2020_and_2019),
        cmocka_unit_test(ratio_is_decided_on_the_exact_quotient_and_not_on_the_rounded_value),
        cmocka_unit_test(ratio_over_zero_is_unknown),
        cmocka_unit_test(growth_compares_figures_of_the_same_scope),
        cmocka_unit_test(growth_is_unknown_while_only_the_base_of_another_scope_is_reported),
        cmocka_unit_test(growth_needs_the_day_exactly_a_year_before),
        cmocka_unit_test(growth_compares_each_project_with_its_own_day_a_year_before),
        cmocka_unit_test(figures_of_different_scopes_are_not_added),
        cmocka_unit_test(nothing_is_known_before_the_first_report),
        cmocka_unit_test(a_reported_zero_is_known_and_keeps_a_ceiling_of_zero),
        cmocka_unit_test(comparisons_at_exact_equality),
        cmocka_unit_test(a_correction_replaces_and_its_withdrawal_restores),
        cmocka_unit_test(a_withdrawn_milestone_no_longer_counts_and_a_corrected_day_moves_it),
        cmocka_unit_test(a_withdrawal_of_something_else_changes_nothing),
        cmocka_unit_test(a_late_report_changes_the_days_it_is_about),
        cmocka_unit_test(values_are_shifted_into_the_units_of_their_measures),
        cmocka_unit_test(a_value_that_cannot_be_shifted_or_written_is_unknown),
        cmocka_unit_test(attainment_is_the_part_of_the_way_from_the_baseline),
        cmocka_unit_test(expected_is_the_elapsed_share_of_the_time),
        cmocka_unit_test(expected_follows_the_curve_of_the_plan),
        cmocka_unit_test(colours_change_at_exactly_ten_points_and_beyond_thirty),
        cmocka_unit_test(a_floor_for_all_year_is_red_as_soon_as_it_is_broken),
        cmocka_unit_test(a_floor_that_does_not_hold_yet_before_its_start_leaves_no_mark),
        cmocka_unit_test(a_red_that_is_made_good_is_yellow_from_the_day_it_was_red),
        cmocka_unit_test(a_red_within_one_batch_is_not_remembered),
        cmocka_unit_test(midnights_turn_green_to_yellow_to_red),
        cmocka_unit_test(a_commitment_missed_is_red_from_the_midnight_after_its_due_day),
        cmocka_unit_test(midnights_up_to_and_including_an_update_come_before_it),
        cmocka_unit_test(a_batch_emits_once_with_its_last_sequence),
        cmocka_unit_test(an_advance_to_before_the_open_batch_leaves_it_open),
        cmocka_unit_test(an_update_older_than_what_was_passed_counts_as_received_then),
        cmocka_unit_test(a_report_that_changes_nothing_emits_nothing),
        cmocka_unit_test(a_report_below_the_line_emits),
        cmocka_unit_test(another_day_or_scope_of_the_same_value_emits),
        cmocka_unit_test(a_milestone_reached_or_withdrawn_emits),
        cmocka_unit_test(a_project_registered_or_cancelled_emits_the_shares_of_its_division),
        cmocka_unit_test(years_with_nothing_known_are_passed_at_once),
        cmocka_unit_test(the_same_history_cut_otherwise_emits_the_same),
        cmocka_unit_test(a_revision_changes_the_target_and_keeps_the_memory_of_red),
        cmocka_unit_test(a_commitment_left_out_is_retired_once_with_its_last_values_and_may_come_back),
        cmocka_unit_test(a_report_reaches_the_plans_of_all_years_in_order_and_of_no_other_division),
        cmocka_unit_test(questions_choose_by_division_year_and_unit),
        cmocka_unit_test(a_cumulative_total_of_the_due_year_counts_after_the_years_turn_and_none_of_the_next),
        cmocka_unit_test(a_cumulative_total_of_a_longer_commitment_is_unknown_from_the_years_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
