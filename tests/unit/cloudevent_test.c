#include "wire/cloudevent.h"

#include "domain/text.h"

#include "base/day.h"

#include "duban/v1/updates.pb-c.h"
#include "io/cloudevents/v1/cloudevents.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BYTES(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})
#define TYPE "duban.v1.MilestoneReached"
#define ATTRIBUTES_MAX 40

typedef Io__Cloudevents__V1__CloudEvent Envelope;
typedef Io__Cloudevents__V1__CloudEvent__AttributesEntry Attribute;
typedef Io__Cloudevents__V1__CloudEvent__CloudEventAttributeValue Value;

/* An event being written as a vendor would, to be packed and read. */
struct letter {
    Envelope envelope;
    Google__Protobuf__Any any;
    Attribute entries[ATTRIBUTES_MAX];
    Attribute *attributes[ATTRIBUTES_MAX];
    Value values[ATTRIBUTES_MAX];
};

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static char data[] = "\x0a\x06"
                     "410102\x12\x06road-1";

static void letter_make(struct letter *letter)
{
    io__cloudevents__v1__cloud_event__init(&letter->envelope);
    google__protobuf__any__init(&letter->any);
    letter->any.type_url = TYPE_URL_PREFIX TYPE;
    letter->any.value = (ProtobufCBinaryData){sizeof data - 1, (uint8_t *)data};
    letter->envelope.source = "/zhongyuan/parks";
    letter->envelope.id = "2020-001";
    letter->envelope.spec_version = "1.0";
    letter->envelope.type = TYPE;
    letter->envelope.attributes = letter->attributes;
    letter->envelope.data_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__DATA_PROTO_DATA;
    letter->envelope.proto_data = &letter->any;
}

static Value *letter_add(struct letter *letter, char *name)
{
    size_t i = letter->envelope.n_attributes++;
    assert_true(i < ATTRIBUTES_MAX);
    io__cloudevents__v1__cloud_event__attributes_entry__init(&letter->entries[i]);
    io__cloudevents__v1__cloud_event__cloud_event_attribute_value__init(&letter->values[i]);
    letter->attributes[i] = &letter->entries[i];
    letter->entries[i].key = name;
    letter->entries[i].value = &letter->values[i];
    return &letter->values[i];
}

static void letter_text(struct letter *letter, char *name, char *text)
{
    Value *value = letter_add(letter, name);
    value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    value->ce_string = text;
}

static struct slice letter_pack(const struct letter *letter)
{
    return message_pack(&letter->envelope, arena);
}

static struct event read_good(struct slice bytes)
{
    struct event event;
    struct reason reason = {.code = REASON_NONE};
    if (event_read(bytes, arena, &event, &reason) != RC_OK)
        fail_msg("%s %s %s", reason_name(reason.code), reason.field, reason.detail);
    return event;
}

static void assert_refused_bytes(const char *what, struct slice bytes, enum reason_code code, const char *field)
{
    struct event event;
    struct reason reason = {.code = REASON_NONE};
    if (event_read_submitted(bytes, arena, &event, &reason) != RC_REFUSED || reason.code != code ||
        strcmp(reason.field, field) != 0)
        fail_msg("after %s: %s %s", what, reason_name(reason.code), reason.field);
}

