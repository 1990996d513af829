#include "metrics/roll_up.h"

#include "domain/text.h"

#include <stdlib.h>
#include <string.h>

/* The indicator of one division below the code. */
struct part {
    const struct plan *plan;
    const struct commitment *commitment;
    struct standing standing;
};

struct parts {
    const char *above; /* the code */
    struct part *list;
    size_t count, capacity;
};

static void take_part(void *context, const struct metrics_answer *answer)
{
    struct parts *parts = context;
    if (strcmp(answer->standing.division, parts->above) == 0)
        return; /* only what lies below */
    parts->list = array_grow(parts->list, parts->count, &parts->capacity, sizeof *parts->list);
    parts->list[parts->count++] = (struct part){answer->subject.plan, answer->subject.commitment, answer->standing};
}

static int compare_parts(const void *first, const void *second)
{
    const struct part *a = first, *b = second;
    int by = strcmp(a->standing.indicator, b->standing.indicator);
    return by != 0 ? by : strcmp(a->standing.division, b->standing.division);
}

/* The unit of measurement on one side; "" where projects are counted. */
static const char *side_unit(const struct plan *plan, const char *const *measures, size_t count)
{
    return count == 0 ? "" : plan_measure(plan, measures[0])->unit;
}

/* Whether two parts are defined alike, so that their sides may be added. */
static bool alike(const struct part *a, const struct part *b)
{
    const struct indicator *i = &a->commitment->indicator, *j = &b->commitment->indicator;
    return i->rule == j->rule && decimal_compare(i->factor, j->factor) == 0 &&
           decimal_compare(i->offset, j->offset) == 0 && strcmp(i->unit, j->unit) == 0 &&
           strcmp(side_unit(a->plan, i->numerator, i->numerator_count),
                  side_unit(b->plan, j->numerator, j->numerator_count)) == 0 &&
           strcmp(side_unit(a->plan, i->denominator, i->denominator_count),
                  side_unit(b->plan, j->denominator, j->denominator_count)) == 0;
}

static bool divides(enum rule rule)
{
    return rule == RULE_SHARE || rule == RULE_RATIO || rule == RULE_GROWTH;
}

/* Adds a known part; false when the sum grows too large. */
static bool add_part(struct roll_up *row, const struct standing *standing)
{
    if (row->known_count == 0) {
        row->scope = standing->scope;
        row->denominator = standing->denominator;
        row->numerator = standing->numerator;
        return true;
    }
    if (strcmp(row->scope, standing->scope) != 0)
        row->incomparable = true;
    return decimal_add(row->numerator, standing->numerator, &row->numerator) &&
           (!divides(row->commitment->indicator.rule) ||
            decimal_add(row->denominator, standing->denominator, &row->denominator));
}

/* One row of parts of one indicator, in the order of their divisions; a division covers those below it. */
static bool make_row(const struct part *parts, size_t count, struct arena *arena, struct roll_up *row)
{
    *row = (struct roll_up){.commitment = parts->commitment,
                            .scope = "",
                            .known_divisions = arena_array(arena, count, sizeof *row->known_divisions),
                            .missing_divisions = arena_array(arena, count, sizeof *row->missing_divisions)};
    if (row->known_divisions == NULL || row->missing_divisions == NULL)
        return false;
    const struct part *covering = NULL;
    bool summed = true;
    for (const struct part *part = parts; part < parts + count; part++) {
        const struct standing *standing = &part->standing;
        if (covering != NULL && text_begins_with(standing->division, covering->standing.division))
            continue;
        covering = part;
        row->incomparable = row->incomparable || !alike(parts, part);
        if (!standing->known) {
            row->missing_divisions[row->missing_count++] = standing->division;
            continue;
        }
        summed = summed && add_part(row, standing);
        row->simulated = row->simulated || standing->simulated;
        row->known_divisions[row->known_count++] = standing->division;
    }
    const struct figure figure = {.numerator = row->numerator, .denominator = row->denominator};
    row->known = row->known_count > 0 && !row->incomparable && summed &&
                 figure_value(&row->commitment->indicator, &figure, &row->value);
    return true;
}

bool metrics_roll_up(const struct metrics *metrics, const struct metrics_question *question, struct arena *arena,
                     const struct roll_up **out_rows, size_t *out_count)
{
    struct parts parts = {.above = question->division};
    metrics_ask(metrics, question, take_part, &parts);
    if (parts.count > 0)
        qsort(parts.list, parts.count, sizeof *parts.list, compare_parts);
    struct roll_up *rows = arena_array(arena, parts.count, sizeof *rows);
    bool complete = rows != NULL;
    size_t count = 0;
    for (size_t i = 0, next; complete && i < parts.count; i = next) {
        const char *indicator = parts.list[i].standing.indicator;
        for (next = i; next < parts.count && strcmp(parts.list[next].standing.indicator, indicator) == 0;)
            next++;
        complete = make_row(&parts.list[i], next - i, arena, &rows[count++]);
    }
    free(parts.list);
    *out_rows = rows;
    *out_count = count;
    return complete;
}
