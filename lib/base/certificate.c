#include "base/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The alphabet of Z85. */
#define Z85 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_@.&+/"

enum section { SECTION_NONE, SECTION_METADATA, SECTION_CURVE };

struct reading {
    struct arena *arena;
    struct certificate *certificate;
    enum section section;
    unsigned line;
    struct err *err;
};

static enum rc wrong(const struct reading *reading, const char *what)
{
    return err_set(reading->err, RC_REFUSED, "line %u: %s", reading->line, what);
}

static enum rc take_key(struct reading *reading, char out_key[CURVE_KEY_BYTES], const char *value)
{
    if (*out_key != '\0')
        return wrong(reading, "the key stands twice");
    if (strlen(value) != CURVE_KEY_BYTES - 1 || strspn(value, Z85) != CURVE_KEY_BYTES - 1)
        return wrong(reading, "a key is 40 characters of Z85");
    memcpy(out_key, value, CURVE_KEY_BYTES);
    return RC_OK;
}

static enum rc take_metadatum(struct reading *reading, const char *name, const char *value)
{
    struct certificate *certificate = reading->certificate;
    if (certificate->metadata_count == CERTIFICATE_METADATA_MAX)
        return wrong(reading, "too much metadata");
    for (size_t i = 0; i < certificate->metadata_count; i++)
        if (strcmp(certificate->metadata[i].name, name) == 0)
            return wrong(reading, "the name stands twice");
    certificate->metadata[certificate->metadata_count].name = name;
    certificate->metadata[certificate->metadata_count++].value = value;
    return RC_OK;
}

static enum rc take_pair(struct reading *reading, const char *name, const char *value)
{
    if (reading->section == SECTION_METADATA)
        return take_metadatum(reading, name, value);
    if (reading->section == SECTION_CURVE && strcmp(name, "public-key") == 0)
        return take_key(reading, reading->certificate->public_key, value);
    if (reading->section == SECTION_CURVE && strcmp(name, "secret-key") == 0)
        return take_key(reading, reading->certificate->secret_key, value);
    return wrong(reading, "only metadata, public-key and secret-key may stand here");
}

