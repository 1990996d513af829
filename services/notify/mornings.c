#include "notify/mornings.h"

#include "notify/schedule.h"

#include <stdio.h>

struct plan_mornings {
    int64_t since_us; /* its newest revision holds */
    day_number past;  /* the last one that is known to have been */
};

#define KEY_BYTES 32 /* a division has at most 12 digits */

struct mornings mornings_on(struct arena *arena)
{
    return (struct mornings){.arena = arena};
}

void mornings_done(struct mornings *mornings)
{
    map_done(&mornings->by_plan);
}

static const char *key_of(const char *division, uint32_t year, char out_key[KEY_BYTES])
{
    int length = snprintf(out_key, KEY_BYTES, "%s/%04u", division, year);
    REQUIRE(length > 0 && length < KEY_BYTES);
    return out_key;
}

static struct plan_mornings *mornings_of(struct mornings *mornings, const struct plan *plan)
{
    char key[KEY_BYTES];
    struct plan_mornings *of_plan = map_get(&mornings->by_plan, key_of(plan->division, plan->year, key));
    if (of_plan == NULL) {
        const char *kept = arena_copy(mornings->arena, key);
        of_plan = arena_alloc(mornings->arena, sizeof *of_plan);
        REQUIRE(kept != NULL && of_plan != NULL);
        map_put(&mornings->by_plan, kept, of_plan);
    }
    return of_plan;
}

void mornings_published(struct mornings *mornings, const struct plan *plan, const struct plan *before, int64_t at_us)
{
    struct plan_mornings *of_plan = mornings_of(mornings, plan);
    day_number today = day_of_instant(at_us);
    int64_t morning = before == NULL ? INT64_MAX : morning_us(&before->rules, today);
    if (morning <= at_us && morning > of_plan->since_us)
        of_plan->past = today;
    of_plan->since_us = at_us;
}

day_number mornings_past(const struct mornings *mornings, const char *division, uint32_t year)
{
    char key[KEY_BYTES];
    const struct plan_mornings *of_plan = map_get(&mornings->by_plan, key_of(division, year, key));
    return of_plan == NULL ? 0 : of_plan->past;
}

day_number morning_to_come(const struct rules *rules, day_number past, int64_t after_us)
{
    day_number day = morning_after(rules, after_us);
    return day > past ? day : past + 1;
}
