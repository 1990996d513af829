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
static uint64_t head; /* sequence of the newest update that was received */

static int setup(void **state)
{
    (void)state;
    head = 1;
    sample_make(&sample);
    registry = registry_new();
    struct update update = sample_publication(&sample.plan);
    update.sequence = head;
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

static void of_several_faults_of_a_plan_the_first_is_told(void **state)
{
    (void)state;
    sample.plan.revision = 2;
    sample.commitments[0].due = sample.commitments[1].due = 0;
    struct reason reason = {.code = REASON_NONE}, first = {.code = REASON_NONE};
    struct update update = sample_publication(&sample.plan);
    assert_int_equal(registry_check(registry, &update, sample_day(TODAY), &reason), RC_REFUSED);
    sample.commitments[1].due = sample_day("2020-12-31");
    assert_int_equal(registry_check(registry, &update, sample_day(TODAY), &first), RC_REFUSED);
    assert_string_equal(reason.field, first.field);
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
                               sample_milestone("road-1", "opened", TODAY),
                               sample_registration(&sample.projects[0]),
                               change(UPDATE_PROJECT_SUSPENDED),
                               sample_withdrawal("1"),
                               sample_adjustment("greening", "1", TODAY),
                               sample_request("a", "greening", "2021-01-31"),
                               sample_decision("a", true),
                               sample_signature("1")};
    for (size_t i = 0; i < COUNT(updates); i++) {
        updates[i].division = "4101";
        assert_refused(updates[i], REASON_UNKNOWN_DIVISION, "division");
    }
    assert_null(registry_plan(registry, "4101", 2020));
    assert_null(registry_measure(registry, "4101", "green-area"));
    assert_null(registry_project(registry, "4101", "road-1"));
    assert_null(registry_plan_at(registry, "4101", 2020, 1));
    assert_null(registry_changes(registry, "4101", 2020, "greening"));
    assert_null(registry_extension(registry, "4101", "/zhongyuan/bureau", "a"));
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

static void a_milestone_may_be_the_first_of_a_group_of_any_of_the_plans(void **state)
{
    (void)state;
    assert_allowed(sample_milestone("road-1", "started", TODAY));
    struct plan next = sample.plan;
    struct group bridges = {"bridges", "桥", "bridges", sample.milestones, 2, 0};
    struct project project = sample.projects[0];
    project.id = "bridge-1";
    project.groups = &(const char *){"bridges"};
    next.year = 2021;
    next.groups = &bridges;
    next.project_count = 0;
    next.commitment_count = 2;
    apply(sample_publication(&next));
    apply(sample_registration(&project));
    assert_allowed(sample_milestone("bridge-1", "started", TODAY));
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

static void reports_withdrawals_and_signatures_do_not_concern_the_registry(void **state)
{
    (void)state;
    for (int kind = UPDATE_PLAN_PUBLISHED; kind <= UPDATE_ALERT_ACKNOWLEDGED; kind++)
        assert_int_equal(registry_concerns((enum update_kind)kind),
                         kind != UPDATE_MEASUREMENT_REPORTED && kind != UPDATE_MILESTONE_REACHED &&
                             kind != UPDATE_WITHDRAWN && kind != UPDATE_ALERT_ACKNOWLEDGED);
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    report.division = "4101";
    registry_apply(registry, &report);
    assert_null(registry_plan(registry, "4101", 2020));
}

/* What is received on which day. */

static enum rc check_on(const char *day, const struct update *update, struct reason *out_reason)
{
    *out_reason = (struct reason){.code = REASON_NONE};
    return registry_check(registry, update, sample_day(day), out_reason);
}

static void allowed_on(const char *day, struct update update)
{
    struct reason reason;
    if (check_on(day, &update, &reason) != RC_OK)
        fail_msg("refused on %s: %s %s %s", day, reason_name(reason.code), reason.field, reason.detail);
}

static void refused_on(const char *day, struct update update, enum reason_code code, const char *field)
{
    struct reason reason;
    if (check_on(day, &update, &reason) != RC_REFUSED || reason.code != code || strcmp(reason.field, field) != 0)
        fail_msg("on %s: %s %s, not %s %s", day, reason_name(reason.code), reason.field, reason_name(code), field);
}

/* Received in the first microsecond of a day; returns its sequence. */
static uint64_t receive(const char *day, struct update update)
{
    allowed_on(day, update);
    update.sequence = ++head;
    update.received_us = day_start_us(sample_day(day));
    registry_apply(registry, &update);
    return head;
}

/* Asked for and granted on one day. */
static uint64_t grant(const char *day, const char *id, const char *commitment, const char *due)
{
    receive(day, sample_request(id, commitment, due));
    return receive(day, sample_decision(id, true));
}

/* The sample plan as it stands, as its next revision. */
static uint64_t revise(const char *day)
{
    sample.plan.revision = registry_plan(registry, sample.plan.division, sample.plan.year)->revision + 1;
    return receive(day, sample_publication(&sample.plan));
}

static struct terms terms_in(const char *division, uint32_t year, const char *commitment, const char *day,
                             uint64_t sequence)
{
    const struct plan *plan = registry_plan_at(registry, division, year, sequence);
    assert_non_null(plan);
    assert_non_null(plan_commitment(plan, commitment));
    return registry_terms(registry, plan, plan_commitment(plan, commitment), sample_day(day), sequence);
}

static void assert_terms(struct terms terms, const char *target, const char *due)
{
    char text[DECIMAL_TEXT_BYTES], day[DAY_TEXT_BYTES];
    assert_string_equal(decimal_format(terms.target, text), target);
    assert_string_equal(day_format(terms.due, day), due);
    assert_int_equal(terms.adjustment != NULL, decimal_compare(terms.target, terms.approved_target) != 0);
    assert_int_equal(terms.extension != NULL, terms.due != terms.approved_due);
}

/* Of greening, for which 1000000 by 2020-12-31 is approved. */
static void assert_greening(const char *day, uint64_t sequence, const char *target, const char *due)
{
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, "greening", day, sequence), target, due);
}

