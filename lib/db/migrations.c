#include "db/migrations.h"

#include "db/db.h"

#include "duban_db_queries.h"

#include <string.h>

#define LOCK "SELECT pg_advisory_lock(7283114)"
#define UNLOCK "SELECT pg_advisory_unlock(7283114)"

static const struct migration table[] = {
    {1, "0001_log.sql", m0001_log_sql},
    {2, "0002_derived.sql", m0002_derived_sql},
    {3, "0003_terms_and_forecasts.sql", m0003_terms_and_forecasts_sql},
    {4, "0004_lease.sql", m0004_lease_sql},
    {5, "0005_digest.sql", m0005_digest_sql},
    {6, "0006_quarantine.sql", m0006_quarantine_sql},
};

const struct migration *migrations(size_t *out_count)
{
    *out_count = sizeof table / sizeof *table;
    return table;
}

struct digest migration_checksum(const struct migration *migration)
{
    return digest_of(migration->sql, strlen(migration->sql));
}

/* The first `count` rows are migrations of this program. */
static enum rc check_applied(const PGresult *applied, size_t count, struct err *err)
{
    size_t known;
    migrations(&known);
    for (size_t i = 0; i < count; i++) {
        int64_t number = db_get_int8(applied, (int)i, 0);
        size_t bytes;
        const uint8_t *checksum = db_get_bytes(applied, (int)i, 1, &bytes);
        if (i >= known || number != table[i].number)
            return err_set(err, RC_REFUSED, "the database has migration %lld, which this program does not know",
                           (long long)number);
        struct digest digest = migration_checksum(&table[i]);
        if (bytes != sizeof digest.bytes || memcmp(checksum, digest.bytes, bytes) != 0)
            return err_set(err, RC_REFUSED, "migration %s was applied with another content", table[i].name);
    }
    return RC_OK;
}

enum rc migrations_known(const PGresult *applied, struct err *err)
{
    size_t known;
    migrations(&known);
    size_t count = (size_t)PQntuples(applied);
    enum rc rc = check_applied(applied, count, err);
    if (rc == RC_OK && count < known)
        rc = err_set(err, RC_REFUSED, "migration %s has not been applied", table[count].name);
    return rc;
}

static enum rc execute(PGconn *connection, const char *sql, const char *doing, struct err *err)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return RC_OK;
    return err_set(err, RC_FAILED, "%s: %s", doing, PQerrorMessage(connection));
}

static enum rc record(PGconn *connection, const struct migration *migration, struct err *err)
{
    struct digest digest = migration_checksum(migration);
    struct db_params params = {0};
    db_int8(&params, migration->number);
    db_text(&params, migration->name);
    db_bytes(&params, digest.bytes, sizeof digest.bytes);
    static const int binary[] = {1, 1, 1};
    PGresult *result = PQexecParams(
        connection, "INSERT INTO duban.migration (number, name, checksum) VALUES ($1::int8, $2::text, $3::bytea)",
        params.count, NULL, params.values, params.lengths, binary, 1);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_COMMAND_OK)
        return RC_OK;
    return err_set(err, RC_FAILED, "recording %s: %s", migration->name, PQerrorMessage(connection));
}

static enum rc apply_one(PGconn *connection, const struct migration *migration, struct err *err)
{
    enum rc rc = execute(connection, "BEGIN", migration->name, err);
    if (rc == RC_OK)
        rc = execute(connection, migration->sql, migration->name, err);
    if (rc == RC_OK)
        rc = record(connection, migration, err);
    if (rc == RC_OK)
        return execute(connection, "COMMIT", migration->name, err);
    struct err ignored;
    if (execute(connection, "ROLLBACK", migration->name, &ignored) != RC_OK)
        return rc;
    return rc;
}

static enum rc apply_missing(PGconn *connection, FILE *out, struct err *err)
{
    enum rc rc = execute(connection, m0000_migration_sql, "preparing", err);
    if (rc != RC_OK)
        return rc;
    PGresult *applied = PQexecParams(connection, schema_sql, 0, NULL, NULL, NULL, NULL, 1);
    size_t count = 0;
    if (PQresultStatus(applied) != PGRES_TUPLES_OK) {
        rc = err_set(err, RC_FAILED, "reading what was applied: %s", PQerrorMessage(connection));
    } else {
        count = (size_t)PQntuples(applied);
        rc = check_applied(applied, count, err);
    }
    PQclear(applied);
    size_t known;
    for (migrations(&known); rc == RC_OK && count < known; count++) {
        rc = apply_one(connection, &table[count], err);
        if (rc == RC_OK && out != NULL)
            fprintf(out, "applied %s\n", table[count].name);
    }
    return rc;
}

enum rc migrations_apply(PGconn *connection, FILE *out, struct err *err)
{
    enum rc rc = execute(connection, LOCK, "waiting for the lock", err);
    if (rc != RC_OK)
        return rc;
    rc = apply_missing(connection, out, err);
    struct err ignored;
    enum rc unlocked = execute(connection, UNLOCK, "unlocking", &ignored);
    return rc != RC_OK ? rc : unlocked;
}