#define REFUSED(change, code, field)                                                                                   \
    do {                                                                                                               \
        struct letter letter = {.any = {.value = {0}}};                                                                \
        letter_make(&letter);                                                                                          \
        change;                                                                                                        \
        assert_refused_bytes(#change, letter_pack(&letter), code, field);                                              \
    } while (0)

static char *repeated(char letter, size_t count)
{
    char *text = arena_alloc(arena, count + 1);
    assert_non_null(text);
    memset(text, letter, count);
    return text;
}

static void a_vendors_event_is_read(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter_text(&letter, "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = 1588208400;
    time.nanos = 250000999;
    Value *value = letter_add(&letter, "time");
    value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
    value->ce_timestamp = &time;
    struct event event;
    struct reason reason;
    assert_int_equal(event_read_submitted(letter_pack(&letter), arena, &event, &reason), RC_OK);
    assert_string_equal(event.source, "/zhongyuan/parks");
    assert_string_equal(event.id, "2020-001");
    assert_string_equal(event.type, TYPE);
    assert_int_equal(event.data.bytes, sizeof data - 1);
    assert_memory_equal(event.data.data, data, sizeof data - 1);
    assert_true(event.time_us == 1588208400 * SECOND_US + 250000);
    assert_int_equal(event.stamp.sequence, 0);
}

static void faults_of_the_envelope_are_named(void **state)
{
    (void)state;
    REFUSED(letter.envelope.id = "", REASON_MISSING_FIELD, "id");
    REFUSED(letter.envelope.id = repeated('x', EVENT_ID_MAX_BYTES + 1), REASON_TOO_LONG, "id");
    REFUSED(letter.envelope.id = "a\nb", REASON_INVALID_TEXT, "id");
    REFUSED(letter.envelope.source = "", REASON_MISSING_FIELD, "source");
    REFUSED(letter.envelope.source = repeated('x', SOURCE_MAX_BYTES + 1), REASON_TOO_LONG, "source");
    REFUSED(letter.envelope.spec_version = "0.3", REASON_UNSUPPORTED_VERSION, "spec_version");
    REFUSED(letter.envelope.spec_version = "", REASON_UNSUPPORTED_VERSION, "spec_version");
    REFUSED(letter.envelope.type = "", REASON_MISSING_FIELD, "type");
    REFUSED(letter.envelope.type = repeated('x', 129), REASON_TOO_LONG, "type");
    REFUSED(letter.envelope.data_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__DATA__NOT_SET, REASON_MISSING_FIELD,
            "proto_data");
    REFUSED(letter.envelope.data_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__DATA_TEXT_DATA;
            letter.envelope.text_data = "{}", REASON_MISSING_FIELD, "proto_data");
    REFUSED(letter.any.type_url = TYPE_URL_PREFIX "duban.v1.PlanPublished", REASON_MALFORMED_DATA,
            "proto_data.type_url");
    REFUSED(letter.any.type_url = TYPE, REASON_MALFORMED_DATA, "proto_data.type_url");
    REFUSED(letter.any.type_url = "", REASON_MALFORMED_DATA, "proto_data.type_url");
}

static void faults_of_attributes_are_named(void **state)
{
    (void)state;
    REFUSED(letter_text(&letter, "Subject", "x"), REASON_INVALID_IDENTIFIER, "attributes");
    REFUSED(letter_text(&letter, "", "x"), REASON_INVALID_IDENTIFIER, "attributes");
    REFUSED(letter_text(&letter, "x-y", "x"), REASON_INVALID_IDENTIFIER, "attributes");
    REFUSED(letter_text(&letter, repeated('x', 65), "x"), REASON_INVALID_IDENTIFIER, "attributes");
    REFUSED(letter_text(&letter, "x", "x"); letter_text(&letter, "x", "x"), REASON_DUPLICATE_IDENTIFIER, "attributes");
    REFUSED(letter_add(&letter, "x"), REASON_MISSING_FIELD, "attributes");
    REFUSED(letter_add(&letter, "x"); letter.entries[0].value = NULL, REASON_MISSING_FIELD, "attributes");
    REFUSED(letter_text(&letter, "time", "2020-04-30T01:00:00Z"), REASON_MALFORMED_DATA, "attributes.time");
    REFUSED(letter_text(&letter, "x", "a\nb"), REASON_INVALID_TEXT, "attributes[0].value.ce_string");
}

static void a_sender_may_not_set_what_duban_sets(void **state)
{
    (void)state;
    REFUSED(letter_text(&letter, "sequence", "1"), REASON_RESERVED_ATTRIBUTE, "attributes");
    REFUSED(letter_text(&letter, "receivedtime", "1"), REASON_RESERVED_ATTRIBUTE, "attributes");
    REFUSED(letter_text(&letter, "withdraws", "1"), REASON_RESERVED_ATTRIBUTE, "attributes");
}

/* Attributes a00, a01, … */
static void letter_many(struct letter *letter, size_t count)
{
    for (size_t i = 0; i < count; i++)
        letter_text(letter, arena_printf(arena, "a%02zu", i), "x");
}

static void more_than_32_attributes_are_refused(void **state)
{
    (void)state;
    REFUSED(letter_many(&letter, 33), REASON_TOO_LONG, "attributes");
}

static void an_event_with_as_many_attributes_as_allowed_can_be_read_from_the_stream(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter_many(&letter, 32);
    struct event event;
    struct reason reason;
    assert_int_equal(event_read_submitted(letter_pack(&letter), arena, &event, &reason), RC_OK);
    assert_true(event_normalise(&event, "road-1", arena));
    struct slice stored =
        event_stamp(&event, &(struct stamp){.sequence = 7, .received_us = SECOND_US, .withdraws = 3}, arena);
    assert_int_equal(read_good(stored).stamp.sequence, 7);
}

static void identity(struct slice bytes, const char *wanted_source, const char *wanted_id)
{
    const char *source, *id;
    event_identity(bytes, arena, &source, &id);
    assert_string_equal(source, wanted_source);
    assert_string_equal(id, wanted_id);
}

static void source_and_id_are_found_in_what_can_not_be_read_otherwise(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter.envelope.spec_version = "7";
    letter.any.type_url = "nonsense";
    identity(letter_pack(&letter), "/zhongyuan/parks", "2020-001");
    identity(BYTES("\x0a\x01"
                   "a\x12\x01s\x1a\x01\xff"),
             "s", "a");
}

static void what_is_unusable_as_source_or_id_is_empty(void **state)
{
    (void)state;
    identity(BYTES(""), "", "");
    identity(BYTES("\x0a\x03"
                   "a\0b\x12\x01s"),
             "s", "");
    identity(BYTES("\x0a\x01"
                   "a\x12\x01\xff"),
             "", "a");
    identity(BYTES("\x08\x01\x12\x01s"), "s", "");
    identity(BYTES("\x0a\x05"
                   "a"),
             "", "");
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter.envelope.id = repeated('x', EVENT_ID_MAX_BYTES + 1);
    letter.envelope.source = repeated('s', SOURCE_MAX_BYTES);
    identity(letter_pack(&letter), letter.envelope.source, "");
}

/* Protobuf lets a later field replace an earlier one. Duplicates are looked for under the identity, and the event is
 * stored under what was read: they must be the same. */
static void the_identity_is_the_one_that_is_read_when_a_field_comes_twice(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    struct slice first = letter_pack(&letter), later = BYTES("\x12\x05other\x0a\x03new");
    uint8_t *both = arena_alloc(arena, first.bytes + later.bytes);
    memcpy(both, first.data, first.bytes);
    memcpy(both + first.bytes, later.data, later.bytes);
    struct slice bytes = {both, first.bytes + later.bytes};
    struct event event = read_good(bytes);
    assert_string_equal(event.id, "new");
    identity(bytes, event.source, event.id);
}

static struct digest content_of(struct event event)
{
    struct digest digest;
    assert_true(event_content(&event, arena, &digest));
    return digest;
}

static bool same(struct digest a, struct digest b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* The content of a letter with these attributes after what ingest does with it. */
static struct digest normal_content(struct letter *letter)
{
    struct event event = read_good(letter_pack(letter));
    assert_true(event_normalise(&event, "road-1", arena));
    return content_of(event);
}

static void the_order_of_attributes_is_no_content(void **state)
{
    (void)state;
    struct letter a = {.any = {.value = {0}}}, b = {.any = {.value = {0}}}, c = {.any = {.value = {0}}};
    letter_make(&a);
    letter_make(&b);
    letter_make(&c);
    letter_text(&a, "x", "1");
    letter_text(&a, "y", "2");
    letter_text(&b, "y", "2");
    letter_text(&b, "x", "1");
    letter_text(&c, "x", "2");
    letter_text(&c, "y", "1");
    assert_true(same(normal_content(&a), normal_content(&b)));
    assert_false(same(normal_content(&a), normal_content(&c)));
    assert_true(same(content_of(read_good(letter_pack(&a))), content_of(read_good(letter_pack(&b)))));
}

static void what_the_normal_form_fills_in_is_the_same_as_what_a_sender_writes(void **state)
{
    (void)state;
    struct letter bare = {.any = {.value = {0}}}, full = {.any = {.value = {0}}};
    letter_make(&bare);
    letter_make(&full);
    letter_text(&full, "subject", "road-1");
    Value *schema = letter_add(&full, "dataschema");
    schema->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_URI;
    schema->ce_uri = TYPE_URL_PREFIX TYPE;
    assert_true(same(normal_content(&bare), normal_content(&full)));
    full.values[0].ce_string = "another subject";
    assert_false(same(normal_content(&bare), normal_content(&full)));
}

static void every_other_part_of_an_event_is_content(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    struct digest before = normal_content(&letter);
    letter.any.value.len--;
    struct digest shorter = normal_content(&letter);
    assert_false(same(before, shorter));
    letter.any.value.len++;
    letter.envelope.id = "2020-002";
    assert_false(same(before, normal_content(&letter)));
    letter.envelope.id = "2020-001";
    letter_text(&letter, "traceparent", "x");
    assert_false(same(before, normal_content(&letter)));
}

static void the_stamp_reads_back_and_is_no_content(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter_text(&letter, "zone", "after every stamp");
    struct event event = read_good(letter_pack(&letter));
    assert_true(event_normalise(&event, "road-1", arena));
    struct digest before = content_of(event);

    const struct stamp stamp = {.sequence = UINT64_MAX, .received_us = 1588208400 * SECOND_US + 42, .withdraws = 7};
    struct event stored = read_good(event_stamp(&event, &stamp, arena));
    assert_true(stored.stamp.sequence == stamp.sequence);
    assert_true(stored.stamp.received_us == stamp.received_us);
    assert_int_equal(stored.stamp.withdraws, 7);
    assert_true(same(before, content_of(stored)));

    const struct stamp plain = {.sequence = 8};
    struct event again = read_good(event_stamp(&stored, &plain, arena)); /* takes the old stamp's place */
    assert_int_equal(again.stamp.sequence, 8);
    assert_true(again.stamp.received_us == 0);
    assert_int_equal(again.stamp.withdraws, 0);
    assert_true(same(before, content_of(again)));
}

static void the_stamped_sequence_has_twenty_digits_in_order_of_names(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    struct event event = read_good(letter_pack(&letter));
    assert_true(event_normalise(&event, "road-1", arena));
    event = read_good(event_stamp(&event, &(struct stamp){.sequence = 42, .received_us = -1}, arena));
    assert_true(event.stamp.received_us == -1);
    static const char *const names[] = {"dataschema", "receivedtime", "sequence", "subject"};
    assert_int_equal(event.message->n_attributes, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(event.message->attributes[i]->key, names[i]);
    assert_string_equal(event.message->attributes[2]->value->ce_string, "00000000000000000042");
}

static void a_time_outside_the_calendar_is_as_none(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        int32_t nanos;
    } times[] = {{INT64_MAX, 0}, {INT64_MIN, 0}, {253402300800, 0}, {-62135596801, 0}};
    for (size_t i = 0; i < COUNT(times); i++) {
        struct letter letter = {.any = {.value = {0}}};
        letter_make(&letter);
        Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
        time.seconds = times[i].seconds;
        time.nanos = times[i].nanos;
        Value *value = letter_add(&letter, "time");
        value->attr_case = IO__CLOUDEVENTS__V1__CLOUD_EVENT__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
        value->ce_timestamp = &time;
        assert_true(read_good(letter_pack(&letter)).time_us == 0);
    }
}

static void an_event_of_dubans_own_reads_back(void **state)
{
    (void)state;
    Duban__V1__MilestoneReached message = DUBAN__V1__MILESTONE_REACHED__INIT;
    message.project = "road-1";
    struct event made, event;
    assert_true(event_make("/duban/test", "1", "road-1", SECOND_US, &message.base, arena, &made));
    event = read_good(event_stamp(&made, &(struct stamp){.sequence = 1}, arena));
    assert_string_equal(event.source, "/duban/test");
    assert_string_equal(event.type, TYPE);
    assert_true(event.time_us == SECOND_US);
    assert_int_equal(event.data.bytes, made.data.bytes);
    assert_memory_equal(event.data.data, made.data.data, made.data.bytes);
}

/* `piece`, over and over, in place of an event. */
static struct slice bomb(struct slice piece, size_t bytes)
{
    uint8_t *memory = malloc(bytes);
    assert_non_null(memory);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = piece.data[i % piece.bytes];
    return (struct slice){memory, bytes / piece.bytes * piece.bytes};
}

/* 200 kB of empty submessages need 40 times as much to unpack. */
static void a_bomb_of_empty_submessages_is_too_complex_for_a_small_arena(void **state)
{
    (void)state;
    const struct slice pieces[] = {BYTES("\x2a\x00"), BYTES("\x2a\x02\x12\x00"), BYTES("\x42\x00")};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct slice bytes = bomb(pieces[i], 200000);
        struct arena *small = arena_new((size_t)1 << 20);
        struct event event;
        struct reason reason = {.code = REASON_NONE};
        assert_int_equal(event_read_submitted(bytes, small, &event, &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_TOO_COMPLEX);
        arena_free(&small);
        free((void *)(uintptr_t)bytes.data);
    }
}

static void a_bomb_that_fits_the_arena_has_too_many_attributes(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    struct slice head = letter_pack(&letter), tail = bomb(BYTES("\x2a\x00"), 200000);
    uint8_t *whole = arena_alloc(arena, head.bytes + tail.bytes);
    memcpy(whole, head.data, head.bytes);
    memcpy(whole + head.bytes, tail.data, tail.bytes);
    assert_refused_bytes("many attributes", (struct slice){whole, head.bytes + tail.bytes}, REASON_TOO_LONG,
                         "attributes");
    free((void *)(uintptr_t)tail.data);
}

static void an_event_cut_anywhere_is_refused_without_harm(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter_text(&letter, "x", "1");
    struct slice whole = letter_pack(&letter);
    for (size_t bytes = 0; bytes < whole.bytes; bytes++) {
        uint8_t *copy = malloc(bytes + 1);
        memcpy(copy, whole.data, bytes);
        struct event event;
        struct reason reason;
        const char *source, *id;
        event_identity((struct slice){copy, bytes}, arena, &source, &id);
        /* Only the data may end early, where the next field would begin. */
        if (event_read((struct slice){copy, bytes}, arena, &event, &reason) == RC_OK)
            assert_string_equal(event.id, "2020-001");
        free(copy);
    }
}

/* Everything done to an event, in an arena with so much space left. */
static bool all_steps(struct slice bytes, size_t space)
{
    struct arena *tight = arena_new(65536);
    assert_non_null(arena_alloc(tight, 65536 - space));
    struct event event, made;
    struct reason reason = {.code = REASON_NONE};
    struct digest digest;
    bool complete = event_read_submitted(bytes, tight, &event, &reason) == RC_OK;
    if (!complete)
        assert_int_equal(reason.code, REASON_TOO_COMPLEX);
    complete = complete && event_normalise(&event, "road-1", tight) && event_content(&event, tight, &digest);
    complete = complete && event_stamp(&event, &(struct stamp){1, 1, 1, "parks"}, tight).data != NULL;
    complete =
        complete && event_make("/duban/test", "1", "road-1", SECOND_US,
                               &(Duban__V1__MilestoneReached)DUBAN__V1__MILESTONE_REACHED__INIT.base, tight, &made);
    arena_free(&tight);
    return complete;
}

static void an_arena_that_is_full_at_any_step_is_told(void **state)
{
    (void)state;
    struct letter letter = {.any = {.value = {0}}};
    letter_make(&letter);
    letter_text(&letter, "x", "1");
    struct slice bytes = letter_pack(&letter);
    size_t space = 0;
    while (!all_steps(bytes, space))
        space += 16;
    assert_true(space > 1000 && space < 10000);
    assert_true(all_steps(bytes, space + 16));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_vendors_event_is_read),
        TEST(faults_of_the_envelope_are_named),
        TEST(faults_of_attributes_are_named),
        TEST(a_sender_may_not_set_what_duban_sets),
        TEST(more_than_32_attributes_are_refused),
        TEST(an_event_with_as_many_attributes_as_allowed_can_be_read_from_the_stream),
        TEST(source_and_id_are_found_in_what_can_not_be_read_otherwise),
        TEST(what_is_unusable_as_source_or_id_is_empty),
        TEST(the_identity_is_the_one_that_is_read_when_a_field_comes_twice),
        TEST(the_order_of_attributes_is_no_content),
        TEST(what_the_normal_form_fills_in_is_the_same_as_what_a_sender_writes),
        TEST(every_other_part_of_an_event_is_content),
        TEST(the_stamp_reads_back_and_is_no_content),
        TEST(the_stamped_sequence_has_twenty_digits_in_order_of_names),
        TEST(a_time_outside_the_calendar_is_as_none),
        TEST(an_event_of_dubans_own_reads_back),
        TEST(a_bomb_of_empty_submessages_is_too_complex_for_a_small_arena),
        TEST(a_bomb_that_fits_the_arena_has_too_many_attributes),
        TEST(an_event_cut_anywhere_is_refused_without_harm),
        TEST(an_arena_that_is_full_at_any_step_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
