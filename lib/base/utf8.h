/* UTF-8 as RFC 3629 has it. */
#ifndef DUBAN_BASE_UTF8_H
#define DUBAN_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character that the text begins with, 1 to 4. 0 when it is invalid, cut off by the end of the text, or a
 * control character (C0, DEL, C1). bytes: of the text, at least 1. */
size_t utf8_character_bytes(const char *text, size_t bytes);

#endif
