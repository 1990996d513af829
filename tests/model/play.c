/* Plays simulated years through what the services decide, without a database, a process or a clock of its own, and
 * writes down the three streams as a reader of the log would see them: what tests/model checks by another way.
 *
 * The clock is perfect: every batch is received at the instant at which it was sent, and notify is never late. */
#include "cli/cli.h"
#include "cli/plan_file.h"
#include "cli/simulation.h"
#include "ingest/ingest.h"
#include "metrics/metrics.h"
#include "model/random_plan.h"
#include "notify/notify.h"

#include "base/day.h"
#include "base/map.h"
#include "wire/standing_wire.h"
#include "wire/update_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES ((size_t)4 << 30)
#define STEP_BYTES ((size_t)1 << 30)
#define PLANS_MAX 2

static const char help[] = "usage: play [--plan FILE.yaml] [--into FOLDER] [--refusals] SEED [COUNT]\n"
                           "Writes the log of each seed as JSON lines, to standard output or to FOLDER/SEED.jsonl.\n"
                           "  --refusals  tells on standard error what ingest refused\n";

/* An accepted update, as a withdrawal looks for it. */
struct accepted {
    uint64_t sequence;
    const char *type, *topic;
};

struct emitted {
    int64_t at_us;
    struct standing standing;
};

struct play {
    FILE *out;
    bool refusals;
    struct arena *kept, *step; /* for the whole of it; for what happens at one instant */
    struct registry *registry;
    struct metrics *metrics;
    struct notify *notify;
    struct map accepted; /* "source\nid" → struct accepted */
    struct map alerts;   /* id → topic */
    uint64_t updates, indicators, alert_count;
    int64_t received_us, alerted_us;
    struct emitted *emitted; /* standings that notify has not been told */
    size_t emitted_count, emitted_capacity;
};

/* Stamps an event of a stream, writes its line and gives it back as it is read from the log. */
static struct event put(struct play *play, const struct event *event, struct stamp stamp)
{
    struct event read;
    struct reason reason;
    struct slice bytes = event_stamp(event, &stamp, play->step);
    REQUIRE(bytes.data != NULL && event_read(bytes, play->step, &read, &reason) == RC_OK);
    char *line = event_json(&read, play->step);
    fprintf(play->out, "%s\n", line);
    free(line);
    return read;
}

/* metrics and notify. */

static void take_standing(void *context, int64_t at_us, const struct standing *standing)
{
    struct play *play = context;
    struct event event;
    struct emitted emitted = {.at_us = at_us};
    struct reason reason;
    REQUIRE(standing_event(standing, at_us, play->step, &event));
    event = put(play, &event, (struct stamp){.sequence = ++play->indicators, .received_us = at_us});
    REQUIRE(standing_read(&event, play->step, &emitted.standing, &reason) == RC_OK);
    play->emitted = array_grow(play->emitted, play->emitted_count, &play->emitted_capacity, sizeof *play->emitted);
    play->emitted[play->emitted_count++] = emitted;
}

/* An event of the stream alerts, at its instant or, where that is past, right after the one before. */
static void put_alert(struct play *play, const struct event *event)
{
    if (event->time_us > play->alerted_us)
        play->alerted_us = event->time_us;
    (void)put(play, event, (struct stamp){.sequence = ++play->alert_count, .received_us = play->alerted_us});
}

static void take_alert(void *context, const struct alert *alert)
{
    struct play *play = context;
    struct event event;
    if (map_get(&play->alerts, alert->id) != NULL) {
        fprintf(stderr, "play: alert %s (%s %s) is decided twice\n", alert->id, alert->deadline,
                phase_name(alert->phase));
        return;
    }
    char *id = arena_copy(play->kept, alert->id);
    const char *topic = alert_topic(alert, play->kept);
    REQUIRE(id != NULL && topic != NULL && alert_event(alert, play->step, &event));
    map_put(&play->alerts, id, (void *)(uintptr_t)topic);
    put_alert(play, &event);
}

static void take_digest(void *context, const struct unit_digest *digest)
{
    struct play *play = context;
    struct event event;
    REQUIRE(digest_event(digest, play->step, &event));
    put_alert(play, &event);
}

