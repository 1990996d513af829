#include "service/replay.h"

#include "service/head.h"

#include "base/chaos.h"
#include "base/queue.h"

#include <stdlib.h>
#include <string.h>

#define SPAN 100000
/* Replays that wait, of all clients and of one; and those that the reader has, between which it is asked for what the
 * service itself follows. */
#define WAITING_MAX 256
#define OF_ONE_CLIENT_MAX 8
#define READ_AT_ONCE 2

struct replays {
    struct reader *reader;
    struct queue *queue; /* the first of them are being read, so many: */
    size_t reading;
};

struct replay {
    struct replays *replays;
    struct call *call;
    struct reading reading; /* its prefix is the call's */
};

struct replays *replays_new(struct reader *reader)
{
    struct replays *replays = calloc(1, sizeof *replays);
    REQUIRE(replays != NULL);
    replays->reader = reader;
    replays->queue = queue_new(&(struct queue_limits){
        .items = WAITING_MAX, .bytes = SIZE_MAX, .share_items = OF_ONE_CLIENT_MAX, .share_bytes = SIZE_MAX});
    return replays;
}

void replays_free(struct replays **replays)
{
    if (*replays == NULL)
        return;
    while (queue_count((*replays)->queue) > 0) {
        struct replay *replay = queue_at((*replays)->queue, 0);
        queue_remove((*replays)->queue, 0);
        call_drop(&replay->call);
        free(replay);
    }
    queue_free(&(*replays)->queue);
    free(*replays);
    *replays = NULL;
}

void replays_take(struct replays *replays, struct call *call)
{
    const Duban__V1__ReplayRequest *request = call->request->replay;
    enum stream_id stream;
    if (!stream_find(request->stream, &stream)) {
        call_refuse(&call, REASON_UNKNOWN_STREAM, "replay.stream");
        return;
    }
    const char *wrong = request->limit > 1000                 ? "replay.limit"
                        : request->after > INT64_MAX - SPAN   ? "replay.after"
                        : strlen(request->topic_prefix) > 255 ? "replay.topic_prefix"
                                                              : NULL;
    if (wrong != NULL) {
        call_refuse(&call, REASON_OUT_OF_RANGE, wrong);
        return;
    }
    if (!rights_may_read_some(call_rights(call), request->topic_prefix)) {
        call_refuse(&call, REASON_NOT_ALLOWED, "replay.topic_prefix");
        return;
    }
    struct replay *replay = calloc(1, sizeof *replay);
    REQUIRE(replay != NULL);
    *replay = (struct replay){
        replays,
        call,
        {stream, request->after, SPAN, request->topic_prefix, request->limit == 0 ? 1000 : request->limit}};
    char sender[CALL_SENDER_BYTES];
    call_sender(call, sender);
    bool full = queue_full(replays->queue);
    if (full || queue_add(replays->queue, sender, 1, 0, replay) != RC_OK) {
        call_refuse(&call, full ? REASON_UNAVAILABLE : REASON_TOO_MANY_WAITING, "");
        free(replay);
    }
}

static void answer(void *context, enum rc rc, const struct stream_head *head, const PGresult *rows, int row_count,
                   uint64_t complete_to)
{
    struct replay *replay = context;
    REQUIRE(queue_at(replay->replays->queue, 0) == replay); /* the reader answers in order */
    queue_remove(replay->replays->queue, 0);
    replay->replays->reading--;
    const struct rights *rights = call_rights(replay->call);
    if (rights == NULL) { /* taken away while the log was read */
        call_refuse(&replay->call, REASON_NOT_ALLOWED, "");
        free(replay);
        return;
    }
    struct slice *events = rc == RC_OK ? calloc((size_t)row_count + 1, sizeof *events) : NULL;
    if (events == NULL) {
        call_refuse(&replay->call, REASON_UNAVAILABLE, "");
        free(replay);
        return;
    }
    CHAOS_POINT("replay-read");
    size_t count = 0;
    for (int row = 0; row < row_count; row++) {
        struct stream_event event;
        stream_event_read(rows, row, &event);
        if (rights_may_read(rights, "%s", event.topic) || CHAOS_PLANTED("replay-unchecked"))
            events[count++] = event.body;
    }
    Duban__V1__StreamHead message;
    head_write(head, replay->reading.stream, NULL, &message);
    Duban__V1__ReplayReply body = DUBAN__V1__REPLAY_REPLY__INIT;
    body.head = &message;
    body.complete_to = complete_to;
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_REPLAY;
    reply.replay = &body;
    call_answer(&replay->call, &reply, events, count);
    free(events);
    free(replay);
}

void replays_step(struct replays *replays)
{
    while (replays->reading < READ_AT_ONCE && replays->reading < queue_count(replays->queue)) {
        struct replay *replay = queue_at(replays->queue, replays->reading);
        if (reader_read(replays->reader, &replay->reading, answer, replay)) {
            queue_start(replays->queue, ++replays->reading);
        } else {
            queue_remove(replays->queue, replays->reading);
            call_refuse(&replay->call, REASON_UNAVAILABLE, "");
            free(replay);
        }
    }
}
