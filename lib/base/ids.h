/* A set of identifiers with a value each, in no order: where a map's order is not needed and there may be millions. The
 * identifiers are hashes, or are made by duban alone: who could choose them could make it slow. */
#ifndef DUBAN_BASE_IDS_H
#define DUBAN_BASE_IDS_H

#include <stddef.h>

struct id_slot;

/* All zero when empty. Keys are borrowed. */
struct ids {
    struct id_slot *slots; /* from malloc */
    size_t count, capacity;
};

/* Null when it is not there. */
void *ids_get(const struct ids *ids, const char *id);

/* Adds an id, or gives it another value, which must not be null. */
void ids_put(struct ids *ids, const char *id, void *value);

/* Gives the memory back; it is empty then. */
void ids_done(struct ids *ids);

#endif
