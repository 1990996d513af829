#include "domain/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LONG_AFTER "2099-12-31"

static day_number parsed(const char *text)
{
    day_number day;
    assert_true(day_parse(text, &day));
    return day;
}

static bool working(day_number day, day_number known_on)
{
    bool is_working;
    assert_true(calendar_working_day(day, known_on, &is_working));
    return is_working;
}

static bool weekday(day_number day)
{
    day_number monday = parsed("2020-01-06");
    return ((day - monday) % 7 + 7) % 7 < 5;
}

/* What the notices say, written down a second time: the days by month and date as in the notices' own sentences. */
static const struct year {
    int year;
    const char *known_on;
    struct {
        int month, date, days; /* days off, the first of them */
    } off[8];
    int work[10][2]; /* make-up days: month and date */
    int working_days;
} years[] = {
    {2020,
     "2019-11-21",
     {{1, 1, 1}, {1, 24, 10}, {4, 4, 3}, {5, 1, 5}, {6, 25, 3}, {10, 1, 8}},
     {{1, 19}, {4, 26}, {5, 9}, {6, 28}, {9, 27}, {10, 10}},
     249},
    {2021,
     "2020-11-25",
     {{1, 1, 3}, {2, 11, 7}, {4, 3, 3}, {5, 1, 5}, {6, 12, 3}, {9, 19, 3}, {10, 1, 7}},
     {{2, 7}, {2, 20}, {4, 25}, {5, 8}, {9, 18}, {9, 26}, {10, 9}},
     250},
    {2022,
     "2021-10-25",
     {{1, 1, 3}, {1, 31, 7}, {4, 3, 3}, {4, 30, 5}, {6, 3, 3}, {9, 10, 3}, {10, 1, 7}},
     {{1, 29}, {1, 30}, {4, 2}, {4, 24}, {5, 7}, {10, 8}, {10, 9}},
     249},
    {2023,
     "2022-12-08",
     {{1, 1, 2}, {1, 21, 7}, {4, 5, 1}, {4, 29, 5}, {6, 22, 3}, {9, 29, 8}},
     {{1, 28}, {1, 29}, {4, 23}, {5, 6}, {6, 25}, {10, 7}, {10, 8}},
     249},
    {2024,
     "2023-10-25",
     {{1, 1, 1}, {2, 10, 8}, {4, 4, 3}, {5, 1, 5}, {6, 10, 1}, {9, 15, 3}, {10, 1, 7}},
     {{2, 4}, {2, 18}, {4, 7}, {4, 28}, {5, 11}, {9, 14}, {9, 29}, {10, 12}},
     251},
    {2025,
     "2024-11-12",
     {{1, 1, 1}, {1, 28, 8}, {4, 4, 3}, {5, 1, 5}, {5, 31, 3}, {10, 1, 8}},
     {{1, 26}, {2, 8}, {4, 27}, {9, 28}, {10, 11}},
     248},
    {2026,
     "2025-11-04",
     {{1, 1, 3}, {2, 15, 9}, {4, 4, 3}, {5, 1, 5}, {6, 19, 3}, {9, 25, 3}, {10, 1, 7}},
     {{1, 4}, {2, 14}, {2, 28}, {5, 9}, {9, 20}, {10, 10}},
     248},
};

static bool listed_off(const struct year *year, day_number day)
{
    for (size_t i = 0; i < COUNT(year->off) && year->off[i].days > 0; i++) {
        day_number first;
        assert_true(day_from_civil(year->year, year->off[i].month, year->off[i].date, &first));
        if (day >= first && day < first + year->off[i].days)
            return true;
    }
    return false;
}

static bool listed_work(const struct year *year, day_number day)
{
    for (size_t i = 0; i < COUNT(year->work) && year->work[i][0] > 0; i++) {
        day_number work;
        assert_true(day_from_civil(year->year, year->work[i][0], year->work[i][1], &work));
        if (day == work)
            return true;
    }
    return false;
}

