/* A map from text to pointers, kept in the order of its keys. Look-up takes log n steps, insertion moves up to n
 * pointers: meant for what a plan has, tens of thousands. Owns neither keys nor values. */
#ifndef DUBAN_BASE_MAP_H
#define DUBAN_BASE_MAP_H

#include <stddef.h>

struct map_entry {
    const char *key;
    void *value;
};

struct map {
    struct map_entry *entries; /* ordered by strcmp of key; read freely */
    size_t count;
    size_t capacity;
};

/* A map that is all zero is empty. */
void *map_get(const struct map *map, const char *key); /* null when absent */

/* Adds or replaces. The key is borrowed and must live as long as the entry; a replaced entry takes the new key. */
void map_put(struct map *map, const char *key, void *value);

/* Takes an entry out; nothing happens when there is none. The key is not used any more afterwards. */
void map_remove(struct map *map, const char *key);

void map_done(struct map *map);

/* Makes room for one element more in an array of `count`; ends the process when memory is out. Returns the array. */
void *array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes);

#endif
