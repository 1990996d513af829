#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PAIRS 5000

static struct decimal parsed(const char *text)
{
    struct decimal value = {0};
    assert_true(decimal_parse(text, &value));
    return value;
}

static void assert_text(struct decimal value, const char *wanted)
{
    char text[DECIMAL_TEXT_BYTES];
    assert_string_equal(decimal_format(value, text), wanted);
}

static struct decimal largest(void)
{
    struct decimal value = {1};
    for (int i = 0; i < 36; i++)
        value.nano *= 10;
    value.nano -= 1;
    return value;
}

static struct decimal negated(struct decimal value)
{
    return (struct decimal){-value.nano};
}

/* A generator with a fixed seed, so that a failure comes again. */
static uint64_t next_random(void)
{
    static uint64_t state = 20200430;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Of any length from none to 36 digits, so that small ones and equal products occur. */
static struct decimal random_decimal(void)
{
    struct decimal value = {0};
    for (uint64_t digits = next_random() % 37; digits > 0; digits--)
        value.nano = value.nano * 10 + (int)(next_random() % 10);
    return next_random() % 2 == 0 ? value : negated(value);
}

/* The oracle: whole numbers as lists of decimal digits, least first, computed with as at school. */

#define DIGITS 76 /* of a product of two numbers of 36, and some air */

struct natural {
    uint8_t digits[DIGITS];
};

static struct natural natural_of(struct decimal value)
{
    struct natural number = {{0}};
    decimal_units rest = value.nano < 0 ? -value.nano : value.nano;
    for (size_t i = 0; rest > 0; rest /= 10)
        number.digits[i++] = (uint8_t)(rest % 10);
    return number;
}

static struct natural natural_multiply(const struct natural *a, const struct natural *b)
{
    unsigned sums[DIGITS] = {0};
    for (size_t i = 0; i < DIGITS / 2; i++)
        for (size_t j = 0; j < DIGITS / 2; j++)
            sums[i + j] += (unsigned)a->digits[i] * b->digits[j];
    struct natural product = {{0}};
    unsigned carry = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        carry += sums[i];
        product.digits[i] = (uint8_t)(carry % 10);
        carry /= 10;
    }
    return product;
}

static int natural_compare(const struct natural *a, const struct natural *b)
{
    for (size_t i = DIGITS; i-- > 0;)
        if (a->digits[i] != b->digits[i])
            return a->digits[i] > b->digits[i] ? 1 : -1;
    return 0;
}

static struct natural natural_subtract(const struct natural *a, const struct natural *b)
{
    struct natural difference = {{0}};
    int borrow = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        int digit = a->digits[i] - b->digits[i] - borrow;
        borrow = digit < 0;
        difference.digits[i] = (uint8_t)(borrow ? digit + 10 : digit);
    }
    return difference;
}

static void natural_append(struct natural *number, uint8_t digit)
{
    memmove(number->digits + 1, number->digits, DIGITS - 1);
    number->digits[0] = digit;
}

static bool natural_zero(const struct natural *number)
{
    static const struct natural zero;
    return natural_compare(number, &zero) == 0;
}

/* Long division, rounded half to even. */
static struct natural natural_divide(const struct natural *dividend, const struct natural *divisor)
{
    struct natural quotient = {{0}}, rest = {{0}};
    for (size_t i = DIGITS; i-- > 0;) {
        natural_append(&rest, dividend->digits[i]);
        uint8_t digit = 0;
        for (; natural_compare(&rest, divisor) >= 0; digit++)
            rest = natural_subtract(&rest, divisor);
        natural_append(&quotient, digit);
    }
    struct natural other_half = natural_subtract(divisor, &rest);
    int order = natural_compare(&rest, &other_half);
    if (order > 0 || (order == 0 && quotient.digits[0] % 2 == 1))
        for (size_t i = 0; ++quotient.digits[i] == 10; i++)
            quotient.digits[i] = 0;
    return quotient;
}

