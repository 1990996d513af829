/* Where the database is, and the way in: a connection string of libpq, which may name several hosts, and a password
 * from a file. */
#ifndef DUBAN_DB_ADDRESS_H
#define DUBAN_DB_ADDRESS_H

#include "base/err.h"

#include <libpq-fe.h>
#include <stdint.h>

struct db_address {
    const char *conninfo;      /* without a password */
    const char *password_file; /* null or "": none */
    int64_t timeout_us;        /* the longest that one statement may take; 0: as long as it takes */
};

/* A password in a file is its first line. */
#define DB_PASSWORD_BYTES 1024

/* RC_REFUSED when the string cannot be read; when a password is in it, or in the environment, where every program of
 * the same user can read it; or when the file is missing, or not ours or root's alone. */
enum rc db_address_check(const struct db_address *address, struct err *err) MUST_CHECK;

/* Begins a connection to the first host that takes changes, in the order of the string, but from host number `from` on,
 * counted from 0 and around. The role is the user unless the string names one. What is connected gives up a host that
 * acknowledges nothing for some seconds. Null when the file cannot be read. The names of hosts are looked up before
 * this returns. */
PGconn *db_address_start(const struct db_address *address, const char *role, const char *application, unsigned from,
                         struct err *err);

/* The same, but waits until it is connected or not. */
PGconn *db_address_connect(const struct db_address *address, const char *role, const char *application,
                           struct err *err);

#endif
