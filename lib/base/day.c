#include "base/day.h"

#include <stdio.h>
#include <string.h>

#define SHANGHAI_US (8 * 60 * MINUTE_US)

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to 1 January of a year from 1 on. */
day_number day_year_start(int year)
{
    int before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

bool day_from_civil(int year, int month, int date, day_number *out_day)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || date < 1 || date > month_days(year, month))
        return false;
    day_number day = day_year_start(year) + date - 1;
    for (int m = 1; m < month; m++)
        day += month_days(year, m);
    *out_day = day;
    return true;
}

int day_year(day_number day)
{
    int year = 1970 + day / 366; /* never too late: a year has at most 366 days */
    if (day < 0)
        year = 1970 + day / 365 - 1;
    while (day_year_start(year + 1) <= day)
        year++;
    return year;
}

void day_to_civil(day_number day, int *out_year, int *out_month, int *out_date)
{
    int year = day_year(day);
    int rest = day - day_year_start(year);
    int month = 1;
    for (; rest >= month_days(year, month); month++)
        rest -= month_days(year, month);
    *out_year = year;
    *out_month = month;
    *out_date = rest + 1;
}

day_number day_year_before(day_number day)
{
    int year, month, date;
    day_to_civil(day, &year, &month, &date);
    if (month == 2 && date == 29)
        date = 28;
    day_number before;
    REQUIRE(day_from_civil(year - 1, month, date, &before));
    return before;
}

/* Reads exactly `count` digits at *text and moves past them. */
static bool take_digits(const char **text, int count, int *out_number)
{
    int number = 0;
    for (; count > 0; count--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        number = number * 10 + (**text - '0');
    }
    *out_number = number;
    return true;
}

static bool take(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

static bool take_day(const char **text, day_number *out_day)
{
    int year, month, date;
    return take_digits(text, 4, &year) && take(text, '-') && take_digits(text, 2, &month) && take(text, '-') &&
           take_digits(text, 2, &date) && year >= 1990 && year <= 2099 && day_from_civil(year, month, date, out_day);
}

bool day_parse(const char *text, day_number *out_day)
{
    day_number day;
    if (!take_day(&text, &day) || *text != '\0')
        return false;
    *out_day = day;
    return true;
}

char *day_format(day_number day, char out_text[DAY_TEXT_BYTES])
{
    int year, month, date;
    day_to_civil(day, &year, &month, &date);
    REQUIRE(year >= 0 && year <= 9999);
    snprintf(out_text, DAY_TEXT_BYTES, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
             (unsigned)date % 100);
    return out_text;
}

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

day_number day_of_instant(int64_t instant_us)
{
    return (day_number)floor_divide(instant_us + SHANGHAI_US, DAY_US);
}

int64_t day_start_us(day_number day)
{
    return day * DAY_US - SHANGHAI_US;
}

char *instant_format(int64_t instant_us, char out_text[INSTANT_TEXT_BYTES])
{
    int64_t day = floor_divide(instant_us, DAY_US);
    int64_t rest = instant_us - day * DAY_US;
    char date[DAY_TEXT_BYTES];
    snprintf(out_text, INSTANT_TEXT_BYTES, "%sT%02u:%02u:%02u.%06uZ", day_format((day_number)day, date),
             (unsigned)(rest / (60 * MINUTE_US)) % 24, (unsigned)(rest / MINUTE_US) % 60,
             (unsigned)(rest / SECOND_US) % 60, (unsigned)(rest % SECOND_US));
    return out_text;
}

char *minute_format(int64_t instant_us, char out_text[INSTANT_TEXT_BYTES])
{
    instant_format(instant_us + SHANGHAI_US, out_text);
    out_text[strlen("2020-04-30")] = ' ';
    out_text[strlen("2020-04-30 09:00")] = '\0';
    return out_text;
}

bool instant_parse(const char *text, int64_t *out_instant_us)
{
    day_number day;
    if (!take_day(&text, &day))
        return false;
    if (*text == '\0') {
        *out_instant_us = day_start_us(day);
        return true;
    }
    int hour, minute, second;
    if (!take(&text, 'T') || !take_digits(&text, 2, &hour) || !take(&text, ':') || !take_digits(&text, 2, &minute) ||
        !take(&text, ':') || !take_digits(&text, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t local = day * DAY_US + hour * 60 * MINUTE_US + minute * MINUTE_US + second * SECOND_US;
    if (strcmp(text, "Z") == 0)
        *out_instant_us = local;
    else if (strcmp(text, "+08:00") == 0)
        *out_instant_us = local - SHANGHAI_US;
    else
        return false;
    return true;
}
