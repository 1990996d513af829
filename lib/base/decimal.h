/* Exact decimals: a whole number of units of 10⁻⁹, at most 18 digits before the point when read, at most 27 when
 * computed. Nothing rounds except where a function says so. */
#ifndef DUBAN_BASE_DECIMAL_H
#define DUBAN_BASE_DECIMAL_H

#include "base/err.h"

#include <stdint.h>

#define DECIMAL_PLACES 9
#define DECIMAL_TEXT_BYTES 42 /* sign, 28 digits, point, 9 digits, terminator, and some air */

__extension__ typedef __int128 decimal_units;

struct decimal {
    decimal_units nano; /* |nano| < 10³⁶ */
};

/* Reads `-?[0-9]{1,18}(\.[0-9]{1,9})?` and nothing else: no exponent, no sign +, no blanks. False otherwise. */
bool decimal_parse(const char *text, struct decimal *out_value) MUST_CHECK;

/* The same with up to 27 digits before the point: what decimal_format has written of a computed value. */
bool decimal_parse_computed(const char *text, struct decimal *out_value) MUST_CHECK;

/* Writes without trailing zeros ("98.5", "-1.28", "0"); returns out_text. */
char *decimal_format(struct decimal value, char out_text[DECIMAL_TEXT_BYTES]);

/* Rounds half to even to `places` (0 to 9) and writes exactly that many; for tables. */
char *decimal_format_places(struct decimal value, int places, char out_text[DECIMAL_TEXT_BYTES]);

struct decimal decimal_whole(int64_t value);

/* −1, 0 or 1. */
int decimal_compare(struct decimal a, struct decimal b);
static inline int decimal_sign(struct decimal value)
{
    return (value.nano > 0) - (value.nano < 0);
}

/* False when the result has more than 27 digits before the point. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out_sum) MUST_CHECK;
bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *out_difference) MUST_CHECK;

/* value × 10^power, power −18 to 18; false when a digit would be lost at either end. */
bool decimal_shift(struct decimal value, int power, struct decimal *out_value) MUST_CHECK;

/* factor × numerator ÷ denominator, rounded half to even at 9 places. False when denominator is 0 or the result too
 * large. */
bool decimal_ratio(struct decimal factor, struct decimal numerator, struct decimal denominator,
                   struct decimal *out_value) MUST_CHECK;

/* factor × numerator ÷ denominator + addend, rounded half to even at 9 places as a whole: where the quotient lies
 * between two digits, the sum decides which is even. */
bool decimal_ratio_plus(struct decimal factor, struct decimal numerator, struct decimal denominator,
                        struct decimal addend, struct decimal *out_value) MUST_CHECK;

/* Compares a × b with c × d exactly: −1, 0 or 1. */
int decimal_compare_products(struct decimal a, struct decimal b, struct decimal c, struct decimal d);

#endif