static void every_day_of_every_year_is_as_its_notices_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(years); i++) {
        const struct year *year = &years[i];
        int count = 0, weekdays = 0, weekdays_off = 0, made_up = 0;
        day_number last = day_year_start(year->year + 1) - 1;
        for (day_number day = day_year_start(year->year); day <= last; day++) {
            bool wanted = listed_work(year, day) || (weekday(day) && !listed_off(year, day));
            if (working(day, last) != wanted) {
                char text[DAY_TEXT_BYTES];
                fail_msg("%s is %s working day", day_format(day, text), wanted ? "no" : "a");
            }
            count += working(day, last);
            weekdays += weekday(day);
            weekdays_off += weekday(day) && listed_off(year, day);
            made_up += listed_work(year, day);
            assert_false(listed_work(year, day) && (weekday(day) || listed_off(year, day)));
        }
        assert_int_equal(count, weekdays - weekdays_off + made_up);
        assert_int_equal(count, year->working_days);
    }
}

static void a_year_is_known_from_the_day_of_its_notice(void **state)
{
    (void)state;
    bool is_working = true;
    for (size_t i = 0; i < COUNT(years); i++) {
        day_number known_on = parsed(years[i].known_on), first = day_year_start(years[i].year);
        assert_false(calendar_working_day(first, known_on - 1, &is_working));
        assert_false(working(first, known_on));
    }
    assert_true(is_working); /* untouched where nothing is known */
}

static void years_without_a_notice_are_unknown(void **state)
{
    (void)state;
    bool is_working;
    static const char *const days[] = {"1990-01-01", "2019-12-31", "2027-01-01", "2099-12-31"};
    for (size_t i = 0; i < COUNT(days); i++)
        assert_false(calendar_working_day(parsed(days[i]), parsed(LONG_AFTER), &is_working));
    assert_true(calendar_working_day(parsed("2020-01-01"), parsed(LONG_AFTER), &is_working));
    assert_true(calendar_working_day(parsed("2026-12-31"), parsed(LONG_AFTER), &is_working));
}

static void the_spring_festival_of_2020_is_longer_from_the_day_that_this_is_known(void **state)
{
    (void)state;
    day_number before = parsed("2020-01-26"), after = parsed("2020-01-27");
    assert_false(working(parsed("2020-01-30"), before));
    assert_true(working(parsed("2020-01-31"), before));
    assert_true(working(parsed("2020-02-01"), before)); /* a Saturday made up for the holiday */
    assert_false(working(parsed("2020-02-02"), before));
    assert_true(working(parsed("2020-02-03"), before));

    assert_false(working(parsed("2020-01-31"), after));
    assert_false(working(parsed("2020-02-01"), after));
    assert_false(working(parsed("2020-02-02"), after));
    assert_true(working(parsed("2020-02-03"), after));
    assert_true(working(parsed("2020-01-19"), after));
}

/* A due day, working days, and the day wanted; null where there is none. */
struct counting {
    const char *due;
    uint32_t working_days;
    const char *wanted;
};

static void assert_counting(bool count(day_number due, uint32_t working_days, day_number *out_day),
                            const struct counting *counting)
{
    day_number day = 42;
    char text[DAY_TEXT_BYTES] = "none";
    if (count(parsed(counting->due), counting->working_days, &day))
        day_format(day, text);
    else
        assert_int_equal(day, 42);
    const char *wanted = counting->wanted == NULL ? "none" : counting->wanted;
    if (strcmp(text, wanted) != 0)
        fail_msg("%s and %u working days: %s, not %s", counting->due, counting->working_days, text, wanted);
}

static void a_reminder_is_sent_so_many_working_days_before(void **state)
{
    (void)state;
    static const struct counting countings[] = {
        {"2021-06-11", 1, "2021-06-10"},
        {"2021-06-11", 5, "2021-06-04"},
        /* from a day that is no working day */
        {"2021-06-13", 1, "2021-06-11"},
        {"2021-06-13", 6, "2021-06-04"},
        /* over holidays and make-up days */
        {"2021-10-08", 1, "2021-09-30"},
        {"2021-10-08", 5, "2021-09-26"},
        {"2021-10-08", 6, "2021-09-24"},
        {"2021-10-11", 1, "2021-10-09"},
        {"2024-02-19", 1, "2024-02-18"},
        {"2024-02-19", 2, "2024-02-09"},
        {"2024-02-19", 7, "2024-02-04"},
        /* over New Year, with the calendars of both years */
        {"2022-01-04", 1, "2021-12-31"},
        {"2024-01-02", 1, "2023-12-29"},
        {"2021-12-31", 249, "2021-01-04"},
        {"2021-12-31", 250, "2020-12-31"},
        {"2021-03-01", 365, NULL}, /* reaches into 2019 */
        /* the last that are known, and the first that are not */
        {"2026-12-31", 1, "2026-12-30"},
        {"2027-01-01", 1, "2026-12-31"},
        {"2027-01-02", 1, NULL},
        {"2020-01-03", 1, "2020-01-02"},
        {"2020-01-03", 2, NULL},
        {"2020-01-01", 1, NULL},
        {"2019-11-21", 1, NULL},
    };
    for (size_t i = 0; i < COUNT(countings); i++)
        assert_counting(calendar_lead_day, &countings[i]);
}

