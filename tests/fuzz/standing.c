/* What duban itself publishes, as services and the command read it back: indicators, alerts and digests. The input is
 * one field, whose number chooses the type. */
#include "fuzz/fuzz.h"

#include "base/day.h"
#include "wire/standing_wire.h"

#include <string.h>

static void check_standing(const struct event *event, struct arena *arena)
{
    struct standing standing, again;
    struct event first, second;
    struct reason reason;
    if (standing_read(event, arena, &standing, &reason) != RC_OK) {
        fuzz_check_reason(&reason);
        return;
    }
    REQUIRE(standing_topic(&standing, arena) != NULL && standing_event(&standing, DAY_US, arena, &first));
    REQUIRE(standing_read(&first, arena, &again, &reason) == RC_OK);
    REQUIRE(standing_event(&again, DAY_US, arena, &second) && first.data.bytes == second.data.bytes &&
            memcmp(first.data.data, second.data.data, first.data.bytes) == 0);
}

static struct event of_type(const ProtobufCMessageDescriptor *type)
{
    return (struct event){.source = "/duban", .id = "1", .type = type->name};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct slice input = {data, bytes};
    struct arena *arena = fuzz_arena();
    struct event indicator = of_type(&duban__v1__indicator_changed__descriptor);
    struct event alert = of_type(&duban__v1__deadline_alert__descriptor);
    struct event digest = of_type(&duban__v1__unit_digest__descriptor);
    size_t offset = 0;
    if (message_next(input, 1, &offset, &indicator.data) == RC_OK)
        check_standing(&indicator, arena);
    offset = 0;
    if (message_next(input, 2, &offset, &alert.data) == RC_OK) {
        const Duban__V1__DeadlineAlert *message = alert_unpack(&alert, arena);
        REQUIRE(message == NULL || message->recipient != NULL);
    }
    offset = 0;
    if (message_next(input, 3, &offset, &digest.data) == RC_OK)
        (void)digest_unpack(&digest, arena);
    return 0;
}
