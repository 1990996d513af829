/* Targets and deadlines in force, what was known at a sequence, and the memory of red: docs/domain.md, sections 1
 * and 3. */
#include "support/metrics_story.h"

#include <string.h>

/* Two targets */

/* The district's revenue of 2020 in 万元: 567858 approved, 537471 as adjusted, 544209 in the end.
 * 544209 ÷ 567858 = 95.8354 %, 544209 ÷ 537471 = 101.2536 %. */
static void revenue_of_2020_is_attained_to_95_of_the_approved_and_101_of_the_adjusted_target(void **state)
{
    (void)state;
    STORY;
    measure(s, "revenue", "万元", MEASURE_CUMULATIVE);
    above(s, promise(s, "revenue", RULE_LATEST, COMPARISON_AT_LEAST, "567858"), "revenue");
    moment(s, "2020-11-21T09:00:00+08:00");
    publish(s);
    adjust(s, "revenue", "537471", "2020-11-20");
    moment(s, "2021-02-02T09:00:00+08:00");
    report_scope(s, "revenue", SCOPE_2020, "544209", "2020-12-31");
    struct standing standing = as_of(s, "2020-12-31");
    char text[DECIMAL_TEXT_BYTES];
    assert_string_equal(decimal_format_places(standing.approved_attainment, 2, text), "95.84");
    assert_string_equal(decimal_format_places(standing.attainment, 2, text), "101.25");
    assert_decimal(standing.approved_attainment, "95.835402513");
    assert_decimal(standing.attainment, "101.253649034");
    assert_decimal(standing.target, "537471");
    assert_decimal(standing.approved_target, "567858");
    assert_true(standing.reached);
    assert_int_equal(standing.colour, COLOUR_GREEN);
}

static void without_an_adjustment_both_attainments_are_the_same(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "12", "2020-06-30");
    struct standing standing = as_of(s, "2020-07-01");
    assert_decimal(standing.attainment, "75");
    assert_decimal(standing.approved_attainment, "75");
    assert_decimal(standing.approved_target, "16");
    assert_int_equal(standing.due, day("2020-12-31"));
}

/* Each attainment is decided against its own target, also where there is no way to go. */
static void a_ceiling_may_hold_for_one_target_and_not_for_the_other(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_MOST, "10");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "12", "2020-06-30");
    adjust(s, "level-kept", "15", "2020-07-01");
    struct standing standing = as_of(s, "2020-07-01");
    assert_true(standing.reached);
    assert_decimal(standing.attainment, "100");
    assert_decimal(standing.approved_attainment, "83.333333333");
}

/* Changes */

static void an_adjustment_holds_from_the_day_of_its_decision(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-10T09:00:00+08:00");
    uint64_t before = publish(s);
    uint64_t change = adjust(s, "level-kept", "12", "2020-07-05");
    assert_decimal(as_of(s, "2020-07-04").target, "16");
    assert_decimal(as_of(s, "2020-07-05").target, "12");
    assert_decimal(as_of(s, "2020-07-05").approved_target, "16");
    assert_decimal(ask(s, "level-kept", "2020-07-10", before).target, "16");
    assert_decimal(ask(s, "level-kept", "2020-07-10", change).target, "12");
}

static void of_several_adjustments_the_one_decided_last_holds_and_of_one_day_the_last_received(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-10T09:00:00+08:00");
    publish(s);
    adjust(s, "level-kept", "12", "2020-07-05");
    adjust(s, "level-kept", "13", "2020-07-01");
    assert_decimal(as_of(s, "2020-07-04").target, "13");
    assert_decimal(as_of(s, "2020-07-10").target, "12");
    adjust(s, "level-kept", "14", "2020-07-05");
    assert_decimal(as_of(s, "2020-07-10").target, "14");
}