#define APPROVED "1000000", "2020-12-31"

static void without_changes_the_approved_terms_are_in_force(void **state)
{
    (void)state;
    assert_greening("1990-01-01", 1, APPROVED);
    assert_greening("2099-12-31", UINT64_MAX, APPROVED);
    assert_null(registry_changes(registry, SAMPLE_DIVISION, 2020, "greening"));
    assert_null(registry_changes(registry, SAMPLE_DIVISION, 2020, "unheard"));
}

static void an_adjustment_holds_from_the_day_of_its_decision_and_is_known_from_its_sequence(void **state)
{
    (void)state;
    uint64_t made = receive("2020-06-01", sample_adjustment("greening", "800000", "2020-03-15"));
    assert_greening("2020-03-14", UINT64_MAX, APPROVED);
    assert_greening("2020-03-15", UINT64_MAX, "800000", "2020-12-31");
    assert_greening("2020-03-15", made, "800000", "2020-12-31");
    assert_greening("2020-06-01", made - 1, APPROVED);
    struct terms terms = terms_in(SAMPLE_DIVISION, 2020, "greening", "2020-06-01", made);
    assert_int_equal(decimal_compare(terms.approved_target, sample_decimal("1000000")), 0);
    assert_ptr_equal(terms.adjustment, registry_changes(registry, SAMPLE_DIVISION, 2020, "greening"));
    assert_string_equal(terms.adjustment->note, "区政府");
    assert_string_equal(terms.adjustment->source, "/zhongyuan/bureau");
    assert_true(terms.adjustment->of_target);
    assert_int_equal(terms.adjustment->since, sample_day("2020-03-15"));
    assert_int_equal(terms.adjustment->sequence, made);
    assert_true(terms.adjustment->received_us == day_start_us(sample_day("2020-06-01")));
}

static void of_several_adjustments_the_one_decided_last_holds_whatever_came_first(void **state)
{
    (void)state;
    uint64_t june = receive("2020-06-01", sample_adjustment("greening", "600000", "2020-06-01"));
    uint64_t march = receive("2020-06-02", sample_adjustment("greening", "300000", "2020-03-01"));
    uint64_t april = receive("2020-06-03", sample_adjustment("greening", "400000", "2020-04-01"));
    assert_greening("2020-02-29", april, APPROVED);
    assert_greening("2020-03-31", april, "300000", "2020-12-31");
    assert_greening("2020-04-01", april, "400000", "2020-12-31");
    assert_greening("2020-05-31", april, "400000", "2020-12-31");
    assert_greening("2020-06-01", april, "600000", "2020-12-31");
    assert_greening("2020-12-31", UINT64_MAX, "600000", "2020-12-31");
    assert_greening("2020-05-31", march, "300000", "2020-12-31");
    assert_greening("2020-05-31", june, APPROVED);
    assert_greening("2020-06-01", june, "600000", "2020-12-31");
}

static void of_adjustments_decided_on_one_day_the_last_received_holds(void **state)
{
    (void)state;
    uint64_t first = receive("2020-06-01", sample_adjustment("greening", "900000", "2020-06-01"));
    uint64_t second = receive("2020-06-01", sample_adjustment("greening", "1100000", "2020-06-01"));
    uint64_t third = receive("2020-06-05", sample_adjustment("greening", "700000", "2020-06-01"));
    assert_greening("2020-06-01", first, "900000", "2020-12-31");
    assert_greening("2020-06-01", second, "1100000", "2020-12-31");
    assert_greening("2020-06-01", third, "700000", "2020-12-31");
}

