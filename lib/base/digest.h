/* SHA-256 (FIPS 180-4), by OpenSSL. */
#ifndef DUBAN_BASE_DIGEST_H
#define DUBAN_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_BYTES 65 /* with terminator */

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

struct digest digest_of(const void *data, size_t bytes);

/* The digest chain: SHA-256 of the digest before, followed by an event's bytes. The first event follows 32 zero bytes.
 */
struct digest digest_chain(const struct digest *before, const void *data, size_t bytes);

/* `hex_digits` (at most 64, even) lower-case digits of the digest's beginning; returns out_text. */
char *digest_hex(const struct digest *digest, size_t hex_digits, char out_text[DIGEST_HEX_BYTES]);

#endif
