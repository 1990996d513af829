/* Explanations list exactly what counts, and why the rest does not; roll-ups add what may be added: docs/domain.md,
 * sections 2 and 8. */
#include "support/metrics_story.h"

#include "metrics/explain.h"
#include "metrics/roll_up.h"

#include <stdio.h>
#include <string.h>

/* Explanations */

static bool explain(const struct story *s, const char *commitment, const char *as_of, uint64_t sequence,
                    struct explanation *out_explanation)
{
    struct metrics_question question = {DIVISION, 2020, "nobody", commitment, day(as_of), sequence};
    return metrics_explain(s->metrics, &question, out_explanation);
}

/* A line for each report: "above counted 40 2020-06-30 #2". */
static void assert_explained(const struct story *s, const char *commitment, const char *as_of, uint64_t sequence,
                             const char *wanted)
{
    static const char *const roles[] = {"", "above", "below", "base", "milestone"};
    static const char *const uses[] = {"", "counted", "replaced", "withdrawn", "other-scope", "outside"};
    CLEANUP(explanation_done) struct explanation explanation = {.reports = NULL};
    assert_true(explain(s, commitment, as_of, sequence, &explanation));
    char text[4096] = "";
    for (size_t i = 0; i < explanation.report_count; i++) {
        const struct explained_report *explained = &explanation.reports[i];
        char value[DECIMAL_TEXT_BYTES], on[DAY_TEXT_BYTES];
        const char *what = *explained->line->milestone != '\0' ? explained->line->milestone
                                                               : decimal_format(explained->report->value, value);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s %s%s%s %s #%llu\n", roles[explained->role],
                 uses[explained->use], explained->line->project, *explained->line->project == '\0' ? "" : " ", what,
                 day_format(explained->report->day, on), (unsigned long long)explained->report->sequence);
    }
    assert_string_equal(text, wanted);
}

static void of_increments_the_last_of_each_day_counts(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "150");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report(s, "smes", "9", "2019-12-31");
    report(s, "smes", "40", "2020-06-01");
    report(s, "smes", "44", "2020-06-01");
    uint64_t third = report(s, "smes", "5", "2020-06-02");
    report(s, "smes", "1", "2020-06-30");
    withdraw(s, third);
    report(s, "smes", "2", "2020-07-02");
    assert_explained(s, "smes-new", "2020-07-01", UINT64_MAX,
                     "above outside 9 2019-12-31 #2\n"
                     "above replaced 40 2020-06-01 #3\n"
                     "above counted 44 2020-06-01 #4\n"
                     "above withdrawn 5 2020-06-02 #5\n"
                     "above counted 1 2020-06-30 #6\n"
                     "above outside 2 2020-07-02 #8\n");
    assert_value(as_of(s, "2020-07-01"), "45");
    assert_explained(s, "smes-new", "2020-06-01", 5, /* as it was known, and no later report */
                     "above outside 9 2019-12-31 #2\n"
                     "above replaced 40 2020-06-01 #3\n"
                     "above counted 44 2020-06-01 #4\n"
                     "above outside 5 2020-06-02 #5\n");
}

static void of_totals_and_levels_the_latest_of_each_project_counts(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_project(s, "level", "b", "3", "2020-06-01");
    report_project(s, "level", "a", "4", "2019-06-01");
    report_project(s, "level", "b", "5", "2020-06-02");
    report_scope(s, "level", SCOPE_2019, "6", "2020-06-01");
    assert_explained(s, "level-kept", "2020-07-01", UINT64_MAX,
                     "above other-scope 6 2020-06-01 #5\n"
                     "above counted a 4 2019-06-01 #3\n"
                     "above replaced b 3 2020-06-01 #2\n"
                     "above counted b 5 2020-06-02 #4\n");
}

static void both_sides_of_a_ratio_are_explained(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    report_scope(s, "spending", SCOPE_2020, "100", "2020-06-30");
    report_scope(s, "spending", SCOPE_2019, "200", "2020-06-30");
    assert_explained(s, "livelihood-share", "2020-07-01", UINT64_MAX, /* unknown: what would be in it */
                     "below other-scope 100 2020-06-30 #2\n"
                     "below counted 200 2020-06-30 #3\n");
    report_scope(s, "livelihood", SCOPE_2020, "80", "2020-06-30");
    assert_explained(s, "livelihood-share", "2020-07-01", UINT64_MAX,
                     "above counted 80 2020-06-30 #4\n"
                     "below counted 100 2020-06-30 #2\n"
                     "below other-scope 200 2020-06-30 #3\n");
    assert_value(as_of(s, "2020-07-01"), "80");
}

