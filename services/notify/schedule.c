#include "notify/schedule.h"

#include "domain/calendar.h"

#include <string.h>

/* Puts a day among the leads, which stay in order. */
static void add_lead(struct schedule *schedule, day_number day)
{
    size_t at = schedule->lead_count;
    while (at > 0 && schedule->leads[at - 1] > day)
        at--;
    memmove(schedule->leads + at + 1, schedule->leads + at, (schedule->lead_count - at) * sizeof *schedule->leads);
    schedule->leads[at] = day;
    schedule->lead_count++;
}

/* What needs a year without a calendar does not come; metrics warns of it. */
struct schedule schedule_of(const struct rules *rules, day_number due)
{
    struct schedule schedule = {.rules = rules, .due = due};
    for (size_t i = 0; i < rules->lead_day_count; i++)
        add_lead(&schedule, due - (day_number)rules->lead_days[i]);
    for (size_t i = 0; i < rules->lead_working_day_count; i++) {
        day_number day;
        if (calendar_lead_day(due, rules->lead_working_days[i], &day))
            add_lead(&schedule, day);
    }
    schedule.escalates = rules->escalate_after_working_days > 0 &&
                         calendar_escalation_day(due, rules->escalate_after_working_days, &schedule.escalation);
    return schedule;
}

int64_t morning_us(const struct rules *rules, day_number day)
{
    return day_start_us(day) + rules->alert_minute * MINUTE_US;
}

day_number morning_after(const struct rules *rules, int64_t after_us)
{
    day_number day = day_of_instant(after_us);
    return morning_us(rules, day) > after_us ? day : day + 1;
}

int64_t schedule_end_us(day_number due)
{
    return day_start_us(due + 1);
}

/* The first morning from `day` on that repeats what is overdue, or brings it to the supervising unit. */
static day_number overdue_day(const struct schedule *schedule, day_number day)
{
    day_number first = schedule->due + 1;
    day_number period = (day_number)schedule->rules->overdue_every_days;
    REQUIRE(period > 0);
    day_number repeat = day <= first ? first : first + (day - first + period - 1) / period * period;
    bool escalation_first = schedule->escalates && schedule->escalation >= day && schedule->escalation < repeat;
    return escalation_first ? schedule->escalation : repeat;
}

struct step schedule_next(const struct schedule *schedule, int64_t after_us)
{
    day_number due = schedule->due;
    day_number day = morning_after(schedule->rules, after_us);
    for (size_t i = 0; i < schedule->lead_count; i++)
        if (schedule->leads[i] >= day)
            return (struct step){morning_us(schedule->rules, schedule->leads[i]), PHASE_UPCOMING,
                                 (uint32_t)(due - schedule->leads[i]), LEVEL_BLUE};
    if (due >= day)
        return (struct step){morning_us(schedule->rules, due), PHASE_DUE, 0, LEVEL_YELLOW};
    day = overdue_day(schedule, day);
    bool escalated = schedule->escalates && day >= schedule->escalation;
    return (struct step){morning_us(schedule->rules, day), PHASE_OVERDUE, (uint32_t)(day - due),
                         escalated ? LEVEL_RED : LEVEL_ORANGE};
}
