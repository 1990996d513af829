/* An archive in which nothing is compressed, so that a mutation of a part is one of what is read. */
#ifndef TESTS_FUZZ_STORED_ZIP_H
#define TESTS_FUZZ_STORED_ZIP_H

#include "base/arena.h"
#include "base/slice.h"

struct zip_part {
    const char *name;
    struct slice content;
};

/* The archive of these parts, in the arena. */
struct slice stored_zip(const struct zip_part *parts, size_t count, struct arena *arena);

#endif
