/* What a workbook says about itself: which worksheet is its first, its shared texts, and how its numbers are shown. */
#ifndef DUBAN_CLI_XLSX_BOOK_H
#define DUBAN_CLI_XLSX_BOOK_H

#include "cli/xlsx_part.h"
#include "cli/xlsx_value.h"

#include "base/arena.h"

struct xlsx_book {
    const char *sheet; /* path of the part of the first worksheet that is not hidden */
    bool date1904;
    const char **texts; /* shared by cells */
    size_t text_count, text_capacity;
    enum xlsx_style *styles; /* of cells */
    size_t style_count, style_capacity;
};

/* Texts go into the arena. RC_REFUSED with the reason when it is no workbook or has no worksheet; then, too, the book
 * must be done. */
enum rc xlsx_book_read(struct xlsx_package *package, struct arena *arena, struct xlsx_book *out_book,
                       struct reason *out_problem) MUST_CHECK;
void xlsx_book_done(struct xlsx_book *book);

#endif
