#include "wire/update_wire.h"

#include "support/sample_plan.h"

#include "duban/v1/updates.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct arena *arena;
static struct sample sample;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    sample_make(&sample);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* What comes back after an update was written, stamped, stored and read. */
static struct update round_trip(const struct update *update)
{
    struct event event, stored;
    struct reason reason = {.code = REASON_NONE};
    struct update read;
    assert_true(update_write(update, "because", arena, &event));
    struct stamp stamp = {.sequence = 42, .received_us = DAY_US, .withdraws = update->kind == UPDATE_WITHDRAWN ? 7 : 0};
    struct slice bytes = event_stamp(&event, &stamp, arena);
    if (event_read(bytes, arena, &stored, &reason) != RC_OK || update_read(&stored, arena, &read, &reason) != RC_OK)
        fail_msg("%s %s %s", reason_name(reason.code), reason.field, reason.detail);
    assert_int_equal(read.kind, update->kind);
    assert_string_equal(read.source, update->source);
    assert_string_equal(read.id, update->id);
    assert_string_equal(read.division, update->division);
    assert_int_equal(read.sequence, 42);
    assert_true(read.received_us == DAY_US);
    return read;
}

static void a_report_reads_as_written(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "-12.000000001", "万平方米", "2099-12-31");
    report.measurement.project = "road-1";
    report.measurement.scope = "2019年口径";
    struct update read = round_trip(&report);
    assert_string_equal(read.measurement.measure, "green-area");
    assert_string_equal(read.measurement.project, "road-1");
    assert_int_equal(decimal_compare(read.measurement.value, report.measurement.value), 0);
    assert_string_equal(read.measurement.unit, "万平方米");
    assert_int_equal(read.measurement.observed_on, report.measurement.observed_on);
    assert_string_equal(read.measurement.scope, "2019年口径");
}

static void a_report_without_a_project_has_an_empty_one(void **state)
{
    (void)state;
    struct update report = sample_report("green-area", "0", "平方米", "1990-01-01");
    struct update read = round_trip(&report);
    assert_string_equal(read.measurement.project, "");
    assert_string_equal(read.measurement.scope, "");
    assert_int_equal(decimal_sign(read.measurement.value), 0);
}

static void a_milestone_reads_as_written(void **state)
{
    (void)state;
    struct update reached = sample_milestone("road-1", "opened", "2020-02-29");
    struct update read = round_trip(&reached);
    assert_string_equal(read.reached.project, "road-1");
    assert_string_equal(read.reached.milestone, "opened");
    assert_int_equal(read.reached.reached_on, reached.reached.reached_on);
}

static void changes_of_state_read_as_written(void **state)
{
    (void)state;
    static const enum update_kind kinds[] = {UPDATE_PROJECT_SUSPENDED, UPDATE_PROJECT_RESUMED,
                                             UPDATE_PROJECT_CANCELLED};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct update change = sample_change(kinds[i], "road-1");
        assert_string_equal(round_trip(&change).project, "road-1");
    }
}

static void a_withdrawal_reads_as_written_and_knows_what_it_takes_back(void **state)
{
    (void)state;
    struct update withdrawal = sample_withdrawal("2020-001/督");
    struct update read = round_trip(&withdrawal);
    assert_string_equal(read.withdrawal.id, "2020-001/督");
    assert_int_equal(read.withdrawal.sequence, 7);
}

static void an_adjustment_reads_as_written(void **state)
{
    (void)state;
    struct update adjustment = sample_adjustment("greening", "-0.000000001", "2099-12-31");
    adjustment.adjustment.year = 2099;
    struct update read = round_trip(&adjustment);
    assert_int_equal(read.adjustment.year, 2099);
    assert_string_equal(read.adjustment.commitment, "greening");
    assert_int_equal(decimal_compare(read.adjustment.target, adjustment.adjustment.target), 0);
    assert_string_equal(read.adjustment.decided_by, "区政府");
    assert_int_equal(read.adjustment.decided_on, adjustment.adjustment.decided_on);
}

static void a_request_for_an_extension_reads_as_written(void **state)
{
    (void)state;
    struct update request = sample_request("req-1", "greening", "2021-01-31");
    request.request.year = 1990;
    struct update read = round_trip(&request);
    assert_int_equal(read.request.year, 1990);
    assert_string_equal(read.request.commitment, "greening");
    assert_int_equal(read.request.due, sample_day("2021-01-31"));
    assert_string_equal(read.request.reason, "汛期");
}

