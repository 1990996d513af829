#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What a reset leaves in memory; above it pages go back to the system. */
#define KEEP_BYTES ((size_t)1 << 20)
#define PAGE_BYTES ((size_t)4096)

/* Under AddressSanitizer objects stand apart, what lies between them may not be touched, and neither may what was given
 * back: an arena is one mapping, in which nothing else would tell one object from the next. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED
#endif
#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
#define SPREAD 2 /* bytes of the mapping for each that counts */
#define FORBID(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define ALLOW(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define SPREAD 1
#define FORBID(at, bytes) ((void)(at), (void)(bytes))
#define ALLOW(at, bytes) ((void)(at), (void)(bytes))
#endif

struct arena {
    char *base;
    size_t limit;
    size_t used;
    size_t most_used; /* before a reset */
};

struct arena *arena_new(size_t limit_bytes)
{
    size_t limit = (limit_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return NULL;
    void *base = mmap(NULL, limit * SPREAD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        free(arena);
        return NULL;
    }
    *arena = (struct arena){.base = base, .limit = limit};
    return arena;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t align = alignof(max_align_t);
    size_t start = (arena->used + align - 1) / align * align;
    if (start > arena->limit || bytes > arena->limit - start)
        return NULL;
    arena->used = start + bytes;
    char *memory = arena->base + start * SPREAD;
    ALLOW(memory, bytes);
    memset(memory, 0, bytes);
    size_t next = (arena->used + align - 1) / align * align;
    FORBID(memory + bytes, (next - start) * SPREAD - bytes);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total))
        return NULL;
    return arena_alloc(arena, total);
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return arena_text(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    REQUIRE(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    if (text == NULL)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

void arena_reset(struct arena *arena)
{
    if (arena->used > arena->most_used)
        arena->most_used = arena->used;
    FORBID(arena->base, arena->used * SPREAD);
    if (arena->used > KEEP_BYTES)
        madvise(arena->base + KEEP_BYTES * SPREAD, (arena->limit - KEEP_BYTES) * SPREAD, MADV_DONTNEED);
    arena->used = 0;
}

void arena_free(struct arena **arena)
{
    if (*arena == NULL)
        return;
    arena_reset(*arena);
    ALLOW((*arena)->base, (*arena)->most_used * SPREAD);
    munmap((*arena)->base, (*arena)->limit * SPREAD);
    free(*arena);
    *arena = NULL;
}
