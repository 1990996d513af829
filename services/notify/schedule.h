/* The calendar of one deadline: which alert falls on which instant, by the plan's rules and the due day alone. */
#ifndef DUBAN_NOTIFY_SCHEDULE_H
#define DUBAN_NOTIFY_SCHEDULE_H

#include "domain/standing.h"

struct step {
    int64_t at_us;
    enum phase phase;
    uint32_t occurrence; /* upcoming: days before the deadline; overdue: days after it; due: 0 */
    enum level level;
};

/* The first alert of the calendar later than after_us. There always is one, for overdue repeats without end. */
struct step schedule_next(const struct rules *rules, day_number due, int64_t after_us);

/* The first instant at which the due day is over. */
int64_t schedule_end_us(day_number due);

#endif
