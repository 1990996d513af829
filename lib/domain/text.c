#include "domain/text.h"

#include "base/utf8.h"

#include <string.h>

size_t text_valid_bytes(const char *text, size_t bytes)
{
    size_t valid = 0;
    while (valid < bytes) {
        size_t length = utf8_character_bytes(text + valid, bytes - valid);
        if (length == 0)
            break;
        valid += length;
    }
    return valid;
}

static bool small_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool text_begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool identifier_valid(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > IDENTIFIER_MAX_BYTES || !small_or_digit(text[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!small_or_digit(text[i]) && text[i] != '-')
            return false;
    return true;
}

bool division_valid(const char *text)
{
    size_t length = strlen(text);
    return (length == 2 || length == 4 || length == 6 || length == 9 || length == 12) &&
           strspn(text, "0123456789") == length;
}

static enum rc check_present(const char *text, const char *field, struct reason *out_reason)
{
    if (text == NULL || *text == '\0')
        return reason_set(out_reason, REASON_MISSING_FIELD, field, "%s", field);
    return RC_OK;
}

enum rc check_identifier(const char *text, const char *field, struct reason *out_reason)
{
    enum rc rc = check_present(text, field, out_reason);
    if (rc == RC_OK && !identifier_valid(text))
        rc = reason_set(out_reason, REASON_INVALID_IDENTIFIER, field, "%s", text);
    return rc;
}

enum rc check_division(const char *text, const char *field, struct reason *out_reason)
{
    enum rc rc = check_present(text, field, out_reason);
    if (rc == RC_OK && !division_valid(text))
        rc = reason_set(out_reason, REASON_INVALID_DIVISION, field, "%s", text);
    return rc;
}

enum rc check_text(const char *text, size_t min_bytes, size_t max_bytes, const char *field, struct reason *out_reason)
{
    size_t length = text == NULL ? 0 : strlen(text);
    if (length < min_bytes)
        return reason_set(out_reason, REASON_MISSING_FIELD, field, "%s", field);
    if (length > max_bytes)
        return reason_set(out_reason, REASON_TOO_LONG, field, "%zu > %zu", length, max_bytes);
    if (length > 0 && text_valid_bytes(text, length) != length)
        return reason_set(out_reason, REASON_INVALID_TEXT, field, "%s", text);
    return RC_OK;
}

enum rc check_decimal(const char *text, const char *field, struct decimal *out_value, struct reason *out_reason)
{
    enum rc rc = check_present(text, field, out_reason);
    if (rc == RC_OK && !decimal_parse(text, out_value))
        rc = reason_set(out_reason, REASON_INVALID_DECIMAL, field, "%s", text);
    return rc;
}

enum rc check_day(const char *text, const char *field, day_number *out_day, struct reason *out_reason)
{
    enum rc rc = check_present(text, field, out_reason);
    if (rc == RC_OK && !day_parse(text, out_day))
        rc = reason_set(out_reason, REASON_INVALID_DAY, field, "%s", text);
    return rc;
}
