/* Days and instants: a text, and its first eight bytes as an instant. */
#include "fuzz/fuzz.h"

#include "base/day.h"
#include "domain/calendar.h"

#include <string.h>

/* What timestamps of events are let through from and to: years 1 to 9998. */
#define FIRST_US ((int64_t)-62135596800 * SECOND_US)
#define LAST_US ((int64_t)253370764800 * SECOND_US)

static void check_calendar(day_number day)
{
    bool working;
    day_number lead, after;
    int year;
    if (calendar_working_day(day, day, &working) && calendar_missing_year(day, &year))
        REQUIRE(year != day_year(day));
    if (calendar_lead_day(day, 1, &lead))
        REQUIRE(lead < day);
    if (calendar_escalation_day(day, 5, &after))
        REQUIRE(after > day);
}

static void check_day(day_number day)
{
    int year, month, date;
    day_number again;
    day_to_civil(day, &year, &month, &date);
    REQUIRE(day_year(day) == year && day_year_start(year) <= day);
    REQUIRE(day_from_civil(year, month, date, &again) && again == day);
}

static void check_text(const char *text)
{
    char out[INSTANT_TEXT_BYTES];
    day_number day;
    int64_t instant_us, again_us;
    if (day_parse(text, &day)) {
        REQUIRE(strcmp(day_format(day, out), text) == 0);
        check_day(day);
        check_calendar(day);
        check_day(day_year_before(day));
        REQUIRE(instant_parse(text, &instant_us) && instant_us == day_start_us(day));
    }
    if (instant_parse(text, &instant_us)) {
        instant_format(instant_us, out);
        REQUIRE(strcmp(out + strlen("2020-04-30T01:00:00"), ".000000Z") == 0);
        memcpy(out + strlen("2020-04-30T01:00:00"), "Z", 2);
        if (instant_us >= day_start_us(0)) /* Shanghai's 1990-01-01 begins in 1989 */
            REQUIRE(!instant_parse(out, &again_us) || again_us == instant_us);
    }
}

static void check_instant(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];
    day_number day = day_of_instant(instant_us);
    REQUIRE(day_start_us(day) <= instant_us && instant_us < day_start_us(day + 1));
    check_day(day);
    REQUIRE(strlen(instant_format(instant_us, text)) == INSTANT_TEXT_BYTES - 1);
    REQUIRE(strlen(minute_format(instant_us, text)) == strlen("2020-04-30 09:00"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    check_text(fuzz_text(data, bytes, fuzz_arena()));
    int64_t instant_us = 0;
    memcpy(&instant_us, data, bytes < sizeof instant_us ? bytes : sizeof instant_us);
    check_instant(FIRST_US + (int64_t)((uint64_t)instant_us % (uint64_t)(LAST_US - FIRST_US)));
    return 0;
}
