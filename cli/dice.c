#include "cli/dice.h"

uint64_t dice_throw(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

struct dice dice_new(uint64_t seed, const char *about)
{
    struct dice dice = {seed};
    for (const char *letter = about; *letter != '\0'; letter++)
        dice.state = dice_throw(&dice) ^ (uint8_t)*letter;
    (void)dice_throw(&dice);
    return dice;
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
    return most <= least ? least : least + (int64_t)(dice_throw(dice) % (uint64_t)(most - least + 1));
}

bool dice_chance(struct dice *dice, int percent)
{
    return dice_between(dice, 1, 100) <= percent;
}

size_t dice_weighted(struct dice *dice, const int *weights, size_t count)
{
    int64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += weights[i];
    int64_t left = dice_between(dice, 1, all);
    for (size_t i = 0; i < count; i++)
        if ((left -= weights[i]) <= 0)
            return i;
    return 0;
}
