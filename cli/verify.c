/* Proves that what is derived is what the log says: walks the digest chain of every stream, folds the updates anew into
 * standings and alerts, and compares them with the streams and tables that the services wrote. */
#include "cli/chain.h"

#include "base/day.h"
#include "base/ids.h"
#include "base/map.h"
#include "db/stream.h"
#include "duban_cli_core_queries.h"
#include "ingest/ingest.h"
#include "metrics/metrics.h"
#include "notify/notify.h"
#include "wire/standing_wire.h"
#include "wire/update_wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event that is kept to be compared; the topic of those that are computed. */
struct kept {
    int64_t received_us;
    uint64_t sequence;
    struct slice body;
    const char *topic;
};

/* What an alert or digest says apart from how it was sent, and where it goes. */
struct facts {
    struct slice bytes;
    const char *topic;
};

struct verification {
    struct cli *cli;
    PGconn *connection;
    struct arena *event_arena; /* of one event at a time */
    struct problems problems;
    struct stream_head heads[3];
    uint64_t metrics_updates, notify_updates, notify_indicators;
    int64_t metrics_us, notify_us;
    struct registry *registry; /* as ingest has it, for the topics of updates */
    struct metrics *metrics;
    struct notify *notify;
    struct kept *standings; /* emitted by the fold, in order */
    size_t standing_count, standing_capacity, standing_compared;
    struct map rows;      /* "division|year|indicator" → text of the last standing */
    struct ids alerts;    /* id → facts, as the fold decides them */
    const char **decided; /* their ids, in the order of being decided */
    size_t decided_count, decided_capacity;
    struct ids lines;     /* id → of an alert that may be skipped: its deadline and recipient */
    struct ids found;     /* id → anything: sent, or listed as skipped */
    struct kept *updates; /* for notify, which merges two streams */
    size_t update_count, update_capacity;
};

static void *keep(struct verification *verification, const void *data, size_t bytes)
{
    return arena_must(arena_text(verification->cli->arena, data, bytes));
}

static bool load_positions(struct verification *verification)
{
    PGresult *heads = run_statement(verification->connection, heads_sql, &(struct db_params){0});
    PGresult *cursors =
        heads == NULL ? NULL : run_statement(verification->connection, cursors_sql, &(struct db_params){0});
    bool loaded = cursors != NULL && PQntuples(heads) == 3;
    for (int i = 0; loaded && i < 3; i++)
        stream_head_read(heads, i, 0, &verification->heads[i]);
    if (loaded) {
        verification->metrics_updates = (uint64_t)db_get_int8(cursors, 0, 0);
        verification->metrics_us = db_get_instant(cursors, 0, 1);
        verification->notify_updates = (uint64_t)db_get_int8(cursors, 0, 2);
        verification->notify_indicators = (uint64_t)db_get_int8(cursors, 0, 3);
        verification->notify_us = db_get_instant(cursors, 0, 4);
    }
    PQclear(heads);
    PQclear(cursors);
    return loaded;
}

/* How far the services have come can only be where the log has been. */
static void check_position(struct verification *verification, enum stream_id stream, const char *service,
                           uint64_t come_to)
{
    if (come_to > verification->heads[stream - 1].head)
        problem(&verification->problems, "%s: the log ends at %" PRIu64 ", but %s has come to %" PRIu64,
                stream_name(stream), verification->heads[stream - 1].head, service, come_to);
}

static void check_positions(struct verification *verification)
{
    check_position(verification, STREAM_UPDATES, "metrics", verification->metrics_updates);
    check_position(verification, STREAM_UPDATES, "notify", verification->notify_updates);
    check_position(verification, STREAM_INDICATORS, "notify", verification->notify_indicators);
    for (int i = 1; i < 3; i++)
        if (memcmp(verification->heads[i].incarnation, verification->heads[0].incarnation, INCARNATION_BYTES) != 0)
            problem(&verification->problems, "%s: the head row has another incarnation than that of updates",
                    stream_name((enum stream_id)(i + 1)));
}

/* Standings: fold the updates, and compare event by event, and row by row. */

