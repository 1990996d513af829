/* Days, instants and figures as tests write them; what cannot be read fails the test. */
#ifndef DUBAN_TESTS_WORDS_H
#define DUBAN_TESTS_WORDS_H

#include "base/day.h"
#include "base/decimal.h"

day_number day(const char *text);
int64_t instant(const char *text);
struct decimal dec(const char *text);

#endif
