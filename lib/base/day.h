/* Business days and instants. A day is a calendar day in Asia/Shanghai, counted from 1970-01-01; an instant is UTC in
 * microseconds since then. Shanghai has been UTC+8 without summer time since 1991-09-15, which is the zone used here
 * for all instants; days are read from 1990 to 2099. */
#ifndef DUBAN_BASE_DAY_H
#define DUBAN_BASE_DAY_H

#include "base/err.h"

#include <stdint.h>

#define DAY_TEXT_BYTES 11     /* "2020-04-30" */
#define INSTANT_TEXT_BYTES 28 /* "2020-04-30T01:00:00.000000Z" */
#define SECOND_US ((int64_t)1000000)
#define MINUTE_US (60 * SECOND_US)
#define DAY_US (1440 * MINUTE_US)

typedef int32_t day_number;

/* A day that exists in the calendar, or false. */
bool day_from_civil(int year, int month, int date, day_number *out_day) MUST_CHECK;
void day_to_civil(day_number day, int *out_year, int *out_month, int *out_date);
int day_year(day_number day);
/* 1 January of a year. */
day_number day_year_start(int year);

/* The same month and date a year earlier; 29 February becomes 28 February. */
day_number day_year_before(day_number day);

/* Reads YYYY-MM-DD from 1990-01-01 to 2099-12-31 and nothing else. */
bool day_parse(const char *text, day_number *out_day) MUST_CHECK;
char *day_format(day_number day, char out_text[DAY_TEXT_BYTES]);

/* The day in Asia/Shanghai at an instant, and the instant at which a day begins there. */
day_number day_of_instant(int64_t instant_us);
int64_t day_start_us(day_number day);

/* RFC 3339, always in UTC with six decimals. */
char *instant_format(int64_t instant_us, char out_text[INSTANT_TEXT_BYTES]);

/* The minute in Asia/Shanghai, for people: "2020-04-30 09:00". */
char *minute_format(int64_t instant_us, char out_text[INSTANT_TEXT_BYTES]);

/* Reads YYYY-MM-DD (its first instant in Asia/Shanghai) or YYYY-MM-DDTHH:MM:SS followed by Z or +08:00. */
bool instant_parse(const char *text, int64_t *out_instant_us) MUST_CHECK;

#endif