/* The forecast in the words of the row; empty where there is none. */
static const char *forecast_row_text(const struct standing *standing, struct arena *arena)
{
    const struct forecast *forecast = &standing->forecast;
    char since[DAY_TEXT_BYTES], reached_on[DAY_TEXT_BYTES] = "", pace[DECIMAL_TEXT_BYTES], value[DECIMAL_TEXT_BYTES],
                                needed[DECIMAL_TEXT_BYTES] = "";
    if (!standing->has_forecast)
        return "|||||";
    if (forecast->reaches)
        day_format(forecast->reached_on, reached_on);
    if (forecast->pace_needed_known)
        decimal_format(forecast->weekly_pace_needed, needed);
    return arena_printf(arena, "%s|%s|%s|%s|%d|%s", day_format(forecast->since, since),
                        decimal_format(forecast->weekly_pace, pace), reached_on,
                        decimal_format(forecast->value_at_deadline, value), forecast->misses, needed);
}

static const char *row_text(struct verification *verification, const struct standing *standing)
{
    static const char *const colours[] = {"", "grey", "green", "yellow", "red"};
    struct arena *arena = verification->cli->arena;
    char as_of[DAY_TEXT_BYTES], observed[DAY_TEXT_BYTES] = "", due[DAY_TEXT_BYTES], numerator[DECIMAL_TEXT_BYTES] = "",
                                denominator[DECIMAL_TEXT_BYTES] = "", value[DECIMAL_TEXT_BYTES] = "",
                                target[DECIMAL_TEXT_BYTES], attainment[DECIMAL_TEXT_BYTES] = "",
                                expected[DECIMAL_TEXT_BYTES], approved[DECIMAL_TEXT_BYTES],
                                approved_attainment[DECIMAL_TEXT_BYTES] = "";
    if (standing->known) {
        decimal_format(standing->numerator, numerator);
        decimal_format(standing->denominator, denominator);
        decimal_format(standing->value, value);
        decimal_format(standing->attainment, attainment);
        decimal_format(standing->approved_attainment, approved_attainment);
        day_format(standing->observed_on, observed);
    }
    const char *forecast = forecast_row_text(standing, arena);
    REQUIRE(forecast != NULL);
    return arena_must(
        arena_printf(arena, "%s|%u|%s|%" PRIu64 "|%u|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%d|%s|%s|%d|%s|%s|%s|%s|%d",
                     standing->division, standing->year, standing->indicator, standing->updates_sequence,
                     standing->revision, standing->unit, day_format(standing->as_of, as_of), numerator, denominator,
                     value, standing->value_unit, decimal_format(standing->target, target), attainment,
                     decimal_format(standing->expected, expected), colours[standing->colour], standing->reached,
                     observed, standing->scope, standing->retired, decimal_format(standing->approved_target, approved),
                     approved_attainment, day_format(standing->due, due), forecast, standing->simulated));
}

static void take_standing(void *context, int64_t at_us, const struct standing *standing)
{
    struct verification *verification = context;
    struct arena *arena = verification->cli->arena;
    struct event event;
    REQUIRE(standing_event(standing, at_us, arena, &event));
    struct stamp stamp = {.sequence = verification->standing_count + 1, .received_us = at_us};
    struct slice body = event_stamp(&event, &stamp, arena);
    REQUIRE(body.data != NULL);
    verification->standings = array_grow(verification->standings, verification->standing_count,
                                         &verification->standing_capacity, sizeof *verification->standings);
    verification->standings[verification->standing_count++] =
        (struct kept){at_us, stamp.sequence, body, arena_must((void *)(uintptr_t)standing_topic(standing, arena))};
    const char *key =
        arena_must(arena_printf(arena, "%s|%u|%s", standing->division, standing->year, standing->indicator));
    map_put(&verification->rows, key, (void *)(uintptr_t)row_text(verification, standing));
}

/* Whoever listens or replays by topic misses an event that has another. */
static void check_topic(struct verification *verification, enum stream_id stream, const struct stream_event *stored,
                        const char *topic)
{
    if (strcmp(stored->topic, topic) != 0)
        problem(&verification->problems, "%s %" PRIu64 ": the topic is not %s", stream_name(stream), stored->sequence,
                topic);
}

