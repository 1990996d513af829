/* The projects under watch: the deadlines of each, and the milestones it was reported to have reached. */
#ifndef DUBAN_NOTIFY_WORKS_H
#define DUBAN_NOTIFY_WORKS_H

#include "notify/watch.h"

#include "base/map.h"

#include "domain/update.h"

struct report {
    uint64_t sequence;
    const char *milestone;
    day_number reached_on;
    bool withdrawn, simulated;
};

struct work {
    const char *division, *project;
    struct watch **watches; /* borrowed; every deadline the project ever had */
    size_t watch_count, watch_capacity;
    struct report *reports; /* in the order of their sequences */
    size_t report_count, report_capacity;
};

struct works;

/* Texts live in the arena, which must have room and outlive the works. */
struct works *works_new(struct arena *arena);
void works_free(struct works **works);

/* The project's, which is made when it is new. Stays where it is. */
struct work *works_get(struct works *works, const char *division, const char *project);

/* Adds a deadline, once. */
void work_watch(struct work *work, struct watch *watch);

/* Writes down a MilestoneReached; returns whose it is. */
struct work *works_report(struct works *works, const struct update *update);

/* Whether a report counts: it stands, and no later one of the same milestone does. */
bool work_report_counts(const struct work *work, size_t index);

/* Takes back the report with this sequence; returns whose it was, or null when it was no report of a milestone. */
struct work *works_withdraw(struct works *works, uint64_t sequence);

#endif
