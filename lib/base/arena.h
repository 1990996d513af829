/* Memory that is given back all at once. An arena reserves address space up to its limit and touches only what is used;
 * every object of one message, one batch or one plan lives in one. */
#ifndef DUBAN_BASE_ARENA_H
#define DUBAN_BASE_ARENA_H

#include "base/err.h"

#include <stddef.h>

struct arena;

/* limit_bytes: most that can be allocated, rounded up to a page. Null when the address space cannot be had. */
struct arena *arena_new(size_t limit_bytes);

/* Zeroed memory aligned for any type, or null when the limit is reached. Lives until arena_reset or arena_free. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* count × bytes, null also on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t bytes);

/* A terminated copy of the first `length` bytes of text, or null when the limit is reached. */
char *arena_text(struct arena *arena, const char *text, size_t length);
char *arena_copy(struct arena *arena, const char *text);

/* A formatted string, or null when the limit is reached. */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* The memory, which there must be: for arenas whose limit no input reaches, so that to run out is a defect and ends the
 * process as REQUIRE does. */
#define arena_must(memory) arena_must_at((memory), #memory " != NULL", __FILE__, __LINE__)

static inline void *arena_must_at(void *memory, const char *condition, const char *file, int line)
{
    if (memory == NULL)
        require_failed(condition, file, line);
    return memory;
}

size_t arena_used(const struct arena *arena);

/* Forgets all objects, gives large memory back to the system and keeps the reservation. */
void arena_reset(struct arena *arena);

void arena_free(struct arena **arena);

#endif
