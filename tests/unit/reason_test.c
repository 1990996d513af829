#include "domain/reason.h"

#include "domain/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int code = 0; code < REASON_COUNT; code++) {
        const char *name = reason_name((enum reason_code)code);
        assert_true(strlen(name) > 0 && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(name));
        for (int other = 0; other < code; other++)
            assert_string_not_equal(name, reason_name((enum reason_code)other));
    }
}

static bool chinese(const char *text)
{
    return text_valid_bytes(text, strlen(text)) == strlen(text) && (unsigned char)text[0] >= 0xe3;
}

static void every_code_has_a_sentence_in_both_languages_that_fits(void **state)
{
    (void)state;
    for (int code = 0; code < REASON_COUNT; code++) {
        struct reason reason;
        char text[REASON_TEXT_BYTES];
        assert_int_equal(reason_set(&reason, (enum reason_code)code, "", "%s", ""), RC_REFUSED);
        assert_true(strlen(reason_text_en(&reason, text)) > 3 && (unsigned char)text[0] < 0x80);
        assert_true(chinese(reason_text_zh(&reason, text)) || code == REASON_UNSUPPORTED_VERSION);

        memset(reason.detail, 'x', sizeof reason.detail - 1);
        reason.detail[sizeof reason.detail - 1] = '\0';
        reason_text_zh(&reason, text);
        assert_string_equal(text + strlen(text) - strlen(reason.detail), reason.detail);
        reason_text_en(&reason, text);
        assert_string_equal(text + strlen(text) - strlen(reason.detail), reason.detail);
    }
}

static void every_code_is_found_by_its_name(void **state)
{
    (void)state;
    enum reason_code found;
    for (int code = REASON_NONE; code < REASON_COUNT; code++) {
        assert_true(reason_find(reason_name((enum reason_code)code), &found));
        assert_int_equal(found, code);
    }
    assert_false(reason_find("", &found));
    assert_false(reason_find("UNKNOWN", &found));
}

static void the_detail_stands_after_a_colon(void **state)
{
    (void)state;
    struct reason reason;
    char text[REASON_TEXT_BYTES];
    (void)reason_set(&reason, REASON_UNKNOWN_PROJECT, "data.project", "road-%d", 7);
    assert_string_equal(reason_name(reason.code), "UNKNOWN_PROJECT");
    assert_string_equal(reason.field, "data.project");
    assert_string_equal(reason_text_en(&reason, text), "the project is not registered: road-7");
    assert_string_equal(reason_text_zh(&reason, text), "项目未登记：road-7");
}

/* Shifted by one to four bytes, so that the cut falls on every place of a character of three and of four bytes. */
static void a_long_detail_is_cut_at_a_character_boundary(void **state)
{
    (void)state;
    static const struct {
        const char *character;
        size_t bytes;
    } widths[] = {{"é", 2}, {"督", 3}, {"😀", 4}};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t shift = 0; shift < 4; shift++) {
            char text[400] = "xxxx";
            text[shift] = '\0';
            for (int i = 0; i < 60; i++)
                strcat(text, widths[w].character);
            struct reason reason;
            (void)reason_set(&reason, REASON_INVALID_TEXT, text, "%s", text);
            size_t most = sizeof reason.detail - 1;
            size_t wanted = shift + (most - shift) / widths[w].bytes * widths[w].bytes;
            if (wanted > strlen(text))
                wanted = strlen(text);
            assert_int_equal(strlen(reason.detail), wanted);
            assert_int_equal(strlen(reason.field), wanted);
            assert_memory_equal(reason.detail, text, wanted);
        }
}

static void what_is_not_text_becomes_question_marks(void **state)
{
    (void)state;
    struct reason reason;
    (void)reason_set(&reason, REASON_INVALID_TEXT, "f\ng", "%s",
                     "a\nb\xff"
                     "c\xc2\x85"
                     "d\xe7\x9d督\x7f");
    assert_string_equal(reason.detail, "a?b?c??d??督?");
    assert_string_equal(reason.field, "f?g");

    char garbage[300];
    memset(garbage, 0xe7, sizeof garbage - 1);
    garbage[sizeof garbage - 1] = '\0';
    (void)reason_set(&reason, REASON_INVALID_TEXT, "", "%s", garbage);
    assert_int_equal(strlen(reason.detail), sizeof reason.detail - 1);
    assert_int_equal(strspn(reason.detail, "?"), sizeof reason.detail - 1);
}

static void nobody_needs_to_ask_for_the_reason(void **state)
{
    (void)state;
    assert_int_equal(reason_set(NULL, REASON_TOO_LONG, "field", "%s", "detail"), RC_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(every_code_has_a_sentence_in_both_languages_that_fits),
        cmocka_unit_test(every_code_is_found_by_its_name),
        cmocka_unit_test(the_detail_stands_after_a_colon),
        cmocka_unit_test(a_long_detail_is_cut_at_a_character_boundary),
        cmocka_unit_test(what_is_not_text_becomes_question_marks),
        cmocka_unit_test(nobody_needs_to_ask_for_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
