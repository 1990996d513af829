#include "db/db.h"

#include "base/chaos.h"
#include "base/log.h"
#include "base/map.h"

#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For all hosts together; then the next try begins with the next host. */
#define CONNECT_TIMEOUT_US 5000000
#define RETRY_FIRST_US 100000
#define RETRY_MOST_US 2000000
/* At most so long after a connection that was ready: the server is there, and refused something. */
#define RETRY_READY_US 500000

/* From 1970-01-01 to PostgreSQL's epoch 2000-01-01. */
#define POSTGRES_EPOCH_US ((int64_t)946684800 * 1000000)

/* What the wire protocol calls these types (pg_type.dat of PostgreSQL). */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_TIMESTAMPTZ = 1184 };

enum operation_kind { OPERATION_STATEMENT, OPERATION_COMMIT, OPERATION_SYNC };

/* Something that was sent and is not yet answered. */
struct operation {
    enum operation_kind kind;
    bool answered; /* its result has come; the end mark has not */
    db_result_fn *on_result;
    db_sync_fn *on_sync;
    void *context;
};

struct db {
    struct db_options options;
    PGconn *connection;
    enum db_state state;
    PostgresPollingStatusType polling;
    bool flush_pending;
    int64_t deadline_us; /* of the connection attempt, or of the next one */
    int64_t retry_us;
    unsigned jitter, from;        /* state of the dice; the host to begin with */
    int64_t progress_us;          /* when something was last answered, or nothing was outstanding */
    int64_t stepped_us;           /* the instant of the last db_step */
    struct operation *operations; /* a queue: from first to count */
    size_t first, count, capacity;
    bool refused; /* a statement since the last sync was refused */
    bool warned;  /* the answer that is being read came with a warning */
    bool reset_wanted;
    struct err err;
};

struct db *db_new(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof *db);
    REQUIRE(db != NULL);
    db->options = *options;
    db->retry_us = RETRY_FIRST_US;
    db->jitter = (unsigned)getpid() ^ (unsigned)(uintptr_t)db;
    return db;
}

void db_free(struct db **db)
{
    if (*db == NULL)
        return;
    PQfinish((*db)->connection);
    free((*db)->operations);
    free(*db);
    *db = NULL;
}

enum db_state db_state(const struct db *db)
{
    return db->state;
}

int db_fd(const struct db *db)
{
    return db->state == DB_DOWN ? -1 : PQsocket(db->connection);
}

short db_events(const struct db *db)
{
    if (db->state == DB_CONNECTING)
        return db->polling == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    return (short)(POLLIN | (db->flush_pending ? POLLOUT : 0));
}

/* Drops the connection. Everything outstanding has an unknown outcome now. */
static void lose(struct db *db, int64_t now_us)
{
    bool was_ready = db->state == DB_READY;
    db->from += db->state == DB_CONNECTING; /* libpq may not have come to the hosts after the one at fault */
    if (was_ready && db->retry_us > RETRY_READY_US)
        db->retry_us = RETRY_READY_US;
    PQfinish(db->connection);
    db->connection = NULL;
    db->state = DB_DOWN;
    db->flush_pending = db->refused = db->warned = db->reset_wanted = false;
    /* Many that have lost the same server do not come back all at once. */
    db->deadline_us = now_us + db->retry_us + (int64_t)rand_r(&db->jitter) % (db->retry_us / 2);
    db->retry_us = db->retry_us * 2 < RETRY_MOST_US ? db->retry_us * 2 : RETRY_MOST_US;

    struct operation *lost = db->operations;
    size_t first = db->first, count = db->count;
    db->operations = NULL;
    db->first = db->count = db->capacity = 0;
    for (size_t i = first; i < count; i++)
        if (lost[i].kind == OPERATION_SYNC && lost[i].on_sync != NULL)
            lost[i].on_sync(lost[i].context, RC_UNSURE, &db->err);
    free(lost);
    if (was_ready)
        db->options.down(db->options.context);
}

