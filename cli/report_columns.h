/* The columns that a file of reports may have, the types of its rows, and how both are called in English and in
 * Chinese. A new column is a name here and a line in the table; a new type is a line in the other table, and in
 * report_file.c what becomes of its row. */
#ifndef DUBAN_CLI_REPORT_COLUMNS_H
#define DUBAN_CLI_REPORT_COLUMNS_H

#include "cli/report_cell.h"
#include "cli/sheet.h"

#include "domain/update.h"

#include <stdio.h>

/* New ones come at the end: the ids of rows depend on the order. */
enum report_column {
    COLUMN_TYPE,
    COLUMN_DIVISION,
    COLUMN_MEASURE,
    COLUMN_PROJECT,
    COLUMN_MILESTONE,
    COLUMN_VALUE,
    COLUMN_UNIT,
    COLUMN_DAY,
    COLUMN_SCOPE,
    COLUMN_EVIDENCE,
    COLUMN_REASON,
    COLUMN_WITHDRAWS,
    COLUMN_NAME_ZH,
    COLUMN_NAME_EN,
    COLUMN_RESPONSIBLE,
    COLUMN_GROUPS,
    COLUMN_DEADLINES,
    COLUMN_ID,
    COLUMN_REPORTED,
    COLUMN_YEAR,
    COLUMN_COMMITMENT,
    COLUMN_TARGET,
    COLUMN_DECIDED_BY,
    COLUMN_DECIDED_ON,
    COLUMN_DUE,
    COLUMN_REQUEST_SOURCE,
    COLUMN_REQUEST_ID,
    COLUMN_GRANTED,
    COLUMN_ALERT,
    COLUMN_SIGNED_BY,
    COLUMNS,
};

/* The columns that the first files had. Their cells are part of a row's id also when they are empty; those of later
 * columns only when they are not, so that older rows keep their ids. */
#define COLUMN_LATER (COLUMN_REPORTED + 1)

/* What a column holds. */
enum report_cells {
    CELLS_TEXT,
    CELLS_TYPE,
    CELLS_CODE,
    CELLS_DIVISION,
    CELLS_NUMBER,
    CELLS_DAY,
    CELLS_DEADLINES,
    CELLS_YEAR,
    CELLS_YES, /* "yes" or "no" */
};

const char *report_column_name(enum report_column column);    /* English, as in the event and in JSON */
const char *report_column_name_zh(enum report_column column); /* Chinese, the usual one */
enum report_cells report_column_cells(enum report_column column);

/* A column by its heading in either language. Blanks around it and a remark in brackets after it do not matter:
 * "数值（万元）". */
bool report_column_find(const char *heading, enum report_column *out_column) MUST_CHECK;

/* The column in which stands what became a field of an event of this kind, such as "data.project.groups[0]". */
bool report_column_of_field(enum update_kind kind, const char *field, enum report_column *out_column) MUST_CHECK;

/* What stands in a cell of this column, in the one form that it has in an event. A text beyond the most that a cell may
 * hold stays as it is. */
#define REPORT_CELL_MAX_BYTES 4096
const char *report_column_normal(enum report_column column, const struct sheet_cell *cell, struct arena *arena);

#define REPORT_NEEDS_MAX 8

struct report_type {
    const char *name, *zh;
    enum update_kind kind;
    enum report_column note;                    /* where its evidence or reason stands */
    enum report_column needs[REPORT_NEEDS_MAX]; /* which a row must fill, besides division; up to the first that is
                                                   COLUMN_TYPE */
};

/* By its name in either language; the first one for "". Null when there is none. */
const struct report_type *report_type_find(const char *name);

/* All of this for people. */
void report_columns_help(FILE *out);

#endif
