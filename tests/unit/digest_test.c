#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_hex(struct digest digest, const char *wanted)
{
    char text[DIGEST_HEX_BYTES];
    assert_string_equal(digest_hex(&digest, 64, text), wanted);
}

/* The examples that NIST publishes with FIPS 180-4. */
static void the_digest_is_sha_256(void **state)
{
    (void)state;
    assert_hex(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(digest_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hex(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_chained_digest_is_that_of_the_one_before_and_the_bytes(void **state)
{
    (void)state;
    struct digest start = {{0}};
    struct digest first = digest_chain(DIGEST_SHA256, &start, "abc", 3);
    uint8_t joined[DIGEST_BYTES + 3] = {0};
    memcpy(joined + DIGEST_BYTES, "abc", 3);
    struct digest wanted = digest_of(joined, sizeof joined);
    assert_memory_equal(first.bytes, wanted.bytes, DIGEST_BYTES);

    struct digest second = digest_chain(DIGEST_SHA256, &first, "", 0);
    wanted = digest_of(first.bytes, DIGEST_BYTES);
    assert_memory_equal(second.bytes, wanted.bytes, DIGEST_BYTES);
}

/* GB/T 32905-2016, appendix A, has "abcd" sixteen times as an example. A chain begins with the digest before, so
 * that an example of 64 bytes is a chain of its first half and its second. */
static void the_chain_is_sm3_by_choice(void **state)
{
    (void)state;
    struct digest half;
    for (size_t i = 0; i < sizeof half.bytes; i++)
        half.bytes[i] = (uint8_t) "abcd"[i % 4];
    assert_hex(digest_chain(DIGEST_SM3, &half, half.bytes, sizeof half.bytes),
               "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    assert_hex(digest_chain(DIGEST_SHA256, &half, half.bytes, sizeof half.bytes),
               "625b41490b883891943c5fa54ad45d7c900b9b6e91e159334e320b1f5215a209");
}

static void algorithms_have_names(void **state)
{
    (void)state;
    enum digest_algorithm found;
    assert_true(digest_algorithm_find("sm3", &found));
    assert_int_equal(found, DIGEST_SM3);
    assert_true(digest_algorithm_find("sha256", &found));
    assert_int_equal(found, DIGEST_SHA256);
    assert_false(digest_algorithm_find("", &found));
    assert_false(digest_algorithm_find("md5", &found));
    assert_string_equal(digest_algorithm_name(DIGEST_SM3), "sm3");
}

static void a_digest_can_be_cut_short(void **state)
{
    (void)state;
    struct digest digest = digest_of("abc", 3);
    char text[DIGEST_HEX_BYTES];
    assert_string_equal(digest_hex(&digest, 8, text), "ba7816bf");
    assert_string_equal(digest_hex(&digest, 0, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_sha_256),
        cmocka_unit_test(a_chained_digest_is_that_of_the_one_before_and_the_bytes),
        cmocka_unit_test(the_chain_is_sm3_by_choice),
        cmocka_unit_test(algorithms_have_names),
        cmocka_unit_test(a_digest_can_be_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
