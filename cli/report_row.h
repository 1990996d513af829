/* From a row of a file of reports to the event that it becomes. */
#ifndef DUBAN_CLI_REPORT_ROW_H
#define DUBAN_CLI_REPORT_ROW_H

#include "cli/report_file.h"

struct report_row {
    const char *cells[COLUMNS]; /* in the one form of each column; never null */
};

/* Called with each fault that is found, and the column in which it is. */
typedef void report_fault_fn(void *context, enum report_column column, const struct reason *reason);

/* Checks the row and writes its event into the report, or calls `fault` at least once. */
void report_row_read(struct report_row *row, const struct report_options *options, struct arena *arena,
                     report_fault_fn *fault, void *context, struct report *report);

#endif