static void a_decision_on_an_extension_reads_as_written(void **state)
{
    (void)state;
    for (int granted = 0; granted <= 1; granted++) {
        struct update decision = sample_decision("req-1/督", granted);
        struct update read = round_trip(&decision);
        assert_string_equal(read.decision.request_source, "/zhongyuan/bureau");
        assert_string_equal(read.decision.request_id, "req-1/督");
        assert_int_equal(read.decision.granted, granted);
        assert_string_equal(read.decision.reason, "同意");
    }
}

static void a_signature_reads_as_written(void **state)
{
    (void)state;
    struct update signature = sample_signature("338df2e6be0cd687497f1c4e6b52c605");
    struct update read = round_trip(&signature);
    assert_string_equal(read.acknowledgement.alert, "338df2e6be0cd687497f1c4e6b52c605");
    assert_string_equal(read.acknowledgement.signed_by, "张三");
}

static void a_registration_reads_as_written(void **state)
{
    (void)state;
    struct update registration = sample_registration(&sample.projects[0]);
    const struct project *read = round_trip(&registration).registered;
    assert_string_equal(read->id, "road-1");
    assert_string_equal(read->name_zh, "一号路");
    assert_string_equal(read->name_en, "road one");
    assert_string_equal(read->unit, "parks");
    assert_int_equal(read->group_count, 1);
    assert_string_equal(read->groups[0], "roads");
    assert_int_equal(read->deadline_count, 1);
    assert_string_equal(read->deadlines[0].milestone, "opened");
    assert_int_equal(read->deadlines[0].due, sample_day("2020-06-30"));
}

static void a_publication_carries_its_plan(void **state)
{
    (void)state;
    struct update publication = sample_publication(&sample.plan);
    const struct plan *read = round_trip(&publication).plan;
    assert_int_equal(read->year, 2020);
    assert_int_equal(read->commitment_count, 3);
    assert_string_equal(read->commitments[2].indicator.milestone, "opened");
}

