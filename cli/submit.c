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
    "usage: duban submit [--division CODE] [--source URI] [--dry-run] [--patience SECONDS] FILE|-\n"
    "FILE: CSV in UTF-8 or GB18030, an Excel workbook (.xlsx, its first worksheet), or JSON. Sending it twice does no\n"
    "harm. Prints a line for each fault and for each row that was stored before, then how many rows were accepted:\n"
    "  FILE:ROW:COLUMN: OUTCOME CODE field: 中文 / English\n"
    "ROW is the line of a CSV file, the row of a worksheet, the place in a JSON array. COLUMN is counted from 1 in\n"
    "CSV, and a letter in a workbook, as Excel shows it. Either is - where it is no one row or column.\n"
    "  --division CODE     for rows that name none\n"
    "  --source URI        who reports [/duban/submit]\n"
    "  --dry-run           check every row against what is stored now; store nothing\n"
    "  --patience SECONDS  how long to try again when ingest does not answer [60]\n";

struct submission {
    struct cli *cli;
    const char *path;
    struct report_file file;
    bool dry_run;
    int64_t deadline_us; /* monotonic */
    size_t accepted, duplicates, refused;
};

/* What is told of one row, or of one of its cells. */
struct result {
    size_t row, column;
    const char *outcome, *code, *field, *zh, *en;
};

/* The column is named as it is headed in the file, because that is what whoever wrote it sees. */
static void print_result(FILE *out, const struct submission *submission, const struct result *result)
{
    char row[24] = "-", column[REPORT_COLUMN_BYTES];
    const char *heading = report_file_heading(&submission->file, result->column);
    if (result->row > 0)
        snprintf(row, sizeof row, "%zu", result->row);
    report_file_column(&submission->file, result->column, column);
    fprintf(out, "%s:%s:%s: %s %s %s: ", submission->path, row, column, result->outcome, result->code, result->field);
    fprintf(out, *heading == '\0' ? "%s%s / %s%s\n" : "「%s」%s / \"%s\" %s\n", heading, result->zh, heading,
            result->en);
}

static void print_faults(FILE *out, const struct submission *submission, const struct sheet_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct reason *reason = &faults[i].reason;
        char zh[REASON_TEXT_BYTES], en[REASON_TEXT_BYTES];
        struct result result = {faults[i].row,
                                faults[i].column,
                                "REJECTED",
                                reason_name(reason->code),
                                reason->field,
                                reason_text_zh(reason, zh),
                                reason_text_en(reason, en)};
        print_result(out, submission, &result);
    }
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
        print_result(stdout, submission, &(struct result){report->row, 0, "DUPLICATE", "-", "", "此前已存储", en});
        return;
    }
    submission->refused++;
    const ProtobufCEnumValue *outcome =
        protobuf_c_enum_descriptor_get_value(&duban__v1__outcome__descriptor, (int)receipt->outcome);
    struct result result = {.row = report->row, .code = "-", .field = "", .zh = "", .en = ""};
    result.outcome = outcome == NULL ? "?" : outcome->name + strlen(prefix);
    const Duban__V1__Reason *reason = receipt->reason;
    if (reason != NULL) {
        result.column = report_file_place(&submission->file, report, reason->field);
        result.code = reason->code;
        result.field = reason->field;
        result.zh = reason->text_zh;
        result.en = reason->text_en;
    }
    print_result(stdout, submission, &result);
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
        if (reports[i].fault_count == 0)
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
        submission->refused += reports[i].fault_count > 0;
        print_faults(stdout, submission, reports[i].faults, reports[i].fault_count);
        if (reports[i].fault_count == 0 && next < reply.message->receipts->n_receipts)
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

static int submit_all(struct submission *submission)
{
    const struct report *reports = submission->file.reports;
    size_t count = submission->file.count;
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
            return fputs(help, stdout), report_columns_help(stdout), EXIT_DONE;
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
    if (report_file_read(text, &report_options, cli->arena, &submission.file) == RC_OK)
        return submit_all(&submission);
    print_faults(stderr, &submission, submission.file.faults, submission.file.fault_count);
    return EXIT_NEGATIVE;
}
