#include "base/utf8.h"

size_t utf8_character_bytes(const char *text, size_t bytes)
{
    const unsigned char *c = (const unsigned char *)text;
    unsigned first = c[0];
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > bytes)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    unsigned second = c[1];
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || /* overlong, surrogates */
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) || /* overlong, above U+10FFFF */
        (first == 0xc2 && second < 0xa0))                                       /* C1 */
        return 0;
    return length;
}
