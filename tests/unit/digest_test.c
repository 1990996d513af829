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
    struct digest first = digest_chain(&start, "abc", 3);
    uint8_t joined[DIGEST_BYTES + 3] = {0};
    memcpy(joined + DIGEST_BYTES, "abc", 3);
    struct digest wanted = digest_of(joined, sizeof joined);
    assert_memory_equal(first.bytes, wanted.bytes, DIGEST_BYTES);

    struct digest second = digest_chain(&first, "", 0);
    wanted = digest_of(first.bytes, DIGEST_BYTES);
    assert_memory_equal(second.bytes, wanted.bytes, DIGEST_BYTES);
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
        cmocka_unit_test(a_digest_can_be_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
