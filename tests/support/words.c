#include "support/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

day_number day(const char *text)
{
    day_number day;
    assert_true(day_parse(text, &day));
    return day;
}

int64_t instant(const char *text)
{
    int64_t instant_us;
    assert_true(instant_parse(text, &instant_us));
    return instant_us;
}

struct decimal dec(const char *text)
{
    struct decimal value;
    assert_true(decimal_parse(text, &value));
    return value;
}
