#include "wire/standing_wire.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct standing known_standing(void)
{
    return (struct standing){
        .division = SAMPLE_DIVISION,
        .year = 2020,
        .revision = 2,
        .indicator = "livelihood-share",
        .unit = "parks",
        .as_of = sample_day("2020-06-30"),
        .updates_sequence = 42,
        .known = true,
        .numerator = sample_decimal("52.75"),
        .denominator = sample_decimal("69.85"),
        .value = sample_decimal("75.518969220"),
        .attainment = sample_decimal("-1.28"),
        .value_unit = "%",
        .target = sample_decimal("75.5"),
        .expected = sample_decimal("49.726027397"),
        .colour = COLOUR_YELLOW,
        .reached = true,
        .observed_on = sample_day("2020-06-29"),
        .scope = "2020年口径",
        .retired = true,
        .approved_target = sample_decimal("75"),
        .approved_attainment = sample_decimal("100.692"),
        .due = sample_day("2020-12-31"),
        .simulated = true,
        .has_forecast = true,
        .forecast = {.since = sample_day("2020-05-29"),
                     .weekly_pace = sample_decimal("-0.5"),
                     .reaches = true,
                     .reached_on = sample_day("2021-02-14"),
                     .value_at_deadline = sample_decimal("61.25"),
                     .misses = true,
                     .pace_needed_known = true,
                     .weekly_pace_needed = sample_decimal("0.125")},
    };
}

/* As notify reads what metrics has written. */
static struct standing round_trip(const struct standing *standing)
{
    struct event event, stored;
    struct standing read = {0};
    struct reason reason = {.code = REASON_NONE};
    assert_true(standing_event(standing, DAY_US, arena, &event));
    struct slice bytes = event_stamp(&event, &(struct stamp){.sequence = 9}, arena);
    if (event_read(bytes, arena, &stored, &reason) != RC_OK || standing_read(&stored, arena, &read, &reason) != RC_OK)
        fail_msg("%s %s %s", reason_name(reason.code), reason.field, reason.detail);
    assert_true(stored.time_us == DAY_US);
    return read;
}

static void assert_same_decimal(struct decimal a, struct decimal b)
{
    assert_int_equal(decimal_compare(a, b), 0);
}

static void a_known_standing_reads_as_written(void **state)
{
    (void)state;
    struct standing standing = known_standing(), read = round_trip(&standing);
    assert_string_equal(read.division, SAMPLE_DIVISION);
    assert_int_equal(read.year, 2020);
    assert_int_equal(read.revision, 2);
    assert_string_equal(read.indicator, "livelihood-share");
    assert_string_equal(read.unit, "parks");
    assert_int_equal(read.as_of, standing.as_of);
    assert_int_equal(read.updates_sequence, 42);
    assert_true(read.known && read.reached && read.retired);
    assert_same_decimal(read.numerator, standing.numerator);
    assert_same_decimal(read.denominator, standing.denominator);
    assert_same_decimal(read.value, standing.value);
    assert_same_decimal(read.attainment, standing.attainment);
    assert_string_equal(read.value_unit, "%");
    assert_same_decimal(read.target, standing.target);
    assert_same_decimal(read.expected, standing.expected);
    assert_int_equal(read.colour, COLOUR_YELLOW);
    assert_int_equal(read.observed_on, standing.observed_on);
    assert_string_equal(read.scope, "2020年口径");
    assert_same_decimal(read.approved_target, standing.approved_target);
    assert_same_decimal(read.approved_attainment, standing.approved_attainment);
    assert_int_equal(read.due, standing.due);
    assert_true(read.simulated);
}

