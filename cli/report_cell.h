/* What people write into a cell, brought to one form, so that the same fact is the same in every file. What is in no
 * form that is known stays as it was written, and is refused later under the eyes of whoever wrote it. */
#ifndef DUBAN_CLI_REPORT_CELL_H
#define DUBAN_CLI_REPORT_CELL_H

#include "base/arena.h"

/* Each takes a text and returns it, or another from the arena. */

/* Without blanks at its ends. */
const char *report_cell_text(const char *text, struct arena *arena);

/* Full-width letters, digits and signs become those of ASCII, too: "４１０１０２". For codes. */
const char *report_cell_code(const char *text, struct arena *arena);

/* "1,234,567.80" becomes "1234567.8". */
const char *report_cell_number(const char *text, struct arena *arena);

/* 2020/4/30, 2020.4.30, 2020-4-30 and 2020年4月30日 become 2020-04-30. */
const char *report_cell_day(const char *text, struct arena *arena);

/* A list "started=2020/6/30；opened=…" of days. */
const char *report_cell_deadlines(const char *text, struct arena *arena);

#endif
