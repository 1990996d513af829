#include "cli/csv_read.h"

#include "domain/text.h"

#include <csv.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

/* Encodings. */

/* The first byte that is not UTF-8; all of them when there is none. Control characters are told later, by cell; but a
 * zero would hide what follows it. */
static size_t utf8_bytes(struct slice text)
{
    size_t valid = 0;
    while (valid < text.bytes) {
        const uint8_t *rest = text.data + valid;
        size_t length = text_valid_bytes((const char *)rest, text.bytes - valid);
        if (length == 0 && rest[0] > 0 && rest[0] < 0x80)
            length = 1; /* C0 or DEL */
        else if (length == 0 && rest[0] == 0xc2 && valid + 1 < text.bytes && rest[1] >= 0x80 && rest[1] < 0xa0)
            length = 2; /* C1 */
        if (length == 0)
            break;
        valid += length;
    }
    return valid;
}

static bool from_gb18030(struct slice text, struct arena *arena, struct slice *out_text)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1)
        return false;
    size_t room = text.bytes * 2; /* two bytes become three at most */
    char *start = arena_alloc(arena, room), *out = start;
    REQUIRE(start != NULL);
    char *in = (char *)(uintptr_t)text.data;
    size_t left = text.bytes;
    bool converted = iconv(converter, &in, &left, &out, &room) != (size_t)-1 && left == 0;
    iconv_close(converter);
    *out_text = (struct slice){(const uint8_t *)start, (size_t)(out - start)};
    return converted && utf8_bytes(*out_text) == out_text->bytes;
}

static size_t line_of(struct slice text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text.data[i] == '\n';
    return line;
}

/* Whoever writes a mark says that it is UTF-8. Without one, bytes that are UTF-8 by chance do not happen in Chinese
 * text of more than a few characters. */
static enum rc decode(struct slice text, struct arena *arena, struct slice *out_text, struct sheet_fault *out_fault)
{
    bool marked = text.bytes >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    if (marked)
        text = (struct slice){text.data + 3, text.bytes - 3};
    *out_text = text;
    size_t valid = utf8_bytes(text);
    if (valid == text.bytes || (!marked && from_gb18030(text, arena, out_text)))
        return RC_OK;
    *out_fault = (struct sheet_fault){.row = line_of(text, valid)};
    return reason_set(&out_fault->reason, REASON_INVALID_TEXT, "line", "%s",
                      marked ? "标为 UTF-8，实则不是 marked as UTF-8 but is not"
                             : "既非 UTF-8 也非 GB18030 neither UTF-8 nor GB18030");
}

/* Lines. */

struct reading {
    struct arena *arena;
    sheet_row_fn *take;
    void *context;
    struct sheet_cell cells[SHEET_COLUMNS_MAX];
    size_t count; /* of cells of the row that is being read, also of those for which there is no room */
    size_t line, rows;
    bool stopped;
    enum rc rc;
    struct sheet_fault *fault;
};

static void refuse(struct reading *reading, enum reason_code code, const char *detail)
{
    if (reading->rc != RC_OK)
        return;
    *reading->fault = (struct sheet_fault){.row = reading->line};
    reading->rc = reason_set(&reading->fault->reason, code, "line", "%s", detail);
}

static void take_cell(void *text, size_t bytes, void *context)
{
    struct reading *reading = context;
    if (reading->count < SHEET_COLUMNS_MAX) {
        const char *copy = arena_must(arena_text(reading->arena, text == NULL ? "" : text, bytes));
        reading->cells[reading->count] = (struct sheet_cell){.text = copy};
    }
    reading->count++;
}

static void take_line(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    if (reading->count > SHEET_COLUMNS_MAX || ++reading->rows > SHEET_ROWS_MAX)
        refuse(reading, REASON_TOO_LONG, "");
    struct sheet_row row = {reading->line, reading->cells, reading->count};
    if (reading->rc == RC_OK && !reading->stopped && row.count > 0)
        reading->stopped = !reading->take(reading->context, &row);
    reading->count = 0;
}

enum rc csv_read_rows(struct slice text, struct arena *arena, sheet_row_fn *take, void *context,
                      struct sheet_fault *out_fault)
{
    if (decode(text, arena, &text, out_fault) != RC_OK)
        return RC_REFUSED;
    struct reading reading = {.arena = arena, .take = take, .context = context, .fault = out_fault};
    struct csv_parser parser;
    REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
    /* Line by line, so that a row knows where it stands. */
    size_t start = 0;
    while (start < text.bytes && reading.rc == RC_OK && !reading.stopped) {
        const uint8_t *feed = memchr(text.data + start, '\n', text.bytes - start);
        size_t length = feed == NULL ? text.bytes - start : (size_t)(feed - text.data) + 1 - start;
        reading.line++;
        if (csv_parse(&parser, text.data + start, length, take_cell, take_line, &reading) != length)
            refuse(&reading, REASON_INVALID_SYNTAX, "引号位置有误 a quote inside a cell");
        start += length;
    }
    if (reading.rc == RC_OK && !reading.stopped && csv_fini(&parser, take_cell, take_line, &reading) != 0)
        refuse(&reading, REASON_INVALID_SYNTAX, "引号未结束 a quote that does not end");
    csv_free(&parser);
    return reading.rc;
}
