/* The CloudEvents envelope (https://github.com/cloudevents/spec, 1.0.2, protobuf format). An event has one normal form:
 * its optional attributes ordered by name, with subject and dataschema filled in. duban stamps it with attributes of
 * its own when it enters a stream; what is left without them is the sender's content, by which duplicates are told from
 * conflicts. */
#ifndef DUBAN_WIRE_CLOUDEVENT_H
#define DUBAN_WIRE_CLOUDEVENT_H

#include "wire/message.h"

#include "base/digest.h"

#define TYPE_URL_PREFIX "type.googleapis.com/"

/* What duban adds to an event of a stream. */
struct stamp {
    uint64_t sequence;   /* attribute sequence, 20 digits */
    int64_t received_us; /* attribute receivedtime; 0 for none */
    uint64_t withdraws;  /* attribute withdraws: sequence of the update taken back, 20 digits; 0 for none */
    const char *sender;  /* attribute sender: name of the client whose key it came with; null for none */
};

struct event {
    const char *source, *id, *type;
    struct slice data; /* the bytes of the message in proto_data */
    struct stamp stamp;
    int64_t time_us; /* attribute time; 0 when absent */
    struct Io__Cloudevents__V1__CloudEvent *message;
};

/* Finds out who an event is, as far as that can be read: source and id in the arena, or "" where missing or unusable.
 */
void event_identity(struct slice bytes, struct arena *arena, const char **out_source, const char **out_id);

/* Reads an event: envelope, attributes, and that it carries proto_data of its own type. A submitted one may not carry
 * duban's attributes. RC_REFUSED with the reason otherwise; REASON_TOO_COMPLEX when the arena is full. Borrows from
 * bytes' copy in the arena. */
enum rc event_read_submitted(struct slice bytes, struct arena *arena, struct event *out_event,
                             struct reason *out_reason) MUST_CHECK;

/* Reads an event of a stream, with its stamp. */
enum rc event_read(struct slice bytes, struct arena *arena, struct event *out_event,
                   struct reason *out_reason) MUST_CHECK;

/* Brings an event into its normal form with the subject given, when it has none. False when the arena is full. */
bool event_normalise(struct event *event, const char *subject, struct arena *arena) MUST_CHECK;

/* SHA-256 of the normal form without the stamp. False when the arena is full. */
bool event_content(const struct event *event, struct arena *arena, struct digest *out_digest) MUST_CHECK;

/* The bytes that are stored and published: normal form and stamp. data is null when the arena is full. */
struct slice event_stamp(const struct event *event, const struct stamp *stamp, struct arena *arena);

/* An event of duban's own, to be stamped; null members of the event are not allowed. `data` is a protobuf-c message of
 * the type that is its event type. False when the arena is full. */
bool event_make(const char *source, const char *id, const char *subject, int64_t time_us, const ProtobufCMessage *data,
                struct arena *arena, struct event *out_event) MUST_CHECK;

#endif
