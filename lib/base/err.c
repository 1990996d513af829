#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum rc err_set(struct err *err, enum rc rc, const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
    }
    return rc;
}

void require_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "BUG condition=\"%s\" at=%s:%d\n", condition, file, line);
    abort();
}
