/* What is known: the plans and projects, and the changes of targets and deadlines beside them, as the stream of updates
 * has made them. A pure fold; ingest checks reports against it, metrics and notify compute with it. Nothing is
 * forgotten, so that what was known at an earlier sequence can still be asked. Sequences are those of the stream
 * updates; UINT64_MAX stands for everything known. */
#ifndef DUBAN_DOMAIN_REGISTRY_H
#define DUBAN_DOMAIN_REGISTRY_H

#include "domain/update.h"

#include "base/map.h"

struct registry;

/* Plans of one division: a plan year is from 1990 to 2099. */
#define REGISTRY_PLANS_MAX 110

enum project_state { PROJECT_ACTIVE, PROJECT_SUSPENDED, PROJECT_CANCELLED };

struct registered_project {
    const struct project *project;
    enum project_state state;
    uint64_t sequence;                       /* of the update that made it so */
    const struct registered_project *before; /* as it was before; null at first */
};

/* A target or a deadline put in force beside the plan. */
struct change {
    bool of_target; /* else of the deadline */
    struct decimal target;
    day_number due;
    day_number since; /* first day on which it holds */
    const char *note; /* who decided a target; why a deadline was extended */
    const char *source;
    uint64_t sequence;
    int64_t received_us;
    bool ended; /* by a revision of the plan, which is the update ended_by */
    uint64_t ended_by;
    const struct change *before; /* null at first */
};

/* What a commitment promises, seen from a day and a sequence. */
struct terms {
    struct decimal approved_target, target; /* the plan's, and the one in force */
    day_number approved_due, due;
    const struct change *adjustment, *extension; /* that are in force; or null */
};

/* A request for an extension. */
struct extension {
    uint32_t year;
    const char *commitment, *reason;
    day_number due; /* asked for */
    bool decided, granted;
};

struct registry *registry_new(void);
void registry_free(struct registry **registry);

/* Takes in a plan, a registration, a change of state, of target or deadline; every other kind changes nothing. A plan's
 * projects count as registered; one that a later revision leaves out stays known. Copies what it keeps. */
void registry_apply(struct registry *registry, const struct update *update);

/* Whether registry_apply would change anything for this kind. */
bool registry_concerns(enum update_kind kind);

/* Whether the update may be applied, given what is known: RC_OK, or RC_REFUSED with the reason. Checks plans (in
 * themselves, their revision, and measures against the division's other plans), references to measures, projects,
 * milestones, units, commitments and requests, the state of projects, that a later deadline is asked for
 * while the one in force has not passed, and only ever moves later, and that no day lies after `today`. Withdrawals and
 * signatures are checked by ingest against the log. */
enum rc registry_check(const struct registry *registry, const struct update *update, day_number today,
                       struct reason *out_reason) MUST_CHECK;

/* How many divisions are known, and the code of each, in the order of the codes. */
size_t registry_division_count(const struct registry *registry);
const char *registry_division(const struct registry *registry, size_t index);

/* The newest revision of the plan of a division and year, or null. Valid until the registry is freed: a plan that a
 * revision replaces stays in memory. */
const struct plan *registry_plan(const struct registry *registry, const char *division, uint32_t year);

/* The same as it was known at a sequence; null when there was none. */
const struct plan *registry_plan_at(const struct registry *registry, const char *division, uint32_t year,
                                    uint64_t sequence);

/* All plans of a division in their newest revisions, ordered by year; returns how many were written, at most `max`. */
size_t registry_plans(const struct registry *registry, const char *division, const struct plan **out_plans, size_t max);

/* A measure, group or unit of the newest plan of the division that has it; null when unknown. */
const struct measure *registry_measure(const struct registry *registry, const char *division, const char *id);

/* A project as it is now; null when unknown. */
const struct registered_project *registry_project(const struct registry *registry, const char *division,
                                                  const char *id);

/* A project as it was known at a sequence; null when it was not. */
const struct registered_project *project_known_at(const struct registered_project *registered, uint64_t sequence);

/* What a commitment of this plan promises on a day, as known at a sequence (docs/domain.md, section 1). */
struct terms registry_terms(const struct registry *registry, const struct plan *plan,
                            const struct commitment *commitment, day_number day, uint64_t sequence);

/* All changes ever made beside the plan to a commitment, the last first; null when there are none. */
const struct change *registry_changes(const struct registry *registry, const char *division, uint32_t year,
                                      const char *commitment);

/* A request by its CloudEvent's source and id; null when there is none. */
const struct extension *registry_extension(const struct registry *registry, const char *division, const char *source,
                                           const char *id);

/* The projects of a division in the order of their identifiers: the entries' values are struct registered_project. The
 * map is empty when the division is unknown. Valid until the next registry_apply. */
const struct map *registry_projects(const struct registry *registry, const char *division);

#endif
