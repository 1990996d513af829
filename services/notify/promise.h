/* What was promised for one deadline, as the plan and the project say it now: the facts that a deadline is made of. */
#ifndef DUBAN_NOTIFY_PROMISE_H
#define DUBAN_NOTIFY_PROMISE_H

#include "domain/plan.h"

#define PROMISE_ID_BYTES 160 /* two identifiers, '/' and the terminator, with air */

/* Texts of a plan live as long as the registry; those of a project only until the next change, so they must be kept. */
struct promise {
    uint32_t year;
    const char *id; /* the commitment's identifier, or "project/milestone" */
    const char *unit, *supervising_unit, *commitment;
    const char *project, *milestone;         /* "" for a commitment */
    const char *name_zh, *name_en;           /* of the commitment or the project */
    const char *milestone_zh, *milestone_en; /* "" for a commitment */
    const struct rules *rules;               /* of a plan */
    enum hold hold;
    enum comparison comparison; /* this and the next two only for a commitment */
    struct decimal target;
    const char *value_unit;
    day_number due;
};

struct promise promise_of_commitment(const struct plan *plan, const struct commitment *commitment);

/* A project's promise, seen with the plans of its division ordered by year, of which there must be one. Writes the
 * deadline's id to out_id, which the promise borrows. */
struct promise promise_of_milestone(const struct plan *const *plans, size_t plan_count, const struct project *project,
                                    const struct milestone_deadline *deadline, char out_id[PROMISE_ID_BYTES]);

/* True when a project that has reached `reached` has thereby reached `milestone`: the same, or an earlier one of a
 * group that the project belongs to. */
bool promise_implied(const struct plan *const *plans, size_t plan_count, const struct project *project,
                     const char *reached, const char *milestone);

#endif
