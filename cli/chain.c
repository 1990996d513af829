#include "cli/chain.h"

#include "service/witness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEMS_SHOWN 20
#define EVENT_ARENA_BYTES ((size_t)256 << 20)

bool problem(struct problems *problems, const char *format, ...)
{
    if (problems->count++ < PROBLEMS_SHOWN) {
        va_list arguments;
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        putchar('\n');
    }
    return true;
}

/* The witness. */

struct witnessed {
    struct err err; /* why it could not be read, or empty */
    struct witness_line *lines;
    size_t count, unreadable;
};

static int by_sequence(const void *a, const void *b)
{
    uint64_t first = ((const struct witness_line *)a)->sequence, second = ((const struct witness_line *)b)->sequence;
    return (first > second) - (first < second);
}

struct witnessed *witnessed_read(const char *folder, enum stream_id stream, struct arena *arena)
{
    struct witnessed *witnessed = arena_must(arena_alloc(arena, sizeof *witnessed));
    struct slice file;
    if (read_file(arena_must(arena_printf(arena, "%s/%s", folder, stream_name(stream))), arena, &file,
                  &witnessed->err) != RC_OK)
        return witnessed;
    size_t lines = 1;
    for (size_t i = 0; i < file.bytes; i++)
        lines += file.data[i] == '\n';
    witnessed->lines = arena_must(arena_array(arena, lines, sizeof *witnessed->lines));
    size_t offset = 0;
    for (enum rc rc; (rc = witness_next(file, &offset, &witnessed->lines[witnessed->count])) != RC_AGAIN;) {
        witnessed->count += rc == RC_OK;
        witnessed->unreadable += rc == RC_REFUSED;
    }
    qsort(witnessed->lines, witnessed->count, sizeof *witnessed->lines, by_sequence);
    return witnessed;
}

/* A walk along a stream. */

struct walk {
    enum stream_id stream;
    const char *name; /* of the stream */
    const struct stream_head *head;
    struct problems *problems;
    struct arena *arena; /* of one event */
    uint64_t sequence;   /* of the event before */
    int64_t received_us;
    /* What the digest before is: as it is stored, and as it follows from what comes before it. They differ where
     * something was changed, and then the next event shows which of both it was. */
    struct digest stored, computed;
    bool broken; /* the event before is not the one that was there: the digest after it can follow from nothing here */
    const struct witnessed *witnessed;
    size_t next;                /* of its lines */
    uint64_t agreed, differing; /* heads of this incarnation: the last that agrees, the first that does not (or 0) */
    size_t present, others;     /* lines of this incarnation, and of others… */
    uint64_t others_agreed;     /* …of which the last that agrees */
};