/* The district's revenue: the base of the other scope would make +77.6 %. */
static void the_base_of_growth_is_explained_with_its_scope(void **state)
{
    (void)state;
    STORY;
    promise_revenue_growth(s);
    moment(s, "2021-02-02T09:00:00+08:00");
    publish(s);
    report_scope(s, "revenue", SCOPE_2019, "306390", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "544209", "2020-12-31");
    assert_unknown(as_of(s, "2021-02-02"));
    assert_explained(s, "revenue-growth", "2021-02-02", UINT64_MAX,
                     "above outside 306390 2019-12-31 #2\n"
                     "above counted 544209 2020-12-31 #3\n"
                     "base other-scope 306390 2019-12-31 #2\n");
    report_scope(s, "revenue", SCOPE_2020, "551264", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "551265", "2019-12-31");
    report_scope(s, "revenue", SCOPE_2020, "500000", "2019-11-30");
    assert_explained(s, "revenue-growth", "2021-02-02", UINT64_MAX,
                     "above outside 500000 2019-11-30 #6\n"
                     "above outside 306390 2019-12-31 #2\n"
                     "above outside 551264 2019-12-31 #4\n"
                     "above outside 551265 2019-12-31 #5\n"
                     "above counted 544209 2020-12-31 #3\n"
                     "base other-scope 306390 2019-12-31 #2\n"
                     "base replaced 551264 2019-12-31 #4\n"
                     "base counted 551265 2019-12-31 #5\n");
    assert_value(as_of(s, "2021-02-02"), "-1.279965171");
}

static void milestones_are_explained_by_project(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_COUNT, COMPARISON_AT_LEAST, "3", 0);
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    register_road(s, "b");
    register_road(s, "a");
    register_road(s, "c");
    reach(s, "b", "begun", "2020-03-01");
    reach(s, "b", "begun", "2020-02-01");
    reach(s, "a", "planned", "2020-01-01");
    reach(s, "c", "opened", "2020-01-01");
    withdraw(s, reach(s, "a", "begun", "2020-02-02"));
    reach(s, "a", "opened", "2020-07-02");
    cancel(s, "c");
    assert_explained(s, "roads-begun", "2020-07-01", UINT64_MAX,
                     "milestone withdrawn a begun 2020-02-02 #9\n"
                     "milestone outside a opened 2020-07-02 #11\n"
                     "milestone counted a planned 2020-01-01 #7\n"
                     "milestone counted b begun 2020-02-01 #6\n"
                     "milestone replaced b begun 2020-03-01 #5\n"
                     "milestone outside c opened 2020-01-01 #8\n");
    assert_value(as_of(s, "2020-07-01"), "1");
}

static void changes_are_told_in_order_with_the_one_in_force(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "16");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish(s);
    uint64_t first = adjust(s, "level-kept", "12", "2020-06-20");
    uint64_t second = adjust(s, "level-kept", "13", "2020-06-10");
    uint64_t third = extend(s, "level-kept", "2021-03-31");
    CLEANUP(explanation_done) struct explanation explanation = {.reports = NULL};
    assert_true(explain(s, "level-kept", "2020-07-01", UINT64_MAX, &explanation));
    assert_int_equal(explanation.change_count, 3);
    assert_int_equal(explanation.changes[0].change->sequence, first);
    assert_true(explanation.changes[0].in_force);
    assert_int_equal(explanation.changes[1].change->sequence, second);
    assert_false(explanation.changes[1].in_force);
    assert_int_equal(explanation.changes[2].change->sequence, third);
    assert_true(explanation.changes[2].in_force);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2020-06-15", second, &explanation)); /* neither the later day nor sequence */
    assert_int_equal(explanation.change_count, 1);
    assert_true(explanation.changes[0].in_force);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2020-07-01", first, &explanation)); /* not the later ones of earlier days */
    assert_int_equal(explanation.change_count, 1);
    s->commitments[0].target = dec("17");
    publish(s);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2020-07-01", UINT64_MAX, &explanation));
    assert_int_equal(explanation.change_count, 3);
    assert_false(explanation.changes[0].in_force);
    assert_true(explanation.changes[2].in_force);
}