static void all_changes_are_kept_the_last_first(void **state)
{
    (void)state;
    uint64_t adjusted = receive("2020-06-01", sample_adjustment("greening", "900000", "2020-06-01"));
    uint64_t granted = grant("2020-06-02", "a", "greening", "2021-01-31");
    receive("2020-06-02", sample_adjustment("roads-open", "90", "2020-06-01"));
    const struct change *change = registry_changes(registry, SAMPLE_DIVISION, 2020, "greening");
    assert_int_equal(change->sequence, granted);
    assert_false(change->of_target);
    assert_string_equal(change->note, "汛期");
    assert_string_equal(change->source, "/zhongyuan/office");
    assert_int_equal(change->since, sample_day("2020-06-02"));
    assert_int_equal(change->due, sample_day("2021-01-31"));
    assert_int_equal(change->before->sequence, adjusted);
    assert_true(change->before->of_target);
    assert_null(change->before->before);
}

static void an_extension_holds_from_the_day_on_which_its_decision_is_received(void **state)
{
    (void)state;
    uint64_t asked = receive("2020-06-01", sample_request("a", "greening", "2021-01-31"));
    assert_greening("2020-06-30", asked, APPROVED);
    uint64_t granted = receive("2020-06-10", sample_decision("a", true));
    assert_greening("2020-06-09", granted, APPROVED);
    assert_greening("2020-06-10", granted, "1000000", "2021-01-31");
    assert_greening("2020-06-10", granted - 1, APPROVED);
    assert_greening("2020-06-10", UINT64_MAX, "1000000", "2021-01-31");
}

static void the_day_of_receipt_is_that_of_shanghai(void **state)
{
    (void)state;
    static const struct {
        const char *id, *due;
        int64_t after_us; /* the beginning of 10 June */
        const char *since;
    } cases[] = {{"a", "2021-01-31", -1, "2020-06-09"}, {"b", "2021-02-28", DAY_US - 1, "2020-06-10"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        receive("2020-06-01", sample_request(cases[i].id, "greening", cases[i].due));
        struct update decision = sample_decision(cases[i].id, true);
        decision.sequence = ++head;
        decision.received_us = day_start_us(sample_day("2020-06-10")) + cases[i].after_us;
        registry_apply(registry, &decision);
        assert_greening(cases[i].since, head, "1000000", cases[i].due);
        assert_int_equal(registry_changes(registry, SAMPLE_DIVISION, 2020, "greening")->since,
                         sample_day(cases[i].since));
    }
}

static void the_extension_granted_last_holds(void **state)
{
    (void)state;
    uint64_t first = grant("2020-06-01", "a", "greening", "2021-01-31");
    uint64_t second = grant("2020-06-10", "b", "greening", "2021-02-28");
    assert_greening("2020-06-30", first, "1000000", "2021-01-31");
    assert_greening("2020-06-30", second, "1000000", "2021-02-28");
    assert_greening("2020-06-09", second, "1000000", "2021-01-31");
}

static void the_extension_received_last_holds_even_when_the_clock_went_back(void **state)
{
    (void)state;
    receive("2020-06-01", sample_request("a", "greening", "2021-01-31"));
    receive("2020-06-01", sample_request("b", "greening", "2021-02-28"));
    receive("2020-06-10", sample_decision("a", true));
    uint64_t last = receive("2020-06-09", sample_decision("b", true));
    assert_greening("2020-06-30", last, "1000000", "2021-02-28");
}

static void who_decided_a_target_is_kept_as_a_copy(void **state)
{
    (void)state;
    char who[] = "区人大";
    struct update adjustment = sample_adjustment("greening", "900000", "2020-06-01");
    adjustment.adjustment.decided_by = who;
    receive("2020-06-01", adjustment);
    memset(who, 'x', sizeof who - 1);
    assert_string_equal(registry_changes(registry, SAMPLE_DIVISION, 2020, "greening")->note, "区人大");
}

static void a_refused_extension_changes_nothing(void **state)
{
    (void)state;
    receive("2020-06-01", sample_request("a", "greening", "2021-01-31"));
    uint64_t refused = receive("2020-06-02", sample_decision("a", false));
    assert_greening("2020-06-30", refused, APPROVED);
    assert_null(registry_changes(registry, SAMPLE_DIVISION, 2020, "greening"));
    const struct extension *extension = registry_extension(registry, SAMPLE_DIVISION, "/zhongyuan/bureau", "a");
    assert_true(extension->decided);
    assert_false(extension->granted);
}

static void a_request_is_known_by_its_source_and_id(void **state)
{
    (void)state;
    char id[] = "a", source[] = "/zhongyuan/bureau", commitment[] = "greening", reason[] = "flood";
    struct update request = sample_request(id, commitment, "2021-01-31");
    request.source = source;
    request.request.reason = reason;
    receive("2020-06-01", request);
    id[0] = source[0] = commitment[0] = reason[0] = 'x';
    const struct extension *extension = registry_extension(registry, SAMPLE_DIVISION, "/zhongyuan/bureau", "a");
    assert_non_null(extension);
    assert_int_equal(extension->year, 2020);
    assert_string_equal(extension->commitment, "greening");
    assert_string_equal(extension->reason, "flood");
    assert_int_equal(extension->due, sample_day("2021-01-31"));
    assert_false(extension->decided);
    assert_null(registry_extension(registry, SAMPLE_DIVISION, "/zhongyuan/bureau", "b"));
    assert_null(registry_extension(registry, SAMPLE_DIVISION, "/zhongyuan", "a"));
    assert_null(registry_extension(registry, "410103", "/zhongyuan/bureau", "a"));
    assert_null(registry_extension(registry, SAMPLE_DIVISION, "", ""));
}

static void the_longest_names_are_told_apart_to_their_last_byte(void **state)
{
    (void)state;
    static char source[257], id[129], names[2][65];
    memset(source, 's', sizeof source - 1);
    memset(id, 'i', sizeof id - 1);
    memset(names[0], 'n', sizeof names[0] - 1);
    memcpy(names[1], names[0], sizeof names[1]);
    names[1][63] = 'm';
    sample.commitments[0].id = names[0];
    sample.commitments[2].id = names[1];
    revise("2020-05-01");
    struct update request = sample_request(id, names[0], "2021-01-31");
    request.source = source;
    receive("2020-06-01", request);
    id[127] = 'j';
    struct update decision = sample_decision(id, true);
    decision.decision.request_source = source;
    refused_on("2020-06-01", decision, REASON_UNKNOWN_EXTENSION, "request_id");
    id[127] = 'i';
    source[255] = 't';
    refused_on("2020-06-01", decision, REASON_UNKNOWN_EXTENSION, "request_id");
    source[255] = 's';
    receive("2020-06-01", decision);
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, names[0], "2020-06-01", head), "1000000", "2021-01-31");
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, names[1], "2020-06-01", head), "100", "2020-12-31");
}

