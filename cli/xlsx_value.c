#include "cli/xlsx_value.h"

#include <stdlib.h>
#include <string.h>

#define SIGNIFICANT_DIGITS 15
#define READ_DIGITS 64
#define SIDE_DIGITS 30

enum xlsx_style xlsx_style_builtin(unsigned long id)
{
    /* 27 to 36 and 50 to 58 are dates in the Chinese, Japanese and Korean Excel (ECMA-376, 18.8.30). */
    if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58))
        return XLSX_STYLE_DATE;
    return id == 9 || id == 10 ? XLSX_STYLE_PERCENT : XLSX_STYLE_NUMBER;
}

enum xlsx_style xlsx_style_of_code(const char *code)
{
    bool percent = false;
    for (; *code != '\0'; code++) {
        if (*code == '"' || *code == '[') { /* literal text; a colour, a condition or a language */
            const char *end = strchr(code + 1, *code == '"' ? '"' : ']');
            if (end == NULL)
                break;
            code = end;
        } else if ((*code == '\\' || *code == '_' || *code == '*') && code[1] != '\0') {
            code++; /* the next character stands for itself, its width, or filling */
        } else if (strchr("yYmMdD", *code) != NULL) {
            return XLSX_STYLE_DATE;
        } else {
            percent = percent || *code == '%';
        }
    }
    return percent ? XLSX_STYLE_PERCENT : XLSX_STYLE_NUMBER;
}

/* 0.DIGITS × 10^point; digits has no zeros at its ends, and none at all for zero. */
struct digits {
    char digits[READ_DIGITS + 1];
    size_t count;
    int point;
};

/* Reads digits with a point among them, and moves past them. */
static bool take_digits(const char **text, struct digits *out)
{
    bool any = false, fraction = false;
    for (;; (*text)++) {
        if (**text == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (**text < '0' || **text > '9')
            return any;
        any = true;
        if (out->count == 0 && **text == '0') {
            out->point -= fraction;
            continue;
        }
        if (out->count == READ_DIGITS)
            return false;
        out->digits[out->count++] = **text;
        out->point += !fraction;
    }
}

static bool take_exponent(const char **text, int *out_exponent)
{
    *out_exponent = 0;
    if (**text != 'E' && **text != 'e')
        return true;
    (*text)++;
    bool negative = **text == '-';
    *text += negative || **text == '+';
    size_t length = strspn(*text, "0123456789");
    if (length == 0 || length > 4)
        return false;
    *out_exponent = negative ? -atoi(*text) : atoi(*text);
    *text += length;
    return true;
}

static void round_digits(struct digits *number)
{
    bool up = number->count > SIGNIFICANT_DIGITS && number->digits[SIGNIFICANT_DIGITS] >= '5';
    if (number->count > SIGNIFICANT_DIGITS)
        number->count = SIGNIFICANT_DIGITS;
    while (up && number->count > 0 && number->digits[number->count - 1] == '9')
        number->count--;
    if (up && number->count > 0) {
        number->digits[number->count - 1]++;
    } else if (up) { /* 9.99… became 10 */
        number->digits[number->count++] = '1';
        number->point++;
    }
    while (number->count > 0 && number->digits[number->count - 1] == '0')
        number->count--;
}

static void write_digits(const struct digits *number, char *out)
{
    if (number->point <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = number->point; i < 0; i++)
            *out++ = '0';
    }
    int count = (int)number->count;
    for (int i = 0; i < count || i < number->point; i++) {
        if (i > 0 && i == number->point)
            *out++ = '.';
        *out++ = i < count ? number->digits[i] : '0';
    }
    *out = '\0';
}

bool xlsx_number(const char *text, int shift, char out_text[XLSX_NUMBER_BYTES])
{
    struct digits number = {.point = 0};
    int exponent;
    bool negative = *text == '-';
    text += negative || *text == '+';
    if (!take_digits(&text, &number) || !take_exponent(&text, &exponent) || *text != '\0')
        return false;
    round_digits(&number);
    number.point += exponent + shift;
    if (number.count == 0) {
        memcpy(out_text, "0", 2);
        return true;
    }
    if (number.point > SIDE_DIGITS || (int)number.count - number.point > SIDE_DIGITS)
        return false;
    *out_text = '-';
    write_digits(&number, out_text + negative);
    return true;
}

bool xlsx_day(const char *serial, bool date1904, char out_day[DAY_TEXT_BYTES])
{
    size_t length = strspn(serial, "0123456789");
    if (length == 0 || length > 7 || (serial[length] != '\0' && serial[length] != '.'))
        return false;
    int number = atoi(serial);
    day_number first, last, day;
    REQUIRE(day_from_civil(9999, 12, 31, &last));
    if (date1904) {
        REQUIRE(day_from_civil(1904, 1, 1, &first));
    } else if (number < 1 || number == 60) {
        return false; /* Excel's "1900-01-00", and its 29 February 1900 */
    } else {
        REQUIRE(day_from_civil(1899, 12, 31, &first));
        number -= number > 60;
    }
    day = first + number;
    if (day > last)
        return false;
    day_format(day, out_day);
    return true;
}
