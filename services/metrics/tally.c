#include "metrics/tally.h"

#include "metrics/answer.h"
#include "metrics/metrics.h"

#include "wire/standing_wire.h"
#include "wire/update_wire.h"

#include "base/chaos.h"
#include "base/day.h"
#include "base/log.h"
#include "base/map.h"
#include "duban_metrics_queries.h"

#include <stdlib.h>
#include <string.h>

#define STANDINGS_IN_BATCH 2000
#define BATCH_ARENA_BYTES ((size_t)1 << 30)
#define EVENT_ARENA_BYTES ((size_t)256 << 20)

enum { STATEMENT_CURSOR, STATEMENT_ADVANCE, STATEMENT_STANDING };

const struct db_statement tally_statements[] = {
    [STATEMENT_CURSOR] = {"cursor", cursor_sql},
    [STATEMENT_ADVANCE] = {"advance", advance_sql},
    [STATEMENT_STANDING] = {"standing", standing_sql},
};
const size_t tally_statement_count = sizeof tally_statements / sizeof *tally_statements;

enum tally_state { TALLY_AWAY, TALLY_LOADING, TALLY_FOLDING, TALLY_LIVE };

/* A place in the log between two batches of updates: everything up to it has been taken in, and no later update is half
 * taken in. */
struct place {
    uint64_t updates;
    int64_t instant_us;
    bool open; /* updates of that very instant may still come */
};

struct emitted {
    int64_t at_us;
    struct standing standing;
};

struct tally {
    struct service *service;
    enum tally_state state;
    struct metrics *metrics;
    struct place stored, closed;
    uint64_t last_sequence; /* taken in */
    int64_t last_received_us;
    struct arena *arena;       /* of the events of the transaction under way */
    struct arena *event_arena; /* of one update at a time */
    struct emitted *emitted;
    size_t emitted_count, emitted_capacity;
    int64_t announced_us;
};

struct tally *tally_new(void)
{
    struct tally *tally = calloc(1, sizeof *tally);
    REQUIRE(tally != NULL);
    tally->announced_us = INT64_MIN;
    tally->arena = arena_new(BATCH_ARENA_BYTES);
    tally->event_arena = arena_new(EVENT_ARENA_BYTES);
    REQUIRE(tally->arena != NULL && tally->event_arena != NULL);
    return tally;
}

void tally_free(struct tally **tally)
{
    if (*tally == NULL)
        return;
    metrics_free(&(*tally)->metrics);
    arena_free(&(*tally)->arena);
    arena_free(&(*tally)->event_arena);
    free((*tally)->emitted);
    free(*tally);
    *tally = NULL;
}

void tally_started(void *self, struct service *service)
{
    struct tally *tally = self;
    tally->service = service;
}

/* Adds a standing to the transaction that is being put together. While folding it was stored before. */
static void take_standing(void *context, int64_t at_us, const struct standing *standing)
{
    struct tally *tally = context;
    if (tally->state != TALLY_LIVE)
        return;
    struct writer *writer = service_writer(tally->service);
    struct event event;
    REQUIRE(standing_event(standing, at_us, tally->arena, &event));
    struct stamp stamp = {.sequence = writer_next(writer), .received_us = at_us};
    struct slice body = event_stamp(&event, &stamp, tally->arena);
    const char *topic = standing_topic(standing, tally->arena);
    REQUIRE(body.data != NULL && topic != NULL);
    writer_add(writer, &(struct stream_event){.source = event.source,
                                              .id = event.id,
                                              .type = event.type,
                                              .topic = topic,
                                              .received_us = at_us,
                                              .body = body});
    tally->emitted = array_grow(tally->emitted, tally->emitted_count, &tally->emitted_capacity, sizeof *tally->emitted);
    tally->emitted[tally->emitted_count++] = (struct emitted){at_us, *standing};
    CHAOS_POINT("standing-added");
}

static void take_cursor(void *context, const PGresult *rows)
{
    struct tally *tally = context;
    tally->stored = (struct place){(uint64_t)db_get_int8(rows, 0, 0), db_get_instant(rows, 0, 1), true};
}

static void cursor_loaded(void *context, enum rc rc, const struct err *err)
{
    struct tally *tally = context;
    if (rc == RC_REFUSED) {
        log_error("STATEMENT-REFUSED", "doing=loading reason=\"%s\"", err->text);
        db_reset(writer_db(service_writer(tally->service)));
    }
    CHAOS_POINT("cursor-read");
    if (rc == RC_OK)
        tally->state = TALLY_FOLDING;
}