static void lose_with_log(struct db *db, int64_t now_us, const char *doing)
{
    err_set(&db->err, RC_FAILED, "%s: %s", doing, PQerrorMessage(db->connection));
    log_warning("DB-LOST", "connection=%s reason=\"%s\"", db->options.name, db->err.text);
    lose(db, now_us);
}

static void start_connecting(struct db *db, int64_t now_us)
{
    char application[64];
    snprintf(application, sizeof application, "%s %s", db->options.role, db->options.name);
    db->connection = db_address_start(&db->options.address, db->options.role, application, db->from, &db->err);
    db->state = DB_CONNECTING;
    db->polling = PGRES_POLLING_WRITING;
    db->deadline_us = now_us + CONNECT_TIMEOUT_US;
    if (db->connection == NULL) {
        log_error("DB-ADDRESS", "connection=%s reason=\"%s\"", db->options.name, db->err.text);
        lose(db, now_us);
    } else if (PQstatus(db->connection) == CONNECTION_BAD) {
        lose_with_log(db, now_us, "connecting");
    }
}

static struct operation *push(struct db *db, enum operation_kind kind)
{
    db->operations = array_grow(db->operations, db->count, &db->capacity, sizeof *db->operations);
    db->operations[db->count] = (struct operation){.kind = kind};
    return &db->operations[db->count++];
}

/* A call to libpq that can only fail when the connection is gone, which db_step will notice, or by a bug. */
static void sent(struct db *db, int ok)
{
    if (!ok) {
        err_set(&db->err, RC_FAILED, "sending: %s", PQerrorMessage(db->connection));
        db->reset_wanted = true;
    }
    db->flush_pending = true;
}

const int db_binary[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
_Static_assert(sizeof db_binary / sizeof *db_binary == DB_PARAMS_MAX, "one for each parameter");

static void send_prepared(struct db *db, const char *name, const struct db_params *params, enum operation_kind kind,
                          db_result_fn *on_result, void *context)
{
    REQUIRE(db->state == DB_READY);
    sent(db, PQsendQueryPrepared(db->connection, name, params->count, params->values, params->lengths, db_binary, 1));
    struct operation *operation = push(db, kind);
    operation->on_result = on_result;
    operation->context = context;
}

static void prepared(void *context, enum rc rc, const struct err *err)
{
    struct db *db = context;
    if (rc == RC_REFUSED)
        log_error("DB-PREPARE", "connection=%s reason=\"%s\" remedy=\"duban db migrate\"", db->options.name, err->text);
    if (rc != RC_OK) {
        db_reset(db);
        return;
    }
    db->state = DB_READY;
    db->options.ready(db->options.context);
}

static void prepare(struct db *db, const char *name, const char *sql)
{
    sent(db, PQsendPrepare(db->connection, name, sql, 0, NULL));
    push(db, OPERATION_STATEMENT);
}

static void take_notice(void *context, const PGresult *result)
{
    struct db *db = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    db->warned |= severity != NULL && strcmp(severity, "WARNING") == 0;
}

static void start_preparing(struct db *db)
{
    PQsetNoticeReceiver(db->connection, take_notice, db);
    PQsetnonblocking(db->connection, 1);
    PQsetErrorVerbosity(db->connection, PQERRORS_TERSE); /* the log shall have no row in it, as DETAIL does */
    REQUIRE(PQenterPipelineMode(db->connection) == 1);
    db->state = DB_PREPARING;
    db->progress_us = db->deadline_us; /* not before */
    prepare(db, "begin", "BEGIN");
    prepare(db, "commit", "COMMIT");
    prepare(db, "rollback", "ROLLBACK");
    for (size_t i = 0; i < db->options.statement_count; i++)
        prepare(db, db->options.statements[i].name, db->options.statements[i].sql);
    db_sync(db, prepared, db);
}

static void continue_connecting(struct db *db, int64_t now_us)
{
    struct pollfd ready = {.fd = PQsocket(db->connection), .events = db_events(db)};
    if (poll(&ready, 1, 0) > 0) {
        db->polling = PQconnectPoll(db->connection);
        if (db->polling == PGRES_POLLING_OK)
            start_preparing(db);
        else if (db->polling == PGRES_POLLING_FAILED)
            lose_with_log(db, now_us, "connecting");
    } else if (now_us >= db->deadline_us) {
        lose_with_log(db, now_us, "connecting takes too long");
    }
}

static void refuse(struct db *db, const char *state, const char *message)
{
    if (!db->refused)
        err_set(&db->err, RC_REFUSED, "%s: %s", state == NULL ? "?" : state, message);
    db->refused = true;
}

/* A commit whose wait for a synchronous standby was cancelled says so by a warning only. What it has stored may be lost
 * with this server, so it is not believed: who runs the same again waits for the standby again. */
static void distrust(struct db *db)
{
    err_set(&db->err, RC_FAILED, "COMMIT came with a warning");
    db->reset_wanted = true;
}

static void answer(struct db *db, struct operation *operation, const PGresult *result)
{
    operation->answered = true;
    bool warned = db->warned;
    db->warned = false;
    if (operation->kind == OPERATION_COMMIT && warned) {
        distrust(db);
        return;
    }
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (operation->kind == OPERATION_COMMIT && strcmp(PQcmdStatus((PGresult *)(uintptr_t)result), "COMMIT") != 0)
            refuse(db, "25P02", "the transaction was rolled back");
        else if (operation->kind == OPERATION_COMMIT)
            db->retry_us = RETRY_FIRST_US; /* it works again */
        if (operation->on_result != NULL)
            operation->on_result(operation->context, result);
        break;
    case PGRES_PIPELINE_ABORTED:
        break; /* an earlier one was refused */
    default:
        refuse(db, PQresultErrorField(result, PG_DIAG_SQLSTATE), PQresultErrorMessage(result));
    }
}

