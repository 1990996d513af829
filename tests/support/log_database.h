/* What the tests of the database stand on. Each test has a database of its own, made from a migrated template; the
 * cluster is a fixture of ctest (tests/support/postgres.sh). And writers that are driven until something has happened.
 */
#ifndef DUBAN_TESTS_SUPPORT_LOG_DATABASE_H
#define DUBAN_TESTS_SUPPORT_LOG_DATABASE_H

#include "db/stream.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PATIENCE_US 30000000

#define APPEND(fence, old, new)                                                                                        \
    "SELECT duban.stream_append(1::int2, " fence ", " old ", " new ", decode(repeat('22', 32), 'hex'), now())"

#define CLAIM(my_fence, lease_ms, patience_ms)                                                                         \
    "SELECT (CASE WHEN claimed THEN 't ' ELSE 'f ' END) || fence "                                                     \
    "FROM duban.stream_claim(1::int2, " #my_fence ", " #lease_ms ", " #patience_ms ")"

/* One test's database, and a connection of its owner. */
struct fixture {
    char conninfo[256];
    PGconn *owner;
};

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)
int make_template(void **state);
int open_fixture(void **state);
int close_fixture(void **state);

PGconn *connect_role(const struct fixture *fixture, const char *role);
struct db_address address_of(const struct fixture *fixture);

/* The first value of the result, or "" when there is none; fails when the statement does. Static memory. */
const char *run(PGconn *connection, const char *sql);
void assert_refused(PGconn *connection, const char *sql, const char *sqlstate);

/* Asks until the answer is the wanted one. */
void await(PGconn *connection, const char *sql, const char *wanted);

/* Drives a connection until *happened is as wanted. */
void drive(struct db *db, const int *happened, int wanted);

/* A writer, and what has happened to it. */
struct driver {
    struct writer *writer;
    int claimed, lost, standby;
    int done;
    enum rc rc;
    char error[256];
};

/* A new driver has not been driven yet; a started one has its stream. */
struct driver *new_driver(const struct fixture *fixture, enum stream_id stream, const char *role, int64_t lease_us);
struct driver *new_driver_with(const struct db_address *address, enum stream_id stream, const char *role,
                               int64_t lease_us);
struct driver *start_driver(const struct fixture *fixture, enum stream_id stream, const char *role);
void stop_driver(struct driver *driver);
void drive_writer(struct driver *driver, const int *happened, int wanted);

void add(struct driver *driver, const char *id, const char *topic, const char *body, int64_t received_us);
void on_done(void *context, enum rc rc, const struct err *err); /* for writer_commit */
enum rc commit(struct driver *driver);

#endif
