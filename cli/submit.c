#include "cli/cli.h"

#include "cli/report_file.h"

#include "io/cloudevents/v1/cloudevents.pb-c.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH_ROWS 500
#define TRY_TIMEOUT_MS 5000
#define RETRY_MS 200
#define PROGRESS_ROWS 2000

static const char help[] =
    "usage: duban submit [--division CODE] [--source URI] [--dry-run] [--patience SECONDS] FILE.csv|FILE.json|-\n"
    "Prints a line for each row that was not accepted, and how many were. Sending a file twice does no harm.\n"
    "  --source URI        who reports [/duban/submit]\n"
    "  --dry-run           check every row against what is stored now; store nothing\n"
    "  --patience SECONDS  how long to try again when ingest does not answer [60]\n";

struct submission {
    struct cli *cli;
    const char *path;
    bool dry_run;
    int64_t deadline_us; /* monotonic */
    size_t accepted, duplicates, refused;
};

static void print_result(const struct submission *submission, size_t row, const char *outcome, const char *code,
                         const char *field, const char *zh, const char *en)
{
    printf("%s:%zu: %s %s %s: %s / %s\n", submission->path, row, outcome, code, field, zh, en);
}

static void print_problem(struct submission *submission, const struct report *report)
{
    char zh[REASON_TEXT_BYTES], en[REASON_TEXT_BYTES];
    submission->refused++;
    print_result(submission, report->row, "REJECTED", reason_name(report->problem.code), report->problem.field,
                 reason_text_zh(&report->problem, zh), reason_text_en(&report->problem, en));
}

static void take_receipt(struct submission *submission, const struct report *report, const Duban__V1__Receipt *receipt)
{
    static const char prefix[] = "OUTCOME_";
    if (receipt->outcome == DUBAN__V1__OUTCOME__OUTCOME_ACCEPTED) {
        submission->accepted++;
        return;
    }
    if (receipt->outcome == DUBAN__V1__OUTCOME__OUTCOME_DUPLICATE) {
        submission->duplicates++;
        char en[64];
        snprintf(en, sizeof en, "stored before as sequence %llu", (unsigned long long)receipt->sequence);
        print_result(submission, report->row, "DUPLICATE", "-", "", "此前已存储", en);
        return;
    }
    submission->refused++;
    const ProtobufCEnumValue *outcome =
        protobuf_c_enum_descriptor_get_value(&duban__v1__outcome__descriptor, (int)receipt->outcome);
    const Duban__V1__Reason *reason = receipt->reason;
    print_result(submission, report->row, outcome == NULL ? "?" : outcome->name + strlen(prefix),
                 reason == NULL ? "-" : reason->code, reason == NULL ? "" : reason->field,
                 reason == NULL ? "" : reason->text_zh, reason == NULL ? "" : reason->text_en);
}

static bool available(const Duban__V1__Receipts *receipts)
{
    return receipts->n_receipts > 0 && receipts->receipts[0]->outcome != DUBAN__V1__OUTCOME__OUTCOME_UNAVAILABLE;
}

/* Sends the same bytes until there is an answer: the service tells duplicates apart. */
static enum rc send_until_answered(struct submission *submission, struct slice batch, struct arena *arena,
                                   struct reply *out_reply, struct err *err)
{
    enum rc rc;
    do {
        Duban__V1__SubmitRequest submit = DUBAN__V1__SUBMIT_REQUEST__INIT;
        Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
        submit.dry_run = submission->dry_run;
        request.kind_case = DUBAN__V1__REQUEST__KIND_SUBMIT;
        request.submit = &submit;
        rc = ask(submission->cli, SERVICE_INGEST, &request, batch, TRY_TIMEOUT_MS, arena, out_reply, err);
        if (rc == RC_OK && !available(out_reply->message->receipts))
            rc = err_set(err, RC_AGAIN, "ingest is not available");
        if (rc == RC_AGAIN)
            nanosleep(&(struct timespec){0, RETRY_MS * 1000000L}, NULL);
    } while (rc == RC_AGAIN && clock_monotonic_us() < submission->deadline_us);
    return rc;
}

