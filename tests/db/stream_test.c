/* The log in a real PostgreSQL: migrations, rights, appending and reading. Each test has a database of its own, made
 * from a migrated template; the cluster is a fixture of ctest (tests/support/postgres.sh). */
#include "db/migrations.h"
#include "db/stream.h"

#include "base/clock.h"
#include "duban_db_queries.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_US 10000000

static const char *host;
static int databases;

/* One test's database, and connections to it. */
struct fixture {
    char conninfo[256];
    PGconn *owner;
};

static PGconn *connect_as(const char *user, const char *database)
{
    char conninfo[256];
    snprintf(conninfo, sizeof conninfo, "host=%s user=%s dbname=%s", host, user, database);
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(connection));
    return connection;
}

/* The first value of the result, or "" when there is none; fails when the statement does. Static memory. */
static const char *run(PGconn *connection, const char *sql)
{
    static char value[4096];
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    snprintf(value, sizeof value, "%s",
             status == PGRES_TUPLES_OK && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return value;
}

static void assert_refused(PGconn *connection, const char *sql, const char *sqlstate)
{
    PGresult *result = PQexec(connection, sql);
    assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
    assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), sqlstate);
    PQclear(result);
}

static int make_template(void **state)
{
    (void)state;
    host = getenv("TEST_POSTGRES");
    if (host == NULL)
        return -1;
    PGconn *admin = connect_as("duban", "postgres");
    run(admin, "DROP DATABASE IF EXISTS log_template");
    run(admin, "CREATE DATABASE log_template");
    PQfinish(admin);
    PGconn *owner = connect_as("duban", "log_template");
    struct err err;
    if (migrations_apply(owner, NULL, &err) != RC_OK)
        fail_msg("%s", err.text);
    PQfinish(owner);
    return 0;
}

static int open_fixture(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char database[64], sql[160];
    snprintf(database, sizeof database, "log_%d_%d", (int)getpid(), databases++);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE log_template", database);
    PGconn *admin = connect_as("duban", "postgres");
    run(admin, sql);
    PQfinish(admin);
    snprintf(fixture->conninfo, sizeof fixture->conninfo, "host=%s dbname=%s", host, database);
    fixture->owner = connect_as("duban", database);
    *state = fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    PQfinish(fixture->owner);
    free(fixture);
    return 0;
}

static PGconn *connect_role(const struct fixture *fixture, const char *role)
{
    return connect_as(role, PQdb(fixture->owner));
}

/* A writer that is driven until something has happened. */
struct driver {
    struct writer *writer;
    int claimed, lost, standby;
    int done;
    enum rc rc;
    char error[256];
};

static void on_claimed(void *context)
{
    ((struct driver *)context)->claimed++;
}

static void on_lost(void *context)
{
    ((struct driver *)context)->lost++;
}

static void on_standby(void *context)
{
    ((struct driver *)context)->standby++;
}

static void on_done(void *context, enum rc rc, const struct err *err)
{
    struct driver *driver = context;
    driver->done++;
    driver->rc = rc;
    snprintf(driver->error, sizeof driver->error, "%s", rc == RC_OK ? "" : err->text);
}

static void drive_by(int64_t (*step)(void *stepped, int64_t now_us), void *stepped, struct db *db, const int *happened,
                     int wanted)
{
    int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
    while (*happened < wanted) {
        int64_t now_us = clock_monotonic_us();
        if (now_us > deadline_us)
            fail_msg("waited in vain");
        int64_t wake_us = step(stepped, now_us);
        if (*happened >= wanted || wake_us <= now_us)
            continue;
        struct pollfd item = {.fd = db_fd(db), .events = db_events(db)};
        poll(&item, item.fd >= 0, 20);
    }
}

static int64_t step_db(void *db, int64_t now_us)
{
    return db_step(db, now_us);
}

static int64_t step_writer(void *writer, int64_t now_us)
{
    return writer_step(writer, now_us);
}

static void drive(struct db *db, const int *happened, int wanted)
{
    drive_by(step_db, db, db, happened, wanted);
}

static void drive_writer(struct driver *driver, const int *happened, int wanted)
{
    drive_by(step_writer, driver->writer, writer_db(driver->writer), happened, wanted);
}

/* Not driven until it is ready. */
static struct driver *new_driver(const struct fixture *fixture, enum stream_id stream, const char *role,
                                 int64_t lease_us)
{
    struct driver *driver = calloc(1, sizeof *driver);
    driver->writer = writer_new(&(struct writer_options){.stream = stream,
                                                         .conninfo = fixture->conninfo,
                                                         .role = role,
                                                         .lease_us = lease_us,
                                                         .claimed = on_claimed,
                                                         .lost = on_lost,
                                                         .standby = on_standby,
                                                         .context = driver});
    return driver;
}

