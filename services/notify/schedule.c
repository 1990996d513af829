#include "notify/schedule.h"

static int64_t morning_us(const struct rules *rules, day_number day)
{
    return day_start_us(day) + rules->alert_minute * MINUTE_US;
}

static struct step overdue_step(const struct rules *rules, day_number due, int64_t after_us)
{
    REQUIRE(rules->overdue_every_days > 0);
    int64_t first_us = morning_us(rules, due + 1);
    int64_t period_us = rules->overdue_every_days * DAY_US;
    int64_t repeats = after_us < first_us ? 0 : (after_us - first_us) / period_us + 1;
    return (struct step){
        .at_us = first_us + repeats * period_us,
        .phase = PHASE_OVERDUE,
        .occurrence = 1 + (uint32_t)repeats * rules->overdue_every_days,
        .level = repeats == 0 ? LEVEL_ORANGE : LEVEL_RED,
    };
}

struct step schedule_next(const struct rules *rules, day_number due, int64_t after_us)
{
    for (size_t i = 0; i < rules->lead_day_count; i++) { /* falling, so the earliest comes first */
        int64_t at_us = morning_us(rules, due - (day_number)rules->lead_days[i]);
        if (at_us > after_us)
            return (struct step){at_us, PHASE_UPCOMING, rules->lead_days[i], LEVEL_BLUE};
    }
    int64_t due_us = morning_us(rules, due);
    if (due_us > after_us)
        return (struct step){due_us, PHASE_DUE, 0, LEVEL_YELLOW};
    return overdue_step(rules, due, after_us);
}

int64_t schedule_end_us(day_number due)
{
    return day_start_us(due + 1);
}
