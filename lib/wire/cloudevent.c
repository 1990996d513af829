#include "wire/cloudevent.h"

#include "domain/text.h"

#include "io/cloudevents/v1/cloudevents.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef Io__Cloudevents__V1__CloudEvent Envelope;
typedef Io__Cloudevents__V1__CloudEvent__AttributesEntry Attribute;
typedef Io__Cloudevents__V1__CloudEvent__CloudEventAttributeValue Value;

#define ATTRIBUTES_MAX 32    /* that a sender may give */
#define OWN_ATTRIBUTES_MAX 6 /* that duban adds: subject, dataschema and the stamp */

static const ProtobufCMessageDescriptor *const envelope_type = &io__cloudevents__v1__cloud_event__descriptor;

static const char *const stamp_names[] = {"receivedtime", "sender", "sequence", "withdraws"};

static bool is_stamp(const char *name)
{
    for (size_t i = 0; i < sizeof stamp_names / sizeof *stamp_names; i++)
        if (strcmp(name, stamp_names[i]) == 0)
            return true;
    return false;
}

static const Value *attribute(const Envelope *envelope, const char *name)
{
    for (size_t i = 0; i < envelope->n_attributes; i++)
        if (strcmp(envelope->attributes[i]->key, name) == 0)
            return envelope->attributes[i]->value;
    return NULL;
}

static const char *usable(struct slice text, size_t max_bytes, struct arena *arena)
{
    bool fits = text.bytes <= max_bytes && text_valid_bytes((const char *)text.data, text.bytes) == text.bytes;
    const char *copy = fits ? arena_text(arena, (const char *)text.data, text.bytes) : NULL;
    return copy == NULL ? "" : copy;
}

/* Where a field stands twice protobuf takes the last, and so must whoever looks at the bytes. */
static const char *last_text(struct slice bytes, uint32_t number, size_t max_bytes, struct arena *arena)
{
    struct slice text = {NULL, 0}, found;
    size_t offset = 0;
    while (message_next(bytes, number, &offset, &found) == RC_OK)
        text = found;
    return usable(text, max_bytes, arena);
}

void event_identity(struct slice bytes, struct arena *arena, const char **out_source, const char **out_id)
{
    *out_source = last_text(bytes, 2, SOURCE_MAX_BYTES, arena);
    *out_id = last_text(bytes, 1, EVENT_ID_MAX_BYTES, arena);
}

static bool name_valid(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == length;
}

/* Names are lower-case letters and digits, each once, with a value; `time` is a timestamp. */
static enum rc check_attributes(const Envelope *envelope, struct reason *out_reason)
{
    size_t most = ATTRIBUTES_MAX + OWN_ATTRIBUTES_MAX;
    if (envelope->n_attributes > most)
        return reason_set(out_reason, REASON_TOO_LONG, "attributes", "%zu > %zu", envelope->n_attributes, most);
    for (size_t i = 0; i < envelope->n_attributes; i++) {
        const Attribute *entry = envelope->attributes[i];
        if (!name_valid(entry->key))
            return reason_set(out_reason, REASON_INVALID_IDENTIFIER, "attributes", "%s", entry->key);
        if (entry->value == NULL ||
            entry->value->attr_case == IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR__NOT_SET)
            return reason_set(out_reason, REASON_MISSING_FIELD, "attributes", "%s", entry->key);
        if (attribute(envelope, entry->key) != entry->value)
            return reason_set(out_reason, REASON_DUPLICATE_IDENTIFIER, "attributes", "%s", entry->key);
    }
    const Value *time = attribute(envelope, "time");
    if (time != NULL &&
        time->attr_case != IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP)
        return reason_set(out_reason, REASON_MALFORMED_DATA, "attributes.time", "%s", "ce_timestamp");
    return RC_OK;
}

static enum rc check_envelope(const Envelope *envelope, struct reason *out_reason)
{
    enum rc rc = check_text(envelope->id, 1, EVENT_ID_MAX_BYTES, "id", out_reason);
    if (rc == RC_OK)
        rc = check_text(envelope->source, 1, SOURCE_MAX_BYTES, "source", out_reason);
    if (rc == RC_OK && strcmp(envelope->spec_version, "1.0") != 0)
        rc = reason_set(out_reason, REASON_UNSUPPORTED_VERSION, "spec_version", "%s", envelope->spec_version);
    if (rc == RC_OK)
        rc = check_text(envelope->type, 1, 128, "type", out_reason);
    if (rc == RC_OK)
        rc = check_attributes(envelope, out_reason);
    if (rc != RC_OK)
        return rc;
    if (envelope->data_case != IO__CLOUDEVENTS__V1__CLOUD_EVENT__DATA_PROTO_DATA)
        return reason_set(out_reason, REASON_MISSING_FIELD, "proto_data", "%s", "proto_data");
    const char *url = envelope->proto_data->type_url;
    const char *name = strrchr(url, '/');
    if (name == NULL || strcmp(name + 1, envelope->type) != 0)
        return reason_set(out_reason, REASON_MALFORMED_DATA, "proto_data.type_url", "%s", url);
    return RC_OK;
}

