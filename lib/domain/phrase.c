#include "domain/phrase.h"

#include <string.h>

static bool take(const char **text, const char *wanted)
{
    size_t length = strlen(wanted);
    if (strncmp(*text, wanted, length) != 0)
        return false;
    *text += length;
    return true;
}

/* One to four digits, the first of them no zero. */
static bool take_digits(const char **text, int *out_number)
{
    size_t length = strspn(*text, "0123456789");
    if (length == 0 || length > 4 || **text == '0')
        return false;
    *out_number = 0;
    for (; length > 0; length--, (*text)++)
        *out_number = *out_number * 10 + (**text - '0');
    return true;
}

/* 4 or 四; in Chinese up to twelve. */
static bool take_number(const char **text, int *out_number)
{
    static const char *const numerals[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"};
    if (take_digits(text, out_number))
        return true;
    for (int number = 12; number > 0; number--) { /* 十二 before 十 */
        *out_number = number;
        if (take(text, numerals[number - 1]))
            return true;
    }
    return false;
}

/* Whether nothing follows but, perhaps, 前. */
static bool ends(const char *text)
{
    return text[0] == '\0' || strcmp(text, "前") == 0;
}

static bool fixed_words(const char *text, int year, day_number *out_day)
{
    static const struct {
        const char *words;
        int month, date;
    } meanings[] = {{"年底", 12, 31}, {"年底前", 12, 31}, {"年内", 12, 31}, {"全年", 12, 31}, {"上半年", 6, 30}};
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(text, meanings[i].words) == 0)
            return day_from_civil(year, meanings[i].month, meanings[i].date, out_day);
    return false;
}

static bool within_years(const char *text, int year, day_number *out_day)
{
    int count = 2;
    return (take(&text, "两") || take_number(&text, &count)) && strcmp(text, "年内") == 0 && count <= 10 &&
           day_from_civil(year + count - 1, 12, 31, out_day);
}

static bool end_of_month(const char *text, int year, day_number *out_day)
{
    int month;
    if (!take_number(&text, &month) || !take(&text, "月底") || !ends(text) || month > 12)
        return false;
    for (int date = 31; !day_from_civil(year, month, date, out_day); date--)
        ;
    return true;
}

static bool civil_day(const char *text, int year, day_number *out_day)
{
    const char *rest = text;
    int written, month, date;
    if (take_digits(&rest, &written) && take(&rest, "年")) {
        year = written;
        text = rest;
    }
    return take_digits(&text, &month) && take(&text, "月") && take_digits(&text, &date) && take(&text, "日") &&
           ends(text) && day_from_civil(year, month, date, out_day);
}

bool deadline_phrase(const char *text, uint32_t plan_year, day_number *out_day)
{
    REQUIRE(plan_year >= 1990 && plan_year <= 2099);
    int year = (int)plan_year;
    day_number day;
    if (!fixed_words(text, year, &day) && !within_years(text, year, &day) && !end_of_month(text, year, &day) &&
        !civil_day(text, year, &day) && !day_parse(text, &day))
        return false;
    if (day < day_year_start(1990) || day >= day_year_start(2100))
        return false;
    *out_day = day;
    return true;
}