static bool fold_update(void *context, const struct stream_event *stored)
{
    struct verification *verification = context;
    struct arena *arena = verification->event_arena;
    arena_reset(arena);
    struct event event;
    struct update update;
    struct reason reason;
    if (event_read(stored->body, arena, &event, &reason) != RC_OK ||
        update_read(&event, arena, &update, &reason) != RC_OK) {
        problem(&verification->problems, "updates %" PRIu64 ": cannot be read: %s %s", stored->sequence,
                reason_name(reason.code), reason.field);
        return true;
    }
    if (update.sequence != stored->sequence || update.received_us != stored->received_us)
        return true; /* told above; the folds rely on what ingest stamps */
    check_topic(verification, STREAM_UPDATES, stored,
                arena_must((void *)(uintptr_t)ingest_topic(verification->registry, &update, arena)));
    registry_apply(verification->registry, &update);
    if (stored->sequence <= verification->metrics_updates)
        metrics_apply(verification->metrics, &update);
    if (stored->sequence <= verification->notify_updates) {
        verification->updates = array_grow(verification->updates, verification->update_count,
                                           &verification->update_capacity, sizeof *verification->updates);
        verification->updates[verification->update_count++] =
            (struct kept){.received_us = stored->received_us,
                          .sequence = stored->sequence,
                          .body = {keep(verification, stored->body.data, stored->body.bytes), stored->body.bytes}};
    }
    return true;
}

static bool compare_standing(void *context, const struct stream_event *stored)
{
    struct verification *verification = context;
    if (stored->sequence > verification->heads[STREAM_INDICATORS - 1].head)
        return true;
    size_t i = verification->standing_compared++;
    if (i >= verification->standing_count)
        return problem(&verification->problems, "indicators %" PRIu64 ": the updates do not lead to this",
                       stored->sequence);
    const struct kept *wanted = &verification->standings[i];
    if (wanted->body.bytes != stored->body.bytes ||
        memcmp(wanted->body.data, stored->body.data, stored->body.bytes) != 0)
        problem(&verification->problems, "indicators %" PRIu64 ": %s is not what the updates lead to", stored->sequence,
                stored->id);
    check_topic(verification, STREAM_INDICATORS, stored, wanted->topic);
    return true;
}

static bool compare_rows(struct verification *verification)
{
    PGresult *rows = run_statement(verification->connection, indicators_sql, &(struct db_params){0});
    if (rows == NULL)
        return false;
    if ((size_t)PQntuples(rows) != verification->rows.count)
        problem(&verification->problems, "indicator rows: %d stored, %zu computed", PQntuples(rows),
                verification->rows.count);
    for (int i = 0; i < PQntuples(rows); i++) {
        const char *stored = db_get_text(rows, i, 0);
        size_t length = 0;
        for (int bars = 0; stored[length] != '\0' && (bars += stored[length] == '|') < 3;)
            length++;
        const char *computed = map_get(&verification->rows, keep(verification, stored, length));
        if (computed == NULL || strcmp(computed, stored) != 0)
            problem(&verification->problems, "indicator row\n  stored   %s\n  computed %s", stored,
                    computed == NULL ? "-" : computed);
    }
    PQclear(rows);
    return true;
}

static bool check_standings(struct verification *verification)
{
    verification->registry = registry_new();
    verification->metrics = metrics_new(take_standing, verification);
    bool done = read_stream(verification->connection, STREAM_UPDATES, 0, fold_update, verification);
    if (done)
        metrics_advance(verification->metrics, verification->metrics_us);
    done = done && read_stream(verification->connection, STREAM_INDICATORS, 0, compare_standing, verification);
    if (done && verification->standing_compared < verification->standing_count)
        problem(&verification->problems, "indicators: %zu stored, %zu computed", verification->standing_compared,
                verification->standing_count);
    done = done && compare_rows(verification);
    metrics_free(&verification->metrics);
    registry_free(&verification->registry);
    return done;
}

/* Alerts: merge updates and standings by their instants, and compare by id. Late and skipped are facts of sending, not
 * of the log. */

static struct slice alert_facts(const Duban__V1__DeadlineAlert *alert, struct arena *arena)
{
    Duban__V1__DeadlineAlert facts = *alert;
    facts.late = false;
    facts.n_skipped_alerts = 0;
    struct slice bytes = message_pack(&facts, arena);
    REQUIRE(bytes.data != NULL);
    return bytes;
}

static struct slice digest_facts(const Duban__V1__UnitDigest *digest, struct arena *arena)
{
    Duban__V1__UnitDigest facts = *digest;
    facts.late = false;
    struct slice bytes = message_pack(&facts, arena);
    REQUIRE(bytes.data != NULL);
    return bytes;
}

