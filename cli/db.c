#include "cli/cli.h"

#include "db/db.h"
#include "db/migrations.h"
#include "db/stream.h"

#include "duban_cli_core_queries.h"
#include "duban_db_queries.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* The algorithm of the digest chains; false, with a message printed, when it cannot be read. */
static bool read_algorithm(PGconn *connection, enum digest_algorithm *out_algorithm)
{
    PGresult *heads = run_statement(connection, heads_sql, &(struct db_params){0});
    if (heads == NULL)
        return false;
    struct stream_head head;
    stream_head_read(heads, 0, 0, &head);
    *out_algorithm = head.algorithm;
    PQclear(heads);
    return true;
}

static int choose_digest(PGconn *connection, enum digest_algorithm algorithm)
{
    struct db_params params = {0};
    db_text(&params, digest_algorithm_name(algorithm));
    PGresult *answer = run_statement(connection, choose_digest_sql, &params);
    if (answer == NULL)
        return EXIT_UNREACHABLE;
    bool chosen = db_get_int8(answer, 0, 0) == 1;
    PQclear(answer);
    if (chosen)
        return printf("the digest chains are %s\n", digest_algorithm_name(algorithm)) < 0;
    enum digest_algorithm present;
    if (!read_algorithm(connection, &present))
        return EXIT_UNREACHABLE;
    return fail(EXIT_NEGATIVE,
                "the log is not empty: its digest chains are %s and stay so, since every digest covers "
                "the one before",
                digest_algorithm_name(present));
}

/* algorithm: 0 for what the log has. */
static int migrate(PGconn *connection, enum digest_algorithm algorithm)
{
    struct err err;
    enum rc rc = migrations_apply(connection, stdout, &err);
    if (rc != RC_OK)
        return fail(rc == RC_REFUSED ? EXIT_NEGATIVE : EXIT_UNREACHABLE, "%s", err.text);
    return algorithm == 0 ? EXIT_DONE : choose_digest(connection, algorithm);
}

static int show(PGconn *connection)
{
    PGresult *applied = run_statement(connection, schema_sql, &(struct db_params){0});
    if (applied == NULL)
        return EXIT_NEGATIVE;
    struct err err;
    enum rc rc = migrations_known(applied, &err);
    printf("%d migrations applied%s%s\n", PQntuples(applied), rc == RC_OK ? "; the schema is this program's" : ": ",
           rc == RC_OK ? "" : err.text);
    PQclear(applied);
    enum digest_algorithm algorithm;
    if (rc != RC_OK || !read_algorithm(connection, &algorithm))
        return EXIT_NEGATIVE;
    return printf("the digest chains are %s\n", digest_algorithm_name(algorithm)) < 0;
}

int command_db(struct cli *cli, int argc, char **argv)
{
    static const char help[] =
        "usage: duban db migrate [--digest sha256|sm3]   apply the migrations that are missing\n"
        "       duban db status                          show whether the schema is the one this program knows\n"
        "  --digest ALGORITHM  of the digest chains [sha256]; chosen while the log is empty, and never again\n";
    static const struct option options[] = {
        {"digest", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    enum digest_algorithm algorithm = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(help, stdout) < 0;
        if (option != 'd' || !digest_algorithm_find(optarg, &algorithm))
            return fputs(help, stderr), EXIT_USAGE;
    }
    bool migrating = optind + 1 == argc && strcmp(argv[optind], "migrate") == 0;
    bool showing = optind + 1 == argc && strcmp(argv[optind], "status") == 0 && algorithm == 0;
    if (!migrating && !showing)
        return fputs(help, stderr), EXIT_USAGE;
    PGconn *connection = connect_database(cli);
    if (connection == NULL)
        return EXIT_UNREACHABLE;
    int status = migrating ? migrate(connection, algorithm) : show(connection);
    PQfinish(connection);
    return status;
}