static void an_extension_holds_from_the_day_on_which_it_was_granted(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-12-01T09:00:00+08:00");
    publish(s);
    const char *request = ask_for(s, "level-kept", "2021-03-31");
    moment(s, "2020-12-10T09:00:00+08:00");
    uint64_t granted = decide(s, request, true);
    assert_int_equal(as_of(s, "2020-12-09").due, day("2020-12-31"));
    assert_int_equal(as_of(s, "2020-12-10").due, day("2021-03-31"));
    assert_int_equal(ask(s, "level-kept", "2020-12-10", granted - 1).due, day("2020-12-31"));
    extend(s, "level-kept", "2021-02-28"); /* the last one received holds, whatever it says */
    assert_int_equal(as_of(s, "2020-12-10").due, day("2021-02-28"));
}

static void a_refused_extension_changes_nothing(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-12-01T09:00:00+08:00");
    publish(s);
    decide(s, ask_for(s, "level-kept", "2021-03-31"), false);
    advance(s, "2020-12-02");
    assert_int_equal(as_of(s, "2020-12-01").due, day("2020-12-31"));
    assert_int_equal(s->log_count, 1);
}

/* A plan with an adjusted and extended commitment, and its revision by the test. */
static struct commitment *changed_both(struct story *s)
{
    struct commitment *commitment = promise_level(s, COMPARISON_AT_LEAST, "16");
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    adjust(s, "level-kept", "12", "2020-07-01");
    extend(s, "level-kept", "2021-03-31");
    return commitment;
}

static void assert_terms(const struct story *s, uint64_t sequence, const char *target, const char *due)
{
    struct standing standing = ask(s, "level-kept", "2020-07-01", sequence);
    assert_decimal(standing.target, target);
    assert_int_equal(standing.due, day(due));
}

static void a_revision_that_leaves_target_and_deadline_keeps_the_changes(void **state)
{
    (void)state;
    STORY;
    changed_both(s)->name_en = "Other";
    assert_terms(s, publish(s), "12", "2021-03-31");
}

static void a_revision_with_another_target_ends_adjustments_alone(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = changed_both(s);
    uint64_t before = s->sequence;
    commitment->target = dec("14");
    assert_terms(s, publish(s), "14", "2021-03-31");
    assert_terms(s, before, "12", "2021-03-31"); /* as it was known then */
    adjust(s, "level-kept", "13", "2020-07-01");
    assert_terms(s, UINT64_MAX, "13", "2021-03-31");
}

static void a_revision_with_another_deadline_ends_extensions_alone(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = changed_both(s);
    commitment->due = day("2020-11-30");
    assert_terms(s, publish(s), "12", "2020-11-30");
}

static void a_revision_that_leaves_the_commitment_out_ends_both(void **state)
{
    (void)state;
    STORY;
    changed_both(s);
    struct commitment first = s->commitments[0], second = s->commitments[1];
    s->commitments[0] = second;
    s->plan.commitment_count = 1;
    publish(s);
    s->commitments[1] = first;
    s->plan.commitment_count = 2;
    assert_terms(s, publish(s), "16", "2020-12-31");
}

static void a_change_of_target_or_deadline_is_published_and_of_its_commitment_alone(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    moment(s, "2020-07-01T10:00:00+08:00");
    adjust(s, "level-kept", "12", "2020-07-01");
    moment(s, "2020-07-01T11:00:00+08:00");
    extend(s, "level-kept", "2021-03-31");
    moment(s, "2020-07-01T12:00:00+08:00");
    s->commitments[0].target = dec("12"); /* what was adjusted is approved: only that differs, and the revision */
    publish(s);
    advance(s, "2020-07-02");
    assert_int_equal(s->log_count, 6);
    assert_emitted(s, 2, "2020-07-01T10:00:00+08:00", "level-kept", COLOUR_GREY);
    assert_decimal(s->log[2].standing.target, "12");
    assert_decimal(s->log[2].standing.approved_target, "16");
    assert_emitted(s, 3, "2020-07-01T11:00:00+08:00", "level-kept", COLOUR_GREY);
    assert_int_equal(s->log[3].standing.due, day("2021-03-31"));
    assert_decimal(s->log[4].standing.approved_target, "12");
}

/* Figures and expectations with an extension */

