/* Whether a sender may send an update: by its rights, and because its unit is responsible for what the update is about
 * (proto/README.md, "Keys and rights"). Opens nothing and reads no clock. */
#ifndef DUBAN_INGEST_PERMIT_H
#define DUBAN_INGEST_PERMIT_H

#include "domain/registry.h"
#include "domain/rights.h"

/* By the rights alone: source, type and division. RC_OK, or RC_REFUSED with the reason. */
enum rc permit_rights(const struct rights *sender, const struct update *update, const char *type,
                      struct reason *out_reason) MUST_CHECK;

/* What is known about an update beyond the registry. */
struct permit_facts {
    const struct update *withdrawn; /* of a withdrawal: what it takes back */
    const char *alerted_unit;       /* of a signature: to whom the alert was sent */
};

/* By the unit's responsibility, for an update that the registry's check has passed. A plan is published by the
 * supervising unit that the present plan of the division names, the first one by the one it names itself; targets are
 * adjusted and extensions decided by it too. It may also send whatever the other units may: it holds them all to the
 * plan. They send what is of their own projects, and of measures of commitments that they lead or work on; a measure of
 * no commitment is anybody's. RC_OK, or RC_REFUSED with the reason. */
enum rc permit_responsibility(const struct registry *registry, const struct rights *sender, const struct update *update,
                              const struct permit_facts *facts, struct reason *out_reason) MUST_CHECK;

#endif
