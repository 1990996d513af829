#include "db/stream.h"

#include "db/migrations.h"

#include "base/chaos.h"
#include "base/log.h"
#include "base/map.h"
#include "duban_db_queries.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATEMENT_SCHEMA,
    STATEMENT_CLAIM,
    STATEMENT_RENEW,
    STATEMENT_RELEASE,
    STATEMENT_HEAD,
    STATEMENT_APPEND,
    STATEMENT_INSERT,
    STATEMENT_COUNT
};

#define FENCE_LOST "DB001"

/* Between two claims of a standby. */
#define CLAIM_US 250000
/* In one lease. */
#define RENEWALS 3
/* A displaced writer waits this often twice as long as before for the lease of the next to run out. */
#define PATIENCE_DOUBLINGS 6

enum writer_state { WRITER_DOWN, WRITER_STANDBY, WRITER_IDLE, WRITER_COMMITTING, WRITER_RELEASING };

struct writer {
    struct writer_options options;
    struct db *db;
    struct db_statement *statements;
    enum writer_state state;
    bool schema_known;
    int64_t fence;               /* the last that was ours */
    bool held;                   /* nobody else was seen to have the stream since it was ours */
    bool stands_by;              /* and that was told */
    int displacements;           /* how often another took it */
    bool asking;                 /* a claim or a renewal is under way */
    int64_t asked_us, next_us;   /* when it was sent; when the next is due */
    int64_t committing_us;       /* when the transaction under way was sent */
    int64_t leased_us;           /* until then the stream is ours */
    struct stream_head head;     /* committed */
    int64_t passed_us;           /* wanted of the head, when no event is added */
    struct stream_event *events; /* of the transaction that is being put together */
    size_t event_count, event_capacity;
    db_sync_fn *done;
    void *context;
};

static void check_schema(void *context, const PGresult *result)
{
    struct writer *writer = context;
    struct err err;
    writer->schema_known = migrations_known(result, &err) == RC_OK;
    if (!writer->schema_known)
        log_error("DB-SCHEMA", "reason=\"%s\" remedy=\"duban db migrate\"", err.text);
}

/* Another process has claimed the stream. Whoever was too slow once, and not for the database's fault, may be too slow
 * again for what there is to do: it gives the next more and more time, lest two displace each other for ever. */
static void displaced(struct writer *writer)
{
    log_warning("DISPLACED", "stream=%s fence=%lld reason=\"another process has claimed the stream\"",
                stream_name(writer->options.stream), (long long)writer->fence);
    writer->held = false;
    if (writer->displacements < PATIENCE_DOUBLINGS)
        writer->displacements++;
}

/* Another process holds the stream: it is asked for again and again. */
static void stand_by(struct writer *writer, int64_t fence)
{
    writer->state = WRITER_STANDBY;
    if (writer->held)
        displaced(writer);
    if (writer->stands_by)
        return;
    writer->stands_by = true;
    log_info("STANDBY", "stream=%s fence=%lld", stream_name(writer->options.stream), (long long)fence);
    writer->options.standby(writer->options.context);
}

static void take_claim(void *context, const PGresult *result)
{
    struct writer *writer = context;
    if (PQntuples(result) == 0) {
        log_error("DB-ROLE", "stream=%s role=%s reason=\"the role is not the stream's writer\"",
                  stream_name(writer->options.stream), writer->options.role);
        return;
    }
    int64_t fence = db_get_int8(result, 0, 1);
    if (db_get_int8(result, 0, 0) == 0) {
        stand_by(writer, fence);
        return;
    }
    writer->fence = fence;
    writer->state = WRITER_IDLE;
}

static void take_claimed_head(void *context, const PGresult *result)
{
    struct writer *writer = context;
    stream_head_read(result, 0, 0, &writer->head);
}

/* The stream is ours for a lease from the instant at which that was asked for: the database counts from a later one. */
static void leased(struct writer *writer, int64_t asked_us)
{
    if (asked_us + writer->options.lease_us > writer->leased_us)
        writer->leased_us = asked_us + writer->options.lease_us;
}

