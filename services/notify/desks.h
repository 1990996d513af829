/* The desks of the units: what each was told since its last digest, and how often it was asked and reminded in a plan
 * year. */
#ifndef DUBAN_NOTIFY_DESKS_H
#define DUBAN_NOTIFY_DESKS_H

#include "notify/decision.h"
#include "notify/mornings.h"

#define DESKS_NEVER INT64_MAX

struct desk {
    const char *key; /* "division/year/unit" */
    const char *division, *unit;
    uint32_t year;
    struct burden burden;
    bool changed;           /* since the last digest */
    struct decision *items; /* alerts since then; from malloc */
    size_t item_count, item_capacity;
};

struct desks;

/* Texts live in the arena. All must outlive the desks. */
struct desks *desks_new(const struct registry *registry, const struct mornings *mornings, struct arena *arena);
void desks_free(struct desks **desks);

/* The desk of a unit, which is made when it is new. Stays where it is. */
struct desk *desks_get(struct desks *desks, const char *division, uint32_t year, const char *unit);

/* Whether a desk was got since the last question, and so may await a digest. */
bool desks_touched(struct desks *desks);

/* Counts an alert, and lays it on the desk of its recipient. */
void desks_take(struct desks *desks, const struct decision *decision);

/* The first morning later than an instant on which a digest is due; DESKS_NEVER when none is. */
int64_t desks_next_us(const struct desks *desks, int64_t after_us);

/* Calls `take` for each desk whose digest is due on this very instant, in the order of their keys, and clears it. What
 * the desk's items point to stays; the array is the taker's to free. */
typedef void desks_take_fn(void *context, const struct desk *desk);
void desks_run(struct desks *desks, int64_t at_us, desks_take_fn *take, void *context);

/* The same, or null when there is none yet. */
const struct desk *desks_find(const struct desks *desks, const char *division, uint32_t year, const char *unit);

#endif
