#include "fuzz/stored_zip.h"

#include <string.h>

#define LOCAL_BYTES 30
#define CENTRAL_BYTES 46
#define END_BYTES 22

static uint32_t crc32_of(struct slice content)
{
    static uint32_t table[256];
    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
        table[i] = value;
    }
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < content.bytes; i++)
        crc = table[(crc ^ content.data[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

static void put(uint8_t *out, size_t at, size_t bytes, size_t number)
{
    for (size_t i = 0; i < bytes; i++)
        out[at + i] = (uint8_t)(number >> 8 * i);
}

/* What both headers of a part have in common, from the needed version to the length of the name. */
static void put_part(uint8_t *out, const struct zip_part *part)
{
    put(out, 0, 2, 20);
    put(out, 8, 2, 0x21); /* 1980-01-01 */
    put(out, 10, 4, crc32_of(part->content));
    put(out, 14, 4, part->content.bytes);
    put(out, 18, 4, part->content.bytes);
    put(out, 22, 2, strlen(part->name));
}

static uint8_t *append(uint8_t *out, const void *data, size_t bytes)
{
    if (bytes > 0)
        memcpy(out, data, bytes);
    return out + bytes;
}

struct slice stored_zip(const struct zip_part *parts, size_t count, struct arena *arena)
{
    size_t total = END_BYTES;
    for (size_t i = 0; i < count; i++)
        total += LOCAL_BYTES + CENTRAL_BYTES + 2 * strlen(parts[i].name) + parts[i].content.bytes;
    uint8_t *archive = arena_must(arena_alloc(arena, total)), *out = archive;
    size_t *starts = arena_must(arena_array(arena, count, sizeof *starts));
    for (size_t i = 0; i < count; i++) {
        starts[i] = (size_t)(out - archive);
        put(out, 0, 4, 0x04034b50);
        put_part(out + 4, &parts[i]);
        out = append(out + LOCAL_BYTES, parts[i].name, strlen(parts[i].name));
        out = append(out, parts[i].content.data, parts[i].content.bytes);
    }
    size_t directory = (size_t)(out - archive);
    for (size_t i = 0; i < count; i++) {
        put(out, 0, 4, 0x02014b50);
        put_part(out + 6, &parts[i]);
        put(out, 42, 4, starts[i]);
        out = append(out + CENTRAL_BYTES, parts[i].name, strlen(parts[i].name));
    }
    size_t directory_bytes = (size_t)(out - archive) - directory;
    put(out, 0, 4, 0x06054b50);
    put(out, 8, 2, count);
    put(out, 10, 2, count);
    put(out, 12, 4, directory_bytes);
    put(out, 16, 4, directory);
    return (struct slice){archive, total};
}