static void an_extension_lowers_what_is_expected_along_a_straight_line(void **state)
{
    (void)state;
    STORY;
    expect_sixty(s, promise_level(s, COMPARISON_AT_LEAST, "100"));
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "25", "2020-06-30");
    assert_int_equal(as_of(s, "2020-07-01").colour, COLOUR_RED); /* 25 < 60 − 30 */
    extend(s, "level-kept", "2021-12-31");
    /* 1 July is the 183rd day of 366 + 365 = 731: 25.034 % are expected instead of the curve's 60. */
    struct standing standing = as_of(s, "2020-07-01");
    assert_decimal(standing.expected, "25.034199726");
    assert_int_equal(standing.colour, COLOUR_GREEN);
    assert_decimal(as_of(s, "2021-12-31").expected, "100");
    assert_decimal(as_of(s, "2020-06-30").expected, "60"); /* not granted yet on that day */
}

static void an_extended_deadline_is_overdue_only_after_it(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "100");
    moment(s, "2020-12-30T09:00:00+08:00");
    publish(s);
    report(s, "level", "99", "2020-12-30");
    extend(s, "level-kept", "2021-01-31");
    advance(s, "2021-02-02");
    assert_int_equal(as_of(s, "2021-01-31").colour, COLOUR_GREEN);
    assert_int_equal(as_of(s, "2021-02-01").colour, COLOUR_RED);
    assert_emitted(s, s->log_count - 1, "2021-02-01T00:00:00+08:00", "level-kept", COLOUR_RED);
}

static void a_floor_holds_as_long_as_the_deadline_in_force(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-12-30T09:00:00+08:00");
    publish(s);
    report(s, "level", "99", "2020-12-30");
    extend(s, "level-kept", "2021-01-31");
    assert_decimal(as_of(s, "2021-01-15").expected, "100");
    assert_false(as_of(s, "2021-01-15").has_forecast);
}

/* The total of the deadline's year counts after the deadline: of the deadline in force. */
static void a_cumulative_total_counts_in_the_year_of_the_deadline_in_force(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-12-30T09:00:00+08:00");
    publish(s);
    report(s, "livelihood", "40", "2020-11-30");
    report(s, "spending", "50", "2020-11-30");
    assert_value(as_of(s, "2021-01-31"), "80");
    extend(s, "livelihood-share", "2021-06-30");
    assert_unknown(as_of(s, "2021-01-31")); /* the year began anew */
    moment(s, "2021-02-02T09:00:00+08:00");
    report(s, "livelihood", "3", "2021-01-31");
    report(s, "spending", "5", "2021-01-31");
    assert_value(as_of(s, "2021-02-02"), "60");
    assert_value(as_of(s, "2022-02-02"), "60");
}

/* As of a sequence */

static void the_revision_that_was_known_is_computed_by(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    uint64_t first = publish(s);
    uint64_t reported = report(s, "level", "12", "2020-06-30");
    commitment->target = dec("24");
    commitment->has_baseline = true;
    commitment->baseline = dec("8");
    uint64_t second = publish(s);
    assert_unknown(ask(s, "level-kept", "2020-07-01", first));
    struct standing standing = ask(s, "level-kept", "2020-07-01", reported);
    assert_int_equal(standing.revision, 1);
    assert_decimal(standing.attainment, "75");
    assert_decimal(standing.approved_target, "16");
    standing = ask(s, "level-kept", "2020-07-01", second);
    assert_int_equal(standing.revision, 2);
    assert_decimal(standing.attainment, "25");
    assert_int_equal(standing.updates_sequence, second);
}

static void count_answers(void *context, const struct metrics_answer *found)
{
    (void)found;
    ++*(size_t *)context;
}

static size_t answers_at(const struct story *s, const char *commitment, uint64_t sequence)
{
    struct metrics_question question = {DIVISION, 2020, "", commitment, day("2020-07-01"), sequence};
    size_t count = 0;
    metrics_ask(s->metrics, &question, count_answers, &count);
    return count;
}

static void commitments_are_those_of_the_revision_that_was_known(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    uint64_t first = publish(s);
    promise_level(s, COMPARISON_AT_LEAST, "16");
    uint64_t second = publish(s);
    s->plan.commitment_count = 1;
    uint64_t third = publish(s);
    assert_int_equal(answers_at(s, "", 0), 0);
    assert_int_equal(answers_at(s, "", first), 1);
    assert_int_equal(answers_at(s, "level-kept", second), 1);
    assert_int_equal(answers_at(s, "level-kept", third), 0);
}

