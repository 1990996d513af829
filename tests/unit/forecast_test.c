/* Where the pace of the last reports leads: docs/domain.md, section 4. Values are worked out by hand in the comments.
 */
#include "support/metrics_story.h"

#include <string.h>

/* reached_on null: never. */
static void assert_forecast(struct standing standing, const char *since, const char *weekly_pace,
                            const char *reached_on, const char *value_at_deadline, bool misses)
{
    char text[DAY_TEXT_BYTES] = "never";
    const struct forecast *forecast = &standing.forecast;
    assert_true(standing.has_forecast);
    assert_string_equal(day_format(forecast->since, text), since);
    assert_decimal(forecast->weekly_pace, weekly_pace);
    assert_string_equal(forecast->reaches ? day_format(forecast->reached_on, text) : "never",
                        reached_on == NULL ? "never" : reached_on);
    assert_decimal(forecast->value_at_deadline, value_at_deadline);
    assert_int_equal(forecast->misses, misses);
}

/* The city's real series (division 4101) */

static void old_communities(struct story *s, const char *reported_until)
{
    static const struct {
        const char *value, *day;
    } series[] = {{"110", "2020-04-10"}, {"700", "2020-07-31"}, {"1800", "2021-06-30"}};
    measure(s, "old-communities-done", "个", MEASURE_LEVEL);
    struct commitment *commitment = promise(s, "old-communities", RULE_LATEST, COMPARISON_AT_LEAST, "1833");
    above(s, commitment, "old-communities-done");
    commitment->due = day("2021-12-31");
    moment(s, "2021-07-01T09:00:00+08:00");
    publish(s);
    for (size_t i = 0; i < 3 && strcmp(series[i].day, reported_until) <= 0; i++)
        report_scope(s, "old-communities-done", "city, scheme of 1833", series[i].value, series[i].day);
}

/* From 10 April to 31 July 2020 are 112 days with 590 communities: 7 × 590 ÷ 112 = 36.875 a week. 1133 are missing:
 * 1133 × 112 ÷ 590 = 215.07…, so on day 216, 4 March 2021. To the deadline are 518 days: 700 + 590 × 518 ÷ 112 =
 * 3428.75. From 31 July on 7 × 1133 ÷ 518 = 15.3108… a week are needed. */
static void old_communities_in_2020_with_the_pace_of_one_report(void **state)
{
    (void)state;
    STORY;
    s->plan.rules.pace_reports = 1;
    old_communities(s, "2020-07-31");
    struct standing standing = as_of(s, "2020-07-31");
    assert_forecast(standing, "2020-04-10", "36.875", "2021-03-04", "3428.75", false);
    assert_decimal(standing.forecast.weekly_pace_needed, "15.310810811");
}

/* A level without a baseline has no origin, so the oldest of three reports: 446 days with 1690 communities, 7 × 1690 ÷
 * 446 = 26.5246… a week. 33 are missing: 33 × 446 ÷ 1690 = 8.70…, so on day 9, 9 July 2021. To the deadline are 184
 * days: 1800 + 1690 × 184 ÷ 446 = 2497.2197… */
static void old_communities_in_2021_from_the_oldest_of_three_reports(void **state)
{
    (void)state;
    STORY;
    old_communities(s, "2021-06-30");
    assert_forecast(as_of(s, "2021-06-30"), "2020-04-10", "26.524663677", "2021-07-09", "2497.219730942", false);
}

/* 334 days with 1100 communities: 33 × 334 ÷ 1100 = 10.02, so on day 11 and not on day 10. */
static void old_communities_in_2021_with_the_pace_of_one_report(void **state)
{
    (void)state;
    STORY;
    s->plan.rules.pace_reports = 1;
    old_communities(s, "2021-06-30");
    assert_forecast(as_of(s, "2021-06-30"), "2020-07-31", "23.053892216", "2021-07-11", "2405.988023952", false);
}

