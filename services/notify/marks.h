/* The alerts of one version of a deadline that were decided so far. */
#ifndef DUBAN_NOTIFY_MARKS_H
#define DUBAN_NOTIFY_MARKS_H

#include "domain/standing.h"

struct mark {
    enum phase phase;
    uint32_t occurrence;
    const char *recipient, *id; /* borrowed */
    uint64_t signed_at;         /* sequence of the signature; 0 while there is none */
};

struct marks {
    struct mark *list; /* in the order of their decision; from malloc */
    size_t count, capacity;
};

void marks_done(struct marks *marks);

void marks_add(struct marks *marks, struct mark mark);

/* Whether an alert was decided for anybody. */
bool marks_have(const struct marks *marks, enum phase phase, uint32_t occurrence);

/* The largest occurrence of a phase; 0 when there is none. */
uint32_t marks_last_occurrence(const struct marks *marks, enum phase phase);

/* Those who got an alert, in the order in which they first did: the one after `previous`, which is null at first; null
 * at the end. */
const char *marks_next_recipient(const struct marks *marks, const char *previous);

/* Writes down that the alert with this id was signed for, when it is one of these. */
void marks_sign(struct marks *marks, const char *id, uint64_t sequence);

/* Sequence of the last signature of a recipient under alerts of a phase; 0 when there is none. */
uint64_t marks_signed_at(const struct marks *marks, enum phase phase, const char *recipient);

#endif
