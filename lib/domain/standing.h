/* Where a commitment stands, and an alert about a deadline: what metrics and notify decide, before it is put into the
 * messages IndicatorChanged and DeadlineAlert of proto/duban/v1/publications.proto. Texts are borrowed and never null.
 */
#ifndef DUBAN_DOMAIN_STANDING_H
#define DUBAN_DOMAIN_STANDING_H

#include "domain/plan.h"

/* The enumerations have the numbers of those in publications.proto. */
enum colour { COLOUR_GREY = 1, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_RED };

/* Where the pace of the last reports leads. Decimals are rounded half to even at 9 places. */
struct forecast {
    day_number since; /* of the report that the pace is taken from */
    struct decimal weekly_pace;
    bool reaches; /* at this pace, by 2099 */
    day_number reached_on;
    struct decimal value_at_deadline;
    bool misses;
    bool pace_needed_known; /* not on the deadline's day */
    struct decimal weekly_pace_needed;
};

struct standing {
    const char *division;
    uint32_t year, revision;
    const char *indicator; /* the commitment's identifier */
    const char *unit;
    day_number as_of;
    uint64_t updates_sequence;
    bool known; /* else numerator, denominator, value, attainment and observed_on mean nothing */
    struct decimal numerator, denominator, value, attainment;
    const char *value_unit;
    struct decimal target, expected; /* the target in force */
    struct decimal approved_target, approved_attainment;
    day_number due; /* in force */
    bool has_forecast;
    struct forecast forecast;
    bool simulated; /* a report in it was made up */
    enum colour colour;
    bool reached;
    day_number observed_on;
    const char *scope;
    bool retired;
};

enum phase {
    PHASE_UPCOMING = 1,
    PHASE_DUE,
    PHASE_OVERDUE,
    PHASE_MET,
    PHASE_WITHDRAWN,
    PHASE_PACE,
    PHASE_SILENT,
    PHASE_BREACH,
};

enum level { LEVEL_NONE, LEVEL_BLUE, LEVEL_YELLOW, LEVEL_ORANGE, LEVEL_RED };

/* "upcoming" … "breach", as in topics. */
const char *phase_name(enum phase phase);

/* Whether a newer alert of the same deadline and recipient makes one of this phase needless. */
bool phase_may_be_skipped(enum phase phase);

#define ALERT_ID_BYTES 33 /* 32 hexadecimal digits and the terminator */

struct alert {
    char id[ALERT_ID_BYTES];
    int64_t at_us; /* when it was due to be sent */
    const char *division;
    uint32_t year;
    const char *deadline; /* the commitment's identifier, or "project/milestone" */
    uint32_t version;
    const char *unit, *supervising_unit, *recipient, *commitment, *project, *milestone;
    enum phase phase;
    uint32_t occurrence;
    enum level level;
    day_number due;
    int32_t days_left;
    uint32_t days_late;
    bool value_known;
    struct decimal value, target; /* target: only for a commitment's deadline (project "") */
    const char *value_unit;
    const char *text_zh, *text_en;
    const char *reason;           /* for withdrawn */
    const char *const *withdrawn; /* ids of the alerts taken back */
    size_t withdrawn_count;
    bool late;
    const char *const *skipped; /* ids of the alerts that this one replaces */
    size_t skipped_count;
    const char *const *silent_measures; /* for silent */
    size_t silent_measure_count;
    bool simulated; /* what it rests on was made up */
};

/* How much a unit was asked in a plan year. */
struct burden {
    uint32_t asked, reminded, alerts_signed;
    uint32_t extensions_requested, extensions_granted, extensions_refused;
};

struct digest_item {
    char id[ALERT_ID_BYTES];
    const char *deadline;
    enum phase phase;
    enum level level;
    const char *text_zh, *text_en;
};

/* What a unit was told since the morning before. */
struct unit_digest {
    char id[ALERT_ID_BYTES];
    int64_t at_us; /* the morning */
    const char *division;
    uint32_t year;
    const char *unit;
    const struct digest_item *items;
    size_t item_count;
    struct burden burden;
    bool late;
};

/* The id of an alert: the first 32 hexadecimal digits of the SHA-256 of
 * "<division>/<year>/<deadline>/<version>/<phase>/<occurrence>", phase by name, followed by "/<recipient>" when that is
 * not the unit. Reads only these fields. Returns out_id. */
char *alert_id(const struct alert *alert, char out_id[ALERT_ID_BYTES]);

/* The id of a digest: likewise of "<division>/<year>/<unit>/digest/<day>", the day of at_us. */
char *digest_id(const struct unit_digest *digest, char out_id[ALERT_ID_BYTES]);

#endif
