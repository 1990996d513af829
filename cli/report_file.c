#include "cli/report_file.h"

#include "domain/text.h"
#include "wire/update_wire.h"

#include "base/map.h"

#include <csv.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column {
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
    COLUMNS,
};

static const char *const names[COLUMNS] = {
    [COLUMN_TYPE] = "type",
    [COLUMN_DIVISION] = "division",
    [COLUMN_MEASURE] = "measure",
    [COLUMN_PROJECT] = "project",
    [COLUMN_MILESTONE] = "milestone",
    [COLUMN_VALUE] = "value",
    [COLUMN_UNIT] = "unit",
    [COLUMN_DAY] = "observed_on",
    [COLUMN_SCOPE] = "statistical_scope",
    [COLUMN_EVIDENCE] = "evidence",
    [COLUMN_REASON] = "reason",
    [COLUMN_WITHDRAWS] = "withdraws",
    [COLUMN_NAME_ZH] = "name_zh",
    [COLUMN_NAME_EN] = "name_en",
    [COLUMN_RESPONSIBLE] = "responsible_unit",
    [COLUMN_GROUPS] = "groups",
    [COLUMN_DEADLINES] = "deadlines",
    [COLUMN_ID] = "id",
    [COLUMN_REPORTED] = "reported_on",
};

const char report_file_help[] =
    "Columns (a CSV header, or the names in JSON objects); which a row needs depends on its type:\n"
    "  type               MeasurementReported (if absent), MilestoneReached, ProjectRegistered, ProjectSuspended,\n"
    "                     ProjectResumed, ProjectCancelled, UpdateWithdrawn\n"
    "  division           GB/T 2260 code; or --division for all rows\n"
    "  measure value unit observed_on statistical_scope evidence [project]      a measurement\n"
    "  project milestone observed_on evidence                                   a milestone; observed_on: reached on\n"
    "  project name_zh name_en responsible_unit groups deadlines                a project; groups a;b,\n"
    "                                                                           deadlines started=2020-06-30;…\n"
    "  project reason                                                           suspended, resumed, cancelled\n"
    "  withdraws reason                                                         takes back the report with that id\n"
    "  id                 the event's id; if absent, a hash of the row: the same row twice is one report\n"
    "  reported_on        for the reader only; not sent\n";

struct row {
    size_t number;
    const char *cells[COLUMNS]; /* never null */
};

/* The file while it is read. */
struct reading {
    struct arena *arena;
    struct row *rows;
    size_t count, capacity;
    struct reason *problem;
    enum rc rc;
    /* CSV */
    enum column header[COLUMNS + 1];
    size_t header_count;
    bool header_read;
    size_t cell; /* in the row that is being read */
    size_t line;
};

static bool find_column(const char *name, enum column *out_column)
{
    for (int column = 0; column < COLUMNS; column++)
        if (strcmp(names[column], name) == 0) {
            *out_column = (enum column)column;
            return true;
        }
    return false;
}

static void refuse(struct reading *reading, enum reason_code code, const char *field, const char *detail)
{
    if (reading->rc == RC_OK)
        reading->rc = reason_set(reading->problem, code, field, "%s", detail);
}

static struct row *add_row(struct reading *reading, size_t number)
{
    reading->rows = array_grow(reading->rows, reading->count, &reading->capacity, sizeof *reading->rows);
    struct row *row = &reading->rows[reading->count++];
    *row = (struct row){.number = number};
    for (int column = 0; column < COLUMNS; column++)
        row->cells[column] = "";
    return row;
}

static const char *keep(struct reading *reading, const char *text, size_t bytes)
{
    const char *copy = arena_text(reading->arena, text, bytes);
    REQUIRE(copy != NULL);
    return copy;
}

/* CSV. */

static void take_header_cell(struct reading *reading, const char *name)
{
    enum column column;
    if (reading->header_count == COLUMNS || !find_column(name, &column)) {
        refuse(reading, REASON_UNKNOWN_FIELD, name, name);
        return;
    }
    for (size_t i = 0; i < reading->header_count; i++)
        if (reading->header[i] == column)
            refuse(reading, REASON_DUPLICATE_IDENTIFIER, name, name);
    reading->header[reading->header_count++] = column;
}