/* Sends the good rows among the reports, and prints what became of all of them in the order of the file. */
static int send_batch(struct submission *submission, const struct report *reports, size_t count)
{
    Io__Cloudevents__V1__CloudEvent *events[BATCH_ROWS];
    Io__Cloudevents__V1__CloudEventBatch batch = IO__CLOUDEVENTS__V1__CLOUD_EVENT_BATCH__INIT;
    batch.events = events;
    for (size_t i = 0; i < count; i++)
        if (reports[i].good)
            events[batch.n_events++] = reports[i].event.message;
    struct arena *arena = arena_new((size_t)256 << 20);
    REQUIRE(arena != NULL);
    struct reply reply;
    struct err err;
    enum rc rc = RC_OK;
    if (batch.n_events > 0)
        rc = send_until_answered(submission, message_pack(&batch, arena), arena, &reply, &err);
    int status = EXIT_DONE;
    if (rc != RC_OK)
        status =
            fail(rc == RC_AGAIN ? EXIT_UNREACHABLE : EXIT_NEGATIVE, "row %zu and after: %s", reports[0].row, err.text);
    size_t next = 0;
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        if (!reports[i].good)
            print_problem(submission, &reports[i]);
        else if (next < reply.message->receipts->n_receipts)
            take_receipt(submission, &reports[i], reply.message->receipts->receipts[next++]);
    }
    arena_free(&arena);
    return status;
}

static void show_progress(size_t done, size_t count)
{
    if (count < PROGRESS_ROWS || !isatty(STDERR_FILENO))
        return;
    int filled = (int)(done * 40 / count);
    fprintf(stderr, "\r[%.*s%*s] %zu/%zu%s", filled, "########################################", 40 - filled, "", done,
            count, done == count ? "\n" : "");
}

static int submit_all(struct submission *submission, const struct report *reports, size_t count)
{
    int status = EXIT_DONE;
    for (size_t i = 0; status == EXIT_DONE && i < count; i += BATCH_ROWS) {
        status = send_batch(submission, reports + i, count - i < BATCH_ROWS ? count - i : BATCH_ROWS);
        show_progress(i, count);
    }
    show_progress(count, count);
    printf("%s: %zu accepted%s, %zu stored before, %zu not accepted\n", submission->path, submission->accepted,
           submission->dry_run ? " (dry run)" : "", submission->duplicates, submission->refused);
    return status != EXIT_DONE ? status : submission->refused == 0 ? EXIT_DONE : EXIT_NEGATIVE;
}

int command_submit(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"division", required_argument, NULL, 'd'}, {"source", required_argument, NULL, 's'},
        {"dry-run", no_argument, NULL, 'n'},        {"patience", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},           {0}};
    struct submission submission = {.cli = cli};
    struct report_options report_options = {.source = "/duban/submit"};
    int patience_s = 60;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'd')
            report_options.division = optarg;
        else if (option == 's')
            report_options.source = optarg;
        else if (option == 'n')
            submission.dry_run = true;
        else if (option == 'p' && (patience_s = atoi(optarg)) > 0)
            continue;
        else if (option == 'h')
            return printf("%s%s", help, report_file_help) < 0;
        else
            return fputs(help, stderr), EXIT_USAGE;
    }
    if (optind + 1 != argc)
        return fputs(help, stderr), EXIT_USAGE;
    submission.path = argv[optind];
    submission.deadline_us = clock_monotonic_us() + patience_s * (int64_t)1000000;
    struct slice text;
    struct err err;
    if (read_file(submission.path, cli->arena, &text, &err) != RC_OK)
        return fail(EXIT_USAGE, "%s", err.text);
    struct report *reports;
    size_t count;
    struct reason problem;
    char zh[REASON_TEXT_BYTES], en[REASON_TEXT_BYTES];
    if (report_file_read(text, &report_options, cli->arena, &reports, &count, &problem) != RC_OK)
        return fail(EXIT_NEGATIVE, "%s: %s %s: %s / %s", submission.path, reason_name(problem.code), problem.field,
                    reason_text_zh(&problem, zh), reason_text_en(&problem, en));
    return submit_all(&submission, reports, count);
}
