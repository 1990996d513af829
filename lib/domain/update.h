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
    UPDATE_TARGET_ADJUSTED,
    UPDATE_EXTENSION_REQUESTED,
    UPDATE_EXTENSION_DECIDED,
    UPDATE_ALERT_ACKNOWLEDGED,
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

struct target_adjustment {
    uint32_t year;
    const char *commitment;
    struct decimal target;
    const char *decided_by;
    day_number decided_on;
};

struct extension_request {
    uint32_t year;
    const char *commitment;
    day_number due; /* asked for */
    const char *reason;
};

struct extension_decision {
    const char *request_source, *request_id; /* CloudEvent source and id of the request */
    bool granted;
    const char *reason;
};

struct acknowledgement {
    const char *alert; /* CloudEvent id */
    const char *signed_by;
};

/* Made-up data says so by whom it comes from. */
#define SIMULATED_SOURCE "/simulated/"

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
        struct target_adjustment adjustment;
        struct extension_request request;
        struct extension_decision decision;
        struct acknowledgement acknowledgement;
    };
};

#endif