static bool natural_fits(const struct natural *number)
{
    for (size_t i = 36; i < DIGITS; i++)
        if (number->digits[i] != 0)
            return false;
    return true;
}

static int slow_compare_products(struct decimal a, struct decimal b, struct decimal c, struct decimal d)
{
    struct natural left[] = {natural_of(a), natural_of(b)}, right[] = {natural_of(c), natural_of(d)};
    struct natural left_product = natural_multiply(&left[0], &left[1]);
    struct natural right_product = natural_multiply(&right[0], &right[1]);
    bool left_below = decimal_sign(a) * decimal_sign(b) < 0;
    bool right_below = decimal_sign(c) * decimal_sign(d) < 0;
    if (left_below != right_below && !(natural_zero(&left_product) && natural_zero(&right_product)))
        return left_below ? -1 : 1;
    int order = natural_compare(&left_product, &right_product);
    return left_below ? -order : order;
}

static void check_ratio(struct decimal factor, struct decimal numerator, struct decimal denominator)
{
    struct natural parts[] = {natural_of(factor), natural_of(numerator), natural_of(denominator)};
    struct natural product = natural_multiply(&parts[0], &parts[1]);
    struct decimal value;
    bool computed = decimal_ratio(factor, numerator, denominator, &value);
    if (natural_zero(&parts[2])) {
        assert_false(computed);
        return;
    }
    struct natural wanted = natural_divide(&product, &parts[2]);
    assert_int_equal(computed, natural_fits(&wanted));
    if (!computed)
        return;
    struct natural got = natural_of(value);
    assert_int_equal(natural_compare(&got, &wanted), 0);
    int sign = decimal_sign(factor) * decimal_sign(numerator) * decimal_sign(denominator);
    assert_int_equal(decimal_sign(value), natural_zero(&wanted) ? 0 : sign);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "1",
                                        "-1",
                                        "98.5",
                                        "-1.28",
                                        "0.000000001",
                                        "-0.000000001",
                                        "999999999999999999.999999999",
                                        "-999999999999999999.999999999"};
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_text(parsed(texts[i]), texts[i]);
}

static void other_spellings_of_a_number_have_one_written_form(void **state)
{
    (void)state;
    assert_text(parsed("-0"), "0");
    assert_text(parsed("-0.000"), "0");
    assert_text(parsed("007.500"), "7.5");
    assert_text(parsed("000000000000000001"), "1");
}

static void what_is_no_plain_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "+1",
                                        ".5",
                                        "5.",
                                        "1e3",
                                        " 1",
                                        "1 ",
                                        "1,5",
                                        "--1",
                                        "1.-5",
                                        "1..5",
                                        "1.5.5",
                                        "０",
                                        "nan",
                                        "inf",
                                        "0x1",
                                        "1\n",
                                        "-.5",
                                        "1_000",
                                        "1000000000000000000",
                                        "0.0000000001",
                                        "0000000000000000000"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct decimal value = {42};
        if (decimal_parse(texts[i], &value))
            fail_msg("\"%s\" was read", texts[i]);
        assert_true(value.nano == 42);
    }
}

static void tables_round_half_to_even(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int places;
        const char *wanted;
    } cases[] = {{"0.5", 0, "0"},       {"1.5", 0, "2"},         {"2.5", 0, "2"},         {"-2.5", 0, "-2"},
                 {"-0.5", 0, "0"},      {"2.500000001", 0, "3"}, {"0.125", 2, "0.12"},    {"0.135", 2, "0.14"},
                 {"9.995", 2, "10.00"}, {"-0.004", 2, "0.00"},   {"7", 9, "7.000000000"}, {"0.05", 1, "0.0"},
                 {"0.15", 1, "0.2"},    {"98.5", 1, "98.5"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[DECIMAL_TEXT_BYTES];
        assert_string_equal(decimal_format_places(parsed(cases[i].value), cases[i].places, text), cases[i].wanted);
    }
}

