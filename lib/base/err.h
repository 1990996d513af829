/* Results. A function that can fail says what its caller does next; the text travels beside it and is logged once,
 * where it stops travelling. */
#ifndef DUBAN_BASE_ERR_H
#define DUBAN_BASE_ERR_H

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#define CLEANUP(function) __attribute__((cleanup(function)))

enum rc {
    RC_OK,
    RC_AGAIN,   /* nothing is wrong: wait and try again */
    RC_REFUSED, /* the input is wrong: never try again */
    RC_UNSURE,  /* the outcome is unknown: repeat it, because it is idempotent */
    RC_FAILED,  /* give up this connection, or this process */
};

struct err {
    char text[256]; /* "doing what: why", never empty after a result other than RC_OK */
};

/* Writes the text, cut to fit, and returns rc, so that `return err_set(err, RC_FAILED, …)` reads well.
 * err may be null. */
enum rc err_set(struct err *err, enum rc rc, const char *format, ...) PRINTF_LIKE(3, 4);

/* Ends the process with a message when a condition that only a bug can break is broken, or memory is out; on in every
 * build. The message has the last error of a system call, which need not have to do with it. */
#define REQUIRE(condition) ((condition) ? (void)0 : require_failed(#condition, __FILE__, __LINE__))
_Noreturn void require_failed(const char *condition, const char *file, int line);

#endif