/* Answers a sync. A refusal inside BEGIN leaves a failed transaction open, which is ended before anything else is sent.
 */
static void answer_sync(struct db *db)
{
    struct operation operation = db->operations[db->first++];
    enum rc rc = db->refused ? RC_REFUSED : RC_OK;
    db->refused = false;
    if (PQtransactionStatus(db->connection) == PQTRANS_INERROR) {
        send_prepared(db, "rollback", &(struct db_params){0}, OPERATION_STATEMENT, NULL, NULL);
        db_sync(db, NULL, NULL);
    }
    if (operation.on_sync != NULL)
        operation.on_sync(operation.context, rc, &db->err);
}

/* Takes one result. False when there is none yet. */
static bool take_result(struct db *db)
{
    if (db->first == db->count || PQisBusy(db->connection))
        return false;
    PGresult *result = PQgetResult(db->connection);
    struct operation *operation = &db->operations[db->first];
    if (result == NULL) {
        if (!operation->answered)
            return false;
        db->first++;
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        REQUIRE(operation->kind == OPERATION_SYNC);
        answer_sync(db);
    } else {
        REQUIRE(operation->kind != OPERATION_SYNC);
        answer(db, operation, result);
    }
    PQclear(result);
    return true;
}

/* Longer than statement_timeout: the server itself hangs, or what is between. */
static int64_t answer_timeout_us(const struct db *db)
{
    return db->options.address.timeout_us * 7 / 6;
}

/* True when a result was taken: its callback may have given work. */
static bool exchange(struct db *db, int64_t now_us)
{
    bool progress = false;
    int flushed = PQflush(db->connection);
    if (flushed < 0 || PQconsumeInput(db->connection) == 0 || PQstatus(db->connection) == CONNECTION_BAD) {
        lose_with_log(db, now_us, "talking");
        return true;
    }
    db->flush_pending = flushed == 1;
    while (!db->reset_wanted && take_result(db))
        progress = true;
    if (db->first == db->count)
        db->first = db->count = 0;
    if (progress || db->count == 0)
        db->progress_us = now_us;
    if (now_us - db->progress_us > answer_timeout_us(db)) {
        lose_with_log(db, now_us, "no answer");
        return true;
    }
    if (db->reset_wanted) {
        log_warning("DB-RESET", "connection=%s reason=\"%s\"", db->options.name, db->err.text);
        lose(db, now_us);
        return true;
    }
    flushed = PQflush(db->connection); /* what the callbacks have sent */
    db->flush_pending = flushed == 1;
    CHAOS_POINT_WHEN(flushed == 0 && db->count >= 2 && db->operations[db->count - 2].kind == OPERATION_COMMIT,
                     "commit-sent");
    return progress;
}

