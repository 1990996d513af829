#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(const struct clock *clock)
{
    int64_t now = read_clock(CLOCK_REALTIME);
    if (!clock->simulated)
        return now;
    int64_t passed = now > clock->epoch_us ? now - clock->epoch_us : 0;
    now = clock->start_us + passed * clock->speed;
    return clock->end_us != 0 && now > clock->end_us ? clock->end_us : now;
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
