#include "cli/xlsx_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void numbers_are_what_excel_shows(void **state)
{
    (void)state;
    static const struct {
        const char *stored, *shown;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.0", "0"},
        {"0E+5", "0"},
        {"410102", "410102"},
        {"1.1000000000000001", "1.1"},
        {"0.30000000000000004", "0.3"},
        {"-77.045000000000002", "-77.045"},
        {"1234567.8", "1234567.8"},
        {"100", "100"},
        {"1.2E3", "1200"},
        {"1.2e-3", "0.0012"},
        {"1E+16", "10000000000000000"},
        {"-1.2345E-7", "-0.00000012345"},
        {"9.9999999999999999", "10"},
        {"999999999999999.5", "1000000000000000"},
        {"999999999999999.4", "999999999999999"},
        {"123456789012345678", "123456789012346000"},
        {"0.00001234567890123456", "0.0000123456789012346"},
        {"+5", "5"},
        {"007.50", "7.5"},
        {".5", "0.5"},
        {"5.", "5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char shown[XLSX_NUMBER_BYTES];
        assert_true(xlsx_number(cases[i].stored, 0, shown));
        assert_string_equal(shown, cases[i].shown);
    }
}

static void what_is_no_number_is_told(void **state)
{
    (void)state;
    static const char *const cases[] = {"",   "-",    ".",   "1.2.3", "1E",    "1E+",  "1E99999", "1,2", " 1",
                                        "1 ", "0x10", "NaN", "1E31",  "1E-31", "#N/A", "1e5e5",   "--1", "2020-04-30"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char shown[XLSX_NUMBER_BYTES];
        if (xlsx_number(cases[i], 0, shown))
            fail_msg("%s is %s", cases[i], shown);
    }
    char digits[200] = {0}, shown[XLSX_NUMBER_BYTES];
    memset(digits, '7', sizeof digits - 1);
    assert_false(xlsx_number(digits, 0, shown));
}

static void a_percentage_is_shifted(void **state)
{
    (void)state;
    char shown[XLSX_NUMBER_BYTES];
    assert_true(xlsx_number("0.77044999999999997", 2, shown));
    assert_string_equal(shown, "77.045");
    assert_true(xlsx_number("1", 2, shown));
    assert_string_equal(shown, "100");
    assert_true(xlsx_number("0", 2, shown));
    assert_string_equal(shown, "0");
}

static void days_are_counted_as_excel_does(void **state)
{
    (void)state;
    static const struct {
        const char *serial;
        bool date1904;
        const char *day;
    } cases[] = {
        {"1", false, "1900-01-01"},     {"59", false, "1900-02-28"},       {"61", false, "1900-03-01"},
        {"43951", false, "2020-04-30"}, {"43951.75", false, "2020-04-30"}, {"2958465", false, "9999-12-31"},
        {"0", true, "1904-01-01"},      {"42489", true, "2020-04-30"},     {"60", true, "1904-03-01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char day[DAY_TEXT_BYTES];
        assert_true(xlsx_day(cases[i].serial, cases[i].date1904, day));
        assert_string_equal(day, cases[i].day);
    }
    static const char *const none[] = {"0", "0.5", "60", "60.5", "2958466", "-1", "", "12345678", "x"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char day[DAY_TEXT_BYTES];
        assert_false(xlsx_day(none[i], false, day));
    }
}

static void formats_tell_dates_and_percentages(void **state)
{
    (void)state;
    static const unsigned long dates[] = {14, 22, 27, 31, 36, 45, 47, 50, 58};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_int_equal(xlsx_style_builtin(dates[i]), XLSX_STYLE_DATE);
    static const unsigned long numbers[] = {0, 1, 4, 11, 13, 23, 26, 37, 44, 48, 49, 59, 164};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(xlsx_style_builtin(numbers[i]), XLSX_STYLE_NUMBER);
    assert_int_equal(xlsx_style_builtin(9), XLSX_STYLE_PERCENT);
    assert_int_equal(xlsx_style_builtin(10), XLSX_STYLE_PERCENT);
    static const struct {
        const char *code;
        enum xlsx_style style;
    } codes[] = {
        {"General", XLSX_STYLE_NUMBER},
        {"#,##0.00;[Red]-#,##0.00", XLSX_STYLE_NUMBER},
        {"0\"days\"", XLSX_STYLE_NUMBER},
        {"0\\d", XLSX_STYLE_NUMBER},
        {"0_m", XLSX_STYLE_NUMBER},
        {"[$\u00a5-804]0.00", XLSX_STYLE_NUMBER},
        {"0\"unterminated d", XLSX_STYLE_NUMBER},
        {"0.00\"%\"", XLSX_STYLE_NUMBER},
        {"0.00%", XLSX_STYLE_PERCENT},
        {"yyyy\"年\"m\"月\"d\"日\"", XLSX_STYLE_DATE},
        {"[$-804]YYYY/MM/DD;@", XLSX_STYLE_DATE},
        {"yyyy\\-mm\\-dd", XLSX_STYLE_DATE},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(xlsx_style_of_code(codes[i].code), codes[i].style);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_excel_shows),
        cmocka_unit_test(what_is_no_number_is_told),
        cmocka_unit_test(a_percentage_is_shifted),
        cmocka_unit_test(days_are_counted_as_excel_does),
        cmocka_unit_test(formats_tell_dates_and_percentages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