static void a_forecast_reads_as_written(void **state)
{
    (void)state;
    struct standing standing = known_standing(), read = round_trip(&standing);
    const struct forecast *wanted = &standing.forecast, *found = &read.forecast;
    assert_true(read.has_forecast && found->reaches && found->misses && found->pace_needed_known);
    assert_int_equal(found->since, wanted->since);
    assert_int_equal(found->reached_on, wanted->reached_on);
    assert_same_decimal(found->weekly_pace, wanted->weekly_pace);
    assert_same_decimal(found->value_at_deadline, wanted->value_at_deadline);
    assert_same_decimal(found->weekly_pace_needed, wanted->weekly_pace_needed);
    standing.forecast.reaches = standing.forecast.pace_needed_known = standing.forecast.misses = false;
    read = round_trip(&standing);
    assert_true(read.has_forecast);
    assert_false(found->reaches || found->pace_needed_known || found->misses);
    standing.has_forecast = false;
    assert_false(round_trip(&standing).has_forecast);
}

static void an_unknown_standing_is_not_zero(void **state)
{
    (void)state;
    struct standing standing = known_standing();
    standing.known = standing.reached = standing.retired = false;
    standing.colour = COLOUR_GREY;
    struct standing read = round_trip(&standing);
    assert_false(read.known || read.reached || read.retired);
    const Duban__V1__IndicatorChanged *message = standing_write(&standing, arena);
    assert_string_equal(message->value, "");
    assert_string_equal(message->attainment, "");
    assert_string_equal(message->observed_on, "");

    standing.known = true; /* a reported zero is something else */
    standing.value = standing.numerator = (struct decimal){0};
    assert_true(round_trip(&standing).known);
}

/* Sums of many reports, and quotients, have more digits than a report may have. */
static void numbers_as_large_as_can_be_computed_read_as_written(void **state)
{
    (void)state;
    struct decimal largest = {1};
    for (int i = 0; i < 36; i++)
        largest.nano *= 10;
    largest.nano--;
    struct standing standing = known_standing();
    standing.numerator = standing.value = standing.attainment = standing.denominator = largest;
    standing.expected = standing.target = (struct decimal){-largest.nano};
    struct standing read = round_trip(&standing);
    assert_same_decimal(read.numerator, largest);
    assert_same_decimal(read.denominator, largest);
    assert_same_decimal(read.value, largest);
    assert_same_decimal(read.attainment, largest);
    assert_same_decimal(read.expected, standing.expected);
    assert_same_decimal(read.target, standing.target);
}

