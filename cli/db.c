#include "cli/cli.h"

#include "db/db.h"
#include "db/migrations.h"

#include "duban_db_queries.h"

#include <stdio.h>
#include <string.h>

static int migrate(PGconn *connection)
{
    struct err err;
    enum rc rc = migrations_apply(connection, stdout, &err);
    if (rc == RC_OK)
        return EXIT_DONE;
    return fail(rc == RC_REFUSED ? EXIT_NEGATIVE : EXIT_UNREACHABLE, "%s", err.text);
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
    return rc == RC_OK ? EXIT_DONE : EXIT_NEGATIVE;
}

int command_db(struct cli *cli, int argc, char **argv)
{
    const char *help = "usage: duban db migrate   apply the migrations that are missing\n"
                       "       duban db status    show whether the schema is the one this program knows\n";
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    bool migrating = argc == 2 && strcmp(argv[1], "migrate") == 0;
    if (!migrating && (argc != 2 || strcmp(argv[1], "status") != 0)) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    PGconn *connection = connect_database(cli);
    if (connection == NULL)
        return EXIT_UNREACHABLE;
    int status = migrating ? migrate(connection) : show(connection);
    PQfinish(connection);
    return status;
}
