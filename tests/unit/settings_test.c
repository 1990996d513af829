#include "base/settings.h"

#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int clear(void **state)
{
    (void)state;
    static char *nothing[] = {NULL};
    environ = nothing;
    return 0;
}

static struct settings read_good(void)
{
    struct settings settings;
    struct err err = {""};
    if (settings_read(&settings, &err) != RC_OK)
        fail_msg("%s", err.text);
    return settings;
}

static void assert_refused(const char *name, const char *value)
{
    struct settings settings;
    struct err err = {""};
    setenv(name, value, 1);
    assert_int_equal(settings_read(&settings, &err), RC_REFUSED);
    if (strstr(err.text, name) == NULL)
        fail_msg("\"%s\" does not name %s", err.text, name);
    unsetenv(name);
}

static void without_any_setting_there_are_defaults(void **state)
{
    (void)state;
    struct settings settings = read_good();
    assert_string_equal(settings.directory, "var");
    assert_string_equal(settings.front[SERVICE_INGEST], "ipc://var/ingest.front");
    assert_string_equal(settings.publisher[SERVICE_NOTIFY], "ipc://var/notify.publisher");
    assert_non_null(strstr(settings.database, "dbname=duban"));
    assert_string_equal(settings.witness, "var/witness");
    assert_true(settings.witness_interval_us == MINUTE_US);
    assert_false(settings.clock.simulated);
    assert_true(settings.head_interval_us == SECOND_US);
    assert_string_equal(settings.password_file, "");
    assert_true(settings.database_timeout_us == 30 * SECOND_US);
    assert_true(settings.lease_us == 3 * SECOND_US);
    assert_true(settings.grace_us == 6 * 60 * MINUTE_US);
    assert_true(settings.patience_us == 30 * SECOND_US);
}

static void an_empty_text_means_the_default(void **state)
{
    (void)state;
    setenv("DUBAN_DIR", "", 1);
    setenv("DUBAN_METRICS_FRONT", "", 1);
    struct settings settings = read_good();
    assert_string_equal(settings.directory, "var");
    assert_string_equal(settings.front[SERVICE_METRICS], "ipc://var/metrics.front");
}

static void endpoints_follow_the_directory_unless_they_are_set(void **state)
{
    (void)state;
    setenv("DUBAN_DIR", "/run/duban", 1);
    setenv("DUBAN_METRICS_FRONT", "tcp://127.0.0.1:7002", 1);
    struct settings settings = read_good();
    assert_string_equal(settings.front[SERVICE_INGEST], "ipc:///run/duban/ingest.front");
    assert_string_equal(settings.front[SERVICE_METRICS], "tcp://127.0.0.1:7002");
    assert_string_equal(settings.publisher[SERVICE_METRICS], "ipc:///run/duban/metrics.publisher");
    assert_string_equal(settings.database, "host=/run/duban dbname=duban");
}

static void a_misspelt_name_is_refused(void **state)
{
    (void)state;
    assert_refused("DUBAN_DATABSE", "dbname=duban");
    assert_refused("DUBAN_", "1");
    assert_refused("DUBAN_DIRECTORY", "var");
    assert_refused("DUBAN_DI", "var");
    setenv("DUBANG_DIR", "not ours", 1);
    (void)read_good();
}

static void what_is_no_number_in_range_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "x", "1x", "1.5", "9", "60001", "-1", "99999999999999999999", "0x10", "1 "};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_refused("DUBAN_HEAD_INTERVAL_MS", bad[i]);
    assert_refused("DUBAN_WITNESS_INTERVAL_S", "0");
    assert_refused("DUBAN_CLOCK_SPEED", "0");
    assert_refused("DUBAN_CLOCK_SPEED", "10000001");
    assert_refused("DUBAN_CLOCK_EPOCH", "9223372036854775807");
}

static void a_text_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    char text[SETTING_BYTES + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_refused("DUBAN_DATABASE", text);
    text[SETTING_BYTES - 1] = '\0';
    setenv("DUBAN_DATABASE", text, 1);
    (void)read_good();
}

static void a_simulated_clock_has_start_speed_epoch_and_end(void **state)
{
    (void)state;
    setenv("DUBAN_CLOCK_START", "2020-01-01", 1);
    setenv("DUBAN_CLOCK_END", "2020-12-31T16:00:00Z", 1);
    setenv("DUBAN_CLOCK_EPOCH", "1700000000", 1);
    setenv("DUBAN_CLOCK_SPEED", "86400", 1);
    struct clock clock = read_good().clock;
    day_number start;
    assert_true(day_parse("2020-01-01", &start));
    assert_true(clock.simulated);
    assert_true(clock.start_us == day_start_us(start));
    assert_true(clock.end_us == day_start_us(start + 366));
    assert_true(clock.epoch_us == 1700000000 * SECOND_US);
    assert_int_equal(clock.speed, 86400);
    assert_refused("DUBAN_CLOCK_START", "2020-02-30");
    assert_refused("DUBAN_CLOCK_END", "tomorrow");
}

static void the_help_has_a_line_for_each_setting(void **state)
{
    (void)state;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    settings_help(out);
    fclose(out);
    assert_non_null(strstr(text, "DUBAN_DIR "));
    assert_non_null(strstr(text, "DUBAN_NOTIFY_PATIENCE_S "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_any_setting_there_are_defaults, clear),
        cmocka_unit_test_setup(an_empty_text_means_the_default, clear),
        cmocka_unit_test_setup(endpoints_follow_the_directory_unless_they_are_set, clear),
        cmocka_unit_test_setup(a_misspelt_name_is_refused, clear),
        cmocka_unit_test_setup(what_is_no_number_in_range_is_refused, clear),
        cmocka_unit_test_setup(a_text_that_does_not_fit_is_refused, clear),
        cmocka_unit_test_setup(a_simulated_clock_has_start_speed_epoch_and_end, clear),
        cmocka_unit_test_setup(the_help_has_a_line_for_each_setting, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
