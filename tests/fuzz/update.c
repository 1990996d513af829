/* The data of each type of update. The input is one field, whose number chooses the type. */
#include "fuzz/fuzz.h"

#include "base/day.h"
#include "duban/v1/updates.pb-c.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &duban__v1__plan_published__descriptor,       &duban__v1__project_registered__descriptor,
    &duban__v1__measurement_reported__descriptor, &duban__v1__milestone_reached__descriptor,
    &duban__v1__project_suspended__descriptor,    &duban__v1__project_resumed__descriptor,
    &duban__v1__project_cancelled__descriptor,    &duban__v1__update_withdrawn__descriptor,
    &duban__v1__target_adjusted__descriptor,      &duban__v1__extension_requested__descriptor,
    &duban__v1__extension_decided__descriptor,    &duban__v1__alert_acknowledged__descriptor,
};

/* What the walk lets pass, protobuf-c unpacks; and what was unpacked is what is written. */
static void check_message(const ProtobufCMessageDescriptor *type, struct slice data, struct arena *arena)
{
    struct reason reason;
    if (message_check(type, data, "data", &reason) == RC_OK)
        fuzz_check_message(arena_must(message_unpack(type, data, arena)), arena);
    else
        fuzz_check_reason(&reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct arena *arena = fuzz_arena();
    struct event event = {.source = "/fuzz", .id = "1", .stamp = {.sequence = 1, .received_us = DAY_US}};
    for (uint32_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t offset = 0;
        if (message_next((struct slice){data, bytes}, i + 1, &offset, &event.data) != RC_OK)
            continue;
        event.type = types[i]->name;
        check_message(types[i], event.data, arena);
        fuzz_check_update(&event, arena);
    }
    return 0;
}
