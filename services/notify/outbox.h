/* The alerts and digests that were decided and not yet handed over. They are kept as facts: sentences are made when
 * they leave. Also knows every alert ever decided by its id, and who has signed for it. */
#ifndef DUBAN_NOTIFY_OUTBOX_H
#define DUBAN_NOTIFY_OUTBOX_H

#include "notify/desks.h"
#include "notify/notify.h"

/* An alert that was decided. */
struct letter {
    const char *key; /* of its deadline */
    const char *division, *recipient;
    uint32_t year;
    const char *signed_by; /* null while nobody has signed */
    int64_t signed_at_us;
};

struct outbox;

/* What is kept lives in the arena. Both must outlive the outbox. */
struct outbox *outbox_new(struct desks *desks, struct arena *arena);
void outbox_free(struct outbox **outbox);

/* Memory that lives as long as the outbox, for what a decision points to. */
void *outbox_keep(struct outbox *outbox, size_t bytes);

/* Copies the decision, gives its alert its id and lays it on the desk of its recipient. Returns the id, which lives as
 * long as the outbox; null when an alert of this id was decided before, which changes nothing. */
const char *outbox_add(struct outbox *outbox, const struct decision *decision);

/* The alert of an id; null when none was decided. */
struct letter *outbox_letter(const struct outbox *outbox, const char *id);

/* Puts in the digests that are due on this very instant. */
void outbox_digest(struct outbox *outbox, int64_t at_us);

/* See notify_drain. */
bool outbox_drain(struct outbox *outbox, const struct notify_drain *drain);

#endif