static struct driver *start_driver(const struct fixture *fixture, enum stream_id stream, const char *role)
{
    struct driver *driver = new_driver(fixture, stream, role, PATIENCE_US);
    drive_writer(driver, &driver->claimed, 1);
    return driver;
}

static void stop_driver(struct driver *driver)
{
    writer_free(&driver->writer);
    free(driver);
}

static void add(struct driver *driver, const char *id, const char *topic, const char *body, int64_t received_us)
{
    writer_add(driver->writer, &(struct stream_event){.source = "/test",
                                                      .id = id,
                                                      .type = "test",
                                                      .topic = topic,
                                                      .received_us = received_us,
                                                      .body = {(const uint8_t *)body, strlen(body)}});
}

static enum rc commit(struct driver *driver)
{
    int before = driver->done;
    writer_commit(driver->writer, NULL, on_done, driver);
    drive_writer(driver, &driver->done, before + 1);
    return driver->rc;
}

static void migrating_twice_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    assert_int_equal(migrations_apply(fixture->owner, NULL, &err), RC_OK);
    size_t count;
    migrations(&count);
    char wanted[8];
    snprintf(wanted, sizeof wanted, "%zu", count);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.migration"), wanted);
}

static void assert_schema(PGconn *connection, enum rc wanted, const char *text)
{
    PGresult *applied = PQexecParams(connection, schema_sql, 0, NULL, NULL, NULL, NULL, 1);
    struct err err = {""};
    assert_int_equal(migrations_known(applied, &err), wanted);
    assert_non_null(strstr(err.text, text));
    PQclear(applied);
}

/* One of several that migrate at once. */
struct applier {
    PGconn *connection;
    pthread_t thread;
    char *output;
    size_t output_bytes;
    enum rc rc;
    struct err err;
};

static void *apply(void *context)
{
    struct applier *applier = context;
    FILE *out = open_memstream(&applier->output, &applier->output_bytes);
    applier->rc = migrations_apply(applier->connection, out, &applier->err);
    fclose(out);
    return NULL;
}

/* Asks until the answer is the wanted one. */
static void await(PGconn *connection, const char *sql, const char *wanted)
{
    int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
    while (strcmp(run(connection, sql), wanted) != 0)
        if (clock_monotonic_us() > deadline_us)
            fail_msg("%s: never %s", sql, wanted);
}

static void those_that_migrate_at_once_do_not_collide(void **state)
{
    struct fixture *fixture = *state;
    run(fixture->owner, "DROP SCHEMA duban CASCADE");
    run(fixture->owner, "SELECT pg_advisory_lock(7283114)"); /* until all of them stand before it */
    struct applier appliers[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        appliers[i].connection = connect_role(fixture, "duban");
        assert_int_equal(pthread_create(&appliers[i].thread, NULL, apply, &appliers[i]), 0);
    }
    await(fixture->owner,
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7283114 AND NOT granted "
          "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
          "3");
    run(fixture->owner, "SELECT pg_advisory_unlock(7283114)");
    int wrote = 0;
    for (int i = 0; i < 3; i++) {
        pthread_join(appliers[i].thread, NULL);
        if (appliers[i].rc != RC_OK)
            fail_msg("%s", appliers[i].err.text);
        wrote += appliers[i].output_bytes > 0;
        free(appliers[i].output);
        PQfinish(appliers[i].connection);
    }
    assert_int_equal(wrote, 1);
    assert_schema(fixture->owner, RC_OK, "");
}

static void another_schema_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    assert_schema(fixture->owner, RC_OK, "");
    run(fixture->owner, "INSERT INTO duban.migration VALUES (99, 'later', decode(repeat('00', 32), 'hex'))");
    assert_schema(fixture->owner, RC_REFUSED, "99");
    assert_int_equal(migrations_apply(fixture->owner, NULL, &err), RC_REFUSED);
    run(fixture->owner, "DELETE FROM duban.migration WHERE number = 99; "
                        "UPDATE duban.migration SET checksum = decode(repeat('11', 32), 'hex') WHERE number = 2");
    assert_schema(fixture->owner, RC_REFUSED, "0002");
    run(fixture->owner, "DELETE FROM duban.migration WHERE number >= 2");
    assert_schema(fixture->owner, RC_REFUSED, "has not been applied");
}

#define VALUES "1, 's', 'i', 't', 't.', now(), decode(repeat('00', 32), 'hex'), 'x')"

