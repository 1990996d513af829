#include "cli/table.h"

#include "base/map.h"

#include <jansson.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
    const struct column *columns;
    size_t column_count;
    char **cells; /* row by row */
    size_t count, capacity;
};

bool table_format_find(const char *name, enum table_format *out_format)
{
    static const char *const names[] = {"table", "csv", "json"};
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

static void print_csv_cell(const char *text)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        print_csv_cell(table->columns[c].key);
        putchar(c + 1 < table->column_count ? ',' : '\n');
    }
    for (size_t i = 0; i < table->count; i++) {
        print_csv_cell(table->cells[i]);
        putchar((i + 1) % table->column_count != 0 ? ',' : '\n');
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

void table_print(const struct table *table, enum table_format format)
{
    if (format == FORMAT_CSV)
        print_csv(table);
    else if (format == FORMAT_JSON)
        print_json(table);
    else
        print_aligned(table);
}
