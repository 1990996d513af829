/* A file of reports, from officials or from other systems: CSV or an Excel workbook with a header, or a JSON array of
 * objects with the same names. */
#ifndef DUBAN_CLI_REPORT_FILE_H
#define DUBAN_CLI_REPORT_FILE_H

#include "cli/report_columns.h"

#include "wire/cloudevent.h"

/* One row, as the event it becomes; or what is wrong with it. */
struct report {
    size_t row; /* in the file: the line of a CSV row's end, the row of a worksheet, the place of a JSON object */
    const struct sheet_fault *faults;
    size_t fault_count; /* 0: the event is good */
    enum update_kind kind;
    struct event event;
};

struct report_file {
    struct report *reports;
    size_t count;
    struct sheet_fault *faults; /* of the file as a whole */
    size_t fault_count;
    /* How columns are told. */
    bool letters;          /* as in Excel */
    const char **headings; /* as they stand in the file */
    size_t heading_count;
    size_t places[COLUMNS]; /* which column of the file it is, from 1; 0 when the file has no such column */
};

struct report_options {
    const char *source;   /* of the events */
    const char *division; /* where the file has none; may be null */
};

/* Reads all rows into the arena. RC_REFUSED, with the faults of the file and nothing else, when it is no such file: no
 * header, unknown or repeated columns, a quote that does not end, a workbook without a worksheet, JSON that is not an
 * array of objects. Rows in which nothing stands are skipped. */
enum rc report_file_read(struct slice text, const struct report_options *options, struct arena *arena,
                         struct report_file *out_file) MUST_CHECK;

/* Where in the file stands what became of a field of a report's event ("data.value"): its column, from 1, or 0. */
size_t report_file_place(const struct report_file *file, const struct report *report, const char *field);

/* A column as people look for it: "4" in CSV, "D" in a workbook, "-" for 0. Returns out_text. */
#define REPORT_COLUMN_BYTES 24
char *report_file_column(const struct report_file *file, size_t column, char out_text[REPORT_COLUMN_BYTES]);

/* The heading of a column, "" for 0. */
const char *report_file_heading(const struct report_file *file, size_t column);

#endif
