/* What the holder of a key may do: which events to submit, for which unit and divisions, and which topics to read,
 * whether by subscribing, replaying or asking. Read from the metadata of a certificate (proto/README.md, "Keys and
 * rights"). */
#ifndef DUBAN_DOMAIN_RIGHTS_H
#define DUBAN_DOMAIN_RIGHTS_H

#include "base/certificate.h"

struct words {
    const char *const *list;
    size_t count;
};

struct rights {
    bool everything;                                 /* who reaches a socket by the permissions of its file */
    const char *name;                                /* of the client; the same for all its keys */
    const char *unit;                                /* whose reports it may send; "*" for any unit's, "" for none */
    struct words divisions, submit, topics, sources; /* a word that is "*" stands for all */
};

/* The metadata that a certificate may have: name, unit, divisions, submit, topics, sources, and note for people. */
#define RIGHTS_METADATA 7
extern const char *const rights_metadata[RIGHTS_METADATA];

/* Reads the rights that a certificate gives. Everything lives in the arena, or is borrowed from the certificate's.
 * RC_REFUSED says which metadatum is wrong. */
enum rc rights_read(const struct certificate *certificate, struct arena *arena, struct rights *out_rights,
                    struct err *err) MUST_CHECK;

/* Whether any event may be submitted, and whether one of this type ("duban.v1.MeasurementReported"). */
bool rights_submits(const struct rights *rights);
bool rights_may_submit(const struct rights *rights, const char *type);

/* Whether an event may carry this source: it begins with one of the sources named, if any are. */
bool rights_may_use_source(const struct rights *rights, const char *source);

/* Whether the division lies in one of the divisions named; codes nest. */
bool rights_cover(const struct rights *rights, const char *division);

/* Whether it may send a unit's reports; and whether it is the unit's own, which no platform is. */
bool rights_act_for(const struct rights *rights, const char *unit);
bool rights_is_of(const struct rights *rights, const char *unit);

/* Whether a topic, given as printf does, may be read, or everything below a prefix; heads may be by everybody. */
bool rights_may_read(const struct rights *rights, const char *topic_format, ...) PRINTF_LIKE(2, 3);

/* Whether something below a prefix may be read. */
bool rights_may_read_some(const struct rights *rights, const char *prefix);

#endif
