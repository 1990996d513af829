#include "cli/cli.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define ARENA_BYTES ((size_t)8 << 30)

static const struct command {
    const char *name;
    command_fn *run;
    const char *help;
} commands[] = {
    {"plan", command_plan, "check or publish a plan file"},
    {"submit", command_submit, "report figures and milestones from a CSV, Excel or JSON file"},
    {"status", command_status, "where each commitment stands"},
    {"explain", command_explain, "which reports and changes make a figure and its colour"},
    {"roll-up", command_roll_up, "what the divisions below a code reach together"},
    {"deadlines", command_deadlines, "which deadlines there are and when they alert next"},
    {"alerts", command_alerts, "which alerts were sent"},
    {"units", command_units, "how much each unit was asked, reminded and extended"},
    {"watch", command_watch, "follow topics as they are published"},
    {"replay", command_replay, "read events again from the log"},
    {"head", command_head, "where the streams end, and up to which instant"},
    {"verify", command_verify, "rebuild everything from the log and compare"},
    {"quarantine", command_quarantine, "see and decide about events that were kept aside"},
    {"db", command_db, "migrate the database, or show its schema version"},
    {"simulate", command_simulate, "make up a year of a plan and send it; all of it says that it is simulated"},
    {"clock", command_clock, "show the clock, or wait until an instant"},
    {"keygen", command_keygen, "make the two files of a new key"},
};

static int usage(FILE *out, int status)
{
    fprintf(out, "duban 督办: holds a government to its own plan\nusage: duban [--insecure] COMMAND …\n"
                 "       duban COMMAND --help\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(out,
            "\nExit status: 0 done, 1 the answer is no, 2 wrong usage, 3 a service or the database does not answer.\n\n"
            "Settings, from the environment:\n");
    settings_help(out);
    return status;
}

static int run_command(const struct command *command, bool insecure, int argc, char **argv)
{
    struct cli cli = {.zmq = zmq_ctx_new(), .arena = arena_new(ARENA_BYTES)};
    REQUIRE(cli.zmq != NULL && cli.arena != NULL);
    struct err err;
    enum rc rc = settings_read(&cli.settings, &err);
    cli.settings.insecure = insecure;
    int status = rc == RC_OK ? command->run(&cli, argc, argv) : fail(EXIT_USAGE, "%s", err.text);
    zmq_ctx_term(cli.zmq);
    arena_free(&cli.arena);
    return status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* the output is UTF-8 whatever the terminal says */
    bool insecure = argc >= 2 && strcmp(argv[1], "--insecure") == 0;
    argc -= insecure;
    argv += insecure;
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout, EXIT_DONE);
    if (strcmp(argv[1], "--version") == 0)
        return printf("%s\n", DUBAN_VERSION) < 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return run_command(&commands[i], insecure, argc - 1, argv + 1);
    return fail(EXIT_USAGE, "%s: there is no such command; see duban --help", argv[1]);
}
