#include "base/ids.h"

#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64 /* a power of two, as every capacity */

struct id_slot {
    const char *id; /* null: free */
    void *value;
};

/* FNV-1a. */
static uint64_t hash(const char *id)
{
    uint64_t sum = 14695981039346656037U;
    for (; *id != '\0'; id++)
        sum = (sum ^ (unsigned char)*id) * 1099511628211U;
    return sum;
}

/* The slot of an id, or the free one where it belongs. There always is a free one. */
static struct id_slot *find(struct id_slot *slots, size_t capacity, const char *id)
{
    size_t at = hash(id) & (capacity - 1);
    while (slots[at].id != NULL && strcmp(slots[at].id, id) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

void *ids_get(const struct ids *ids, const char *id)
{
    return ids->count == 0 ? NULL : find(ids->slots, ids->capacity, id)->value;
}

static void grow(struct ids *ids)
{
    size_t capacity = ids->capacity == 0 ? CAPACITY_MIN : ids->capacity * 2;
    struct id_slot *slots = calloc(capacity, sizeof *slots);
    REQUIRE(slots != NULL);
    for (size_t i = 0; i < ids->capacity; i++)
        if (ids->slots[i].id != NULL)
            *find(slots, capacity, ids->slots[i].id) = ids->slots[i];
    free(ids->slots);
    ids->slots = slots;
    ids->capacity = capacity;
}

void ids_put(struct ids *ids, const char *id, void *value)
{
    REQUIRE(value != NULL);
    if (ids->count >= ids->capacity / 2)
        grow(ids);
    struct id_slot *slot = find(ids->slots, ids->capacity, id);
    if (slot->id == NULL)
        ids->count++;
    *slot = (struct id_slot){id, value};
}

void ids_done(struct ids *ids)
{
    free(ids->slots);
    *ids = (struct ids){0};
}