static void projects_and_their_states_are_those_that_were_known(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    uint64_t reached = reach(s, "a", "begun", "2020-06-30");
    register_road(s, "b");
    uint64_t two = s->sequence;
    cancel(s, "a");
    assert_value(ask(s, "roads-begun", "2020-07-01", reached), "100");
    assert_value(ask(s, "roads-begun", "2020-07-01", two), "50");
    assert_value(ask(s, "roads-begun", "2020-07-01", UINT64_MAX), "0");
}

/* The memory of red */

/* A floor that breaks in March and is mended in April. */
static uint64_t break_and_mend(struct story *s)
{
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    s->commitments[0].due = day("2021-12-31");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "99", "2020-01-31");
    moment(s, "2020-03-01T09:00:00+08:00");
    uint64_t broken = report(s, "level", "97", "2020-03-01");
    moment(s, "2020-04-01T09:00:00+08:00");
    report(s, "level", "99", "2020-04-01");
    return broken;
}

static void a_red_of_2020_is_remembered_to_31_december_and_leaves_no_mark_on_2021(void **state)
{
    (void)state;
    STORY;
    break_and_mend(s);
    advance(s, "2021-02-01");
    assert_int_equal(s->log_count, 4);
    assert_emitted(s, 1, "2020-03-01T09:00:00+08:00", "level-kept", COLOUR_RED);
    assert_emitted(s, 2, "2020-04-01T09:00:00+08:00", "level-kept", COLOUR_YELLOW);
    assert_emitted(s, 3, "2021-01-01T00:00:00+08:00", "level-kept", COLOUR_GREEN);
    assert_int_equal(as_of(s, "2020-12-31").colour, COLOUR_YELLOW); /* also when it is asked in the next year */
    assert_int_equal(as_of(s, "2021-01-01").colour, COLOUR_GREEN);
}

