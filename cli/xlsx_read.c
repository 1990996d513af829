#include "cli/xlsx_read.h"

#include "cli/xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the cells hold together. Cells share texts, so that a small worksheet could show endless ones. */
#define SHOWN_MAX_BYTES ((size_t)256 << 20)

/* What is read of the worksheet, and the cell that is being read. */
struct reading {
    struct arena *arena;
    const struct xlsx_book *book;
    sheet_row_fn *take;
    void *context;
    struct sheet_fault *fault;
    bool stopped; /* by `take` */
    bool in_data, in_row, in_cell, in_reading_aid, in_text;
    size_t row, shown;
    struct sheet_cell cells[SHEET_COLUMNS_MAX];
    size_t count;  /* of cells of the row, up to the last that has something in it */
    size_t column; /* of the cell, from 1 */
    char kind[16]; /* attribute t */
    size_t style;  /* attribute s */
    struct xlsx_text text;
};

static bool refuse(struct reading *reading, enum reason_code code, const char *what)
{
    char where[32];
    snprintf(where, sizeof where, "%zu", reading->row);
    reading->fault->row = reading->row;
    return xlsx_refuse(&reading->fault->reason, code, what, where) == RC_OK;
}

/* A whole number from 1 to max; false for anything else. */
static bool read_number(const char *text, size_t max, size_t *out_number)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 9 || text[length] != '\0')
        return false;
    *out_number = strtoul(text, NULL, 10);
    return *out_number >= 1 && *out_number <= max;
}

static bool start_row(struct reading *reading, const char *const *attributes)
{
    const char *number = xlsx_attribute(attributes, "r");
    size_t before = reading->row;
    if (reading->in_row)
        return refuse(reading, REASON_INVALID_SYNTAX, "行内有行 a row inside a row, row");
    reading->row++;
    if ((number != NULL && !read_number(number, SHEET_ROWS_MAX, &reading->row)) || reading->row <= before ||
        reading->row > SHEET_ROWS_MAX)
        return refuse(reading, REASON_INVALID_SYNTAX, "行号有误 a wrong number of a row, after");
    reading->count = reading->column = 0;
    reading->in_row = true;
    return true;
}

/* The column of "AB12", from 1; 0 when it is none. */
static size_t column_of(const char *reference)
{
    size_t column = 0;
    for (; *reference >= 'A' && *reference <= 'Z' && column <= 16384; reference++)
        column = column * 26 + (size_t)(*reference - 'A') + 1;
    return *reference >= '1' && *reference <= '9' ? column : 0;
}

static bool start_cell(struct reading *reading, const char *const *attributes)
{
    const char *reference = xlsx_attribute(attributes, "r");
    const char *kind = xlsx_attribute(attributes, "t"), *style = xlsx_attribute(attributes, "s");
    size_t column = reference == NULL ? reading->column + 1 : column_of(reference);
    if (!reading->in_row || reading->in_cell || column <= reading->column)
        return refuse(reading, REASON_INVALID_SYNTAX, "单元格位置有误 a cell at a wrong place, row");
    reading->column = column;
    reading->in_cell = true;
    snprintf(reading->kind, sizeof reading->kind, "%s", kind == NULL ? "n" : kind);
    reading->style = style == NULL ? 0 : strtoul(style, NULL, 10);
    xlsx_text_clear(&reading->text);
    return true;
}

static bool start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    if (strcmp(name, "sheetData") == 0)
        reading->in_data = true;
    if (!reading->in_data)
        return true;
    if (strcmp(name, "row") == 0)
        return start_row(reading, attributes);
    if (strcmp(name, "c") == 0)
        return start_cell(reading, attributes);
    if (strcmp(name, "rPh") == 0)
        reading->in_reading_aid = true;
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        reading->in_text = reading->in_cell && !reading->in_reading_aid;
    return true;
}

static void take_text(void *context, const char *text, size_t bytes)
{
    struct reading *reading = context;
    if (reading->in_text)
        xlsx_text_add(&reading->text, text, bytes);
}

static const char *keep(struct reading *reading, const char *text)
{
    return arena_must(arena_copy(reading->arena, text));
}

/* A number: as a date it has a day, too; as a percentage it is written as it is shown, so that nobody's 77.05% is taken
 * for 0.7705. What is no number stays as it is. */
static struct sheet_cell number_cell(struct reading *reading, const char *text)
{
    enum xlsx_style style =
        reading->style < reading->book->style_count ? reading->book->styles[reading->style] : XLSX_STYLE_NUMBER;
    char number[XLSX_NUMBER_BYTES + 1], day[DAY_TEXT_BYTES];
    if (!xlsx_number(text, style == XLSX_STYLE_PERCENT ? 2 : 0, number))
        return (struct sheet_cell){.text = keep(reading, text)};
    if (style == XLSX_STYLE_PERCENT)
        memcpy(number + strlen(number), "%", 2);
    bool has_day = style == XLSX_STYLE_DATE && xlsx_day(number, reading->book->date1904, day);
    return (struct sheet_cell){.text = keep(reading, number), .day = has_day ? keep(reading, day) : NULL};
}

