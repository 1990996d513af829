/* The one clock of a process: the wall clock, or a simulated one that starts at an instant and runs at a multiple of
 * real time. Only the loop and the commands read it; everybody else is given the instant. */
#ifndef DUBAN_BASE_CLOCK_H
#define DUBAN_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    bool simulated;
    int64_t start_us; /* simulated instant… */
    int64_t epoch_us; /* …at this real one: processes that share both agree, also after a restart */
    int64_t speed;    /* simulated seconds in a real one, 1 to 10,000,000 */
    int64_t end_us;   /* where simulated time stops; 0 for the end of the calendar, 2100-01-01 */
};

/* The instant now, in UTC microseconds since 1970. */
int64_t clock_now_us(const struct clock *clock);

/* Real microseconds, for waiting only; never goes back. */
int64_t clock_monotonic_us(void);

#endif
