/* An alert as it is decided: the facts from which its sentences are made when it leaves. All texts and lists live as
 * long as the notify that decided it. */
#ifndef DUBAN_NOTIFY_DECISION_H
#define DUBAN_NOTIFY_DECISION_H

#include "notify/promise.h"

#include "domain/standing.h"

/* What is known of a deadline. For a milestone: known, reached, observed_on, simulated. */
struct knowledge {
    bool known, reached;
    struct decimal value, attainment, expected;
    day_number observed_on;
    enum colour colour;
    bool has_forecast;
    struct forecast forecast;
    bool simulated;
    uint32_t revision; /* of a commitment: what it was said about */
    struct decimal target;
    day_number due;
};

/* Why alerts are taken back. */
enum cause {
    CAUSE_NONE,
    CAUSE_MOVED,     /* another due day */
    CAUSE_EXTENDED,  /* the same, by an extension */
    CAUSE_TARGET,    /* another target */
    CAUSE_REDEFINED, /* another comparison */
    CAUSE_DROPPED,   /* no longer in the plan, or no longer promised by the project */
    CAUSE_CANCELLED, /* the project was given up */
};

struct withdrawal_cause {
    enum cause cause;
    day_number moved_to;      /* for CAUSE_MOVED and CAUSE_EXTENDED */
    struct decimal target_to; /* for CAUSE_TARGET */
    const char *note;         /* why it was extended, or who decided the target; may be "" */
};

struct decision {
    const char *key;        /* of the deadline, "division/year/id" */
    struct alert alert;     /* all but sentences, and what is known only when it is handed over */
    struct promise promise; /* as it was then */
    struct knowledge knowledge;
    struct withdrawal_cause why;
    const struct measure *const *silent; /* for silent: in the order of the indicator */
};

#endif