/* With endless grace nothing is ever late. */
static void drain(struct play *play, int64_t now_us)
{
    notify_drain(
        play->notify,
        &(struct notify_drain){
            .now_us = now_us, .grace_us = INT64_MAX, .alert = take_alert, .digest = take_digest, .context = play});
}

static void tell_standings(struct play *play)
{
    for (size_t i = 0; i < play->emitted_count; i++)
        notify_standing(play->notify, play->emitted[i].at_us, &play->emitted[i].standing);
    play->emitted_count = 0;
}

/* Nothing more comes up to an instant: midnights and mornings pass. */
static void pass(struct play *play, int64_t until_us)
{
    metrics_advance(play->metrics, until_us);
    tell_standings(play);
    notify_advance(play->notify, until_us);
    drain(play, until_us);
    arena_reset(play->step);
}

/* ingest. */

static const char *key_of(struct play *play, const char *source, const char *id)
{
    return arena_must(arena_printf(play->kept, "%s\n%s", source, id));
}

/* What a withdrawal takes back: its sequence, or 0. */
static uint64_t find_target(struct play *play, const struct update *update)
{
    if (update->kind != UPDATE_WITHDRAWN)
        return 0;
    const struct accepted *target = map_get(&play->accepted, key_of(play, update->source, update->withdrawal.id));
    bool found = target != NULL && ingest_may_withdraw(target->type, target->topic, update->division);
    return found ? target->sequence : 0;
}

static bool alert_was_sent(const struct play *play, const struct update *update)
{
    const char *topic =
        update->kind == UPDATE_ALERT_ACKNOWLEDGED ? map_get(&play->alerts, update->acknowledgement.alert) : NULL;
    const char *unit;
    return topic != NULL && ingest_may_sign(topic, update->division, play->kept, &unit);
}

static void tell_refusal(const struct play *play, const struct update *update, const struct reason *reason)
{
    char text[REASON_TEXT_BYTES];
    if (play->refusals)
        fprintf(stderr, "refused: kind %d %s %s: %s %s: %s\n", (int)update->kind, update->source, update->id,
                reason_name(reason->code), reason->field, reason_text_en(reason, text));
}

static void accept(struct play *play, const struct event *submitted, uint64_t target, const char *topic)
{
    struct update update;
    struct reason reason;
    struct stamp stamp = {.sequence = ++play->updates, .received_us = play->received_us, .withdraws = target};
    struct event event = put(play, submitted, stamp);
    REQUIRE(update_read(&event, play->step, &update, &reason) == RC_OK);
    struct accepted *accepted = arena_alloc(play->kept, sizeof *accepted);
    char *type = arena_copy(play->kept, event.type);
    REQUIRE(accepted != NULL && type != NULL);
    *accepted = (struct accepted){stamp.sequence, type, topic};
    const char *key = key_of(play, update.source, update.id);
    REQUIRE(map_get(&play->accepted, key) == NULL);
    map_put(&play->accepted, key, accepted);
    registry_apply(play->registry, &update);
    notify_update(play->notify, &update);
    metrics_apply(play->metrics, &update);
}

static void submit(struct play *play, const struct simulated_event *simulated)
{
    struct event event;
    struct reason reason;
    struct update update = simulated->update;
    REQUIRE(update_write(&update, simulated->note, play->step, &event));
    update.received_us = play->received_us;
    uint64_t target = find_target(play, &update);
    static const struct rights everybody = {.everything = true, .name = "play", .unit = ""};
    struct candidate candidate = {.has_identity = true,
                                  .update = &update,
                                  .type = event.type,
                                  .sender = &everybody,
                                  .target_found = target != 0 || alert_was_sent(play, &update)};
    if (ingest_decide(play->registry, &candidate, day_of_instant(play->received_us), &reason) != OUTCOME_ACCEPTED) {
        tell_refusal(play, &update, &reason);
        return;
    }
    const char *topic = ingest_topic(play->registry, &update, play->kept);
    REQUIRE(topic != NULL);
    accept(play, &event, target, topic);
}

