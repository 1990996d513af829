#include "cli/table.h"

#include "cli/cli.h"
#include "cli/table_xlsx.h"

#include "base/map.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct table {
    const struct column *columns;
    size_t column_count;
    char **cells; /* row by row */
    size_t count, capacity;
};

bool table_format_find(const char *name, enum table_format *out_format)
{
    static const char *const names[] = {"table", "csv", "json", "xlsx"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out_format = (enum table_format)i;
            return true;
        }
    return false;
}

struct table *table_new(const struct column *columns, size_t count)
{
    struct table *table = calloc(1, sizeof *table);
    REQUIRE(table != NULL);
    table->columns = columns;
    table->column_count = count;
    return table;
}

void table_free(struct table **table)
{
    if (*table == NULL)
        return;
    for (size_t i = 0; i < (*table)->count; i++)
        free((*table)->cells[i]);
    free((*table)->cells);
    free(*table);
    *table = NULL;
}

static char *copy(const char *text)
{
    char *copied = strdup(text);
    REQUIRE(copied != NULL);
    return copied;
}

void table_row(struct table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        table->cells = array_grow(table->cells, table->count, &table->capacity, sizeof *table->cells);
        table->cells[table->count++] = copy("");
    }
}

void table_set(struct table *table, size_t column, const char *text)
{
    REQUIRE(column < table->column_count && table->count >= table->column_count);
    char **cell = &table->cells[table->count - table->column_count + column];
    free(*cell);
    *cell = copy(text);
}

void table_set_number(struct table *table, size_t column, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    table_set(table, column, text);
}

/* "-12.50": what begins with a sign and is no formula. */
static bool plain_decimal(const char *text)
{
    text += *text == '-';
    size_t whole = strspn(text, "0123456789");
    text += whole;
    size_t places = *text == '.' ? strspn(text + 1, "0123456789") : 0;
    return whole > 0 && text[places > 0 ? places + 1 : 0] == '\0';
}

/* The full-width signs count as well where a Chinese or Japanese Excel reads them. */
static bool like_a_formula(const char *text)
{
    static const char *const begins[] = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(text, begins[i], strlen(begins[i])) == 0)
            return !plain_decimal(text);
    return false;
}

static void print_csv_cell(const char *text)
{
    const char *guard = like_a_formula(text) ? "'" : "";
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        printf("%s%s", guard, text);
        return;
    }
    printf("\"%s", guard);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct table *table)
{
    fputs("\ufeff", stdout);
    for (size_t c = 0; c < table->column_count; c++) {
        print_csv_cell(table->columns[c].key);
        fputs(c + 1 < table->column_count ? "," : "\r\n", stdout);
    }
    for (size_t i = 0; i < table->count; i++) {
        print_csv_cell(table->cells[i]);
        fputs((i + 1) % table->column_count != 0 ? "," : "\r\n", stdout);
    }
}

static void print_json(const struct table *table)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < table->count; i += table->column_count) {
        json_t *row = json_object();
        for (size_t c = 0; c < table->column_count; c++)
            json_object_set_new(row, table->columns[c].key, json_string(table->cells[i + c]));
        json_array_append_new(rows, row);
    }
    json_dumpf(rows, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(rows);
}

static void print_aligned(const struct table *table)
{
    struct libscols_table *out = scols_new_table();
    REQUIRE(out != NULL);
    for (size_t c = 0; c < table->column_count; c++)
        if (table->columns[c].title != NULL)
            REQUIRE(scols_table_new_column(out, table->columns[c].title, 0,
                                           table->columns[c].right ? SCOLS_FL_RIGHT : 0) != NULL);
    for (size_t i = 0; i < table->count; i += table->column_count) {
        struct libscols_line *line = scols_table_new_line(out, NULL);
        REQUIRE(line != NULL);
        size_t shown = 0;
        for (size_t c = 0; c < table->column_count; c++)
            if (table->columns[c].title != NULL)
                REQUIRE(scols_line_set_data(line, shown++, table->cells[i + c]) == 0);
    }
    scols_print_table(out);
    scols_unref_table(out);
}

/* Copies a file to standard output. */
static enum rc pour(FILE *file, struct err *err)
{
    char piece[65536];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        if (fwrite(piece, 1, got, stdout) != got)
            return err_set(err, RC_FAILED, "writing the workbook: %s", strerror(errno));
    if (ferror(file) || fflush(stdout) != 0)
        return err_set(err, RC_FAILED, "writing the workbook: %s", strerror(errno));
    return RC_OK;
}

/* By way of a file, because the writer of workbooks wants a name. Nothing of it stays, also when the reader of standard
 * output has gone. */
static bool print_xlsx(const struct table *table)
{
    const char *folder = getenv("TMPDIR");
    char path[512];
    struct err err;
    snprintf(path, sizeof path, "%s/duban-XXXXXX", folder == NULL || *folder == '\0' ? "/tmp" : folder);
    int descriptor = mkstemp(path);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "rb");
    if (file == NULL)
        return fail(EXIT_USAGE, "%s: %s", path, strerror(errno)), false;
    enum rc rc = table_xlsx_write(table->columns, table->column_count, table->cells, table->count, path, &err);
    unlink(path);
    if (rc == RC_OK)
        rc = pour(file, &err);
    fclose(file);
    if (rc != RC_OK)
        fail(EXIT_USAGE, "%s", err.text);
    return rc == RC_OK;
}

bool table_format_fits(enum table_format format)
{
    return format != FORMAT_XLSX || !isatty(STDOUT_FILENO);
}

bool table_print(const struct table *table, enum table_format format)
{
    if (format == FORMAT_XLSX)
        return print_xlsx(table);
    if (format == FORMAT_CSV)
        print_csv(table);
    else if (format == FORMAT_JSON)
        print_json(table);
    else
        print_aligned(table);
    return true;
}

int table_finish(struct table **table, enum table_format format)
{
    bool printed = table_print(*table, format);
    table_free(table);
    return printed ? EXIT_DONE : EXIT_USAGE;
}
