#include "domain/calendar.h"

#include <stddef.h>

/* The day that is written as the number YYYYMMDD, as a constant. A year is counted here from March, so that the leap
 * day is its last. */
#define DAY(written) DAYS_TO(WRITTEN_YEAR(written) - (WRITTEN_MONTH(written) <= 2), WRITTEN_MONTH(written), written)
#define DAYS_TO(year, month, written)                                                                                  \
    ((year)*365 + (year) / 4 - (year) / 100 + (year) / 400 + (153 * (((month) + 9) % 12) + 2) / 5 + (written) % 100 -  \
     719469)
#define WRITTEN_YEAR(written) ((written) / 10000)
#define WRITTEN_MONTH(written) ((written) / 100 % 100)
_Static_assert(DAY(19700101) == 0 && DAY(20200229) == 18321 && DAY(20200301) == 18322 && DAY(20261231) == 20818,
               "days are counted from 1970");

#define OFF_MAX 8   /* holidays in a notice; a zeroed one ends them */
#define WORK_MAX 10 /* make-up days in a notice, likewise */

struct holiday {
    day_number first, last;
};
#define OFF(first, last)                                                                                               \
    {                                                                                                                  \
        DAY(first), DAY(last)                                                                                          \
    }

/* What one notice says. A later notice wins where it speaks of a day again. */
struct notice {
    day_number known_on; /* when it was published; from this day on duban acts on it */
    int year;            /* whose calendar it gives, or changes */
    struct holiday off[OFF_MAX + 1];
    day_number work[WORK_MAX + 1];
};

/* In the order in which they became known. `known_on` is the day from which duban may act on a notice: past decisions
 * must come out the same when they are computed again, so for a year that is added later it must not lie before the
 * release that carries it, however early the notice was published. */
static const struct notice notices[] = {
    {
        .known_on = DAY(20191121), /* 国办发明电〔2019〕16号 */
        .year = 2020,
        .off = {OFF(20200101, 20200101), OFF(20200124, 20200130), OFF(20200404, 20200406), OFF(20200501, 20200505),
                OFF(20200625, 20200627), OFF(20201001, 20201008)},
        .work = {DAY(20200119), DAY(20200201), DAY(20200426), DAY(20200509), DAY(20200628), DAY(20200927),
                 DAY(20201010)},
    },
    {
        .known_on = DAY(20200127), /* 国办发明电〔2020〕1号, signed on the 26th */
        .year = 2020,
        .off = {OFF(20200131, 20200202)},
    },
    {
        .known_on = DAY(20201125), /* 国办发明电〔2020〕27号 */
        .year = 2021,
        .off = {OFF(20210101, 20210103), OFF(20210211, 20210217), OFF(20210403, 20210405), OFF(20210501, 20210505),
                OFF(20210612, 20210614), OFF(20210919, 20210921), OFF(20211001, 20211007)},
        .work = {DAY(20210207), DAY(20210220), DAY(20210425), DAY(20210508), DAY(20210918), DAY(20210926),
                 DAY(20211009)},
    },
    {
        .known_on = DAY(20211025), /* 国办发明电〔2021〕11号 */
        .year = 2022,
        .off = {OFF(20220101, 20220103), OFF(20220131, 20220206), OFF(20220403, 20220405), OFF(20220430, 20220504),
                OFF(20220603, 20220605), OFF(20220910, 20220912), OFF(20221001, 20221007)},
        .work = {DAY(20220129), DAY(20220130), DAY(20220402), DAY(20220424), DAY(20220507), DAY(20221008),
                 DAY(20221009)},
    },
    {
        .known_on = DAY(20221208), /* 国办发明电〔2022〕16号 */
        .year = 2023,
        .off = {OFF(20221231, 20230102), OFF(20230121, 20230127), OFF(20230405, 20230405), OFF(20230429, 20230503),
                OFF(20230622, 20230624), OFF(20230929, 20231006)},
        .work = {DAY(20230128), DAY(20230129), DAY(20230423), DAY(20230506), DAY(20230625), DAY(20231007),
                 DAY(20231008)},
    },
    {
        .known_on = DAY(20231025), /* 国办发明电〔2023〕7号 */
        .year = 2024,
        .off = {OFF(20240101, 20240101), OFF(20240210, 20240217), OFF(20240404, 20240406), OFF(20240501, 20240505),
                OFF(20240610, 20240610), OFF(20240915, 20240917), OFF(20241001, 20241007)},
        .work = {DAY(20240204), DAY(20240218), DAY(20240407), DAY(20240428), DAY(20240511), DAY(20240914),
                 DAY(20240929), DAY(20241012)},
    },
    {
        .known_on = DAY(20241112), /* 国办发明电〔2024〕12号 */
        .year = 2025,
        .off = {OFF(20250101, 20250101), OFF(20250128, 20250204), OFF(20250404, 20250406), OFF(20250501, 20250505),
                OFF(20250531, 20250602), OFF(20251001, 20251008)},
        .work = {DAY(20250126), DAY(20250208), DAY(20250427), DAY(20250928), DAY(20251011)},
    },
    {
        .known_on = DAY(20251104), /* 国办发明电〔2025〕7号 */
        .year = 2026,
        .off = {OFF(20260101, 20260103), OFF(20260215, 20260223), OFF(20260404, 20260406), OFF(20260501, 20260505),
                OFF(20260619, 20260621), OFF(20260925, 20260927), OFF(20261001, 20261007)},
        .work = {DAY(20260104), DAY(20260214), DAY(20260228), DAY(20260509), DAY(20260920), DAY(20261010)},
    },
};
#define NOTICE_COUNT (sizeof notices / sizeof *notices)