static void a_reminder_follows_the_spring_festival_of_2020_by_what_is_known(void **state)
{
    (void)state;
    static const struct counting countings[] = {
        /* By the first notice February 1 and January 31 would have been counted; the second moved both into the past.
         */
        {"2020-02-02", 1, "2020-01-27"},
        {"2020-02-03", 1, "2020-01-27"},
        {"2020-02-03", 2, "2020-01-27"},
        /* January 23 by both: sent before the second notice */
        {"2020-02-03", 3, "2020-01-23"},
        {"2020-02-04", 1, "2020-02-03"},
        {"2020-02-04", 2, "2020-01-27"},
        {"2020-02-10", 1, "2020-02-07"},
        {"2020-02-10", 5, "2020-02-03"},
        {"2020-02-10", 6, "2020-01-27"},
        {"2020-02-10", 7, "2020-01-27"},
        {"2020-02-10", 8, "2020-01-23"},
        /* due before it was known, so never changed by it */
        {"2020-01-27", 1, "2020-01-23"},
        {"2020-01-28", 1, "2020-01-23"},
    };
    for (size_t i = 0; i < COUNT(countings); i++)
        assert_counting(calendar_lead_day, &countings[i]);
}

static void a_reminder_waits_for_the_calendar_that_it_needs(void **state)
{
    (void)state;
    static const struct counting countings[] = {
        {"2023-01-03", 1, "2022-12-30"},  {"2023-01-03", 16, "2022-12-09"},
        {"2023-01-03", 17, "2022-12-08"}, {"2023-01-03", 18, "2022-12-08"}, /* December 7, when 2023 was not known */
        {"2023-01-03", 60, "2022-12-08"}, {"2023-01-01", 18, "2022-12-07"}, /* 2023 is not needed */
        {"2020-02-03", 30, NULL},
    };
    for (size_t i = 0; i < COUNT(countings); i++)
        assert_counting(calendar_lead_day, &countings[i]);
}

static void an_escalation_follows_so_many_working_days_after(void **state)
{
    (void)state;
    static const struct counting countings[] = {
        {"2021-06-10", 1, "2021-06-11"},
        {"2021-06-11", 1, "2021-06-15"},
        {"2021-06-12", 1, "2021-06-15"},
        /* National Day with its make-up days before and after */
        {"2020-09-25", 1, "2020-09-27"},
        {"2020-09-30", 1, "2020-10-09"},
        {"2020-09-30", 2, "2020-10-10"},
        {"2020-09-30", 3, "2020-10-12"},
        {"2020-10-08", 2, "2020-10-10"},
        {"2022-09-30", 1, "2022-10-08"},
        {"2022-09-30", 2, "2022-10-09"},
        {"2022-09-30", 3, "2022-10-10"},
        {"2026-09-18", 1, "2026-09-20"},
        {"2026-09-30", 3, "2026-10-10"},
        /* the Spring Festival: by the first notice January 31, which the second took back in time */
        {"2020-01-23", 1, "2020-02-03"},
        {"2020-01-23", 2, "2020-02-04"},
        {"2020-01-22", 1, "2020-01-23"},
        {"2020-01-22", 2, "2020-02-03"},
        /* over New Year */
        {"2021-12-31", 1, "2022-01-04"},
        {"2020-12-31", 250, "2021-12-31"},
        {"2020-12-31", 251, "2022-01-04"},
        /* where the known years begin and end */
        {"2019-12-31", 1, "2020-01-02"},
        {"2019-12-30", 1, NULL},
        {"2026-12-30", 1, "2026-12-31"},
        {"2026-12-30", 2, NULL},
        {"2026-12-31", 1, NULL},
        {"2026-01-05", 365, NULL},
        {"2030-01-01", 1, NULL},
    };
    for (size_t i = 0; i < COUNT(countings); i++)
        assert_counting(calendar_escalation_day, &countings[i]);
}