int64_t db_step(struct db *db, int64_t now_us)
{
    db->stepped_us = now_us;
    if (db->state == DB_DOWN && now_us >= db->deadline_us)
        start_connecting(db, now_us);
    if (db->state == DB_CONNECTING)
        continue_connecting(db, now_us);
    if (db->state >= DB_PREPARING && exchange(db, now_us))
        return now_us;
    if (db->state <= DB_CONNECTING)
        return db->deadline_us;
    return db->count > 0 ? db->progress_us + answer_timeout_us(db) + 1 : INT64_MAX;
}

int64_t db_stepped_us(const struct db *db)
{
    return db->stepped_us;
}

void db_reset(struct db *db)
{
    err_set(&db->err, RC_FAILED, "given up");
    if (db->state != DB_DOWN)
        db->reset_wanted = true;
}

static char *add_param(struct db_params *params, const char *value, size_t bytes)
{
    REQUIRE(params->count < DB_PARAMS_MAX && bytes <= INT32_MAX);
    params->values[params->count] = value;
    params->lengths[params->count] = (int)bytes;
    return params->numbers[params->count++];
}

void db_int8(struct db_params *params, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);
    char *number = add_param(params, NULL, sizeof wire);
    memcpy(number, &wire, sizeof wire);
    params->values[params->count - 1] = number;
}

void db_text(struct db_params *params, const char *text)
{
    add_param(params, text, strlen(text));
}

void db_bytes(struct db_params *params, const void *data, size_t bytes)
{
    add_param(params, data == NULL ? "" : data, bytes);
}

void db_instant(struct db_params *params, int64_t instant_us)
{
    db_int8(params, instant_us - POSTGRES_EPOCH_US);
}

void db_null(struct db_params *params)
{
    add_param(params, NULL, 0);
}

void db_send(struct db *db, size_t statement, const struct db_params *params, db_result_fn *on_result, void *context)
{
    REQUIRE(statement < db->options.statement_count);
    send_prepared(db, db->options.statements[statement].name, params, OPERATION_STATEMENT, on_result, context);
}

void db_begin(struct db *db)
{
    send_prepared(db, "begin", &(struct db_params){0}, OPERATION_STATEMENT, NULL, NULL);
}

void db_commit(struct db *db)
{
    send_prepared(db, "commit", &(struct db_params){0}, OPERATION_COMMIT, NULL, NULL);
}

void db_sync(struct db *db, db_sync_fn *on_sync, void *context)
{
    sent(db, PQpipelineSync(db->connection));
    struct operation *operation = push(db, OPERATION_SYNC);
    operation->on_sync = on_sync;
    operation->context = context;
}

static const char *value_of(const PGresult *result, int row, int column, Oid type)
{
    REQUIRE(PQftype(result, column) == type && PQfformat(result, column) == 1 && row < PQntuples(result));
    return PQgetvalue(result, row, column);
}

int64_t db_get_int8(const PGresult *result, int row, int column)
{
    uint64_t wire;
    memcpy(&wire, value_of(result, row, column, OID_INT8), sizeof wire);
    return (int64_t)be64toh(wire);
}

const char *db_get_text(const PGresult *result, int row, int column)
{
    return value_of(result, row, column, OID_TEXT);
}

const uint8_t *db_get_bytes(const PGresult *result, int row, int column, size_t *out_bytes)
{
    const char *value = value_of(result, row, column, OID_BYTEA);
    *out_bytes = (size_t)PQgetlength(result, row, column);
    return (const uint8_t *)value;
}

int64_t db_get_instant(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return INT64_MIN;
    uint64_t wire;
    memcpy(&wire, value_of(result, row, column, OID_TIMESTAMPTZ), sizeof wire);
    return (int64_t)be64toh(wire) + POSTGRES_EPOCH_US;
}
