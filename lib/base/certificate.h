/* A CURVE certificate in the file format of CZMQ, which pyzmq writes too: a public key, in the owner's own file the
 * secret key as well, and metadata (https://rfc.zeromq.org/spec/4/ for the syntax, zcert of CZMQ for the names). Keys
 * are 40 characters of Z85 (https://rfc.zeromq.org/spec/32/). */
#ifndef DUBAN_BASE_CERTIFICATE_H
#define DUBAN_BASE_CERTIFICATE_H

#include "base/arena.h"
#include "base/slice.h"

#define CURVE_KEY_BYTES 41 /* with terminator */
#define CERTIFICATE_METADATA_MAX 16
#define CERTIFICATE_FILE_MAX_BYTES ((size_t)64 << 10)

struct certificate {
    char public_key[CURVE_KEY_BYTES];
    char secret_key[CURVE_KEY_BYTES]; /* empty in a public certificate */
    struct {
        const char *name, *value;
    } metadata[CERTIFICATE_METADATA_MAX];
    size_t metadata_count;
};

/* Reads a certificate from text; metadata lives in the arena. RC_REFUSED names the line and what is wrong with it. */
enum rc certificate_read(struct slice text, struct arena *arena, struct certificate *out_certificate,
                         struct err *err) MUST_CHECK;

/* The same from a file. A file that has a secret key and may be read or written by anybody but its owner is refused.
 * RC_FAILED when nothing is known to be wrong with the file, but reading it failed. */
enum rc certificate_load(const char *path, struct arena *arena, struct certificate *out_certificate,
                         struct err *err) MUST_CHECK;

/* The text of a certificate, of its public part alone or with the secret key; null when the arena is full. */
char *certificate_text(const struct certificate *certificate, bool with_secret, struct arena *arena);

/* A metadatum by its name; "" when there is none. */
const char *certificate_value(const struct certificate *certificate, const char *name);

/* Overwrites the secret key, so that it does not stay in memory. */
void certificate_forget(struct certificate *certificate);

#endif