static void take_cell(void *text, size_t bytes, void *context)
{
    struct reading *reading = context;
    if (!reading->header_read) {
        take_header_cell(reading, keep(reading, text == NULL ? "" : text, bytes));
        return;
    }
    if (reading->cell == 0)
        add_row(reading, reading->line);
    if (reading->cell < reading->header_count)
        reading->rows[reading->count - 1].cells[reading->header[reading->cell]] =
            keep(reading, text == NULL ? "" : text, bytes);
    reading->cell++;
}

static void take_line(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    if (!reading->header_read) {
        reading->header_read = true;
    } else if (reading->cell > 0) {
        struct row *row = &reading->rows[reading->count - 1];
        row->number = reading->line;
        if (reading->cell != reading->header_count)
            row->cells[COLUMN_TYPE] = NULL; /* a broken row: it has too few or too many cells */
    }
    reading->cell = 0;
}

static void read_csv(struct reading *reading, struct slice text)
{
    struct csv_parser parser;
    REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
    /* Line by line, so that a row knows where it stands. */
    size_t start = 0;
    while (start < text.bytes && reading->rc == RC_OK) {
        const uint8_t *feed = memchr(text.data + start, '\n', text.bytes - start);
        size_t length = feed == NULL ? text.bytes - start : (size_t)(feed - text.data) + 1 - start;
        reading->line++;
        char line[32];
        snprintf(line, sizeof line, "%zu", reading->line);
        if (csv_parse(&parser, text.data + start, length, take_cell, take_line, reading) != length)
            refuse(reading, REASON_INVALID_SYNTAX, "line", line);
        start += length;
    }
    if (reading->rc == RC_OK && csv_fini(&parser, take_cell, take_line, reading) != 0)
        refuse(reading, REASON_INVALID_SYNTAX, "line", "a quote that does not end");
    csv_free(&parser);
    if (!reading->header_read)
        refuse(reading, REASON_MISSING_FIELD, "header", "header");
}

/* JSON. */

static const char *json_cell(struct reading *reading, const json_t *value)
{
    if (json_is_string(value))
        return keep(reading, json_string_value(value), json_string_length(value));
    if (json_is_integer(value)) {
        char digits[32];
        int length = snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        return keep(reading, digits, (size_t)length);
    }
    return NULL;
}

static void take_object(struct reading *reading, json_t *object, size_t number)
{
    char place[32];
    snprintf(place, sizeof place, "[%zu]", number - 1);
    if (!json_is_object(object)) {
        refuse(reading, REASON_INVALID_SYNTAX, place, "not an object");
        return;
    }
    struct row *row = add_row(reading, number);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        enum column column;
        const char *cell = json_cell(reading, value);
        if (!find_column(key, &column))
            refuse(reading, REASON_UNKNOWN_FIELD, place, key);
        else if (cell == NULL) /* a binary fraction would not be what the sender meant */
            refuse(reading, REASON_INVALID_SYNTAX, place, "values are strings or whole numbers");
        else
            row->cells[column] = cell;
    }
}

static void read_json(struct reading *reading, struct slice text)
{
    json_error_t error;
    json_t *rows = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(rows)) {
        char detail[128];
        snprintf(detail, sizeof detail, "line %d column %d: %.80s", error.line, error.column, error.text);
        refuse(reading, REASON_INVALID_SYNTAX, "json", rows == NULL ? detail : "not an array");
    }
    for (size_t i = 0; reading->rc == RC_OK && i < json_array_size(rows); i++)
        take_object(reading, json_array_get(rows, i), i + 1);
    json_decref(rows);
}

/* From a row to an update. */

static const struct type {
    const char *name;
    enum update_kind kind;
    enum column needs[5];
    size_t need_count;
} types[] = {
    {"MeasurementReported", UPDATE_MEASUREMENT_REPORTED, {COLUMN_MEASURE, COLUMN_VALUE, COLUMN_UNIT, COLUMN_DAY}, 4},
    {"MilestoneReached", UPDATE_MILESTONE_REACHED, {COLUMN_PROJECT, COLUMN_MILESTONE, COLUMN_DAY}, 3},
    {"ProjectRegistered",
     UPDATE_PROJECT_REGISTERED,
     {COLUMN_PROJECT, COLUMN_NAME_ZH, COLUMN_NAME_EN, COLUMN_RESPONSIBLE, COLUMN_GROUPS},
     5},
    {"ProjectSuspended", UPDATE_PROJECT_SUSPENDED, {COLUMN_PROJECT, COLUMN_REASON}, 2},
    {"ProjectResumed", UPDATE_PROJECT_RESUMED, {COLUMN_PROJECT, COLUMN_REASON}, 2},
    {"ProjectCancelled", UPDATE_PROJECT_CANCELLED, {COLUMN_PROJECT, COLUMN_REASON}, 2},
    {"UpdateWithdrawn", UPDATE_WITHDRAWN, {COLUMN_WITHDRAWS, COLUMN_REASON}, 2},
};