/* Revisions. Before each of these tests: an adjustment and an extension of greening, both in force on 30 June. */

static uint64_t change_both(void)
{
    receive("2020-06-01", sample_adjustment("greening", "800000", "2020-06-01"));
    return grant("2020-06-02", "a", "greening", "2021-01-31");
}

static void a_revision_that_leaves_the_commitment_as_it_was_ends_nothing(void **state)
{
    (void)state;
    change_both();
    sample.commitments[0].name_en = "more greening";
    sample.commitments[0].start = sample_day("2020-01-02");
    sample.commitments[1].target = sample_decimal("70");
    sample.commitments[1].due = sample_day("2020-11-30");
    uint64_t revised = revise("2020-06-10");
    assert_greening("2020-06-30", revised, "800000", "2021-01-31");
    assert_greening("2020-06-01", revised, "800000", "2020-12-31");
}

static void a_revision_that_approves_another_target_ends_the_adjustments_alone(void **state)
{
    (void)state;
    uint64_t changed = change_both();
    uint64_t more = receive("2020-06-03", sample_adjustment("greening", "750000", "2020-02-01"));
    sample.commitments[0].target = sample_decimal("900000");
    uint64_t revised = revise("2020-06-10");
    assert_greening("2020-06-30", revised, "900000", "2021-01-31");
    assert_greening("2020-03-01", revised, "900000", "2020-12-31");
    assert_greening("2020-06-30", UINT64_MAX, "900000", "2021-01-31");
    assert_greening("2020-06-30", revised - 1, "800000", "2021-01-31"); /* as it was known then */
    assert_greening("2020-03-01", more, "750000", "2020-12-31");
    assert_greening("2020-06-30", changed, "800000", "2021-01-31");

    sample.commitments[0].target = sample_decimal("1000000"); /* what was ended does not come back */
    assert_greening("2020-06-30", revise("2020-06-11"), "1000000", "2021-01-31");
    uint64_t again = receive("2020-06-12", sample_adjustment("greening", "700000", "2020-06-01"));
    assert_greening("2020-06-30", again, "700000", "2021-01-31");
    assert_greening("2020-06-30", revised, "900000", "2021-01-31");
}

