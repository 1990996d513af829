#include "cli/report_cell.h"

#include "base/day.h"
#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the blank at text, 0 when it is none. */
static size_t blank_bytes(const char *text)
{
    static const char *const wide[] = {"\u3000", "\u00a0"}; /* ideographic, not to be broken */
    if (*text != '\0' && strchr(" \t\r\n\v\f", *text) != NULL)
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

const char *report_cell_text(const char *text, struct arena *arena)
{
    size_t blank;
    while ((blank = blank_bytes(text)) > 0)
        text += blank;
    size_t length = 0; /* up to the end of the last character that is no blank */
    for (size_t i = 0; text[i] != '\0';) {
        blank = blank_bytes(text + i);
        i += blank > 0 ? blank : 1;
        if (blank == 0)
            length = i;
    }
    if (text[length] == '\0')
        return text;
    return arena_must(arena_text(arena, text, length));
}

/* U+FF01 to U+FF5E are ASCII's ! to ~, as wide as a Chinese character: EF BC 81 to EF BD 9E. */
const char *report_cell_code(const char *text, struct arena *arena)
{
    text = report_cell_text(text, arena);
    if (strchr(text, '\xef') == NULL)
        return text;
    char *copy = arena_must(arena_copy(arena, text));
    char *out = copy;
    for (const unsigned char *c = (const unsigned char *)copy; *c != '\0';) {
        unsigned wide = c[0] == 0xef && (c[1] == 0xbc || c[1] == 0xbd) ? (c[1] - 0xbcU) * 64 + (c[2] - 0x80U) : 0;
        if (wide >= 1 && wide <= 0x5e) {
            *out++ = (char)(wide + 0x20);
            c += 3;
        } else {
            *out++ = (char)*c++;
        }
    }
    *out = '\0';
    return copy;
}

/* Takes out the commas of "-1,234,567.8"; false when they separate anything but thousands. */
static bool without_commas(const char *text, char out[DECIMAL_TEXT_BYTES])
{
    if (strlen(text) >= DECIMAL_TEXT_BYTES)
        return false;
    size_t sign = *text == '-', first = strcspn(text + sign, ",");
    memcpy(out, text, sign + first);
    out += sign + first;
    text += sign + first;
    if (*text == ',' && (first == 0 || first > 3))
        return false;
    for (; *text == ','; text += 4) {
        if (strspn(text + 1, "0123456789") != 3)
            return false;
        memcpy(out, text + 1, 3);
        out += 3;
    }
    if (strchr(text, ',') != NULL)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

const char *report_cell_number(const char *text, struct arena *arena)
{
    text = report_cell_code(text, arena);
    char plain[DECIMAL_TEXT_BYTES];
    struct decimal value;
    if (!without_commas(text, plain) || !decimal_parse(plain, &value))
        return text;
    decimal_format(value, plain);
    const char *copy = strcmp(text, plain) == 0 ? text : arena_copy(arena, plain);
    REQUIRE(copy != NULL);
    return copy;
}

/* Reads up to `digits` digits and what follows them. */
static bool take(const char **text, size_t digits, const char *after, int *out_number)
{
    size_t length = strspn(*text, "0123456789");
    if (length == 0 || length > digits)
        return false;
    *out_number = atoi(*text);
    *text += length;
    if (strncmp(*text, after, strlen(after)) != 0)
        return false;
    *text += strlen(after);
    return true;
}

/* A day with these texts after the year, the month and the date. */
static bool read_day(const char *text, const char *const after[3], int out_day[3])
{
    return strspn(text, "0123456789") == 4 && take(&text, 4, after[0], &out_day[0]) &&
           take(&text, 2, after[1], &out_day[1]) && take(&text, 2, after[2], &out_day[2]) && *text == '\0';
}

const char *report_cell_day(const char *text, struct arena *arena)
{
    static const char *const forms[][3] = {{"/", "/", ""}, {".", ".", ""}, {"-", "-", ""}, {"年", "月", "日"}};
    text = report_cell_code(text, arena);
    int day[3];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (read_day(text, forms[i], day))
            return arena_must(arena_printf(arena, "%04d-%02d-%02d", day[0], day[1], day[2]));
    return text;
}

const char *report_cell_deadlines(const char *text, struct arena *arena)
{
    text = report_cell_code(text, arena);
    char *list = arena_must(arena_alloc(arena, strlen(text) * 2 + 1)); /* no day becomes twice as long */
    char *out = list;
    while (*text != '\0') {
        size_t item = strcspn(text, ";"), name = strcspn(text, "=");
        name = name < item ? name + 1 : item;
        const char *day = arena_must(arena_text(arena, text + name, item - name));
        bool more = text[item] == ';';
        out += sprintf(out, "%.*s%s%s", (int)name, text, report_cell_day(day, arena), more ? ";" : "");
        text += item + more;
    }
    return list;
}
