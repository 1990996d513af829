#include "domain/standing.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

const char *phase_name(enum phase phase)
{
    static const char *const names[] = {
        [PHASE_UPCOMING] = "upcoming",   [PHASE_DUE] = "due", [PHASE_OVERDUE] = "overdue", [PHASE_MET] = "met",
        [PHASE_WITHDRAWN] = "withdrawn",
    };
    REQUIRE(phase >= PHASE_UPCOMING && phase <= PHASE_WITHDRAWN);
    return names[phase];
}

char *alert_id(const char *division, uint32_t year, const char *deadline, uint32_t version, enum phase phase,
               uint32_t occurrence, char out_id[ALERT_ID_BYTES])
{
    char facts[256];
    int length = snprintf(facts, sizeof facts, "%s/%u/%s/%u/%s/%u", division, year, deadline, version,
                          phase_name(phase), occurrence);
    REQUIRE(length > 0 && (size_t)length < sizeof facts);
    struct digest digest = digest_of(facts, (size_t)length);
    char hex[DIGEST_HEX_BYTES];
    memcpy(out_id, digest_hex(&digest, ALERT_ID_BYTES - 1, hex), ALERT_ID_BYTES);
    return out_id;
}
