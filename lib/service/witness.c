#include "service/witness.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPLAINT_US (60 * SECOND_US)

static void write_hex(const uint8_t *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

char *witness_format(const struct witness_line *line, char out_text[WITNESS_LINE_BYTES])
{
    char incarnation[2 * INCARNATION_BYTES + 1], digest[DIGEST_HEX_BYTES];
    write_hex(line->incarnation, INCARNATION_BYTES, incarnation);
    snprintf(out_text, WITNESS_LINE_BYTES, "%s %s %" PRIu64 " %s\n", line->time, incarnation, line->sequence,
             digest_hex(&line->digest, 64, digest));
    return out_text;
}

static bool read_hex(const char *text, size_t count, uint8_t *out_bytes)
{
    if (strlen(text) != 2 * count || strspn(text, "0123456789abcdef") != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (sscanf(text + 2 * i, "%2" SCNx8, &out_bytes[i]) != 1)
            return false;
    return true;
}

/* 2020-04-30T01:00:00.000000Z: the form only, since it is only shown. */
static bool time_valid(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00.000000Z";
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

static bool parse(const char *text, struct witness_line *out_line)
{
    char time[INSTANT_TEXT_BYTES], incarnation[2 * INCARNATION_BYTES + 1], digest[DIGEST_HEX_BYTES],
        again[WITNESS_LINE_BYTES];
    struct witness_line line;
    if (sscanf(text, "%27s %32s %" SCNu64 " %64s", time, incarnation, &line.sequence, digest) != 4 ||
        !time_valid(time) || !read_hex(incarnation, INCARNATION_BYTES, line.incarnation) ||
        !read_hex(digest, DIGEST_BYTES, line.digest.bytes))
        return false;
    memcpy(line.time, time, sizeof time);
    /* What would be written otherwise was not written by a service: sscanf takes more than it should. */
    witness_format(&line, again);
    again[strlen(again) - 1] = '\0';
    if (strcmp(again, text) != 0)
        return false;
    *out_line = line;
    return true;
}

enum rc witness_next(struct slice file, size_t *offset, struct witness_line *out_line)
{
    if (*offset >= file.bytes)
        return RC_AGAIN;
    const char *start = (const char *)file.data + *offset;
    const char *end = memchr(start, '\n', file.bytes - *offset);
    size_t length = end == NULL ? file.bytes - *offset : (size_t)(end - start);
    *offset += length + (end != NULL);
    char text[WITNESS_LINE_BYTES];
    if (length >= sizeof text || memchr(start, '\0', length) != NULL)
        return RC_REFUSED;
    memcpy(text, start, length);
    text[length] = '\0';
    return parse(text, out_line) ? RC_OK : RC_REFUSED;
}

/* Makes folder and file durable where this made them. */
static int open_file(const char *folder, const char *path)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return -1;
    int file = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    int parent = file < 0 ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) {
        fsync(parent);
        close(parent);
    }
    return file;
}

/* Whether the last line was torn, so that what is added to it would be lost with it. */
static bool ends_in_a_line(int file)
{
    char last = '\n';
    off_t bytes = lseek(file, 0, SEEK_END);
    return bytes <= 0 || (pread(file, &last, 1, bytes - 1) == 1 && last == '\n');
}

static enum rc append(const char *folder, enum stream_id stream, const char *line, struct err *err)
{
    char path[PATH_MAX], text[WITNESS_LINE_BYTES + 1];
    snprintf(path, sizeof path, "%s/%s", folder, stream_name(stream));
    int file = open_file(folder, path);
    if (file < 0)
        return err_set(err, RC_FAILED, "%s: %s", path, strerror(errno));
    int length = snprintf(text, sizeof text, "%s%s", ends_in_a_line(file) ? "" : "\n", line);
    errno = ENOSPC; /* what a short write without an error means */
    bool written = write(file, text, (size_t)length) == length && fdatasync(file) == 0;
    enum rc rc = written ? RC_OK : err_set(err, RC_FAILED, "%s: %s", path, strerror(errno));
    close(file);
    return rc;
}

static void complain(struct witness *witness, const struct err *err, int64_t monotonic_us)
{
    if (!witness->failing || monotonic_us >= witness->complained_us + COMPLAINT_US) {
        log_error("WITNESS-FAILED", "stream=%s reason=\"%s\"", stream_name(witness->stream), err->text);
        witness->complained_us = monotonic_us;
    }
    witness->failing = true;
}

static bool same_head(const struct stream_head *a, const struct stream_head *b)
{
    return a->head == b->head && memcmp(a->incarnation, b->incarnation, sizeof a->incarnation) == 0 &&
           memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes) == 0;
}

void witness_stop(struct witness *witness, const struct stream_head *head, int64_t now_us, int64_t monotonic_us)
{
    if (head->head == 0 || same_head(head, &witness->written))
        return;
    struct witness_line line = {.sequence = head->head, .digest = head->digest};
    memcpy(line.incarnation, head->incarnation, sizeof line.incarnation);
    instant_format(now_us, line.time);
    char text[WITNESS_LINE_BYTES];
    struct err err;
    if (append(witness->settings->witness, witness->stream, witness_format(&line, text), &err) != RC_OK) {
        complain(witness, &err, monotonic_us);
    } else {
        witness->written = *head;
        if (witness->failing)
            log_info("WITNESS-WRITTEN-AGAIN", "stream=%s", stream_name(witness->stream));
        witness->failing = false;
    }
    witness->next_us = monotonic_us + witness->settings->witness_interval_us;
}

void witness_step(struct witness *witness, const struct stream_head *head, int64_t now_us, int64_t monotonic_us)
{
    if (monotonic_us >= witness->next_us)
        witness_stop(witness, head, now_us, monotonic_us);
}