static void the_subject_names_what_the_update_is_about(void **state)
{
    (void)state;
    const struct {
        struct update update;
        const char *subject;
    } cases[] = {
        {sample_publication(&sample.plan), "plan-2020"},
        {sample_registration(&sample.projects[0]), "road-1"},
        {sample_report("green-area", "1", "平方米", "2020-01-01"), "green-area"},
        {sample_milestone("road-1", "opened", "2020-01-01"), "road-1"},
        {sample_change(UPDATE_PROJECT_CANCELLED, "road-1"), "road-1"},
        {sample_withdrawal("7"), "7"},
        {sample_adjustment("greening", "1", "2020-01-01"), "greening"},
        {sample_request("req-1", "greening", "2021-01-31"), "greening"},
        {sample_decision("req-1", true), "req-1"},
        {sample_signature("338df2e6"), "338df2e6"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(update_subject(&cases[i].update, arena), cases[i].subject);
}

/* The event as it would be read from a sender, with this message as data. */
static struct event event_of(const ProtobufCMessage *message)
{
    struct event event;
    assert_true(event_make("/zhongyuan/bureau", "1", "", 0, message, arena, &event));
    return event;
}

static void assert_refused(const char *change, const ProtobufCMessage *message, enum reason_code code,
                           const char *field)
{
    struct event event = event_of(message);
    struct update update;
    struct reason reason = {.code = REASON_NONE};
    if (update_read(&event, arena, &update, &reason) != RC_REFUSED || reason.code != code ||
        strcmp(reason.field, field) != 0)
        fail_msg("after %s: %s %s", change, reason_name(reason.code), reason.field);
}

#define REFUSED(prototype, change, code, field)                                                                        \
    do {                                                                                                               \
        m = (prototype);                                                                                               \
        change;                                                                                                        \
        assert_refused(#change, &m.base, code, field);                                                                 \
    } while (0)

static char *long_text(size_t bytes)
{
    char *text = arena_alloc(arena, bytes + 1);
    memset(text, 'x', bytes);
    return text;
}

static void faults_of_a_report_are_named(void **state)
{
    (void)state;
    Duban__V1__MeasurementReported good = DUBAN__V1__MEASUREMENT_REPORTED__INIT, m;
    good.division = "410102";
    good.measure = "green-area";
    good.value = "12.5";
    good.unit = "平方米";
    good.observed_on = "2020-04-30";
    REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
    REFUSED(good, m.division = "41010", REASON_INVALID_DIVISION, "data.division");
    REFUSED(good, m.measure = "", REASON_MISSING_FIELD, "data.measure");
    REFUSED(good, m.measure = "Green", REASON_INVALID_IDENTIFIER, "data.measure");
    REFUSED(good, m.project = "Road", REASON_INVALID_IDENTIFIER, "data.project");
    REFUSED(good, m.value = "", REASON_MISSING_FIELD, "data.value");
    REFUSED(good, m.value = "twelve", REASON_INVALID_DECIMAL, "data.value");
    REFUSED(good, m.value = "1e3", REASON_INVALID_DECIMAL, "data.value");
    REFUSED(good, m.value = "0.0000000001", REASON_INVALID_DECIMAL, "data.value");
    REFUSED(good, m.unit = "", REASON_MISSING_FIELD, "data.unit");
    REFUSED(good, m.unit = long_text(33), REASON_TOO_LONG, "data.unit");
    REFUSED(good, m.unit = "a\nb", REASON_INVALID_TEXT, "data.unit");
    REFUSED(good, m.observed_on = "", REASON_MISSING_FIELD, "data.observed_on");
    REFUSED(good, m.observed_on = "0000-01-01", REASON_INVALID_DAY, "data.observed_on");
    REFUSED(good, m.observed_on = "9999-12-31", REASON_INVALID_DAY, "data.observed_on");
    REFUSED(good, m.observed_on = "2019-02-29", REASON_INVALID_DAY, "data.observed_on");
    REFUSED(good, m.statistical_scope = long_text(129), REASON_TOO_LONG, "data.statistical_scope");
    REFUSED(good, m.evidence = long_text(513), REASON_TOO_LONG, "data.evidence");
}

static void faults_of_the_other_reports_are_named(void **state)
{
    (void)state;
    {
        Duban__V1__MilestoneReached good = DUBAN__V1__MILESTONE_REACHED__INIT, m;
        good.division = "410102";
        good.project = "road-1";
        good.milestone = "opened";
        good.reached_on = "2020-04-30";
        REFUSED(good, m.project = "", REASON_MISSING_FIELD, "data.project");
        REFUSED(good, m.milestone = "x y", REASON_INVALID_IDENTIFIER, "data.milestone");
        REFUSED(good, m.reached_on = "2020-4-30", REASON_INVALID_DAY, "data.reached_on");
        REFUSED(good, m.evidence = long_text(513), REASON_TOO_LONG, "data.evidence");
    }
    {
        Duban__V1__ProjectCancelled good = DUBAN__V1__PROJECT_CANCELLED__INIT, m;
        good.division = "410102";
        good.project = "road-1";
        good.reason = "no money";
        REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
        REFUSED(good, m.project = "", REASON_MISSING_FIELD, "data.project");
        REFUSED(good, m.reason = "", REASON_MISSING_FIELD, "data.reason");
        REFUSED(good, m.reason = long_text(513), REASON_TOO_LONG, "data.reason");
    }
    {
        Duban__V1__UpdateWithdrawn good = DUBAN__V1__UPDATE_WITHDRAWN__INIT, m;
        good.division = "410102";
        good.id = "1";
        good.reason = "wrong";
        REFUSED(good, m.id = "", REASON_MISSING_FIELD, "data.id");
        REFUSED(good, m.id = long_text(129), REASON_TOO_LONG, "data.id");
        REFUSED(good, m.reason = "", REASON_MISSING_FIELD, "data.reason");
    }
}

static void assert_read(const ProtobufCMessage *message)
{
    struct event event = event_of(message);
    struct update update;
    struct reason reason = {.code = REASON_NONE};
    if (update_read(&event, arena, &update, &reason) != RC_OK)
        fail_msg("%s %s %s", reason_name(reason.code), reason.field, reason.detail);
}

#define READ(prototype, change)                                                                                        \
    do {                                                                                                               \
        m = (prototype);                                                                                               \
        change;                                                                                                        \
        assert_read(&m.base);                                                                                          \
    } while (0)

static void faults_of_an_adjustment_are_named(void **state)
{
    (void)state;
    Duban__V1__TargetAdjusted good = DUBAN__V1__TARGET_ADJUSTED__INIT, m;
    good.division = "410102";
    good.year = 2020;
    good.commitment = "greening";
    good.target = "800000";
    good.decided_by = "区政府";
    good.decided_on = "2020-06-01";
    READ(good, m.year = 1990);
    READ(good, m.year = 2099);
    READ(good, m.decided_by = long_text(256));
    REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
    REFUSED(good, m.division = "zhongyuan", REASON_INVALID_DIVISION, "data.division");
    REFUSED(good, m.year = 0, REASON_OUT_OF_RANGE, "data.year");
    REFUSED(good, m.year = 1989, REASON_OUT_OF_RANGE, "data.year");
    REFUSED(good, m.year = 2100, REASON_OUT_OF_RANGE, "data.year");
    REFUSED(good, m.commitment = "", REASON_MISSING_FIELD, "data.commitment");
    REFUSED(good, m.commitment = "Greening", REASON_INVALID_IDENTIFIER, "data.commitment");
    REFUSED(good, m.target = "", REASON_MISSING_FIELD, "data.target");
    REFUSED(good, m.target = ">= 5", REASON_INVALID_DECIMAL, "data.target");
    REFUSED(good, m.decided_by = "", REASON_MISSING_FIELD, "data.decided_by");
    REFUSED(good, m.decided_by = long_text(257), REASON_TOO_LONG, "data.decided_by");
    REFUSED(good, m.decided_by = "a\nb", REASON_INVALID_TEXT, "data.decided_by");
    REFUSED(good, m.decided_on = "", REASON_MISSING_FIELD, "data.decided_on");
    REFUSED(good, m.decided_on = "2020-06-31", REASON_INVALID_DAY, "data.decided_on");
}

static void faults_of_a_request_for_an_extension_are_named(void **state)
{
    (void)state;
    Duban__V1__ExtensionRequested good = DUBAN__V1__EXTENSION_REQUESTED__INIT, m;
    good.division = "410102";
    good.year = 2020;
    good.commitment = "greening";
    good.due = "2021-01-31";
    good.reason = "flood";
    READ(good, m.reason = long_text(512));
    REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
    REFUSED(good, m.year = 2100, REASON_OUT_OF_RANGE, "data.year");
    REFUSED(good, m.year = 1989, REASON_OUT_OF_RANGE, "data.year");
    REFUSED(good, m.commitment = "", REASON_MISSING_FIELD, "data.commitment");
    REFUSED(good, m.commitment = "a b", REASON_INVALID_IDENTIFIER, "data.commitment");
    REFUSED(good, m.due = "", REASON_MISSING_FIELD, "data.due");
    REFUSED(good, m.due = "soon", REASON_INVALID_DAY, "data.due");
    REFUSED(good, m.reason = "", REASON_MISSING_FIELD, "data.reason");
    REFUSED(good, m.reason = long_text(513), REASON_TOO_LONG, "data.reason");
    REFUSED(good, m.reason = "\x7f", REASON_INVALID_TEXT, "data.reason");
}

static void faults_of_a_decision_are_named(void **state)
{
    (void)state;
    Duban__V1__ExtensionDecided good = DUBAN__V1__EXTENSION_DECIDED__INIT, m;
    good.division = "410102";
    good.request_source = "/zhongyuan/bureau";
    good.request_id = "req-1";
    good.reason = "flood";
    READ(good, m.request_source = long_text(256));
    READ(good, m.request_id = long_text(128));
    REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
    REFUSED(good, m.request_source = "", REASON_MISSING_FIELD, "data.request_source");
    REFUSED(good, m.request_source = long_text(257), REASON_TOO_LONG, "data.request_source");
    REFUSED(good, m.request_source = "a\nb", REASON_INVALID_TEXT, "data.request_source");
    REFUSED(good, m.request_id = "", REASON_MISSING_FIELD, "data.request_id");
    REFUSED(good, m.request_id = long_text(129), REASON_TOO_LONG, "data.request_id");
    REFUSED(good, m.request_id = "a\nb", REASON_INVALID_TEXT, "data.request_id");
    REFUSED(good, m.reason = "", REASON_MISSING_FIELD, "data.reason");
    REFUSED(good, m.reason = long_text(513), REASON_TOO_LONG, "data.reason");
}

static void faults_of_a_signature_are_named(void **state)
{
    (void)state;
    Duban__V1__AlertAcknowledged good = DUBAN__V1__ALERT_ACKNOWLEDGED__INIT, m;
    good.division = "410102";
    good.alert = "338df2e6be0cd687497f1c4e6b52c605";
    good.signed_by = "张三";
    READ(good, m.signed_by = long_text(256));
    REFUSED(good, m.division = "", REASON_MISSING_FIELD, "data.division");
    REFUSED(good, m.division = "4101021", REASON_INVALID_DIVISION, "data.division");
    REFUSED(good, m.alert = "", REASON_MISSING_FIELD, "data.alert");
    REFUSED(good, m.alert = long_text(129), REASON_TOO_LONG, "data.alert");
    REFUSED(good, m.alert = "a\tb", REASON_INVALID_TEXT, "data.alert");
    REFUSED(good, m.signed_by = "", REASON_MISSING_FIELD, "data.signed_by");
    REFUSED(good, m.signed_by = long_text(257), REASON_TOO_LONG, "data.signed_by");
    REFUSED(good, m.signed_by = "a\nb", REASON_INVALID_TEXT, "data.signed_by");
}

static void faults_of_plans_and_projects_are_named(void **state)
{
    (void)state;
    Duban__V1__PlanPublished empty = DUBAN__V1__PLAN_PUBLISHED__INIT;
    assert_refused("no plan", &empty.base, REASON_MISSING_FIELD, "data.plan");
    Duban__V1__Plan plan = DUBAN__V1__PLAN__INIT;
    empty.plan = &plan;
    assert_refused("an empty plan", &empty.base, REASON_MISSING_FIELD, "data.plan.rules.yellow_points");

    Duban__V1__ProjectRegistered nothing = DUBAN__V1__PROJECT_REGISTERED__INIT;
    assert_refused("no project", &nothing.base, REASON_MISSING_FIELD, "data.project");
    Duban__V1__Project project = DUBAN__V1__PROJECT__INIT;
    Duban__V1__MilestoneDeadline deadline = DUBAN__V1__MILESTONE_DEADLINE__INIT;
    deadline.due = "2020-06-31";
    project.deadlines = &(Duban__V1__MilestoneDeadline *){&deadline};
    project.n_deadlines = 1;
    nothing.project = &project;
    assert_refused("a bad deadline", &nothing.base, REASON_INVALID_DAY, "data.project.deadlines[0].due");
    deadline.due = "2020-06-30";
    assert_refused("no division", &nothing.base, REASON_MISSING_FIELD, "data.division");
}

static void types_that_ingest_does_not_accept_are_unknown(void **state)
{
    (void)state;
    Duban__V1__Rules rules = DUBAN__V1__RULES__INIT;
    assert_refused("a message that is no update", &rules.base, REASON_UNKNOWN_TYPE, "type");
    struct event event = event_of(&rules.base);
    event.type = "duban.v1.TargetForgotten"; /* which no version has */
    struct update update;
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(update_read(&event, arena, &update, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_UNKNOWN_TYPE);
    assert_string_equal(reason.field, "type");
    assert_string_equal(reason.detail, "duban.v1.TargetForgotten");
    assert_false(update_type_known("duban.v1.TargetForgotten"));
    assert_false(update_type_known("duban.v1.IndicatorChanged"));
    assert_false(update_type_known("duban.v1.Plan"));
    assert_false(update_type_known(""));
    static const char *const accepted[] = {
        "PlanPublished",    "ProjectRegistered",  "MeasurementReported", "MilestoneReached",
        "ProjectSuspended", "ProjectResumed",     "ProjectCancelled",    "UpdateWithdrawn",
        "TargetAdjusted",   "ExtensionRequested", "ExtensionDecided",    "AlertAcknowledged",
    };
    for (size_t i = 0; i < COUNT(accepted); i++)
        assert_true(update_type_known(arena_printf(arena, "duban.v1.%s", accepted[i])));
}

static void data_of_another_type_is_malformed(void **state)
{
    (void)state;
    Duban__V1__Rules rules = DUBAN__V1__RULES__INIT; /* numbers where a report has texts */
    rules.lead_days = &(uint32_t){7};
    rules.n_lead_days = 1;
    rules.alert_minute = 540;
    struct event event = event_of(&rules.base);
    event.type = "duban.v1.MeasurementReported";
    struct update update;
    struct reason reason;
    assert_int_equal(update_read(&event, arena, &update, &reason), RC_REFUSED);
    assert_true(reason.code == REASON_MALFORMED_DATA || reason.code == REASON_INVALID_TEXT);
}

static void a_bomb_in_the_data_is_too_complex_for_a_small_arena(void **state)
{
    (void)state;
    const size_t bytes = 200000;
    uint8_t *data = malloc(bytes + 4);
    memcpy(data, "\x0a\xc0\x9a\x0c", 4); /* plan: 200,000 bytes */
    for (size_t i = 0; i < bytes; i += 2)
        memcpy(data + 4 + i, "\x42\x00", 2); /* an empty unit */
    struct event event = {.source = "s", .id = "1", .type = "duban.v1.PlanPublished", .data = {data, bytes + 4}};
    struct update update;
    struct reason reason;
    struct arena *small = arena_new((size_t)1 << 20);
    assert_int_equal(update_read(&event, small, &update, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_TOO_COMPLEX);
    arena_free(&small);
    assert_int_equal(update_read(&event, arena, &update, &reason), RC_REFUSED); /* room enough: just a bad plan */
    assert_string_equal(reason.field, "data.plan.rules.yellow_points");
    free(data);
}

static void an_arena_that_is_full_at_any_step_is_told(void **state)
{
    (void)state;
    struct update publication = sample_publication(&sample.plan),
                  registration = sample_registration(&sample.projects[0]);
    struct update adjustment = sample_adjustment("greening", "1", "2020-01-01");
    struct update request = sample_request("req-1", "greening", "2021-01-31");
    struct update decision = sample_decision("req-1", true), signature = sample_signature("338df2e6");
    const struct update *const updates[] = {&publication, &registration, &adjustment, &request, &decision, &signature};
    for (size_t u = 0; u < COUNT(updates); u++) {
        struct event event;
        assert_true(update_write(updates[u], "because", arena, &event));
        bool written = false, read = false;
        for (size_t space = 0; !written || !read; space += 48) {
            assert_true(space < 60000);
            struct arena *tight = arena_new(65536);
            assert_non_null(arena_alloc(tight, 65536 - space));
            struct event made;
            written = update_write(updates[u], "because", tight, &made);
            arena_free(&tight);

            tight = arena_new(65536);
            assert_non_null(arena_alloc(tight, 65536 - space));
            struct update update;
            struct reason reason;
            read = update_read(&event, tight, &update, &reason) == RC_OK;
            assert_true(read || reason.code == REASON_TOO_COMPLEX);
            arena_free(&tight);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_reads_as_written),
        TEST(a_report_without_a_project_has_an_empty_one),
        TEST(a_milestone_reads_as_written),
        TEST(changes_of_state_read_as_written),
        TEST(a_withdrawal_reads_as_written_and_knows_what_it_takes_back),
        TEST(an_adjustment_reads_as_written),
        TEST(a_request_for_an_extension_reads_as_written),
        TEST(a_decision_on_an_extension_reads_as_written),
        TEST(a_signature_reads_as_written),
        TEST(a_registration_reads_as_written),
        TEST(a_publication_carries_its_plan),
        TEST(the_subject_names_what_the_update_is_about),
        TEST(faults_of_a_report_are_named),
        TEST(faults_of_the_other_reports_are_named),
        TEST(faults_of_an_adjustment_are_named),
        TEST(faults_of_a_request_for_an_extension_are_named),
        TEST(faults_of_a_decision_are_named),
        TEST(faults_of_a_signature_are_named),
        TEST(faults_of_plans_and_projects_are_named),
        TEST(types_that_ingest_does_not_accept_are_unknown),
        TEST(data_of_another_type_is_malformed),
        TEST(a_bomb_in_the_data_is_too_complex_for_a_small_arena),
        TEST(an_arena_that_is_full_at_any_step_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
