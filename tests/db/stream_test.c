/* The log in a real PostgreSQL: migrations, rights, appending and reading. */
#include "support/log_database.h"

#include "db/migrations.h"

#include "duban_db_queries.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

#define CHANGES 3

/* The statements that would change the log, or one table of it. */
static void write_changes(const char *table, char out_sql[CHANGES][128])
{
    snprintf(out_sql[0], sizeof out_sql[0], "UPDATE duban.%s SET body = 'y'", table);
    snprintf(out_sql[1], sizeof out_sql[1], "DELETE FROM duban.%s", table);
    snprintf(out_sql[2], sizeof out_sql[2], "TRUNCATE duban.%s", table);
}

/* No service has the right; and who has it is refused by a trigger: the owner, and a service that was given too much.
 */
static void nobody_changes_the_log(void **state)
{
    struct fixture *fixture = *state;
    static const char *const roles[] = {"duban_ingest", "duban_metrics", "duban_notify"};
    static const char *const tables[] = {"event", "event_updates", "event_indicators", "event_alerts"};
    run(fixture->owner, "INSERT INTO duban.event VALUES (1, " VALUES);
    run(fixture->owner, "INSERT INTO duban.event VALUES (2, " VALUES);
    run(fixture->owner, "INSERT INTO duban.event VALUES (3, " VALUES);
    for (size_t role = 0; role < 3; role++) {
        PGconn *connection = connect_role(fixture, roles[role]);
        for (size_t table = 0; table < 4; table++) {
            char sql[CHANGES][128], grant[160];
            write_changes(tables[table], sql);
            for (int i = 0; i < CHANGES; i++)
                assert_refused(connection, sql[i], "42501");
            snprintf(grant, sizeof grant, "GRANT UPDATE, DELETE, TRUNCATE ON duban.%s TO %s", tables[table],
                     roles[role]);
            run(fixture->owner, grant);
            for (int i = 0; i < CHANGES; i++)
                assert_refused(connection, sql[i], "DB002");
            for (int i = 0; i < CHANGES; i++)
                assert_refused(fixture->owner, sql[i], "DB002");
        }
        run(connection, "SELECT count(*) FROM duban.event");
        PQfinish(connection);
    }
    assert_string_equal(run(fixture->owner, "SELECT count(*) FROM duban.event"), "3");
}

static void nobody_but_the_functions_changes_a_head(void **state)
{
    struct fixture *fixture = *state;
    static const char *const roles[] = {"duban_ingest", "duban_metrics", "duban_notify"};
    for (size_t role = 0; role < 3; role++) {
        PGconn *connection = connect_role(fixture, roles[role]);
        assert_refused(connection, "UPDATE duban.stream SET fence = fence + 1", "42501");
        assert_refused(connection, "UPDATE duban.stream SET lease = now()", "42501");
        assert_refused(connection, "DELETE FROM duban.stream", "42501");
        assert_refused(connection, "TRUNCATE duban.stream", "42501");
        assert_refused(connection, "INSERT INTO duban.stream (id, name, writer) VALUES (4, 'x', 'x')", "42501");
        PQfinish(connection);
    }
}

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
    digest = digest_chain(DIGEST_SHA256, &digest, "first", 5);
    digest = digest_chain(DIGEST_SHA256, &digest, "second", 6);
    digest = digest_chain(DIGEST_SHA256, &digest, "third", 5);
    assert_memory_equal(writer_head(driver->writer)->digest.bytes, digest.bytes, DIGEST_BYTES);
    assert_int_equal(writer_head(driver->writer)->head, 3);
    char hex[DIGEST_HEX_BYTES];
    assert_string_equal(run(fixture->owner, "SELECT encode(digest, 'hex') FROM duban.stream WHERE id = 1"),
                        digest_hex(&digest, 64, hex));
    assert_string_equal(
        run(fixture->owner, "SELECT string_agg(sequence || id, ' ' ORDER BY sequence) FROM duban.event"), "1a 2b 3c");
    stop_driver(driver);
}

