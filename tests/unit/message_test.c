#include "wire/message.h"

#include "support/sample_plan.h"
#include "wire/plan_wire.h"

#include "duban/v1/requests.pb-c.h"
#include "duban/v1/updates.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BYTES(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})
#define MUTATIONS 5000

static const ProtobufCMessageDescriptor *const report = &duban__v1__measurement_reported__descriptor;
static const ProtobufCMessageDescriptor *const plan_published = &duban__v1__plan_published__descriptor;

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void assert_good(const ProtobufCMessageDescriptor *type, struct slice bytes)
{
    struct reason reason = {.code = REASON_NONE};
    if (message_check(type, bytes, "", &reason) != RC_OK)
        fail_msg("%s %s", reason_name(reason.code), reason.field);
    assert_non_null(message_unpack(type, bytes, arena));
}

static void assert_bad(const ProtobufCMessageDescriptor *type, struct slice bytes, enum reason_code code,
                       const char *field)
{
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(message_check(type, bytes, "data", &reason), RC_REFUSED);
    assert_string_equal(reason_name(reason.code), reason_name(code));
    assert_string_equal(reason.field, field);
}

static struct slice packed_plan(void)
{
    struct sample sample;
    sample_make(&sample);
    Duban__V1__PlanPublished message = DUBAN__V1__PLAN_PUBLISHED__INIT;
    message.plan = plan_write(&sample.plan, arena);
    assert_non_null(message.plan);
    return message_pack(&message, arena);
}

static void what_is_packed_passes_and_unpacks(void **state)
{
    (void)state;
    assert_good(plan_published, packed_plan());
    assert_good(report, BYTES(""));
    assert_good(report, BYTES("\x0a\x06"
                              "410102\x12\x01g"));
}

static void a_string_must_be_text_to_its_end(void **state)
{
    (void)state;
    assert_bad(report,
               BYTES("\x12\x03"
                     "a\0b"),
               REASON_INVALID_TEXT, "data.measure");
    assert_bad(report, BYTES("\x12\x01\xff"), REASON_INVALID_TEXT, "data.measure");
    assert_bad(report, BYTES("\x12\x02\xe7\x9d"), REASON_INVALID_TEXT, "data.measure");
    assert_bad(report,
               BYTES("\x42\x03"
                     "a\nb"),
               REASON_INVALID_TEXT, "data.evidence");
    /* Every one of several, not only the one that counts in the end. */
    assert_bad(report, BYTES("\x12\x01\xff\x12\x01g"), REASON_INVALID_TEXT, "data.measure");
}

static void bytes_may_be_anything(void **state)
{
    (void)state;
    assert_good(&duban__v1__receipt__descriptor, BYTES("\x2a\x03\0\xff\n"));
}

