#include "support/log_database.h"

#include "db/migrations.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *host;
static int databases;

static PGconn *connect_as(const char *user, const char *database)
{
    char conninfo[256];
    snprintf(conninfo, sizeof conninfo, "host=%s user=%s dbname=%s", host, user, database);
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(connection));
    return connection;
}

const char *run(PGconn *connection, const char *sql)
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

void assert_refused(PGconn *connection, const char *sql, const char *sqlstate)
{
    PGresult *result = PQexec(connection, sql);
    assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
    assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), sqlstate);
    PQclear(result);
}

int make_template(void **state)
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

int open_fixture(void **state)
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

int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    PQfinish(fixture->owner);
    free(fixture);
    return 0;
}

struct db_address address_of(const struct fixture *fixture)
{
    return (struct db_address){fixture->conninfo, NULL, PATIENCE_US};
}

PGconn *connect_role(const struct fixture *fixture, const char *role)
{
    return connect_as(role, PQdb(fixture->owner));
}

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

void on_done(void *context, enum rc rc, const struct err *err)
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

void drive(struct db *db, const int *happened, int wanted)
{
    drive_by(step_db, db, db, happened, wanted);
}

void drive_writer(struct driver *driver, const int *happened, int wanted)
{
    drive_by(step_writer, driver->writer, writer_db(driver->writer), happened, wanted);
}

struct driver *new_driver_with(const struct db_address *address, enum stream_id stream, const char *role,
                               int64_t lease_us)
{
    struct driver *driver = calloc(1, sizeof *driver);
    driver->writer = writer_new(&(struct writer_options){.stream = stream,
                                                         .address = *address,
                                                         .role = role,
                                                         .lease_us = lease_us,
                                                         .claimed = on_claimed,
                                                         .lost = on_lost,
                                                         .standby = on_standby,
                                                         .context = driver});
    return driver;
}

struct driver *new_driver(const struct fixture *fixture, enum stream_id stream, const char *role, int64_t lease_us)
{
    struct db_address address = address_of(fixture);
    return new_driver_with(&address, stream, role, lease_us);
}

struct driver *start_driver(const struct fixture *fixture, enum stream_id stream, const char *role)
{
    struct driver *driver = new_driver(fixture, stream, role, PATIENCE_US);
    drive_writer(driver, &driver->claimed, 1);
    return driver;
}

void stop_driver(struct driver *driver)
{
    writer_free(&driver->writer);
    free(driver);
}

void add(struct driver *driver, const char *id, const char *topic, const char *body, int64_t received_us)
{
    writer_add(driver->writer, &(struct stream_event){.source = "/test",
                                                      .id = id,
                                                      .type = "test",
                                                      .topic = topic,
                                                      .received_us = received_us,
                                                      .body = {(const uint8_t *)body, strlen(body)}});
}

enum rc commit(struct driver *driver)
{
    int before = driver->done;
    writer_commit(driver->writer, NULL, on_done, driver);
    drive_writer(driver, &driver->done, before + 1);
    return driver->rc;
}

void await(PGconn *connection, const char *sql, const char *wanted)
{
    int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
    while (strcmp(run(connection, sql), wanted) != 0)
        if (clock_monotonic_us() > deadline_us)
            fail_msg("%s: never %s", sql, wanted);
}
