/* Whether the events of a stream are those that were written: the digest chain, the columns beside the bodies, the head
 * row, and the heads that were witnessed outside the database. */
#ifndef DUBAN_CLI_CHAIN_H
#define DUBAN_CLI_CHAIN_H

#include "cli/cli.h"

#include "db/stream.h"

/* Counts what is wrong, and prints the first twenty: a line "stream sequence: what" for each. problem returns
 * true. */
struct problems {
    size_t count;
    size_t rewritten; /* of them: the events are whole in themselves, but not those that were witnessed */
};
bool problem(struct problems *problems, const char *format, ...) PRINTF_LIKE(2, 3);

/* The witnessed heads of one stream. */
struct witnessed;

/* Reads them from the folder, into the arena. Which incarnation is the log's is not known yet: the witness must be read
 * before the log, or a service could write on in between. A file that cannot be read is remembered. */
struct witnessed *witnessed_read(const char *folder, enum stream_id stream, struct arena *arena);

/* Walks a stream whose head row is `head`, as `connection` sees it. Prints a line about the witness; that there is none
 * is a problem when it was asked for. False, with a message printed, when the database cannot be read. */
bool chain_check(PGconn *connection, enum stream_id stream, const struct stream_head *head,
                 const struct witnessed *witnessed, bool witness_wanted, struct problems *problems) MUST_CHECK;

#endif
