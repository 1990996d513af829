#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static day_number parsed(const char *text)
{
    day_number day;
    assert_true(day_parse(text, &day));
    return day;
}

static int64_t instant(const char *text)
{
    int64_t instant_us;
    assert_true(instant_parse(text, &instant_us));
    return instant_us;
}

static void assert_day(day_number day, const char *wanted)
{
    char text[DAY_TEXT_BYTES];
    assert_string_equal(day_format(day, text), wanted);
}

static void days_are_counted_from_1970(void **state)
{
    (void)state;
    day_number day;
    assert_true(day_from_civil(1970, 1, 1, &day));
    assert_int_equal(day, 0);
    assert_true(day_from_civil(1969, 12, 31, &day));
    assert_int_equal(day, -1);
    assert_int_equal(parsed("2000-03-01"), 11017);
    assert_int_equal(parsed("2020-02-29"), 18321);
}

static void every_day_from_1990_to_2099_reads_back_as_written(void **state)
{
    (void)state;
    day_number last = parsed("2099-12-31");
    int count = 0;
    for (day_number day = parsed("1990-01-01"); day <= last; day++, count++) {
        char text[DAY_TEXT_BYTES];
        int year, month, date;
        day_to_civil(day, &year, &month, &date);
        day_number again;
        assert_true(day_from_civil(year, month, date, &again));
        assert_int_equal(again, day);
        assert_int_equal(parsed(day_format(day, text)), day);
        assert_int_equal(day_year(day), year);
        assert_int_equal(day_of_instant(day_start_us(day)), day);
        assert_int_equal(day_of_instant(day_start_us(day) - 1), day - 1);
    }
    assert_int_equal(count, 110 * 365 + 27); /* 27 leap years from 1992 to 2096 */
}

static void days_that_do_not_exist_or_lie_outside_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "2020",       "2019-02-29",  "2100-02-29",  "2020-02-30",  "2020-04-31",  "2020-00-10",
        "2020-13-01", "2020-01-00", "2020-01-32",  "0000-01-01",  "0001-01-01",  "9999-12-31",  "1989-12-31",
        "2100-01-01", "2020-1-1",   "20200101",    "2020/01/01",  "2020-01-01 ", " 2020-01-01", "2020-01-01T",
        "+020-01-01", "-020-01-01", "２020-01-01", "2020-01-011", "2020-0a-01"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        day_number day = 42;
        if (day_parse(texts[i], &day))
            fail_msg("\"%s\" was read", texts[i]);
        assert_int_equal(day, 42);
    }
}

static void leap_days_follow_the_gregorian_rule(void **state)
{
    (void)state;
    day_number day;
    assert_true(day_from_civil(2000, 2, 29, &day));
    assert_true(day_from_civil(2096, 2, 29, &day));
    assert_false(day_from_civil(1900, 2, 29, &day));
    assert_false(day_from_civil(2100, 2, 29, &day));
    assert_false(day_from_civil(0, 1, 1, &day));
    assert_false(day_from_civil(10000, 1, 1, &day));
}

static void days_before_1970_and_in_the_year_9999_can_be_told(void **state)
{
    (void)state;
    day_number day;
    assert_true(day_from_civil(1, 1, 1, &day));
    assert_day(day, "0001-01-01");
    assert_true(day_from_civil(1968, 2, 29, &day));
    assert_day(day, "1968-02-29");
    assert_true(day_from_civil(9999, 12, 31, &day));
    assert_day(day, "9999-12-31");
}

static void a_year_before_the_leap_day_is_the_28th(void **state)
{
    (void)state;
    assert_day(day_year_before(parsed("2020-02-29")), "2019-02-28");
    assert_day(day_year_before(parsed("2020-03-01")), "2019-03-01");
    assert_day(day_year_before(parsed("2021-02-28")), "2020-02-28");
    assert_int_equal(day_year_start(2020), parsed("2020-01-01"));
}

static void the_day_changes_at_midnight_in_shanghai(void **state)
{
    (void)state;
    assert_day(day_of_instant(instant("2020-04-30T15:59:59Z")), "2020-04-30");
    assert_day(day_of_instant(instant("2020-04-30T16:00:00Z")), "2020-05-01");
    assert_day(day_of_instant(instant("2020-04-30T23:59:59+08:00")), "2020-04-30");
    assert_day(day_of_instant(-8 * 60 * MINUTE_US), "1970-01-01");
    assert_day(day_of_instant(-8 * 60 * MINUTE_US - 1), "1969-12-31");
}

static void instants_are_read_in_utc_or_shanghai_time(void **state)
{
    (void)state;
    assert_true(instant("1990-01-01T00:00:00Z") == (int64_t)631152000 * SECOND_US);
    assert_true(instant("2020-04-30T09:00:00+08:00") == instant("2020-04-30T01:00:00Z"));
    assert_true(instant("2020-04-30") == instant("2020-04-29T16:00:00Z"));
}

static void what_is_no_such_instant_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "2020-04-30T",
                                        "2020-04-30T01:00:00",
                                        "2020-04-30T01:00Z",
                                        "2020-04-30 01:00:00Z",
                                        "2020-04-30T24:00:00Z",
                                        "2020-04-30T01:60:00Z",
                                        "2020-04-30T01:00:60Z",
                                        "2020-04-30T01:00:00z",
                                        "2020-04-30T01:00:00Z ",
                                        "2020-04-30T01:00:00+09:00",
                                        "2020-04-30T01:00:00.5Z",
                                        "2019-02-29T01:00:00Z",
                                        "1989-12-31T23:59:59Z"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t instant_us = 42;
        if (instant_parse(texts[i], &instant_us))
            fail_msg("\"%s\" was read", texts[i]);
        assert_true(instant_us == 42);
    }
}

static void instants_are_written_in_utc_with_microseconds(void **state)
{
    (void)state;
    char text[INSTANT_TEXT_BYTES];
    assert_string_equal(instant_format(0, text), "1970-01-01T00:00:00.000000Z");
    assert_string_equal(instant_format(-1, text), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(instant_format(instant("2020-04-30T09:08:07+08:00") + 42, text), "2020-04-30T01:08:07.000042Z");
    assert_string_equal(minute_format(instant("2020-04-30T09:08:59+08:00"), text), "2020-04-30 09:08");
    assert_string_equal(minute_format(instant("2020-04-30T16:00:00Z") - 1, text), "2020-04-30 23:59");
    assert_string_equal(minute_format(instant("2020-04-30T16:00:00Z"), text), "2020-05-01 00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_from_1970),
        cmocka_unit_test(every_day_from_1990_to_2099_reads_back_as_written),
        cmocka_unit_test(days_that_do_not_exist_or_lie_outside_are_refused),
        cmocka_unit_test(leap_days_follow_the_gregorian_rule),
        cmocka_unit_test(days_before_1970_and_in_the_year_9999_can_be_told),
        cmocka_unit_test(a_year_before_the_leap_day_is_the_28th),
        cmocka_unit_test(the_day_changes_at_midnight_in_shanghai),
        cmocka_unit_test(instants_are_read_in_utc_or_shanghai_time),
        cmocka_unit_test(what_is_no_such_instant_is_refused),
        cmocka_unit_test(instants_are_written_in_utc_with_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
