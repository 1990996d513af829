#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define VALUE_BYTES 512
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/@+,%"

/* What follows event, level and time: room for four values and the format's own text. What does not fit is left out. */
struct rest {
    char text[4 * VALUE_BYTES + 1024];
    size_t used;
};

static void put(struct rest *rest, const char *text, size_t bytes)
{
    if (bytes > sizeof rest->text - rest->used)
        return;
    memcpy(rest->text + rest->used, text, bytes);
    rest->used += bytes;
}

static void PRINTF_LIKE(2, 3) put_number(struct rest *rest, const char *format, ...)
{
    char text[32];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(rest, text, (size_t)length);
}

/* Characters that a reader does not see, or that show those after them in another order: Unicode's zero-width
 * characters, line and paragraph separators, marks and controls of direction, and tags. */
static bool is_unseen(const char *character, size_t bytes)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
                  {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe0fff}};
    const unsigned char *c = (const unsigned char *)character;
    uint32_t point = bytes == 1 ? c[0] : c[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++)
        point = point << 6 | (c[i] & 0x3f);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

static void put_escaped(struct rest *rest, const char *text)
{
    size_t most = rest->used + VALUE_BYTES;
    while (*text != '\0' && rest->used < most) {
        size_t bytes = utf8_character_bytes(text, strnlen(text, 4));
        if (strchr("\t\n\r", *text) != NULL)
            put(rest, " ", 1);
        else if (bytes == 0 || is_unseen(text, bytes))
            put(rest, "?", 1);
        else {
            put(rest, "\\", *text == '"' || *text == '\\');
            put(rest, text, bytes);
        }
        text += bytes == 0 ? 1 : bytes;
    }
    if (*text != '\0')
        put(rest, "…", strlen("…"));
}

static void put_value(struct rest *rest, const char *text, bool in_quotes)
{
    bool quotes = !in_quotes && (*text == '\0' || text[strspn(text, PLAIN)] != '\0');
    put(rest, "\"", quotes);
    put_escaped(rest, text);
    put(rest, "\"", quotes);
}

/* Whether the conversion comes next in the format, which is then moved on. */
static bool take(const char **format, const char *conversion)
{
    size_t length = strlen(conversion);
    if (strncmp(*format, conversion, length) != 0)
        return false;
    *format += length;
    return true;
}

/* printf's conversions are done here one by one: only so a value cannot be taken for the text around it. */
static void put_format(struct rest *rest, const char *format, va_list *arguments)
{
    bool in_quotes = false;
    while (*format != '\0') {
        if (take(&format, "%s"))
            put_value(rest, va_arg(*arguments, const char *), in_quotes);
        else if (take(&format, "%d"))
            put_number(rest, "%d", va_arg(*arguments, int));
        else if (take(&format, "%u"))
            put_number(rest, "%u", va_arg(*arguments, unsigned));
        else if (take(&format, "%ld"))
            put_number(rest, "%ld", va_arg(*arguments, long));
        else if (take(&format, "%lu"))
            put_number(rest, "%lu", va_arg(*arguments, unsigned long));
        else if (take(&format, "%lld"))
            put_number(rest, "%lld", va_arg(*arguments, long long));
        else if (take(&format, "%llu"))
            put_number(rest, "%llu", va_arg(*arguments, unsigned long long));
        else if (take(&format, "%zu"))
            put_number(rest, "%zu", va_arg(*arguments, size_t));
        else {
            REQUIRE(*format != '%'); /* structure_test finds it before */
            in_quotes ^= *format == '"';
            put(rest, format++, 1);
        }
    }
}

static void PRINTF_LIKE(3, 0) write_line(const char *level, const char *event, const char *format, va_list *arguments)
{
    struct rest rest = {.used = 0};
    put_format(&rest, format, arguments);
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(stderr, "%s level=%s time=%s.%03ldZ %.*s\n", event, level, stamp, now.tv_nsec / 1000000, (int)rest.used,
            rest.text);
}

#define LOG(level)                                                                                                     \
    va_list arguments;                                                                                                 \
    va_start(arguments, format);                                                                                       \
    write_line(level, event, format, &arguments);                                                                      \
    va_end(arguments)

void log_info(const char *event, const char *format, ...)
{
    LOG("info");
}

void log_warning(const char *event, const char *format, ...)
{
    LOG("warning");
}

void log_error(const char *event, const char *format, ...)
{
    LOG("error");
}
