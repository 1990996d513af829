/* A certificate and the rights that it gives; what is written of it reads the same. */
#include "fuzz/fuzz.h"

#include "domain/rights.h"

#include <string.h>

static void check_rights(const struct certificate *certificate, struct arena *arena)
{
    struct rights rights;
    struct err err;
    if (rights_read(certificate, arena, &rights, &err) != RC_OK) {
        REQUIRE(*err.text != '\0');
        return;
    }
    REQUIRE(*rights.name != '\0' && !rights.everything);
    REQUIRE(!rights_submits(&rights) || (*rights.unit != '\0' && rights.divisions.count > 0));
    for (size_t i = 0; i < rights.topics.count; i++) {
        const char *topic = rights.topics.list[i];
        bool star = strcmp(topic, "*") == 0;
        REQUIRE(strlen(topic) >= 500 || rights_may_read(&rights, "%s", star ? "update." : topic));
        REQUIRE(rights_may_read_some(&rights, ""));
    }
    for (size_t i = 0; i < rights.divisions.count; i++)
        REQUIRE(rights_cover(&rights, rights.divisions.list[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct arena *arena = fuzz_arena();
    struct certificate certificate, again;
    struct err err;
    if (certificate_read((struct slice){data, bytes}, arena, &certificate, &err) != RC_OK) {
        REQUIRE(*err.text != '\0');
        return 0;
    }
    check_rights(&certificate, arena);
    bool quoted = false; /* a value with quotation marks inside is written by nobody */
    for (size_t i = 0; i < certificate.metadata_count; i++)
        quoted |= strchr(certificate.metadata[i].value, '"') != NULL;
    const char *text = arena_must(certificate_text(&certificate, *certificate.secret_key != '\0', arena));
    struct slice written = {(const uint8_t *)text, strlen(text)};
    if (quoted || written.bytes > CERTIFICATE_FILE_MAX_BYTES)
        return 0;
    REQUIRE(certificate_read(written, arena, &again, &err) == RC_OK);
    REQUIRE(strcmp(again.public_key, certificate.public_key) == 0 &&
            strcmp(again.secret_key, certificate.secret_key) == 0);
    REQUIRE(again.metadata_count == certificate.metadata_count);
    for (size_t i = 0; i < certificate.metadata_count; i++)
        REQUIRE(strcmp(again.metadata[i].value, certificate.metadata[i].value) == 0);
    return 0;
}