static void key_project_investment(struct story *s)
{
    measure(s, "key-project-investment", "亿元", MEASURE_CUMULATIVE);
    above(s, promise(s, "investment", RULE_LATEST, COMPARISON_AT_LEAST, "4608"), "key-project-investment");
    moment(s, "2021-01-05T09:00:00+08:00");
    publish(s);
    report(s, "key-project-investment", "3848.5", "2020-08-31");
    report(s, "key-project-investment", "4198", "2020-10-31");
    report(s, "key-project-investment", "4651.8", "2020-12-31");
}

/* A total since 1 January begins with 0 on 31 December 2019, 244 days before: 7 × 3848.5 ÷ 244 = 110.4077… a week.
 * 759.5 are missing: 759.5 × 244 ÷ 3848.5 = 48.15…, so on day 49, 19 October. To 31 December are 122 days, half of 244:
 * 3848.5 × 1.5 = 5772.75. */
static void investment_in_august_with_the_origin_of_a_cumulative_total(void **state)
{
    (void)state;
    STORY;
    key_project_investment(s);
    assert_forecast(as_of(s, "2020-09-01"), "2019-12-31", "110.407786885", "2020-10-19", "5772.75", false);
}

/* Two reports are fewer than three before the newest, so still from the origin, 305 days: 410 × 305 ÷ 4198 = 29.78…, so
 * on day 30, 30 November; 4198 + 4198 × 61 ÷ 305 = 4198 × 1.2 = 5037.6. */
static void investment_in_october_from_the_beginning_of_the_year(void **state)
{
    (void)state;
    STORY;
    key_project_investment(s);
    assert_forecast(as_of(s, "2020-11-01"), "2019-12-31", "96.347540984", "2020-11-30", "5037.6", false);
}

/* The last two months alone were slower: 349.5 in 61 days. 410 × 61 ÷ 349.5 = 71.55…, so on day 72, 11 January, too
 * late; on the deadline, 61 days later, 4198 + 349.5 = 4547.5. From 1 November 7 × 410 ÷ 60 are needed. */
static void investment_in_october_at_the_pace_of_two_months_misses(void **state)
{
    (void)state;
    STORY;
    s->plan.rules.pace_reports = 1;
    key_project_investment(s);
    struct standing standing = as_of(s, "2020-11-01");
    assert_forecast(standing, "2020-08-31", "40.106557377", "2021-01-11", "4547.5", true);
    assert_decimal(standing.forecast.weekly_pace_needed, "47.833333333");
}

static void investment_at_the_end_is_reached_and_needs_no_forecast(void **state)
{
    (void)state;
    STORY;
    key_project_investment(s);
    assert_true(as_of(s, "2020-12-31").reached);
    assert_false(as_of(s, "2020-12-31").has_forecast);
}

/* Which days */

static void report_levels(struct story *s, size_t count)
{
    static const char *const days[] = {"2020-01-10", "2020-01-20", "2020-01-30", "2020-02-09", "2020-02-19"};
    static const char *const values[] = {"0", "40", "50", "60", "70"};
    for (size_t i = 0; i < count; i++)
        report(s, "level", values[i], days[i]);
}

static void three_reporting_days_before_the_newest_unless_the_plan_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        uint32_t pace_reports;
        const char *since, *pace;
    } cases[] = {{0, "2020-01-20", "7"},      {3, "2020-01-20", "7"},     {1, "2020-02-09", "7"},
                 {2, "2020-01-30", "7"},      {4, "2020-01-10", "12.25"}, {5, "2020-01-10", "12.25"},
                 {100, "2020-01-10", "12.25"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        STORY;
        promise_level(s, COMPARISON_AT_LEAST, "100");
        s->plan.rules.pace_reports = cases[i].pace_reports;
        moment(s, "2020-03-01T09:00:00+08:00");
        publish(s);
        report_levels(s, 5);
        struct standing standing = as_of(s, "2020-03-01");
        assert_true(standing.has_forecast);
        assert_int_equal(standing.forecast.since, day(cases[i].since));
        assert_decimal(standing.forecast.weekly_pace, cases[i].pace);
    }
}

