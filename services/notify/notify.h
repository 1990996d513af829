/* Decides which deadline needs which alert when. A pure fold over updates, standings and time: the same history gives
 * the same alerts with the same ids, however it is cut into calls. Opens nothing and reads no clock. */
#ifndef DUBAN_NOTIFY_H
#define DUBAN_NOTIFY_H

#include "domain/registry.h"
#include "domain/standing.h"

struct notify;

struct notify *notify_new(void);
void notify_free(struct notify **notify);

/* The history, in the order of its instants; at one instant alerts of the calendar come first, then updates, then
 * standings. Each call first decides every alert of the calendar up to and including its instant. An instant that is
 * earlier than what has been passed counts as now. What is kept is copied. */
void notify_update(struct notify *notify, const struct update *update); /* at its received_us */
void notify_standing(struct notify *notify, int64_t at_us, const struct standing *standing);
void notify_advance(struct notify *notify, int64_t until_us);

typedef void notify_emit_fn(void *context, const struct alert *alert);

/* Hands over the alerts decided since the last call, in the order of their instants. An alert whose instant lies more
 * than grace_us before now_us is marked late; a late upcoming, due or overdue alert that is not its deadline's newest
 * in this call is not handed over but listed as skipped in the newest. The alert is borrowed until return. */
void notify_drain(struct notify *notify, int64_t now_us, int64_t grace_us, notify_emit_fn *emit, void *context);

/* The enumeration has the numbers of DeadlineState in proto/duban/v1/requests.proto. */
enum deadline_state { DEADLINE_OPEN = 1, DEADLINE_OVERDUE, DEADLINE_MET, DEADLINE_WITHDRAWN, DEADLINE_SUSPENDED };

struct deadline {
    const char *division;
    uint32_t year;
    const char *id; /* the commitment's identifier, or "project/milestone" */
    uint32_t version;
    const char *unit, *commitment;
    day_number due;
    enum deadline_state state;
    bool has_next;
    int64_t next_us; /* when the next alert of the calendar is due */
};

typedef void notify_deadline_fn(void *context, const struct deadline *deadline);

/* Every deadline, ordered by division, year and id. */
void notify_deadlines(const struct notify *notify, notify_deadline_fn *answer, void *context);

#endif
