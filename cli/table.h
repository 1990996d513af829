/* Rows for people, spreadsheets and scripts: an aligned table, CSV (RFC 4180) and workbooks as Excel opens them, or
 * JSON. */
#ifndef DUBAN_CLI_TABLE_H
#define DUBAN_CLI_TABLE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum table_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_XLSX };

/* "table", "csv", "json" or "xlsx"; false otherwise. */
bool table_format_find(const char *name, enum table_format *out_format) MUST_CHECK;

struct column {
    const char *key;   /* in CSV and JSON */
    const char *title; /* in the table and the workbook; null: not shown in the table */
    bool right;        /* numbers are aligned to the right, and are numbers in a workbook */
};

struct table;

/* The columns are borrowed. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table **table);

/* Begins a row, of empty cells; and sets a cell of it. The text is copied. */
void table_row(struct table *table);
void table_set(struct table *table, size_t column, const char *text);
void table_set_number(struct table *table, size_t column, uint64_t number);

/* Whether standard output can take the format: a workbook is nothing for a terminal. */
bool table_format_fits(enum table_format format) MUST_CHECK;

/* Prints on standard output. Only a workbook can fail: false, after a message on standard error.
 *
 * CSV begins with the mark of UTF-8, without which Excel in China reads GB18030. A cell that a spreadsheet would take
 * for a formula gets a ' before it (https://owasp.org/www-community/attacks/CSV_Injection): texts come from whoever may
 * report, and who opens the file must not run what they wrote. */
bool table_print(const struct table *table, enum table_format format);

/* Prints, frees, and returns the exit status: EXIT_DONE or EXIT_USAGE. */
int table_finish(struct table **table, enum table_format format);

#endif
