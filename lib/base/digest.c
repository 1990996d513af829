#include "base/digest.h"

#include <openssl/evp.h>
#include <string.h>

static const char *const names[] = {[DIGEST_SHA256] = "sha256", [DIGEST_SM3] = "sm3"};

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
    REQUIRE(algorithm >= DIGEST_SHA256 && algorithm <= DIGEST_SM3);
    return names[algorithm];
}

bool digest_algorithm_find(const char *name, enum digest_algorithm *out_algorithm)
{
    for (int algorithm = DIGEST_SHA256; algorithm <= DIGEST_SM3; algorithm++)
        if (strcmp(names[algorithm], name) == 0) {
            *out_algorithm = (enum digest_algorithm)algorithm;
            return true;
        }
    return false;
}

static struct digest digest_two(const EVP_MD *method, const void *first, size_t first_bytes, const void *second,
                                size_t second_bytes)
{
    struct digest digest;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    REQUIRE(context != NULL && EVP_DigestInit_ex(context, method, NULL) == 1);
    REQUIRE(EVP_DigestUpdate(context, first, first_bytes) == 1);
    REQUIRE(EVP_DigestUpdate(context, second, second_bytes) == 1);
    REQUIRE(EVP_DigestFinal_ex(context, digest.bytes, NULL) == 1);
    EVP_MD_CTX_free(context);
    return digest;
}

struct digest digest_of(const void *data, size_t bytes)
{
    return digest_two(EVP_sha256(), data, bytes, "", 0);
}

struct digest digest_chain(enum digest_algorithm algorithm, const struct digest *before, const void *data, size_t bytes)
{
    REQUIRE(algorithm >= DIGEST_SHA256 && algorithm <= DIGEST_SM3);
    return digest_two(algorithm == DIGEST_SM3 ? EVP_sm3() : EVP_sha256(), before->bytes, sizeof before->bytes, data,
                      bytes);
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