static void a_red_that_lasts_into_the_new_year_is_remembered_there_from_its_first_day(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    s->commitments[0].due = day("2021-12-31");
    moment(s, "2020-12-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "97", "2020-12-01");
    moment(s, "2021-01-15T09:00:00+08:00");
    report(s, "level", "99", "2021-01-15");
    advance(s, "2021-02-01");
    assert_int_equal(s->log_count, 2);
    assert_emitted(s, 1, "2021-01-15T09:00:00+08:00", "level-kept", COLOUR_YELLOW);
    assert_int_equal(as_of(s, "2020-11-30").colour, COLOUR_GREY);
}

static void the_memory_of_each_year_stands_beside_that_of_others(void **state)
{
    (void)state;
    STORY;
    break_and_mend(s);
    moment(s, "2021-06-01T09:00:00+08:00");
    report(s, "level", "90", "2021-06-01");
    moment(s, "2021-07-01T09:00:00+08:00");
    report(s, "level", "99", "2021-07-01");
    advance(s, "2021-08-01");
    assert_int_equal(as_of(s, "2020-02-29").colour, COLOUR_GREEN);
    assert_int_equal(as_of(s, "2020-04-01").colour, COLOUR_YELLOW);
    assert_int_equal(as_of(s, "2021-05-31").colour, COLOUR_GREEN);
    assert_int_equal(as_of(s, "2021-07-01").colour, COLOUR_YELLOW);
}

/* The report that breaks the floor is known at sequence `broken`; the red was published when it was. */
static void at_an_earlier_sequence_a_later_red_is_not_known(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    uint64_t good = report(s, "level", "99", "2020-01-31");
    moment(s, "2020-03-01T09:00:00+08:00");
    uint64_t broken = report(s, "level", "97", "2020-03-01");
    moment(s, "2020-04-01T09:00:00+08:00");
    uint64_t mended = report(s, "level", "99", "2020-04-01");
    advance(s, "2020-05-01");
    assert_int_equal(ask(s, "level-kept", "2020-05-01", good).colour, COLOUR_GREEN);
    assert_int_equal(ask(s, "level-kept", "2020-05-01", broken).colour, COLOUR_RED);
    assert_int_equal(ask(s, "level-kept", "2020-05-01", mended).colour, COLOUR_YELLOW);
    assert_int_equal(ask(s, "level-kept", "2020-02-29", mended).colour, COLOUR_GREEN);
}

/* A red that only time brought, at a midnight, was published with the last update that was known then. */
static void a_red_of_a_midnight_is_known_at_the_sequence_that_it_was_published_with(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-01-02T09:00:00+08:00");
    publish(s);
    uint64_t late = report(s, "smes", "10", "2020-01-02"); /* red on 26 May: midnights_turn_green_to_yellow_to_red */
    moment(s, "2020-06-01T09:00:00+08:00");
    report(s, "smes", "90", "2020-06-01");
    advance(s, "2020-06-02");
    assert_int_equal(as_of(s, "2020-06-01").colour, COLOUR_YELLOW);
    assert_int_equal(ask(s, "smes-new", "2020-03-01", late).colour, COLOUR_GREEN);
    assert_int_equal(ask(s, "smes-new", "2020-06-01", late).colour, COLOUR_RED);
}

static void the_memory_of_red_outlasts_changes_and_revisions(void **state)
{
    (void)state;
    STORY;
    break_and_mend(s);
    adjust(s, "level-kept", "90", "2020-04-01");
    extend(s, "level-kept", "2022-12-31");
    s->commitments[0].name_en = "Other";
    publish(s);
    advance(s, "2020-05-01");
    assert_int_equal(as_of(s, "2020-05-01").colour, COLOUR_YELLOW);
}

/* What is published */

static void what_only_passes_with_the_days_is_not_published_although_a_forecast_is(void **state)
{
    (void)state;
    STORY;
    expect_sixty(s, promise_level(s, COMPARISON_AT_LEAST, "100"));
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "60", "2020-01-01");
    report(s, "level", "70", "2020-01-31");
    advance(s, "2020-12-31T23:00:00+08:00");
    assert_int_equal(s->log_count, 1);
    assert_true(s->log[0].standing.has_forecast);
    assert_true(s->log[0].standing.forecast.pace_needed_known);
    assert_decimal(s->log[0].standing.forecast.weekly_pace_needed, "0.628742515"); /* 7 × 30 ÷ 334 */
    assert_decimal(as_of(s, "2020-12-30").forecast.weekly_pace_needed, "210");
}

static void a_forecast_that_changes_is_published_although_value_and_day_stay(void **state)
{
    (void)state;
    STORY;
    expect_sixty(s, promise_level(s, COMPARISON_AT_LEAST, "100"));
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "level", "60", "2020-01-01");
    report(s, "level", "70", "2020-01-31");
    moment(s, "2020-02-02T09:00:00+08:00");
    report(s, "level", "65", "2020-01-01"); /* a correction of the day that the pace is taken from */
    advance(s, "2020-02-03");
    assert_int_equal(s->log_count, 2);
    assert_decimal(s->log[1].standing.value, "70");
    assert_decimal(s->log[1].standing.forecast.weekly_pace, "1.166666667"); /* 7 × 5 ÷ 30 */
}

static void a_made_up_report_marks_the_figure_that_it_is_in(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "10", "2020-01-10");
    moment(s, "2020-02-02T09:00:00+08:00");
    s->source = "/simulated/smes";
    report(s, "smes", "0", "2020-01-10"); /* replaces it */
    uint64_t made_up = report(s, "smes", "10", "2020-01-10");
    s->source = "/simulate"; /* not below it */
    report(s, "smes", "1", "2020-01-11");
    assert_true(as_of(s, "2020-02-02").simulated);
    assert_false(as_of(s, "2020-01-09").simulated);
    s->source = "/simulated/smes";
    withdraw(s, made_up);
    withdraw(s, made_up - 1);
    assert_false(as_of(s, "2020-02-02").simulated);
    assert_true(ask(s, "smes-new", "2020-02-02", made_up).simulated);
}

