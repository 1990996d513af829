/* A file of reports: CSV with a header, or a JSON array of objects with the same names. */
#ifndef DUBAN_CLI_REPORT_FILE_H
#define DUBAN_CLI_REPORT_FILE_H

#include "wire/cloudevent.h"

/* One row, as the event it becomes; or what is wrong with it. */
struct report {
    size_t row; /* in the file: the line of a CSV row's end, the place of a JSON object, both from 1 */
    bool good;
    struct event event;
    struct reason problem;
};

struct report_options {
    const char *source;   /* of the events */
    const char *division; /* where the file has none; may be null */
};

/* Reads all rows into the arena. RC_REFUSED, with the problem, when the file as a whole is no such file: no header, an
 * unknown, missing or repeated column, a quote that does not end, JSON that is not an array of objects. */
enum rc report_file_read(struct slice text, const struct report_options *options, struct arena *arena,
                         struct report **out_reports, size_t *out_count, struct reason *out_problem) MUST_CHECK;

/* Help on the columns. */
extern const char report_file_help[];

#endif
