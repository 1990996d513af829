/* The updates of proto/duban/v1/updates.proto, read into and written from the domain's structs. */
#ifndef DUBAN_WIRE_UPDATE_WIRE_H
#define DUBAN_WIRE_UPDATE_WIRE_H

#include "wire/cloudevent.h"

#include "domain/update.h"

/* Reads the data of an event whose envelope is read: form and ranges of every field, not what they refer to. Sequence,
 * time and the withdrawn sequence come from the event's stamp. RC_REFUSED with the reason: UNKNOWN_TYPE, or what is
 * wrong with which field. */
enum rc update_read(const struct event *event, struct arena *arena, struct update *out_update,
                    struct reason *out_reason) MUST_CHECK;

/* Whether the type is one that ingest accepts. */
bool update_type_known(const char *type);

/* The subject of its event: the measure, the project, the commitment, what it refers to, or the plan's year. */
const char *update_subject(const struct update *update, struct arena *arena);

/* An unstamped event of this update, with its received_us as the attribute time unless that is 0; `note` is the
 * evidence or the reason that goes with it where the update itself has none, and may be "". False when the arena is
 * full. */
bool update_write(const struct update *update, const char *note, struct arena *arena,
                  struct event *out_event) MUST_CHECK;

#endif