static void made_up_milestones_denominators_and_bases_mark_figures_too(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "1", 0);
    promise_spending_share(s);
    promise_revenue_growth(s);
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    register_road(s, "a");
    register_road(s, "b");
    report(s, "livelihood", "1", "2020-01-31");
    report(s, "revenue", "1", "2020-01-31");
    reach(s, "a", "planned", "2020-01-31");
    s->source = "/simulated/x";
    report(s, "spending", "2", "2020-01-31");
    report(s, "revenue", "2", "2019-01-31");
    reach(s, "b", "begun", "2020-01-31");
    assert_true(ask(s, "roads-begun", "2020-02-01", UINT64_MAX).simulated);
    assert_true(ask(s, "livelihood-share", "2020-02-01", UINT64_MAX).simulated);
    assert_true(ask(s, "revenue-growth", "2020-02-01", UINT64_MAX).simulated);
    cancel(s, "b");
    assert_false(ask(s, "roads-begun", "2020-02-01", UINT64_MAX).simulated);
}

static void that_a_figure_is_made_up_is_published_although_nothing_else_changes(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-02-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "10", "2020-01-10");
    moment(s, "2020-02-02T09:00:00+08:00");
    s->source = "/simulated/smes";
    report(s, "smes", "10", "2020-01-10");
    advance(s, "2020-02-03");
    assert_int_equal(s->log_count, 2);
    assert_true(s->log[1].standing.simulated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revenue_of_2020_is_attained_to_95_of_the_approved_and_101_of_the_adjusted_target),
        cmocka_unit_test(without_an_adjustment_both_attainments_are_the_same),
        cmocka_unit_test(a_ceiling_may_hold_for_one_target_and_not_for_the_other),
        cmocka_unit_test(an_adjustment_holds_from_the_day_of_its_decision),
        cmocka_unit_test(of_several_adjustments_the_one_decided_last_holds_and_of_one_day_the_last_received),
        cmocka_unit_test(an_extension_holds_from_the_day_on_which_it_was_granted),
        cmocka_unit_test(a_refused_extension_changes_nothing),
        cmocka_unit_test(a_revision_that_leaves_target_and_deadline_keeps_the_changes),
        cmocka_unit_test(a_revision_with_another_target_ends_adjustments_alone),
        cmocka_unit_test(a_revision_with_another_deadline_ends_extensions_alone),
        cmocka_unit_test(a_revision_that_leaves_the_commitment_out_ends_both),
        cmocka_unit_test(a_change_of_target_or_deadline_is_published_and_of_its_commitment_alone),
        cmocka_unit_test(an_extension_lowers_what_is_expected_along_a_straight_line),
        cmocka_unit_test(an_extended_deadline_is_overdue_only_after_it),
        cmocka_unit_test(a_floor_holds_as_long_as_the_deadline_in_force),
        cmocka_unit_test(a_cumulative_total_counts_in_the_year_of_the_deadline_in_force),
        cmocka_unit_test(the_revision_that_was_known_is_computed_by),
        cmocka_unit_test(commitments_are_those_of_the_revision_that_was_known),
        cmocka_unit_test(projects_and_their_states_are_those_that_were_known),
        cmocka_unit_test(a_red_of_2020_is_remembered_to_31_december_and_leaves_no_mark_on_2021),
        cmocka_unit_test(a_red_that_lasts_into_the_new_year_is_remembered_there_from_its_first_day),
        cmocka_unit_test(the_memory_of_each_year_stands_beside_that_of_others),
        cmocka_unit_test(at_an_earlier_sequence_a_later_red_is_not_known),
        cmocka_unit_test(a_red_of_a_midnight_is_known_at_the_sequence_that_it_was_published_with),
        cmocka_unit_test(the_memory_of_red_outlasts_changes_and_revisions),
        cmocka_unit_test(what_only_passes_with_the_days_is_not_published_although_a_forecast_is),
        cmocka_unit_test(a_forecast_that_changes_is_published_although_value_and_day_stay),
        cmocka_unit_test(a_made_up_report_marks_the_figure_that_it_is_in),
        cmocka_unit_test(made_up_milestones_denominators_and_bases_mark_figures_too),
        cmocka_unit_test(that_a_figure_is_made_up_is_published_although_nothing_else_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
