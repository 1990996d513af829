/* Small plans by chance, of every shape that a plan may have. */
#ifndef DUBAN_TESTS_RANDOM_PLAN_H
#define DUBAN_TESTS_RANDOM_PLAN_H

#include "cli/dice.h"
#include "domain/plan.h"

/* A plan that passes plan_check, revision 1: 4 to 14 commitments. */
struct plan *random_plan(struct dice *dice, struct arena *arena);

/* The same plan a year later, with other targets. */
struct plan *plan_of_next_year(const struct plan *plan, struct dice *dice, struct arena *arena);

/* The same plan for a division below it, with other targets. */
struct plan *plan_of_part(const struct plan *plan, struct dice *dice, struct arena *arena);

#endif
