/* Which mornings of a plan have been. A revision may put the hour of its alerts back on a day whose morning was: that
 * day has no second one. */
#ifndef DUBAN_NOTIFY_MORNINGS_H
#define DUBAN_NOTIFY_MORNINGS_H

#include "domain/plan.h"

#include "base/map.h"

struct mornings {
    struct arena *arena;
    struct map by_plan; /* "division/year" → struct plan_mornings */
};

struct mornings mornings_on(struct arena *arena);
void mornings_done(struct mornings *mornings);

/* A plan is published at an instant; until then the revision before held, which is null at first. */
void mornings_published(struct mornings *mornings, const struct plan *plan, const struct plan *before, int64_t at_us);

/* The last day whose morning is known to have been; 0, which is long ago, when none is. */
day_number mornings_past(const struct mornings *mornings, const char *division, uint32_t year);

/* The first day whose morning is later than an instant, and not one of those that have been. */
day_number morning_to_come(const struct rules *rules, day_number past, int64_t after_us);

#endif
