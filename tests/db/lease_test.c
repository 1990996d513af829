/* Who may write a stream: leases, fences, and writers that stand by. */
#include "support/log_database.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

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

#define SHORT_LEASE_US 700000

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
    int64_t until_us = clock_monotonic_us() + 3 * SHORT_LEASE_US;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, make_template, NULL);
}
