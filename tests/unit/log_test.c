#include "base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
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
    log_warning("DB-LOST", "connection=%s", "writer");
    log_error("DB-SCHEMA", "remedy=\"duban db migrate\"");
    const char *text = capture_end(&capture);
    assert_int_equal(lines(text), 3);
    assert_ptr_equal(strstr(text, "INGEST-READY level=info time="), text);
    assert_non_null(strstr(text, " head=7\n"));
    assert_non_null(strstr(text, "\nDB-LOST level=warning time="));
    assert_non_null(strstr(text, " connection=writer\n"));
    assert_non_null(strstr(text, "\nDB-SCHEMA level=error time="));
}

/* What stands after the time of a line that gives the text as a value, bare and between the format's quotes. */
static const char *logged(struct capture *capture, const char *text)
{
    *capture = capture_start();
    log_info("PEER", "name=%s reason=\"told: %s!\" count=%d", text, text, 7);
    const char *line = capture_end(capture);
    assert_int_equal(lines(line), 1);
    return strstr(line, " name=");
}

static void assert_logged(const char *text, const char *name, const char *reason)
{
    struct capture capture;
    char wanted[4096];
    snprintf(wanted, sizeof wanted, " name=%s reason=\"told: %s!\" count=7\n", name, reason);
    assert_string_equal(logged(&capture, text), wanted);
}

static void a_plain_value_stands_as_it_is(void **state)
{
    (void)state;
    assert_logged("ipc://var/ingest.front", "ipc://var/ingest.front", "ipc://var/ingest.front");
    assert_logged("7f%2", "7f%2", "7f%2");
}

static void no_value_can_forge_a_field(void **state)
{
    (void)state;
    assert_logged("a level=error", "\"a level=error\"", "a level=error");
    assert_logged("a\" level=error x=\"", "\"a\\\" level=error x=\\\"\"", "a\\\" level=error x=\\\"");
    assert_logged("a\\\" level=error", "\"a\\\\\\\" level=error\"", "a\\\\\\\" level=error");
    assert_logged("a\\", "\"a\\\\\"", "a\\\\");
    assert_logged("", "\"\"", "");
    assert_logged("level=error", "\"level=error\"", "level=error");
}

static void no_value_can_forge_a_line_or_drive_a_terminal(void **state)
{
    (void)state;
    assert_logged("a\nFORGED level=error\r\tb", "\"a FORGED level=error  b\"", "a FORGED level=error  b");
    assert_logged("a\x1b[2J\x7f\x01", "\"a?[2J??\"", "a?[2J??");
    /* In UTF-8 the C1 controls next line and control sequence introducer. */
    assert_logged("\xc2\x85"
                  "d\xc2\x9b"
                  "31me",
                  "\"??d??31me\"", "??d??31me");
}

static void no_value_can_turn_the_direction_of_text_or_hide(void **state)
{
    (void)state;
    static const char *const hidden[] = {
        "\xe2\x80\xaa", "\xe2\x80\xab",     "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae", /* U+202A to U+202E */
        "\xe2\x81\xa6", "\xe2\x81\xa7",     "\xe2\x81\xa8", "\xe2\x81\xa9",                 /* U+2066 to U+2069 */
        "\xe2\x80\x8e", "\xe2\x80\x8f",     "\xd8\x9c",                                     /* marks of direction */
        "\xe2\x80\xa8", "\xe2\x80\xa9",     "\xe2\x80\x8b", /* line and paragraph separator, zero-width space */
        "\xef\xbb\xbf", "\xf3\xa0\x81\xa1",                 /* byte order mark, tag a */
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_logged(hidden[i], "\"?\"", "?");
}

static void what_is_not_utf8_is_not_shown(void **state)
{
    (void)state;
    assert_logged("\xff"
                  "a\x80\xc0\xaf\xed\xa0\x80", /* a byte that never is, a lone tail, an overlong '/', a surrogate */
                  "\"?a??????\"", "?a??????");
    assert_logged("\xe7\x9d", "\"??\"", "??"); /* cut off */
}

static void letters_outside_ascii_stay(void **state)
{
    (void)state;
    /* é and · begin with the byte 0xc3 and 0xc2; the last has four bytes. */
    assert_logged("中原区 é · 𠀋", "\"中原区 é · 𠀋\"", "中原区 é · 𠀋");
}

static void a_long_value_is_cut_and_what_follows_is_still_told(void **state)
{
    (void)state;
    static char longest[100000];
    struct capture capture;
    static const char *const fillings[] = {"x", "\"", "督", "\xff"};
    for (size_t f = 0; f < sizeof fillings / sizeof *fillings; f++) {
        size_t bytes = strlen(fillings[f]);
        for (size_t i = 0; i + bytes < sizeof longest; i += bytes)
            memcpy(longest + i, fillings[f], bytes + 1);
        const char *text = logged(&capture, longest);
        assert_true(strlen(text) < 1200);
        assert_non_null(strstr(text, "…!\" count=7\n"));
    }
}

static void every_number_is_written_as_printf_does(void **state)
{
    (void)state;
    struct capture capture = capture_start();
    log_info("N", "%d %u %ld %lu %lld %llu %zu", -1, 4000000000u, -2L, 3UL, INT64_MIN + 0LL, UINT64_MAX + 0ULL,
             (size_t)5);
    assert_non_null(
        strstr(capture_end(&capture), "Z -1 4000000000 -2 3 -9223372036854775808 18446744073709551615 5\n"));
}

/* The status and the message of a process that breaks a REQUIRE. */
static void a_broken_requirement_says_what_and_where_and_aborts(void **state)
{
    (void)state;
    struct capture capture = capture_start();
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        errno = ENOMEM;
        REQUIRE(strcmp("a", "b") == 0);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    const char *text = capture_end(&capture);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_int_equal(lines(text), 1);
    assert_ptr_equal(strstr(text, "BUG level=error time="), text);
    assert_non_null(strstr(text, " condition=\"strcmp(\\\"a\\\", \\\"b\\\") == 0\" at=tests/unit/log_test.c:"));
    assert_non_null(strstr(text, " errno=\"Cannot allocate memory\"\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_event_level_time_and_the_rest),
        cmocka_unit_test(a_plain_value_stands_as_it_is),
        cmocka_unit_test(no_value_can_forge_a_field),
        cmocka_unit_test(no_value_can_forge_a_line_or_drive_a_terminal),
        cmocka_unit_test(no_value_can_turn_the_direction_of_text_or_hide),
        cmocka_unit_test(what_is_not_utf8_is_not_shown),
        cmocka_unit_test(letters_outside_ascii_stay),
        cmocka_unit_test(a_long_value_is_cut_and_what_follows_is_still_told),
        cmocka_unit_test(every_number_is_written_as_printf_does),
        cmocka_unit_test(a_broken_requirement_says_what_and_where_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