static void a_revision_that_sets_another_deadline_ends_the_extensions_alone(void **state)
{
    (void)state;
    change_both();
    uint64_t more = grant("2020-06-03", "b", "greening", "2021-02-28");
    sample.commitments[0].due = sample_day("2020-11-30");
    uint64_t revised = revise("2020-06-10");
    assert_greening("2020-06-30", revised, "800000", "2020-11-30");
    assert_greening("2020-06-30", more, "800000", "2021-02-28");
    sample.commitments[0].due = sample_day("2020-12-31");
    assert_greening("2020-06-30", revise("2020-06-11"), "800000", "2020-12-31");
    assert_greening("2020-06-30", grant("2020-06-12", "c", "greening", "2021-01-01"), "800000", "2021-01-01");
}

static void a_revision_may_end_both(void **state)
{
    (void)state;
    change_both();
    sample.commitments[0].target = sample_decimal("1");
    sample.commitments[0].due = sample_day("2020-12-30");
    assert_greening("2020-06-30", revise("2020-06-10"), "1", "2020-12-30");
}

static void a_revision_that_leaves_the_commitment_out_ends_both_for_good(void **state)
{
    (void)state;
    uint64_t changed = change_both();
    struct commitment kept = sample.commitments[0];
    sample.commitments[0] = sample.commitments[2];
    sample.plan.commitment_count = 2;
    uint64_t dropped = revise("2020-06-10");
    assert_null(plan_commitment(registry_plan_at(registry, SAMPLE_DIVISION, 2020, dropped), "greening"));
    assert_greening("2020-06-30", changed, "800000", "2021-01-31");
    sample.commitments[0] = kept;
    sample.plan.commitment_count = 3;
    uint64_t back = revise("2020-06-11");
    assert_greening("2020-06-30", back, APPROVED);
    assert_greening("2020-06-30", dropped - 1, "800000", "2021-01-31");
}

static void the_same_target_written_otherwise_is_no_other_target(void **state)
{
    (void)state;
    change_both();
    sample.commitments[0].target = sample_decimal("1000000.000");
    assert_greening("2020-06-30", revise("2020-06-10"), "800000", "2021-01-31");
}

static void commitments_years_and_divisions_stand_apart(void **state)
{
    (void)state;
    sample.plan.year = 2021;
    receive("2020-05-01", sample_publication(&sample.plan));
    sample.plan.division = "410103";
    sample.plan.year = 2020;
    receive("2020-05-01", sample_publication(&sample.plan));
    change_both();
    struct update other_year = sample_adjustment("greening", "5", "2020-06-05");
    other_year.adjustment.year = 2021;
    receive("2020-06-05", other_year);
    struct update request = sample_request("there", "greening", "2021-03-31");
    request.division = "410103";
    receive("2020-06-05", request);
    struct update decision = sample_decision("there", true);
    refused_on("2020-06-05", decision, REASON_UNKNOWN_EXTENSION, "request_id"); /* of another division */
    decision.division = "410103";
    receive("2020-06-05", decision);

    assert_terms(terms_in(SAMPLE_DIVISION, 2020, "greening", "2020-06-30", head), "800000", "2021-01-31");
    assert_terms(terms_in(SAMPLE_DIVISION, 2021, "greening", "2020-06-30", head), "5", "2020-12-31");
    assert_terms(terms_in("410103", 2020, "greening", "2020-06-30", head), "1000000", "2021-03-31");
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, "roads-open", "2020-06-30", head), "100", "2020-12-31");

    sample.plan.division = SAMPLE_DIVISION; /* a revision ends the changes of its own plan alone */
    sample.plan.year = 2021;
    sample.commitments[0].target = sample_decimal("7");
    sample.commitments[0].due = sample_day("2021-12-31");
    revise("2020-06-10");
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, "greening", "2020-06-30", head), "800000", "2021-01-31");
    assert_terms(terms_in(SAMPLE_DIVISION, 2021, "greening", "2020-06-30", head), "7", "2021-12-31");
    assert_terms(terms_in("410103", 2020, "greening", "2020-06-30", head), "1000000", "2021-03-31");
}

/* ingest applies what it is about to store before that has a sequence. */
static void what_has_no_sequence_yet_counts_for_whoever_knows_everything(void **state)
{
    (void)state;
    const char *day = "2020-06-01";
    struct update batch[] = {
        sample_request("a", "greening", "2021-01-31"),
        sample_request("b", "greening", "2021-02-28"),
        sample_decision("a", true),
        sample_adjustment("greening", "800000", day),
        sample_decision("b", true),
        sample_adjustment("greening", "700000", day),
    };
    for (size_t i = 0; i < COUNT(batch); i++) {
        allowed_on(day, batch[i]);
        batch[i].received_us = day_start_us(sample_day(day)) + 1;
        registry_apply(registry, &batch[i]);
    }
    assert_greening(day, UINT64_MAX, "700000", "2021-02-28");
    refused_on(day, sample_decision("a", false), REASON_WRONG_STATE, "request_id");
    refused_on(day, sample_request("c", "greening", "2021-02-28"), REASON_WRONG_ORDER, "due");
    sample.commitments[0].target = sample_decimal("9");
    sample.plan.revision = 2;
    struct update revision = sample_publication(&sample.plan);
    registry_apply(registry, &revision);
    assert_greening(day, UINT64_MAX, "9", "2021-02-28");
}

