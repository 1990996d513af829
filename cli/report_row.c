#include "cli/report_row.h"

#include "domain/text.h"
#include "wire/update_wire.h"

#include <stdlib.h>
#include <string.h>

/* The parts of "a;b;c". */
static size_t split(struct arena *arena, const char *text, const char ***out_parts)
{
    size_t count = 1;
    for (const char *c = text; *c != '\0'; c++)
        count += *c == ';';
    const char **parts = arena_must(arena_array(arena, count, sizeof *parts));
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(text, ";");
        parts[i] = arena_text(arena, text, length);
        REQUIRE(parts[i] != NULL);
        text += length + 1;
    }
    *out_parts = parts;
    return *parts[0] == '\0' && count == 1 ? 0 : count;
}

static enum rc read_deadlines(const char *text, struct arena *arena, struct project *project, struct reason *problem)
{
    const char **deadlines;
    project->deadline_count = split(arena, text, &deadlines);
    struct milestone_deadline *promised = arena_must(arena_array(arena, project->deadline_count, sizeof *promised));
    project->deadlines = promised;
    for (size_t i = 0; i < project->deadline_count; i++) {
        size_t length = strcspn(deadlines[i], "=");
        promised[i].milestone = arena_text(arena, deadlines[i], length);
        REQUIRE(promised[i].milestone != NULL);
        const char *due = deadlines[i][length] == '\0' ? "" : deadlines[i] + length + 1;
        if (check_day(due, report_column_name(COLUMN_DEADLINES), &promised[i].due, problem) != RC_OK)
            return RC_REFUSED;
    }
    return RC_OK;
}

/* Cells. */

static bool needed(const struct report_type *type, enum report_column column)
{
    for (size_t i = 0; i < REPORT_NEEDS_MAX && type->needs[i] != COLUMN_TYPE; i++)
        if (type->needs[i] == column)
            return true;
    return column == COLUMN_DIVISION;
}

/* The first thing that is wrong with a cell in a row of this type. Columns that the type does not need are not looked
 * into, besides that they are text. */
static enum rc check_cell(const struct report_type *type, enum report_column column, const char *cell,
                          struct arena *arena, struct reason *problem)
{
    const char *name = report_column_name(column);
    struct decimal value;
    day_number day;
    if (check_text(cell, needed(type, column), REPORT_CELL_MAX_BYTES, name, problem) != RC_OK)
        return RC_REFUSED;
    if (type->kind == UPDATE_PROJECT_REGISTERED && column == COLUMN_DEADLINES)
        return read_deadlines(cell, arena, &(struct project){0}, problem);
    if (!needed(type, column))
        return RC_OK;
    switch (report_column_cells(column)) {
    case CELLS_NUMBER:
        return check_decimal(cell, name, &value, problem);
    case CELLS_DAY:
        return check_day(cell, name, &day, problem);
    case CELLS_DIVISION:
        return check_division(cell, name, problem);
    case CELLS_YEAR:
        return strlen(cell) == 4 && strspn(cell, "0123456789") == 4
                   ? RC_OK
                   : reason_set(problem, REASON_OUT_OF_RANGE, name, "1990 … 2099");
    case CELLS_YES:
        return strcmp(cell, "yes") == 0 || strcmp(cell, "no") == 0
                   ? RC_OK
                   : reason_set(problem, REASON_OUT_OF_RANGE, name, "yes, no, 是, 否");
    case CELLS_TEXT:
    case CELLS_TYPE:
    case CELLS_CODE:
    case CELLS_DEADLINES:
        break;
    }
    return RC_OK;
}

/* Events. */

static const struct project *make_project(const struct report_row *row, struct arena *arena)
{
    struct project *project = arena_must(arena_alloc(arena, sizeof *project));
    const char **groups;
    struct reason none;
    *project = (struct project){.id = row->cells[COLUMN_PROJECT],
                                .name_zh = row->cells[COLUMN_NAME_ZH],
                                .name_en = row->cells[COLUMN_NAME_EN],
                                .unit = row->cells[COLUMN_RESPONSIBLE]};
    project->group_count = split(arena, row->cells[COLUMN_GROUPS], &groups);
    project->groups = groups;
    REQUIRE(read_deadlines(row->cells[COLUMN_DEADLINES], arena, project, &none) == RC_OK);
    return project;
}

static uint32_t year_of(const struct report_row *row)
{
    return (uint32_t)strtoul(row->cells[COLUMN_YEAR], NULL, 10);
}

/* Fills the update from cells that were checked. received_us becomes the time at which it happened, as far as the row
 * says: the beginning of its day. Never the time of sending: the same row must make the same event. */