/* The value is the rest of the line, in quotation marks or not; a comment may follow one in quotation marks. */
static enum rc read_value(struct reading *reading, const char *name, char *value)
{
    char *end = NULL;
    if (*value == '"' || *value == '\'')
        end = strchr(value + 1, *value);
    if (end != NULL) {
        const char *rest = end + 1 + strspn(end + 1, " \t");
        if (*rest != '\0' && *rest != '#')
            return wrong(reading, "something stands after the closing quotation mark");
        *end = '\0';
        return take_pair(reading, name, value + 1);
    }
    if (*value == '"' || *value == '\'')
        return wrong(reading, "the closing quotation mark is missing");
    for (size_t length = strlen(value); length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t');)
        value[--length] = '\0';
    return take_pair(reading, name, value);
}

/* Sections stand at the beginning of a line, what is in them is indented. */
static enum rc read_line(struct reading *reading, char *line)
{
    char *text = line + strspn(line, " \t");
    if (*text == '\0' || *text == '#')
        return RC_OK;
    size_t length = strspn(text, NAME_CHARACTERS);
    char *after = text + length + strspn(text + length, " \t");
    if (length == 0)
        return wrong(reading, "a name is missing");
    if (text == line) {
        reading->section = strncmp(text, "metadata", length) == 0 && length == 8 ? SECTION_METADATA
                           : strncmp(text, "curve", length) == 0 && length == 5  ? SECTION_CURVE
                                                                                 : SECTION_NONE;
        if (reading->section == SECTION_NONE || (*after != '\0' && *after != '#'))
            return wrong(reading, "the sections are metadata and curve");
        return RC_OK;
    }
    if (*after != '=')
        return wrong(reading, "NAME = VALUE is expected");
    text[length] = '\0';
    return read_value(reading, text, after + 1 + strspn(after + 1, " \t"));
}

static enum rc read_lines(struct reading *reading, char *text)
{
    enum rc rc = RC_OK;
    for (char *line = text; rc == RC_OK && line != NULL;) {
        char *next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        size_t length = strlen(line);
        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        reading->line++;
        rc = read_line(reading, line);
        line = next;
    }
    return rc;
}

enum rc certificate_read(struct slice text, struct arena *arena, struct certificate *out_certificate, struct err *err)
{
    struct certificate certificate = {0};
    struct reading reading = {.arena = arena, .certificate = &certificate, .err = err};
    char *copy =
        text.bytes <= CERTIFICATE_FILE_MAX_BYTES ? arena_text(arena, (const char *)text.data, text.bytes) : NULL;
    if (copy == NULL || strlen(copy) != text.bytes)
        return err_set(err, RC_REFUSED, "too large, or not a text");
    enum rc rc = read_lines(&reading, copy);
    if (rc == RC_OK && *certificate.public_key == '\0')
        rc = err_set(err, RC_REFUSED, "there is no public key");
    if (rc == RC_OK)
        *out_certificate = certificate;
    explicit_bzero(certificate.secret_key, sizeof certificate.secret_key);
    return rc;
}

/* Reads what fits; -1 with errno when it cannot be read. */
static ssize_t read_whole(int file, char *buffer, size_t bytes)
{
    size_t used = 0;
    while (used < bytes) {
        ssize_t got = read(file, buffer + used, bytes - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

/* Whether the error is of the file; else memory, descriptors or the disk failed, and may not do so again. */
static bool lies_in_file(int error)
{
    return error == ENOENT || error == EACCES || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG ||
           error == EISDIR || error == ENXIO;
}

enum rc certificate_load(const char *path, struct arena *arena, struct certificate *out_certificate, struct err *err)
{
    char text[CERTIFICATE_FILE_MAX_BYTES + 1];
    struct stat status;
    struct err why;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t bytes = file < 0 || fstat(file, &status) != 0 ? -1 : read_whole(file, text, sizeof text);
    int error = errno;
    if (file >= 0)
        close(file);
    if (bytes < 0)
        return err_set(err, lies_in_file(error) ? RC_REFUSED : RC_FAILED, "%s: %s", path, strerror(error));
    struct certificate certificate = {0};
    enum rc rc = certificate_read((struct slice){(const uint8_t *)text, (size_t)bytes}, arena, &certificate, &why);
    explicit_bzero(text, sizeof text);
    if (rc != RC_OK)
        return err_set(err, rc, "%s: %s", path, why.text);
    if (*certificate.secret_key != '\0' && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        certificate_forget(&certificate);
        return err_set(err, RC_REFUSED, "%s: a secret key that others may reach; chmod 600 it, and make a new one",
                       path);
    }
    *out_certificate = certificate;
    certificate_forget(&certificate);
    return RC_OK;
}

char *certificate_text(const struct certificate *certificate, bool with_secret, struct arena *arena)
{
    char *text = arena_copy(arena, "metadata\n");
    for (size_t i = 0; text != NULL && i < certificate->metadata_count; i++)
        text = arena_printf(arena, "%s    %s = \"%s\"\n", text, certificate->metadata[i].name,
                            certificate->metadata[i].value);
    if (text != NULL)
        text = arena_printf(arena, "%scurve\n    public-key = \"%s\"\n", text, certificate->public_key);
    if (text != NULL && with_secret)
        text = arena_printf(arena, "%s    secret-key = \"%s\"\n", text, certificate->secret_key);
    return text;
}

const char *certificate_value(const struct certificate *certificate, const char *name)
{
    for (size_t i = 0; i < certificate->metadata_count; i++)
        if (strcmp(certificate->metadata[i].name, name) == 0)
            return certificate->metadata[i].value;
    return "";
}

void certificate_forget(struct certificate *certificate)
{
    explicit_bzero(certificate->secret_key, sizeof certificate->secret_key);
}