static void an_enumeration_has_a_declared_value(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *measure = &duban__v1__measure__descriptor;
    assert_good(measure, BYTES("\x28\x00"));
    assert_good(measure, BYTES("\x28\x03"));
    assert_bad(measure, BYTES("\x28\x04"), REASON_OUT_OF_RANGE, "data.kind");
    assert_bad(measure, BYTES("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_OUT_OF_RANGE,
               "data.kind");                                                                  /* −1 */
    assert_bad(measure, BYTES("\x28\x81\x80\x80\x80\x10"), REASON_OUT_OF_RANGE, "data.kind"); /* 2³² + 1 */
}

static void a_field_of_another_wire_type_is_malformed(void **state)
{
    (void)state;
    assert_bad(report, BYTES("\x10\x01"), REASON_MALFORMED_DATA, "data.measure");
    assert_bad(report, BYTES("\x15\x01\x02\x03\x04"), REASON_MALFORMED_DATA, "data.measure");
    assert_bad(plan_published, BYTES("\x08\x01"), REASON_MALFORMED_DATA, "data.plan");
    assert_bad(plan_published, BYTES("\x0a\x02\x12\x00"), REASON_MALFORMED_DATA, "data.plan.year");
    assert_bad(plan_published, BYTES("\x0a\x05\x15\x01\x02\x03\x04"), REASON_MALFORMED_DATA, "data.plan.year");
}

static void what_is_not_protobuf_is_malformed(void **state)
{
    (void)state;
    const struct slice cases[] = {
        BYTES("\x0a"), /* a tag and nothing */
        BYTES("\x0a\x05"
              "4101"),                                                 /* one byte missing */
        BYTES("\x0a\xff\xff\xff\xff\x0f"),                             /* 4 GiB promised */
        BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),         /* 2⁶⁴ − 1 promised */
        BYTES("\x02\x00"),                                             /* field 0 */
        BYTES("\xf8\x80\x80\x80\x80\x01\x00"),                         /* field 2³² */
        BYTES("\x9b\x06\x9c\x06"),                                     /* a group */
        BYTES("\x9e\x06"),                                             /* wire type 6 */
        BYTES("\x9f\x06"),                                             /* wire type 7 */
        BYTES("\x98\x06\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), /* a number of eleven bytes */
        BYTES("\x98\x06\x80"),                                         /* a number without its end */
        BYTES("\x9d\x06\x01\x02\x03"),                                 /* three of four bytes */
        BYTES("\x99\x06\x01\x02\x03\x04\x05\x06\x07"),                 /* seven of eight */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_bad(report, cases[i], REASON_MALFORMED_DATA, "data");
}

/* protobuf-c reads tags and lengths of at most five bytes: longer spellings of small numbers would pass the check and
 * then fail to unpack, for no reason that could be told. */
static void a_tag_or_length_that_is_spelt_too_long_is_malformed(void **state)
{
    (void)state;
    assert_bad(report, BYTES("\x92\x80\x80\x80\x80\x00\x01g"), REASON_MALFORMED_DATA, "data");
    assert_bad(report, BYTES("\x12\x81\x80\x80\x80\x80\x00g"), REASON_MALFORMED_DATA, "data");
    assert_good(report, BYTES("\x92\x80\x80\x80\x00\x01g"));
}

static void packed_numbers_must_be_whole(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *rules = &duban__v1__rules__descriptor;
    assert_good(rules, BYTES("\x0a\x03\x1e\x07\x01"));
    assert_good(rules, BYTES("\x08\x1e\x08\x07"));
    assert_good(rules, BYTES("\x0a\x00"));
    assert_bad(rules, BYTES("\x0a\x02\x1e\x87"), REASON_MALFORMED_DATA, "data.lead_days[0]");
    assert_bad(rules, BYTES("\x0a\x0c\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), REASON_MALFORMED_DATA,
               "data.lead_days[0]");
}

static void unknown_fields_of_every_wire_type_pass(void **state)
{
    (void)state;
    assert_good(report, BYTES("\x98\x06\x01" /* 99: a number */
                              "\x99\x06\x01\x02\x03\x04\x05\x06\x07\x08"
                              "\x9a\x06\x03\0\xff\n" /* bytes that are no text */
                              "\x9d\x06\x01\x02\x03\x04"
                              "\x12\x01g"));
}

static void the_path_leads_to_the_element_at_fault(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    sample.commitments[1].indicator.numerator = (const char *const[]){"livelihood", "bad\n"};
    sample.commitments[1].indicator.numerator_count = 2;
    Duban__V1__PlanPublished message = DUBAN__V1__PLAN_PUBLISHED__INIT;
    message.plan = plan_write(&sample.plan, arena);
    assert_bad(plan_published, message_pack(&message, arena), REASON_INVALID_TEXT,
               "data.plan.commitments[1].indicator.numerator[1]");
}

/* In memory of exactly its size, so that a sanitizer sees a byte read too many. */
static struct slice exact_copy(const uint8_t *data, size_t bytes, void **out_memory)
{
    uint8_t *copy = malloc(bytes == 0 ? 1 : bytes);
    assert_non_null(copy);
    memcpy(copy, data, bytes);
    *out_memory = copy;
    return (struct slice){copy, bytes};
}

static void assert_checked_or_refused(const uint8_t *data, size_t bytes)
{
    void *memory;
    struct slice copy = exact_copy(data, bytes, &memory);
    struct reason reason;
    if (message_check(plan_published, copy, "", &reason) == RC_OK)
        assert_non_null(message_unpack(plan_published, copy, arena));
    free(memory);
}

static void a_message_cut_anywhere_is_refused_or_unpacks(void **state)
{
    (void)state;
    struct slice whole = packed_plan();
    size_t kept = arena_used(arena);
    for (size_t bytes = 0; bytes < whole.bytes; bytes++)
        assert_checked_or_refused(whole.data, bytes);
    assert_true(kept < arena_used(arena));
}

static void whatever_passes_the_check_unpacks(void **state)
{
    (void)state;
    struct slice whole = packed_plan();
    struct arena *plan_arena = arena;
    arena = arena_new((size_t)16 << 20);
    uint32_t seed = 20200430;
    for (int i = 0; i < MUTATIONS; i++) {
        void *memory;
        struct slice copy = exact_copy(whole.data, whole.bytes, &memory);
        for (int change = 0; change < 1 + i % 3; change++) {
            seed = seed * 1664525 + 1013904223;
            ((uint8_t *)memory)[(seed >> 8) % copy.bytes] = (uint8_t)(seed >> 24);
        }
        arena_reset(arena);
        assert_checked_or_refused(memory, copy.bytes);
        free(memory);
    }
    arena_free(&plan_arena);
}

static void a_full_arena_gives_nothing(void **state)
{
    (void)state;
    struct slice plan = packed_plan();
    struct arena *small = arena_new(4096);
    assert_null(message_unpack(plan_published, plan, small));
    arena_reset(small);
    void *message = message_unpack(plan_published, plan, arena);
    while (arena_alloc(small, 1) != NULL)
        continue;
    assert_null(message_pack(message, small).data);
    arena_free(&small);
}

static void the_next_field_of_a_number_is_found(void **state)
{
    (void)state;
    struct slice field, message = BYTES("\x0a\x01"
                                        "a\x12\x01x\x08\x07\x0a\x02"
                                        "bc");
    size_t offset = 0;
    assert_int_equal(message_next(message, 1, &offset, &field), RC_OK);
    assert_memory_equal(field.data, "a", 1);
    assert_int_equal(message_next(message, 1, &offset, &field), RC_OK); /* not the number under the same tag */
    assert_int_equal(field.bytes, 2);
    assert_memory_equal(field.data, "bc", 2);
    assert_int_equal(message_next(message, 1, &offset, &field), RC_AGAIN);
    assert_int_equal(message_next(message, 1, &offset, &field), RC_AGAIN);

    offset = 0;
    assert_int_equal(message_next(BYTES("\x12\x05x"), 1, &offset, &field), RC_REFUSED);
    offset = 0;
    assert_int_equal(message_next(BYTES(""), 1, &offset, &field), RC_AGAIN);
}

static void a_field_is_wrapped_as_it_is(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 127, 128, 16383, 16384, 3000000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (uint32_t number = 1; number < 100; number += 17) {
            arena_reset(arena);
            uint8_t *content = arena_must(arena_alloc(arena, lengths[i] + 1));
            memset(content, 0xff, lengths[i]);
            struct slice wrapped = message_of_field(number, (struct slice){content, lengths[i]}, arena), found;
            size_t offset = 0;
            assert_int_equal(message_next(wrapped, number, &offset, &found), RC_OK);
            assert_int_equal(found.bytes, lengths[i]);
            assert_memory_equal(found.data, content, lengths[i]);
            assert_int_equal(message_next(wrapped, number, &offset, &found), RC_AGAIN);
        }
}

static void an_instant_survives_a_timestamp_also_before_1970(void **state)
{
    (void)state;
    const struct {
        int64_t instant_us, seconds;
        int32_t nanos;
    } cases[] = {{0, 0, 0}, {1500000, 1, 500000000}, {-1, -1, 999999000}, {-2000000, -2, 0}, {-1500000, -2, 500000000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Google__Protobuf__Timestamp time;
        timestamp_write(cases[i].instant_us, &time);
        assert_int_equal(time.seconds, cases[i].seconds);
        assert_int_equal(time.nanos, cases[i].nanos);
        assert_int_equal(timestamp_read(&time), cases[i].instant_us);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_packed_passes_and_unpacks),
        TEST(a_string_must_be_text_to_its_end),
        TEST(bytes_may_be_anything),
        TEST(an_enumeration_has_a_declared_value),
        TEST(a_field_of_another_wire_type_is_malformed),
        TEST(what_is_not_protobuf_is_malformed),
        TEST(a_tag_or_length_that_is_spelt_too_long_is_malformed),
        TEST(packed_numbers_must_be_whole),
        TEST(unknown_fields_of_every_wire_type_pass),
        TEST(the_path_leads_to_the_element_at_fault),
        TEST(a_message_cut_anywhere_is_refused_or_unpacks),
        TEST(whatever_passes_the_check_unpacks),
        TEST(a_full_arena_gives_nothing),
        TEST(the_next_field_of_a_number_is_found),
        TEST(a_field_is_wrapped_as_it_is),
        TEST(an_instant_survives_a_timestamp_also_before_1970),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