static void a_role_writes_only_its_own_stream(void **state)
{
    struct fixture *fixture = *state;
    PGconn *metrics = connect_role(fixture, "duban_metrics");
    assert_refused(metrics, "INSERT INTO duban.event VALUES (1, " VALUES, "42501");
    assert_refused(metrics, "INSERT INTO duban.event_updates VALUES (1, " VALUES, "42501");
    assert_refused(metrics, "INSERT INTO duban.event_indicators VALUES (1, " VALUES, "23514"); /* another partition's */
    run(metrics, "INSERT INTO duban.event_indicators VALUES (2, " VALUES);
    assert_refused(metrics, "SELECT duban.stream_append(1::int2, 0, 0, 1, decode(repeat('00', 32), 'hex'), now())",
                   "DB001");
    assert_string_equal(run(metrics, "SELECT count(*) FROM duban.stream_claim(1::int2, 0, 1000, 0)"), "0");
    assert_string_equal(run(metrics, "SELECT count(*) FROM duban.stream_take(1::int2, 0, now(), 1000)"), "0");
    assert_string_equal(run(metrics, "SELECT duban.stream_renew(1::int2, 0)"), "f");
    run(metrics, "SELECT duban.stream_release(1::int2, 0)");
    assert_refused(metrics, "UPDATE duban.stream SET head = 7", "42501");
    assert_refused(metrics, "INSERT INTO duban.quarantine (source) VALUES ('x')", "42501");
    PQfinish(metrics);
}

static void nobody_changes_the_log(void **state)
{
    struct fixture *fixture = *state;
    PGconn *ingest = connect_role(fixture, "duban_ingest");
    run(ingest, "INSERT INTO duban.event_updates VALUES (1, " VALUES);
    assert_refused(ingest, "UPDATE duban.event_updates SET body = 'y'", "42501");
    assert_refused(ingest, "DELETE FROM duban.event_updates", "42501");
    assert_refused(ingest, "TRUNCATE duban.event_updates", "42501");
    assert_refused(fixture->owner, "UPDATE duban.event SET body = 'y'", "DB002");
    assert_refused(fixture->owner, "DELETE FROM duban.event", "DB002");
    assert_refused(fixture->owner, "DELETE FROM duban.event_updates", "DB002");
    assert_refused(fixture->owner, "TRUNCATE duban.event", "DB002");
    assert_refused(fixture->owner, "TRUNCATE duban.event_updates", "DB002");
    PQfinish(ingest);
}

#define APPEND(fence, old, new)                                                                                        \
    "SELECT duban.stream_append(1::int2, " fence ", " old ", " new ", decode(repeat('22', 32), 'hex'), now())"

#define CLAIM(my_fence, lease_ms, patience_ms)                                                                         \
    "SELECT (CASE WHEN claimed THEN 't ' ELSE 'f ' END) || fence "                                                     \
    "FROM duban.stream_claim(1::int2, " #my_fence ", " #lease_ms ", " #patience_ms ")"

static void only_the_newest_fence_at_the_right_head_appends(void **state)
{
    struct fixture *fixture = *state;
    PGconn *ingest = connect_role(fixture, "duban_ingest");
    assert_string_equal(run(ingest, CLAIM(0, 60000, 0)), "t 1");
    assert_string_equal(run(ingest, CLAIM(0, 60000, 0)), "t 2");
    assert_refused(ingest, APPEND("1", "0", "1"), "DB001");
    assert_refused(ingest, APPEND("3", "0", "1"), "DB001");
    assert_refused(ingest, APPEND("2", "1", "2"), "DB001");
    run(ingest, APPEND("2", "0", "1"));
    assert_refused(ingest, APPEND("2", "1", "0"), "DB001"); /* backwards */
    assert_string_equal(run(fixture->owner, "SELECT head FROM duban.stream WHERE id = 1"), "1");
    PQfinish(ingest);
}

static void appending_moves_head_and_digest_chain(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    assert_int_equal(writer_next(driver->writer), 1);
    add(driver, "a", "update.41.", "first", 1000000);
    add(driver, "b", "update.41.", "second", 1000000);
    assert_int_equal(commit(driver), RC_OK);
    add(driver, "c", "update.42.", "third", 2000000);
    assert_int_equal(commit(driver), RC_OK);
    struct digest digest = {{0}};
    digest = digest_chain(&digest, "first", 5);
    digest = digest_chain(&digest, "second", 6);
    digest = digest_chain(&digest, "third", 5);
    assert_memory_equal(writer_head(driver->writer)->digest.bytes, digest.bytes, DIGEST_BYTES);
    assert_int_equal(writer_head(driver->writer)->head, 3);
    char hex[DIGEST_HEX_BYTES];
    assert_string_equal(run(fixture->owner, "SELECT encode(digest, 'hex') FROM duban.stream WHERE id = 1"),
                        digest_hex(&digest, 64, hex));
    assert_string_equal(
        run(fixture->owner, "SELECT string_agg(sequence || id, ' ' ORDER BY sequence) FROM duban.event"), "1a 2b 3c");
    stop_driver(driver);
}

