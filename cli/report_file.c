#include "cli/report_file.h"

#include "cli/csv_read.h"
#include "cli/report_row.h"
#include "cli/xlsx_read.h"
#include "domain/text.h"

#include "base/map.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file while it is read. */
struct reading {
    const struct report_options *options;
    struct arena *arena;
    struct report_file *file;
    enum rc rc;
    struct report *reports;
    size_t capacity;
    struct sheet_fault *faults; /* of the row that is being read, or of the file */
    size_t fault_count, fault_capacity;
    size_t row;
    /* CSV and workbooks */
    bool headed;
    enum report_column columns[SHEET_COLUMNS_MAX]; /* of the file, as far as the header goes; COLUMNS where it is blank
                                                    */
};

static void add_fault(struct reading *reading, size_t column, const struct reason *reason)
{
    reading->faults =
        array_grow(reading->faults, reading->fault_count, &reading->fault_capacity, sizeof *reading->faults);
    reading->faults[reading->fault_count++] = (struct sheet_fault){reading->row, column, *reason};
}

static void PRINTF_LIKE(5, 6)
    fault(struct reading *reading, size_t column, enum reason_code code, const char *field, const char *format, ...)
{
    char detail[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    struct reason reason;
    (void)reason_set(&reason, code, field, "%s", detail);
    add_fault(reading, column, &reason);
}

/* A copy of the faults that were found, which are then forgotten. */
static struct sheet_fault *take_faults(struct reading *reading, size_t *out_count)
{
    struct sheet_fault *faults = arena_must(arena_array(reading->arena, reading->fault_count, sizeof *faults));
    if (reading->fault_count > 0)
        memcpy(faults, reading->faults, reading->fault_count * sizeof *faults);
    *out_count = reading->fault_count;
    reading->fault_count = 0;
    return faults;
}

/* Rows. */

/* A column that the file does not have is told by both its names; one that it has, by the heading. */
static void take_fault(void *context, enum report_column column, const struct reason *reason)
{
    struct reading *reading = context;
    size_t place = reading->file->places[column];
    if (reason->code == REASON_MISSING_FIELD && place == 0)
        fault(reading, 0, reason->code, reason->field, "%s %s", report_column_name_zh(column),
              report_column_name(column));
    else if (reason->code == REASON_MISSING_FIELD)
        fault(reading, place, reason->code, reason->field, "%s", "");
    else
        add_fault(reading, place, reason);
}

/* Ends a row: it becomes a report, of an event unless faults were found before or are now. */
static void add_report(struct reading *reading, struct report_row *row)
{
    struct report_file *file = reading->file;
    struct report report = {.row = reading->row};
    if (reading->fault_count == 0)
        report_row_read(row, reading->options, reading->arena, take_fault, reading, &report);
    if (reading->fault_count > 0)
        report.faults = take_faults(reading, &report.fault_count);
    reading->reports = array_grow(reading->reports, file->count, &reading->capacity, sizeof *reading->reports);
    reading->reports[file->count++] = report;
}

static struct report_row empty_row(void)
{
    struct report_row row;
    for (int column = 0; column < COLUMNS; column++)
        row.cells[column] = "";
    return row;
}

/* CSV and workbooks. */

/* The heading as it may be told in one line, and to a terminal: blanks in the place of control characters. */
static const char *clean_heading(struct reading *reading, const char *text)
{
    char *heading = arena_must(arena_copy(reading->arena, report_cell_text(text, reading->arena)));
    size_t length = strlen(heading);
    for (size_t valid = 0; (valid += text_valid_bytes(heading + valid, length - valid)) < length;)
        heading[valid++] = ' ';
    return heading;
}

static bool take_header(struct reading *reading, const struct sheet_row *row)
{
    struct report_file *file = reading->file;
    file->headings = arena_must(arena_array(reading->arena, row->count, sizeof *file->headings));
    for (size_t i = 0; i < row->count; i++) {
        const char *heading = file->headings[i] = clean_heading(reading, row->cells[i].text);
        enum report_column column;
        reading->columns[i] = COLUMNS;
        file->heading_count = i + 1;
        if (*heading == '\0')
            continue;
        if (!report_column_find(heading, &column)) {
            fault(reading, i + 1, REASON_UNKNOWN_FIELD, heading, "%s", "");
        } else if (file->places[column] > 0) {
            fault(reading, i + 1, REASON_DUPLICATE_IDENTIFIER, report_column_name(column), "%s",
                  file->headings[file->places[column] - 1]);
        } else {
            reading->columns[i] = column;
            file->places[column] = i + 1;
        }
    }
    if (reading->fault_count > 0)
        reading->rc = RC_REFUSED;
    return reading->rc == RC_OK;
}

static bool blank(const struct sheet_row *row, struct arena *arena)
{
    for (size_t i = 0; i < row->count; i++)
        if (*report_cell_text(row->cells[i].text, arena) != '\0')
            return false;
    return true;
}

static bool take_row(void *context, const struct sheet_row *row)
{
    struct reading *reading = context;
    struct report_file *file = reading->file;
    reading->row = row->number;
    if (blank(row, reading->arena))
        return true;
    if (!reading->headed) {
        reading->headed = true;
        return take_header(reading, row);
    }
    struct report_row cells = empty_row();
    size_t lost = 0; /* the first cell without a heading */
    for (size_t i = 0; i < row->count; i++) {
        enum report_column column = i < file->heading_count ? reading->columns[i] : COLUMNS;
        if (column < COLUMNS)
            cells.cells[column] = report_column_normal(column, &row->cells[i], reading->arena);
        else if (lost == 0 && *report_cell_text(row->cells[i].text, reading->arena) != '\0')
            lost = i + 1;
    }
    if (lost > 0)
        fault(reading, lost, REASON_INVALID_SYNTAX, "", "本列没有列名 a column without a heading: %.60s",
              row->cells[lost - 1].text);
    else if (!file->letters && row->count < file->heading_count) /* a worksheet ends its rows where nothing follows */
        fault(reading, 0, REASON_INVALID_SYNTAX, "", "单元格数 cells: %zu ≠ %zu", row->count, file->heading_count);
    add_report(reading, &cells);
    return true;
}

static void read_sheet(struct reading *reading, struct slice text)
{
    struct sheet_fault found = {0};
    reading->file->letters = xlsx_read_concerns(text);
    enum rc rc = reading->file->letters ? xlsx_read_rows(text, reading->arena, take_row, reading, &found)
                                        : csv_read_rows(text, reading->arena, take_row, reading, &found);
    if (rc == RC_OK && reading->headed)
        return;
    reading->row = rc == RC_OK ? 1 : found.row;
    if (rc == RC_OK)
        fault(reading, 0, REASON_MISSING_FIELD, "header", "%s", "列名 header");
    else
        add_fault(reading, found.column, &found.reason);
    reading->rc = RC_REFUSED;
}

/* JSON. */

/* The text of a value; null for what is neither text nor whole number, for a binary fraction would not be what the
 * sender meant. */
static const char *json_text(struct reading *reading, const json_t *value)
{
    const char *text = NULL;
    if (json_is_string(value))
        text = arena_text(reading->arena, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text = arena_printf(reading->arena, "%lld", (long long)json_integer_value(value));
    return text;
}

static void take_object(struct reading *reading, const char *place, json_t *object)
{
    struct report_row row = empty_row();
    bool taken[COLUMNS] = {false};
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        enum report_column column;
        struct sheet_cell cell = {.text = json_text(reading, value)};
        if (!report_column_find(key, &column)) {
            fault(reading, 0, REASON_UNKNOWN_FIELD, place, "%s", key);
        } else if (taken[column]) {
            fault(reading, 0, REASON_DUPLICATE_IDENTIFIER, place, "%s", key);
        } else if (cell.text == NULL) {
            fault(reading, 0, REASON_INVALID_SYNTAX, place, "%s", "values are strings or whole numbers");
        } else {
            taken[column] = true;
            row.cells[column] = report_column_normal(column, &cell, reading->arena);
        }
    }
    if (reading->fault_count > 0)
        reading->rc = RC_REFUSED;
    else
        add_report(reading, &row);
}

static void read_json(struct reading *reading, struct slice text)
{
    json_error_t error;
    json_t *rows = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(rows)) {
        reading->row = rows == NULL && error.line > 0 ? (size_t)error.line : 1;
        fault(reading, rows == NULL && error.column > 0 ? (size_t)error.column : 0, REASON_INVALID_SYNTAX, "json",
              "%.120s", rows == NULL ? error.text : "not an array");
        reading->rc = RC_REFUSED;
    }
    for (size_t i = 0; reading->rc == RC_OK && i < json_array_size(rows); i++) {
        char place[32];
        snprintf(place, sizeof place, "[%zu]", i);
        json_t *object = json_array_get(rows, i);
        reading->row = i + 1;
        if (json_is_object(object)) {
            take_object(reading, place, object);
            continue;
        }
        fault(reading, 0, REASON_INVALID_SYNTAX, place, "%s", "not an object");
        reading->rc = RC_REFUSED;
    }
    json_decref(rows);
}

