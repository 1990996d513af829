#include "wire/message.h"

#include "domain/text.h"

#include "base/day.h"

#include <stdio.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LENGTH = 2, WIRE_FIXED32 = 5 };

/* One field as it stands in the bytes. */
struct field {
    uint32_t number;
    enum wire_type wire_type;
    uint64_t varint;    /* for WIRE_VARINT */
    struct slice bytes; /* for the others */
};

/* Longer tags and lengths than this are not read by protobuf-c. */
#define TAG_BYTES_MAX 5
#define VARINT_BYTES_MAX 10

static bool take_varint(struct slice message, unsigned bytes_max, size_t *offset, uint64_t *out_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * bytes_max && *offset < message.bytes; shift += 7) {
        uint8_t byte = message.data[(*offset)++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out_value = value;
            return true;
        }
    }
    return false;
}

static bool take_field(struct slice message, size_t *offset, struct field *out_field)
{
    uint64_t tag, length;
    if (!take_varint(message, TAG_BYTES_MAX, offset, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3)
        return false;
    *out_field = (struct field){.number = (uint32_t)(tag >> 3), .wire_type = (enum wire_type)(tag & 7)};
    switch (out_field->wire_type) {
    case WIRE_VARINT:
        return take_varint(message, VARINT_BYTES_MAX, offset, &out_field->varint);
    case WIRE_FIXED64:
        length = 8;
        break;
    case WIRE_FIXED32:
        length = 4;
        break;
    case WIRE_LENGTH:
        if (!take_varint(message, TAG_BYTES_MAX, offset, &length))
            return false;
        break;
    default:
        return false; /* groups, which proto3 does not have */
    }
    if (length > message.bytes - *offset)
        return false;
    out_field->bytes = (struct slice){message.data + *offset, (size_t)length};
    *offset += (size_t)length;
    return true;
}

static enum rc malformed(const char *path, struct reason *out_reason)
{
    return reason_set(out_reason, REASON_MALFORMED_DATA, path, "%s", "");
}

static enum rc check_string(struct slice text, const char *path, struct reason *out_reason)
{
    if (text_valid_bytes((const char *)text.data, text.bytes) == text.bytes)
        return RC_OK;
    return reason_set(out_reason, REASON_INVALID_TEXT, path, "%s", "");
}

static enum rc check_enum(const ProtobufCEnumDescriptor *type, uint64_t value, const char *path,
                          struct reason *out_reason)
{
    if (value <= INT32_MAX && protobuf_c_enum_descriptor_get_value(type, (int)value) != NULL)
        return RC_OK;
    return reason_set(out_reason, REASON_OUT_OF_RANGE, path, "%llu", (unsigned long long)value);
}

static enum wire_type wanted_wire_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_LENGTH;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_FIXED32;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_FIXED64;
    default:
        return WIRE_VARINT;
    }
}

/* The last of packed numbers ends where they end. */
static bool packed_whole(struct slice numbers, enum wire_type type)
{
    if (type != WIRE_VARINT)
        return numbers.bytes % (type == WIRE_FIXED64 ? 8 : 4) == 0;
    for (size_t offset = 0; offset < numbers.bytes;) {
        uint64_t value;
        if (!take_varint(numbers, VARINT_BYTES_MAX, &offset, &value))
            return false;
    }
    return true;
}

static enum rc check_field(const ProtobufCFieldDescriptor *type, const struct field *field, const char *path,
                           struct reason *out_reason)
{
    enum wire_type wanted = wanted_wire_type(type->type);
    bool packed = type->label == PROTOBUF_C_LABEL_REPEATED && wanted != WIRE_LENGTH && field->wire_type == WIRE_LENGTH;
    if (packed) /* numbers, of which no repeated enumeration exists here */
        return packed_whole(field->bytes, wanted) ? RC_OK : malformed(path, out_reason);
    if (field->wire_type != wanted)
        return malformed(path, out_reason);
    switch (type->type) {
    case PROTOBUF_C_TYPE_STRING:
        return check_string(field->bytes, path, out_reason);
    case PROTOBUF_C_TYPE_ENUM:
        return check_enum(type->descriptor, field->varint, path, out_reason);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_check(type->descriptor, field->bytes, path, out_reason);
    default:
        return RC_OK;
    }
}

enum rc message_check(const ProtobufCMessageDescriptor *type, struct slice bytes, const char *path,
                      struct reason *out_reason)
{
    /* How often each of the first fields was seen, for the index in the path. */
    unsigned seen[32] = {0};
    for (size_t offset = 0; offset < bytes.bytes;) {
        struct field field;
        if (!take_field(bytes, &offset, &field))
            return malformed(path, out_reason);
        const ProtobufCFieldDescriptor *known = protobuf_c_message_descriptor_get_field(type, field.number);
        if (known == NULL)
            continue;
        char inner[160];
        const char *dot = *path == '\0' ? "" : ".";
        if (known->label == PROTOBUF_C_LABEL_REPEATED)
            snprintf(inner, sizeof inner, "%s%s%s[%u]", path, dot, known->name, seen[field.number % 32]++);
        else
            snprintf(inner, sizeof inner, "%s%s%s", path, dot, known->name);
        enum rc rc = check_field(known, &field, inner, out_reason);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static void *allocate(void *arena, size_t bytes)
{
    return arena_alloc(arena, bytes);
}

static void release(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

void *message_unpack(const ProtobufCMessageDescriptor *type, struct slice bytes, struct arena *arena)
{
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release, .allocator_data = arena};
    return protobuf_c_message_unpack(type, &allocator, bytes.bytes, bytes.data);
}

struct slice message_pack(const void *message, struct arena *arena)
{
    size_t bytes = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_alloc(arena, bytes);
    if (data == NULL)
        return (struct slice){NULL, 0};
    REQUIRE(protobuf_c_message_pack(message, data) == bytes);
    return (struct slice){data, bytes};
}

enum rc message_next(struct slice message, uint32_t number, size_t *offset, struct slice *out_field)
{
    while (*offset < message.bytes) {
        struct field field;
        if (!take_field(message, offset, &field))
            return RC_REFUSED;
        if (field.number == number && field.wire_type == WIRE_LENGTH) {
            *out_field = field.bytes;
            return RC_OK;
        }
    }
    return RC_AGAIN;
}

struct slice message_of_field(uint32_t number, struct slice field, struct arena *arena)
{
    size_t varint_most = 10, used = 0;
    uint8_t *data = arena_alloc(arena, 2 * varint_most + field.bytes);
    if (data == NULL)
        return (struct slice){NULL, 0};
    const uint64_t numbers[] = {(uint64_t)number << 3 | WIRE_LENGTH, field.bytes};
    for (size_t i = 0; i < 2; i++) {
        uint64_t rest = numbers[i];
        for (; rest > 127; rest >>= 7)
            data[used++] = (uint8_t)(rest | 128);
        data[used++] = (uint8_t)rest;
    }
    memcpy(data + used, field.data, field.bytes);
    return (struct slice){data, used + field.bytes};
}

void timestamp_write(int64_t instant_us, Google__Protobuf__Timestamp *out_time)
{
    google__protobuf__timestamp__init(out_time);
    out_time->seconds = instant_us / SECOND_US - (instant_us % SECOND_US < 0);
    out_time->nanos = (int32_t)((instant_us - out_time->seconds * SECOND_US) * 1000);
}

int64_t timestamp_read(const Google__Protobuf__Timestamp *time)
{
    return time->seconds * SECOND_US + time->nanos / 1000;
}
