/* Decimals: two numbers as texts, separated by a blank. */
#include "fuzz/fuzz.h"

#include "base/decimal.h"

#include <string.h>

static bool same(struct decimal a, struct decimal b)
{
    return decimal_compare(a, b) == 0;
}

static void check_text(const char *text, struct decimal value)
{
    char first[DECIMAL_TEXT_BYTES], rounded[DECIMAL_TEXT_BYTES];
    struct decimal again, computed;
    decimal_format(value, first);
    REQUIRE(decimal_parse_computed(first, &again) && same(again, value));
    REQUIRE(strlen(first) <= strlen(text) || strchr(text, '.') == NULL);
    for (int places = 0; places <= DECIMAL_PLACES; places++) {
        decimal_format_places(value, places, rounded);
        /* Rounding may carry into a digit more than can be read. */
        if (decimal_parse_computed(rounded, &computed))
            REQUIRE(places < DECIMAL_PLACES || same(computed, value));
    }
}

static void check_pair(struct decimal a, struct decimal b)
{
    struct decimal sum, back;
    REQUIRE(decimal_compare(a, b) == -decimal_compare(b, a));
    if (decimal_add(a, b, &sum))
        REQUIRE(decimal_subtract(sum, b, &back) && same(back, a));
    REQUIRE(decimal_compare_products(a, b, b, a) == 0);
    REQUIRE(decimal_compare_products(a, decimal_whole(1), b, decimal_whole(1)) == decimal_compare(a, b));
    struct decimal one = decimal_whole(1), ratio;
    if (decimal_sign(b) != 0 && decimal_ratio(one, a, b, &ratio))
        REQUIRE(decimal_sign(ratio) == 0 || decimal_sign(ratio) == decimal_sign(a) * decimal_sign(b));
    if (decimal_ratio(b, a, one, &ratio) && decimal_sign(b) != 0 && same(b, one))
        REQUIRE(same(ratio, a));
    for (int power = -18; power <= 18; power++)
        if (decimal_shift(a, power, &sum))
            REQUIRE(decimal_shift(sum, -power, &back) && same(back, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct arena *arena = fuzz_arena();
    const char *text = fuzz_text(data, bytes, arena);
    size_t length = strcspn(text, " ");
    const char *left = fuzz_text(data, length, arena), *right = text + length + (text[length] == ' ');
    struct decimal a, b, computed;
    if (decimal_parse(left, &a))
        REQUIRE(decimal_parse_computed(left, &computed) && same(a, computed));
    if (!decimal_parse_computed(left, &a))
        return 0;
    check_text(left, a);
    if (decimal_parse_computed(right, &b))
        check_pair(a, b);
    return 0;
}