void tally_claimed(void *self)
{
    struct tally *tally = self;
    struct writer *writer = service_writer(tally->service);
    metrics_free(&tally->metrics);
    tally->metrics = metrics_new(take_standing, tally);
    tally->last_sequence = 0;
    tally->last_received_us = 0;
    tally->emitted_count = 0;
    tally->announced_us = INT64_MIN;
    tally->state = TALLY_LOADING;
    writer_send(writer, STATEMENT_CURSOR, &(struct db_params){0}, take_cursor, tally);
    db_sync(writer_db(writer), cursor_loaded, tally);
}

void tally_lost(void *self)
{
    struct tally *tally = self;
    tally->state = TALLY_AWAY;
}

bool tally_busy(void *self)
{
    (void)self;
    return false;
}

static bool read_update(struct tally *tally, const struct stream_event *row, struct update *out_update)
{
    struct event event;
    struct reason reason;
    if (event_read(row->body, tally->event_arena, &event, &reason) == RC_OK &&
        update_read(&event, tally->event_arena, out_update, &reason) == RC_OK)
        return true;
    log_error("LOG-UNREADABLE", "stream=updates sequence=%llu reason=%s", (unsigned long long)row->sequence,
              reason_name(reason.code));
    service_fail(tally->service);
    return false;
}

/* Takes in the next update of the log. */
static void take_update(struct tally *tally, const struct stream_event *row)
{
    struct update update;
    arena_reset(tally->event_arena);
    if (!read_update(tally, row, &update))
        return;
    if (update.received_us > tally->last_received_us)
        tally->closed = (struct place){tally->last_sequence, update.received_us, true};
    metrics_apply(tally->metrics, &update);
    tally->last_sequence = update.sequence;
    tally->last_received_us = update.received_us;
    CHAOS_POINT("update-taken");
}

/* The watermark: nothing at or before it will come any more. */
static void announce(struct tally *tally)
{
    tally->announced_us = tally->closed.instant_us - tally->closed.open;
}

/* Folds what was taken in before, up to the place that is stored. */
static void fold(struct tally *tally, struct follower *follower)
{
    const struct stream_event *row;
    while ((row = follower_peek(follower)) != NULL && row->sequence <= tally->stored.updates) {
        take_update(tally, row);
        follower_pop(follower);
    }
    if (follower_cursor(follower) < tally->stored.updates)
        return;
    metrics_advance(tally->metrics, tally->stored.instant_us);
    tally->closed = tally->stored;
    announce(tally);
    tally->state = TALLY_LIVE;
    CHAOS_POINT("folded");
}

static void add_day(struct db_params *params, bool known, day_number day, char text[DAY_TEXT_BYTES])
{
    if (known)
        db_text(params, day_format(day, text));
    else
        db_null(params);
}

static void add_decimal(struct db_params *params, bool known, struct decimal value, char text[DECIMAL_TEXT_BYTES])
{
    if (known)
        db_text(params, decimal_format(value, text));
    else
        db_null(params);
}

/* Parameters are borrowed until the statement is sent, so each has a text of its own. */
static void send_standing(struct writer *writer, const struct emitted *emitted)
{
    static const char *const colours[] = {
        [COLOUR_GREY] = "grey", [COLOUR_GREEN] = "green", [COLOUR_YELLOW] = "yellow", [COLOUR_RED] = "red"};
    const struct standing *standing = &emitted->standing;
    const struct forecast *forecast = &standing->forecast;
    char days[5][DAY_TEXT_BYTES], decimals[11][DECIMAL_TEXT_BYTES];
    bool known = standing->known, foreseen = standing->has_forecast;
    struct db_params params = {0};
    db_text(&params, standing->division);
    db_int8(&params, standing->year);
    db_text(&params, standing->indicator);
    db_instant(&params, emitted->at_us);
    db_int8(&params, (int64_t)standing->updates_sequence);
    db_int8(&params, standing->revision);
    db_text(&params, standing->unit);
    add_day(&params, true, standing->as_of, days[0]);
    add_decimal(&params, known, standing->numerator, decimals[0]);
    add_decimal(&params, known, standing->denominator, decimals[1]);
    add_decimal(&params, known, standing->value, decimals[2]);
    db_text(&params, standing->value_unit);
    add_decimal(&params, true, standing->target, decimals[3]);
    add_decimal(&params, known, standing->attainment, decimals[4]);
    add_decimal(&params, true, standing->expected, decimals[5]);
    db_text(&params, colours[standing->colour]);
    db_int8(&params, standing->reached);
    add_day(&params, known, standing->observed_on, days[1]);
    db_text(&params, standing->scope);
    db_int8(&params, standing->retired);
    add_decimal(&params, true, standing->approved_target, decimals[6]);
    add_decimal(&params, known, standing->approved_attainment, decimals[7]);
    add_day(&params, true, standing->due, days[2]);
    add_day(&params, foreseen, forecast->since, days[3]);
    add_decimal(&params, foreseen, forecast->weekly_pace, decimals[8]);
    add_day(&params, foreseen && forecast->reaches, forecast->reached_on, days[4]);
    add_decimal(&params, foreseen, forecast->value_at_deadline, decimals[9]);
    if (foreseen)
        db_int8(&params, forecast->misses);
    else
        db_null(&params);
    add_decimal(&params, foreseen && forecast->pace_needed_known, forecast->weekly_pace_needed, decimals[10]);
    db_int8(&params, standing->simulated);
    writer_send(writer, STATEMENT_STANDING, &params, NULL, NULL);
}