static bool same(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

/* Whether the body is the one that belongs to this sequence. */
static bool check_body(const struct walk *walk, const struct stream_event *stored)
{
    struct event event;
    struct reason reason;
    arena_reset(walk->arena);
    if (event_read(stored->body, walk->arena, &event, &reason) != RC_OK)
        return problem(walk->problems, "%s %" PRIu64 ": the body cannot be read: %s", walk->name, stored->sequence,
                       reason_name(reason.code));
    const char *column = strcmp(event.source, stored->source) != 0        ? "source"
                         : strcmp(event.id, stored->id) != 0              ? "id"
                         : strcmp(event.type, stored->type) != 0          ? "type"
                         : event.stamp.received_us != stored->received_us ? "received"
                                                                          : NULL;
    if (column != NULL)
        problem(walk->problems, "%s %" PRIu64 ": the column %s is not what the body says", walk->name, stored->sequence,
                column);
    return event.stamp.sequence == stored->sequence ||
           !problem(walk->problems, "%s %" PRIu64 ": the body is that of sequence %" PRIu64, walk->name,
                    stored->sequence, event.stamp.sequence);
}

static void tell_missing(const struct walk *walk, uint64_t first, uint64_t last, const char *more)
{
    if (first == last)
        problem(walk->problems, "%s %" PRIu64 ": is missing%s", walk->name, first, more);
    else
        problem(walk->problems, "%s %" PRIu64 " to %" PRIu64 ": are missing%s", walk->name, first, last, more);
}

static void check_digest(struct walk *walk, const struct stream_event *stored)
{
    bool in_place = check_body(walk, stored);
    enum digest_algorithm algorithm = walk->head->algorithm;
    struct slice body = stored->body;
    struct digest follows = digest_chain(algorithm, &walk->stored, body.data, body.bytes);
    bool sound = same(&follows, &stored->digest);
    if (!sound && !same(&walk->stored, &walk->computed)) {
        struct digest otherwise = digest_chain(algorithm, &walk->computed, body.data, body.bytes);
        sound = same(&otherwise, &stored->digest);
    }
    if (!sound && !walk->broken && in_place)
        problem(walk->problems, "%s %" PRIu64 ": the digest does not follow from the one before and the body",
                walk->name, stored->sequence);
    walk->computed = sound || walk->broken ? stored->digest : follows;
    walk->stored = stored->digest;
    walk->broken = !in_place;
}

/* Compares the heads that were witnessed at the event that the walk has come to. */
static void check_witnessed(struct walk *walk)
{
    const struct witnessed *witnessed = walk->witnessed;
    for (; walk->next < witnessed->count && witnessed->lines[walk->next].sequence <= walk->sequence; walk->next++) {
        const struct witness_line *line = &witnessed->lines[walk->next];
        if (line->sequence < walk->sequence)
            continue; /* it is missing, which was told */
        bool agrees = same(&line->digest, &walk->stored) || same(&line->digest, &walk->computed);
        if (memcmp(line->incarnation, walk->head->incarnation, INCARNATION_BYTES) != 0) {
            if (agrees)
                walk->others_agreed = line->sequence;
        } else if (agrees) {
            walk->agreed = line->sequence;
        } else if (walk->differing == 0) {
            char hex[DIGEST_HEX_BYTES];
            walk->differing = line->sequence;
            walk->problems->rewritten += problem(
                walk->problems,
                "%s %" PRIu64 ": history was rewritten, beginning after %" PRIu64 ": on %s the digest here was %s",
                walk->name, line->sequence, walk->agreed, line->time, digest_hex(&line->digest, 64, hex));
        }
    }
}

static bool take_event(void *context, const struct stream_event *stored)
{
    struct walk *walk = context;
    /* One snapshot shows events and head of one instant: none can have come meanwhile. */
    if (stored->sequence > walk->head->head)
        return problem(walk->problems, "%s %" PRIu64 ": stands after the head, %" PRIu64, walk->name, stored->sequence,
                       walk->head->head);
    if (stored->sequence != walk->sequence + 1) {
        tell_missing(walk, walk->sequence + 1, stored->sequence - 1, "");
        walk->broken = true;
    }
    if (stored->received_us < walk->received_us)
        problem(walk->problems, "%s %" PRIu64 ": received before the event before it", walk->name, stored->sequence);
    check_digest(walk, stored);
    walk->sequence = stored->sequence;
    walk->received_us = stored->received_us;
    check_witnessed(walk);
    return true;
}

static void check_head(const struct walk *walk)
{
    const struct stream_head *head = walk->head;
    if (walk->sequence != head->head)
        tell_missing(walk, walk->sequence + 1, head->head, ", up to the head");
    else if (!same(&head->digest, &walk->stored) && !same(&head->digest, &walk->computed))
        problem(walk->problems, "%s: the head row has another digest than event %" PRIu64, walk->name, head->head);
    else if (head->received_us < walk->received_us) /* it moves on while nothing comes */
        problem(walk->problems, "%s: the head row says an earlier time of receipt than event %" PRIu64, walk->name,
                head->head);
}

static void count_witnessed(struct walk *walk, const struct witness_line **out_last)
{
    *out_last = NULL;
    for (size_t i = 0; i < walk->witnessed->count; i++) {
        const struct witness_line *line = &walk->witnessed->lines[i];
        bool present = memcmp(line->incarnation, walk->head->incarnation, INCARNATION_BYTES) == 0;
        walk->present += present;
        walk->others += !present;
        if (present)
            *out_last = line;
    }
}

static void tell_witnessed(struct walk *walk, bool wanted)
{
    const struct witnessed *witnessed = walk->witnessed;
    const struct witness_line *last;
    count_witnessed(walk, &last);
    if (last != NULL && last->sequence > walk->head->head)
        walk->problems->rewritten +=
            problem(walk->problems, "%s: the log ends at %" PRIu64 ", but %" PRIu64 " was witnessed on %s", walk->name,
                    walk->head->head, last->sequence, last->time);
    const char *why = *witnessed->err.text != '\0' ? witnessed->err.text : "no head of this incarnation is there";
    if (walk->present > 0)
        printf("%s: %zu heads witnessed, the last that agrees is %" PRIu64 "\n", walk->name, walk->present,
               walk->agreed);
    else if (walk->head->head > 0 && wanted)
        walk->problems->rewritten += problem(walk->problems, "%s: not witnessed: %s", walk->name, why);
    else if (walk->head->head > 0)
        printf("%s: not witnessed, so that a history rewritten as a whole would not be seen: %s\n", walk->name, why);
    if (walk->others > 0)
        printf("%s: %zu heads witnessed of other incarnations of the log; up to %" PRIu64 " it is the same\n",
               walk->name, walk->others, walk->others_agreed);
    if (witnessed->unreadable > 0)
        printf("%s: %zu lines of the witness cannot be read\n", walk->name, witnessed->unreadable);
}

bool chain_check(PGconn *connection, enum stream_id stream, const struct stream_head *head,
                 const struct witnessed *witnessed, bool witness_wanted, struct problems *problems)
{
    struct walk walk = {.stream = stream,
                        .name = stream_name(stream),
                        .head = head,
                        .problems = problems,
                        .arena = arena_new(EVENT_ARENA_BYTES),
                        .received_us = INT64_MIN,
                        .witnessed = witnessed};
    REQUIRE(walk.arena != NULL);
    bool done = read_stream(connection, (int)stream, 0, take_event, &walk);
    if (done) {
        check_head(&walk);
        tell_witnessed(&walk, witness_wanted);
    }
    arena_free(&walk.arena);
    return done;
}
