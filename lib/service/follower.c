#include "service/follower.h"

#include "base/arena.h"
#include "base/chaos.h"

#include <stdlib.h>

#define PAGE_EVENTS 1000
#define PAGE_ARENA_BYTES ((size_t)256 << 20)
#define POLL_US 1000000

struct follower {
    struct reader *reader;
    enum stream_id stream;
    struct arena *arena;         /* of the page */
    struct stream_event *events; /* the page: from next to count */
    size_t next, count;
    uint64_t cursor;  /* popped */
    uint64_t read_to; /* in the page or popped */
    bool at_end;      /* the last read found everything there was */
    bool reading;
    uint64_t generation; /* a read that was asked for before a restart is thrown away */
    uint64_t asked_generation;
    int64_t asked_us;
    uint64_t head;
    int64_t head_us, moved_us;
};

struct follower *follower_new(struct reader *reader, enum stream_id stream)
{
    struct follower *follower = calloc(1, sizeof *follower);
    REQUIRE(follower != NULL);
    follower->reader = reader;
    follower->stream = stream;
    follower->head_us = INT64_MIN;
    follower->arena = arena_new(PAGE_ARENA_BYTES);
    REQUIRE(follower->arena != NULL);
    return follower;
}

void follower_free(struct follower **follower)
{
    if (*follower == NULL)
        return;
    arena_free(&(*follower)->arena);
    free(*follower);
    *follower = NULL;
}

enum stream_id follower_stream(const struct follower *follower)
{
    return follower->stream;
}

void follower_restart(struct follower *follower)
{
    follower->next = follower->count = 0;
    follower->cursor = follower->read_to = 0;
    follower->at_end = false;
    follower->asked_us = 0;
    follower->generation++;
}

void follower_head(struct follower *follower, uint64_t head, int64_t time_us, int64_t now_us)
{
    follower->head = head;
    if (time_us > follower->head_us)
        follower->moved_us = now_us;
    follower->head_us = time_us;
}

static bool copy_event(struct arena *arena, const struct stream_event *event, struct stream_event *out_copy)
{
    *out_copy = *event;
    out_copy->body.data = (const uint8_t *)arena_text(arena, (const char *)event->body.data, event->body.bytes);
    return (out_copy->source = arena_copy(arena, event->source)) != NULL &&
           (out_copy->id = arena_copy(arena, event->id)) != NULL &&
           (out_copy->type = arena_copy(arena, event->type)) != NULL &&
           (out_copy->topic = arena_copy(arena, event->topic)) != NULL && out_copy->body.data != NULL;
}

static void take_page(void *context, enum rc rc, const struct stream_head *head, const PGresult *rows, int row_count,
                      uint64_t complete_to)
{
    struct follower *follower = context;
    follower->reading = false;
    if (rc != RC_OK || follower->asked_generation != follower->generation)
        return;
    arena_reset(follower->arena);
    follower->next = follower->count = 0;
    follower->events = arena_must(arena_array(follower->arena, (size_t)row_count, sizeof *follower->events));
    for (int row = 0; row < row_count; row++) {
        struct stream_event event;
        stream_event_read(rows, row, &event);
        if (!copy_event(follower->arena, &event, &follower->events[follower->count]))
            break; /* the page is full: the rest is read again */
        follower->read_to = event.sequence;
        follower->count++;
    }
    follower->at_end = follower->read_to == head->head && complete_to == head->head;
    REQUIRE(row_count == 0 || follower->count > 0);
    CHAOS_POINT("page-taken");
}

int64_t follower_step(struct follower *follower, int64_t now_us)
{
    bool behind = !follower->at_end || follower->head > follower->read_to;
    bool due = behind || now_us >= follower->asked_us + POLL_US;
    if (due && !follower->reading && follower->next == follower->count) {
        struct reading reading = {follower->stream, follower->read_to, PAGE_EVENTS, "", PAGE_EVENTS};
        if (reader_read(follower->reader, &reading, take_page, follower)) {
            follower->reading = true;
            follower->asked_generation = follower->generation;
            follower->asked_us = now_us;
        }
    }
    return now_us + POLL_US;
}

const struct stream_event *follower_peek(const struct follower *follower)
{
    return follower->next < follower->count ? &follower->events[follower->next] : NULL;
}

void follower_pop(struct follower *follower)
{
    REQUIRE(follower->next < follower->count);
    follower->cursor = follower->events[follower->next++].sequence;
}

uint64_t follower_cursor(const struct follower *follower)
{
    return follower->cursor;
}

int64_t follower_complete_us(const struct follower *follower)
{
    bool everything =
        follower->next == follower->count && follower->head_us != INT64_MIN && follower->cursor >= follower->head;
    return everything ? follower->head_us : INT64_MIN;
}

bool follower_at_end(const struct follower *follower)
{
    return follower->at_end && follower->next == follower->count;
}

int64_t follower_moved_us(const struct follower *follower)
{
    return follower->moved_us;
}