/* Several projects that report on one day are one day; each value is that of all of them together. */
static void a_day_on_which_several_report_is_one_day(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    s->plan.rules.pace_reports = 2;
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report_project(s, "level", "a", "10", "2020-01-10");
    report_project(s, "level", "b", "10", "2020-01-10");
    report_project(s, "level", "b", "12", "2020-01-20");
    report_project(s, "level", "a", "15", "2020-01-30");
    report_project(s, "level", "b", "19", "2020-01-30");
    /* 34 − 20 in 20 days */
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "4.9", "2020-05-04", "269.2", false);
}

static void withdrawn_reports_and_later_days_make_no_days(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    s->plan.rules.pace_reports = 1;
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report_levels(s, 3);
    uint64_t wrong = report(s, "level", "99", "2020-01-25");
    withdraw(s, wrong);
    report(s, "level", "80", "2020-02-20");
    assert_int_equal(as_of(s, "2020-02-19").forecast.since, day("2020-01-20"));
    assert_int_equal(as_of(s, "2020-02-20").forecast.since, day("2020-01-30"));
    assert_int_equal(ask(s, "level-kept", "2020-02-19", wrong).forecast.since, day("2020-01-25"));
}

/* Origins */

/* On 31 January, 31 days after the evening before the start, 31 of 366: 1 a day. */
static void a_sum_begins_with_zero_on_the_evening_before_the_start(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "31", "2020-01-31");
    assert_forecast(as_of(s, "2020-02-01"), "2019-12-31", "7", "2020-05-29", "366", false);
    report(s, "smes", "0", "2020-01-10");
    report(s, "smes", "0", "2020-01-20"); /* two days before the newest are fewer than three */
    assert_int_equal(as_of(s, "2020-02-01").forecast.since, day("2019-12-31"));
    report(s, "smes", "0", "2020-01-15"); /* three are not */
    assert_int_equal(as_of(s, "2020-02-01").forecast.since, day("2020-01-10"));
}

static void a_baseline_is_the_value_on_the_evening_before_the_start(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_level(s, COMPARISON_AT_LEAST, "16");
    commitment->has_baseline = true;
    commitment->baseline = dec("10");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "11", "2020-01-10"); /* 1 in 10 days: 5 more on 29 February */
    assert_forecast(as_of(s, "2020-02-01"), "2019-12-31", "0.7", "2020-02-29", "46.6", false);
}

static void counts_and_shares_begin_with_zero(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 4);
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    reach(s, "a", "begun", "2020-01-25"); /* 25 % in 25 days */
    assert_forecast(as_of(s, "2020-03-01"), "2019-12-31", "7", "2020-04-09", "366", false);
    cancel(s, "a"); /* what a project given up had reported remains a day on which nothing is reached */
    assert_forecast(as_of(s, "2020-03-01"), "2019-12-31", "0", NULL, "0", true);
}

/* The value of nothing above the line is the offset. */
static void an_origin_of_zero_above_the_line_has_the_offset_as_its_value(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "150");
    commitment->indicator.offset = dec("100");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "10", "2020-01-10"); /* 110, from 100: 40 more in 40 days */
    assert_forecast(as_of(s, "2020-02-01"), "2019-12-31", "7", "2020-02-19", "466", false);
}

static void a_level_without_origin_needs_two_days(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report_levels(s, 2);
    assert_false(as_of(s, "2020-01-19").has_forecast);
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "28", "2020-02-04", "1424", false);
}