static void the_algorithm_is_chosen_while_the_log_is_empty_and_displaces_writers(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    assert_int_equal(writer_head(driver->writer)->algorithm, DIGEST_SHA256);
    assert_string_equal(run(fixture->owner, "SELECT duban.choose_digest('sm3')"), "t");
    add(driver, "a", "t.", "first", 1000000); /* by SHA-256, which is not what the log has now */
    assert_int_equal(commit(driver), RC_UNSURE);
    drive_writer(driver, &driver->claimed, 2); /* anew, by what the log has now */
    assert_int_equal(writer_head(driver->writer)->algorithm, DIGEST_SM3);
    add(driver, "a", "t.", "first", 1000000);
    assert_int_equal(commit(driver), RC_OK);
    struct digest digest = {{0}};
    digest = digest_chain(DIGEST_SM3, &digest, "first", 5);
    char hex[DIGEST_HEX_BYTES];
    assert_string_equal(run(fixture->owner, "SELECT encode(digest, 'hex') FROM duban.event"),
                        digest_hex(&digest, 64, hex));
    assert_string_equal(run(fixture->owner, "SELECT duban.choose_digest('sm3')"), "t");
    assert_string_equal(run(fixture->owner, "SELECT duban.choose_digest('sha256')"), "f");
    stop_driver(driver);
}

static void only_the_owner_chooses_the_algorithm(void **state)
{
    struct fixture *fixture = *state;
    PGconn *ingest = connect_role(fixture, "duban_ingest");
    assert_refused(ingest, "SELECT duban.choose_digest('sm3')", "42501");
    PQfinish(ingest);
    assert_refused(fixture->owner, "SELECT duban.choose_digest('md5')", "23514");
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
    struct digest zero = {{0}}, digest = digest_chain(DIGEST_SHA256, &zero, "first", 5);
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
                                                .address = address_of(fixture),
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
    struct reader *reader = reader_new(&(struct db_address){fixture->conninfo, NULL, PATIENCE_US}, "duban_metrics");
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

/* However large events are, what is read at once is not. */
static void a_page_ends_with_the_event_that_fills_it(void **state)
{
    struct fixture *fixture = *state;
    struct driver *driver = start_driver(fixture, STREAM_UPDATES, "duban_ingest");
    char *large = malloc(READING_BYTES / 2 + 1);
    assert_non_null(large);
    memset(large, 'x', READING_BYTES / 2);
    large[READING_BYTES / 2] = '\0';
    static const char *const ids[] = {"1", "2", "3", "4"};
    for (size_t i = 0; i < 4; i++)
        add(driver, ids[i], "update.41.x.", i == 0 ? "small" : large, 1000000);
    assert_int_equal(commit(driver), RC_OK);
    free(large);
    struct reader *reader = reader_new(&(struct db_address){fixture->conninfo, NULL, PATIENCE_US}, "duban_metrics");
    struct page page = read_page(reader, (struct reading){STREAM_UPDATES, 0, 1000, "", 1000});
    assert_int_equal(page.count, 3);
    assert_int_equal(page.complete_to, 3); /* the page is full: more may come after its last */
    page = read_page(reader, (struct reading){STREAM_UPDATES, 3, 1000, "", 1000});
    assert_int_equal(page.count, 1);
    assert_int_equal(page.sequences[0], 4);
    assert_int_equal(page.complete_to, 4);
    reader_free(&reader);
    stop_driver(driver);
}

static void a_read_whose_connection_is_cut_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = reader_new(&(struct db_address){fixture->conninfo, NULL, PATIENCE_US}, "duban_metrics");
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
    assert_true(prepared >= 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(migrating_twice_changes_nothing),
        TEST(those_that_migrate_at_once_do_not_collide),
        TEST(another_schema_is_refused),
        TEST(a_role_writes_only_its_own_stream),
        TEST(nobody_changes_the_log),
        TEST(nobody_but_the_functions_changes_a_head),
        TEST(only_the_newest_fence_at_the_right_head_appends),
        TEST(appending_moves_head_and_digest_chain),
        TEST(the_algorithm_is_chosen_while_the_log_is_empty_and_displaces_writers),
        TEST(only_the_owner_chooses_the_algorithm),
        TEST(a_refused_transaction_leaves_nothing_and_the_writer_recovers),
        TEST(a_connection_cut_before_commit_is_unsure_and_claiming_shows_that_nothing_is_stored),
        TEST(a_connection_cut_before_the_answer_is_unsure_and_claiming_shows_what_is_stored),
        TEST(a_constraint_that_fails_at_commit_leaves_nothing),
        TEST(a_commit_that_rolls_back_is_no_success),
        TEST(reading_in_pages_by_prefix_says_how_far_it_is_complete),
        TEST(a_page_ends_with_the_event_that_fills_it),
        TEST(a_read_whose_connection_is_cut_is_answered),
        TEST(every_query_prepares_against_the_schema),
    };
    return cmocka_run_group_tests(tests, make_template, NULL);
}
