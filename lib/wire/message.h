/* Protobuf messages, checked before they are unpacked. protobuf-c checks neither UTF-8 nor embedded zeros nor the range
 * of enumerations, and unpacks into forty times the bytes received; so bytes from outside are walked along their
 * descriptor first. */
#ifndef DUBAN_WIRE_MESSAGE_H
#define DUBAN_WIRE_MESSAGE_H

#include "domain/reason.h"

#include "base/arena.h"
#include "base/slice.h"

#include "google/protobuf/timestamp.pb-c.h"

#include <protobuf-c/protobuf-c.h>

/* Walks the bytes as a message of this type (https://protobuf.dev/programming-guides/encoding/): well formed, every
 * string valid UTF-8 without control characters, every enumeration a declared value. Unknown fields are let pass.
 * RC_OK, or RC_REFUSED with the path of the field at fault, below `path`. */
enum rc message_check(const ProtobufCMessageDescriptor *type, struct slice bytes, const char *path,
                      struct reason *out_reason) MUST_CHECK;

/* Unpacks into the arena. Null when the arena is full or the bytes are not a message. */
void *message_unpack(const ProtobufCMessageDescriptor *type, struct slice bytes, struct arena *arena);

/* Packs into the arena; data is null when it is full. */
struct slice message_pack(const void *message, struct arena *arena);

/* Instants, in µs since 1970 UTC, as messages and back
 * (https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp): nanoseconds count forward, also before 1970. */
void timestamp_write(int64_t instant_us, Google__Protobuf__Timestamp *out_time);
int64_t timestamp_read(const Google__Protobuf__Timestamp *time);

/* Finds the next length-delimited field `number` at the top level of a message, from *offset on, and moves *offset past
 * it: RC_OK with the field's bytes, RC_AGAIN at the end, RC_REFUSED when the bytes are not well formed. */
enum rc message_next(struct slice message, uint32_t number, size_t *offset, struct slice *out_field) MUST_CHECK;

/* The other way: a message of one length-delimited field, its bytes as they are; data is null when the arena is full.
 */
struct slice message_of_field(uint32_t number, struct slice field, struct arena *arena);

#endif
