#include "domain/phrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void phrases_have_fixed_meanings(void **state)
{
    (void)state;
    static const struct {
        const char *phrase;
        uint32_t year;
        const char *day;
    } cases[] = {
        /* the phrases of the district's plan of 2020 */
        {"4月底前", 2020, "2020-04-30"},
        {"6月底前", 2020, "2020-06-30"},
        {"10月底前", 2020, "2020-10-31"},
        {"年底前", 2020, "2020-12-31"},
        {"年内", 2020, "2020-12-31"},
        {"全年", 2020, "2020-12-31"},
        {"3年内", 2020, "2022-12-31"},
        {"5年内", 2020, "2024-12-31"},
        /* the end of a month */
        {"1月底", 2020, "2020-01-31"},
        {"2月底", 2020, "2020-02-29"},
        {"2月底前", 2021, "2021-02-28"},
        {"二月底前", 2000, "2000-02-29"},
        {"12月底", 2021, "2021-12-31"},
        {"一月底前", 2021, "2021-01-31"},
        {"三月底", 2021, "2021-03-31"},
        {"四月底", 2021, "2021-04-30"},
        {"五月底", 2021, "2021-05-31"},
        {"六月底", 2021, "2021-06-30"},
        {"七月底", 2021, "2021-07-31"},
        {"八月底", 2021, "2021-08-31"},
        {"九月底前", 2021, "2021-09-30"},
        {"十月底前", 2021, "2021-10-31"},
        {"十一月底前", 2021, "2021-11-30"},
        {"十二月底", 2021, "2021-12-31"},
        /* years */
        {"年底", 1990, "1990-12-31"},
        {"上半年", 2021, "2021-06-30"},
        {"1年内", 2021, "2021-12-31"},
        {"一年内", 2021, "2021-12-31"},
        {"二年内", 2021, "2022-12-31"},
        {"两年内", 2021, "2022-12-31"},
        {"三年内", 2021, "2023-12-31"},
        {"十年内", 2021, "2030-12-31"},
        {"10年内", 2090, "2099-12-31"},
        {"1年内", 2099, "2099-12-31"},
        /* days */
        {"4月30日前", 2020, "2020-04-30"},
        {"4月5日", 2021, "2021-04-05"},
        {"2月29日", 2020, "2020-02-29"},
        {"12月31日前", 2099, "2099-12-31"},
        {"2021年3月1日前", 2020, "2021-03-01"},
        {"2019年12月31日", 2020, "2019-12-31"},
        {"1990年1月1日", 2020, "1990-01-01"},
        {"2024年2月29日前", 2021, "2024-02-29"},
        {"2020-04-30", 2020, "2020-04-30"},
        {"2022-12-31", 2020, "2022-12-31"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        day_number day;
        char text[DAY_TEXT_BYTES];
        if (!deadline_phrase(cases[i].phrase, cases[i].year, &day))
            fail_msg("\"%s\" was refused", cases[i].phrase);
        if (strcmp(day_format(day, text), cases[i].day) != 0)
            fail_msg("\"%s\" of %u was read as %s", cases[i].phrase, cases[i].year, text);
    }
}

static void what_has_no_fixed_meaning_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *phrase;
        uint32_t year;
    } cases[] = {
        {"", 2020},
        {"尽快", 2020},
        {"尽快完成", 2020},
        {"力争", 2020},
        {"同步推进", 2020},
        {"前", 2020},
        {"下半年", 2020},
        {"soon", 2020},
        /* something before or after a phrase, or within it */
        {"年底前大头落地", 2020},
        {"力争年底前", 2020},
        {"年底前前", 2020},
        {"年内前", 2020},
        {"全年前", 2020},
        {"上半年前", 2020},
        {"3年内前", 2020},
        {"4月底前 ", 2020},
        {" 4月底前", 2020},
        {"4 月底前", 2020},
        {"4月底前完成", 2020},
        {"4月底以前", 2020},
        {"4月30日前。", 2020},
        {"2020-04-30前", 2020},
        {"2020年年底前", 2020},
        {"2020年4月底前", 2020},
        /* numbers that are none here */
        {"0月底前", 2020},
        {"13月底前", 2020},
        {"04月底前", 2020},
        {"十三月底前", 2020},
        {"两月底前", 2020},
        {"零月底前", 2020},
        {"４月底前", 2020},
        {"-4月底前", 2020},
        {"月底前", 2020},
        {"4月", 2020},
        {"4294967300月底", 2020},
        {"0年内", 2020},
        {"11年内", 2020},
        {"十一年内", 2020},
        {"两三年内", 2020},
        {"3年", 2020},
        {"2020年内", 2020},
        /* days that do not exist */
        {"2月30日前", 2020},
        {"2月29日", 2021},
        {"4月31日", 2020},
        {"4月0日", 2020},
        {"0月4日", 2020},
        {"13月1日", 2020},
        {"4月01日", 2020},
        {"四月一日", 2020},
        {"4月30", 2020},
        {"2021年2月29日", 2020},
        {"2020-02-30", 2020},
        {"2020-4-30", 2020},
        {"20年4月30日", 2020},
        {"2020年30日", 2020},
        /* outside 1990 to 2099 */
        {"2年内", 2099},
        {"10年内", 2091},
        {"1989年12月31日", 2020},
        {"2100年1月1日", 2020},
        {"9999年12月31日", 2020},
        {"02020年4月30日", 2020},
        {"1989-12-31", 2020},
        {"2100-01-01", 2020},
        /* cut off within a character */
        {"年底\xe5\x89", 2020},
        {"4月\xe5", 2020},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        day_number day = 42;
        if (deadline_phrase(cases[i].phrase, cases[i].year, &day))
            fail_msg("\"%s\" was read", cases[i].phrase);
        assert_int_equal(day, 42);
    }
}

static void every_day_reads_back_as_plans_write_it(void **state)
{
    (void)state;
    for (day_number day = day_year_start(1990); day < day_year_start(2100); day++) {
        int year, month, date;
        char text[64];
        day_number again;
        day_to_civil(day, &year, &month, &date);
        snprintf(text, sizeof text, "%d年%d月%d日", year, month, date);
        assert_true(deadline_phrase(text, 2020, &again));
        assert_int_equal(again, day);
        snprintf(text, sizeof text, "%d月%d日前", month, date);
        assert_true(deadline_phrase(text, (uint32_t)year, &again));
        assert_int_equal(again, day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_have_fixed_meanings),
        cmocka_unit_test(what_has_no_fixed_meaning_is_refused),
        cmocka_unit_test(every_day_reads_back_as_plans_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