static void claim_done(void *context, enum rc rc, const struct err *err)
{
    (void)err;
    struct writer *writer = context;
    writer->asking = false;
    if (rc == RC_OK && writer->schema_known && writer->state == WRITER_STANDBY)
        return;
    if (rc != RC_OK || !writer->schema_known || writer->state != WRITER_IDLE) {
        writer->state = WRITER_DOWN;
        db_reset(writer->db);
        return;
    }
    leased(writer, writer->asked_us);
    writer->next_us = writer->asked_us + writer->options.lease_us / RENEWALS;
    writer->held = true;
    writer->stands_by = false;
    log_info("STREAM-CLAIMED", "stream=%s fence=%lld head=%llu", stream_name(writer->options.stream),
             (long long)writer->fence, (unsigned long long)writer->head.head);
    CHAOS_POINT("claimed");
    writer->options.claimed(writer->options.context);
}

/* Asks for the lease, in one way or another; the next time is a while from now. */
static void ask(struct writer *writer, int64_t pause_us)
{
    writer->asking = true;
    writer->asked_us = db_stepped_us(writer->db);
    writer->next_us = writer->asked_us + pause_us;
}

static void claim(struct writer *writer)
{
    int64_t lease_ms = writer->options.lease_us / 1000;
    struct db_params params = {0};
    db_send(writer->db, STATEMENT_SCHEMA, &params, check_schema, writer);
    db_int8(&params, writer->options.stream);
    db_int8(&params, writer->fence);
    db_int8(&params, lease_ms);
    db_int8(&params, (lease_ms << writer->displacements) - lease_ms);
    db_send(writer->db, STATEMENT_CLAIM, &params, take_claim, writer);
    /* Read after the claim, which waits for whoever is changing the row. */
    struct db_params of_stream = {0};
    db_int8(&of_stream, writer->options.stream);
    db_send(writer->db, STATEMENT_HEAD, &of_stream, take_claimed_head, writer);
    db_sync(writer->db, claim_done, writer);
    ask(writer, CLAIM_US);
    CHAOS_POINT("claim-sent");
}

static void connected(void *context)
{
    claim(context);
}

static void disconnected(void *context)
{
    struct writer *writer = context;
    writer->state = WRITER_DOWN;
    writer->asking = false;
    writer->event_count = 0;
    writer->options.lost(writer->options.context);
}

static const char *insert_statement(enum stream_id stream)
{
    return stream == STREAM_UPDATES      ? insert_updates_sql
           : stream == STREAM_INDICATORS ? insert_indicators_sql
                                         : insert_alerts_sql;
}

struct writer *writer_new(const struct writer_options *options)
{
    struct writer *writer = calloc(1, sizeof *writer);
    REQUIRE(writer != NULL);
    writer->options = *options;
    writer->passed_us = INT64_MIN;
    size_t count = STATEMENT_COUNT + options->statement_count;
    writer->statements = calloc(count, sizeof *writer->statements);
    REQUIRE(writer->statements != NULL);
    writer->statements[STATEMENT_SCHEMA] = (struct db_statement){"schema", schema_sql};
    writer->statements[STATEMENT_CLAIM] = (struct db_statement){"claim", claim_sql};
    writer->statements[STATEMENT_RENEW] = (struct db_statement){"renew", renew_sql};
    writer->statements[STATEMENT_RELEASE] = (struct db_statement){"release", release_sql};
    writer->statements[STATEMENT_HEAD] = (struct db_statement){"head", head_sql};
    writer->statements[STATEMENT_APPEND] = (struct db_statement){"append", append_sql};
    writer->statements[STATEMENT_INSERT] = (struct db_statement){"insert", insert_statement(options->stream)};
    for (size_t i = 0; i < options->statement_count; i++)
        writer->statements[STATEMENT_COUNT + i] = options->statements[i];
    writer->db = db_new(&(struct db_options){.name = "writer",
                                             .address = options->address,
                                             .role = options->role,
                                             .statements = writer->statements,
                                             .statement_count = count,
                                             .ready = connected,
                                             .down = disconnected,
                                             .context = writer});
    return writer;
}

