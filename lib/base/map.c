#include "base/map.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* Index of the first entry whose key is not less. */
static size_t position(const struct map *map, const char *key)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(map->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool holds(const struct map *map, size_t index, const char *key)
{
    return index < map->count && strcmp(map->entries[index].key, key) == 0;
}

void *map_get(const struct map *map, const char *key)
{
    size_t index = position(map, key);
    return holds(map, index, key) ? map->entries[index].value : NULL;
}

void map_put(struct map *map, const char *key, void *value)
{
    size_t index = position(map, key);
    if (!holds(map, index, key)) {
        map->entries = array_grow(map->entries, map->count, &map->capacity, sizeof *map->entries);
        memmove(map->entries + index + 1, map->entries + index, (map->count - index) * sizeof *map->entries);
        map->count++;
    }
    map->entries[index] = (struct map_entry){key, value};
}

void map_remove(struct map *map, const char *key)
{
    size_t index = position(map, key);
    if (!holds(map, index, key))
        return;
    map->count--;
    memmove(map->entries + index, map->entries + index + 1, (map->count - index) * sizeof *map->entries);
}

void map_done(struct map *map)
{
    free(map->entries);
    *map = (struct map){0};
}

void *array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity == 0 ? 8 : *capacity * 2;
    void *larger = reallocarray(array, wanted, element_bytes);
    REQUIRE(larger != NULL);
    *capacity = wanted;
    return larger;
}
