#include "base/clock.h"

#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START_US ((int64_t)1577808000 * SECOND_US) /* 2020-01-01 in Asia/Shanghai */

static void a_simulated_clock_stands_at_its_start_until_its_epoch(void **state)
{
    (void)state;
    struct clock clock = {
        .simulated = true, .start_us = START_US, .epoch_us = (int64_t)4102444800 * SECOND_US, .speed = 86400};
    assert_true(clock_now_us(&clock) == START_US);
}

static void a_simulated_clock_stops_at_its_end(void **state)
{
    (void)state;
    struct clock clock = {
        .simulated = true, .start_us = START_US, .epoch_us = 0, .speed = 1, .end_us = START_US + DAY_US};
    assert_true(clock_now_us(&clock) == clock.end_us);
}

/* Half a century after its epoch, the fastest clock would be past every number. */
static void the_fastest_clock_stops_at_its_end_too(void **state)
{
    (void)state;
    struct clock clock = {
        .simulated = true, .start_us = START_US, .epoch_us = 0, .speed = 10000000, .end_us = START_US + DAY_US};
    assert_true(clock_now_us(&clock) == clock.end_us);
}

static void a_clock_without_an_end_stops_when_the_calendar_does(void **state)
{
    (void)state;
    struct clock clock = {.simulated = true, .start_us = START_US, .epoch_us = 0, .speed = 10000000};
    char text[INSTANT_TEXT_BYTES];
    assert_string_equal(instant_format(clock_now_us(&clock), text), "2100-01-01T00:00:00.000000Z");
}

static void the_wall_clock_is_that_of_the_system(void **state)
{
    (void)state;
    struct clock clock = {.simulated = false, .start_us = START_US, .speed = 1, .end_us = START_US};
    assert_true(clock_now_us(&clock) > START_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simulated_clock_stands_at_its_start_until_its_epoch),
        cmocka_unit_test(a_simulated_clock_stops_at_its_end),
        cmocka_unit_test(the_fastest_clock_stops_at_its_end_too),
        cmocka_unit_test(a_clock_without_an_end_stops_when_the_calendar_does),
        cmocka_unit_test(the_wall_clock_is_that_of_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
