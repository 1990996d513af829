#include "cli/cli.h"
#include "cli/plan_file.h"
#include "cli/simulation.h"

#include "base/day.h"
#include "base/map.h"
#include "domain/registry.h"
#include "support/sample_plan.h"
#include "wire/update_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 50
#define ARENA_BYTES ((size_t)1 << 30)

struct fixture {
    struct arena *arena, *scratch;
    struct plan *plan;
};

static void no_problem(void *context, const struct plan_file_problem *problem)
{
    (void)context;
    fail_msg("%zu: %s", problem->line, problem->reason.field);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct slice text;
    struct err err;
    fixture.arena = arena_new(ARENA_BYTES);
    fixture.scratch = arena_new(ARENA_BYTES);
    assert_int_equal(RC_OK, read_file(DUBAN_SOURCE_DIR "/plans/zhongyuan-2020/plan.yaml", fixture.arena, &text, &err));
    assert_int_equal(
        RC_OK, plan_file_read((const char *)text.data, text.bytes, fixture.arena, no_problem, NULL, &fixture.plan));
    fixture.plan->revision = 1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    arena_free(&fixture->scratch);
    return 0;
}

static struct simulation simulation_of(struct fixture *fixture, uint64_t seed)
{
    struct simulation simulation;
    struct simulation_options options = {.seed = seed, .revised = seed % 2 == 1};
    simulate(fixture->plan, &options, fixture->arena, &simulation);
    assert_true(simulation.count > 100);
    return simulation;
}

static bool same_event(struct fixture *fixture, const struct simulated_event *a, const struct simulated_event *b)
{
    struct event x, y;
    arena_reset(fixture->scratch);
    assert_true(update_write(&a->update, a->note, fixture->scratch, &x));
    assert_true(update_write(&b->update, b->note, fixture->scratch, &y));
    struct stamp stamp = {.sequence = 1};
    struct slice p = event_stamp(&x, &stamp, fixture->scratch), q = event_stamp(&y, &stamp, fixture->scratch);
    return a->at_us == b->at_us && p.bytes == q.bytes && memcmp(p.data, q.data, p.bytes) == 0;
}

static void test_same_seed_same_events(void **state)
{
    struct fixture *fixture = *state;
    struct simulation a = simulation_of(fixture, 7), b = simulation_of(fixture, 7);
    assert_int_equal(a.count, b.count);
    assert_int_equal(a.end_us, b.end_us);
    for (size_t i = 0; i < a.count; i++)
        assert_true(same_event(fixture, &a.events[i], &b.events[i]));
}

/* gcc and clang, this machine and that: what a seed stands for must not depend on them. When the simulation is changed
 * on purpose, so is this digest. */
static void test_a_seed_means_the_same_everywhere(void **state)
{
    struct fixture *fixture = *state;
    struct sample sample;
    sample_make(&sample);
    struct digest digest = {{0}};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct simulation simulation;
        simulate(&sample.plan, &(struct simulation_options){.seed = seed, .revised = true}, fixture->arena,
                 &simulation);
        for (size_t i = 0; i < simulation.count; i++) {
            struct event event;
            arena_reset(fixture->scratch);
            assert_true(
                update_write(&simulation.events[i].update, simulation.events[i].note, fixture->scratch, &event));
            struct slice bytes = event_stamp(&event, &(struct stamp){.sequence = 1}, fixture->scratch);
            digest = digest_chain(DIGEST_SHA256, &digest, bytes.data, bytes.bytes);
        }
    }
    char hex[DIGEST_HEX_BYTES];
    assert_string_equal("0e23fe17d5702c7a", digest_hex(&digest, 16, hex));
}

/* All ids differ by the seed; so what is compared is when things happen. */
static void test_other_seed_other_events(void **state)
{
    struct simulation a = simulation_of(*state, 8), b = simulation_of(*state, 10);
    size_t same = 0;
    for (size_t i = 0; i < a.count && i < b.count; i++)
        same += a.events[i].at_us == b.events[i].at_us;
    assert_true(same < a.count / 20);
}

static void test_a_year_in_the_order_of_time(void **state)
{
    struct fixture *fixture = *state;
    int64_t last_us;
    assert_true(instant_parse("2021-03-01", &last_us));
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct simulation simulation = simulation_of(fixture, seed);
        assert_int_equal(last_us, simulation.end_us);
        assert_true(simulation.events[0].at_us >= day_start_us(day_year_start(2020)));
        assert_true(simulation.events[simulation.count - 1].at_us < last_us);
        for (size_t i = 1; i < simulation.count; i++)
            assert_true(simulation.events[i].at_us >= simulation.events[i - 1].at_us);
    }
}

