/* The calendar of one deadline: which alert falls on which morning, by the plan's rules, the working calendar and the
 * due day alone. */
#ifndef DUBAN_NOTIFY_SCHEDULE_H
#define DUBAN_NOTIFY_SCHEDULE_H

#include "domain/standing.h"

struct schedule {
    const struct rules *rules; /* of a plan */
    day_number due;
    day_number leads[2 * LEAD_DAYS_MAX]; /* mornings of upcoming alerts, rising */
    size_t lead_count;
    bool escalates;
    day_number escalation; /* overdue alerts are red from this morning on */
};

struct schedule schedule_of(const struct rules *rules, day_number due);

struct step {
    int64_t at_us;
    enum phase phase;
    uint32_t occurrence; /* upcoming: calendar days before the deadline; overdue: days after it; due: 0 */
    enum level level;
};

/* The first alert of the calendar later than after_us. There always is one, for overdue repeats without end. */
struct step schedule_next(const struct schedule *schedule, int64_t after_us);

/* The instant of a day at which alerts are sent. */
int64_t morning_us(const struct rules *rules, day_number day);

/* The first day whose morning is later than an instant. */
day_number morning_after(const struct rules *rules, int64_t after_us);

/* The first instant at which the due day is over. */
int64_t schedule_end_us(day_number due);

#endif