static void the_memory_of_red_is_told_as_of_the_day_and_the_sequence(void **state)
{
    (void)state;
    STORY;
    promise_level(s, COMPARISON_AT_LEAST, "98")->hold = HOLD_ALL_YEAR;
    moment(s, "2020-03-01T09:00:00+08:00");
    publish(s);
    uint64_t broken = report(s, "level", "97", "2020-03-01");
    moment(s, "2020-04-01T09:00:00+08:00");
    report(s, "level", "99", "2020-04-01");
    advance(s, "2020-05-01");
    CLEANUP(explanation_done) struct explanation explanation = {.reports = NULL};
    assert_true(explain(s, "level-kept", "2020-05-01", UINT64_MAX, &explanation));
    assert_true(explanation.answer.was_red);
    assert_int_equal(explanation.answer.red_since, day("2020-03-01"));
    assert_int_equal(explanation.answer.red_sequence, broken);
    assert_int_equal(explanation.answer.standing.colour, COLOUR_YELLOW);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2020-02-29", UINT64_MAX, &explanation));
    assert_false(explanation.answer.was_red);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2020-05-01", broken - 1, &explanation));
    assert_false(explanation.answer.was_red);
    explanation_done(&explanation);
    assert_true(explain(s, "level-kept", "2021-01-01", UINT64_MAX, &explanation));
    assert_false(explanation.answer.was_red);
}

static void what_no_plan_has_cannot_be_explained(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    uint64_t published = publish(s);
    struct explanation explanation;
    struct metrics_question question = {DIVISION, 2020, "", "smes-new", day("2020-07-01"), published};
    assert_true(metrics_explain(s->metrics, &question, &explanation));
    explanation_done(&explanation);
    question.as_of_sequence = published - 1;
    assert_false(metrics_explain(s->metrics, &question, &explanation));
    question = (struct metrics_question){DIVISION, 2020, "", "smes", day("2020-07-01"), UINT64_MAX};
    assert_false(metrics_explain(s->metrics, &question, &explanation));
    question = (struct metrics_question){DIVISION, 2020, "", "", day("2020-07-01"), UINT64_MAX};
    assert_false(metrics_explain(s->metrics, &question, &explanation));
    question = (struct metrics_question){DIVISION, 2021, "", "smes-new", day("2020-07-01"), UINT64_MAX};
    assert_false(metrics_explain(s->metrics, &question, &explanation));
    question = (struct metrics_question){"4101", 2020, "", "smes-new", day("2020-07-01"), UINT64_MAX};
    assert_false(metrics_explain(s->metrics, &question, &explanation));
}

/* Roll-ups */

/* Publishes the story's plan for a division, from where reports then come. */
static void publish_for(struct story *s, const char *division)
{
    s->plan.division = division;
    s->plan.revision = 0;
    publish(s);
}

static void shares_for(struct story *s, const char *division, const char *livelihood, const char *spending)
{
    publish_for(s, division);
    if (livelihood == NULL)
        return;
    report(s, "livelihood", livelihood, "2020-06-30");
    report(s, "spending", spending, "2020-06-30");
}

static size_t roll_up(const struct story *s, const char *division, const char *indicator, uint64_t sequence,
                      const struct roll_up **out_rows)
{
    struct metrics_question question = {division, 2020, "", indicator, day("2020-07-01"), sequence};
    size_t count;
    assert_true(metrics_roll_up(s->metrics, &question, s->arena, out_rows, &count));
    return count;
}

static const char *joined(const struct story *s, const char *const *codes, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(s->arena, "%s%s%s", text, i == 0 ? "" : " ", codes[i]);
    return text;
}

/* value null: not known. */
static void assert_rolled_up(const struct story *s, const char *division, const char *value, const char *known,
                             const char *missing)
{
    const struct roll_up *rows;
    assert_int_equal(roll_up(s, division, s->commitments[0].id, UINT64_MAX, &rows), 1);
    assert_int_equal(rows[0].known, value != NULL);
    if (value != NULL)
        assert_decimal(rows[0].value, value);
    assert_string_equal(joined(s, rows[0].known_divisions, rows[0].known_count), known);
    assert_string_equal(joined(s, rows[0].missing_divisions, rows[0].missing_count), missing);
}

