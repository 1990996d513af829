#include "base/digest.h"

#include "base/err.h"

#include <openssl/evp.h>

static struct digest sha256(const void *first, size_t first_bytes, const void *second, size_t second_bytes)
{
    struct digest digest;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    REQUIRE(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    REQUIRE(EVP_DigestUpdate(context, first, first_bytes) == 1);
    REQUIRE(EVP_DigestUpdate(context, second, second_bytes) == 1);
    REQUIRE(EVP_DigestFinal_ex(context, digest.bytes, NULL) == 1);
    EVP_MD_CTX_free(context);
    return digest;
}

struct digest digest_of(const void *data, size_t bytes)
{
    return sha256(data, bytes, "", 0);
}

struct digest digest_chain(const struct digest *before, const void *data, size_t bytes)
{
    return sha256(before->bytes, sizeof before->bytes, data, bytes);
}

char *digest_hex(const struct digest *digest, size_t hex_digits, char out_text[DIGEST_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    REQUIRE(hex_digits < DIGEST_HEX_BYTES && hex_digits % 2 == 0);
    for (size_t i = 0; i < hex_digits / 2; i++) {
        out_text[2 * i] = digits[digest->bytes[i] >> 4];
        out_text[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    out_text[hex_digits] = '\0';
    return out_text;
}