static void keep_facts(struct verification *verification, const char *id, struct slice bytes, const char *topic)
{
    struct facts *facts = arena_must(arena_alloc(verification->cli->arena, sizeof *facts));
    *facts = (struct facts){bytes, arena_must((void *)(uintptr_t)topic)};
    const char *kept = keep(verification, id, strlen(id));
    if (ids_get(&verification->alerts, id) == NULL) {
        verification->decided = array_grow(verification->decided, verification->decided_count,
                                           &verification->decided_capacity, sizeof *verification->decided);
        verification->decided[verification->decided_count++] = kept;
    }
    ids_put(&verification->alerts, kept, facts);
}

static char *line_of(const Duban__V1__DeadlineAlert *alert, struct arena *arena)
{
    return arena_must(
        arena_printf(arena, "%s/%u/%s %s", alert->division, alert->year, alert->deadline, alert->recipient));
}

static void take_alert(void *context, const struct alert *alert)
{
    struct verification *verification = context;
    struct arena *arena = verification->cli->arena;
    const Duban__V1__DeadlineAlert *message = alert_write(alert, arena);
    REQUIRE(message != NULL);
    keep_facts(verification, alert->id, alert_facts(message, arena), alert_topic(alert, arena));
    if (phase_may_be_skipped(alert->phase))
        ids_put(&verification->lines, keep(verification, alert->id, strlen(alert->id)), line_of(message, arena));
}

static void take_digest(void *context, const struct unit_digest *digest)
{
    struct verification *verification = context;
    struct arena *arena = verification->cli->arena;
    const Duban__V1__UnitDigest *message = digest_write(digest, arena);
    REQUIRE(message != NULL);
    keep_facts(verification, digest->id, digest_facts(message, arena), digest_topic(digest, arena));
}

static void notify_of(struct verification *verification, const struct kept *kept, bool is_update)
{
    struct arena *arena = verification->event_arena;
    arena_reset(arena);
    struct event event;
    struct update update;
    struct standing standing;
    struct reason reason;
    bool readable = event_read(kept->body, arena, &event, &reason) == RC_OK;
    if (readable && is_update && update_read(&event, arena, &update, &reason) == RC_OK)
        notify_update(verification->notify, &update);
    else if (readable && !is_update && standing_read(&event, arena, &standing, &reason) == RC_OK)
        notify_standing(verification->notify, kept->received_us, &standing);
    else
        problem(&verification->problems, "%s %" PRIu64 ": cannot be read: %s", is_update ? "updates" : "indicators",
                kept->sequence, reason_name(reason.code));
}

static void fold_alerts(struct verification *verification)
{
    size_t u = 0, i = 0;
    size_t standings = verification->standing_count;
    if (standings > verification->notify_indicators)
        standings = verification->notify_indicators;
    while (u < verification->update_count || i < standings) {
        bool take_update =
            i == standings || (u < verification->update_count &&
                               verification->updates[u].received_us <= verification->standings[i].received_us);
        notify_of(verification, take_update ? &verification->updates[u] : &verification->standings[i], take_update);
        u += take_update;
        i += !take_update;
    }
    notify_advance(verification->notify, verification->notify_us);
    notify_drain(verification->notify, &(struct notify_drain){.now_us = verification->notify_us,
                                                              .grace_us = INT64_MAX,
                                                              .alert = take_alert,
                                                              .digest = take_digest,
                                                              .context = verification});
}

static bool compare_alert(void *context, const struct stream_event *stored)
{
    struct verification *verification = context;
    if (stored->sequence > verification->heads[STREAM_ALERTS - 1].head)
        return true;
    struct arena *arena = verification->event_arena;
    arena_reset(arena);
    struct event event;
    const Duban__V1__DeadlineAlert *alert = NULL;
    const Duban__V1__UnitDigest *digest = NULL;
    if (event_read(stored->body, arena, &event, NULL) == RC_OK) {
        alert = alert_unpack(&event, arena);
        digest = digest_unpack(&event, arena);
    }
    const struct facts *computed = ids_get(&verification->alerts, stored->id);
    struct slice facts = {NULL, 0};
    if (alert != NULL)
        facts = alert_facts(alert, arena);
    if (digest != NULL)
        facts = digest_facts(digest, arena);
    if (computed == NULL)
        problem(&verification->problems, "alerts %" PRIu64 ": the log does not lead to %s", stored->sequence,
                stored->id);
    else if (facts.bytes != computed->bytes.bytes || memcmp(facts.data, computed->bytes.data, facts.bytes) != 0)
        problem(&verification->problems, "alerts %" PRIu64 ": %s is not what the log leads to", stored->sequence,
                stored->id);
    if (computed != NULL)
        check_topic(verification, STREAM_ALERTS, stored, computed->topic);
    ids_put(&verification->found, keep(verification, stored->id, strlen(stored->id)), verification);
    for (size_t s = 0; alert != NULL && s < alert->n_skipped_alerts; s++) {
        const char *skipped = alert->skipped_alerts[s], *line = ids_get(&verification->lines, skipped);
        if (line == NULL || strcmp(line, line_of(alert, arena)) != 0)
            problem(&verification->problems, "alerts %" PRIu64 ": cannot stand for %s", stored->sequence, skipped);
        ids_put(&verification->found, keep(verification, skipped, strlen(skipped)), verification);
    }
    return true;
}