static void test_everything_says_that_it_is_simulated(void **state)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct simulation simulation = simulation_of(*state, seed);
        for (size_t i = 0; i < simulation.count; i++) {
            const struct update *update = &simulation.events[i].update;
            assert_memory_equal(SIMULATED_SOURCE, update->source, strlen(SIMULATED_SOURCE));
            assert_memory_equal("sim-", update->id, strlen("sim-"));
        }
    }
}

static void test_every_event_can_be_read_again(void **state)
{
    struct fixture *fixture = *state;
    struct simulation simulation = simulation_of(fixture, 11);
    for (size_t i = 0; i < simulation.count; i++) {
        const struct simulated_event *simulated = &simulation.events[i];
        struct event event;
        struct update update;
        struct reason reason;
        arena_reset(fixture->scratch);
        assert_true(update_write(&simulated->update, simulated->note, fixture->scratch, &event));
        struct stamp stamp = {.sequence = 1, .received_us = simulated->at_us};
        struct slice bytes = event_stamp(&event, &stamp, fixture->scratch);
        assert_int_equal(RC_OK, event_read(bytes, fixture->scratch, &event, &reason));
        assert_int_equal(RC_OK, update_read(&event, fixture->scratch, &update, &reason));
        assert_int_equal(simulated->update.kind, update.kind);
        assert_int_equal(simulated->at_us, event.time_us);
    }
}

/* What 50 years must show. */

static void test_every_character_and_every_kind_occurs(void **state)
{
    size_t characters[CHARACTER_COUNT] = {0}, kinds[UPDATE_ALERT_ACKNOWLEDGED + 1] = {0}, refused = 0, together = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct simulation simulation = simulation_of(*state, seed);
        for (size_t i = 0; i < simulation.count; i++) {
            const struct simulated_event *event = &simulation.events[i];
            characters[event->character]++;
            kinds[event->update.kind]++;
            refused += event->expectation == EXPECT_REFUSED;
            together += i > 0 && event->at_us == simulation.events[i - 1].at_us;
        }
    }
    for (size_t i = 0; i < CHARACTER_COUNT; i++)
        assert_true(characters[i] > 0);
    for (size_t i = UPDATE_PLAN_PUBLISHED; i <= UPDATE_ALERT_ACKNOWLEDGED; i++)
        assert_true(kinds[i] > 0);
    assert_true(refused > 0);
    assert_true(together > 0);
}

/* Refused is what is meant to be, and nothing else. */

struct reception {
    struct registry *registry;
    struct map accepted; /* id → what it is */
    uint64_t sequence;
};

static bool target_found(const struct reception *reception, const struct update *update)
{
    const struct update *target = map_get(&reception->accepted, update->withdrawal.id);
    return target != NULL && strcmp(target->source, update->source) == 0 &&
           (target->kind == UPDATE_MEASUREMENT_REPORTED || target->kind == UPDATE_MILESTONE_REACHED);
}

static void receive(struct reception *reception, const struct simulated_event *event)
{
    struct update update = event->update;
    struct reason reason = {.code = REASON_NONE};
    enum rc rc = registry_check(reception->registry, &update, day_of_instant(event->at_us), &reason);
    bool accepted = rc == RC_OK && (update.kind != UPDATE_WITHDRAWN || target_found(reception, &update));
    if (event->expectation != EXPECT_EITHER && accepted != (event->expectation == EXPECT_ACCEPTED))
        fail_msg("%s: %s %s %s", update.id, reason_name(reason.code), reason.field, reason.detail);
    if (!accepted)
        return;
    update.sequence = ++reception->sequence;
    assert_null(map_get(&reception->accepted, update.id));
    map_put(&reception->accepted, update.id, (void *)(uintptr_t)&event->update);
    registry_apply(reception->registry, &update);
}

static void test_ingest_refuses_only_what_is_wrong_on_purpose(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct simulation simulation = simulation_of(fixture, seed);
        struct reception reception = {.registry = registry_new(), .sequence = 1};
        struct update publication = {.kind = UPDATE_PLAN_PUBLISHED,
                                     .sequence = 1,
                                     .source = SIMULATED_SOURCE "plan",
                                     .id = "plan",
                                     .division = fixture->plan->division,
                                     .plan = fixture->plan};
        registry_apply(reception.registry, &publication);
        for (size_t i = 0; i < simulation.count; i++)
            receive(&reception, &simulation.events[i]);
        map_done(&reception.accepted);
        registry_free(&reception.registry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_events),
        cmocka_unit_test(test_a_seed_means_the_same_everywhere),
        cmocka_unit_test(test_other_seed_other_events),
        cmocka_unit_test(test_a_year_in_the_order_of_time),
        cmocka_unit_test(test_everything_says_that_it_is_simulated),
        cmocka_unit_test(test_every_event_can_be_read_again),
        cmocka_unit_test(test_every_character_and_every_kind_occurs),
        cmocka_unit_test(test_ingest_refuses_only_what_is_wrong_on_purpose),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
