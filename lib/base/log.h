/* The log of a process: one line on standard error for each event, key=value, a constant event id first. Identifiers
 * and counts, never the content of messages. */
#ifndef DUBAN_BASE_LOG_H
#define DUBAN_BASE_LOG_H

#include "base/err.h"

/* info: part of normal work. warning: it recovers by itself. error: a person must act. Control characters in the
 * formatted rest become '?', so that no input can forge a line. */
void log_info(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_warning(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_error(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
