/* The command duban: what its subcommands share. */
#ifndef DUBAN_CLI_CLI_H
#define DUBAN_CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "duban/v1/requests.pb-c.h"
#include "wire/cloudevent.h"

#include <libpq-fe.h>

/* Exit statuses, for scripts. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_NEGATIVE = 1, /* it ran, and the answer is no: rows refused, a plan with faults, a log that does not verify */
    EXIT_USAGE = 2,    /* wrong arguments, settings or files that cannot be read */
    EXIT_UNREACHABLE = 3, /* a service or the database does not answer */
};

/* What every subcommand is given. */
struct cli {
    struct settings settings;
    void *zmq;
    struct arena *arena; /* for as long as the command runs */
};

/* A subcommand: argv[0] is its name. Returns the exit status. */
typedef int command_fn(struct cli *cli, int argc, char **argv);

command_fn command_plan, command_submit, command_watch, command_replay, command_status, command_explain,
    command_roll_up, command_alerts, command_deadlines, command_units, command_head, command_verify, command_db,
    command_clock, command_simulate, command_keygen, command_quarantine;

/* Prints "duban: …" on standard error and returns the status. */
int fail(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* One reply: the message, and the frames after it. Lives in the arena it was received into. */
struct reply {
    const Duban__V1__Reply *message;
    struct slice *events;
    size_t event_count;
};

/* Sends a request to a service's front door, with a second frame unless it is empty, and waits for its reply. The
 * request_id is filled in. RC_OK; RC_AGAIN when there is no answer within timeout_ms; RC_REFUSED when the reply is an
 * error, whose text is in err. */
enum rc ask(struct cli *cli, enum service_id service, Duban__V1__Request *request, struct slice attachment,
            int timeout_ms, struct arena *arena, struct reply *out_reply, struct err *err) MUST_CHECK;

/* The same with the usual time-out; prints what went wrong and returns the exit status, 0 when all is well. */
int ask_or_fail(struct cli *cli, enum service_id service, Duban__V1__Request *request, struct reply *out_reply);

/* A blocking connection as the administrator. Prints what went wrong and returns null when there is none. */
PGconn *connect_database(struct cli *cli);

/* Runs a statement with binary results. Prints what went wrong and returns null when it fails. */
struct db_params;
PGresult *run_statement(PGconn *connection, const char *sql, const struct db_params *params);

/* Calls take for every event of a stream after `after`, in order, from the database. False, with a message printed,
 * when reading fails or take returns false. */
struct stream_event;
bool read_stream(PGconn *connection, int stream, uint64_t after,
                 bool (*take)(void *context, const struct stream_event *event), void *context);

/* Reads a whole file, or standard input for "-". RC_REFUSED with the text why. */
enum rc read_file(const char *path, struct arena *arena, struct slice *out_text, struct err *err) MUST_CHECK;

/* Reads a plan, revision 0. Prints its faults, or why it cannot be read, and returns the exit status. */
struct plan;
int read_plan_or_fail(struct cli *cli, const char *path, struct plan **out_plan);

/* Any message as one line of JSON, with its field names; bytes as hexadecimal. Caller frees. */
char *message_json(const ProtobufCMessage *message);

/* An event as one line of JSON: sequence, id, source, type, time (received where it has none of its own), received,
 * withdraws, data. What its stamp lacks is left out; data is null when the type is unknown. Caller frees. */
char *event_json(const struct event *event, struct arena *arena);

/* The data of an event, unpacked by its type; null when the type is unknown. */
ProtobufCMessage *event_data(const struct event *event, struct arena *arena);

#endif
