/* CSV (RFC 4180) as it comes from people: UTF-8 with or without a mark, or GB18030, which is what Excel writes in China
 * when it is asked for plain CSV. */
#ifndef DUBAN_CLI_CSV_READ_H
#define DUBAN_CLI_CSV_READ_H

#include "cli/sheet.h"

#include "base/arena.h"
#include "base/slice.h"

/* Gives every line that is not empty to `take`; the number of a row is that of the line at which it ends. RC_OK, also
 * when `take` has stopped it; RC_REFUSED with the fault: INVALID_TEXT when it is neither encoding, INVALID_SYNTAX for
 * quotes, TOO_LONG. */
enum rc csv_read_rows(struct slice text, struct arena *arena, sheet_row_fn *take, void *context,
                      struct sheet_fault *out_fault) MUST_CHECK;

#endif
