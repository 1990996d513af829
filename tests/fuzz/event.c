/* The bytes of one CloudEvent: as it is submitted, as it is stored, and what is in it. */
#include "fuzz/fuzz.h"

#include "base/day.h"

#include <string.h>

static const struct stamp stamp = {.sequence = 42, .received_us = 1588208400000000, .withdraws = 7};

static void must_be_the_same(struct slice one, struct slice other)
{
    REQUIRE(one.bytes == other.bytes && (one.bytes == 0 || memcmp(one.data, other.data, one.bytes) == 0));
}

/* The way of an accepted event: normal form, stamp, and back. */
static void check_stored(struct event event, struct arena *arena)
{
    struct event stored;
    struct reason reason;
    struct digest content, again;
    REQUIRE(event_normalise(&event, "subject", arena) && event_content(&event, arena, &content));
    struct slice bytes = event_stamp(&event, &stamp, arena);
    REQUIRE(bytes.data != NULL && event_read(bytes, arena, &stored, &reason) == RC_OK);
    REQUIRE(event_read_submitted(bytes, arena, &stored, &reason) == RC_REFUSED);
    REQUIRE(stored.stamp.sequence == stamp.sequence && stored.stamp.received_us == stamp.received_us &&
            stored.stamp.withdraws == stamp.withdraws && stored.time_us == event.time_us);
    must_be_the_same(stored.data, event.data);
    REQUIRE(event_content(&stored, arena, &again) && memcmp(&content, &again, sizeof content) == 0);
    must_be_the_same(bytes, event_stamp(&stored, &stamp, arena));
    REQUIRE(event_normalise(&stored, "another", arena)); /* it has a subject, and is in its normal form */
    must_be_the_same(bytes, event_stamp(&stored, &stamp, arena));
}

/* With less memory an event is read as it is with enough, or refused because of that. */
static void check_small(struct slice bytes, enum rc with_enough)
{
    struct event event;
    struct reason reason;
    struct digest content;
    for (size_t room = 0; room < 2048; room += 512) {
        struct arena *arena = fuzz_small_arena(room + bytes.bytes * 8);
        enum rc rc = event_read_submitted(bytes, arena, &event, &reason);
        REQUIRE(rc == with_enough || reason.code == REASON_TOO_COMPLEX);
        if (rc == RC_OK && event_normalise(&event, "subject", arena) && event_content(&event, arena, &content))
            (void)event_stamp(&event, &stamp, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct slice input = {data, bytes};
    struct arena *arena = fuzz_arena();
    struct event event;
    struct reason reason;
    char text[INSTANT_TEXT_BYTES];
    const char *source, *id;
    event_identity(input, arena, &source, &id);
    if (event_read(input, arena, &event, &reason) != RC_OK) {
        fuzz_check_reason(&reason);
        REQUIRE(event_read_submitted(input, arena, &event, &reason) == RC_REFUSED);
        return 0;
    }
    REQUIRE(strcmp(source, event.source) == 0 && strcmp(id, event.id) == 0);
    (void)instant_format(event.time_us, text);
    (void)minute_format(event.time_us, text);
    fuzz_check_update(&event, arena);
    enum rc rc = event_read_submitted(input, arena, &event, &reason);
    if (rc == RC_OK)
        check_stored(event, arena);
    check_small(input, rc);
    return 0;
}
