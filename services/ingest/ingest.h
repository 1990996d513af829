/* Decides what becomes of a submitted event. Opens nothing and reads no clock. */
#ifndef DUBAN_INGEST_H
#define DUBAN_INGEST_H

#include "ingest/permit.h"

/* The enumeration has the numbers of Outcome in proto/duban/v1/requests.proto. */
enum outcome {
    OUTCOME_ACCEPTED = 1,
    OUTCOME_DUPLICATE,
    OUTCOME_CONFLICT,
    OUTCOME_QUARANTINED,
    OUTCOME_REJECTED,
    OUTCOME_UNAVAILABLE,
};

/* What the log holds under the event's source and id. */
enum existing { EXISTING_NONE, EXISTING_SAME, EXISTING_OTHER };

/* A submitted event, as far as it could be read, and what the log says about it. */
struct candidate {
    bool has_identity;           /* source and id are usable */
    const struct update *update; /* null when it could not be read; then `problem` says why */
    struct reason problem;
    const char *type;            /* of the event that was read */
    const struct rights *sender; /* null: it has none any more */
    enum existing existing;
    /* For a withdrawal: there is an update that may be taken back. For a signature: the alert was sent. */
    bool target_found;
    struct permit_facts facts;
};

/* The reason is filled for every outcome but ACCEPTED and DUPLICATE. `today` is the day of the event's receipt. */
enum outcome ingest_decide(const struct registry *registry, const struct candidate *candidate, day_number today,
                           struct reason *out_reason);

/* Whether an update of this type and topic, as they stand in the log, may be taken back by a withdrawal for a division.
 */
bool ingest_may_withdraw(const char *type, const char *topic, const char *division);

/* Whether an alert of this topic may be signed for in a division; to which unit it was sent, in the arena. */
bool ingest_may_sign(const char *topic, const char *division, struct arena *arena, const char **out_unit);

/* The topic of an accepted update: update.<division>.<unit>.<project>., '-' where there is none; for a plan
 * update.<division>.plan.<year>. Null when the arena is full. */
const char *ingest_topic(const struct registry *registry, const struct update *update, struct arena *arena);

#endif
