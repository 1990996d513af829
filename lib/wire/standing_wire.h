/* IndicatorChanged, DeadlineAlert and UnitDigest of proto/duban/v1/publications.proto, read into and written from the
 * domain's structs. */
#ifndef DUBAN_WIRE_STANDING_WIRE_H
#define DUBAN_WIRE_STANDING_WIRE_H

#include "wire/cloudevent.h"

#include "domain/standing.h"
#include "duban/v1/publications.pb-c.h"

/* Null when the arena is full. Texts are borrowed. */
Duban__V1__IndicatorChanged *standing_write(const struct standing *standing, struct arena *arena);
Duban__V1__DeadlineAlert *alert_write(const struct alert *alert, struct arena *arena);
Duban__V1__UnitDigest *digest_write(const struct unit_digest *digest, struct arena *arena);

/* Reads the data of an IndicatorChanged of the log. RC_REFUSED with the reason when it is none. */
enum rc standing_read(const struct event *event, struct arena *arena, struct standing *out_standing,
                      struct reason *out_reason) MUST_CHECK;

/* Unpack the data of a DeadlineAlert and a UnitDigest of the log; null when it is none or the arena is full. */
Duban__V1__DeadlineAlert *alert_unpack(const struct event *event, struct arena *arena);
Duban__V1__UnitDigest *digest_unpack(const struct event *event, struct arena *arena);

/* The unstamped event of a standing that changed at an instant, of an alert, and of a digest. False when the arena is
 * full. */
bool standing_event(const struct standing *standing, int64_t at_us, struct arena *arena,
                    struct event *out_event) MUST_CHECK;
bool alert_event(const struct alert *alert, struct arena *arena, struct event *out_event) MUST_CHECK;
bool digest_event(const struct unit_digest *digest, struct arena *arena, struct event *out_event) MUST_CHECK;

/* Topics, as in proto/README.md; null when the arena is full. */
const char *standing_topic(const struct standing *standing, struct arena *arena);
const char *alert_topic(const struct alert *alert, struct arena *arena);
const char *digest_topic(const struct unit_digest *digest, struct arena *arena);

#endif
