/* What was promised for one deadline, as the plan and the project say it now: the facts that a deadline is made of. */
#ifndef DUBAN_NOTIFY_PROMISE_H
#define DUBAN_NOTIFY_PROMISE_H

#include "domain/registry.h"

#define PROMISE_ID_BYTES 160 /* two identifiers, '/' and the terminator, with air */

/* Texts live as long as the registry, except the id of a milestone's. */
struct promise {
    uint32_t year;
    const char *id; /* the commitment's identifier, or "project/milestone" */
    const char *unit, *supervising_unit, *commitment;
    const char *unit_zh, *unit_en;           /* the unit's names; its id where the plan does not know it */
    const char *project, *milestone;         /* "" for a commitment */
    const char *name_zh, *name_en;           /* of the commitment or the project */
    const char *milestone_zh, *milestone_en; /* "" for a commitment */
    const struct plan *plan;                 /* that says the rest */
    const struct rules *rules;               /* the plan's */
    day_number morning_past;                 /* the plan's last morning that has been, see mornings; owner's to set */
    enum hold hold;
    enum comparison comparison; /* this and the next six only for a commitment */
    struct decimal target;      /* in force */
    const char *value_unit;
    day_number start;
    const struct indicator *indicator;
    const struct change *adjustment, *extension; /* in force; may be null */
    day_number due, approved_due;
};

/* A commitment's promise on a day, with the target and the deadline that are in force. */
struct promise promise_of_commitment(const struct registry *registry, const struct plan *plan,
                                     const struct commitment *commitment, day_number day);

/* A project's promise, seen with the plans of its division ordered by year, of which there must be one. Writes the
 * deadline's id to out_id, which the promise borrows. */
struct promise promise_of_milestone(const struct plan *const *plans, size_t plan_count, const struct project *project,
                                    const struct milestone_deadline *deadline, char out_id[PROMISE_ID_BYTES]);

/* True when a project that has reached `reached` has thereby reached `milestone`: the same, or an earlier one of a
 * group that the project belongs to. */
bool promise_implied(const struct plan *const *plans, size_t plan_count, const struct project *project,
                     const char *reached, const char *milestone);

#endif
