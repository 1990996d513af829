#include "ingest/ingest.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TODAY "2020-07-01"

static struct registry *registry;
static struct sample sample;
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    sample_make(&sample);
    arena = arena_new(4096);
    registry = registry_new();
    struct update update = sample_publication(&sample.plan);
    registry_apply(registry, &update);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    registry_free(&registry);
    arena_free(&arena);
    return 0;
}

static const struct rights everybody = {.everything = true, .name = "local", .unit = ""};

static struct candidate candidate_of(const struct update *update)
{
    return (struct candidate){.has_identity = true, .update = update, .type = "duban.v1.Any", .sender = &everybody};
}

static struct candidate unreadable(void)
{
    struct candidate candidate = {.has_identity = true, .sender = &everybody};
    (void)reason_set(&candidate.problem, REASON_INVALID_DAY, "data.observed_on", "%s", "");
    return candidate;
}

static void assert_outcome(const struct candidate *candidate, enum outcome outcome, enum reason_code code,
                           const char *field)
{
    struct reason reason = {.code = REASON_COUNT};
    assert_int_equal(ingest_decide(registry, candidate, sample_day(TODAY), &reason), outcome);
    assert_int_equal(reason.code, code);
    assert_string_equal(reason.field, field);
}

static void a_good_update_is_accepted(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    struct candidate candidate = candidate_of(&report);
    assert_outcome(&candidate, OUTCOME_ACCEPTED, REASON_NONE, "");
}

static void the_same_content_again_is_a_duplicate_even_if_it_would_now_be_refused(void **state)
{
    (void)state;
    struct update report = sample_report("unheard", "1", "平方米", "2020-07-02");
    struct candidate candidate = candidate_of(&report);
    candidate.existing = EXISTING_SAME;
    assert_outcome(&candidate, OUTCOME_DUPLICATE, REASON_NONE, "");
}

static void other_content_under_a_known_identity_is_a_conflict_whatever_it_is(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    struct candidate candidate = candidate_of(&report);
    candidate.existing = EXISTING_OTHER;
    assert_outcome(&candidate, OUTCOME_CONFLICT, REASON_CONFLICTING_CONTENT, "id");

    candidate = unreadable();
    candidate.existing = EXISTING_OTHER;
    assert_outcome(&candidate, OUTCOME_CONFLICT, REASON_CONFLICTING_CONTENT, "id");
}

static void what_has_an_identity_but_cannot_be_read_is_quarantined(void **state)
{
    (void)state;
    struct candidate candidate = unreadable();
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_INVALID_DAY, "data.observed_on");
}

static void what_has_no_identity_is_rejected(void **state)
{
    (void)state;
    struct candidate candidate = unreadable();
    candidate.has_identity = false;
    assert_outcome(&candidate, OUTCOME_REJECTED, REASON_INVALID_DAY, "data.observed_on");
}

static void what_does_not_fit_the_plan_is_quarantined_with_the_path_seen_from_the_event(void **state)
{
    (void)state;
    struct update report = sample_report("unheard", "1", "平方米", TODAY);
    struct candidate candidate = candidate_of(&report);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_MEASURE, "data.measure");

    report = sample_report("green-area", "1", "平方米", "2020-07-02");
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_DAY_IN_FUTURE, "data.observed_on");

    sample.plan.revision = 2;
    sample.commitments[0].due = 0;
    sample.commitments[0].curve_count = 0;
    report = sample_publication(&sample.plan);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_WRONG_ORDER, "data.plan.commitments[0].due");
}

static void a_withdrawal_needs_something_to_take_back(void **state)
{
    (void)state;
    struct update withdrawal = sample_withdrawal("7");
    struct candidate candidate = candidate_of(&withdrawal);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_UPDATE, "data.id");
    candidate.target_found = true;
    assert_outcome(&candidate, OUTCOME_ACCEPTED, REASON_NONE, "");
    withdrawal.division = "4101";
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_DIVISION, "data.division");
}

