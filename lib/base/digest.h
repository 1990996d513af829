/* SHA-256 (FIPS 180-4) and SM3 (GB/T 32905), by OpenSSL. */
#ifndef DUBAN_BASE_DIGEST_H
#define DUBAN_BASE_DIGEST_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_BYTES 65 /* with terminator */

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

/* Which the chain of a log uses; everything else is SHA-256. */
enum digest_algorithm { DIGEST_SHA256 = 1, DIGEST_SM3 };

/* "sha256", "sm3". */
const char *digest_algorithm_name(enum digest_algorithm algorithm);
bool digest_algorithm_find(const char *name, enum digest_algorithm *out_algorithm) MUST_CHECK;

/* SHA-256. */
struct digest digest_of(const void *data, size_t bytes);

/* The digest chain: the digest of the digest before, followed by an event's bytes. The first event follows 32 zero
 * bytes. */
struct digest digest_chain(enum digest_algorithm algorithm, const struct digest *before, const void *data,
                           size_t bytes);

/* `hex_digits` (at most 64, even) lower-case digits of the digest's beginning; returns out_text. */
char *digest_hex(const struct digest *digest, size_t hex_digits, char out_text[DIGEST_HEX_BYTES]);

#endif
