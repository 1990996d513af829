#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What was written to standard error since capture_start. */
struct capture {
    FILE *file;
    int standard_error;
    char text[8192];
};

static struct capture capture_start(void)
{
    struct capture capture = {.file = tmpfile(), .standard_error = dup(STDERR_FILENO)};
    assert_non_null(capture.file);
    dup2(fileno(capture.file), STDERR_FILENO);
    return capture;
}

static const char *capture_end(struct capture *capture)
{
    dup2(capture->standard_error, STDERR_FILENO);
    close(capture->standard_error);
    rewind(capture->file);
    capture->text[fread(capture->text, 1, sizeof capture->text - 1, capture->file)] = '\0';
    fclose(capture->file);
    return capture->text;
}

static size_t lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void a_line_has_event_level_time_and_the_rest(void **state)
{
    (void)state;
    struct capture capture = capture_start();
    log_info("INGEST-READY", "head=%d", 7);
    log_warning("DB-LOST", "%s", "督办");
    log_error("DB-SCHEMA", "remedy=\"duban db migrate\"");
    const char *text = capture_end(&capture);
    assert_int_equal(lines(text), 3);
    assert_ptr_equal(strstr(text, "INGEST-READY level=info time="), text);
    assert_non_null(strstr(text, " head=7\n"));
    assert_non_null(strstr(text, "\nDB-LOST level=warning time="));
    assert_non_null(strstr(text, "督办\n"));
    assert_non_null(strstr(text, "\nDB-SCHEMA level=error time="));
}

static void no_input_can_forge_a_line_or_drive_a_terminal(void **state)
{
    (void)state;
    struct capture capture = capture_start();
    /* Line feed, carriage return, escape, delete, and in UTF-8 the C1 controls next line and control sequence
     * introducer. */
    log_info("PEER", "name=\"%s\"",
             "a\nFORGED level=error\rb\x1b[2J\x7f c\xc2\x85"
             "d\xc2\x9b"
             "31me\x01");
    const char *text = capture_end(&capture);
    assert_int_equal(lines(text), 1);
    for (const char *c = text; c[1] != '\0'; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    assert_null(strstr(text, "\xc2\x85"));
    assert_null(strstr(text, "\xc2\x9b"));
}

static void letters_outside_ascii_stay(void **state)
{
    (void)state;
    struct capture capture = capture_start();
    log_info("PEER", "name=%s", "中原区 é ·"); /* é and · begin with the byte 0xc3 and 0xc2 */
    assert_non_null(strstr(capture_end(&capture), "name=中原区 é ·\n"));
}

static void a_long_text_is_cut_and_still_one_line(void **state)
{
    (void)state;
    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    struct capture capture = capture_start();
    log_info("PEER", "%s", longest);
    const char *text = capture_end(&capture);
    assert_int_equal(lines(text), 1);
    assert_true(strlen(text) < 1200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_event_level_time_and_the_rest),
        cmocka_unit_test(no_input_can_forge_a_line_or_drive_a_terminal),
        cmocka_unit_test(letters_outside_ascii_stay),
        cmocka_unit_test(a_long_text_is_cut_and_still_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
