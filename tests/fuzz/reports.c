#include "fuzz/reports.h"

#include "cli/report_file.h"
#include "domain/text.h"
#include "fuzz/fuzz.h"

#include <string.h>

static const struct report_options options = {.source = "/fuzz", .division = "410102"};

/* What is told to people has no control characters in it: it goes to their terminal. */
static void check_faults(const struct report_file *file, const struct sheet_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char column[REPORT_COLUMN_BYTES];
        fuzz_check_reason(&faults[i].reason);
        REQUIRE(*report_file_column(file, faults[i].column, column) != '\0');
        const char *heading = report_file_heading(file, faults[i].column);
        REQUIRE(text_valid_bytes(heading, strlen(heading)) == strlen(heading));
    }
}

/* An event of a row is well formed, and whatever ingest finds wrong with it stands in a column or in none. */
static void check_event(const struct report_file *file, const struct report *report, struct arena *arena)
{
    struct event event;
    struct reason reason;
    struct slice bytes = message_pack(report->event.message, arena);
    REQUIRE(bytes.data != NULL);
    if (event_read_submitted(bytes, arena, &event, &reason) == RC_OK) {
        fuzz_check_update(&event, arena);
        return;
    }
    REQUIRE(reason.code == REASON_TOO_LONG);
    REQUIRE(report_file_place(file, report, reason.field) <= SHEET_COLUMNS_MAX);
}

void fuzz_check_reports(struct slice input)
{
    struct arena *arena = fuzz_arena();
    struct report_file file;
    enum rc rc = report_file_read(input, &options, arena, &file);
    REQUIRE((rc == RC_OK) == (file.fault_count == 0) && (rc == RC_OK || file.count == 0));
    check_faults(&file, file.faults, file.fault_count);
    size_t row = 0;
    for (size_t i = 0; i < file.count; i++) {
        const struct report *report = &file.reports[i];
        REQUIRE(report->row > row || file.letters || row == report->row);
        row = report->row;
        check_faults(&file, report->faults, report->fault_count);
        if (report->fault_count == 0)
            check_event(&file, report, arena);
    }
}