static void a_refused_transaction_leaves_nothing_and_the_writer_recovers(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_OK);
    add(driver, "b", "t.", "second", 2000000);
    add(driver, "a", "t.", "again", 2000000); /* the id is taken */
    assert_int_equal(commit(driver), RC_REFUSED);
    assert_memory_equal(driver->error, "23505", 5);
    drive_writer(driver, &driver->claimed, 2);
    assert_int_equal(driver->lost, 1);
    assert_int_equal(writer_head(driver->writer)->head, 1);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "1");
    add(driver, "b", "t.", "second", 2000000);
    assert_int_equal(commit(driver), RC_OK);
    assert_int_equal(writer_head(driver->writer)->head, 2);
    stop_driver(driver);
}

/* Two connections of ingest. The first has claimed the stream, and holds it for so many milliseconds. */
struct rivals {
    PGconn *first, *second;
};

static struct rivals rivals_connect(const struct fixture *fixture, int lease_ms)
{
    struct rivals rivals = {connect_role(fixture, "duban_ingest"), connect_role(fixture, "duban_ingest")};
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT fence FROM duban.stream_claim(1::int2, 0, %d, 0)", lease_ms);
    assert_string_equal(run(rivals.first, sql), "1");
    return rivals;
}

static void rivals_finish(struct rivals *rivals)
{
    PQfinish(rivals->first);
    PQfinish(rivals->second);
}

static void a_stream_that_is_held_is_not_claimed_until_it_is_given_back(void **state)
{
    struct rivals rivals = rivals_connect(*state, 60000);
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "f 1");
    run(rivals.first, APPEND("1", "0", "1"));
    run(rivals.first, "SELECT duban.stream_release(1::int2, 1)");
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "t 2");
    assert_refused(rivals.first, APPEND("1", "1", "2"), "DB001");
    assert_string_equal(run(rivals.first, "SELECT duban.stream_renew(1::int2, 1)"), "f");
    run(rivals.first, "SELECT duban.stream_release(1::int2, 1)"); /* of no effect */
    assert_string_equal(run(rivals.first, CLAIM(1, 60000, 0)), "f 2");
    rivals_finish(&rivals);
}

static void the_stream_of_a_dead_holder_is_claimed_at_once(void **state)
{
    struct rivals rivals = rivals_connect(*state, 60000);
    PQfinish(rivals.first);
    await(rivals.second, CLAIM(0, 60000, 0), "t 2");
    PQfinish(rivals.second);
}

static void another_backend_with_the_holders_process_id_does_not_hold(void **state)
{
    struct fixture *fixture = *state;
    struct rivals rivals = rivals_connect(fixture, 60000);
    run(fixture->owner, "UPDATE duban.stream SET holder_since = holder_since - interval '1 microsecond'");
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "t 2");
    run(rivals.first, "SELECT 1"); /* and it is left alone */
    rivals_finish(&rivals);
}

/* Frozen inside a transaction, with the lock on the head row. */
static void a_holder_that_is_silent_beyond_its_lease_is_ended(void **state)
{
    struct rivals rivals = rivals_connect(*state, 1);
    run(rivals.first, "BEGIN");
    run(rivals.first, APPEND("1", "0", "1"));
    await(rivals.second, CLAIM(0, 60000, 0), "t 2");
    PQclear(PQexec(rivals.first, "COMMIT"));
    assert_int_equal(PQstatus(rivals.first), CONNECTION_BAD);
    assert_string_equal(run(rivals.second, "SELECT head FROM duban.stream WHERE id = 1"), "0");
    rivals_finish(&rivals);
}

static void a_claim_does_not_wait_for_a_holder_in_its_transaction(void **state)
{
    struct rivals rivals = rivals_connect(*state, 60000);
    run(rivals.first, "BEGIN");
    run(rivals.first, APPEND("1", "0", "1"));
    run(rivals.second, "SET lock_timeout = 1");
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "f 1");
    run(rivals.first, "COMMIT");
    rivals_finish(&rivals);
}

static void a_patient_rival_lets_an_expired_lease_be(void **state)
{
    struct rivals rivals = rivals_connect(*state, 1);
    assert_string_equal(run(rivals.second, CLAIM(0, 1, 60000)), "f 1");
    await(rivals.second, CLAIM(0, 1, 0), "t 2");
    rivals_finish(&rivals);
}

/* The server is slow, not the holder: a rival would be as slow. */
static void a_holder_whose_backend_is_at_work_keeps_the_stream(void **state)
{
    struct fixture *fixture = *state;
    struct rivals rivals = rivals_connect(fixture, 1);
    assert_int_equal(PQsendQuery(rivals.first, "SELECT pg_sleep(60)"), 1);
    await(fixture->owner,
          "SELECT wait_event FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND "
          "datname = current_database()",
          "PgSleep");
    await(fixture->owner, "SELECT lease < clock_timestamp() FROM duban.stream WHERE id = 1", "t");
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "f 1");
    run(fixture->owner, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND "
                        "datname = current_database()");
    await(rivals.second, CLAIM(0, 60000, 0), "t 2");
    rivals_finish(&rivals);
}