static void fill_update(const struct report_row *row, struct arena *arena, struct update *update)
{
    const char *const *cells = row->cells;
    switch (update->kind) {
    case UPDATE_MEASUREMENT_REPORTED:
        update->measurement = (struct measurement){.measure = cells[COLUMN_MEASURE],
                                                   .project = cells[COLUMN_PROJECT],
                                                   .unit = cells[COLUMN_UNIT],
                                                   .scope = cells[COLUMN_SCOPE]};
        REQUIRE(decimal_parse(cells[COLUMN_VALUE], &update->measurement.value));
        REQUIRE(day_parse(cells[COLUMN_DAY], &update->measurement.observed_on));
        update->received_us = day_start_us(update->measurement.observed_on);
        break;
    case UPDATE_MILESTONE_REACHED:
        update->reached =
            (struct milestone_reached){.project = cells[COLUMN_PROJECT], .milestone = cells[COLUMN_MILESTONE]};
        REQUIRE(day_parse(cells[COLUMN_DAY], &update->reached.reached_on));
        update->received_us = day_start_us(update->reached.reached_on);
        break;
    case UPDATE_PROJECT_REGISTERED:
        update->registered = make_project(row, arena);
        break;
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        update->project = cells[COLUMN_PROJECT];
        break;
    case UPDATE_WITHDRAWN:
        update->withdrawal = (struct withdrawal){.id = cells[COLUMN_WITHDRAWS]};
        break;
    case UPDATE_TARGET_ADJUSTED:
        update->adjustment = (struct target_adjustment){
            .year = year_of(row), .commitment = cells[COLUMN_COMMITMENT], .decided_by = cells[COLUMN_DECIDED_BY]};
        REQUIRE(decimal_parse(cells[COLUMN_TARGET], &update->adjustment.target));
        REQUIRE(day_parse(cells[COLUMN_DECIDED_ON], &update->adjustment.decided_on));
        update->received_us = day_start_us(update->adjustment.decided_on);
        break;
    case UPDATE_EXTENSION_REQUESTED:
        update->request = (struct extension_request){
            .year = year_of(row), .commitment = cells[COLUMN_COMMITMENT], .reason = cells[COLUMN_REASON]};
        REQUIRE(day_parse(cells[COLUMN_DUE], &update->request.due));
        break;
    case UPDATE_EXTENSION_DECIDED:
        update->decision = (struct extension_decision){
            .request_source = *cells[COLUMN_REQUEST_SOURCE] != '\0' ? cells[COLUMN_REQUEST_SOURCE] : update->source,
            .request_id = cells[COLUMN_REQUEST_ID],
            .granted = strcmp(cells[COLUMN_GRANTED], "yes") == 0,
            .reason = cells[COLUMN_REASON]};
        break;
    case UPDATE_ALERT_ACKNOWLEDGED:
        update->acknowledgement =
            (struct acknowledgement){.alert = cells[COLUMN_ALERT], .signed_by = cells[COLUMN_SIGNED_BY]};
        break;
    case UPDATE_PLAN_PUBLISHED: /* is no type of a row */
        break;
    }
}

/* The same row gives the same id, in whichever file and however often it is sent. */
static const char *row_id(const struct report_row *row, struct arena *arena)
{
    struct digest digest = {{0}};
    for (int column = 0; column < COLUMNS; column++) {
        const char *cell = row->cells[column], *name = report_column_name((enum report_column)column);
        if (column == COLUMN_REPORTED || (column >= COLUMN_LATER && *cell == '\0'))
            continue;
        if (column >= COLUMN_LATER)
            digest = digest_chain(DIGEST_SHA256, &digest, name, strlen(name) + 1);
        digest = digest_chain(DIGEST_SHA256, &digest, cell, strlen(cell) + 1);
    }
    char hex[DIGEST_HEX_BYTES];
    return arena_must(arena_printf(arena, "row-%s", digest_hex(&digest, 32, hex)));
}

void report_row_read(struct report_row *row, const struct report_options *options, struct arena *arena,
                     report_fault_fn *fault, void *context, struct report *report)
{
    const struct report_type *type = report_type_find(row->cells[COLUMN_TYPE]);
    struct reason problem;
    if (type == NULL) {
        (void)reason_set(&problem, REASON_UNKNOWN_TYPE, report_column_name(COLUMN_TYPE), "%s", row->cells[COLUMN_TYPE]);
        fault(context, COLUMN_TYPE, &problem);
        return;
    }
    if (*row->cells[COLUMN_DIVISION] == '\0' && options->division != NULL)
        row->cells[COLUMN_DIVISION] = options->division;
    bool good = true;
    for (int column = 0; column < COLUMNS; column++)
        if (check_cell(type, (enum report_column)column, row->cells[column], arena, &problem) != RC_OK) {
            fault(context, (enum report_column)column, &problem);
            good = false;
        }
    if (!good)
        return;
    struct update update = {.kind = type->kind,
                            .source = options->source,
                            .id = *row->cells[COLUMN_ID] != '\0' ? row->cells[COLUMN_ID] : row_id(row, arena),
                            .division = row->cells[COLUMN_DIVISION]};
    fill_update(row, arena, &update);
    report->kind = type->kind;
    REQUIRE(update_write(&update, row->cells[type->note], arena, &report->event));
}
