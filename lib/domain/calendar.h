/* The working calendar 工作日历: weekends, statutory holidays and make-up working days 调休 from 2020 on, as the
 * notices of the General Office of the State Council set them. What is known grows with time, so every answer is as of
 * a day, and stays the same for ever. Days are from 1990 to 2099; years without a calendar are unknown. */
#ifndef DUBAN_DOMAIN_CALENDAR_H
#define DUBAN_DOMAIN_CALENDAR_H

#include "base/day.h"

#define CALENDAR_WORKING_DAYS_MAX 365

/* Whether `day` is a working day by what is known on the morning of `known_on`; a notice of that day counts. False when
 * the calendar of day's year is not known then. */
bool calendar_working_day(day_number day, day_number known_on, bool *out_working) MUST_CHECK;

/* The day on whose morning a reminder `working_days` (1 to 365) working days before `due` is sent: the first day M,
 * before due, such that by what is known on M the working_days-th working day before due is M or has passed. Counted
 * back from due - 1; due itself need not be a working day. So a notice that moves the day into the past sends the
 * reminder on the morning on which it becomes known. False when the years that this needs are not known on any day
 * before due. */
bool calendar_lead_day(day_number due, uint32_t working_days, day_number *out_day) MUST_CHECK;

/* The first day M > due such that, by what is known on M, at least `working_days` (1 to 365) working days lie in
 * due + 1 … M. False when the years that this needs are not known. */
bool calendar_escalation_day(day_number due, uint32_t working_days, day_number *out_day) MUST_CHECK;

/* The first year from 2020 on that has begun or begins within 31 days of `today`, and whose calendar is not known then:
 * from 1 December the next year's is wanted. False when none is missing. */
bool calendar_missing_year(day_number today, int *out_year) MUST_CHECK;

#endif
