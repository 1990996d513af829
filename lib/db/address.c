#include "db/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPTIONS_BYTES 1024
#define LIST_BYTES 512

/* Every statement finds its rows by an index, in order; a planner without statistics of a young table would rather read
 * and sort all of it. A client that died is noticed in the middle of a statement. */
#define OPTIONS                                                                                                        \
    "%s -c search_path=pg_catalog,pg_temp -c statement_timeout=%lld -c idle_in_transaction_session_timeout=%lld "      \
    "-c client_connection_check_interval=1000 -c enable_seqscan=off -c enable_bitmapscan=off"

/* Whether it is more than the name of a database, which libpq takes in its place. */
static bool is_string(const char *conninfo)
{
    return strchr(conninfo, '=') != NULL || strncmp(conninfo, "postgresql://", 13) == 0 ||
           strncmp(conninfo, "postgres://", 11) == 0;
}

/* A value of the string; "" when it has none. The value lives as long as the options. */
static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0 && options->val != NULL)
            return options->val;
    return "";
}

static enum rc parse(const char *conninfo, PQconninfoOption **out_options, struct err *err)
{
    *out_options = NULL;
    if (!is_string(conninfo))
        return RC_OK;
    char *why = NULL;
    *out_options = PQconninfoParse(conninfo, &why);
    if (*out_options != NULL)
        return RC_OK;
    /* Why is not told: it quotes the string, and there may be a password in it. */
    PQfreemem(why);
    return err_set(err, RC_REFUSED, "it is not a connection string of libpq");
}

static enum rc read_open(int file, char out_password[DB_PASSWORD_BYTES], struct err *err)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return err_set(err, RC_REFUSED, "it is not a file");
    if ((status.st_mode & 077) != 0 || (status.st_uid != geteuid() && status.st_uid != 0))
        return err_set(err, RC_REFUSED,
                       "others may read or write it: it must belong to the user or to root, with mode 0600");
    ssize_t bytes = read(file, out_password, DB_PASSWORD_BYTES - 1);
    if (bytes < 0)
        return err_set(err, RC_REFUSED, "%s", strerror(errno));
    out_password[bytes] = '\0';
    out_password[strcspn(out_password, "\r\n")] = '\0';
    if (*out_password == '\0' || strlen(out_password) == DB_PASSWORD_BYTES - 1)
        return err_set(err, RC_REFUSED, "its first line is empty, or longer than %d bytes", DB_PASSWORD_BYTES - 2);
    return RC_OK;
}

static enum rc read_password(const char *path, char out_password[DB_PASSWORD_BYTES], struct err *err)
{
    *out_password = '\0';
    if (path == NULL || *path == '\0')
        return RC_OK;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return err_set(err, RC_REFUSED, "the password file %s: %s", path, strerror(errno));
    struct err why;
    enum rc rc = read_open(file, out_password, &why);
    if (rc != RC_OK)
        err_set(err, rc, "the password file %s: %s", path, why.text);
    close(file);
    return rc;
}

/* In postgresql://duban:a/b@host the host is duban, and what was meant as a password would stand in messages. */
static bool is_astray(const char *conninfo, const PQconninfoOption *options)
{
    return strncmp(conninfo, "postgres", 8) == 0 && strchr(conninfo, '@') != NULL && *value_of(options, "user") == '\0';
}

enum rc db_address_check(const struct db_address *address, struct err *err)
{
    if (getenv("PGPASSWORD") != NULL)
        return err_set(err, RC_REFUSED, "PGPASSWORD is set: a password is taken from a file only");
    PQconninfoOption *options;
    enum rc rc = parse(address->conninfo, &options, err);
    if (rc == RC_OK && (*value_of(options, "password") != '\0' || *value_of(options, "sslpassword") != '\0'))
        rc = err_set(err, RC_REFUSED, "a password is in the connection string: it is taken from a file only");
    if (rc == RC_OK && is_astray(address->conninfo, options))
        rc = err_set(err, RC_REFUSED, "'/', '?', '#' and ':' before '@' must be written %%2F, %%3F, %%23 and %%3A");
    PQconninfoFree(options);
    char password[DB_PASSWORD_BYTES];
    if (rc == RC_OK)
        rc = read_password(address->password_file, password, err);
    explicit_bzero(password, sizeof password);
    return rc;
}

/* A list that is separated by commas, turned until element `from` is the first. One element alone is for all hosts. */
static const char *turn(const char *list, unsigned from, char out_list[LIST_BYTES])
{
    unsigned count = 1;
    for (const char *c = list; *c != '\0'; c++)
        count += *c == ',';
    const char *rest = list;
    for (from %= count; from > 0; from--)
        rest = strchr(rest, ',') + 1;
    if (rest == list || snprintf(out_list, LIST_BYTES, "%s,%.*s", rest, (int)(rest - list) - 1, list) >= LIST_BYTES)
        return list;
    return out_list;
}

typedef PGconn *connect_fn(const char *const *keywords, const char *const *values, int expand_dbname);

static PGconn *connect_with(connect_fn *connect, const struct db_address *address, const char *role,
                            const char *application, unsigned from, struct err *err)
{
    char password[DB_PASSWORD_BYTES], server[OPTIONS_BYTES], hosts[LIST_BYTES], addresses[LIST_BYTES],
        ports[LIST_BYTES];
    PQconninfoOption *options;
    enum rc rc = parse(address->conninfo, &options, err);
    if (rc == RC_OK)
        rc = read_password(address->password_file, password, err);
    PGconn *connection = NULL;
    if (rc == RC_OK) {
        long long timeout_ms = address->timeout_us / 1000;
        snprintf(server, sizeof server, OPTIONS, value_of(options, "options"), timeout_ms, timeout_ms);
        /* What stands before dbname, the string may change; an empty value is none. */
        const char *const parameters[][2] = {
            {"user", role},
            {"target_session_attrs", "read-write"},
            {"connect_timeout", "5"},
            {"tcp_user_timeout", "5000"},
            {"keepalives_idle", "3"},
            {"keepalives_interval", "1"},
            {"keepalives_count", "3"},
            {"dbname", address->conninfo},
            {"host", turn(value_of(options, "host"), from, hosts)},
            {"hostaddr", turn(value_of(options, "hostaddr"), from, addresses)},
            {"port", turn(value_of(options, "port"), from, ports)},
            {"password", password},
            {"application_name", application},
            {"options", server},
        };
        enum { COUNT = sizeof parameters / sizeof *parameters };
        const char *keywords[COUNT + 1], *values[COUNT + 1];
        for (size_t i = 0; i < COUNT; i++) {
            keywords[i] = parameters[i][0];
            values[i] = parameters[i][1];
        }
        keywords[COUNT] = values[COUNT] = NULL;
        connection = connect(keywords, values, 1);
        REQUIRE(connection != NULL);
    }
    explicit_bzero(password, sizeof password);
    PQconninfoFree(options);
    return connection;
}

PGconn *db_address_start(const struct db_address *address, const char *role, const char *application, unsigned from,
                         struct err *err)
{
    return connect_with(PQconnectStartParams, address, role, application, from, err);
}

PGconn *db_address_connect(const struct db_address *address, const char *role, const char *application, struct err *err)
{
    return connect_with(PQconnectdbParams, address, role, application, 0, err);
}