static void a_ratio_has_no_origin_although_its_measures_are_cumulative(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "30", "2020-03-31");
    report(s, "spending", "50", "2020-03-31");
    assert_false(as_of(s, "2020-07-01").has_forecast);
    report(s, "livelihood", "70", "2020-06-29"); /* above the line first: 140 % on that day */
    report(s, "spending", "100", "2020-06-30");
    /* Days: 30 June, 29 June, 31 March. 70 % now, 60 % on 31 March, 91 days before: 7 × 10 ÷ 91 = 0.7692… a week; 5 ×
     * 91 ÷ 10 = 45.5, so on day 46, 15 August; 70 + 10 × 184 ÷ 91 = 90.2197… */
    assert_forecast(as_of(s, "2020-07-01"), "2020-03-31", "0.769230769", "2020-08-15", "90.21978022", false);
}

static void a_cumulative_year_that_began_anew_begins_at_its_own_origin(void **state)
{
    (void)state;
    STORY;
    measure(s, "spent", "万元", MEASURE_CUMULATIVE);
    struct commitment *commitment = promise(s, "spent-all", RULE_LATEST, COMPARISON_AT_LEAST, "365");
    above(s, commitment, "spent");
    commitment->due = day("2021-12-31");
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report(s, "spent", "300", "2020-12-01");
    report(s, "spent", "31", "2021-01-31");
    assert_forecast(as_of(s, "2021-02-01"), "2020-12-31", "7", "2021-12-31", "365", false);
}

/* No forecast */

static void what_is_reported_before_the_start_has_no_pace_yet(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150")->start = day("2020-04-01");
    moment(s, "2020-05-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "10", "2020-03-01");
    assert_value(as_of(s, "2020-03-10"), "10");
    assert_false(as_of(s, "2020-03-10").has_forecast);
    report(s, "smes", "10", "2020-04-01");
    assert_true(as_of(s, "2020-04-01").has_forecast);
}

static void no_forecast_from_a_day_of_another_scope(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    s->plan.rules.pace_reports = 1;
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report_scope(s, "level", SCOPE_2020, "10", "2020-01-10");
    report_scope(s, "level", SCOPE_2019, "90", "2020-01-10"); /* received last: that day's figure is of this scope */
    report_scope(s, "level", SCOPE_2020, "20", "2020-01-20");
    assert_value(as_of(s, "2020-01-10"), "90");
    assert_value(as_of(s, "2020-03-01"), "20");
    assert_false(as_of(s, "2020-03-01").has_forecast);
    report_scope(s, "level", SCOPE_2020, "12", "2020-01-12");
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-12", "7", "2020-04-09", "366", false);
}

static void no_forecast_from_a_day_on_which_the_figure_was_unknown(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    s->plan.rules.pace_reports = 1;
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "revenue", "50", "2020-05-31"); /* no base */
    report(s, "revenue", "100", "2019-06-30");
    report(s, "revenue", "103", "2020-06-30");
    assert_value(as_of(s, "2020-07-01"), "3");
    assert_false(as_of(s, "2020-07-01").has_forecast);
    report(s, "revenue", "50", "2019-05-31"); /* 0 % in May: 3 points in 30 days */
    assert_forecast(as_of(s, "2020-07-01"), "2020-05-31", "0.7", "2020-07-30", "21.4", false);
}

static void floors_unknown_reached_and_overdue_have_none(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    moment(s, "2021-02-01T09:00:00+08:00");
    publish(s);
    report_levels(s, 5);
    assert_true(as_of(s, "2020-12-31").has_forecast);
    assert_false(as_of(s, "2020-12-31").forecast.pace_needed_known);
    assert_false(as_of(s, "2021-01-01").has_forecast);
    assert_false(as_of(s, "2020-01-01").has_forecast);
    extend(s, "level-kept", "2021-06-30");
    assert_true(as_of(s, "2021-02-01").has_forecast);
    adjust(s, "level-kept", "70", "2021-02-01");
    assert_false(as_of(s, "2021-02-01").has_forecast);
    s->commitments[0].hold = HOLD_ALL_YEAR;
    s->commitments[0].target = dec("99");
    publish(s);
    assert_false(as_of(s, "2020-12-31").has_forecast);
}

