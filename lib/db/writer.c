#include "db/stream.h"

#include "db/migrations.h"

#include "base/log.h"
#include "base/map.h"
#include "duban_db_queries.h"

#include <stdlib.h>
#include <string.h>

enum { STATEMENT_SCHEMA, STATEMENT_FENCE, STATEMENT_CLAIM, STATEMENT_APPEND, STATEMENT_INSERT, STATEMENT_COUNT };

#define FENCE_LOST "DB001"

enum writer_state { WRITER_DOWN, WRITER_IDLE, WRITER_COMMITTING };

struct writer {
    struct writer_options options;
    struct db *db;
    struct db_statement *statements;
    enum writer_state state;
    bool schema_known;
    int64_t fence;
    struct stream_head head;     /* committed */
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

static void take_claim(void *context, const PGresult *result)
{
    struct writer *writer = context;
    if (PQntuples(result) == 0) {
        log_error("DB-ROLE", "stream=%s role=%s reason=\"the role is not the stream's writer\"",
                  stream_name(writer->options.stream), writer->options.role);
        return;
    }
    writer->fence = db_get_int8(result, 0, 0);
    stream_head_read(result, 0, 1, &writer->head);
    writer->state = WRITER_IDLE;
}

static void claim_done(void *context, enum rc rc, const struct err *err)
{
    (void)err;
    struct writer *writer = context;
    if (rc != RC_OK || !writer->schema_known || writer->state != WRITER_IDLE) {
        writer->state = WRITER_DOWN;
        db_reset(writer->db);
        return;
    }
    log_info("STREAM-CLAIMED", "stream=%s fence=%lld head=%llu", stream_name(writer->options.stream),
             (long long)writer->fence, (unsigned long long)writer->head.head);
    writer->options.claimed(writer->options.context);
}

static void connected(void *context)
{
    struct writer *writer = context;
    struct db_params params = {0};
    db_send(writer->db, STATEMENT_SCHEMA, &params, check_schema, writer);
    db_int8(&params, writer->options.stream);
    db_send(writer->db, STATEMENT_CLAIM, &params, take_claim, writer);
    db_sync(writer->db, claim_done, writer);
}

static void disconnected(void *context)
{
    struct writer *writer = context;
    writer->state = WRITER_DOWN;
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
    size_t count = STATEMENT_COUNT + options->statement_count;
    writer->statements = calloc(count, sizeof *writer->statements);
    REQUIRE(writer->statements != NULL);
    writer->statements[STATEMENT_SCHEMA] = (struct db_statement){"schema", schema_sql};
    writer->statements[STATEMENT_FENCE] = (struct db_statement){"fence", fence_sql};
    writer->statements[STATEMENT_CLAIM] = (struct db_statement){"claim", claim_sql};
    writer->statements[STATEMENT_APPEND] = (struct db_statement){"append", append_sql};
    writer->statements[STATEMENT_INSERT] = (struct db_statement){"insert", insert_statement(options->stream)};
    for (size_t i = 0; i < options->statement_count; i++)
        writer->statements[STATEMENT_COUNT + i] = options->statements[i];
    writer->db = db_new(&(struct db_options){.name = "writer",
                                             .conninfo = options->conninfo,
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

static void take_fence(void *context, const PGresult *result)
{
    struct writer *writer = context;
    if (PQntuples(result) == 1 && db_get_int8(result, 0, 0) != writer->fence)
        writer->options.displaced(writer->options.context);
}

void writer_check(struct writer *writer)
{
    if (writer->state != WRITER_IDLE)
        return;
    struct db_params params = {0};
    db_int8(&params, writer->options.stream);
    db_send(writer->db, STATEMENT_FENCE, &params, take_fence, writer);
    db_sync(writer->db, NULL, NULL);
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
    added->digest = digest_chain(before, event->body.data, event->body.bytes);
    writer->event_count++;
    return added->digest;
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
    connected(writer);
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
    }
    bool displaced = rc == RC_REFUSED && strncmp(err->text, FENCE_LOST, strlen(FENCE_LOST)) == 0;
    bool later = rc == RC_REFUSED && !blames_events(err);
    if (later && !displaced)
        log_warning("DB-NOT-NOW", "stream=%s reason=\"%s\"", stream_name(writer->options.stream), err->text);
    writer->done(writer->context, later ? RC_UNSURE : rc, err);
    writer->event_count = 0;
    if (displaced)
        writer->options.displaced(writer->options.context);
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
    db_begin(writer->db);
    send_append(writer);
    for (size_t i = 0; i < writer->event_count; i++)
        send_insert(writer, &writer->events[i]);
    if (effects != NULL)
        effects(context);
    db_commit(writer->db);
    db_sync(writer->db, commit_done, writer);
}

void writer_send(struct writer *writer, size_t statement, const struct db_params *params, db_result_fn *on_result,
                 void *context)
{
    db_send(writer->db, STATEMENT_COUNT + statement, params, on_result, context);
}