/* A day in text, "2020-04-30T00:00:00". */
static struct sheet_cell day_cell(struct reading *reading, const char *text)
{
    const char *day = arena_must(arena_text(reading->arena, text, strcspn(text, "T")));
    return (struct sheet_cell){.text = keep(reading, text), .day = day};
}

/* Makes the cell of its text. False for a shared text that does not exist. */
static bool make_cell(struct reading *reading, const char *text, struct sheet_cell *out_cell)
{
    const char *kind = reading->kind;
    if (strcmp(kind, "s") == 0) {
        size_t length = strspn(text, "0123456789"), index = strtoul(text, NULL, 10);
        if (length == 0 || length > 9 || text[length] != '\0' || index >= reading->book->text_count)
            return false;
        *out_cell = (struct sheet_cell){.text = reading->book->texts[index]};
    } else if (strcmp(kind, "n") == 0) {
        *out_cell = number_cell(reading, text);
    } else if (strcmp(kind, "d") == 0) {
        *out_cell = day_cell(reading, text);
    } else if (strcmp(kind, "b") == 0) {
        *out_cell = (struct sheet_cell){.text = strcmp(text, "1") == 0 ? "TRUE" : "FALSE"};
    } else { /* a text, of a formula or in place, or an error such as #N/A, which people see as that */
        *out_cell = (struct sheet_cell){.text = keep(reading, text)};
    }
    return true;
}

static bool end_cell(struct reading *reading)
{
    struct sheet_cell cell;
    reading->in_cell = false;
    if (reading->text.too_long)
        return refuse(reading, REASON_TOO_LONG, "文本超过 32767 字 a text beyond 32,767 characters, row");
    if (reading->text.length == 0) /* a border, a colour */
        return true;
    if (!make_cell(reading, reading->text.bytes, &cell))
        return refuse(reading, REASON_INVALID_SYNTAX, "共享文本不存在 no such shared text, row");
    if (reading->column > SHEET_COLUMNS_MAX)
        return refuse(reading, REASON_TOO_LONG, "列过多 too many columns, row");
    reading->shown += strlen(cell.text) + 1;
    if (reading->shown > SHOWN_MAX_BYTES)
        return refuse(reading, REASON_TOO_LONG, "内容超过 256 MiB more than 256 MiB in cells, row");
    while (reading->count < reading->column)
        reading->cells[reading->count++] = (struct sheet_cell){.text = ""};
    reading->cells[reading->column - 1] = cell;
    return true;
}

static bool end_row(struct reading *reading)
{
    reading->in_row = false;
    struct sheet_row row = {reading->row, reading->cells, reading->count};
    reading->stopped = row.count > 0 && !reading->take(reading->context, &row);
    return !reading->stopped;
}

static bool end(void *context, const char *name)
{
    struct reading *reading = context;
    if (strcmp(name, "sheetData") == 0)
        reading->in_data = false;
    if (!reading->in_data)
        return true;
    if (strcmp(name, "rPh") == 0)
        reading->in_reading_aid = false;
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        reading->in_text = false;
    else if (strcmp(name, "c") == 0)
        return end_cell(reading);
    else if (strcmp(name, "row") == 0)
        return end_row(reading);
    return true;
}

static const char zip_mark[] = "PK\3\4", old_mark[] = "\xd0\xcf\x11\xe0";

static bool begins(struct slice bytes, const char mark[5])
{
    return bytes.bytes >= 4 && memcmp(bytes.data, mark, 4) == 0;
}

bool xlsx_read_concerns(struct slice bytes)
{
    return begins(bytes, zip_mark) || begins(bytes, old_mark);
}

enum rc xlsx_read_rows(struct slice bytes, struct arena *arena, sheet_row_fn *take, void *context,
                       struct sheet_fault *out_fault)
{
    static const struct xlsx_handler handler = {start, end, take_text};
    *out_fault = (struct sheet_fault){0};
    if (begins(bytes, old_mark))
        return xlsx_refuse(&out_fault->reason, REASON_INVALID_SYNTAX,
                           "请另存为不带密码的 .xlsx save it as .xlsx without a password", "");
    struct xlsx_package *package;
    if (xlsx_package_open(bytes, &package, &out_fault->reason) != RC_OK)
        return RC_REFUSED;
    struct xlsx_book book;
    struct reading *reading = calloc(1, sizeof *reading);
    REQUIRE(reading != NULL);
    *reading = (struct reading){.arena = arena, .book = &book, .take = take, .context = context, .fault = out_fault};
    enum rc rc = xlsx_book_read(package, arena, &book, &out_fault->reason);
    if (rc == RC_OK)
        rc = xlsx_part_read(package, book.sheet, &handler, reading, &out_fault->reason);
    if (reading->stopped)
        rc = RC_OK;
    xlsx_text_done(&reading->text);
    free(reading);
    xlsx_book_done(&book);
    xlsx_package_close(&package);
    return rc;
}
