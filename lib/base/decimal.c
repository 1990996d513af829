#include "base/decimal.h"

#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 word;

static const int64_t ONE = 1000000000;

/* 10³⁶: the first magnitude that does not fit. */
static word limit(void)
{
    word power = 1;
    for (int i = 0; i < 36; i++)
        power *= 10;
    return power;
}

static word magnitude(decimal_units nano)
{
    return nano < 0 ? (word)0 - (word)nano : (word)nano;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool parse(const char *text, int most_whole, struct decimal *out_value)
{
    bool negative = *text == '-';
    text += negative;
    decimal_units nano = 0;
    int whole = 0;
    for (; digit(*text); text++, whole++) {
        if (whole == most_whole)
            return false;
        nano = nano * 10 + (*text - '0');
    }
    int places = 0;
    if (*text == '.') {
        text++;
        for (; digit(*text); text++, places++) {
            if (places == DECIMAL_PLACES)
                return false;
            nano = nano * 10 + (*text - '0');
        }
        if (places == 0)
            return false;
    }
    if (whole == 0 || *text != '\0')
        return false;
    for (; places < DECIMAL_PLACES; places++)
        nano *= 10;
    out_value->nano = negative ? -nano : nano;
    return true;
}

bool decimal_parse(const char *text, struct decimal *out_value)
{
    return parse(text, 18, out_value);
}

bool decimal_parse_computed(const char *text, struct decimal *out_value)
{
    return parse(text, 27, out_value);
}

char *decimal_format_places(struct decimal value, int places, char out_text[DECIMAL_TEXT_BYTES])
{
    REQUIRE(places >= 0 && places <= DECIMAL_PLACES);
    word rest = magnitude(value.nano);
    word unit = 1;
    for (int i = places; i < DECIMAL_PLACES; i++)
        unit *= 10;
    word quotient = rest / unit;
    word twice = rest % unit * 2;
    if (twice > unit || (twice == unit && quotient % 2 == 1))
        quotient++;
    bool negative = value.nano < 0 && quotient > 0;

    char digits[DECIMAL_TEXT_BYTES];
    int count = 0;
    for (; quotient > 0 || count <= places; quotient /= 10)
        digits[count++] = (char)('0' + (int)(quotient % 10));
    char *end = out_text;
    if (negative)
        *end++ = '-';
    while (count > 0) {
        if (count == places)
            *end++ = '.';
        *end++ = digits[--count];
    }
    *end = '\0';
    return out_text;
}

char *decimal_format(struct decimal value, char out_text[DECIMAL_TEXT_BYTES])
{
    decimal_format_places(value, DECIMAL_PLACES, out_text);
    size_t length = strlen(out_text);
    while (out_text[length - 1] == '0')
        length--;
    if (out_text[length - 1] == '.')
        length--;
    out_text[length] = '\0';
    return out_text;
}

struct decimal decimal_whole(int64_t value)
{
    return (struct decimal){(decimal_units)value * ONE};
}

int decimal_compare(struct decimal a, struct decimal b)
{
    return (a.nano > b.nano) - (a.nano < b.nano);
}

static bool fits(decimal_units nano, struct decimal *out_value)
{
    if (magnitude(nano) >= limit())
        return false;
    out_value->nano = nano;
    return true;
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out_sum)
{
    return fits(a.nano + b.nano, out_sum);
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *out_difference)
{
    return fits(a.nano - b.nano, out_difference);
}

bool decimal_shift(struct decimal value, int power, struct decimal *out_value)
{
    decimal_units nano = value.nano;
    for (; power > 0; power--) {
        if (magnitude(nano) >= limit() / 10)
            return false;
        nano *= 10;
    }
    for (; power < 0; power++) {
        if (nano % 10 != 0)
            return false;
        nano /= 10;
    }
    return fits(nano, out_value);
}

/* 256 bits, most significant word first. */
struct wide {
    word high, low;
};

static struct wide multiply(word a, word b)
{
    const word mask = ~(word)0 >> 64;
    word low = (a & mask) * (b & mask);
    word cross1 = (a >> 64) * (b & mask);
    word cross2 = (a & mask) * (b >> 64);
    word middle = (low >> 64) + (cross1 & mask) + (cross2 & mask);
    return (struct wide){
        .high = (a >> 64) * (b >> 64) + (cross1 >> 64) + (cross2 >> 64) + (middle >> 64),
        .low = (middle << 64) | (low & mask),
    };
}

static int compare_wide(struct wide a, struct wide b)
{
    if (a.high != b.high)
        return a.high > b.high ? 1 : -1;
    return (a.low > b.low) - (a.low < b.low);
}

/* Long division, a bit at a time. The quotient must fit a word: false when it does not. divisor < 2¹²⁷. */
static bool divide(struct wide dividend, word divisor, word *out_quotient, word *out_remainder)
{
    if (dividend.high >= divisor)
        return false;
    word remainder = dividend.high;
    word quotient = 0;
    for (int bit = 127; bit >= 0; bit--) {
        remainder = (remainder << 1) | ((dividend.low >> bit) & 1);
        quotient <<= 1;
        if (remainder >= divisor) {
            remainder -= divisor;
            quotient |= 1;
        }
    }
    *out_quotient = quotient;
    *out_remainder = remainder;
    return true;
}

bool decimal_ratio_plus(struct decimal factor, struct decimal numerator, struct decimal denominator,
                        struct decimal addend, struct decimal *out_value)
{
    if (denominator.nano == 0)
        return false;
    /* factor and numerator are each scaled by 10⁹ and so is the denominator: the product has one 10⁹ left, as it
     * should. */
    word divisor = magnitude(denominator.nano);
    word quotient, remainder;
    if (!divide(multiply(magnitude(factor.nano), magnitude(numerator.nano)), divisor, &quotient, &remainder))
        return false;
    word half = divisor - remainder; /* compared with the remainder without doubling it */
    bool odd = (quotient + magnitude(addend.nano)) % 2 == 1;
    if (remainder > half || (remainder == half && odd))
        quotient++;
    if (quotient >= limit())
        return false;
    bool negative = (decimal_sign(factor) * decimal_sign(numerator) * decimal_sign(denominator)) < 0;
    decimal_units signed_quotient = negative ? -(decimal_units)quotient : (decimal_units)quotient;
    return fits(signed_quotient + addend.nano, out_value);
}

bool decimal_ratio(struct decimal factor, struct decimal numerator, struct decimal denominator,
                   struct decimal *out_value)
{
    return decimal_ratio_plus(factor, numerator, denominator, decimal_whole(0), out_value);
}

int decimal_compare_products(struct decimal a, struct decimal b, struct decimal c, struct decimal d)
{
    int left = decimal_sign(a) * decimal_sign(b);
    int right = decimal_sign(c) * decimal_sign(d);
    if (left != right)
        return left > right ? 1 : -1;
    int order =
        compare_wide(multiply(magnitude(a.nano), magnitude(b.nano)), multiply(magnitude(c.nano), magnitude(d.nano)));
    return left < 0 ? -order : order;
}
