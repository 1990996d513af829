/* What was kept aside, and deciding about it: what the two files of the command quarantine share. */
#ifndef DUBAN_CLI_QUARANTINE_H
#define DUBAN_CLI_QUARANTINE_H

#include "cli/cli.h"
#include "cli/table.h"

/* One event that was kept aside. Texts are borrowed from the result it was read from. */
struct quarantined {
    uint64_t number, sequence, since;
    int64_t received_us, decided_us;
    const char *source, *id, *sender, *state, *decided_by, *why;
    const char *code; /* by its name, and as the reason that it is: NONE when this release does not know it */
    struct reason reason;
};

/* What the options said, and the numbers. Texts are never null. */
struct order {
    bool all;
    const char *code, *source, *why, *by;
    enum table_format format;
    char **numbers;
    int number_count;
};

/* Reads a row of queries/quarantined.sql. */
void quarantined_read(const PGresult *rows, int row, struct quarantined *out_event);

/* The row of queries/quarantined_one.sql for a number as it was typed; null, with a message printed, when there is
 * none. */
PGresult *quarantined_find(PGconn *connection, const char *number, int *out_status);
struct slice quarantined_body(const PGresult *row);

/* Decides about each of the numbers: "released" or "discarded". Prints what became of each, and returns the exit
 * status. */
int quarantine_decide(struct cli *cli, PGconn *connection, const struct order *order, const char *state);

#endif
