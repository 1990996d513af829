/* The schema's migrations, as they were when this program was built: db/migrations/NNNN_*.sql. */
#ifndef DUBAN_DB_MIGRATIONS_H
#define DUBAN_DB_MIGRATIONS_H

#include "base/digest.h"
#include "base/err.h"

#include <libpq-fe.h>
#include <stdio.h>

struct migration {
    int number;
    const char *name; /* of the file */
    const char *sql;
};

/* In order of their numbers. */
const struct migration *migrations(size_t *out_count);

/* SHA-256 of the file. */
struct digest migration_checksum(const struct migration *migration);

/* Whether the migrations applied (rows of queries/schema.sql) are exactly those of this program; RC_REFUSED says what
 * differs. */
enum rc migrations_known(const PGresult *applied, struct err *err) MUST_CHECK;

/* Applies what is missing, each in a transaction of its own, all under a lock; writes a line for each to `out` (may be
 * null). The connection is a blocking one of a role that may create schemas and roles. RC_REFUSED when the database has
 * a migration that this program does not know, or another content of one; RC_FAILED when one fails. */
enum rc migrations_apply(PGconn *connection, FILE *out, struct err *err) MUST_CHECK;

#endif
