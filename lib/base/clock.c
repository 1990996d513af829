#include "base/clock.h"

#include "base/err.h"

#include <time.h>

/* 2100-01-01T00:00:00Z: simulated time does not run past the calendar, nor past what 64 bits can hold. */
#define LAST_US ((int64_t)4102444800 * 1000000)

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    REQUIRE(clock_gettime(id, &now) == 0); /* whoever does not know the time would tell a wrong one */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(const struct clock *clock)
{
    int64_t now = read_clock(CLOCK_REALTIME);
    if (!clock->simulated)
        return now;
    int64_t passed = now > clock->epoch_us ? now - clock->epoch_us : 0;
    int64_t end = clock->end_us != 0 ? clock->end_us : LAST_US;
    if (__builtin_mul_overflow(passed, clock->speed, &passed) || __builtin_add_overflow(clock->start_us, passed, &now))
        return end;
    return now > end ? end : now;
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
