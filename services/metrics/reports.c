#include "metrics/reports.h"

#include "domain/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for identifiers, scopes and lines; the reports themselves are in arrays that grow. */
#define REPORTS_BYTES ((size_t)4 << 30)

/* Two identifiers or an identifier and a scope, with a '/' between them, which no identifier has. */
#define KEY_BYTES (IDENTIFIER_MAX_BYTES + 1 + SCOPE_MAX_BYTES + 1)

/* Where the report with a sequence is, so that a withdrawal finds it. */
struct place {
    uint64_t sequence;
    struct line *line;
    day_number day;
};

struct reports {
    struct arena *arena;
    struct map texts;     /* each text that is kept → itself */
    struct map measures;  /* "division/measure" → struct map of "project/scope" → struct line */
    struct map projects;  /* "division/project" → struct map of milestone → struct line */
    struct place *places; /* in order of sequence */
    size_t place_count, place_capacity;
    uint64_t last_sequence;
};

struct reports *reports_new(void)
{
    struct reports *reports = calloc(1, sizeof *reports);
    REQUIRE(reports != NULL);
    reports->arena = arena_new(REPORTS_BYTES);
    REQUIRE(reports->arena != NULL);
    return reports;
}

static void free_lines(struct map *owners)
{
    for (size_t i = 0; i < owners->count; i++) {
        struct map *lines = owners->entries[i].value;
        for (size_t j = 0; j < lines->count; j++)
            free(((struct line *)lines->entries[j].value)->reports);
        map_done(lines);
    }
    map_done(owners);
}

void reports_free(struct reports **reports)
{
    if (*reports == NULL)
        return;
    free_lines(&(*reports)->measures);
    free_lines(&(*reports)->projects);
    map_done(&(*reports)->texts);
    free((*reports)->places);
    arena_free(&(*reports)->arena);
    free(*reports);
    *reports = NULL;
}

/* The kept copy of a text: one for all reports that have it. */
static const char *keep_text(struct reports *reports, const char *text)
{
    char *kept = map_get(&reports->texts, text);
    if (kept == NULL) {
        kept = arena_must(arena_copy(reports->arena, text));
        map_put(&reports->texts, kept, kept);
    }
    return kept;
}

static const char *join(const char *first, const char *second, char out_key[KEY_BYTES])
{
    int length = snprintf(out_key, KEY_BYTES, "%s/%s", first, second);
    REQUIRE(length > 0 && length < KEY_BYTES);
    return out_key;
}

/* The lines of a measure or a project, made when there are none. */
static struct map *lines_for(struct reports *reports, struct map *owners, const char *division, const char *id)
{
    char key[KEY_BYTES];
    struct map *lines = map_get(owners, join(division, id, key));
    if (lines == NULL) {
        lines = arena_must(arena_alloc(reports->arena, sizeof *lines));
        map_put(owners, keep_text(reports, key), lines);
    }
    return lines;
}

/* The line under a key, made like `wanted` when there is none. */
static struct line *line_for(struct reports *reports, struct map *lines, const char *key, struct line wanted)
{
    struct line *line = map_get(lines, key);
    if (line != NULL)
        return line;
    line = arena_must(arena_alloc(reports->arena, sizeof *line));
    *line = (struct line){
        .division = keep_text(reports, wanted.division),
        .measure = keep_text(reports, wanted.measure),
        .project = keep_text(reports, wanted.project),
        .milestone = keep_text(reports, wanted.milestone),
        .scope = keep_text(reports, wanted.scope),
    };
    map_put(lines, keep_text(reports, key), line);
    return line;
}

