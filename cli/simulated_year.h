/* A simulated year while it is being made up: what the parts of the simulation share. */
#ifndef DUBAN_CLI_SIMULATED_YEAR_H
#define DUBAN_CLI_SIMULATED_YEAR_H

#include "cli/dice.h"
#include "cli/simulation.h"

#include "base/map.h"
#include "domain/standing.h"

#define MILLION 1000000

struct year {
    const struct plan *plan;
    struct simulation_options options;
    struct arena *arena;
    day_number first_day, year_end, last_day;
    struct simulated_event *events; /* as they are made up, not yet in the order of time */
    size_t count, capacity;
    struct map claimed;           /* measure → the commitment that it is reported for */
    const struct project **crews; /* known by the end of January: reports may be split over them */
    size_t crew_count, crew_capacity;
};

/* How one commitment goes. */
struct course {
    const struct commitment *commitment;
    enum character character;
    struct dice dice;
    day_number from;        /* reports begin */
    day_number due;         /* in force in the end */
    int64_t pace;           /* so many millionths of the way are gone on the deadline's day, unless it is reached */
    day_number reached_on;  /* 0: never */
    day_number silent_from; /* INT32_MAX: never */
    struct decimal aim;     /* the target that is worked for */
    uint32_t version;       /* of the deadline, as far as what is sent changes it */
};

#define NEVER_SILENT INT32_MAX

/* Adds an event of a unit, complete but for source, id and division. Returns its id; null when it lies outside the year
 * and is left out. */
const char *tell(struct year *year, const char *unit, struct simulated_event event);

/* A formatted text in the arena. */
const char *made_up(struct year *year, const char *format, ...) PRINTF_LIKE(2, 3);

/* An instant on a day, or on the next working day: mostly in office hours, now and then at an edge of the day or of the
 * morning on which alerts are sent. */
int64_t office_instant(const struct year *year, struct dice *dice, day_number day);

/* A unit signs for an alert about a deadline on a day on which it should have come. */
void sign(struct year *year, struct dice *dice, day_number day, const struct alert *alert, enum character character);

/* Millionths of the way to the target that are gone at the end of a day. */
int64_t course_progress(const struct course *course, day_number day);

/* A goal to be raised (≥, >). */
bool goal_raised(const struct commitment *commitment);

/* factor × numerator compares with (target − offset) × denominator as promised. */
bool figure_reached(const struct commitment *commitment, struct decimal target, struct decimal numerator,
                    struct decimal denominator);

/* The course of a commitment whose figure must stay on one side, or must be brought to the other. */
void course_draw(struct year *year, const struct commitment *commitment, struct course *out_course);
bool course_is_limit(const struct commitment *commitment);

/* Reports of the measures of a commitment. */
void tell_figures(struct year *year, struct course *course);

/* Registrations, milestones and changes of state of all projects. */
void tell_works(struct year *year, struct course *courses);

#endif
