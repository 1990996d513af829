/* Rows of cells as they stand in a file, whichever kind of file it is. */
#ifndef DUBAN_CLI_SHEET_H
#define DUBAN_CLI_SHEET_H

#include "domain/reason.h"

#include <stddef.h>

/* What a file may hold at most. A worksheet of Excel has as many rows; its columns are 16,384, of which nobody fills
 * this many. */
#define SHEET_ROWS_MAX 1048576
#define SHEET_COLUMNS_MAX 1024

struct sheet_cell {
    const char *text; /* never null, "" where nothing stands */
    const char *day;  /* YYYY-MM-DD where a number is shown as a date; else null */
};

struct sheet_row {
    size_t number;                  /* in the file, from 1 */
    const struct sheet_cell *cells; /* as many as SHEET_COLUMNS_MAX at most; the texts stay in the reader's arena */
    size_t count;
};

/* Takes the next row that has cells; false to stop. */
typedef bool sheet_row_fn(void *context, const struct sheet_row *row);

/* What is wrong, and where. */
struct sheet_fault {
    size_t row, column; /* from 1; 0: it is no one row, no one column */
    struct reason reason;
};

#endif