static void the_largest_that_can_be_computed_can_be_written(void **state)
{
    (void)state;
    assert_text(largest(), "999999999999999999999999999.999999999");
    assert_text(negated(largest()), "-999999999999999999999999999.999999999");
    char text[DECIMAL_TEXT_BYTES];
    assert_string_equal(decimal_format_places(negated(largest()), 8, text), "-1000000000000000000000000000.00000000");
}

static void what_was_computed_can_be_read_again_and_a_sender_may_not_send_it(void **state)
{
    (void)state;
    char text[DECIMAL_TEXT_BYTES];
    struct decimal value;
    assert_false(decimal_parse(decimal_format(largest(), text), &value));
    assert_true(decimal_parse_computed(text, &value));
    assert_int_equal(decimal_compare(value, largest()), 0);
    assert_true(decimal_parse_computed(decimal_format(negated(largest()), text), &value));
    assert_int_equal(decimal_compare(value, negated(largest())), 0);
    assert_false(decimal_parse_computed("1000000000000000000000000000", &value));
    assert_false(decimal_parse_computed("1e3", &value));
}

static void adding_past_the_largest_is_refused(void **state)
{
    (void)state;
    struct decimal smallest = {1}, result = {42};
    assert_false(decimal_add(largest(), smallest, &result));
    assert_false(decimal_add(largest(), largest(), &result));
    assert_false(decimal_subtract(negated(largest()), smallest, &result));
    assert_true(result.nano == 42);
    assert_true(decimal_subtract(largest(), largest(), &result));
    assert_text(result, "0");
    assert_true(decimal_add(largest(), negated(smallest), &result));
    assert_text(result, "999999999999999999999999999.999999998");
}

static void a_shift_that_would_lose_a_digit_is_refused(void **state)
{
    (void)state;
    struct decimal value;
    assert_true(decimal_shift(parsed("40.7"), 4, &value));
    assert_text(value, "407000");
    assert_true(decimal_shift(parsed("12345.6789"), -4, &value));
    assert_text(value, "1.23456789");
    assert_true(decimal_shift(parsed("-3"), -8, &value));
    assert_text(value, "-0.00000003");
    assert_true(decimal_shift(parsed("0"), -18, &value));
    assert_text(value, "0");
    assert_false(decimal_shift(parsed("0.000001"), -4, &value));
    assert_false(decimal_shift(parsed("3"), -10, &value));
    assert_true(decimal_shift(parsed("999999999999999999"), 9, &value));
    assert_false(decimal_shift(parsed("999999999999999999"), 10, &value));
    assert_false(decimal_shift(parsed("-100000000000000000"), 18, &value));
    assert_false(decimal_shift(largest(), 1, &value));
}

static void whole_numbers_of_any_size_are_decimals(void **state)
{
    (void)state;
    assert_text(decimal_whole(INT64_MAX), "9223372036854775807");
    assert_text(decimal_whole(INT64_MIN), "-9223372036854775808");
    assert_int_equal(decimal_compare(decimal_whole(-1), decimal_whole(0)), -1);
    assert_int_equal(decimal_compare(decimal_whole(7), parsed("7.000")), 0);
    assert_int_equal(decimal_compare(parsed("7.000000001"), decimal_whole(7)), 1);
}

static void ratios_are_those_of_slow_long_division(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS / 5; i++)
        check_ratio(random_decimal(), random_decimal(), random_decimal());
}

static void ratios_of_the_extremes_are_exact_or_refused(void **state)
{
    (void)state;
    const struct decimal values[] = {
        largest(),          negated(largest()),   {largest().nano - 1}, {1}, {-1}, {0}, {2}, {3}, decimal_whole(1),
        decimal_whole(100), {largest().nano / 2}, {largest().nano / 3}};
    for (size_t i = 0; i < COUNT(values); i++)
        for (size_t j = 0; j < COUNT(values); j++)
            for (size_t k = 0; k < COUNT(values); k++)
                check_ratio(values[i], values[j], values[k]);
}

