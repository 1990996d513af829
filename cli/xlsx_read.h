/* An Excel workbook (.xlsx, ECMA-376): the cells of its first worksheet that is not hidden. */
#ifndef DUBAN_CLI_XLSX_READ_H
#define DUBAN_CLI_XLSX_READ_H

#include "cli/sheet.h"

#include "base/arena.h"
#include "base/slice.h"

/* Whether the bytes begin like a workbook, of today or of before 2007; the latter is refused when it is read, and so is
 * one with a password, which looks the same. */
bool xlsx_read_concerns(struct slice bytes);

/* Gives every row that has cells to `take`. Cells stand where the file says, with gaps between them. Numbers come as
 * xlsx_number writes them, one shown as a percentage with its %, formulas as the value that Excel has computed last.
 * RC_OK, also when `take` has stopped it; RC_REFUSED with the fault when it is no workbook or beyond a bound. */
enum rc xlsx_read_rows(struct slice bytes, struct arena *arena, sheet_row_fn *take, void *context,
                       struct sheet_fault *out_fault) MUST_CHECK;

#endif