/* What was known at a sequence. */

static void a_plan_is_known_in_each_of_its_revisions(void **state)
{
    (void)state;
    receive("2020-06-01", sample_adjustment("greening", "800000", "2020-06-01"));
    uint64_t second = revise("2020-06-10");
    uint64_t third = revise("2020-06-11");
    sample.plan.year = 2021;
    sample.plan.revision = 1;
    uint64_t other = receive("2020-06-12", sample_publication(&sample.plan));
    const struct {
        uint64_t sequence;
        uint32_t revision;
    } cases[] = {{1, 1}, {second - 1, 1}, {second, 2}, {third, 3}, {other, 3}, {UINT64_MAX, 3}};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(registry_plan_at(registry, SAMPLE_DIVISION, 2020, cases[i].sequence)->revision,
                         cases[i].revision);
    assert_null(registry_plan_at(registry, SAMPLE_DIVISION, 2020, 0));
    assert_null(registry_plan_at(registry, SAMPLE_DIVISION, 2021, other - 1));
    assert_int_equal(registry_plan_at(registry, SAMPLE_DIVISION, 2021, other)->revision, 1);
    assert_null(registry_plan_at(registry, SAMPLE_DIVISION, 2022, UINT64_MAX));
    assert_ptr_equal(registry_plan(registry, SAMPLE_DIVISION, 2020),
                     registry_plan_at(registry, SAMPLE_DIVISION, 2020, third));
}

static void assert_known(uint64_t sequence, enum project_state wanted, const char *name_en)
{
    const struct registered_project *known =
        project_known_at(registry_project(registry, SAMPLE_DIVISION, "road-2"), sequence);
    assert_non_null(known);
    assert_int_equal(known->state, wanted);
    assert_string_equal(known->project->name_en, name_en);
    assert_true(known->sequence <= sequence);
}

static void a_project_is_known_as_it_was(void **state)
{
    (void)state;
    struct project project = sample.projects[0];
    project.id = "road-2";
    uint64_t registered = receive(TODAY, sample_registration(&project));
    uint64_t suspended = receive(TODAY, sample_change(UPDATE_PROJECT_SUSPENDED, "road-2"));
    project.name_en = "road two";
    uint64_t described = receive(TODAY, sample_registration(&project));
    uint64_t resumed = receive(TODAY, sample_change(UPDATE_PROJECT_RESUMED, "road-2"));
    struct project projects[] = {sample.projects[0], project};
    projects[1].name_en = "second road";
    sample.plan.projects = projects;
    sample.plan.project_count = COUNT(projects);
    uint64_t planned = revise(TODAY);
    uint64_t cancelled = receive(TODAY, sample_change(UPDATE_PROJECT_CANCELLED, "road-2"));
    uint64_t once_more = revise(TODAY);

    assert_null(project_known_at(registry_project(registry, SAMPLE_DIVISION, "road-2"), registered - 1));
    assert_known(registered, PROJECT_ACTIVE, "road one");
    assert_known(suspended, PROJECT_SUSPENDED, "road one");
    assert_known(described, PROJECT_SUSPENDED, "road two");
    assert_known(resumed, PROJECT_ACTIVE, "road two");
    assert_known(planned, PROJECT_ACTIVE, "second road");
    assert_known(cancelled, PROJECT_CANCELLED, "second road");
    assert_known(once_more, PROJECT_CANCELLED, "second road");
    assert_known(UINT64_MAX, PROJECT_CANCELLED, "second road");
    assert_null(project_known_at(NULL, UINT64_MAX));
    assert_int_equal(registry_projects(registry, SAMPLE_DIVISION)->count, 2);
}

/* What is refused. */

static void a_change_needs_a_commitment_of_the_plan_of_that_year(void **state)
{
    (void)state;
    struct update adjustment = sample_adjustment("unheard", "1", TODAY);
    struct update request = sample_request("a", "unheard", "2021-01-31");
    assert_refused(adjustment, REASON_UNKNOWN_COMMITMENT, "commitment");
    assert_refused(request, REASON_UNKNOWN_COMMITMENT, "commitment");
    adjustment = sample_adjustment("greening", "1", TODAY);
    request = sample_request("a", "greening", "2021-01-31");
    assert_allowed(adjustment);
    assert_allowed(request);
    adjustment.adjustment.year = request.request.year = 2021;
    assert_refused(adjustment, REASON_UNKNOWN_COMMITMENT, "commitment");
    assert_refused(request, REASON_UNKNOWN_COMMITMENT, "commitment");

    sample.plan.commitments++; /* a revision that leaves it out */
    sample.plan.commitment_count--;
    revise(TODAY);
    assert_refused(sample_adjustment("greening", "1", TODAY), REASON_UNKNOWN_COMMITMENT, "commitment");
    assert_refused(sample_request("a", "greening", "2021-01-31"), REASON_UNKNOWN_COMMITMENT, "commitment");
}

