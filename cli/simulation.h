/* A made-up year of a plan: what its units would report, ask for and sign, good and bad alike. A pure function of the
 * plan and a seed; whatever it makes says so, by a source that begins with SIMULATED_SOURCE. */
#ifndef DUBAN_CLI_SIMULATION_H
#define DUBAN_CLI_SIMULATION_H

#include "domain/update.h"

/* How a commitment, or a project's milestone, goes. */
enum character {
    CHARACTER_AHEAD,     /* reached long before the deadline */
    CHARACTER_ON_PACE,   /* reached a little before it */
    CHARACTER_BEHIND,    /* far behind all the time, and reached in the last days */
    CHARACTER_LATE,      /* reached after the deadline */
    CHARACTER_NEVER,     /* not reached, or never held */
    CHARACTER_SILENT,    /* the reports stop */
    CHARACTER_EXTENDED,  /* a later deadline is asked for, and granted or refused */
    CHARACTER_CORRECTED, /* reports are replaced, and taken back and sent anew */
    CHARACTER_ADJUSTED,  /* another target is put in force in the autumn */
    CHARACTER_KEPT,      /* a floor or ceiling that holds */
    CHARACTER_BROKEN,    /* a floor or ceiling that is broken and mended */
    CHARACTER_ZERO,      /* nothing may happen, and nothing is reported to have happened */
    CHARACTER_SUSPENDED, /* a project that rests for a while */
    CHARACTER_CANCELLED, /* a project that is given up */
    CHARACTER_REVISED,   /* the plan itself */
    CHARACTER_COUNT,
};

/* "ahead" … "revised". */
const char *character_name(enum character character);

/* What ingest will say when the plan is published and everything before was sent. */
enum expectation {
    EXPECT_ACCEPTED,
    EXPECT_REFUSED, /* it is wrong on purpose */
    EXPECT_EITHER,  /* it refers to what may not have come: an alert, or what a revision has left in the plan */
};

struct simulated_event {
    int64_t at_us;        /* when it is sent; events of one instant are one batch */
    struct update update; /* not yet accepted: no sequence; received_us is at_us, which becomes the attribute time */
    const char *note;     /* evidence or reason, as update_write takes it */
    enum character character;
    enum expectation expectation;
};

struct simulation_options {
    uint64_t seed;
    bool revised; /* the plan is revised in the summer, and sometimes again in the autumn */
};

struct simulation {
    const struct simulated_event *events; /* in the order of time */
    size_t count;
    int64_t end_us; /* nothing comes any more, nor is waited for */
};

/* From 1 January of the plan's year until two months after its last deadline in that year, or after the year where all
 * are later. The plan is one that passed plan_check; events borrow from it and live in the arena. */
void simulate(const struct plan *plan, const struct simulation_options *options, struct arena *arena,
              struct simulation *out_simulation);

#endif