static bool check_alerts(struct verification *verification)
{
    verification->notify = notify_new();
    fold_alerts(verification);
    notify_free(&verification->notify);
    if (!read_stream(verification->connection, STREAM_ALERTS, 0, compare_alert, verification))
        return false;
    for (size_t i = 0; i < verification->decided_count; i++)
        if (ids_get(&verification->found, verification->decided[i]) == NULL)
            problem(&verification->problems, "alerts: %s was never sent", verification->decided[i]);
    return true;
}

static bool begin_snapshot(PGconn *connection)
{
    PGresult *result =
        run_statement(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &(struct db_params){0});
    PQclear(result);
    return result != NULL;
}

/* Reads everything in one snapshot, so that services may go on meanwhile. False when the database cannot be read. */
static bool check_all(struct verification *verification, const char *witness, bool witness_wanted)
{
    struct witnessed *witnessed[3];
    for (int i = 0; i < 3; i++)
        witnessed[i] = witnessed_read(witness, (enum stream_id)(i + 1), verification->cli->arena);
    bool done = begin_snapshot(verification->connection) && load_positions(verification);
    for (int i = 0; done && i < 3; i++)
        done = chain_check(verification->connection, (enum stream_id)(i + 1), &verification->heads[i], witnessed[i],
                           witness_wanted, &verification->problems);
    if (done)
        check_positions(verification);
    if (done && verification->problems.count == verification->problems.rewritten)
        return check_standings(verification) && check_alerts(verification);
    if (done)
        printf("indicators and alerts are not compared: the log they follow from is damaged\n");
    return done;
}

static const char help[] =
    "usage: duban verify [--witness FOLDER]\n"
    "Checks the digest chain of every stream and compares it with the heads that were witnessed outside the database;\n"
    "computes indicators and alerts anew from the log and compares them with what the services wrote.\n"
    "  --witness FOLDER  a copy of the witness kept elsewhere, which there must be [DUBAN_WITNESS, if it is there]\n"
    "Exit status 0: all is as it should be; 1: it is not.\n";

int command_verify(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"witness", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *witness = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(help, stdout) < 0;
        if (option != 'w')
            return fputs(help, stderr), EXIT_USAGE;
        witness = optarg;
    }
    if (optind != argc)
        return fputs(help, stderr), EXIT_USAGE;
    struct verification verification = {.cli = cli, .connection = connect_database(cli)};
    if (verification.connection == NULL)
        return EXIT_UNREACHABLE;
    verification.event_arena = arena_new((size_t)256 << 20);
    REQUIRE(verification.event_arena != NULL);
    bool done = check_all(&verification, witness == NULL ? cli->settings.witness : witness, witness != NULL);
    PQfinish(verification.connection);
    size_t problems = verification.problems.count;
    if (done && problems == 0)
        printf("verified: %" PRIu64 " updates, %" PRIu64 " indicator changes, %" PRIu64 " alerts; digest chains whole, "
               "indicators and alerts are what the log leads to\n",
               verification.heads[0].head, verification.heads[1].head, verification.heads[2].head);
    else if (done)
        printf("not verified: %zu problems\n", problems);
    arena_free(&verification.event_arena);
    free(verification.standings);
    free(verification.updates);
    map_done(&verification.rows);
    ids_done(&verification.alerts);
    ids_done(&verification.lines);
    ids_done(&verification.found);
    free(verification.decided);
    return !done ? EXIT_UNREACHABLE : problems == 0 ? EXIT_DONE : EXIT_NEGATIVE;
}
