#include "db/stream.h"

#include "duban_db_queries.h"

#include <stdlib.h>

enum { STATEMENT_HEAD, STATEMENT_READ };

static const struct db_statement statements[] = {{"head", head_sql}, {"read", read_sql}};

struct reader {
    struct db *db;
};

/* A read under way. */
struct pending {
    struct reading reading;
    reader_fn *done;
    void *context;
    struct stream_head head;
    bool answered;
};

static void nothing(void *context)
{
    (void)context;
}

struct reader *reader_new(const struct db_address *address, const char *role)
{
    struct reader *reader = calloc(1, sizeof *reader);
    REQUIRE(reader != NULL);
    reader->db = db_new(&(struct db_options){.name = "reader",
                                             .address = *address,
                                             .role = role,
                                             .statements = statements,
                                             .statement_count = sizeof statements / sizeof *statements,
                                             .ready = nothing,
                                             .down = nothing});
    return reader;
}

void reader_free(struct reader **reader)
{
    if (*reader == NULL)
        return;
    db_free(&(*reader)->db);
    free(*reader);
    *reader = NULL;
}

struct db *reader_db(struct reader *reader)
{
    return reader->db;
}

static void got_head(void *context, const PGresult *result)
{
    struct pending *pending = context;
    stream_head_read(result, 0, 0, &pending->head);
}

/* How many of the rows lie at or before the head that was read just before them. */
static int rows_to_head(const PGresult *rows, uint64_t head)
{
    int count = PQntuples(rows);
    while (count > 0 && (uint64_t)db_get_int8(rows, count - 1, 0) > head)
        count--;
    return count;
}

static size_t body_bytes(const PGresult *rows)
{
    size_t bytes = 0;
    for (int row = 0; row < PQntuples(rows); row++) {
        struct stream_event event;
        stream_event_read(rows, row, &event);
        bytes += event.body.bytes;
    }
    return bytes;
}

static void got_rows(void *context, const PGresult *rows)
{
    struct pending *pending = context;
    int count = rows_to_head(rows, pending->head.head);
    uint64_t complete_to = pending->reading.after + pending->reading.span;
    if (complete_to > pending->head.head)
        complete_to = pending->head.head;
    if (count > 0 && ((uint32_t)PQntuples(rows) == pending->reading.limit || body_bytes(rows) >= READING_BYTES))
        complete_to = (uint64_t)db_get_int8(rows, count - 1, 0);
    pending->answered = true;
    pending->done(pending->context, RC_OK, &pending->head, rows, count, complete_to);
}

static void finished(void *context, enum rc rc, const struct err *err)
{
    (void)err;
    struct pending *pending = context;
    if (!pending->answered)
        pending->done(pending->context, rc == RC_OK ? RC_FAILED : rc, &pending->head, NULL, 0, pending->reading.after);
    free(pending);
}

bool reader_read(struct reader *reader, const struct reading *reading, reader_fn *done, void *context)
{
    if (db_state(reader->db) != DB_READY)
        return false;
    struct pending *pending = calloc(1, sizeof *pending);
    REQUIRE(pending != NULL);
    *pending = (struct pending){.reading = *reading, .done = done, .context = context};
    struct db_params params = {0};
    db_int8(&params, reading->stream);
    db_send(reader->db, STATEMENT_HEAD, &params, got_head, pending);
    db_int8(&params, (int64_t)reading->after);
    db_int8(&params, (int64_t)(reading->after + reading->span));
    db_text(&params, reading->prefix);
    db_int8(&params, reading->limit);
    db_int8(&params, (int64_t)READING_BYTES);
    db_send(reader->db, STATEMENT_READ, &params, got_rows, pending);
    db_sync(reader->db, finished, pending);
    return true;
}