static void a_process_ends_its_own_backend_from_before(void **state)
{
    struct rivals rivals = rivals_connect(*state, 60000);
    assert_string_equal(run(rivals.second, CLAIM(1, 60000, 0)), "t 2");
    PQclear(PQexec(rivals.first, "SELECT 1"));
    assert_int_equal(PQstatus(rivals.first), CONNECTION_BAD);
    rivals_finish(&rivals);
}

static void of_two_that_claim_at_once_one_gets_the_stream(void **state)
{
    struct fixture *fixture = *state;
    PGconn *third = connect_role(fixture, "duban_ingest");
    struct rivals rivals = rivals_connect(fixture, 60000);
    run(rivals.first, "SELECT duban.stream_release(1::int2, 1)");
    run(rivals.second, "BEGIN");
    assert_string_equal(run(rivals.second, CLAIM(0, 60000, 0)), "t 2");
    assert_int_equal(PQsendQuery(third, CLAIM(0, 60000, 0)), 1);
    await(fixture->owner,
          "SELECT count(*) FROM pg_stat_activity WHERE usename = 'duban_ingest' AND "
          "wait_event_type = 'Lock' AND datname = current_database()",
          "1");
    run(rivals.second, "COMMIT");
    PGresult *result = PQgetResult(third);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    assert_string_equal(PQgetvalue(result, 0, 0), "f 2");
    PQclear(result);
    PQfinish(third);
    rivals_finish(&rivals);
}

#define REMAINS                                                                                                        \
    "SELECT lease - clock_timestamp() BETWEEN interval '50 s' AND interval '60 s' FROM duban.stream WHERE id = 1"
#define RUN_OUT "UPDATE duban.stream SET lease = now() WHERE id = 1"

static void a_renewal_and_an_append_extend_the_lease(void **state)
{
    struct fixture *fixture = *state;
    struct rivals rivals = rivals_connect(fixture, 60000);
    assert_string_equal(run(rivals.first, REMAINS), "t");
    run(fixture->owner, RUN_OUT);
    assert_string_equal(run(rivals.first, REMAINS), "f");
    assert_string_equal(run(rivals.first, "SELECT duban.stream_renew(1::int2, 1)"), "t");
    assert_string_equal(run(rivals.first, REMAINS), "t");
    run(fixture->owner, RUN_OUT);
    run(rivals.first, APPEND("1", "0", "1"));
    assert_string_equal(run(rivals.first, REMAINS), "t");
    rivals_finish(&rivals);
}

/* Only in its own transaction. */
static void a_renewal_does_not_wait_for_the_disk(void **state)
{
    struct rivals rivals = rivals_connect(*state, 60000);
    run(rivals.first, "BEGIN");
    run(rivals.first, "SELECT duban.stream_renew(1::int2, 1)");
    assert_string_equal(run(rivals.first, "SHOW synchronous_commit"), "off");
    run(rivals.first, "COMMIT");
    assert_string_equal(run(rivals.first, "SHOW synchronous_commit"), "on");
    rivals_finish(&rivals);
}

#define SHORT_LEASE_US 300000

static void a_second_writer_stands_by_until_the_first_gives_the_stream_back(void **state)
{
    struct fixture *fixture = *state;
    struct driver *first = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    struct driver *second = new_driver(fixture, STREAM_UPDATES, "duban_ingest", PATIENCE_US);
    drive_writer(second, &second->standby, 1);
    assert_false(writer_idle(second->writer));
    assert_false(writer_leased(second->writer, clock_monotonic_us()));
    add(first, "a", "t.", "first", 1000000);
    assert_int_equal(commit(first), RC_OK);
    while (!writer_release(first->writer))
        writer_step(first->writer, clock_monotonic_us());
    assert_false(writer_leased(first->writer, clock_monotonic_us()));
    drive_writer(second, &second->claimed, 1);
    assert_int_equal(second->standby, 1); /* told once, however often it asked */
    assert_int_equal(writer_head(second->writer)->head, 1);
    stop_driver(first);
    stop_driver(second);
}

/* A writer that lives renews its lease: its rival asks for longer than that in vain. */
static void a_living_writer_keeps_its_stream(void **state)
{
    struct fixture *fixture = *state;
    struct driver *first = new_driver(fixture, STREAM_UPDATES, "duban_ingest", SHORT_LEASE_US);
    drive_writer(first, &first->claimed, 1);
    struct driver *second = new_driver(fixture, STREAM_UPDATES, "duban_ingest", SHORT_LEASE_US);
    int64_t until_us = clock_monotonic_us() + 4 * SHORT_LEASE_US;
    for (int64_t now_us = 0; now_us < until_us; now_us = clock_monotonic_us()) {
        writer_step(first->writer, now_us);
        writer_step(second->writer, now_us);
        struct pollfd items[] = {{.fd = db_fd(writer_db(first->writer)), .events = POLLIN},
                                 {.fd = db_fd(writer_db(second->writer)), .events = POLLIN}};
        poll(items, 2, 5);
    }
    assert_int_equal(first->claimed, 1);
    assert_int_equal(first->lost, 0);
    assert_int_equal(second->standby, 1);
    assert_int_equal(second->claimed, 0);
    assert_true(writer_leased(first->writer, clock_monotonic_us()));
    stop_driver(first);
    stop_driver(second);
}