/* 300 ÷ 400 and 10 ÷ 40 are 310 ÷ 440 together, and not the mean of 75 % and 25 %. */
static void numerators_and_denominators_are_added_and_then_divided(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    shares_for(s, "410102", "300", "400");
    shares_for(s, "410103", "10", "40");
    shares_for(s, "4102", "1", "1");
    assert_rolled_up(s, "4101", "70.454545455", "410102 410103", "");
    assert_rolled_up(s, "41", "70.52154195", "410102 410103 4102", "");
}

static void what_is_missing_is_named_and_is_not_zero(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    shares_for(s, "410102", "300", "400");
    shares_for(s, "410103", NULL, NULL);
    assert_rolled_up(s, "4101", "75", "410102", "410103");
    shares_for(s, "410202", NULL, NULL);
    assert_rolled_up(s, "4102", NULL, "", "410202");
}

static void a_reported_zero_is_added_as_zero(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish_for(s, "410102");
    report(s, "smes", "0", "2020-06-30");
    publish_for(s, "410103");
    report(s, "smes", "7", "2020-06-30");
    assert_rolled_up(s, "4101", "7", "410102 410103", "");
    const struct roll_up *rows;
    assert_int_equal(roll_up(s, "4101", "smes-new", UINT64_MAX, &rows), 1);
    assert_decimal(rows[0].numerator, "7");
    assert_decimal(rows[0].denominator, "1"); /* a sum is over 1, however many add to it */
}

static void a_division_that_has_the_indicator_covers_those_below_it(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    shares_for(s, "4101", "1", "4");
    shares_for(s, "410102", "300", "400");
    shares_for(s, "410102003", "1", "2");
    shares_for(s, "410202", "3", "4");
    assert_rolled_up(s, "41", "50", "4101 410202", "");
    assert_rolled_up(s, "4101", "75", "410102", ""); /* the city itself is not below its code */
    assert_rolled_up(s, "410102", "50", "410102003", "");
}

/* A division that has it, but knows nothing, covers all the same: its districts are not its figure. */
static void a_covering_division_without_a_figure_is_missing(void **state)
{
    (void)state;
    STORY;
    promise_spending_share(s);
    moment(s, "2020-07-01T09:00:00+08:00");
    shares_for(s, "4101", NULL, NULL);
    shares_for(s, "410102", "300", "400");
    assert_rolled_up(s, "41", NULL, "", "4101");
}

static void shares_growth_and_counts_are_added_by_their_rule(void **state)
{
    (void)state;
    STORY;
    promise_roads(s, RULE_SHARE, COMPARISON_AT_LEAST, "100", 4);
    promise_revenue_growth(s);
    struct commitment *count = promise(s, "roads-counted", RULE_COUNT, COMPARISON_AT_LEAST, "5");
    count->indicator.group = "roads";
    count->indicator.milestone = "begun";
    moment(s, "2020-07-01T09:00:00+08:00");
    publish_for(s, "410102");
    register_road(s, "a");
    reach(s, "a", "begun", "2020-06-01");
    report(s, "revenue", "100", "2019-06-30");
    report(s, "revenue", "110", "2020-06-30");
    publish_for(s, "410103");
    register_road(s, "a");
    reach(s, "a", "opened", "2020-06-01");
    report(s, "revenue", "300", "2019-06-30");
    report(s, "revenue", "300", "2020-06-30");
    const struct roll_up *rows;
    assert_int_equal(roll_up(s, "4101", "", UINT64_MAX, &rows), 3);
    assert_string_equal(rows[0].commitment->id, "revenue-growth"); /* in the order of indicators */
    assert_decimal(rows[0].value, "2.5");                          /* 410 ÷ 400 */
    assert_string_equal(rows[1].commitment->id, "roads-begun");
    assert_decimal(rows[1].value, "25"); /* 2 ÷ 8 */
    assert_string_equal(rows[2].commitment->id, "roads-counted");
    assert_decimal(rows[2].value, "2");
    assert_decimal(rows[2].denominator, "1");
}

/* The offset applies once, to the sum. */
static void factor_and_offset_apply_to_the_sum(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "100");
    commitment->indicator.factor = dec("2");
    commitment->indicator.offset = dec("5");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish_for(s, "410102");
    report(s, "smes", "10", "2020-06-30");
    publish_for(s, "410103");
    report(s, "smes", "20", "2020-06-30");
    assert_rolled_up(s, "4101", "65", "410102 410103", "");
}