static const struct type *find_type(const char *name)
{
    if (*name == '\0')
        return &types[0];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

/* The parts of "a;b;c". */
static size_t split(struct arena *arena, const char *text, const char ***out_parts)
{
    size_t count = 1;
    for (const char *c = text; *c != '\0'; c++)
        count += *c == ';';
    const char **parts = arena_array(arena, count, sizeof *parts);
    REQUIRE(parts != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(text, ";");
        parts[i] = arena_text(arena, text, length);
        REQUIRE(parts[i] != NULL);
        text += length + 1;
    }
    *out_parts = parts;
    return *parts[0] == '\0' && count == 1 ? 0 : count;
}

static enum rc read_project(const struct row *row, struct arena *arena, struct update *update, struct reason *problem)
{
    struct project *project = arena_alloc(arena, sizeof *project);
    REQUIRE(project != NULL);
    const char **groups, **deadlines;
    *project = (struct project){.id = row->cells[COLUMN_PROJECT],
                                .name_zh = row->cells[COLUMN_NAME_ZH],
                                .name_en = row->cells[COLUMN_NAME_EN],
                                .unit = row->cells[COLUMN_RESPONSIBLE]};
    project->group_count = split(arena, row->cells[COLUMN_GROUPS], &groups);
    project->groups = groups;
    project->deadline_count = split(arena, row->cells[COLUMN_DEADLINES], &deadlines);
    struct milestone_deadline *promised = arena_array(arena, project->deadline_count, sizeof *promised);
    REQUIRE(promised != NULL);
    for (size_t i = 0; i < project->deadline_count; i++) {
        size_t length = strcspn(deadlines[i], "=");
        promised[i].milestone = arena_text(arena, deadlines[i], length);
        REQUIRE(promised[i].milestone != NULL);
        const char *due = deadlines[i][length] == '\0' ? "" : deadlines[i] + length + 1;
        if (check_day(due, names[COLUMN_DEADLINES], &promised[i].due, problem) != RC_OK)
            return RC_REFUSED;
    }
    project->deadlines = promised;
    update->registered = project;
    return RC_OK;
}

static enum rc fill_update(const struct row *row, struct arena *arena, struct update *update, struct reason *problem)
{
    const char *const *cells = row->cells;
    switch (update->kind) {
    case UPDATE_MEASUREMENT_REPORTED:
        update->measurement = (struct measurement){.measure = cells[COLUMN_MEASURE],
                                                   .project = cells[COLUMN_PROJECT],
                                                   .unit = cells[COLUMN_UNIT],
                                                   .scope = cells[COLUMN_SCOPE]};
        if (check_decimal(cells[COLUMN_VALUE], names[COLUMN_VALUE], &update->measurement.value, problem) != RC_OK)
            return RC_REFUSED;
        return check_day(cells[COLUMN_DAY], names[COLUMN_DAY], &update->measurement.observed_on, problem);
    case UPDATE_MILESTONE_REACHED:
        update->reached =
            (struct milestone_reached){.project = cells[COLUMN_PROJECT], .milestone = cells[COLUMN_MILESTONE]};
        return check_day(cells[COLUMN_DAY], names[COLUMN_DAY], &update->reached.reached_on, problem);
    case UPDATE_PROJECT_REGISTERED:
        return read_project(row, arena, update, problem);
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        update->project = cells[COLUMN_PROJECT];
        return RC_OK;
    case UPDATE_WITHDRAWN:
        update->withdrawal = (struct withdrawal){.id = cells[COLUMN_WITHDRAWS]};
        return RC_OK;
    case UPDATE_PLAN_PUBLISHED:
    case UPDATE_TARGET_ADJUSTED:
    case UPDATE_EXTENSION_REQUESTED:
    case UPDATE_EXTENSION_DECIDED:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
    return RC_REFUSED;
}

/* The same row gives the same id, in whichever file and however often it is sent. */
static const char *row_id(const struct row *row, struct arena *arena)
{
    struct digest digest = {{0}};
    for (int column = 0; column < COLUMNS; column++)
        if (column != COLUMN_REPORTED)
            digest = digest_chain(&digest, row->cells[column], strlen(row->cells[column]) + 1);
    char hex[DIGEST_HEX_BYTES];
    return arena_printf(arena, "row-%s", digest_hex(&digest, 32, hex));
}

/* When it happened, as far as the row says: the beginning of its day. 0 when it says nothing. */
static int64_t row_time_us(const struct update *update)
{
    if (update->kind == UPDATE_MEASUREMENT_REPORTED)
        return day_start_us(update->measurement.observed_on);
    if (update->kind == UPDATE_MILESTONE_REACHED)
        return day_start_us(update->reached.reached_on);
    return 0;
}

static enum rc read_row(struct row *row, const struct report_options *options, struct arena *arena,
                        struct report *report)
{
    if (row->cells[COLUMN_TYPE] == NULL)
        return reason_set(&report->problem, REASON_INVALID_SYNTAX, "", "%s", "cells ≠ header");
    const struct type *type = find_type(row->cells[COLUMN_TYPE]);
    if (type == NULL)
        return reason_set(&report->problem, REASON_UNKNOWN_TYPE, names[COLUMN_TYPE], "%s", row->cells[COLUMN_TYPE]);
    for (size_t i = 0; i < type->need_count; i++)
        if (*row->cells[type->needs[i]] == '\0')
            return reason_set(&report->problem, REASON_MISSING_FIELD, names[type->needs[i]], "%s",
                              names[type->needs[i]]);
    if (*row->cells[COLUMN_DIVISION] == '\0' && options->division != NULL)
        row->cells[COLUMN_DIVISION] = options->division;
    for (int column = 0; column < COLUMNS; column++)
        if (check_text(row->cells[column], 0, 4096, names[column], &report->problem) != RC_OK)
            return RC_REFUSED;
    struct update update = {.kind = type->kind,
                            .source = options->source,
                            .id = *row->cells[COLUMN_ID] != '\0' ? row->cells[COLUMN_ID] : row_id(row, arena),
                            .division = row->cells[COLUMN_DIVISION]};
    REQUIRE(update.id != NULL);
    if (check_division(update.division, names[COLUMN_DIVISION], &report->problem) != RC_OK ||
        fill_update(row, arena, &update, &report->problem) != RC_OK)
        return RC_REFUSED;
    /* Never the time of sending: the same row must make the same event. */
    update.received_us = row_time_us(&update);
    const char *note = type->kind == UPDATE_MEASUREMENT_REPORTED || type->kind == UPDATE_MILESTONE_REACHED
                           ? row->cells[COLUMN_EVIDENCE]
                           : row->cells[COLUMN_REASON];
    REQUIRE(update_write(&update, note, arena, &report->event));
    return RC_OK;
}

enum rc report_file_read(struct slice text, const struct report_options *options, struct arena *arena,
                         struct report **out_reports, size_t *out_count, struct reason *out_problem)
{
    struct reading reading = {.arena = arena, .problem = out_problem, .rc = RC_OK};
    if (text.bytes >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) /* the mark that spreadsheets put before UTF-8 */
        text = (struct slice){text.data + 3, text.bytes - 3};
    size_t blank = 0;
    while (blank < text.bytes && strchr(" \t\r\n", text.data[blank]) != NULL && text.data[blank] != '\0')
        blank++;
    if (blank < text.bytes && (text.data[blank] == '[' || text.data[blank] == '{'))
        read_json(&reading, text);
    else
        read_csv(&reading, text);
    struct report *reports = arena_array(arena, reading.count, sizeof *reports);
    REQUIRE(reports != NULL);
    for (size_t i = 0; reading.rc == RC_OK && i < reading.count; i++) {
        reports[i].row = reading.rows[i].number;
        reports[i].good = read_row(&reading.rows[i], options, arena, &reports[i]) == RC_OK;
    }
    *out_reports = reports;
    *out_count = reading.count;
    free(reading.rows);
    return reading.rc;
}