static void a_frozen_writer_is_displaced_and_stands_by(void **state)
{
    struct fixture *fixture = *state;
    struct driver *first = new_driver(fixture, STREAM_UPDATES, "duban_ingest", SHORT_LEASE_US);
    drive_writer(first, &first->claimed, 1);
    struct driver *second = new_driver(fixture, STREAM_UPDATES, "duban_ingest", PATIENCE_US);
    drive_writer(second, &second->claimed, 1); /* while the first does nothing */
    assert_false(writer_leased(first->writer, clock_monotonic_us()));
    add(first, "old", "t.", "old", 1000000);
    assert_int_equal(commit(first), RC_UNSURE);
    drive_writer(first, &first->standby, 1);
    assert_int_equal(first->claimed, 1);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "0");
    add(second, "new", "t.", "new", 1000000);
    assert_int_equal(commit(second), RC_OK);
    stop_driver(first);
    stop_driver(second);
}

/* Its connection is whole, but the stream is another's: the fence alone keeps it out. */
static void a_writer_without_the_fence_cannot_write_and_gives_way(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    run(fixture->owner, "UPDATE duban.stream SET fence = fence + 1 WHERE id = 1");
    add(driver, "old", "t.", "old", 1000000);
    assert_int_equal(commit(driver), RC_UNSURE);
    assert_memory_equal(driver->error, "DB001", 5);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "0");
    drive_writer(driver, &driver->claimed, 2); /* the other is not there */
    assert_int_equal(driver->lost, 1);
    stop_driver(driver);
}

static void an_idle_writer_notices_that_it_was_displaced(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = new_driver(fixture, STREAM_UPDATES, "duban_ingest", SHORT_LEASE_US);
    drive_writer(driver, &driver->claimed, 1);
    run(fixture->owner, "UPDATE duban.stream SET fence = fence + 1 WHERE id = 1");
    drive_writer(driver, &driver->lost, 1);
    stop_driver(driver);
}

/* Starts a transaction of one event and drives it until it waits for the head row, which the holder has locked. */
static void commit_until_blocked(const struct fixture *fixture, struct driver *driver, PGconn *holder)
{
    run(holder, "BEGIN");
    run(holder, "SELECT 1 FROM duban.stream WHERE id = 1 FOR UPDATE");
    add(driver, "a", "t.", "first", 1000000);
    writer_commit(driver->writer, NULL, on_done, driver);
    int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
    while (strcmp(run(fixture->owner, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'duban_ingest' "
                                      "AND wait_event_type = 'Lock' AND datname = current_database()"),
                  "1") != 0) {
        db_step(writer_db(driver->writer), clock_monotonic_us());
        assert_true(clock_monotonic_us() < deadline_us);
    }
}

static void a_connection_cut_before_commit_is_unsure_and_claiming_shows_that_nothing_is_stored(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    PGconn *holder = connect_role(fixture, "duban");
    commit_until_blocked(fixture, driver, holder);
    run(fixture->owner, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duban_ingest' "
                        "AND datname = current_database()");
    drive_writer(driver, &driver->lost, 1);
    assert_int_equal(driver->done, 1);
    assert_int_equal(driver->rc, RC_UNSURE);
    run(holder, "COMMIT");
    drive_writer(driver, &driver->claimed, 2);
    assert_int_equal(writer_head(driver->writer)->head, 0);
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_OK);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "1");
    PQfinish(holder);
    stop_driver(driver);
}

/* The answer cannot arrive any more, but the server commits. */
static void a_connection_cut_before_the_answer_is_unsure_and_claiming_shows_what_is_stored(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    PGconn *holder = connect_role(fixture, "duban");
    commit_until_blocked(fixture, driver, holder);
    struct db *db = writer_db(driver->writer);
    assert_int_equal(shutdown(db_fd(db), SHUT_RD), 0);
    drive(db, &driver->done, 1);
    assert_int_equal(driver->rc, RC_UNSURE);
    run(holder, "COMMIT");
    await(fixture->owner, "SELECT count(*) FROM duban.event", "1");
    drive_writer(driver, &driver->claimed, 2);
    assert_int_equal(writer_head(driver->writer)->head, 1);
    struct digest zero = {{0}}, digest = digest_chain(&zero, "first", 5);
    assert_memory_equal(writer_head(driver->writer)->digest.bytes, digest.bytes, DIGEST_BYTES);
    PQfinish(holder);
    stop_driver(driver);
}

