#include "cli/cli.h"

#include "cli/simulation.h"

#include "base/day.h"
#include "base/map.h"
#include "io/cloudevents/v1/cloudevents.pb-c.h"
#include "wire/update_wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_EVENTS 500
#define TRY_TIMEOUT_MS 5000
#define RETRY_MS 200
#define SIGN_AGAIN_US (60 * MINUTE_US)
#define SIGN_TRIES 3
#define BATCH_BYTES ((size_t)256 << 20)

static const char help[] =
    "usage: duban simulate [--seed N] [--list] [--publish] [--revised] [--patience SECONDS] PLAN.yaml\n"
    "Makes up a whole year of a plan and sends it, each event when the clock of the services comes to its instant.\n"
    "All of it is simulated: every source begins with /simulated/. The same seed makes up the same year, and sending "
    "it\n"
    "twice does no harm.\n"
    "  --seed N            which year [1]\n"
    "  --list              only prints the events, as JSON lines; needs no service\n"
    "  --publish           publishes the plan first, as revision 1; else it has been published\n"
    "  --revised           the plan is revised within the year\n"
    "  --patience SECONDS  how long to try again when ingest does not answer [60]\n";

static const char warning[] = "模拟数据：以下全部是模拟的，并非真实上报。\n"
                              "SIMULATED DATA: everything below is made up; nobody reported it.\n";

/* One event on its way to ingest. */
struct sending {
    const struct simulated_event *event;
    int64_t at_us; /* when it is to be sent, or sent again */
    int tries;
};

struct player {
    struct cli *cli;
    const struct plan *plan;
    struct simulation_options options;
    int patience_s;
    size_t accepted, duplicates, refused;
    struct sending *again; /* signatures for alerts that had not been sent, in the order of time */
    size_t again_count, again_capacity;
};

/* Listing. */

static void print_event(const struct simulated_event *simulated, struct arena *arena)
{
    static const char *const expectations[] = {
        [EXPECT_ACCEPTED] = "accepted", [EXPECT_REFUSED] = "refused", [EXPECT_EITHER] = "either"};
    struct event event;
    REQUIRE(update_write(&simulated->update, simulated->note, arena, &event));
    char *text = event_json(&event, arena);
    json_t *line = json_loads(text, 0, NULL);
    json_object_set_new(line, "character", json_string(character_name(simulated->character)));
    json_object_set_new(line, "expected", json_string(expectations[simulated->expectation]));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
    free(text);
}

static int list(const struct simulation *simulation)
{
    struct arena *arena = arena_new(BATCH_BYTES);
    REQUIRE(arena != NULL);
    for (size_t i = 0; i < simulation->count; i++) {
        arena_reset(arena);
        print_event(&simulation->events[i], arena);
    }
    arena_free(&arena);
    return EXIT_DONE;
}

/* Sending. */

static void print_refusal(const struct simulated_event *event, const char *outcome, const Duban__V1__Reason *reason)
{
    char instant[INSTANT_TEXT_BYTES];
    printf("%s %s %s: %s %s %s: %s / %s\n", instant_format(event->at_us, instant), event->update.source,
           event->update.id, outcome, reason->code, reason->field, reason->text_zh, reason->text_en);
}

/* An alert may be sent later than it was expected: its signature is sent again, up to a limit. */
static bool sign_again(struct player *player, const struct sending *sending, const Duban__V1__Reason *reason)
{
    if (strcmp(reason->code, "UNKNOWN_ALERT") != 0 || sending->tries + 1 >= SIGN_TRIES)
        return false;
    player->again = array_grow(player->again, player->again_count, &player->again_capacity, sizeof *player->again);
    player->again[player->again_count++] = (struct sending){
        sending->event, clock_now_us(&player->cli->settings.clock) + SIGN_AGAIN_US, sending->tries + 1};
    return true;
}