static void different_scopes_are_not_added(void **state)
{
    (void)state;
    STORY;
    promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    publish_for(s, "410102");
    report_scope(s, "smes", SCOPE_2019, "10", "2020-06-30");
    publish_for(s, "410103");
    const struct roll_up *rows;
    assert_int_equal(roll_up(s, "4101", "smes-new", UINT64_MAX, &rows), 1);
    assert_false(rows[0].incomparable); /* nothing is known of the other */
    uint64_t before = s->sequence;
    report_scope(s, "smes", SCOPE_2020, "20", "2020-06-30");
    assert_int_equal(roll_up(s, "4101", "smes-new", UINT64_MAX, &rows), 1);
    assert_true(rows[0].incomparable);
    assert_rolled_up(s, "4101", NULL, "410102 410103", "");
    assert_int_equal(roll_up(s, "4101", "smes-new", before, &rows), 1); /* as of a sequence */
    assert_decimal(rows[0].value, "10");
}

static void different_rules_factors_offsets_and_units_are_not_added(void **state)
{
    (void)state;
    for (int difference = 0; difference < 6; difference++) {
        STORY;
        struct commitment *commitment = promise_smes(s, "100");
        moment(s, "2020-07-01T09:00:00+08:00");
        publish_for(s, "410102");
        report(s, "smes", "10", "2020-06-30");
        if (difference == 1)
            commitment->indicator.factor = dec("2");
        if (difference == 2)
            commitment->indicator.offset = dec("1");
        if (difference == 3)
            commitment->indicator.unit = "y";
        if (difference == 4)
            s->measures[0].unit = "万家"; /* what is added, is not of one unit */
        if (difference == 5) {
            s->measures[0].kind = MEASURE_LEVEL;
            commitment->indicator.rule = RULE_LATEST;
        }
        publish_for(s, "410103"); /* also while nothing is known of it */
        const struct roll_up *rows;
        assert_int_equal(roll_up(s, "4101", "smes-new", UINT64_MAX, &rows), 1);
        assert_int_equal(rows[0].incomparable, difference != 0);
        assert_int_equal(rows[0].known, difference == 0);
    }
}

static void targets_and_names_may_differ_and_the_first_are_told(void **state)
{
    (void)state;
    STORY;
    struct commitment *commitment = promise_smes(s, "100");
    moment(s, "2020-07-01T09:00:00+08:00");
    commitment->name_en = "First";
    publish_for(s, "410102");
    report(s, "smes", "10", "2020-06-30");
    commitment->name_en = "Second";
    commitment->target = dec("7");
    publish_for(s, "410103");
    s->source = "/simulated/smes";
    report(s, "smes", "20", "2020-06-30");
    const struct roll_up *rows;
    assert_int_equal(roll_up(s, "4101", "smes-new", UINT64_MAX, &rows), 1);
    assert_string_equal(rows[0].commitment->name_en, "First");
    assert_decimal(rows[0].value, "30");
    assert_true(rows[0].simulated);
    assert_int_equal(roll_up(s, "42", "", UINT64_MAX, &rows), 0);
    assert_int_equal(roll_up(s, "410102", "", UINT64_MAX, &rows), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_increments_the_last_of_each_day_counts),
        cmocka_unit_test(of_totals_and_levels_the_latest_of_each_project_counts),
        cmocka_unit_test(both_sides_of_a_ratio_are_explained),
        cmocka_unit_test(the_base_of_growth_is_explained_with_its_scope),
        cmocka_unit_test(milestones_are_explained_by_project),
        cmocka_unit_test(changes_are_told_in_order_with_the_one_in_force),
        cmocka_unit_test(the_memory_of_red_is_told_as_of_the_day_and_the_sequence),
        cmocka_unit_test(what_no_plan_has_cannot_be_explained),
        cmocka_unit_test(numerators_and_denominators_are_added_and_then_divided),
        cmocka_unit_test(what_is_missing_is_named_and_is_not_zero),
        cmocka_unit_test(a_reported_zero_is_added_as_zero),
        cmocka_unit_test(a_division_that_has_the_indicator_covers_those_below_it),
        cmocka_unit_test(a_covering_division_without_a_figure_is_missing),
        cmocka_unit_test(shares_growth_and_counts_are_added_by_their_rule),
        cmocka_unit_test(factor_and_offset_apply_to_the_sum),
        cmocka_unit_test(different_scopes_are_not_added),
        cmocka_unit_test(different_rules_factors_offsets_and_units_are_not_added),
        cmocka_unit_test(targets_and_names_may_differ_and_the_first_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