static void send_cursor(struct tally *tally)
{
    struct db_params params = {0};
    db_int8(&params, (int64_t)tally->closed.updates);
    db_instant(&params, tally->closed.instant_us);
    writer_send(service_writer(tally->service), STATEMENT_ADVANCE, &params, NULL, NULL);
}

static void store_effects(void *context)
{
    struct tally *tally = context;
    for (size_t i = 0; i < tally->emitted_count; i++)
        send_standing(service_writer(tally->service), &tally->emitted[i]);
    if (!CHAOS_PLANTED("cursor-outside"))
        send_cursor(tally);
}

static void stored(void *context, enum rc rc, const struct err *err)
{
    struct tally *tally = context;
    if (rc == RC_REFUSED)
        log_error("STORAGE-REFUSED", "reason=\"%s\"", err->text);
    if (rc != RC_OK)
        return; /* the connection is made anew, and the log is folded again */
    announce(tally);
    tally->emitted_count = 0;
    size_t count;
    const struct stream_event *events = writer_events(service_writer(tally->service), &count);
    service_publish(tally->service, events, count);
    CHAOS_POINT("published");
}

/* Takes in what the log has; what comes out is in the transaction that is being put together. */
static void take_updates(struct tally *tally, struct follower *follower)
{
    const struct stream_event *row;
    while (tally->emitted_count < STANDINGS_IN_BATCH && (row = follower_peek(follower)) != NULL) {
        take_update(tally, row);
        follower_pop(follower);
    }
    int64_t complete_us = follower_complete_us(follower);
    if (complete_us != INT64_MIN) {
        metrics_advance(tally->metrics, complete_us);
        tally->closed = (struct place){follower_cursor(follower), complete_us, false};
    }
}

void tally_work(void *self)
{
    struct tally *tally = self;
    struct follower *follower = service_follower(tally->service, STREAM_UPDATES);
    struct writer *writer = service_writer(tally->service);
    if (tally->state < TALLY_FOLDING || !writer_idle(writer))
        return;
    if (tally->state == TALLY_FOLDING)
        fold(tally, follower);
    if (tally->state == TALLY_LIVE) {
        arena_reset(tally->arena);
        take_updates(tally, follower);
        if (tally->emitted_count > 0 && CHAOS_PLANTED("cursor-outside")) {
            send_cursor(tally);
            db_sync(writer_db(writer), NULL, NULL);
        }
        if (tally->emitted_count > 0)
            writer_commit(writer, store_effects, stored, tally);
        else
            announce(tally);
    }
}

bool tally_done(void *self)
{
    const struct tally *tally = self;
    return tally->state != TALLY_LIVE || writer_idle(service_writer(tally->service));
}

int64_t tally_watermark_us(void *self)
{
    const struct tally *tally = self;
    return tally->announced_us;
}

bool tally_request(void *self, struct call *call)
{
    struct tally *tally = self;
    if (!answer_knows(call->request))
        return false;
    if (tally->state == TALLY_LIVE)
        answer_call(tally->metrics, service_now_us(tally->service), tally->announced_us, call);
    else
        call_refuse(&call, REASON_UNAVAILABLE, "");
    return true;
}
