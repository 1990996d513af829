#include "cli/cli.h"

#include "base/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Real microseconds until the clock says `until_us`; 0 when it has. -1: it never will. */
static int64_t wait_us(const struct clock *clock, int64_t until_us)
{
    int64_t left = until_us - clock_now_us(clock);
    if (left <= 0)
        return 0;
    if (clock->simulated && clock->end_us != 0 && until_us > clock->end_us)
        return -1;
    return clock->simulated ? left / clock->speed + 1 : left;
}

int command_clock(struct cli *cli, int argc, char **argv)
{
    const char *help =
        "usage: duban clock [--until INSTANT]\nShows the instant that the services see, or waits until it is INSTANT\n"
        "(YYYY-MM-DD in Asia/Shanghai, or YYYY-MM-DDTHH:MM:SS with Z or +08:00).\n";
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    int64_t until_us = 0;
    if (argc == 3 ? strcmp(argv[1], "--until") != 0 || !instant_parse(argv[2], &until_us) : argc != 1) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    int64_t wait;
    while ((wait = argc == 3 ? wait_us(&cli->settings.clock, until_us) : 0) > 0) {
        struct timespec pause = {wait / SECOND_US, (long)(wait % SECOND_US) * 1000};
        nanosleep(&pause, NULL);
    }
    if (wait < 0)
        return fail(EXIT_NEGATIVE, "the clock stops before %s", argv[2]);
    char text[INSTANT_TEXT_BYTES];
    printf("%s\n", instant_format(clock_now_us(&cli->settings.clock), text));
    return EXIT_DONE;
}