static bool year_known(int year, day_number known_on)
{
    for (size_t i = 0; i < NOTICE_COUNT && notices[i].known_on <= known_on; i++)
        if (notices[i].year == year)
            return true;
    return false;
}

static bool off_by(const struct notice *notice, day_number day)
{
    for (const struct holiday *holiday = notice->off; holiday->last != 0; holiday++)
        if (day >= holiday->first && day <= holiday->last)
            return true;
    return false;
}

static bool work_by(const struct notice *notice, day_number day)
{
    for (const day_number *work = notice->work; *work != 0; work++)
        if (day == *work)
            return true;
    return false;
}

bool calendar_working_day(day_number day, day_number known_on, bool *out_working)
{
    if (!year_known(day_year(day), known_on))
        return false;
    bool working = (day + 3) % 7 < 5; /* 1970-01-01 was a Thursday; known years come after it */
    for (size_t i = 0; i < NOTICE_COUNT && notices[i].known_on <= known_on; i++)
        working = work_by(&notices[i], day) || (working && !off_by(&notices[i], day));
    *out_working = working;
    return true;
}

/* The working_days-th working day after `day` (step 1) or before it (step -1), by what is known on a day. */
static bool count_working_days(day_number day, int step, uint32_t working_days, day_number known_on,
                               day_number *out_day)
{
    while (working_days > 0) {
        bool working;
        day += step;
        if (!calendar_working_day(day, known_on, &working))
            return false;
        working_days -= working;
    }
    *out_day = day;
    return true;
}

/* The first day by whose own knowledge the counted day is there or has passed. What is known changes only with a
 * notice, so the days from one notice to the next are looked at together. */
static bool first_morning(day_number due, int step, uint32_t working_days, day_number *out_day)
{
    REQUIRE(working_days >= 1 && working_days <= CALENDAR_WORKING_DAYS_MAX);
    for (size_t i = 0; i < NOTICE_COUNT; i++) {
        day_number since = notices[i].known_on, counted;
        if (!count_working_days(due, step, working_days, since, &counted))
            continue;
        day_number morning = counted > since ? counted : since;
        if (i + 1 == NOTICE_COUNT || morning < notices[i + 1].known_on) {
            *out_day = morning;
            return true;
        }
    }
    return false;
}

bool calendar_lead_day(day_number due, uint32_t working_days, day_number *out_day)
{
    day_number morning;
    if (!first_morning(due, -1, working_days, &morning) || morning >= due) /* the notice came after the deadline */
        return false;
    *out_day = morning;
    return true;
}

bool calendar_escalation_day(day_number due, uint32_t working_days, day_number *out_day)
{
    return first_morning(due, +1, working_days, out_day);
}

bool calendar_missing_year(day_number today, int *out_year)
{
    for (int year = notices[0].year; day_year_start(year) <= today + 31; year++) {
        if (!year_known(year, today)) {
            *out_year = year;
            return true;
        }
    }
    return false;
}
