/* The messages Plan and Project of proto/duban/v1/plan.proto, read into and written from the domain's structs. */
#ifndef DUBAN_WIRE_PLAN_WIRE_H
#define DUBAN_WIRE_PLAN_WIRE_H

#include "domain/plan.h"

#include "duban/v1/plan.pb-c.h"

/* Reads decimals and days; everything else is plan_check's. Texts are borrowed from the message. `path` stands before a
 * field's name. */
enum rc plan_read(const Duban__V1__Plan *message, const char *path, struct arena *arena, struct plan *out_plan,
                  struct reason *out_reason) MUST_CHECK;
enum rc project_read(const Duban__V1__Project *message, const char *path, struct arena *arena,
                     struct project *out_project, struct reason *out_reason) MUST_CHECK;

/* Null when the arena is full. Texts are borrowed from the plan. */
Duban__V1__Plan *plan_write(const struct plan *plan, struct arena *arena);
Duban__V1__Project *project_write(const struct project *project, struct arena *arena);

/* Texts of decimals and days in an arena; null when it is full. */
char *decimal_text(struct decimal value, struct arena *arena);
char *day_text(day_number day, struct arena *arena);

#endif
