/* The log of a process: one line on standard error for each event, key=value, a constant event id first. Identifiers
 * and counts, never the content of messages, never a secret. */
#ifndef DUBAN_BASE_LOG_H
#define DUBAN_BASE_LOG_H

#include "base/err.h"

/* info: part of normal work. warning: it recovers by itself. error: a person must act.
 *
 * What a %s puts in stays the value that the format makes it, whatever it is: between the format's quotes '"' and '\'
 * get a '\' before them, elsewhere anything but letters, digits and "-._:/@+,%" is put between quotes. Line feeds and
 * tabs become spaces; other control characters, what is not UTF-8, and characters that are not seen or turn the
 * direction of text become '?'. After 512 bytes "…" stands for the rest. Of other conversions there are %d, %u, %ld,
 * %lu, %lld, %llu and %zu. */
void log_info(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_warning(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_error(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