void writer_free(struct writer **writer)
{
    if (*writer == NULL)
        return;
    db_free(&(*writer)->db);
    free((*writer)->statements);
    free((*writer)->events);
    free(*writer);
    *writer = NULL;
}

struct db *writer_db(struct writer *writer)
{
    return writer->db;
}

bool writer_idle(const struct writer *writer)
{
    return writer->state == WRITER_IDLE;
}

bool writer_leased(const struct writer *writer, int64_t now_us)
{
    return (writer->state == WRITER_IDLE || writer->state == WRITER_COMMITTING) && now_us < writer->leased_us;
}

/* As after a lost connection: somebody else has the stream, and what the service knows may be behind. */
static void give_way(struct writer *writer)
{
    if (writer->held)
        displaced(writer);
    db_reset(writer->db);
}

static void take_renewal(void *context, const PGresult *result)
{
    struct writer *writer = context;
    if (db_get_int8(result, 0, 0) == 1)
        leased(writer, writer->asked_us);
    else
        give_way(writer);
}

static void renewed(void *context, enum rc rc, const struct err *err)
{
    struct writer *writer = context;
    writer->asking = false;
    if (rc == RC_REFUSED)
        log_warning("DB-NOT-NOW", "stream=%s reason=\"%s\"", stream_name(writer->options.stream), err->text);
}

static void renew(struct writer *writer)
{
    struct db_params params = {0};
    db_int8(&params, writer->options.stream);
    db_int8(&params, writer->fence);
    db_send(writer->db, STATEMENT_RENEW, &params, take_renewal, writer);
    db_sync(writer->db, renewed, writer);
    ask(writer, writer->options.lease_us / RENEWALS);
}

/* Whether the lease is asked for by time, and not by what is under way. */
static bool waits(const struct writer *writer)
{
    return (writer->state == WRITER_STANDBY || writer->state == WRITER_IDLE) && !writer->asking &&
           db_state(writer->db) == DB_READY;
}

int64_t writer_step(struct writer *writer, int64_t now_us)
{
    int64_t wake_us = db_step(writer->db, now_us);
    if (waits(writer) && now_us >= writer->next_us)
        (writer->state == WRITER_STANDBY ? claim : renew)(writer);
    return waits(writer) && writer->next_us < wake_us ? writer->next_us : wake_us;
}

static void released(void *context, enum rc rc, const struct err *err)
{
    (void)rc, (void)err; /* or the standby waits until the lease has run out */
    struct writer *writer = context;
    writer->state = WRITER_DOWN;
}

bool writer_release(struct writer *writer)
{
    if (writer->state == WRITER_IDLE && db_state(writer->db) == DB_READY) {
        writer->state = WRITER_RELEASING;
        struct db_params params = {0};
        db_int8(&params, writer->options.stream);
        db_int8(&params, writer->fence);
        db_send(writer->db, STATEMENT_RELEASE, &params, NULL, NULL);
        db_sync(writer->db, released, writer);
    }
    return writer->state <= WRITER_STANDBY;
}

const struct stream_head *writer_head(const struct writer *writer)
{
    return &writer->head;
}

uint64_t writer_next(const struct writer *writer)
{
    return writer->head.head + writer->event_count + 1;
}

struct digest writer_add(struct writer *writer, const struct stream_event *event)
{
    REQUIRE(writer->state == WRITER_IDLE);
    writer->events = array_grow(writer->events, writer->event_count, &writer->event_capacity, sizeof *writer->events);
    const struct digest *before =
        writer->event_count == 0 ? &writer->head.digest : &writer->events[writer->event_count - 1].digest;
    struct stream_event *added = &writer->events[writer->event_count];
    *added = *event;
    added->sequence = writer_next(writer);
    added->digest = digest_chain(writer->head.algorithm, before, event->body.data, event->body.bytes);
    writer->event_count++;
    return added->digest;
}

void writer_pass(struct writer *writer, int64_t instant_us)
{
    writer->passed_us = instant_us;
}

const struct stream_event *writer_events(const struct writer *writer, size_t *out_count)
{
    *out_count = writer->event_count;
    return writer->events;
}

