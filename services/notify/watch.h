/* The life of one deadline: its versions, whether it is met, and which of its alerts have been decided. */
#ifndef DUBAN_NOTIFY_WATCH_H
#define DUBAN_NOTIFY_WATCH_H

#include "notify/outbox.h"
#include "notify/schedule.h"

#define WATCH_NEVER INT64_MAX

struct watch {
    const char *key, *division; /* key: "division/year/id" */
    struct promise promise;     /* all zero before the first version */
    uint32_t version;           /* 0: something was reported, but nothing promised yet */
    bool wanted;                /* stands in the plan, and its project goes on */
    bool suspended, met;
    /* What is known of it. For a milestone: reached, observed_on. */
    bool known, reached;
    struct decimal value;
    day_number observed_on;
    struct mark *marks; /* the alerts of this version decided so far */
    size_t mark_count, mark_capacity;
    int64_t wake_us; /* when the passing of time next changes something; owner's to keep with watch_wake_us */
    uint64_t seen;   /* owner's, to find what is promised no longer */
};

void watch_done(struct watch *watch);

/* The promise as it is now, with texts that live as long as the watch and its outbox. A promise that is new, or has
 * another due day, begins a version. Does not look at whether it is met: watch_settle must follow. */
void watch_promise(struct watch *watch, const struct promise *promise, bool suspended, int64_t at_us,
                   struct outbox *outbox);

/* Promised no longer. */
void watch_withdraw(struct watch *watch, enum cause cause, int64_t at_us, struct outbox *outbox);

/* Looks whether it is met now. To be called after every change of what is promised or known. */
void watch_settle(struct watch *watch, int64_t at_us, struct outbox *outbox);

/* Decides what falls on this very instant. */
void watch_run(struct watch *watch, int64_t at_us, struct outbox *outbox);

/* The first instant later than after_us at which watch_run has something to do, or WATCH_NEVER. */
int64_t watch_wake_us(const struct watch *watch, int64_t after_us);

/* How it stands at an instant. */
struct deadline watch_state(const struct watch *watch, int64_t at_us);

#endif