/* Everything that is sent at one instant is one transaction; returns how many there were. At that instant notify hears
 * of the alerts of the calendar first, then of the updates, then of the standings. */
static size_t play_batch(struct play *play, const struct simulated_event *events, size_t count)
{
    int64_t at_us = events[0].at_us;
    play->received_us = at_us > play->received_us ? at_us : play->received_us + 1;
    pass(play, play->received_us - 1);
    size_t sent = 0;
    for (; sent < count && events[sent].at_us == at_us; sent++)
        submit(play, &events[sent]);
    pass(play, play->received_us);
    return sent;
}

static void play_events(FILE *out, bool refusals, const struct simulated_event *events, size_t count, int64_t end_us)
{
    struct play play = {.out = out, .refusals = refusals, .received_us = INT64_MIN, .alerted_us = INT64_MIN};
    play.kept = arena_new(KEPT_BYTES);
    play.step = arena_new(STEP_BYTES);
    REQUIRE(play.kept != NULL && play.step != NULL);
    play.registry = registry_new();
    play.metrics = metrics_new(take_standing, &play);
    play.notify = notify_new();
    for (size_t done = 0; done < count;)
        done += play_batch(&play, events + done, count - done);
    pass(&play, end_us);
    char end[INSTANT_TEXT_BYTES];
    fprintf(out, "{\"end\":\"%s\"}\n", instant_format(end_us, end));
    registry_free(&play.registry);
    metrics_free(&play.metrics);
    notify_free(&play.notify);
    map_done(&play.accepted);
    map_done(&play.alerts);
    free(play.emitted);
    arena_free(&play.kept);
    arena_free(&play.step);
}

/* What is played. */

struct story {
    struct arena *arena;
    struct simulated_event *events;
    size_t count, capacity;
    int64_t end_us;
};

static void add(struct story *story, const struct simulated_event *event)
{
    story->events = array_grow(story->events, story->count, &story->capacity, sizeof *story->events);
    story->events[story->count++] = *event;
}

/* At any instant around New Year, mostly before. */
static void add_publication(struct story *story, struct dice *dice, const struct plan *plan)
{
    int64_t at_us = day_start_us(day_year_start((int)plan->year)) + dice_between(dice, -25 * DAY_US, 3 * DAY_US);
    struct simulated_event event = {.at_us = at_us, .note = ""};
    event.update = (struct update){.kind = UPDATE_PLAN_PUBLISHED,
                                   .received_us = at_us,
                                   .source = SIMULATED_SOURCE "plan",
                                   .id = arena_printf(story->arena, "plan-%s-%u", plan->division, plan->year),
                                   .division = plan->division,
                                   .plan = plan};
    REQUIRE(event.update.id != NULL);
    add(story, &event);
}

static void add_year(struct story *story, struct dice *dice, uint64_t seed, const struct plan *plan)
{
    struct simulation simulation;
    struct simulation_options options = {.seed = seed, .revised = dice_chance(dice, 40)};
    simulate(plan, &options, story->arena, &simulation);
    add_publication(story, dice, plan);
    for (size_t i = 0; i < simulation.count; i++)
        add(story, &simulation.events[i]);
    if (simulation.end_us > story->end_us)
        story->end_us = simulation.end_us;
}

static const struct simulated_event *base_of_sort;

static int by_time(const void *a, const void *b)
{
    const struct simulated_event *x = *(const struct simulated_event *const *)a,
                                 *y = *(const struct simulated_event *const *)b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x - base_of_sort < y - base_of_sort ? -1 : 1;
}

/* The events of all plans in one order; of one instant, each plan's stay as they are. */
static void put_in_order(struct story *story)
{
    const struct simulated_event **order = calloc(story->count, sizeof *order);
    struct simulated_event *events = calloc(story->count, sizeof *events);
    REQUIRE(order != NULL && events != NULL);
    for (size_t i = 0; i < story->count; i++)
        order[i] = &story->events[i];
    base_of_sort = story->events;
    qsort(order, story->count, sizeof *order, by_time);
    for (size_t i = 0; i < story->count; i++)
        events[i] = *order[i];
    free(order);
    free(story->events);
    story->events = events;
}

