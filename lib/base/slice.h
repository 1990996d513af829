/* Bytes that belong to somebody else. */
#ifndef DUBAN_BASE_SLICE_H
#define DUBAN_BASE_SLICE_H

#include <stddef.h>
#include <stdint.h>

struct slice {
    const uint8_t *data;
    size_t bytes;
};

#endif
