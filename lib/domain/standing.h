/* Where a commitment stands, and an alert about a deadline: what metrics and notify decide, before it is put into the
 * messages IndicatorChanged and DeadlineAlert of proto/duban/v1/publications.proto. Texts are borrowed and never null.
 */
#ifndef DUBAN_DOMAIN_STANDING_H
#define DUBAN_DOMAIN_STANDING_H

#include "domain/plan.h"

/* The enumerations have the numbers of those in publications.proto. */
enum colour { COLOUR_GREY = 1, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_RED };

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
    struct decimal target, expected;
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
};

enum level { LEVEL_NONE, LEVEL_BLUE, LEVEL_YELLOW, LEVEL_ORANGE, LEVEL_RED };

/* "upcoming" … "withdrawn", as in topics. */
const char *phase_name(enum phase phase);

#define ALERT_ID_BYTES 33 /* 32 hexadecimal digits and the terminator */

struct alert {
    char id[ALERT_ID_BYTES];
    int64_t at_us; /* when it was due to be sent */
    const char *division;
    uint32_t year;
    const char *deadline; /* the commitment's identifier, or "project/milestone" */
    uint32_t version;
    const char *unit, *supervising_unit, *commitment, *project, *milestone;
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
};

/* The id of an alert: the first 32 hexadecimal digits of the SHA-256 of
 * "<division>/<year>/<deadline>/<version>/<phase>/<occurrence>", phase by name. Returns out_id. */
char *alert_id(const char *division, uint32_t year, const char *deadline, uint32_t version, enum phase phase,
               uint32_t occurrence, char out_id[ALERT_ID_BYTES]);

#endif