static struct stream_head next_head(const struct writer *writer)
{
    struct stream_head next = writer->head;
    if (writer->event_count > 0) {
        const struct stream_event *last = &writer->events[writer->event_count - 1];
        next.head = last->sequence;
        next.digest = last->digest;
        next.received_us = last->received_us;
    } else if (writer->passed_us > next.received_us) {
        next.received_us = writer->passed_us;
    }
    return next;
}

static void send_append(struct writer *writer)
{
    struct stream_head next = next_head(writer);
    struct db_params params = {0};
    db_int8(&params, writer->options.stream);
    db_int8(&params, writer->fence);
    db_int8(&params, (int64_t)writer->head.head);
    db_int8(&params, (int64_t)next.head);
    db_bytes(&params, next.digest.bytes, sizeof next.digest.bytes);
    if (next.received_us == INT64_MIN)
        db_null(&params);
    else
        db_instant(&params, next.received_us);
    db_send(writer->db, STATEMENT_APPEND, &params, NULL, NULL);
}

static void send_insert(struct writer *writer, const struct stream_event *event)
{
    struct db_params params = {0};
    db_int8(&params, (int64_t)event->sequence);
    db_text(&params, event->source);
    db_text(&params, event->id);
    db_text(&params, event->type);
    db_text(&params, event->topic);
    db_instant(&params, event->received_us);
    db_bytes(&params, event->digest.bytes, sizeof event->digest.bytes);
    db_bytes(&params, event->body.data, event->body.bytes);
    db_send(writer->db, STATEMENT_INSERT, &params, NULL, NULL);
}

/* As after a lost connection, on the same one: whatever the service knows may be ahead of what is stored. */
static void claim_again(struct writer *writer)
{
    disconnected(writer);
    claim(writer);
}

/* Whether the database refuses what the events are (data, constraints, a trigger's objection), and would again; not
 * that it cannot at present (disk full, cancelled, shutting down). err begins with the SQLSTATE. */
static bool blames_events(const struct err *err)
{
    static const char *const classes[] = {"22", "23", "P0"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(err->text, classes[i], 2) == 0)
            return true;
    return false;
}

static void commit_done(void *context, enum rc rc, const struct err *err)
{
    struct writer *writer = context;
    if (rc == RC_OK) {
        writer->head = next_head(writer);
        writer->state = WRITER_IDLE;
        leased(writer, writer->committing_us);
        CHAOS_POINT("commit-answered");
    }
    bool fenced = rc == RC_REFUSED && strncmp(err->text, FENCE_LOST, strlen(FENCE_LOST)) == 0;
    bool later = rc == RC_REFUSED && !blames_events(err);
    if (later && !fenced)
        log_warning("DB-NOT-NOW", "stream=%s reason=\"%s\"", stream_name(writer->options.stream), err->text);
    writer->done(writer->context, later ? RC_UNSURE : rc, err);
    writer->event_count = 0;
    if (fenced)
        give_way(writer);
    else if (rc == RC_REFUSED && !later && writer->options.refused == WRITER_CLAIMS_AGAIN)
        claim_again(writer);
    else if (rc == RC_REFUSED)
        db_reset(writer->db);
}

void writer_commit(struct writer *writer, void (*effects)(void *context), db_sync_fn *done, void *context)
{
    REQUIRE(writer->state == WRITER_IDLE);
    writer->state = WRITER_COMMITTING;
    writer->done = done;
    writer->context = context;
    writer->committing_us = db_stepped_us(writer->db);
    db_begin(writer->db);
    send_append(writer);
    for (size_t i = 0; i < writer->event_count; i++)
        send_insert(writer, &writer->events[i]);
    if (effects != NULL)
        effects(context);
    CHAOS_POINT("commit-held");
    db_commit(writer->db);
    db_sync(writer->db, commit_done, writer);
    CHAOS_POINT("commit-queued");
}

void writer_send(struct writer *writer, size_t statement, const struct db_params *params, db_result_fn *on_result,
                 void *context)
{
    db_send(writer->db, STATEMENT_COUNT + statement, params, on_result, context);
}
