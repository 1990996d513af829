#include "fuzz/fuzz.h"

#include "domain/text.h"
#include "wire/update_wire.h"

#include <string.h>

#define ARENA_BYTES ((size_t)1 << 30)
#define SMALL_BYTES ((size_t)64 << 10)

static struct arena *emptied(struct arena **arena, size_t limit_bytes)
{
    if (*arena == NULL)
        *arena = arena_must(arena_new(limit_bytes));
    arena_reset(*arena);
    return *arena;
}

struct arena *fuzz_arena(void)
{
    static struct arena *arena;
    return emptied(&arena, ARENA_BYTES);
}

struct arena *fuzz_small_arena(size_t room_bytes)
{
    static struct arena *arena;
    emptied(&arena, SMALL_BYTES);
    (void)arena_must(arena_alloc(arena, SMALL_BYTES - room_bytes % SMALL_BYTES));
    return arena;
}

const char *fuzz_text(const uint8_t *data, size_t bytes, struct arena *arena)
{
    return arena_must(arena_text(arena, (const char *)data, bytes));
}

static bool clean(const char *text)
{
    return text_valid_bytes(text, strlen(text)) == strlen(text);
}

void fuzz_check_reason(const struct reason *reason)
{
    char text[REASON_TEXT_BYTES];
    REQUIRE(reason->code != REASON_NONE && *reason_name(reason->code) != '\0');
    REQUIRE(clean(reason->field) && clean(reason->detail));
    REQUIRE(clean(reason_text_zh(reason, text)) && clean(reason_text_en(reason, text)));
}

static void check_problem(void *context, const struct reason *problem)
{
    (void)context;
    fuzz_check_reason(problem);
}

/* The bytes of the data that this update becomes. */
static struct slice written(const struct update *update, struct arena *arena, struct event *out_event)
{
    REQUIRE(update_write(update, "because", arena, out_event));
    return out_event->data;
}

void fuzz_check_update(const struct event *event, struct arena *arena)
{
    struct update update, again;
    struct event first, second;
    struct reason reason;
    if (update_read(event, arena, &update, &reason) != RC_OK) {
        fuzz_check_reason(&reason);
        return;
    }
    REQUIRE(update_type_known(event->type) && update_subject(&update, arena) != NULL);
    if (update.kind == UPDATE_PLAN_PUBLISHED)
        (void)plan_check(update.plan, check_problem, NULL);
    (void)written(&update, arena, &first);
    REQUIRE(update_read(&first, arena, &again, &reason) == RC_OK && again.kind == update.kind);
    struct slice one = first.data, other = written(&again, arena, &second);
    REQUIRE(one.bytes == other.bytes && memcmp(one.data, other.data, one.bytes) == 0);
}

void fuzz_check_message(const ProtobufCMessage *message, struct arena *arena)
{
    struct slice bytes = message_pack(message, arena);
    REQUIRE(bytes.data != NULL && message_check(message->descriptor, bytes, "", NULL) == RC_OK);
    const ProtobufCMessage *again = arena_must(message_unpack(message->descriptor, bytes, arena));
    struct slice second = message_pack(again, arena);
    REQUIRE(second.bytes == bytes.bytes && memcmp(second.data, bytes.data, bytes.bytes) == 0);
}
