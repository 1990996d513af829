#include "base/err.h"

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    log_error("BUG", "condition=\"%s\" at=%s:%d errno=\"%s\"", condition, file, line, strerror(errno));
    abort();
}
