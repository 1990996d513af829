#include "domain/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Texts of RFC 3629's edges: `valid` bytes of `bytes` are good. */
static void the_valid_beginning_of_a_text_ends_at_its_first_fault(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text;
        size_t bytes, valid;
    } cases[] = {
        {"nothing", "", 0, 0},
        {"ASCII", "a ~", 3, 3},
        {"Chinese", "督办", 6, 6},
        {"zero", "a\0b", 3, 1},
        {"tab", "a\tb", 3, 1},
        {"line feed", "a\n", 2, 1},
        {"escape", "\x1b[2J", 4, 0},
        {"last C0", "\x1f", 1, 0},
        {"delete", "a\x7f", 2, 1},
        {"first C1", "a\xc2\x80", 3, 1},
        {"next line", "a\xc2\x85", 3, 1},
        {"last C1", "a\xc2\x9f", 3, 1},
        {"no-break space, after C1", "\xc2\xa0", 2, 2},
        {"first of two bytes", "\xc2\xa9", 2, 2},
        {"overlong slash in two", "\xc0\xaf", 2, 0},
        {"overlong in two", "\xc1\xbf", 2, 0},
        {"last of two bytes", "\xdf\xbf", 2, 2},
        {"overlong in three", "\xe0\x80\xaf", 3, 0},
        {"last overlong in three", "\xe0\x9f\xbf", 3, 0},
        {"first of three bytes", "\xe0\xa0\x80", 3, 3},
        {"before the surrogates", "\xed\x9f\xbf", 3, 3},
        {"first surrogate", "\xed\xa0\x80", 3, 0},
        {"last surrogate", "\xed\xbf\xbf", 3, 0},
        {"after the surrogates", "\xee\x80\x80", 3, 3},
        {"last of three bytes", "\xef\xbf\xbf", 3, 3},
        {"overlong in four", "\xf0\x80\x80\xaf", 4, 0},
        {"last overlong in four", "\xf0\x8f\xbf\xbf", 4, 0},
        {"first of four bytes", "\xf0\x90\x80\x80", 4, 4},
        {"U+10FFFF", "\xf4\x8f\xbf\xbf", 4, 4},
        {"U+110000", "\xf4\x90\x80\x80", 4, 0},
        {"five bytes", "\xf8\x88\x80\x80\x80", 5, 0},
        {"0xf5", "\xf5\x80\x80\x80", 4, 0},
        {"0xff", "a\xff", 2, 1},
        {"continuation alone", "a\x80", 2, 1},
        {"cut in two", "a\xc3", 2, 1},
        {"cut in three", "a\xe7\x9d", 3, 1},
        {"cut in four", "a\xf0\x9f\x98", 4, 1},
        {"interrupted",
         "\xe7\x9d"
         "a",
         3, 0},
        {"length ends inside", "督", 2, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (text_valid_bytes(cases[i].text, cases[i].bytes) != cases[i].valid)
            fail_msg("%s: %zu bytes are valid", cases[i].what, text_valid_bytes(cases[i].text, cases[i].bytes));
}

static void identifiers_are_small_letters_digits_and_hyphens(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "0", "road-1", "9-", "a--b"};
    static const char *const bad[] = {"", "-a", "Road", "a_b", "a b", "a.b", "a/b", "路", "a\n", "a\xff"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(identifier_valid(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(identifier_valid(bad[i]));
    char longest[IDENTIFIER_MAX_BYTES + 2] = {0};
    memset(longest, 'a', IDENTIFIER_MAX_BYTES);
    assert_true(identifier_valid(longest));
    longest[IDENTIFIER_MAX_BYTES] = 'a';
    assert_false(identifier_valid(longest));
}

static void divisions_have_two_four_six_nine_or_twelve_digits(void **state)
{
    (void)state;
    static const char *const good[] = {"41", "4101", "410102", "410102001", "410102001001"};
    static const char *const bad[] = {"",       "4",    "410", "41010", "4101020", "41010200100", "4101020010011",
                                      "41010a", "４１", "41 "};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(division_valid(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(division_valid(bad[i]));
}

static void a_missing_text_and_a_null_one_are_the_same(void **state)
{
    (void)state;
    const char *const absent[] = {NULL, ""};
    for (size_t i = 0; i < COUNT(absent); i++) {
        struct reason reason;
        struct decimal value;
        day_number day;
        assert_int_equal(check_identifier(absent[i], "unit", &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_MISSING_FIELD);
        assert_string_equal(reason.field, "unit");
        assert_int_equal(check_division(absent[i], "division", &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_MISSING_FIELD);
        assert_int_equal(check_decimal(absent[i], "value", &value, &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_MISSING_FIELD);
        assert_int_equal(check_day(absent[i], "due", &day, &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_MISSING_FIELD);
        assert_int_equal(check_text(absent[i], 1, 9, "reason", &reason), RC_REFUSED);
        assert_int_equal(reason.code, REASON_MISSING_FIELD);
        assert_int_equal(check_text(absent[i], 0, 9, "reason", &reason), RC_OK);
    }
}

static void each_check_names_its_fault(void **state)
{
    (void)state;
    struct reason reason;
    struct decimal value;
    day_number day;
    assert_int_equal(check_identifier("A", "id", &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_INVALID_IDENTIFIER);
    assert_int_equal(check_division("41x", "division", &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_INVALID_DIVISION);
    assert_int_equal(check_decimal("1e3", "value", &value, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_INVALID_DECIMAL);
    assert_string_equal(reason.detail, "1e3");
    assert_int_equal(check_day("2019-02-29", "due", &day, &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_INVALID_DAY);
    assert_int_equal(check_text("12345", 1, 4, "reason", &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_TOO_LONG);
    assert_int_equal(check_text("a\nb", 1, 4, "reason", &reason), RC_REFUSED);
    assert_int_equal(reason.code, REASON_INVALID_TEXT);
    assert_string_equal(reason.detail, "a?b");
    assert_int_equal(check_text("督", 3, 3, "reason", &reason), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_valid_beginning_of_a_text_ends_at_its_first_fault),
        cmocka_unit_test(identifiers_are_small_letters_digits_and_hyphens),
        cmocka_unit_test(divisions_have_two_four_six_nine_or_twelve_digits),
        cmocka_unit_test(a_missing_text_and_a_null_one_are_the_same),
        cmocka_unit_test(each_check_names_its_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