/* The rules of the header, followed word by word, day after day. */

static bool lead_day_by_the_rule(day_number due, uint32_t working_days, day_number *out_day)
{
    for (day_number morning = parsed("2019-11-01"); morning < due; morning++) {
        uint32_t left = working_days;
        day_number day = due;
        bool is_working;
        while (left > 0 && calendar_working_day(day - 1, morning, &is_working)) {
            day--;
            left -= is_working;
        }
        if (left == 0 && day <= morning) {
            *out_day = morning;
            return true;
        }
    }
    return false;
}

static bool escalation_day_by_the_rule(day_number due, uint32_t working_days, day_number *out_day)
{
    for (day_number morning = due + 1; morning <= parsed("2027-12-31"); morning++) {
        uint32_t count = 0;
        bool known = true, is_working;
        for (day_number day = due + 1; day <= morning && known; day++) {
            known = calendar_working_day(day, morning, &is_working);
            count += known && is_working;
        }
        if (known && count >= working_days) {
            *out_day = morning;
            return true;
        }
    }
    return false;
}

static void what_is_computed_is_what_the_rules_say(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 7, 30};
    static const char *const spans[][2] = {
        {"2019-12-20", "2020-03-31"}, {"2020-11-15", "2021-03-10"}, {"2022-11-20", "2023-02-10"},
        {"2026-12-01", "2027-02-20"}, {"2027-02-21", "2027-02-21"},
    };
    for (size_t s = 0; s < COUNT(spans); s++)
        for (day_number due = parsed(spans[s][0]); due <= parsed(spans[s][1]); due++)
            for (size_t i = 0; i < COUNT(counts); i++) {
                day_number day = 0, wanted = 0;
                assert_int_equal(calendar_lead_day(due, counts[i], &day),
                                 lead_day_by_the_rule(due, counts[i], &wanted));
                assert_int_equal(day, wanted);
                day = wanted = 0;
                assert_int_equal(calendar_escalation_day(due, counts[i], &day),
                                 escalation_day_by_the_rule(due, counts[i], &wanted));
                assert_int_equal(day, wanted);
            }
}

static void next_years_calendar_is_missed_from_the_first_of_december(void **state)
{
    (void)state;
    static const struct {
        const char *today;
        int missing; /* 0: none */
    } cases[] = {
        {"2019-11-20", 0},    {"2019-11-21", 0},    {"2019-12-01", 0},    {"2020-06-30", 0},    {"2020-12-01", 0},
        {"2022-11-30", 0},    {"2022-12-01", 2023}, {"2022-12-07", 2023}, {"2022-12-08", 0},    {"2026-11-30", 0},
        {"2026-12-01", 2027}, {"2026-12-31", 2027}, {"2027-01-01", 2027}, {"2030-05-01", 2027}, {"2010-05-01", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int year = 0;
        assert_int_equal(calendar_missing_year(parsed(cases[i].today), &year), cases[i].missing != 0);
        assert_int_equal(year, cases[i].missing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_every_year_is_as_its_notices_say),
        cmocka_unit_test(a_year_is_known_from_the_day_of_its_notice),
        cmocka_unit_test(years_without_a_notice_are_unknown),
        cmocka_unit_test(the_spring_festival_of_2020_is_longer_from_the_day_that_this_is_known),
        cmocka_unit_test(a_reminder_is_sent_so_many_working_days_before),
        cmocka_unit_test(a_reminder_follows_the_spring_festival_of_2020_by_what_is_known),
        cmocka_unit_test(a_reminder_waits_for_the_calendar_that_it_needs),
        cmocka_unit_test(an_escalation_follows_so_many_working_days_after),
        cmocka_unit_test(what_is_computed_is_what_the_rules_say),
        cmocka_unit_test(next_years_calendar_is_missed_from_the_first_of_december),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
