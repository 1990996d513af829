#include "domain/standing.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

const char *phase_name(enum phase phase)
{
    static const char *const names[] = {
        [PHASE_UPCOMING] = "upcoming",   [PHASE_DUE] = "due",   [PHASE_OVERDUE] = "overdue", [PHASE_MET] = "met",
        [PHASE_WITHDRAWN] = "withdrawn", [PHASE_PACE] = "pace", [PHASE_SILENT] = "silent",   [PHASE_BREACH] = "breach",
    };
    REQUIRE(phase >= PHASE_UPCOMING && phase <= PHASE_BREACH);
    return names[phase];
}

static char *hash_of(const char *facts, int length, size_t room, char out_id[ALERT_ID_BYTES])
{
    REQUIRE(length > 0 && (size_t)length < room);
    struct digest digest = digest_of(facts, (size_t)length);
    char hex[DIGEST_HEX_BYTES];
    memcpy(out_id, digest_hex(&digest, ALERT_ID_BYTES - 1, hex), ALERT_ID_BYTES);
    return out_id;
}

char *alert_id(const struct alert *alert, char out_id[ALERT_ID_BYTES])
{
    char facts[384];
    bool own = strcmp(alert->recipient, alert->unit) == 0;
    int length = snprintf(facts, sizeof facts, "%s/%u/%s/%u/%s/%u%s%s", alert->division, alert->year, alert->deadline,
                          alert->version, phase_name(alert->phase), alert->occurrence, own ? "" : "/",
                          own ? "" : alert->recipient);
    return hash_of(facts, length, sizeof facts, out_id);
}

char *digest_id(const struct unit_digest *digest, char out_id[ALERT_ID_BYTES])
{
    char facts[256], day[DAY_TEXT_BYTES];
    int length = snprintf(facts, sizeof facts, "%s/%u/%s/digest/%s", digest->division, digest->year, digest->unit,
                          day_format(day_of_instant(digest->at_us), day));
    return hash_of(facts, length, sizeof facts, out_id);
}

bool phase_may_be_skipped(enum phase phase)
{
    return phase == PHASE_UPCOMING || phase == PHASE_DUE || phase == PHASE_OVERDUE || phase == PHASE_PACE ||
           phase == PHASE_SILENT;
}
