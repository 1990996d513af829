/* The alerts that were decided and not yet handed over. They are kept as facts: ids and sentences are made when they
 * leave. */
#ifndef DUBAN_NOTIFY_OUTBOX_H
#define DUBAN_NOTIFY_OUTBOX_H

#include "notify/alert_text.h"
#include "notify/notify.h"

/* An alert of a known version of a known deadline: what else its id is made of. */
struct mark {
    enum phase phase;
    uint32_t occurrence;
};

struct decision {
    const char *key;        /* of the deadline, "division/year/id"; must outlive the outbox, as must all texts */
    struct alert alert;     /* all but ids, texts, and what is known only when it is handed over */
    struct promise promise; /* as it was then */
    struct withdrawal_cause why;
    struct mark *taken_back; /* from malloc */
    size_t taken_back_count;
};

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox **outbox);

/* Copies the decision and takes its marks. */
void outbox_add(struct outbox *outbox, const struct decision *decision);

/* See notify_drain. */
void outbox_drain(struct outbox *outbox, int64_t now_us, int64_t grace_us, notify_emit_fn *emit, void *context);

#endif