static void an_adjustment_may_not_be_decided_in_the_future(void **state)
{
    (void)state;
    allowed_on("2020-06-01", sample_adjustment("greening", "1", "2020-06-01"));
    allowed_on("2020-06-01", sample_adjustment("greening", "1", "1990-01-01"));
    refused_on("2020-06-01", sample_adjustment("greening", "1", "2020-06-02"), REASON_DAY_IN_FUTURE, "decided_on");
}

static void an_extension_can_be_asked_for_until_the_end_of_the_deadlines_day(void **state)
{
    (void)state;
    struct update request = sample_request("z", "greening", "2021-06-30");
    allowed_on("2020-12-31", request);
    refused_on("2021-01-01", request, REASON_DEADLINE_PASSED, "due");
    grant("2020-12-31", "a", "greening", "2021-01-31"); /* now the one in force counts */
    allowed_on("2021-01-31", request);
    refused_on("2021-02-01", request, REASON_DEADLINE_PASSED, "due");
    sample.commitments[0].due = sample_day("2020-11-30"); /* and now the revised one */
    sample.commitments[0].curve_count = 0;
    revise("2021-01-31");
    refused_on("2021-01-31", request, REASON_DEADLINE_PASSED, "due");
}

static void a_deadline_only_moves_later(void **state)
{
    (void)state;
    refused_on("2020-06-01", sample_request("z", "greening", "2020-12-30"), REASON_WRONG_ORDER, "due");
    refused_on("2020-06-01", sample_request("z", "greening", "2020-12-31"), REASON_WRONG_ORDER, "due");
    allowed_on("2020-06-01", sample_request("z", "greening", "2021-01-01"));
    grant("2020-06-01", "a", "greening", "2021-01-31");
    refused_on("2020-06-01", sample_request("z", "greening", "2021-01-31"), REASON_WRONG_ORDER, "due");
    allowed_on("2020-06-01", sample_request("z", "greening", "2021-02-01"));
}

static void a_decision_needs_a_request_that_is_not_decided(void **state)
{
    (void)state;
    assert_refused(sample_decision("a", true), REASON_UNKNOWN_EXTENSION, "request_id");
    assert_refused(sample_decision("a", false), REASON_UNKNOWN_EXTENSION, "request_id");
    receive(TODAY, sample_request("a", "greening", "2021-01-31"));
    receive(TODAY, sample_request("b", "greening", "2021-01-31"));
    struct update elsewhere = sample_decision("a", true);
    elsewhere.decision.request_source = "/zhongyuan/office";
    assert_refused(elsewhere, REASON_UNKNOWN_EXTENSION, "request_id");
    receive(TODAY, sample_decision("b", false));
    assert_refused(sample_decision("b", true), REASON_WRONG_STATE, "request_id");
    assert_refused(sample_decision("b", false), REASON_WRONG_STATE, "request_id");
    receive(TODAY, sample_decision("a", true));
    assert_refused(sample_decision("a", true), REASON_WRONG_STATE, "request_id");
    assert_refused(sample_decision("a", false), REASON_WRONG_STATE, "request_id");
}

static void a_grant_that_another_has_overtaken_is_refused_and_its_refusal_is_not(void **state)
{
    (void)state;
    receive("2020-06-01", sample_request("a", "greening", "2021-01-31"));
    receive("2020-06-01", sample_request("b", "greening", "2021-02-28"));
    receive("2020-06-01", sample_request("c", "greening", "2021-02-28"));
    receive("2020-06-02", sample_decision("b", true));
    refused_on("2020-06-02", sample_decision("a", true), REASON_WRONG_ORDER, "granted");
    refused_on("2020-06-02", sample_decision("c", true), REASON_WRONG_ORDER, "granted");
    allowed_on("2020-06-02", sample_decision("a", false));
    receive("2020-06-02", sample_decision("c", false));
    sample.commitments[0].due = sample_day("2021-01-30"); /* a revision ends the extension, and a is later again */
    revise("2020-06-03");
    receive("2020-06-03", sample_decision("a", true));
    assert_terms(terms_in(SAMPLE_DIVISION, 2020, "greening", "2020-06-03", head), "1000000", "2021-01-31");
}