static void a_constraint_that_fails_at_commit_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    run(fixture->owner, "CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS "
                        "$$ BEGIN RAISE EXCEPTION 'late' USING ERRCODE = '23000'; END $$");
    run(fixture->owner,
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON duban.event_updates DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION fail_late()");
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_REFUSED);
    assert_string_equal(
        run(fixture->owner, "SELECT count(*) || ' ' || (SELECT head FROM duban.stream WHERE id = 1) FROM duban.event"),
        "0 0");
    stop_driver(driver);
}

/* How units of work on a bare connection went, in order. */
struct work {
    int ready, down, answered;
    enum rc rcs[4];
    struct err errs[4];
};

static void on_ready(void *context)
{
    ((struct work *)context)->ready++;
}

static void on_down(void *context)
{
    ((struct work *)context)->down++;
}

static void on_sync(void *context, enum rc rc, const struct err *err)
{
    struct work *work = context;
    assert_true(work->answered < 4);
    work->rcs[work->answered] = rc;
    if (rc != RC_OK)
        work->errs[work->answered] = *err;
    work->answered++;
}

/* COMMIT of a failed transaction answers without an error, with the tag ROLLBACK. It was sent before the failure was
 * known. */
static void a_commit_that_rolls_back_is_no_success(void **state)
{
    struct fixture *fixture = *state;
    static const struct db_statement statements[] = {{"fails", "SELECT 1 / (count(*) - count(*)) FROM duban.stream"},
                                                     {"works", "SELECT head FROM duban.stream WHERE id = 1"}};
    struct work work = {0};
    struct db *db = db_new(&(struct db_options){.name = "test",
                                                .conninfo = fixture->conninfo,
                                                .role = "duban_ingest",
                                                .statements = statements,
                                                .statement_count = 2,
                                                .ready = on_ready,
                                                .down = on_down,
                                                .context = &work});
    drive(db, &work.ready, 1);
    struct db_params none = {0};
    db_begin(db);
    db_send(db, 0, &none, NULL, NULL);
    db_sync(db, on_sync, &work);
    db_commit(db);
    db_sync(db, on_sync, &work);
    drive(db, &work.answered, 2);
    assert_int_equal(work.rcs[0], RC_REFUSED);
    assert_memory_equal(work.errs[0].text, "22012", 5);
    assert_int_equal(work.rcs[1], RC_REFUSED);
    assert_memory_equal(work.errs[1].text, "25P02", 5);

    drive(db, &work.ready, 1 + work.down);
    db_begin(db);
    db_send(db, 1, &none, NULL, NULL);
    db_commit(db);
    db_sync(db, on_sync, &work);
    drive(db, &work.answered, 3);
    assert_int_equal(work.rcs[2], RC_OK);
    db_free(&db);
}

/* What a read has given. */
struct page {
    int done;
    enum rc rc;
    uint64_t head, complete_to;
    int count;
    uint64_t sequences[16];
};

static void take_page(void *context, enum rc rc, const struct stream_head *head, const PGresult *rows, int row_count,
                      uint64_t complete_to)
{
    struct page *page = context;
    page->done++;
    page->rc = rc;
    page->head = head->head;
    page->complete_to = complete_to;
    page->count = row_count;
    for (int row = 0; row < row_count && row < 16; row++) {
        struct stream_event event;
        stream_event_read(rows, row, &event);
        page->sequences[row] = event.sequence;
    }
}

static struct page read_page(struct reader *reader, struct reading reading)
{
    struct page page = {0};
    int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
    while (!reader_read(reader, &reading, take_page, &page)) {
        assert_true(clock_monotonic_us() < deadline_us);
        db_step(reader_db(reader), clock_monotonic_us());
    }
    drive(reader_db(reader), &page.done, 1);
    assert_int_equal(page.rc, RC_OK);
    return page;
}

