#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* C0 controls and DEL; and the C1 controls, which UTF-8 writes as 0xc2 and a byte below 0xa0 and some terminals obey.
 */
static void replace_controls(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        if (c1)
            *c++ = '?';
        if (c1 || *c < 0x20 || *c == 0x7f)
            *c = '?';
    }
}

static void PRINTF_LIKE(3, 0) write_line(const char *level, const char *event, const char *format, va_list arguments)
{
    char rest[1024];
    vsnprintf(rest, sizeof rest, format, arguments);
    replace_controls(rest);
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(stderr, "%s level=%s time=%s.%03ldZ %s\n", event, level, stamp, now.tv_nsec / 1000000, rest);
}

#define LOG(level)                                                                                                     \
    va_list arguments;                                                                                                 \
    va_start(arguments, format);                                                                                       \
    write_line(level, event, format, arguments);                                                                       \
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