static void take_receipt(struct player *player, const struct sending *sending, const Duban__V1__Receipt *receipt)
{
    static const char prefix[] = "OUTCOME_";
    if (receipt->outcome == DUBAN__V1__OUTCOME__OUTCOME_ACCEPTED) {
        player->accepted++;
        return;
    }
    if (receipt->outcome == DUBAN__V1__OUTCOME__OUTCOME_DUPLICATE) {
        player->duplicates++;
        return;
    }
    const ProtobufCEnumValue *outcome =
        protobuf_c_enum_descriptor_get_value(&duban__v1__outcome__descriptor, (int)receipt->outcome);
    if (receipt->reason == NULL || sign_again(player, sending, receipt->reason))
        return;
    player->refused++;
    print_refusal(sending->event, outcome == NULL ? "?" : outcome->name + strlen(prefix), receipt->reason);
}

static bool available(const Duban__V1__Receipts *receipts)
{
    return receipts->n_receipts > 0 && receipts->receipts[0]->outcome != DUBAN__V1__OUTCOME__OUTCOME_UNAVAILABLE;
}

/* Sends the same bytes until there is an answer: the service tells duplicates apart. */
static enum rc send_until_answered(struct player *player, struct slice batch, struct arena *arena,
                                   struct reply *out_reply, struct err *err)
{
    int64_t deadline_us = clock_monotonic_us() + player->patience_s * SECOND_US;
    enum rc rc;
    do {
        Duban__V1__SubmitRequest submit = DUBAN__V1__SUBMIT_REQUEST__INIT;
        Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
        request.kind_case = DUBAN__V1__REQUEST__KIND_SUBMIT;
        request.submit = &submit;
        rc = ask(player->cli, SERVICE_INGEST, &request, batch, TRY_TIMEOUT_MS, arena, out_reply, err);
        if (rc == RC_OK && !available(out_reply->message->receipts))
            rc = err_set(err, RC_AGAIN, "ingest cannot store now");
        if (rc == RC_AGAIN)
            nanosleep(&(struct timespec){0, RETRY_MS * 1000000L}, NULL);
    } while (rc == RC_AGAIN && clock_monotonic_us() < deadline_us);
    return rc;
}

static int send_batch(struct player *player, const struct sending *sendings, size_t count)
{
    Io__Cloudevents__V1__CloudEvent *messages[BATCH_EVENTS];
    Io__Cloudevents__V1__CloudEventBatch batch = IO__CLOUDEVENTS__V1__CLOUD_EVENT_BATCH__INIT;
    struct arena *arena = arena_new(BATCH_BYTES);
    REQUIRE(arena != NULL && count <= BATCH_EVENTS);
    batch.events = messages;
    for (size_t i = 0; i < count; i++) {
        struct event event;
        REQUIRE(update_write(&sendings[i].event->update, sendings[i].event->note, arena, &event));
        messages[batch.n_events++] = event.message;
    }
    struct reply reply;
    struct err err;
    enum rc rc = send_until_answered(player, message_pack(&batch, arena), arena, &reply, &err);
    int status = rc == RC_OK      ? EXIT_DONE
                 : rc == RC_AGAIN ? fail(EXIT_UNREACHABLE, "%s", err.text)
                                  : fail(EXIT_NEGATIVE, "%s", err.text);
    for (size_t i = 0; rc == RC_OK && i < count && i < reply.message->receipts->n_receipts; i++)
        take_receipt(player, &sendings[i], reply.message->receipts->receipts[i]);
    arena_free(&arena);
    return status;
}

static int publish(struct player *player)
{
    const struct plan *plan = player->plan;
    struct simulated_event event = {.note = "", .at_us = clock_now_us(&player->cli->settings.clock)};
    event.update = (struct update){.kind = UPDATE_PLAN_PUBLISHED,
                                   .source = SIMULATED_SOURCE "plan",
                                   .id = arena_printf(player->cli->arena, "plan-%s-%u", plan->division, plan->year),
                                   .division = plan->division,
                                   .plan = plan};
    REQUIRE(event.update.id != NULL);
    return send_batch(player, &(struct sending){.event = &event}, 1);
}

/* The time. */

/* Real microseconds until the clock comes to an instant; 0 when it has, -1 when it stops before. */
static int64_t wait_us(const struct clock *clock, int64_t until_us)
{
    int64_t left_us = until_us - clock_now_us(clock);
    if (left_us <= 0)
        return 0;
    if (clock->simulated && clock->end_us != 0 && until_us > clock->end_us)
        return -1;
    return clock->simulated ? left_us / clock->speed + 1 : left_us;
}