/* The file. */

static struct slice without_mark(struct slice text)
{
    bool marked = text.bytes >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    return marked ? (struct slice){text.data + 3, text.bytes - 3} : text;
}

static bool json_begins(struct slice text)
{
    size_t start = 0;
    while (start < text.bytes && text.data[start] != '\0' && strchr(" \t\r\n", text.data[start]) != NULL)
        start++;
    return start < text.bytes && (text.data[start] == '[' || text.data[start] == '{');
}

enum rc report_file_read(struct slice text, const struct report_options *options, struct arena *arena,
                         struct report_file *out_file)
{
    *out_file = (struct report_file){0};
    struct reading *reading = calloc(1, sizeof *reading);
    REQUIRE(reading != NULL);
    *reading = (struct reading){.options = options, .arena = arena, .file = out_file};
    if (json_begins(without_mark(text)))
        read_json(reading, without_mark(text));
    else
        read_sheet(reading, text);
    out_file->reports = arena_must(arena_array(arena, out_file->count, sizeof *out_file->reports));
    if (out_file->count > 0)
        memcpy(out_file->reports, reading->reports, out_file->count * sizeof *out_file->reports);
    out_file->faults = take_faults(reading, &out_file->fault_count);
    enum rc rc = reading->rc;
    if (rc != RC_OK)
        out_file->count = 0;
    free(reading->reports);
    free(reading->faults);
    free(reading);
    return rc;
}

size_t report_file_place(const struct report_file *file, const struct report *report, const char *field)
{
    enum report_column column;
    return report_column_of_field(report->kind, field, &column) ? file->places[column] : 0;
}

char *report_file_column(const struct report_file *file, size_t column, char out_text[REPORT_COLUMN_BYTES])
{
    snprintf(out_text, REPORT_COLUMN_BYTES, column == 0 ? "-" : "%zu", column);
    if (!file->letters || column == 0)
        return out_text;
    char *out = out_text + REPORT_COLUMN_BYTES;
    *--out = '\0';
    for (size_t rest = column; rest > 0; rest = (rest - 1) / 26)
        *--out = (char)('A' + (rest - 1) % 26);
    return memmove(out_text, out, strlen(out) + 1);
}

const char *report_file_heading(const struct report_file *file, size_t column)
{
    return column == 0 || column > file->heading_count ? "" : file->headings[column - 1];
}
