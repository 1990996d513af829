#include "base/chaos.h"

#include "base/err.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_BYTES (sizeof "chaos:" - 1)

/* What CHAOS_AT asks for. */
struct order {
    char point[64];
    long count;
    int signal;
};

static struct order read_order(void)
{
    struct order order = {.count = 0};
    char signal[8];
    const char *text = getenv("CHAOS_AT");
    if (text == NULL)
        return order;
    REQUIRE(sscanf(text, "%63[^:]:%ld:%7s", order.point, &order.count, signal) == 3 && order.count > 0);
    REQUIRE(strcmp(signal, "KILL") == 0 || strcmp(signal, "STOP") == 0);
    order.signal = strcmp(signal, "KILL") == 0 ? SIGKILL : SIGSTOP;
    return order;
}

void chaos_point(const char *name)
{
    static struct order order;
    static bool known;
    if (!known)
        order = read_order();
    known = true;
    if (order.count > 0 && strcmp(order.point, name + PREFIX_BYTES) == 0 && --order.count == 0)
        raise(order.signal);
}

bool chaos_planted(const char *name)
{
    const char *planted = getenv("CHAOS_PLANTED");
    return planted != NULL && strcmp(planted, name + PREFIX_BYTES) == 0;
}