static void a_request_that_was_in_time_can_be_decided_after_the_deadline(void **state)
{
    (void)state;
    receive("2020-12-31", sample_request("a", "greening", "2021-01-31"));
    allowed_on("2021-01-05", sample_decision("a", false));
    receive("2021-01-05", sample_decision("a", true));
    assert_greening("2021-01-04", head, APPROVED);
    assert_greening("2021-01-05", head, "1000000", "2021-01-31");
}

/* The decision names no commitment: its request does. */
static void a_request_whose_commitment_has_left_the_plan_can_only_be_refused(void **state)
{
    (void)state;
    receive(TODAY, sample_request("a", "greening", "2021-01-31"));
    sample.plan.commitments++;
    sample.plan.commitment_count--;
    revise(TODAY);
    assert_refused(sample_decision("a", true), REASON_UNKNOWN_COMMITMENT, "request_id");
    assert_allowed(sample_decision("a", false));
}

static void a_signature_of_a_known_division_is_left_to_the_log(void **state)
{
    (void)state;
    assert_allowed(sample_signature("whatever"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(revisions_count_from_one_without_a_gap),
        TEST(a_faulty_plan_is_refused_with_the_path_seen_from_the_event),
        TEST(of_several_faults_of_a_plan_the_first_is_told),
        TEST(a_measure_keeps_its_unit_and_kind_in_all_years),
        TEST(nothing_can_be_said_about_an_unknown_division),
        TEST(a_report_must_be_about_what_the_plan_knows),
        TEST(a_report_in_wan_or_yi_must_stay_exact),
        TEST(no_day_may_lie_in_the_future),
        TEST(a_milestone_must_be_one_of_the_projects_groups),
        TEST(a_milestone_may_be_the_first_of_a_group_of_any_of_the_plans),
        TEST(the_states_of_a_project_allow_these_changes_only),
        TEST(a_suspended_project_may_reach_a_milestone_and_a_cancelled_one_may_not),
        TEST(a_project_can_be_registered_and_described_anew),
        TEST(a_project_may_fit_the_plan_of_any_year),
        TEST(a_project_that_a_revision_leaves_out_stays_known),
        TEST(plans_are_listed_by_year_and_the_newest_defines_a_measure),
        TEST(what_is_kept_is_a_copy),
        TEST(reports_withdrawals_and_signatures_do_not_concern_the_registry),
        TEST(without_changes_the_approved_terms_are_in_force),
        TEST(an_adjustment_holds_from_the_day_of_its_decision_and_is_known_from_its_sequence),
        TEST(of_several_adjustments_the_one_decided_last_holds_whatever_came_first),
        TEST(of_adjustments_decided_on_one_day_the_last_received_holds),
        TEST(all_changes_are_kept_the_last_first),
        TEST(an_extension_holds_from_the_day_on_which_its_decision_is_received),
        TEST(the_day_of_receipt_is_that_of_shanghai),
        TEST(the_extension_granted_last_holds),
        TEST(the_extension_received_last_holds_even_when_the_clock_went_back),
        TEST(who_decided_a_target_is_kept_as_a_copy),
        TEST(a_refused_extension_changes_nothing),
        TEST(a_request_is_known_by_its_source_and_id),
        TEST(the_longest_names_are_told_apart_to_their_last_byte),
        TEST(a_revision_that_leaves_the_commitment_as_it_was_ends_nothing),
        TEST(a_revision_that_approves_another_target_ends_the_adjustments_alone),
        TEST(a_revision_that_sets_another_deadline_ends_the_extensions_alone),
        TEST(a_revision_may_end_both),
        TEST(a_revision_that_leaves_the_commitment_out_ends_both_for_good),
        TEST(the_same_target_written_otherwise_is_no_other_target),
        TEST(commitments_years_and_divisions_stand_apart),
        TEST(what_has_no_sequence_yet_counts_for_whoever_knows_everything),
        TEST(a_plan_is_known_in_each_of_its_revisions),
        TEST(a_project_is_known_as_it_was),
        TEST(a_change_needs_a_commitment_of_the_plan_of_that_year),
        TEST(an_adjustment_may_not_be_decided_in_the_future),
        TEST(an_extension_can_be_asked_for_until_the_end_of_the_deadlines_day),
        TEST(a_deadline_only_moves_later),
        TEST(a_decision_needs_a_request_that_is_not_decided),
        TEST(a_grant_that_another_has_overtaken_is_refused_and_its_refusal_is_not),
        TEST(a_request_that_was_in_time_can_be_decided_after_the_deadline),
        TEST(a_request_whose_commitment_has_left_the_plan_can_only_be_refused),
        TEST(a_signature_of_a_known_division_is_left_to_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
