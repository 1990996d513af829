/* Why an input was refused: a stable code, the field at fault and a sentence in Chinese and in English. */
#ifndef DUBAN_DOMAIN_REASON_H
#define DUBAN_DOMAIN_REASON_H

#include "base/err.h"

#include <stddef.h>

enum reason_code {
    REASON_NONE,
    /* the request as a whole */
    REASON_MALFORMED_REQUEST,
    REASON_UNKNOWN_REQUEST,
    REASON_BATCH_SIZE,
    REASON_TOO_COMPLEX,
    REASON_UNKNOWN_STREAM,
    REASON_UNAVAILABLE,
    REASON_NOT_ALLOWED,
    REASON_TOO_MANY_WAITING,
    /* the envelope and the form of the data */
    REASON_INVALID_SYNTAX,
    REASON_UNKNOWN_FIELD,
    REASON_MISSING_FIELD,
    REASON_TOO_LONG,
    REASON_INVALID_TEXT,
    REASON_INVALID_IDENTIFIER,
    REASON_INVALID_DIVISION,
    REASON_INVALID_DECIMAL,
    REASON_INVALID_DAY,
    REASON_OUT_OF_RANGE,
    REASON_RESERVED_ATTRIBUTE,
    REASON_UNSUPPORTED_VERSION,
    REASON_UNKNOWN_TYPE,
    REASON_MALFORMED_DATA,
    /* the plan in itself */
    REASON_DUPLICATE_IDENTIFIER,
    REASON_WRONG_ORDER,
    REASON_WRONG_RULE,
    /* against what is known */
    REASON_UNKNOWN_DIVISION,
    REASON_UNKNOWN_UNIT,
    REASON_UNKNOWN_MEASURE,
    REASON_UNKNOWN_GROUP,
    REASON_UNKNOWN_PROJECT,
    REASON_UNKNOWN_MILESTONE,
    REASON_UNKNOWN_UPDATE,
    REASON_UNKNOWN_COMMITMENT,
    REASON_UNKNOWN_EXTENSION,
    REASON_UNKNOWN_ALERT,
    REASON_WRONG_UNIT,
    REASON_WRONG_REVISION,
    REASON_WRONG_STATE,
    REASON_MEASURE_REDEFINED,
    REASON_DAY_IN_FUTURE,
    REASON_DEADLINE_PASSED,
    REASON_CALENDAR_MISSING,
    REASON_NOT_RESPONSIBLE,
    /* the log */
    REASON_CONFLICTING_CONTENT,
    REASON_STORAGE_REFUSED,
    REASON_COUNT,
};

#define REASON_TEXT_BYTES 320

struct reason {
    enum reason_code code;
    char field[128];  /* path such as plan.commitments[3].due; empty when it is no field */
    char detail[128]; /* what was found, valid UTF-8 without control characters; may be empty */
};

/* Fills the reason; field and the formatted detail are cut to fit at a character boundary, and control characters and
 * invalid UTF-8 in the detail become '?'. Returns RC_REFUSED. out_reason may be null. */
enum rc reason_set(struct reason *out_reason, enum reason_code code, const char *field, const char *detail_format, ...)
    PRINTF_LIKE(4, 5);

/* The code's name, such as "UNKNOWN_PROJECT". */
const char *reason_name(enum reason_code code);

/* The code of a name; false when there is none. */
bool reason_find(const char *name, enum reason_code *out_code) MUST_CHECK;

/* The sentences, with the detail at the end; return out_text. */
char *reason_text_zh(const struct reason *reason, char out_text[REASON_TEXT_BYTES]);
char *reason_text_en(const struct reason *reason, char out_text[REASON_TEXT_BYTES]);

#endif
