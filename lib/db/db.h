/* One non-blocking connection to PostgreSQL in pipeline mode, reconnecting by itself. Statements are prepared when it
 * connects; parameters and results are binary. Requests are answered through callbacks from db_step, in order. */
#ifndef DUBAN_DB_DB_H
#define DUBAN_DB_DB_H

#include "db/address.h"

struct db;

struct db_statement {
    const char *name;
    const char *sql;
};

enum db_state { DB_DOWN, DB_CONNECTING, DB_PREPARING, DB_READY };

struct db_options {
    const char *name;                      /* for the log: "writer" */
    struct db_address address;             /* its texts are borrowed */
    const char *role;                      /* user, unless the address has one */
    const struct db_statement *statements; /* borrowed; DB_BEGIN and DB_COMMIT need not be among them */
    size_t statement_count;
    void (*ready)(void *context); /* connected, everything is prepared */
    void (*down)(
        void *context); /* the connection is lost; every outstanding db_sync has been answered with RC_UNSURE before */
    void *context;
};

struct db *db_new(const struct db_options *options);
void db_free(struct db **db);

enum db_state db_state(const struct db *db);

/* The descriptor to poll, or -1, and for what: POLLIN, POLLOUT. */
int db_fd(const struct db *db);
short db_events(const struct db *db);

/* Does what can be done without waiting. now_us is monotonic. Returns when it wants to be called again at the latest.
 */
int64_t db_step(struct db *db, int64_t now_us);

/* The instant of the last db_step: what is sent was sent then or later. */
int64_t db_stepped_us(const struct db *db);

/* Gives the connection up, as if it had been lost, and connects again. */
void db_reset(struct db *db);

/* Parameters of one statement, in order. Texts and bytes are borrowed until db_send returns. */
#define DB_PARAMS_MAX 32
struct db_params {
    int count;
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    char numbers[DB_PARAMS_MAX][8];
};
extern const int db_binary[]; /* the formats of all of them, for libpq */
void db_int8(struct db_params *params, int64_t value);
void db_text(struct db_params *params, const char *text);
void db_bytes(struct db_params *params, const void *data, size_t bytes);
void db_instant(struct db_params *params, int64_t instant_us);
void db_null(struct db_params *params);

/* Receives the rows of one statement; not called when it failed. */
typedef void db_result_fn(void *context, const PGresult *result);

/* Receives how the statements since the last db_sync went: RC_OK; RC_REFUSED when the database refused one of them
 * (what they did is rolled back, the connection goes on; err has the SQLSTATE in front of the message); RC_UNSURE when
 * the connection was lost. */
typedef void db_sync_fn(void *context, enum rc rc, const struct err *err);

/* Sends a statement by its place in the table. on_result may be null. Only in state DB_READY. */
void db_send(struct db *db, size_t statement, const struct db_params *params, db_result_fn *on_result, void *context);

/* Sends BEGIN and COMMIT. A COMMIT that answers ROLLBACK is a failure. */
void db_begin(struct db *db);
void db_commit(struct db *db);

/* Ends a unit of work: one is one transaction, unless db_begin opened a longer one. */
void db_sync(struct db *db, db_sync_fn *on_sync, void *context);

/* Values of a result. The column must have the type that is asked for, else the process ends: a statement and its
 * reader are one piece of code. Bytes are borrowed from the result. */
int64_t db_get_int8(const PGresult *result, int row, int column);
const char *db_get_text(const PGresult *result, int row, int column);
const uint8_t *db_get_bytes(const PGresult *result, int row, int column, size_t *out_bytes);
int64_t db_get_instant(const PGresult *result, int row, int column); /* INT64_MIN when null */

#endif
