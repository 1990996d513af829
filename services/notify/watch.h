/* The life of one deadline: its versions, whether it is met or broken, and which of its alerts have been decided
 * (docs/domain.md, section 6). */
#ifndef DUBAN_NOTIFY_WATCH_H
#define DUBAN_NOTIFY_WATCH_H

#include "notify/marks.h"
#include "notify/outbox.h"
#include "notify/schedule.h"
#include "notify/silence.h"

#define WATCH_NEVER INT64_MAX

struct watch {
    const char *key, *division; /* key: "division/year/id" */
    struct promise promise;     /* all zero before the first version */
    struct schedule schedule;   /* of the promise */
    struct silence silence;     /* its ears are the owner's to set */
    uint32_t version;           /* 0: something was reported, but nothing promised yet */
    bool wanted;                /* stands in the plan, and its project goes on */
    bool suspended, met;
    bool broken;        /* a floor or ceiling that an alert says is broken */
    bool awaiting;      /* what is known was said about the version before */
    uint32_t told;      /* trouble on the last morning */
    day_number entered; /* on which it became wanted */
    struct knowledge now;
    struct marks marks; /* of this version */
    int64_t wake_us;    /* when the passing of time next changes something; owner's to keep with watch_wake_us */
    uint64_t seen;      /* owner's, to find what is promised no longer */
};

void watch_done(struct watch *watch);

/* The promise as it is now, with texts that live as long as the watch and its outbox. A promise that is new, or has
 * another due day, target or comparison, begins a version. Does not look at whether it is met: watch_settle must
 * follow.
 */
void watch_promise(struct watch *watch, const struct promise *promise, bool suspended, int64_t at_us,
                   struct outbox *outbox);

/* Promised no longer. */
void watch_withdraw(struct watch *watch, enum cause cause, int64_t at_us, struct outbox *outbox);

/* Looks whether it is met or broken now. To be called after every change of what is promised or known. */
void watch_settle(struct watch *watch, int64_t at_us, struct outbox *outbox);

/* Decides what falls on this very instant. */
void watch_run(struct watch *watch, int64_t at_us, struct outbox *outbox);

/* The first instant later than after_us at which watch_run has something to do, or WATCH_NEVER. */
int64_t watch_wake_us(const struct watch *watch, int64_t after_us);

/* How it stands at an instant. */
struct deadline watch_state(const struct watch *watch, int64_t at_us);

#endif