/* Index of the first report of a later day. */
static size_t after_day(const struct line *line, day_number day)
{
    size_t low = 0;
    size_t high = line->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (line->reports[middle].day <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sequences rise, so a new report is the last of its day. */
static void add(struct reports *reports, struct line *line, struct report report)
{
    line->reports = array_grow(line->reports, line->count, &line->capacity, sizeof *line->reports);
    size_t at = after_day(line, report.day);
    memmove(line->reports + at + 1, line->reports + at, (line->count - at) * sizeof *line->reports);
    line->reports[at] = report;
    line->count++;

    reports->places =
        array_grow(reports->places, reports->place_count, &reports->place_capacity, sizeof *reports->places);
    reports->places[reports->place_count++] = (struct place){report.sequence, line, report.day};
}

static const struct line *add_measurement(struct reports *reports, const struct update *update)
{
    const struct measurement *measurement = &update->measurement;
    struct map *lines = lines_for(reports, &reports->measures, update->division, measurement->measure);
    char key[KEY_BYTES];
    struct line *line = line_for(reports, lines, join(measurement->project, measurement->scope, key),
                                 (struct line){.division = update->division,
                                               .measure = measurement->measure,
                                               .project = measurement->project,
                                               .milestone = "",
                                               .scope = measurement->scope});
    add(reports, line,
        (struct report){.sequence = update->sequence,
                        .day = measurement->observed_on,
                        .value = measurement->value,
                        .unit = keep_text(reports, measurement->unit),
                        .source = keep_text(reports, update->source),
                        .received_us = update->received_us});
    return line;
}

static const struct line *add_milestone(struct reports *reports, const struct update *update)
{
    const struct milestone_reached *reached = &update->reached;
    struct map *lines = lines_for(reports, &reports->projects, update->division, reached->project);
    struct line *line = line_for(reports, lines, reached->milestone,
                                 (struct line){.division = update->division,
                                               .measure = "",
                                               .project = reached->project,
                                               .milestone = reached->milestone,
                                               .scope = ""});
    add(reports, line,
        (struct report){.sequence = update->sequence,
                        .day = reached->reached_on,
                        .unit = "",
                        .source = keep_text(reports, update->source),
                        .received_us = update->received_us});
    return line;
}

static const struct place *place_of(const struct reports *reports, uint64_t sequence)
{
    size_t low = 0;
    size_t high = reports->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reports->places[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reports->place_count && reports->places[low].sequence == sequence ? &reports->places[low] : NULL;
}

static const struct line *withdraw(struct reports *reports, const struct update *update)
{
    const struct place *place = place_of(reports, update->withdrawal.sequence);
    if (place == NULL)
        return NULL;
    struct report *report = place->line->reports + after_day(place->line, place->day) - 1;
    while (report->sequence != place->sequence)
        report--;
    if (report->withdrawn_by != 0)
        return NULL;
    report->withdrawn_by = update->sequence;
    return place->line;
}

const struct line *reports_apply(struct reports *reports, const struct update *update)
{
    REQUIRE(update->sequence > reports->last_sequence);
    reports->last_sequence = update->sequence;
    switch (update->kind) {
    case UPDATE_MEASUREMENT_REPORTED:
        return add_measurement(reports, update);
    case UPDATE_MILESTONE_REACHED:
        return add_milestone(reports, update);
    case UPDATE_WITHDRAWN:
        return withdraw(reports, update);
    case UPDATE_PLAN_PUBLISHED:
    case UPDATE_PROJECT_REGISTERED:
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
    case UPDATE_TARGET_ADJUSTED:
    case UPDATE_EXTENSION_REQUESTED:
    case UPDATE_EXTENSION_DECIDED:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
    return NULL;
}

static const struct map *lines_of(const struct map *owners, const char *division, const char *id)
{
    static const struct map none;
    char key[KEY_BYTES];
    const struct map *lines = map_get(owners, join(division, id, key));
    return lines == NULL ? &none : lines;
}

const struct map *reports_of_measure(const struct reports *reports, const char *division, const char *measure)
{
    return lines_of(&reports->measures, division, measure);
}

const struct map *reports_of_project(const struct reports *reports, const char *division, const char *project)
{
    return lines_of(&reports->projects, division, project);
}

const struct line *reports_line(const struct reports *reports, const char *division, const char *measure,
                                const char *project, const char *scope)
{
    char key[KEY_BYTES];
    return map_get(reports_of_measure(reports, division, measure), join(project, scope, key));
}

bool report_withdrawn(const struct report *report, uint64_t as_of_sequence)
{
    return report->withdrawn_by != 0 && report->withdrawn_by <= as_of_sequence;
}

bool report_counts(const struct report *report, uint64_t as_of_sequence)
{
    return report->sequence <= as_of_sequence && !report_withdrawn(report, as_of_sequence);
}

/* The nearest report before index `end` that counts and is not of a day before `from`. */
static const struct report *nearest(const struct line *line, size_t end, day_number from, uint64_t as_of_sequence)
{
    while (end > 0 && line->reports[end - 1].day >= from)
        if (report_counts(&line->reports[--end], as_of_sequence))
            return &line->reports[end];
    return NULL;
}

const struct report *line_latest(const struct line *line, day_number from, day_number until, uint64_t as_of_sequence)
{
    return nearest(line, after_day(line, until), from, as_of_sequence);
}

const struct report *line_before(const struct line *line, const struct report *report, day_number from,
                                 uint64_t as_of_sequence)
{
    size_t end = (size_t)(report - line->reports);
    while (end > 0 && line->reports[end - 1].day == report->day)
        end--;
    return nearest(line, end, from, as_of_sequence);
}

const struct report *line_last_received(const struct line *line, uint64_t as_of_sequence)
{
    const struct report *last = NULL;
    for (size_t i = 0; i < line->count; i++) {
        const struct report *report = &line->reports[i];
        if (report_counts(report, as_of_sequence) && (last == NULL || report->sequence > last->sequence))
            last = report;
    }
    return last;
}