/* Which way */

static void a_falling_value_never_reaches_what_must_rise(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "60", "2020-01-10");
    report(s, "level", "50", "2020-01-20");
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "-7", NULL, "-296", true);
    assert_decimal(as_of(s, "2020-03-01").forecast.weekly_pace_needed, "1.147540984"); /* 7 × 50 ÷ 305 */
}

static void a_falling_value_reaches_what_must_fall(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_MOST, "10");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "60", "2020-01-10");
    report(s, "level", "50", "2020-01-20"); /* 40 more in 40 days */
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "-7", "2020-02-29", "-296", false);
    assert_decimal(as_of(s, "2020-03-01").forecast.weekly_pace_needed, "-0.918032787"); /* 7 × −40 ÷ 305 */
}

static void a_value_that_stands_still_never_reaches(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "50", "2020-01-10");
    report(s, "level", "50", "2020-01-20");
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "0", NULL, "50", true);
}

static void more_than_the_target_is_reached_a_day_after_the_target_is(void **state)
{
    (void)state;
    static const struct {
        enum comparison comparison;
        const char *from, *to, *reached_on;
    } cases[] = {{COMPARISON_AT_LEAST, "40", "50", "2020-02-09"},
                 {COMPARISON_MORE_THAN, "40", "50", "2020-02-10"},
                 {COMPARISON_AT_MOST, "100", "90", "2020-02-09"},
                 {COMPARISON_LESS_THAN, "100", "90", "2020-02-10"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        STORY;
        promise_level(s, cases[i].comparison, "70"); /* 20 away, 1 a day */
        moment(s, "2020-03-01T09:00:00+08:00");
        publish(s);
        report(s, "level", cases[i].from, "2020-01-10");
        report(s, "level", cases[i].to, "2020-01-20");
        assert_int_equal(as_of(s, "2020-03-01").forecast.reached_on, day(cases[i].reached_on));
    }
}

static void what_stands_at_the_target_and_must_exceed_it_does_so_with_any_rise(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_MORE_THAN, "50");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "49.999999999", "2020-01-10");
    report(s, "level", "50", "2020-01-20");
    assert_forecast(as_of(s, "2020-03-01"), "2020-01-10", "0.000000001", "2020-01-21", "50.000000035", false);
}

/* One third of 100 is below 33.333333333…, but the published value is what the forecast is made of. */
static void the_published_values_are_what_a_forecast_is_made_of(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "33.333333333", 3);
    s->commitments[0].target = dec("66.666666667");
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    register_road(s, "b");
    reach(s, "a", "begun", "2020-01-10");
    reach(s, "b", "begun", "2020-01-20");
    struct standing standing = as_of(s, "2020-03-01");
    assert_value(standing, "66.666666667"); /* rounded up from 66.6666666666… */
    assert_false(standing.reached);
    assert_int_equal(standing.forecast.reached_on, day("2020-01-20")); /* n = 0 */
}

static void the_last_day_of_2099_is_the_last_that_is_told(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "29201"); /* from 2020-01-20 to 2099-12-31 are 29200 days */
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "0", "2020-01-19");
    uint64_t first = report(s, "level", "1", "2020-01-20");
    assert_int_equal(as_of(s, "2020-03-01").forecast.reached_on, day("2099-12-31"));
    assert_true(as_of(s, "2020-03-01").forecast.misses);
    adjust(s, "level-kept", "29201.000000001", "2020-03-01");
    assert_false(as_of(s, "2020-03-01").forecast.reaches);
    assert_true(ask(s, "level-kept", "2020-03-01", first).forecast.reaches);
}