static int64_t timestamp_us(const Value *value)
{
    if (value == NULL ||
        value->attr_case != IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP)
        return 0;
    const Google__Protobuf__Timestamp *time = value->ce_timestamp;
    if (time->seconds < -62135596800 || time->seconds >= 253370764800) /* years 1 to 9998: every zone can show them */
        return 0;
    return timestamp_read(time);
}

static const char *text_of(const Value *value)
{
    bool text = value != NULL &&
                value->attr_case == IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    return text ? value->ce_string : NULL;
}

static uint64_t number(const Value *value)
{
    const char *text = text_of(value);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

enum rc event_read(struct slice bytes, struct arena *arena, struct event *out_event, struct reason *out_reason)
{
    enum rc rc = message_check(envelope_type, bytes, "", out_reason);
    if (rc != RC_OK)
        return rc;
    Envelope *envelope = message_unpack(envelope_type, bytes, arena);
    if (envelope == NULL)
        return reason_set(out_reason, REASON_TOO_COMPLEX, "", "%s", "");
    rc = check_envelope(envelope, out_reason);
    if (rc != RC_OK)
        return rc;
    *out_event = (struct event){
        .source = envelope->source,
        .id = envelope->id,
        .type = envelope->type,
        .data = {envelope->proto_data->value.data, envelope->proto_data->value.len},
        .stamp = {.sequence = number(attribute(envelope, "sequence")),
                  .received_us = timestamp_us(attribute(envelope, "receivedtime")),
                  .withdraws = number(attribute(envelope, "withdraws")),
                  .sender = text_of(attribute(envelope, "sender"))},
        .time_us = timestamp_us(attribute(envelope, "time")),
        .message = envelope,
    };
    return RC_OK;
}

enum rc event_read_submitted(struct slice bytes, struct arena *arena, struct event *out_event,
                             struct reason *out_reason)
{
    enum rc rc = event_read(bytes, arena, out_event, out_reason);
    if (rc != RC_OK)
        return rc;
    size_t count = out_event->message->n_attributes;
    if (count > ATTRIBUTES_MAX)
        return reason_set(out_reason, REASON_TOO_LONG, "attributes", "%zu > %d", count, ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++)
        if (is_stamp(out_event->message->attributes[i]->key))
            return reason_set(out_reason, REASON_RESERVED_ATTRIBUTE, "attributes", "%s",
                              out_event->message->attributes[i]->key);
    return RC_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(Attribute *const *)a)->key, (*(Attribute *const *)b)->key);
}

static Value *new_value(struct arena *arena)
{
    Value *value = arena_alloc(arena, sizeof *value);
    if (value != NULL)
        io__cloudevents__v1__cloud_event__cloud_event_attribute_value__init(value);
    return value;
}

static Value *text_value(const char *text, struct arena *arena)
{
    Value *value = new_value(arena);
    char *copy = arena_copy(arena, text);
    if (value == NULL || copy == NULL)
        return NULL;
    value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    value->ce_string = copy;
    return value;
}

static Value *uri_value(const char *text, struct arena *arena)
{
    Value *value = text_value(text, arena);
    if (value == NULL)
        return NULL;
    char *uri = value->ce_string;
    value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_URI;
    value->ce_uri = uri;
    return value;
}

static Value *time_value(int64_t instant_us, struct arena *arena)
{
    Value *value = new_value(arena);
    Google__Protobuf__Timestamp *time = arena_alloc(arena, sizeof *time);
    if (value == NULL || time == NULL)
        return NULL;
    timestamp_write(instant_us, time);
    value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
    value->ce_timestamp = time;
    return value;
}

static Value *number_value(uint64_t value, struct arena *arena)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%020llu", (unsigned long long)value);
    return text_value(digits, arena);
}

/* Adds an attribute at the end; a null value means that the arena was full. */
static bool add(Envelope *envelope, const char *name, Value *value, struct arena *arena)
{
    Attribute *entry = arena_alloc(arena, sizeof *entry);
    char *key = arena_copy(arena, name);
    if (value == NULL || entry == NULL || key == NULL)
        return false;
    io__cloudevents__v1__cloud_event__attributes_entry__init(entry);
    entry->key = key;
    entry->value = value;
    envelope->attributes[envelope->n_attributes++] = entry;
    return true;
}

