/* Rows for people, spreadsheets and scripts: an aligned table, CSV (RFC 4180) or JSON. */
#ifndef DUBAN_CLI_TABLE_H
#define DUBAN_CLI_TABLE_H

#include "base/err.h"

#include <stddef.h>

enum table_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

/* "table", "csv" or "json"; false otherwise. */
bool table_format_find(const char *name, enum table_format *out_format) MUST_CHECK;

struct column {
    const char *key;   /* in CSV and JSON */
    const char *title; /* in the table; null: not shown there */
    bool right;        /* numbers are aligned to the right */
};

struct table;

/* The columns are borrowed. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table **table);

/* Begins a row, of empty cells; and sets a cell of it. The text is copied. */
void table_row(struct table *table);
void table_set(struct table *table, size_t column, const char *text);

/* Prints on standard output. */
void table_print(const struct table *table, enum table_format format);

#endif