static void only_reports_of_the_same_division_can_be_taken_back(void **state)
{
    (void)state;
    assert_true(ingest_may_withdraw("duban.v1.MeasurementReported", "update.410102.-.-.", "410102"));
    assert_true(ingest_may_withdraw("duban.v1.MilestoneReached", "update.410102.parks.road-1.", "410102"));
    assert_false(ingest_may_withdraw("duban.v1.MilestoneReached", "update.410102.parks.road-1.", "4101"));
    assert_false(ingest_may_withdraw("duban.v1.MilestoneReached", "update.410102.parks.road-1.", "410103"));
    assert_false(ingest_may_withdraw("duban.v1.MilestoneReached", "update.4101.parks.road-1.", "410102"));
    assert_false(ingest_may_withdraw("duban.v1.PlanPublished", "update.410102.plan.2020.", "410102"));
    assert_false(ingest_may_withdraw("duban.v1.UpdateWithdrawn", "update.410102.-.-.", "410102"));
}

static void changes_are_quarantined_with_the_path_seen_from_the_event(void **state)
{
    (void)state;
    struct update update = sample_adjustment("greening", "1", "2020-07-02");
    struct candidate candidate = candidate_of(&update);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_DAY_IN_FUTURE, "data.decided_on");
    update = sample_request("a", "unheard", "2021-01-31");
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_COMMITMENT, "data.commitment");
    update = sample_request("a", "greening", "2020-12-31");
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_WRONG_ORDER, "data.due");
    update = sample_decision("a", true);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_EXTENSION, "data.request_id");
    update = sample_adjustment("greening", "1", TODAY);
    assert_outcome(&candidate, OUTCOME_ACCEPTED, REASON_NONE, "");
}

static void a_signature_needs_an_alert_that_was_sent(void **state)
{
    (void)state;
    struct update signature = sample_signature("338df2e6be0cd687497f1c4e6b52c605");
    struct candidate candidate = candidate_of(&signature);
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_ALERT, "data.alert");
    candidate.target_found = true;
    assert_outcome(&candidate, OUTCOME_ACCEPTED, REASON_NONE, "");
    signature.division = "4101";
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_UNKNOWN_DIVISION, "data.division");
}

static void a_target_is_asked_for_by_withdrawals_and_signatures_alone(void **state)
{
    (void)state;
    struct update updates[] = {sample_adjustment("greening", "1", TODAY), sample_request("a", "greening", "2021-01-31"),
                               sample_change(UPDATE_PROJECT_SUSPENDED, "road-1")};
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        struct candidate candidate = candidate_of(&updates[i]);
        assert_outcome(&candidate, OUTCOME_ACCEPTED, REASON_NONE, "");
    }
}

static bool may_sign(const char *topic, const char *division, const char *wanted_unit)
{
    const char *unit = NULL;
    if (!ingest_may_sign(topic, division, arena, &unit))
        return false;
    assert_string_equal(unit, wanted_unit);
    return true;
}

static void only_alerts_of_the_same_division_can_be_signed_for(void **state)
{
    (void)state;
    assert_true(may_sign("deadline.410102.parks.greening.overdue.", "410102", "parks"));
    assert_true(may_sign("deadline.410102.office.-.met.", "410102", "office"));
    assert_true(may_sign("deadline.410102001002.parks.greening.due.", "410102001002", "parks"));
    assert_false(may_sign("deadline.410102.parks.greening.overdue.", "4101", ""));
    assert_false(may_sign("deadline.410102.parks.greening.overdue.", "41", ""));
    assert_false(may_sign("deadline.4101.parks.greening.overdue.", "410102", ""));
    assert_false(may_sign("deadline.410103.parks.greening.overdue.", "410102", ""));
    assert_false(may_sign("digest.410102.parks.", "410102", "")); /* by the same sender, in the same stream */
    assert_false(may_sign("update.410102.parks.-.", "410102", ""));
    assert_false(may_sign("", "410102", ""));
}

