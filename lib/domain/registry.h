/* What is known: the plans in their newest revision and the projects with their state, as the stream of updates has
 * made them. A pure fold; ingest checks reports against it, metrics and notify compute with it. */
#ifndef DUBAN_DOMAIN_REGISTRY_H
#define DUBAN_DOMAIN_REGISTRY_H

#include "domain/update.h"

#include "base/map.h"

struct registry;

enum project_state { PROJECT_ACTIVE, PROJECT_SUSPENDED, PROJECT_CANCELLED };

struct registered_project {
    const struct project *project; /* as registered last */
    enum project_state state;
};

struct registry *registry_new(void);
void registry_free(struct registry **registry);

/* Takes in a plan, a registration or a change of state; every other kind changes nothing. A plan's projects count as
 * registered; one that a later revision leaves out stays known. Copies what it keeps. */
void registry_apply(struct registry *registry, const struct update *update);

/* Whether registry_apply would change anything for this kind. */
bool registry_concerns(enum update_kind kind);

/* Whether the update may be applied, given what is known: RC_OK, or RC_REFUSED with the reason. Checks plans (in
 * themselves, their revision, and measures against the division's other plans), references to measures, projects,
 * milestones and units, the state of projects, and that no day lies after `today`. Withdrawals are checked by ingest
 * against the log. */
enum rc registry_check(const struct registry *registry, const struct update *update, day_number today,
                       struct reason *out_reason) MUST_CHECK;

/* The newest revision of the plan of a division and year, or null. Valid until the registry is freed: a plan that a
 * revision replaces stays in memory. */
const struct plan *registry_plan(const struct registry *registry, const char *division, uint32_t year);

/* All plans of a division, ordered by year; returns how many were written, at most `max`. */
size_t registry_plans(const struct registry *registry, const char *division, const struct plan **out_plans, size_t max);

/* A measure, group or unit of the newest plan of the division that has it; null when unknown. */
const struct measure *registry_measure(const struct registry *registry, const char *division, const char *id);

/* A project; null when unknown. Valid until the next registry_apply. */
const struct registered_project *registry_project(const struct registry *registry, const char *division,
                                                  const char *id);

/* The projects of a division in the order of their identifiers: the entries' values are struct registered_project. The
 * map is empty when the division is unknown. Valid until the next registry_apply. */
const struct map *registry_projects(const struct registry *registry, const char *division);

#endif