static void what_is_no_standing_is_refused(void **state)
{
    (void)state;
    struct standing standing = known_standing(), read;
    struct event event;
    struct reason reason;
    assert_true(standing_event(&standing, DAY_US, arena, &event));
    struct event other = event;
    other.type = "duban.v1.DeadlineAlert";
    assert_int_equal(standing_read(&other, arena, &read, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_UNKNOWN_TYPE);

    Duban__V1__IndicatorChanged *message = standing_write(&standing, arena);
    message->as_of = "2020-06-31";
    event.data = message_pack(message, arena);
    assert_int_equal(standing_read(&event, arena, &read, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_MALFORMED_DATA);

    message = standing_write(&standing, arena);
    message->value = "1000000000000000000000000000"; /* 28 digits */
    event.data = message_pack(message, arena);
    assert_int_equal(standing_read(&event, arena, &read, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_MALFORMED_DATA);

    event.data.bytes = 3;
    assert_int_equal(standing_read(&event, arena, &read, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_MALFORMED_DATA);
}

static void a_standing_has_an_id_and_a_topic_of_its_own(void **state)
{
    (void)state;
    struct standing standing = known_standing();
    struct event event, again, later;
    assert_true(standing_event(&standing, DAY_US, arena, &event));
    assert_true(standing_event(&standing, DAY_US, arena, &again));
    assert_true(standing_event(&standing, DAY_US + 1, arena, &later));
    assert_string_equal(event.source, "/duban/metrics");
    assert_string_equal(event.id, again.id); /* rebuilt from the log, it is the same event */
    assert_string_not_equal(event.id, later.id);
    standing.updates_sequence++;
    assert_true(standing_event(&standing, DAY_US, arena, &later));
    assert_string_not_equal(event.id, later.id);
    assert_string_equal(standing_topic(&standing, arena), "indicator.410102.livelihood-share.");
}

static struct alert commitment_alert(void)
{
    static const char *const withdrawn[] = {"w1", "w2"}, *const skipped[] = {"s1"};
    struct alert alert = {
        .at_us = 1588208400 * SECOND_US,
        .division = SAMPLE_DIVISION,
        .year = 2020,
        .deadline = "greening",
        .version = 2,
        .unit = "parks",
        .supervising_unit = "office",
        .recipient = "parks",
        .commitment = "greening",
        .project = "",
        .milestone = "",
        .phase = PHASE_UPCOMING,
        .occurrence = 30,
        .level = LEVEL_BLUE,
        .due = sample_day("2020-05-30"),
        .days_left = 30,
        .value_known = true,
        .value = sample_decimal("62.5"),
        .target = sample_decimal("100"),
        .value_unit = "%",
        .text_zh = "距离期限30天",
        .text_en = "30 days left",
        .reason = "",
        .withdrawn = withdrawn,
        .withdrawn_count = 2,
        .late = true,
        .skipped = skipped,
        .skipped_count = 1,
    };
    alert_id(&alert, alert.id);
    return alert;
}

/* As the log holds it. */
static Duban__V1__DeadlineAlert *alert_round_trip(const struct alert *alert, struct event *out_event)
{
    struct event event;
    struct reason reason = {.code = REASON_NONE};
    assert_true(alert_event(alert, arena, &event));
    struct slice bytes = event_stamp(&event, &(struct stamp){.sequence = 9}, arena);
    assert_int_equal(event_read(bytes, arena, out_event, &reason), RC_OK);
    assert_int_equal(message_check(&duban__v1__deadline_alert__descriptor, out_event->data, "", &reason), RC_OK);
    Duban__V1__DeadlineAlert *message = alert_unpack(out_event, arena);
    assert_non_null(message);
    return message;
}

static void an_alert_reads_as_written(void **state)
{
    (void)state;
    struct event event;
    struct alert alert = commitment_alert();
    const Duban__V1__DeadlineAlert *message = alert_round_trip(&alert, &event);
    assert_string_equal(event.source, "/duban/notify");
    assert_string_equal(event.id, alert.id);
    assert_true(event.time_us == alert.at_us);
    assert_string_equal(message->division, SAMPLE_DIVISION);
    assert_int_equal(message->year, 2020);
    assert_string_equal(message->deadline, "greening");
    assert_int_equal(message->version, 2);
    assert_string_equal(message->unit, "parks");
    assert_string_equal(message->supervising_unit, "office");
    assert_string_equal(message->commitment, "greening");
    assert_int_equal(message->phase, DUBAN__V1__PHASE__PHASE_UPCOMING);
    assert_int_equal(message->occurrence, 30);
    assert_int_equal(message->level, DUBAN__V1__LEVEL__LEVEL_BLUE);
    assert_string_equal(message->due, "2020-05-30");
    assert_int_equal(message->days_left, 30);
    assert_string_equal(message->value, "62.5");
    assert_string_equal(message->target, "100");
    assert_string_equal(message->value_unit, "%");
    assert_string_equal(message->text_zh, "距离期限30天");
    assert_int_equal(message->n_withdrawn_alerts, 2);
    assert_string_equal(message->withdrawn_alerts[1], "w2");
    assert_true(message->late);
    assert_int_equal(message->n_skipped_alerts, 1);
}

static void an_alert_about_a_milestone_has_no_value_nor_target(void **state)
{
    (void)state;
    struct event event;
    struct alert alert = commitment_alert();
    alert.deadline = "road-1/opened";
    alert.project = "road-1";
    alert.milestone = "opened";
    alert.commitment = "";
    alert.value_known = false;
    alert.phase = PHASE_OVERDUE;
    alert.days_left = -8;
    const Duban__V1__DeadlineAlert *message = alert_round_trip(&alert, &event);
    assert_string_equal(message->value, "");
    assert_string_equal(message->target, "");
    assert_string_equal(message->project, "road-1");
    assert_string_equal(message->milestone, "opened");
    assert_int_equal(message->days_left, -8);
    assert_string_equal(alert_topic(&alert, arena), "deadline.410102.parks.-.overdue.");
}

static void the_topic_of_an_alert_ends_in_its_phase(void **state)
{
    (void)state;
    struct alert alert = commitment_alert();
    static const char *const topics[] = {
        [PHASE_UPCOMING] = "deadline.410102.parks.greening.upcoming.",
        [PHASE_DUE] = "deadline.410102.parks.greening.due.",
        [PHASE_OVERDUE] = "deadline.410102.parks.greening.overdue.",
        [PHASE_MET] = "deadline.410102.parks.greening.met.",
        [PHASE_WITHDRAWN] = "deadline.410102.parks.greening.withdrawn.",
    };
    for (int phase = PHASE_UPCOMING; phase <= PHASE_WITHDRAWN; phase++) {
        alert.phase = (enum phase)phase;
        assert_string_equal(alert_topic(&alert, arena), topics[phase]);
    }
}

static void an_event_of_another_type_is_no_alert(void **state)
{
    (void)state;
    struct standing standing = known_standing();
    struct event event;
    assert_true(standing_event(&standing, DAY_US, arena, &event));
    assert_null(alert_unpack(&event, arena));
}

static const char *hash_of(const char *facts)
{
    static char hex[DIGEST_HEX_BYTES];
    struct digest digest = digest_of(facts, strlen(facts));
    return digest_hex(&digest, 32, hex);
}

static void the_id_of_an_alert_is_a_hash_of_its_facts(void **state)
{
    (void)state;
    struct alert alert = commitment_alert();
    assert_string_equal(alert.id, hash_of("410102/2020/greening/2/upcoming/30"));
    alert.recipient = alert.supervising_unit; /* a copy for another than the unit is another alert */
    alert.phase = PHASE_OVERDUE;
    assert_string_equal(alert_id(&alert, alert.id), hash_of("410102/2020/greening/2/overdue/30/office"));
}

static void a_digest_reads_as_written(void **state)
{
    (void)state;
    struct digest_item items[] = {
        {"0f0f", "greening", PHASE_PACE, LEVEL_RED, "进度", "pace"},
        {"1e1e", "livelihood-share", PHASE_BREACH, LEVEL_RED, "突破", "broken"},
    };
    struct unit_digest digest = {.at_us = 1588208400 * SECOND_US,
                                 .division = SAMPLE_DIVISION,
                                 .year = 2020,
                                 .unit = "parks",
                                 .items = items,
                                 .item_count = 2,
                                 .burden = {1, 2, 3, 4, 5, 6},
                                 .late = true};
    struct event made, event;
    assert_string_equal(digest_id(&digest, digest.id), hash_of(SAMPLE_DIVISION "/2020/parks/digest/2020-04-30"));
    assert_true(digest_event(&digest, arena, &made));
    struct slice bytes = event_stamp(&made, &(struct stamp){.sequence = 9}, arena);
    assert_int_equal(event_read(bytes, arena, &event, NULL), RC_OK);
    assert_string_equal(event.id, digest.id);
    assert_true(event.time_us == digest.at_us);
    const Duban__V1__UnitDigest *message = message_unpack(&duban__v1__unit_digest__descriptor, event.data, arena);
    assert_non_null(message);
    assert_string_equal(message->day, "2020-04-30");
    assert_string_equal(message->unit, "parks");
    assert_int_equal(message->n_items, 2);
    assert_string_equal(message->items[1]->id, "1e1e");
    assert_string_equal(message->items[1]->deadline, "livelihood-share");
    assert_int_equal(message->items[0]->phase, DUBAN__V1__PHASE__PHASE_PACE);
    assert_int_equal(message->items[0]->level, DUBAN__V1__LEVEL__LEVEL_RED);
    assert_string_equal(message->items[0]->text_zh, "进度");
    assert_string_equal(message->items[0]->text_en, "pace");
    assert_int_equal(message->asked, 1);
    assert_int_equal(message->reminded, 2);
    assert_int_equal(message->alerts_signed, 3);
    assert_int_equal(message->extensions_requested, 4);
    assert_int_equal(message->extensions_granted, 5);
    assert_int_equal(message->extensions_refused, 6);
    assert_true(message->late);
    assert_string_equal(digest_topic(&digest, arena), "digest." SAMPLE_DIVISION ".parks.");
}

/* As metrics wrote before there were approved targets and deadlines beside those in force. */
static void a_standing_of_the_release_before_is_read(void **state)
{
    (void)state;
    struct standing standing = known_standing();
    Duban__V1__IndicatorChanged *message = standing_write(&standing, arena);
    assert_non_null(message);
    char none[] = "";
    message->approved_target = message->approved_attainment = message->due = none;
    message->forecast = NULL;
    struct event event, stored;
    struct standing read;
    struct reason reason = {.code = REASON_NONE};
    assert_true(event_make("/duban/metrics", "x", "livelihood-share", DAY_US, &message->base, arena, &event));
    struct slice bytes = event_stamp(&event, &(struct stamp){.sequence = 9}, arena);
    assert_int_equal(event_read(bytes, arena, &stored, &reason), RC_OK);
    assert_int_equal(standing_read(&stored, arena, &read, &reason), RC_OK);
    assert_same_decimal(read.value, standing.value);
    assert_same_decimal(read.approved_target, standing.target);
    assert_same_decimal(read.approved_attainment, standing.attainment);
    assert_int_equal(read.due, sample_day("2020-12-31"));
    assert_false(read.has_forecast);
    message->year = 1989; /* of whose end there is no day to be read */
    assert_true(event_make("/duban/metrics", "x", "livelihood-share", DAY_US, &message->base, arena, &event));
    assert_int_equal(standing_read(&event, arena, &read, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_MALFORMED_DATA);
}

static void an_alert_of_the_release_before_went_to_the_unit(void **state)
{
    (void)state;
    Duban__V1__DeadlineAlert message = DUBAN__V1__DEADLINE_ALERT__INIT;
    char unit[] = "parks";
    message.unit = unit;
    struct event event;
    assert_true(event_make("/duban/notify", "x", "y", DAY_US, &message.base, arena, &event));
    const Duban__V1__DeadlineAlert *read = alert_unpack(&event, arena);
    assert_non_null(read);
    assert_string_equal(read->recipient, "parks");
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    struct standing standing = known_standing();
    struct alert alert = commitment_alert();
    bool standing_made = false, alert_made = false;
    for (size_t space = 0; !standing_made || !alert_made; space += 16) {
        assert_true(space < 8192);
        struct event event;
        struct arena *tight = arena_new(8192);
        assert_non_null(arena_alloc(tight, 8192 - space));
        standing_made = standing_event(&standing, DAY_US, tight, &event);
        arena_reset(tight);
        assert_non_null(arena_alloc(tight, 8192 - space));
        alert_made = alert_event(&alert, tight, &event);
        arena_free(&tight);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_known_standing_reads_as_written),
        TEST(a_forecast_reads_as_written),
        TEST(an_unknown_standing_is_not_zero),
        TEST(numbers_as_large_as_can_be_computed_read_as_written),
        TEST(what_is_no_standing_is_refused),
        TEST(a_standing_has_an_id_and_a_topic_of_its_own),
        TEST(an_alert_reads_as_written),
        TEST(an_alert_about_a_milestone_has_no_value_nor_target),
        TEST(the_topic_of_an_alert_ends_in_its_phase),
        TEST(an_event_of_another_type_is_no_alert),
        TEST(the_id_of_an_alert_is_a_hash_of_its_facts),
        TEST(a_digest_reads_as_written),
        TEST(a_standing_of_the_release_before_is_read),
        TEST(an_alert_of_the_release_before_went_to_the_unit),
        TEST(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
