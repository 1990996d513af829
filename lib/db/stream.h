/* The streams of the log: reading them, and appending to one as its only writer. */
#ifndef DUBAN_DB_STREAM_H
#define DUBAN_DB_STREAM_H

#include "db/db.h"

#include "base/digest.h"
#include "base/slice.h"

enum stream_id { STREAM_UPDATES = 1, STREAM_INDICATORS, STREAM_ALERTS };

const char *stream_name(enum stream_id stream);
bool stream_find(const char *name, enum stream_id *out_stream) MUST_CHECK;

#define INCARNATION_BYTES 16

struct stream_head {
    uint64_t head;
    struct digest digest;
    enum digest_algorithm algorithm; /* of the chain */
    int64_t received_us;             /* of the event at head, or passed since; INT64_MIN when there is none */
    uint8_t incarnation[INCARNATION_BYTES];
};

/* One event as it stands in the log. Texts and bytes are borrowed. */
struct stream_event {
    uint64_t sequence;
    const char *source, *id, *type, *topic;
    int64_t received_us;
    struct digest digest;
    struct slice body;
};

/* Reads row `row` of a result with the columns of queries/read.sql; borrows from the result. */
void stream_event_read(const PGresult *result, int row, struct stream_event *out_event);

/* Reads the columns of queries/head.sql, the first of which is `column`. */
void stream_head_read(const PGresult *result, int row, int column, struct stream_head *out_head);

/* A reader: its own connection, so that reading never sees an unfinished transaction of the writer, nor delays it. */
struct reader;

struct reader *reader_new(const struct db_address *address, const char *role);
void reader_free(struct reader **reader);
struct db *reader_db(struct reader *reader);

struct reading {
    enum stream_id stream;
    uint64_t after;
    uint64_t span;      /* looks at most at so many events after `after` */
    const char *prefix; /* of topics; borrowed until reader_read returns */
    uint32_t limit;
};

/* Whatever the limit, the events that first reach so many bytes are the last that are read at once. */
#define READING_BYTES ((size_t)4 << 20)

/* Receives the events found, and the head as it was when they were read: every event of the prefix up to `complete_to`
 * is among them. rows is null when rc is not RC_OK (the connection was lost: ask again). */
typedef void reader_fn(void *context, enum rc rc, const struct stream_head *head, const PGresult *rows, int row_count,
                       uint64_t complete_to);

/* False when there is no connection now. */
bool reader_read(struct reader *reader, const struct reading *reading, reader_fn *done, void *context) MUST_CHECK;

/* A writer: connects, checks that the schema is the one it knows, and claims its stream, on which it holds a lease from
 * then on. While another process holds it, the writer stands by: it claims again every quarter of a second, and gets
 * the stream when the other has given it back, has died, or has not renewed its lease in time. A writer that finds
 * itself displaced so gives its connection up, and stands by. */
struct writer;

/* What to do when the database refuses a transaction: connect anew, later each time; or claim the stream again at once,
 * which is for a service that gets on by each refusal. */
enum writer_refused { WRITER_RECONNECTS, WRITER_CLAIMS_AGAIN };

struct writer_options {
    enum stream_id stream;
    enum writer_refused refused;
    struct db_address address;
    const char *role;
    const struct db_statement *statements; /* of the service, for its reads and effects; sent with writer_send */
    size_t statement_count;
    int64_t lease_us;               /* it is renewed three times as often */
    void (*claimed)(void *context); /* the stream is ours; its outcome so far is settled: load what is known */
    void (*lost)(void *context);    /* the connection is gone: forget what was known */
    void (*standby)(void *context); /* another process holds the stream: once, until it was ours again */
    void *context;
};

struct writer *writer_new(const struct writer_options *options);
void writer_free(struct writer **writer);
struct db *writer_db(struct writer *writer);

/* Claimed, and no transaction under way. */
bool writer_idle(const struct writer *writer);

/* db_step for the writer, which also renews its lease or claims the stream. now_us is monotonic. Returns when it wants
 * to be called again at the latest. */
int64_t writer_step(struct writer *writer, int64_t now_us);

/* Whether nobody else can have the stream at this monotonic instant. A commit of a writer that was displaced is refused
 * anyway; but one that has nothing to commit must not go on telling the time. */
bool writer_leased(const struct writer *writer, int64_t now_us);

/* Gives the stream back for good, so that a standby takes it at once; to be called, with writer_step in between, until
 * it returns true: there is nothing to give back any more. */
bool writer_release(struct writer *writer);

/* The head as far as committed. */
const struct stream_head *writer_head(const struct writer *writer);

/* The sequence that the next event added will have. */
uint64_t writer_next(const struct writer *writer);

/* Adds an event to the transaction that is being put together; sequence and digest are worked out. What it points to
 * must live until the transaction is done. Returns its digest. */
struct digest writer_add(struct writer *writer, const struct stream_event *event);

/* Moves the head's instant on to this one, unless it is there already, in the next transaction that adds no event: what
 * is told of the time by the head holds after a restart too, whatever the clock says then. */
void writer_pass(struct writer *writer, int64_t instant_us);

/* Events of the transaction that was put together last, valid in the done callback. */
const struct stream_event *writer_events(const struct writer *writer, size_t *out_count);

/* Sends the transaction: head, events, and what `effects` (may be null) sends by writer_send; then commits. `done` gets
 * RC_OK once COMMIT has answered COMMIT. After any other result the events are forgotten and the connection is made
 * anew; RC_UNSURE says that they may yet be stored. */
void writer_commit(struct writer *writer, void (*effects)(void *context), db_sync_fn *done, void *context);

/* One of the service's own statements: inside effects, or between transactions followed by db_sync. */
void writer_send(struct writer *writer, size_t statement, const struct db_params *params, db_result_fn *on_result,
                 void *context);

#endif