static void a_forecast_on_the_deadline_does_not_miss_it(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "71")->due = day("2020-02-10"); /* 21 away, 1 a day */
    moment(s, "2020-01-30T09:00:00+08:00");
    publish(s);
    report(s, "level", "40", "2020-01-10");
    report(s, "level", "50", "2020-01-20");
    assert_forecast(as_of(s, "2020-01-30"), "2020-01-10", "7", "2020-02-10", "71", false);
    adjust(s, "level-kept", "71.000000001", "2020-01-30"); /* the target in force */
    assert_forecast(as_of(s, "2020-01-30"), "2020-01-10", "7", "2020-02-11", "71", true);
    extend(s, "level-kept", "2020-02-11");
    assert_forecast(as_of(s, "2020-01-30"), "2020-01-10", "7", "2020-02-11", "72", false);
}

/* 10⁻⁹ in 2 days is half of 10⁻⁹ a day: after 1 day 0.0000000015, which rounds as a whole to the even 0.000000002. */
static void the_value_at_the_deadline_is_rounded_as_a_whole(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "1")->due = day("2020-01-21");
    moment(s, "2020-01-20T09:00:00+08:00");
    publish(s);
    report(s, "level", "0", "2020-01-18");
    report(s, "level", "0.000000001", "2020-01-20");
    assert_decimal(as_of(s, "2020-01-20").forecast.value_at_deadline, "0.000000002");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_communities_in_2020_with_the_pace_of_one_report),
        cmocka_unit_test(old_communities_in_2021_from_the_oldest_of_three_reports),
        cmocka_unit_test(old_communities_in_2021_with_the_pace_of_one_report),
        cmocka_unit_test(investment_in_august_with_the_origin_of_a_cumulative_total),
        cmocka_unit_test(investment_in_october_from_the_beginning_of_the_year),
        cmocka_unit_test(investment_in_october_at_the_pace_of_two_months_misses),
        cmocka_unit_test(investment_at_the_end_is_reached_and_needs_no_forecast),
        cmocka_unit_test(three_reporting_days_before_the_newest_unless_the_plan_says_otherwise),
        cmocka_unit_test(a_day_on_which_several_report_is_one_day),
        cmocka_unit_test(withdrawn_reports_and_later_days_make_no_days),
        cmocka_unit_test(a_sum_begins_with_zero_on_the_evening_before_the_start),
        cmocka_unit_test(a_baseline_is_the_value_on_the_evening_before_the_start),
        cmocka_unit_test(counts_and_shares_begin_with_zero),
        cmocka_unit_test(an_origin_of_zero_above_the_line_has_the_offset_as_its_value),
        cmocka_unit_test(a_level_without_origin_needs_two_days),
        cmocka_unit_test(a_ratio_has_no_origin_although_its_measures_are_cumulative),
        cmocka_unit_test(a_cumulative_year_that_began_anew_begins_at_its_own_origin),
        cmocka_unit_test(what_is_reported_before_the_start_has_no_pace_yet),
        cmocka_unit_test(no_forecast_from_a_day_of_another_scope),
        cmocka_unit_test(no_forecast_from_a_day_on_which_the_figure_was_unknown),
        cmocka_unit_test(floors_unknown_reached_and_overdue_have_none),
        cmocka_unit_test(a_falling_value_never_reaches_what_must_rise),
        cmocka_unit_test(a_falling_value_reaches_what_must_fall),
        cmocka_unit_test(a_value_that_stands_still_never_reaches),
        cmocka_unit_test(more_than_the_target_is_reached_a_day_after_the_target_is),
        cmocka_unit_test(what_stands_at_the_target_and_must_exceed_it_does_so_with_any_rise),
        cmocka_unit_test(the_published_values_are_what_a_forecast_is_made_of),
        cmocka_unit_test(the_last_day_of_2099_is_the_last_that_is_told),
        cmocka_unit_test(a_forecast_on_the_deadline_does_not_miss_it),
        cmocka_unit_test(the_value_at_the_deadline_is_rounded_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