/* A copy of the envelope without its stamp, with room for duban's own attributes. */
static Envelope *without_stamp(const Envelope *envelope, struct arena *arena)
{
    Envelope *copy = arena_alloc(arena, sizeof *copy);
    Attribute **attributes = arena_array(arena, envelope->n_attributes + OWN_ATTRIBUTES_MAX, sizeof *attributes);
    if (copy == NULL || attributes == NULL)
        return NULL;
    *copy = *envelope;
    copy->attributes = attributes;
    copy->n_attributes = 0;
    for (size_t i = 0; i < envelope->n_attributes; i++)
        if (!is_stamp(envelope->attributes[i]->key))
            copy->attributes[copy->n_attributes++] = envelope->attributes[i];
    return copy;
}

static void order(Envelope *envelope)
{
    qsort(envelope->attributes, envelope->n_attributes, sizeof *envelope->attributes, by_name);
}

bool event_normalise(struct event *event, const char *subject, struct arena *arena)
{
    Envelope *normal = without_stamp(event->message, arena);
    if (normal == NULL)
        return false;
    char url[160];
    snprintf(url, sizeof url, TYPE_URL_PREFIX "%s", event->type);
    if (*subject != '\0' && attribute(normal, "subject") == NULL &&
        !add(normal, "subject", text_value(subject, arena), arena))
        return false;
    if (attribute(normal, "dataschema") == NULL && !add(normal, "dataschema", uri_value(url, arena), arena))
        return false;
    order(normal);
    event->message = normal;
    return true;
}

bool event_content(const struct event *event, struct arena *arena, struct digest *out_digest)
{
    Envelope *content = without_stamp(event->message, arena);
    if (content == NULL)
        return false;
    order(content);
    struct slice bytes = message_pack(content, arena);
    if (bytes.data == NULL)
        return false;
    *out_digest = digest_of(bytes.data, bytes.bytes);
    return true;
}

struct slice event_stamp(const struct event *event, const struct stamp *stamp, struct arena *arena)
{
    const struct slice full = {NULL, 0};
    Envelope *stamped = without_stamp(event->message, arena);
    if (stamped == NULL || !add(stamped, "sequence", number_value(stamp->sequence, arena), arena))
        return full;
    if (stamp->received_us != 0 && !add(stamped, "receivedtime", time_value(stamp->received_us, arena), arena))
        return full;
    if (stamp->withdraws != 0 && !add(stamped, "withdraws", number_value(stamp->withdraws, arena), arena))
        return full;
    if (stamp->sender != NULL && !add(stamped, "sender", text_value(stamp->sender, arena), arena))
        return full;
    order(stamped);
    return message_pack(stamped, arena);
}

bool event_make(const char *source, const char *id, const char *subject, int64_t time_us, const ProtobufCMessage *data,
                struct arena *arena, struct event *out_event)
{
    Envelope *envelope = arena_alloc(arena, sizeof *envelope);
    Google__Protobuf__Any *any = arena_alloc(arena, sizeof *any);
    Attribute **attributes = arena_array(arena, 1, sizeof *attributes);
    struct slice bytes = message_pack(data, arena);
    if (envelope == NULL || any == NULL || attributes == NULL || bytes.data == NULL)
        return false;
    io__cloudevents__v1__cloud_event__init(envelope);
    google__protobuf__any__init(any);
    any->type_url = arena_printf(arena, TYPE_URL_PREFIX "%s", data->descriptor->name);
    any->value = (ProtobufCBinaryData){.len = bytes.bytes, .data = (uint8_t *)(uintptr_t)bytes.data};
    envelope->source = arena_copy(arena, source);
    envelope->id = arena_copy(arena, id);
    envelope->spec_version = arena_copy(arena, "1.0");
    envelope->type = arena_copy(arena, data->descriptor->name);
    envelope->data_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__DATA_PROTO_DATA;
    envelope->proto_data = any;
    envelope->attributes = attributes;
    if (any->type_url == NULL || envelope->source == NULL || envelope->id == NULL || envelope->spec_version == NULL ||
        envelope->type == NULL || (time_us != 0 && !add(envelope, "time", time_value(time_us, arena), arena)))
        return false;
    *out_event = (struct event){.source = envelope->source,
                                .id = envelope->id,
                                .type = envelope->type,
                                .data = bytes,
                                .time_us = time_us,
                                .message = envelope};
    return event_normalise(out_event, subject, arena);
}
