/* A table as an Excel workbook (.xlsx). */
#ifndef DUBAN_CLI_TABLE_XLSX_H
#define DUBAN_CLI_TABLE_XLSX_H

#include "cli/table.h"

/* Writes the cells, row by row, `cell_count` in all, to a file. Cells are text, never formulas; those of columns on the
 * right are numbers where a number holds them exactly. RC_FAILED with the text when it cannot be written, RC_REFUSED
 * when a worksheet has no room for it. */
enum rc table_xlsx_write(const struct column *columns, size_t column_count, char *const *cells, size_t cell_count,
                         const char *path, struct err *err) MUST_CHECK;

#endif