static void refuse_bad_plan(void *context, const struct reason *problem)
{
    char text[REASON_TEXT_BYTES];
    fprintf(stderr, "play: seed %" PRIu64 ": %s: %s\n", *(uint64_t *)context, problem->field,
            reason_text_en(problem, text));
}

/* One plan, or it and its next year's, or it and that of a division below. */
static size_t draw_plans(struct dice *dice, uint64_t seed, struct arena *arena, const struct plan *plans[PLANS_MAX])
{
    size_t count = 1;
    plans[0] = random_plan(dice, arena);
    if (dice_chance(dice, 25))
        plans[count++] = plan_of_next_year(plans[0], dice, arena);
    else if (dice_chance(dice, 20))
        plans[count++] = plan_of_part(plans[0], dice, arena);
    for (size_t i = 0; i < count; i++)
        REQUIRE(plan_check(plans[i], refuse_bad_plan, &seed) == 0);
    return count;
}

struct options {
    const struct plan *plan; /* null: drawn */
    const char *folder;      /* null: standard output */
    bool refusals;
};

static bool play_seed(uint64_t seed, const struct options *options)
{
    struct story story = {.arena = arena_new(KEPT_BYTES)};
    REQUIRE(story.arena != NULL);
    struct dice dice = dice_new(seed, "play");
    const struct plan *plans[PLANS_MAX] = {options->plan};
    size_t count = options->plan == NULL ? draw_plans(&dice, seed, story.arena, plans) : 1;
    for (size_t i = 0; i < count; i++)
        add_year(&story, &dice, seed, plans[i]);
    put_in_order(&story);
    char path[512];
    snprintf(path, sizeof path, "%s/%" PRIu64 ".jsonl", options->folder == NULL ? "" : options->folder, seed);
    FILE *out = options->folder == NULL ? stdout : fopen(path, "w");
    if (out != NULL)
        play_events(out, options->refusals, story.events, story.count, story.end_us);
    bool good = out != NULL && fflush(out) == 0 && !ferror(out);
    if (!good)
        perror(options->folder == NULL ? "play" : path);
    if (out != NULL && out != stdout)
        fclose(out);
    free(story.events);
    arena_free(&story.arena);
    return good;
}

static void tell_plan_problem(void *context, const struct plan_file_problem *problem)
{
    (void)context;
    char text[REASON_TEXT_BYTES];
    fprintf(stderr, "play: %zu:%zu: %s\n", problem->line, problem->column, reason_text_en(&problem->reason, text));
}

static const struct plan *read_plan(const char *path, struct arena *arena)
{
    struct slice text;
    struct err err;
    struct plan *plan;
    if (read_file(path, arena, &text, &err) != RC_OK) {
        fprintf(stderr, "play: %s\n", err.text);
        return NULL;
    }
    if (plan_file_read((const char *)text.data, text.bytes, arena, tell_plan_problem, NULL, &plan) != RC_OK)
        return NULL;
    plan->revision = 1;
    return plan;
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new(STEP_BYTES);
    struct options options = {0};
    const char *plan_path = NULL;
    int next = 1;
    for (; next < argc && strncmp(argv[next], "--", 2) == 0; next++) {
        if (strcmp(argv[next], "--refusals") == 0)
            options.refusals = true;
        else if (strcmp(argv[next], "--plan") == 0 && next + 1 < argc)
            plan_path = argv[++next];
        else if (strcmp(argv[next], "--into") == 0 && next + 1 < argc)
            options.folder = argv[++next];
        else
            return fputs(help, stderr), EXIT_USAGE;
    }
    if (argc - next < 1 || argc - next > 2)
        return fputs(help, stderr), EXIT_USAGE;
    if (plan_path != NULL && (options.plan = read_plan(plan_path, arena)) == NULL)
        return EXIT_USAGE;
    uint64_t seed = strtoull(argv[next], NULL, 10), count = argc - next == 2 ? strtoull(argv[next + 1], NULL, 10) : 1;
    bool good = true;
    for (uint64_t i = 0; good && i < count; i++)
        good = play_seed(seed + i, &options);
    arena_free(&arena);
    return good ? EXIT_DONE : EXIT_NEGATIVE;
}