static void ratios_round_half_to_even_at_the_ninth_place(void **state)
{
    (void)state;
    struct decimal one = decimal_whole(1), two = decimal_whole(2), value;
    assert_true(decimal_ratio(one, (struct decimal){1}, two, &value));
    assert_true(value.nano == 0);
    assert_true(decimal_ratio(one, (struct decimal){3}, two, &value));
    assert_true(value.nano == 2);
    assert_true(decimal_ratio(one, (struct decimal){-5}, two, &value));
    assert_true(value.nano == -2);
    assert_true(decimal_ratio(decimal_whole(100), decimal_whole(1), decimal_whole(3), &value));
    assert_text(value, "33.333333333");
    assert_false(decimal_ratio(one, one, (struct decimal){0}, &value));
}

static void a_ratio_and_an_addend_are_rounded_as_a_whole(void **state)
{
    (void)state;
    struct decimal one = decimal_whole(1), two = decimal_whole(2), value;
    /* Half of 10⁻⁹ alone rounds to 0, after 10⁻⁹ to 2 × 10⁻⁹, after -10⁻⁹ to 0. */
    assert_true(decimal_ratio_plus(one, (struct decimal){1}, two, (struct decimal){1}, &value));
    assert_text(value, "0.000000002");
    assert_true(decimal_ratio_plus(one, (struct decimal){1}, two, (struct decimal){-1}, &value));
    assert_text(value, "0");
    assert_true(decimal_ratio_plus(one, (struct decimal){-3}, two, (struct decimal){-1}, &value));
    assert_text(value, "-0.000000002");
    assert_true(decimal_ratio_plus(one, (struct decimal){3}, two, (struct decimal){2}, &value));
    assert_text(value, "0.000000004");
    assert_true(
        decimal_ratio_plus(decimal_whole(100), decimal_whole(1), decimal_whole(3), decimal_whole(-100), &value));
    assert_text(value, "-66.666666667");
    assert_false(decimal_ratio_plus(one, largest(), one, (struct decimal){1}, &value));
}

static void products_compare_as_those_of_slow_multiplication(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        struct decimal a = random_decimal(), b = random_decimal(), c = random_decimal(), d = random_decimal();
        assert_int_equal(decimal_compare_products(a, b, c, d), slow_compare_products(a, b, c, d));
        assert_int_equal(decimal_compare_products(a, b, b, a), 0);
    }
}

static void products_that_differ_in_the_last_digit_differ(void **state)
{
    (void)state;
    struct decimal most = largest(), less = {most.nano - 1};
    assert_int_equal(decimal_compare_products(most, most, most, less), 1);
    assert_int_equal(decimal_compare_products(most, less, most, most), -1);
    assert_int_equal(decimal_compare_products(most, negated(most), most, negated(less)), -1);
    assert_int_equal(decimal_compare_products(less, less, most, (struct decimal){most.nano - 2}), 1);
    assert_int_equal(decimal_compare_products(negated(most), negated(most), most, most), 0);
    assert_int_equal(decimal_compare_products((struct decimal){0}, negated(most), (struct decimal){0}, most), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(other_spellings_of_a_number_have_one_written_form),
        cmocka_unit_test(what_is_no_plain_decimal_is_refused),
        cmocka_unit_test(tables_round_half_to_even),
        cmocka_unit_test(the_largest_that_can_be_computed_can_be_written),
        cmocka_unit_test(what_was_computed_can_be_read_again_and_a_sender_may_not_send_it),
        cmocka_unit_test(adding_past_the_largest_is_refused),
        cmocka_unit_test(a_shift_that_would_lose_a_digit_is_refused),
        cmocka_unit_test(whole_numbers_of_any_size_are_decimals),
        cmocka_unit_test(ratios_are_those_of_slow_long_division),
        cmocka_unit_test(ratios_of_the_extremes_are_exact_or_refused),
        cmocka_unit_test(ratios_round_half_to_even_at_the_ninth_place),
        cmocka_unit_test(a_ratio_and_an_addend_are_rounded_as_a_whole),
        cmocka_unit_test(products_compare_as_those_of_slow_multiplication),
        cmocka_unit_test(products_that_differ_in_the_last_digit_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
