/* What the texts of a plan and of a report must look like. The limits are those at the head of
 * proto/duban/v1/plan.proto. */
#ifndef DUBAN_DOMAIN_TEXT_H
#define DUBAN_DOMAIN_TEXT_H

#include "domain/reason.h"

#include "base/day.h"
#include "base/decimal.h"

#define IDENTIFIER_MAX_BYTES 64
#define NAME_MAX_BYTES 256
#define MEASUREMENT_UNIT_MAX_BYTES 32
#define SCOPE_MAX_BYTES 128
#define NOTE_MAX_BYTES 512
#define SOURCE_MAX_BYTES 256 /* of a CloudEvent */
#define EVENT_ID_MAX_BYTES 128

/* Length of the longest beginning that is valid UTF-8 (RFC 3629) without control characters. */
size_t text_valid_bytes(const char *text, size_t bytes);

/* Whether the text begins with the prefix, as topics and the codes of divisions nest. */
bool text_begins_with(const char *text, const char *prefix);

bool identifier_valid(const char *text);
bool division_valid(const char *text); /* GB/T 2260 or its extension: 2, 4, 6, 9 or 12 digits */

/* Each check returns RC_OK, or RC_REFUSED with the reason filled for the given field. Texts may be null, which is as
 * empty. */
enum rc check_identifier(const char *text, const char *field, struct reason *out_reason) MUST_CHECK;
enum rc check_division(const char *text, const char *field, struct reason *out_reason) MUST_CHECK;

/* Valid UTF-8 without control characters, at most max_bytes long; at least min_bytes. */
enum rc check_text(const char *text, size_t min_bytes, size_t max_bytes, const char *field,
                   struct reason *out_reason) MUST_CHECK;

enum rc check_decimal(const char *text, const char *field, struct decimal *out_value,
                      struct reason *out_reason) MUST_CHECK;
enum rc check_day(const char *text, const char *field, day_number *out_day, struct reason *out_reason) MUST_CHECK;

#endif
