/* Getting to the database, and giving up one that does not answer. */
#include "support/log_database.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SECOND_US 1000000

static void what_a_connection_is_set_to_does_not_depend_on_the_address(void **state)
{
    struct fixture *fixture = *state;
    char conninfo[320];
    snprintf(conninfo, sizeof conninfo, "%s options='-c work_mem=1MB -c search_path=public'", fixture->conninfo);
    struct err err;
    PGconn *connection =
        db_address_connect(&(struct db_address){conninfo, NULL, SECOND_US}, "duban_ingest", "test", &err);
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    assert_string_equal(run(connection, "SHOW work_mem"), "1MB");
    assert_string_equal(run(connection, "SHOW search_path"), "pg_catalog,pg_temp");
    assert_string_equal(run(connection, "SHOW statement_timeout"), "1s");
    assert_string_equal(run(connection, "SHOW idle_in_transaction_session_timeout"), "1s");
    assert_string_equal(run(connection, "SELECT user"), "duban_ingest");
    PQfinish(connection);
}

static void roles_find_nothing_by_an_unqualified_name(void **state)
{
    struct fixture *fixture = *state;
    static const char *const roles[] = {"duban_ingest", "duban_metrics", "duban_notify"};
    for (size_t i = 0; i < 3; i++) {
        PGconn *connection = connect_role(fixture, roles[i]);
        assert_string_equal(run(connection, "SHOW search_path"), "pg_catalog, pg_temp");
        PQfinish(connection);
    }
}

/* Accepts connections, as the kernel does for a server that hangs, and says nothing. */
static int listen_silently(char out_directory[32])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(out_directory, 32, "/tmp/duban-silent-XXXXXX");
    assert_non_null(mkdtemp(out_directory));
    snprintf(name.sun_path, sizeof name.sun_path, "%s/.s.PGSQL.5432", out_directory);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 8), 0);
    return listener;
}

static void a_host_that_says_nothing_is_given_up_for_the_next(void **state)
{
    struct fixture *fixture = *state;
    char silent[32], path[64], conninfo[512];
    int listener = listen_silently(silent);
    snprintf(conninfo, sizeof conninfo, "dbname=%s host=/nowhere,%s,%s", PQdb(fixture->owner), silent,
             PQhost(fixture->owner));
    struct fixture elsewhere = {.owner = fixture->owner};
    snprintf(elsewhere.conninfo, sizeof elsewhere.conninfo, "%s", conninfo);
    int64_t since_us = clock_monotonic_us();
    struct driver *driver = start_driver(&elsewhere, STREAM_UPDATES, "duban_ingest");
    assert_true(clock_monotonic_us() - since_us < 20 * SECOND_US);
    stop_driver(driver);
    close(listener);
    snprintf(path, sizeof path, "%s/.s.PGSQL.5432", silent);
    unlink(path);
    rmdir(silent);
}

static void a_server_that_takes_no_changes_is_not_taken(void **state)
{
    struct fixture *fixture = *state;
    char sql[128];
    snprintf(sql, sizeof sql, "ALTER DATABASE %s SET default_transaction_read_only = on", PQdb(fixture->owner));
    run(fixture->owner, sql);
    struct driver *driver = new_driver(fixture, STREAM_UPDATES, "duban_ingest", PATIENCE_US);
    for (int64_t until_us = clock_monotonic_us() + SECOND_US; clock_monotonic_us() < until_us;) {
        writer_step(driver->writer, clock_monotonic_us());
        assert_int_not_equal(db_state(writer_db(driver->writer)), DB_READY);
        struct pollfd item = {.fd = db_fd(writer_db(driver->writer)), .events = POLLIN};
        poll(&item, item.fd >= 0, 20);
    }
    run(fixture->owner, "SET default_transaction_read_only = off");
    snprintf(sql, sizeof sql, "ALTER DATABASE %s RESET default_transaction_read_only", PQdb(fixture->owner));
    run(fixture->owner, sql);
    drive_writer(driver, &driver->claimed, 1);
    stop_driver(driver);
}

/* Stopped like a process of a machine that hangs: the connection is there, and nothing comes from it. */
static void a_server_that_stops_to_answer_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = new_driver_with(&(struct db_address){fixture->conninfo, NULL, SECOND_US}, STREAM_UPDATES,
                                            "duban_ingest", PATIENCE_US);
    drive_writer(driver, &driver->claimed, 1);
    int backend = atoi(run(fixture->owner, "SELECT holder FROM duban.stream WHERE id = 1"));
    assert_int_equal(kill(backend, SIGSTOP), 0);
    add(driver, "a", "t.", "first", 1000000);
    int64_t since_us = clock_monotonic_us();
    enum rc rc = commit(driver);
    int64_t took_us = clock_monotonic_us() - since_us;
    kill(backend, SIGCONT);
    assert_int_equal(rc, RC_UNSURE);
    assert_true(took_us > SECOND_US && took_us < 10 * SECOND_US);
    drive_writer(driver, &driver->claimed, 2);
    stop_driver(driver);
}

static void a_statement_that_takes_too_long_is_ended_by_the_server(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = new_driver_with(&(struct db_address){fixture->conninfo, NULL, 3 * SECOND_US},
                                            STREAM_UPDATES, "duban_ingest", PATIENCE_US);
    drive_writer(driver, &driver->claimed, 1);
    run(fixture->owner, "BEGIN; LOCK TABLE duban.event_updates IN EXCLUSIVE MODE");
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_UNSURE);
    assert_memory_equal(driver->error, "57014", 5);
    run(fixture->owner, "COMMIT");
    drive_writer(driver, &driver->claimed, 2);
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "0");
    stop_driver(driver);
}

/* The server answers COMMIT then, and only warns that the standby may not have it. */
static void a_commit_that_no_longer_waits_for_the_standby_is_unsure(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_OK);
    run(fixture->owner, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    run(fixture->owner, "SELECT pg_reload_conf()");
    await(fixture->owner, "SHOW synchronous_standby_names", "nobody");
    add(driver, "b", "t.", "second", 2000000);
    writer_commit(driver->writer, NULL, on_done, driver);
    int waits = 0;
    for (int64_t until_us = clock_monotonic_us() + PATIENCE_US; waits == 0 && clock_monotonic_us() < until_us;) {
        writer_step(driver->writer, clock_monotonic_us());
        waits = atoi(run(fixture->owner, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND "
                                         "datname = current_database()"));
    }
    assert_int_equal(driver->done, 1);
    run(fixture->owner, "SELECT pg_cancel_backend(holder) FROM duban.stream WHERE id = 1");
    drive_writer(driver, &driver->done, 2);
    run(fixture->owner, "ALTER SYSTEM RESET synchronous_standby_names");
    run(fixture->owner, "SELECT pg_reload_conf()");
    assert_int_equal(waits, 1);
    assert_int_equal(driver->rc, RC_UNSURE);
    drive_writer(driver, &driver->claimed, 2);
    assert_int_equal(writer_head(driver->writer)->head, 2); /* it was stored here */
    stop_driver(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_connection_is_set_to_does_not_depend_on_the_address),
        TEST(roles_find_nothing_by_an_unqualified_name),
        TEST(a_host_that_says_nothing_is_given_up_for_the_next),
        TEST(a_server_that_takes_no_changes_is_not_taken),
        TEST(a_server_that_stops_to_answer_is_given_up),
        TEST(a_statement_that_takes_too_long_is_ended_by_the_server),
        TEST(a_commit_that_no_longer_waits_for_the_standby_is_unsure),
    };
    return cmocka_run_group_tests(tests, make_template, NULL);
}