static void a_sender_whose_rights_were_taken_away_is_rejected(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    struct candidate candidate = candidate_of(&report);
    candidate.sender = NULL;
    assert_outcome(&candidate, OUTCOME_REJECTED, REASON_NOT_ALLOWED, "");
}

static void what_a_key_may_not_send_is_kept_aside(void **state)
{
    (void)state;
    static const char *const all[] = {"*"};
    const struct rights finance = {.name = "finance", .unit = "finance", .divisions = {all, 1}, .submit = {all, 1}};
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    struct candidate candidate = candidate_of(&report);
    candidate.sender = &finance;
    assert_outcome(&candidate, OUTCOME_QUARANTINED, REASON_NOT_RESPONSIBLE, "data.measure");
    candidate.existing = EXISTING_SAME; /* who sent it before learns nothing new */
    assert_outcome(&candidate, OUTCOME_DUPLICATE, REASON_NONE, "");
}

static void assert_topic(struct update update, const char *wanted)
{
    assert_string_equal(ingest_topic(registry, &update, arena), wanted);
}

static void a_topic_names_division_unit_and_project(void **state)
{
    (void)state;
    assert_topic(sample_publication(&sample.plan), "update.410102.plan.2020.");
    assert_topic(sample_registration(&sample.projects[0]), "update.410102.parks.road-1.");
    assert_topic(sample_report("green-area", "1", "平方米", TODAY), "update.410102.-.-.");
    assert_topic(sample_milestone("road-1", "opened", TODAY), "update.410102.parks.road-1.");
    assert_topic(sample_change(UPDATE_PROJECT_SUSPENDED, "road-1"), "update.410102.parks.road-1.");
    assert_topic(sample_withdrawal("7"), "update.410102.-.-.");
    struct update report = sample_report("green-area", "1", "平方米", TODAY);
    report.measurement.project = "road-1";
    assert_topic(report, "update.410102.parks.road-1.");

    /* What is about a commitment goes to the unit that leads it. */
    assert_topic(sample_adjustment("greening", "1", TODAY), "update.410102.parks.-.");
    assert_topic(sample_adjustment("unheard", "1", TODAY), "update.410102.-.-.");
    assert_topic(sample_request("a", "roads-open", "2021-01-31"), "update.410102.parks.-.");
    struct update request = sample_request("a", "roads-open", "2021-01-31");
    request.request.year = 2021;
    assert_topic(request, "update.410102.-.-.");
    assert_topic(sample_decision("a", false), "update.410102.-.-.");
    request.request.year = 2020;
    registry_apply(registry, &request);
    assert_topic(sample_decision("a", false), "update.410102.parks.-.");
    assert_topic(sample_signature("338df2e6"), "update.410102.-.-.");

    while (arena_alloc(arena, 1) != NULL)
        continue;
    assert_null(ingest_topic(registry, &report, arena));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_update_is_accepted),
        TEST(the_same_content_again_is_a_duplicate_even_if_it_would_now_be_refused),
        TEST(other_content_under_a_known_identity_is_a_conflict_whatever_it_is),
        TEST(what_has_an_identity_but_cannot_be_read_is_quarantined),
        TEST(what_has_no_identity_is_rejected),
        TEST(what_does_not_fit_the_plan_is_quarantined_with_the_path_seen_from_the_event),
        TEST(a_withdrawal_needs_something_to_take_back),
        TEST(only_reports_of_the_same_division_can_be_taken_back),
        TEST(changes_are_quarantined_with_the_path_seen_from_the_event),
        TEST(a_signature_needs_an_alert_that_was_sent),
        TEST(a_target_is_asked_for_by_withdrawals_and_signatures_alone),
        TEST(only_alerts_of_the_same_division_can_be_signed_for),
        TEST(a_sender_whose_rights_were_taken_away_is_rejected),
        TEST(what_a_key_may_not_send_is_kept_aside),
        TEST(a_topic_names_division_unit_and_project),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
