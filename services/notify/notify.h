/* Decides which deadline needs which alert when (docs/domain.md, sections 5 to 7). A pure fold over updates, standings
 * and time: the same history gives the same alerts with the same ids, however it is cut into calls. Opens nothing and
 * reads no clock. */
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

typedef void notify_alert_fn(void *context, const struct alert *alert);
typedef void notify_digest_fn(void *context, const struct unit_digest *digest);

struct notify_drain {
    int64_t now_us;
    int64_t grace_us; /* what lies further back than this is late */
    notify_alert_fn *alert;
    notify_digest_fn *digest;
    void *context;
    bool (*full)(void *context); /* may be null; asked before each: true to have the rest another time */
};

/* Hands over what was decided since the last call, in the order of its instants; at one instant alerts first. A late
 * upcoming, due, overdue, pace or silent alert that is not the newest in this call of its deadline and recipient is not
 * handed over but listed as skipped in the newest. Alert and digest are borrowed until return. False when it was full:
 * the next call goes on, and until one gives true nothing may be told to notify. */
bool notify_drain(struct notify *notify, const struct notify_drain *drain);

/* Who has signed for an alert, and when that was received; false when nobody has. */
bool notify_signature(const struct notify *notify, const char *alert_id, const char **out_signed_by,
                      int64_t *out_at_us) MUST_CHECK;

/* The enumeration has the numbers of DeadlineState in proto/duban/v1/requests.proto. */
enum deadline_state { DEADLINE_OPEN = 1, DEADLINE_OVERDUE, DEADLINE_MET, DEADLINE_WITHDRAWN, DEADLINE_SUSPENDED };

struct deadline {
    const char *division;
    uint32_t year;
    const char *id; /* the commitment's identifier, or "project/milestone" */
    uint32_t version;
    const char *unit, *commitment;
    day_number due, approved_due;
    uint32_t extensions; /* granted since the plan set the deadline */
    enum deadline_state state;
    bool has_next;
    int64_t next_us; /* when the next alert of the calendar is due */
};

typedef void notify_deadline_fn(void *context, const struct deadline *deadline);

/* Every deadline, ordered by division, year and id. */
void notify_deadlines(const struct notify *notify, notify_deadline_fn *answer, void *context);

/* One unit of a plan. */
struct unit_row {
    const char *division;
    uint32_t year;
    const struct unit *unit;
    struct burden burden;
    uint32_t open, overdue; /* deadlines */
};

typedef void notify_unit_fn(void *context, const struct unit_row *row);

/* Every unit of every plan, ordered by division, year and as in the plan. */
void notify_units(const struct notify *notify, notify_unit_fn *answer, void *context);

#endif
