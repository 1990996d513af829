/* Chance that can be repeated: the same seed throws the same numbers on every machine (splitmix64, Steele, Lea and
 * Flood 2014). For made-up data only. Two throws in one expression, two arguments or two members of an initialiser
 * would come in the order that the compiler likes: throw them one after the other. */
#ifndef DUBAN_CLI_DICE_H
#define DUBAN_CLI_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* Dice of their own for each thing that is thrown for, so that a plan with one commitment more leaves the others as
 * they were. */
struct dice dice_new(uint64_t seed, const char *about);

uint64_t dice_throw(struct dice *dice);

/* A number from least to most, both included; least when most is below it. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);

/* True so many times of a hundred. */
bool dice_chance(struct dice *dice, int percent);

/* A place in a list of weights, by their size. */
size_t dice_weighted(struct dice *dice, const int *weights, size_t count);

#endif