static void reading_in_pages_by_prefix_says_how_far_it_is_complete(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    for (int i = 1; i <= 10; i++) {
        static char ids[10][8];
        snprintf(ids[i - 1], sizeof ids[0], "%d", i);
        add(driver, ids[i - 1], i % 2 == 1 ? "update.41.x." : "update.4101.x.", "body", 1000000);
    }
    assert_int_equal(commit(driver), RC_OK);
    struct reader *reader = reader_new(fixture->conninfo, "duban_metrics");
    struct page page = read_page(reader, (struct reading){STREAM_UPDATES, 0, 1000, "", 1000});
    assert_int_equal(page.count, 10);
    assert_int_equal(page.complete_to, 10);
    page = read_page(reader, (struct reading){STREAM_UPDATES, 0, 1000, "update.41.", 1000});
    assert_int_equal(page.count, 5);
    assert_int_equal(page.sequences[4], 9);
    assert_int_equal(page.complete_to, 10); /* the last one does not match, and need not be looked at again */
    page = read_page(reader, (struct reading){STREAM_UPDATES, 1, 1000, "update.41.", 2});
    assert_int_equal(page.count, 2);
    assert_int_equal(page.complete_to, 5); /* the page is full: more may match after its last */
    page = read_page(reader, (struct reading){STREAM_UPDATES, 2, 3, "update.41.", 100});
    assert_int_equal(page.count, 2);
    assert_int_equal(page.complete_to, 5);
    page = read_page(reader, (struct reading){STREAM_UPDATES, 10, 1000, "", 1000});
    assert_int_equal(page.count, 0);
    assert_int_equal(page.complete_to, 10);
    reader_free(&reader);
    stop_driver(driver);
}

static void a_read_whose_connection_is_cut_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = reader_new(fixture->conninfo, "duban_metrics");
    read_page(reader, (struct reading){STREAM_UPDATES, 0, 10, "", 10});
    run(fixture->owner, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duban_metrics' "
                        "AND datname = current_database()");
    struct page page = {0};
    assert_true(reader_read(reader, &(struct reading){STREAM_UPDATES, 0, 10, "", 10}, take_page, &page));
    drive(reader_db(reader), &page.done, 1);
    assert_int_equal(page.rc, RC_UNSURE);
    read_page(reader, (struct reading){STREAM_UPDATES, 0, 10, "", 10}); /* and it connects again */
    reader_free(&reader);
}

static void every_query_prepares_against_the_schema(void **state)
{
    struct fixture *fixture = *state;
    int prepared = 0;
    char command[512];
    snprintf(command, sizeof command, "ls %s/lib/db/queries/*.sql %s/services/*/queries/*.sql %s/cli/queries/*.sql",
             DUBAN_SOURCE_DIR, DUBAN_SOURCE_DIR, DUBAN_SOURCE_DIR);
    FILE *files = popen(command, "r");
    for (char path[512]; fgets(path, sizeof path, files) != NULL; prepared++) {
        path[strcspn(path, "\n")] = '\0';
        char sql[8192] = "";
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_true(fread(sql, 1, sizeof sql - 1, file) > 0);
        fclose(file);
        PGresult *result = PQprepare(fixture->owner, "", sql, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail_msg("%s: %s", path, PQerrorMessage(fixture->owner));
        PQclear(result);
    }
    pclose(files);
    assert_true(prepared >= 15);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(migrating_twice_changes_nothing),
        TEST(those_that_migrate_at_once_do_not_collide),
        TEST(another_schema_is_refused),
        TEST(a_role_writes_only_its_own_stream),
        TEST(nobody_changes_the_log),
        TEST(only_the_newest_fence_at_the_right_head_appends),
        TEST(appending_moves_head_and_digest_chain),
        TEST(a_refused_transaction_leaves_nothing_and_the_writer_recovers),
        TEST(a_stream_that_is_held_is_not_claimed_until_it_is_given_back),
        TEST(the_stream_of_a_dead_holder_is_claimed_at_once),
        TEST(another_backend_with_the_holders_process_id_does_not_hold),
        TEST(a_holder_that_is_silent_beyond_its_lease_is_ended),
        TEST(a_claim_does_not_wait_for_a_holder_in_its_transaction),
        TEST(a_patient_rival_lets_an_expired_lease_be),
        TEST(a_holder_whose_backend_is_at_work_keeps_the_stream),
        TEST(a_process_ends_its_own_backend_from_before),
        TEST(of_two_that_claim_at_once_one_gets_the_stream),
        TEST(a_renewal_and_an_append_extend_the_lease),
        TEST(a_renewal_does_not_wait_for_the_disk),
        TEST(a_second_writer_stands_by_until_the_first_gives_the_stream_back),
        TEST(a_living_writer_keeps_its_stream),
        TEST(a_frozen_writer_is_displaced_and_stands_by),
        TEST(a_writer_without_the_fence_cannot_write_and_gives_way),
        TEST(an_idle_writer_notices_that_it_was_displaced),
        TEST(a_connection_cut_before_commit_is_unsure_and_claiming_shows_that_nothing_is_stored),
        TEST(a_connection_cut_before_the_answer_is_unsure_and_claiming_shows_what_is_stored),
        TEST(a_constraint_that_fails_at_commit_leaves_nothing),
        TEST(a_commit_that_rolls_back_is_no_success),
        TEST(reading_in_pages_by_prefix_says_how_far_it_is_complete),
        TEST(a_read_whose_connection_is_cut_is_answered),
        TEST(every_query_prepares_against_the_schema),
    };
    return cmocka_run_group_tests(tests, make_template, NULL);
}
