#include "notify/silence.h"

#include <stdlib.h>

void silence_done(struct silence *silence)
{
    free(silence->ears);
    *silence = (struct silence){0};
}

static day_number silent_since(const struct silence *silence, const struct ear *ear)
{
    return ear->hearing->day > silence->since ? ear->hearing->day : silence->since;
}

/* A period may pass; on the morning after it, and after each further one, the report is asked for. */
static day_number ask_day(day_number since, day_number period, day_number from)
{
    day_number whole = from - since - 1;
    day_number periods = whole <= period ? 1 : (whole + period - 1) / period;
    return since + periods * period + 1;
}

bool silence_next_day(const struct silence *silence, day_number day, day_number *out_day)
{
    for (size_t i = 0; i < silence->count; i++) {
        const struct ear *ear = &silence->ears[i];
        day_number asked = ask_day(silent_since(silence, ear), (day_number)ear->measure->reporting_days, day);
        if (i == 0 || asked < *out_day)
            *out_day = asked;
    }
    return silence->count > 0;
}

size_t silence_measures(const struct silence *silence, day_number day, const struct measure **out_measures)
{
    size_t count = 0;
    for (size_t i = 0; i < silence->count; i++) {
        const struct ear *ear = &silence->ears[i];
        if (day > silent_since(silence, ear) + (day_number)ear->measure->reporting_days)
            out_measures[count++] = ear->measure;
    }
    return count;
}

uint64_t silence_broken_at(const struct silence *silence)
{
    uint64_t sequence = 0;
    for (size_t i = 0; i < silence->count; i++)
        if (silence->ears[i].hearing->sequence > sequence)
            sequence = silence->ears[i].hearing->sequence;
    return sequence;
}
