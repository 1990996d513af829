#include "notify/desks.h"

#include "notify/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 160

struct desks {
    const struct registry *registry;
    const struct mornings *mornings;
    struct arena *arena;
    struct map by_key; /* "division/year/unit" → struct desk */
    bool touched;
};

struct desks *desks_new(const struct registry *registry, const struct mornings *mornings, struct arena *arena)
{
    struct desks *desks = calloc(1, sizeof *desks);
    REQUIRE(desks != NULL);
    desks->registry = registry;
    desks->mornings = mornings;
    desks->arena = arena;
    return desks;
}

void desks_free(struct desks **desks)
{
    if (*desks == NULL)
        return;
    for (size_t i = 0; i < (*desks)->by_key.count; i++)
        free(((struct desk *)(*desks)->by_key.entries[i].value)->items);
    map_done(&(*desks)->by_key);
    free(*desks);
    *desks = NULL;
}

static const char *keep(struct desks *desks, const char *text)
{
    return arena_must(arena_copy(desks->arena, text));
}

static const char *key_of(const char *division, uint32_t year, const char *unit, char out_key[KEY_BYTES])
{
    int length = snprintf(out_key, KEY_BYTES, "%s/%04u/%s", division, year, unit);
    REQUIRE(length > 0 && length < KEY_BYTES);
    return out_key;
}

const struct desk *desks_find(const struct desks *desks, const char *division, uint32_t year, const char *unit)
{
    char key[KEY_BYTES];
    return map_get(&desks->by_key, key_of(division, year, unit, key));
}

struct desk *desks_get(struct desks *desks, const char *division, uint32_t year, const char *unit)
{
    desks->touched = true;
    char key[KEY_BYTES];
    struct desk *desk = map_get(&desks->by_key, key_of(division, year, unit, key));
    if (desk == NULL) {
        desk = arena_must(arena_alloc(desks->arena, sizeof *desk));
        desk->key = keep(desks, key);
        desk->division = keep(desks, division);
        desk->unit = keep(desks, unit);
        desk->year = year;
        map_put(&desks->by_key, desk->key, desk);
    }
    return desk;
}

bool desks_touched(struct desks *desks)
{
    bool touched = desks->touched;
    desks->touched = false;
    return touched;
}

static void count(struct burden *burden, const struct alert *alert)
{
    bool repeats = alert->phase == PHASE_OVERDUE || alert->phase == PHASE_SILENT;
    if (alert->phase == PHASE_MET || alert->phase == PHASE_WITHDRAWN)
        return;
    if (repeats && alert->occurrence > 1)
        burden->reminded++;
    else
        burden->asked++;
}

/* In the order of the stream: by instant, then by deadline. */
static bool comes_before(const struct decision *a, const struct decision *b)
{
    if (a->alert.at_us != b->alert.at_us)
        return a->alert.at_us < b->alert.at_us;
    return strcmp(a->key, b->key) < 0;
}

void desks_take(struct desks *desks, const struct decision *decision)
{
    const struct alert *alert = &decision->alert;
    struct desk *desk = desks_get(desks, alert->division, alert->year, alert->recipient);
    count(&desk->burden, alert);
    desk->items = array_grow(desk->items, desk->item_count, &desk->item_capacity, sizeof *desk->items);
    size_t at = desk->item_count++;
    while (at > 0 && comes_before(decision, &desk->items[at - 1])) {
        desk->items[at] = desk->items[at - 1];
        at--;
    }
    desk->items[at] = *decision;
    desk->changed = true;
}

/* Those of the plan in its newest revision. A desk is made for a plan's deadline, and plans do not go. */
static const struct rules *rules_of(const struct desks *desks, const struct desk *desk)
{
    const struct plan *plan = registry_plan(desks->registry, desk->division, desk->year);
    return plan == NULL ? NULL : &plan->rules;
}

int64_t desks_next_us(const struct desks *desks, int64_t after_us)
{
    int64_t next_us = DESKS_NEVER;
    for (size_t i = 0; i < desks->by_key.count; i++) {
        const struct desk *desk = desks->by_key.entries[i].value;
        const struct rules *rules = desk->changed ? rules_of(desks, desk) : NULL;
        if (rules == NULL)
            continue;
        day_number past = mornings_past(desks->mornings, desk->division, desk->year);
        int64_t at_us = morning_us(rules, morning_to_come(rules, past, after_us));
        if (at_us < next_us)
            next_us = at_us;
    }
    return next_us;
}

void desks_run(struct desks *desks, int64_t at_us, desks_take_fn *take, void *context)
{
    for (size_t i = 0; i < desks->by_key.count; i++) {
        struct desk *desk = desks->by_key.entries[i].value;
        const struct rules *rules = desk->changed ? rules_of(desks, desk) : NULL;
        if (rules == NULL || day_of_instant(at_us) <= mornings_past(desks->mornings, desk->division, desk->year) ||
            morning_us(rules, day_of_instant(at_us)) != at_us)
            continue;
        take(context, desk);
        desk->changed = false;
        desk->items = NULL;
        desk->item_count = desk->item_capacity = 0;
    }
}