/* False when the clock stops before. */
static bool wait_until(const struct clock *clock, int64_t until_us)
{
    int64_t wait;
    while ((wait = wait_us(clock, until_us)) > 0)
        nanosleep(&(struct timespec){wait / SECOND_US, (long)(wait % SECOND_US) * 1000}, NULL);
    return wait == 0;
}

/* Takes what is due by an instant: new events first, then signatures to be sent again. */
static size_t take_due(struct player *player, const struct simulation *simulation, size_t *next, int64_t now_us,
                       struct sending batch[BATCH_EVENTS])
{
    size_t count = 0, taken = 0;
    while (*next < simulation->count && simulation->events[*next].at_us <= now_us && count < BATCH_EVENTS) {
        batch[count++] =
            (struct sending){.event = &simulation->events[*next], .at_us = simulation->events[*next].at_us};
        (*next)++;
    }
    while (taken < player->again_count && player->again[taken].at_us <= now_us && count < BATCH_EVENTS)
        batch[count++] = player->again[taken++];
    player->again_count -= taken;
    memmove(player->again, player->again + taken, player->again_count * sizeof *player->again);
    return count;
}

static int64_t next_instant(const struct player *player, const struct simulation *simulation, size_t next)
{
    int64_t at_us = next < simulation->count ? simulation->events[next].at_us : INT64_MAX;
    return player->again_count > 0 && player->again[0].at_us < at_us ? player->again[0].at_us : at_us;
}

static int send_all(struct player *player, const struct simulation *simulation)
{
    const struct clock *clock = &player->cli->settings.clock;
    struct sending batch[BATCH_EVENTS];
    int status = EXIT_DONE;
    for (size_t next = 0; status == EXIT_DONE && (next < simulation->count || player->again_count > 0);) {
        if (!wait_until(clock, next_instant(player, simulation, next))) {
            printf("the clock stops here: %zu events are not sent\n", simulation->count - next);
            break;
        }
        size_t count = take_due(player, simulation, &next, clock_now_us(clock), batch);
        status = count == 0 ? EXIT_DONE : send_batch(player, batch, count);
        fflush(stdout);
    }
    return status;
}

static int play(struct player *player, const struct simulation *simulation)
{
    printf("%s%s (%s %u), seed %" PRIu64 ": %zu events\n", warning, player->plan->name_zh, player->plan->division,
           player->plan->year, player->options.seed, simulation->count);
    fflush(stdout);
    int status = send_all(player, simulation);
    printf("%zu accepted, %zu stored before, %zu not accepted (some are wrong on purpose)\n%s", player->accepted,
           player->duplicates, player->refused, warning);
    free(player->again);
    return status;
}

int command_simulate(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"publish", no_argument, NULL, 'u'},
                                            {"revised", no_argument, NULL, 'r'},
                                            {"patience", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct player player = {.cli = cli, .options.seed = 1, .patience_s = 60};
    bool listing = false, publishing = false;
    char *end = "";
    for (int option; *end == '\0' && (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 's')
            player.options.seed = strtoull(optarg, &end, 10);
        else if (option == 'l')
            listing = true;
        else if (option == 'u')
            publishing = true;
        else if (option == 'r')
            player.options.revised = true;
        else if (option == 'p' && (player.patience_s = atoi(optarg)) > 0)
            continue;
        else if (option == 'h')
            return fputs(help, stdout) < 0;
        else
            return fputs(help, stderr), EXIT_USAGE;
    }
    if (*end != '\0' || optind + 1 != argc)
        return fputs(help, stderr), EXIT_USAGE;
    struct plan *plan;
    int status = read_plan_or_fail(cli, argv[optind], &plan);
    if (status != EXIT_DONE)
        return status;
    plan->revision = 1;
    player.plan = plan;
    struct simulation simulation;
    simulate(plan, &player.options, cli->arena, &simulation);
    if (listing)
        return list(&simulation);
    if (publishing)
        status = publish(&player);
    return status == EXIT_DONE ? play(&player, &simulation) : status;
}
