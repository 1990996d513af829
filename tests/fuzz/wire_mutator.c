/* Mutates protobuf messages as messages. Bytes changed at random hardly ever leave the lengths around them right; here
 * a field at any depth is changed, doubled or left out, and the lengths are made to fit. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 8
#define PARTS_MAX 64
#define BUFFER_BYTES ((size_t)1 << 16)

/* libFuzzer's own, and the hook by which it asks for this one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t max_bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max_bytes, unsigned seed);

/* A field as it stands in a message: its tag begins at `start`, what is in it at `content`. */
struct part {
    size_t start, content, end;
    unsigned wire_type;
    size_t tag_end;
};

static unsigned next(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(*random >> 33);
}

static bool take_varint(const uint8_t *data, size_t bytes, size_t *at, uint64_t *out_value)
{
    *out_value = 0;
    for (unsigned shift = 0; shift < 70 && *at < bytes; shift += 7) {
        uint8_t byte = data[(*at)++];
        *out_value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_part(const uint8_t *data, size_t bytes, size_t *at, struct part *out_part)
{
    static const size_t fixed[] = {[1] = 8, [5] = 4};
    uint64_t tag, value;
    out_part->start = *at;
    if (!take_varint(data, bytes, at, &tag) || tag >> 3 == 0)
        return false;
    out_part->wire_type = tag & 7;
    out_part->tag_end = out_part->content = *at;
    bool varint = out_part->wire_type == 0, length = out_part->wire_type == 2;
    if ((varint || length) && !take_varint(data, bytes, at, &value))
        return false;
    if (length)
        out_part->content = *at;
    else if (!varint && (out_part->wire_type > 5 || fixed[out_part->wire_type] == 0))
        return false;
    size_t more = varint ? 0 : length ? (size_t)value : fixed[out_part->wire_type];
    if (more > bytes - *at)
        return false;
    *at += more;
    out_part->end = *at;
    return true;
}

/* The fields of a message; 0 when it is none, or has more. */
static size_t find_parts(const uint8_t *data, size_t bytes, struct part parts[PARTS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < bytes; count++)
        if (count == PARTS_MAX || !take_part(data, bytes, &at, &parts[count]))
            return 0;
    return count;
}

/* Puts other bytes in the place of those from start to end. Returns the new length, the old one when it would be too
 * long. */
static size_t replace(uint8_t *data, size_t bytes, size_t max_bytes, size_t start, size_t end, const uint8_t *with,
                      size_t with_bytes)
{
    size_t length = bytes - (end - start) + with_bytes;
    if (length > max_bytes)
        return bytes;
    memmove(data + start + with_bytes, data + end, bytes - end);
    if (with_bytes > 0)
        memcpy(data + start, with, with_bytes);
    return length;
}

static size_t put_varint(uint8_t *out, uint64_t value)
{
    size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        out[count++] = (uint8_t)(value | 0x80);
    out[count++] = (uint8_t)value;
    return count;
}

static size_t mutate(uint8_t *data, size_t bytes, size_t max_bytes, uint64_t *random, int depth);

static size_t change_part(uint8_t *data, size_t bytes, size_t max_bytes, const struct part *part, uint64_t *random,
                          int depth)
{
    static uint8_t buffers[DEPTH_MAX][BUFFER_BYTES];
    uint8_t *buffer = buffers[depth] + 10, prefix[10]; /* room for the length before it */
    size_t length = part->end - part->content, room = BUFFER_BYTES - 10;
    if (length > room || part->wire_type != 2) { /* a number: its bytes stay one */
        LLVMFuzzerMutate(data + part->content, length, length);
        for (size_t i = 0; part->wire_type == 0 && i < length; i++)
            data[part->content + i] = (uint8_t)((data[part->content + i] & 0x7f) | (i + 1 < length ? 0x80 : 0));
        return bytes;
    }
    memcpy(buffer, data + part->content, length);
    length = mutate(buffer, length, room < max_bytes ? room : max_bytes, random, depth + 1);
    size_t prefix_bytes = put_varint(prefix, length);
    memcpy(buffer - prefix_bytes, prefix, prefix_bytes);
    return replace(data, bytes, max_bytes, part->tag_end, part->end, buffer - prefix_bytes, prefix_bytes + length);
}

static size_t mutate(uint8_t *data, size_t bytes, size_t max_bytes, uint64_t *random, int depth)
{
    struct part parts[PARTS_MAX];
    uint8_t copy[1024];
    size_t count = find_parts(data, bytes, parts);
    unsigned choice = next(random) % 16;
    if (count == 0 || depth == DEPTH_MAX || choice == 0)
        return LLVMFuzzerMutate(data, bytes, max_bytes);
    const struct part *part = &parts[next(random) % count];
    size_t whole = part->end - part->start;
    if (choice == 1)
        return replace(data, bytes, max_bytes, part->start, part->end, NULL, 0);
    if (choice > 2 || whole > sizeof copy)
        return change_part(data, bytes, max_bytes, part, random, depth);
    memcpy(copy, data + part->start, whole);
    size_t at = parts[next(random) % count].start;
    return replace(data, bytes, max_bytes, at, at, copy, whole);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max_bytes, unsigned seed)
{
    uint64_t random = seed;
    return mutate(data, bytes, max_bytes, &random, 0);
}
