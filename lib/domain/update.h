/* An accepted update as the deciding parts see it: one CloudEvent of the stream updates, checked and read. Texts are
 * borrowed from the arena it was read into and never null. */
#ifndef DUBAN_DOMAIN_UPDATE_H
#define DUBAN_DOMAIN_UPDATE_H

#include "domain/plan.h"

enum update_kind {
    UPDATE_PLAN_PUBLISHED = 1,
    UPDATE_PROJECT_REGISTERED,
    UPDATE_MEASUREMENT_REPORTED,
    UPDATE_MILESTONE_REACHED,
    UPDATE_PROJECT_SUSPENDED,
    UPDATE_PROJECT_RESUMED,
    UPDATE_PROJECT_CANCELLED,
    UPDATE_WITHDRAWN,
};

struct measurement {
    const char *measure, *project; /* project "": the division as a whole */
    struct decimal value;
    const char *unit;
    day_number observed_on;
    const char *scope;
};

struct milestone_reached {
    const char *project, *milestone;
    day_number reached_on;
};

struct withdrawal {
    const char *id;    /* CloudEvent id of what is taken back; the source is the update's own */
    uint64_t sequence; /* of what is taken back; 0 until ingest has found it */
};

struct update {
    enum update_kind kind;
    uint64_t sequence;   /* in the stream updates; 0 before it is accepted */
    int64_t received_us; /* the same for all updates that were accepted in one transaction, and rising from one to the
                            next */
    const char *source, *id;
    const char *division;
    union {
        const struct plan *plan;
        const struct project *registered;
        struct measurement measurement;
        struct milestone_reached reached;
        const char *project; /* suspended, resumed, cancelled */
        struct withdrawal withdrawal;
    };
};

#endif
