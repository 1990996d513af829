/* The witness: the heads of a stream, written down outside the database. Who may write in the database may rewrite
 * history there, digests and all; `duban verify` then finds that it no longer leads to the heads that were witnessed. A
 * head is written only after its COMMIT, so the witness never runs ahead of the log. One file for each stream, of lines
 *
 *   time incarnation sequence digest
 *
 * in UTC, hexadecimal, decimal and hexadecimal, only ever added to. */
#ifndef DUBAN_SERVICE_WITNESS_H
#define DUBAN_SERVICE_WITNESS_H

#include "base/day.h"
#include "base/settings.h"
#include "base/slice.h"
#include "db/stream.h"

#define WITNESS_LINE_BYTES 160 /* with line feed and terminator */

struct witness_line {
    char time[INSTANT_TEXT_BYTES]; /* of writing, by the service's clock */
    uint8_t incarnation[INCARNATION_BYTES];
    uint64_t sequence;
    struct digest digest;
};

/* The line with its line feed; returns out_text. */
char *witness_format(const struct witness_line *line, char out_text[WITNESS_LINE_BYTES]);

/* Reads the next line of a file from *offset on, and moves *offset past it: RC_OK; RC_AGAIN at the end; RC_REFUSED when
 * it is no such line, as one that a power cut has torn. */
enum rc witness_next(struct slice file, size_t *offset, struct witness_line *out_line) MUST_CHECK;

/* What a service remembers of its witness. All zero in the beginning, but for the first two. */
struct witness {
    const struct settings *settings; /* the folder, and how often */
    enum stream_id stream;
    struct stream_head written;
    int64_t next_us, complained_us; /* monotonic */
    bool failing;
};

/* Writes the head down, and onto the disk, when it is another than before and the interval since the last time is over.
 * Logs that it failed at most once a minute, and tries again after the interval. now_us: of the service's clock. */
void witness_step(struct witness *witness, const struct stream_head *head, int64_t now_us, int64_t monotonic_us);

/* The same without waiting for the interval, for the end of a service. */
void witness_stop(struct witness *witness, const struct stream_head *head, int64_t now_us, int64_t monotonic_us);

#endif
