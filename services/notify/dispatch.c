#include "notify/dispatch.h"

#include "notify/answer.h"

#include "wire/standing_wire.h"
#include "wire/update_wire.h"

#include "base/chaos.h"
#include "base/day.h"
#include "base/ids.h"
#include "base/log.h"
#include "duban_notify_queries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_A_TURN 5000
#define BATCH_ARENA_BYTES ((size_t)1 << 30)
#define PIECE_BYTES ((size_t)64 << 20) /* one transaction is ended when its alerts have taken so much of that */
#define EVENT_ARENA_BYTES ((size_t)256 << 20)
#define SENT_ARENA_BYTES ((size_t)4 << 30)
#define ALERTS_A_REPLY 1000
#define ALERTS_SPAN 100000

enum { STATEMENT_CURSOR, STATEMENT_ADVANCE, STATEMENT_SENT };

const struct db_statement dispatch_statements[] = {
    [STATEMENT_CURSOR] = {"cursor", cursor_sql},
    [STATEMENT_ADVANCE] = {"advance", advance_sql},
    [STATEMENT_SENT] = {"sent", sent_sql},
};
const size_t dispatch_statement_count = sizeof dispatch_statements / sizeof *dispatch_statements;

enum dispatch_state { DISPATCH_AWAY, DISPATCH_LOADING, DISPATCH_FOLDING, DISPATCH_LIVE };

struct place {
    uint64_t updates, indicators;
    int64_t instant_us;
};

struct dispatch {
    struct service *service;
    enum dispatch_state state;
    struct notify *notify;
    struct place stored;
    int64_t passed_us; /* instant up to which notify has decided */
    bool open;         /* at that very instant more may come */
    /* Ids of all alerts ever stored. After a silence of an upstream notify may have decided in another order than the
     * log's, and a fold then decides once more what was sent: it must not be sent twice. */
    struct ids sent;
    struct arena *sent_arena;
    struct arena *arena;       /* of the alerts of the transaction under way */
    struct arena *event_arena; /* of one event at a time */
    int64_t announced_us, started_us;
    size_t sent_before; /* of those under way, have gone already */
    bool draining;      /* what was decided is stored in pieces; how far notify has come, with the last */
    int64_t held_us;    /* monotonic instant since when late alerts are held back; 0: they are not */
};

struct dispatch *dispatch_new(void)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    REQUIRE(dispatch != NULL);
    dispatch->announced_us = INT64_MIN;
    dispatch->arena = arena_new(BATCH_ARENA_BYTES);
    dispatch->event_arena = arena_new(EVENT_ARENA_BYTES);
    dispatch->sent_arena = arena_new(SENT_ARENA_BYTES);
    REQUIRE(dispatch->arena != NULL && dispatch->event_arena != NULL && dispatch->sent_arena != NULL);
    return dispatch;
}

void dispatch_free(struct dispatch **dispatch)
{
    if (*dispatch == NULL)
        return;
    notify_free(&(*dispatch)->notify);
    arena_free(&(*dispatch)->arena);
    arena_free(&(*dispatch)->event_arena);
    ids_done(&(*dispatch)->sent);
    arena_free(&(*dispatch)->sent_arena);
    free(*dispatch);
    *dispatch = NULL;
}

void dispatch_started(void *self, struct service *service)
{
    struct dispatch *dispatch = self;
    dispatch->service = service;
    dispatch->started_us = service_monotonic_us(service);
}

static void take_cursor(void *context, const PGresult *rows)
{
    struct dispatch *dispatch = context;
    dispatch->stored = (struct place){(uint64_t)db_get_int8(rows, 0, 0), (uint64_t)db_get_int8(rows, 0, 1),
                                      db_get_instant(rows, 0, 2)};
}

static void remember(struct dispatch *dispatch, const char *id)
{
    const char *copy = arena_must(arena_copy(dispatch->sent_arena, id));
    ids_put(&dispatch->sent, copy, dispatch);
}

static void take_sent(void *context, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++)
        remember(context, db_get_text(rows, row, 0));
}

static void cursor_loaded(void *context, enum rc rc, const struct err *err)
{
    struct dispatch *dispatch = context;
    if (rc == RC_REFUSED) {
        log_error("STATEMENT-REFUSED", "doing=loading reason=\"%s\"", err->text);
        db_reset(writer_db(service_writer(dispatch->service)));
    }
    CHAOS_POINT("cursor-read");
    if (rc == RC_OK)
        dispatch->state = DISPATCH_FOLDING;
}

void dispatch_claimed(void *self)
{
    struct dispatch *dispatch = self;
    struct writer *writer = service_writer(dispatch->service);
    notify_free(&dispatch->notify);
    dispatch->notify = notify_new();
    dispatch->passed_us = INT64_MIN;
    dispatch->announced_us = INT64_MIN;
    dispatch->state = DISPATCH_LOADING;
    dispatch->draining = false;
    dispatch->sent_before = 0;
    ids_done(&dispatch->sent);
    arena_reset(dispatch->sent_arena);
    writer_send(writer, STATEMENT_CURSOR, &(struct db_params){0}, take_cursor, dispatch);
    writer_send(writer, STATEMENT_SENT, &(struct db_params){0}, take_sent, dispatch);
    db_sync(writer_db(writer), cursor_loaded, dispatch);
}

void dispatch_lost(void *self)
{
    struct dispatch *dispatch = self;
    dispatch->state = DISPATCH_AWAY;
}

bool dispatch_busy(void *self)
{
    (void)self;
    return false;
}

/* Taking in events. */

static void unreadable(struct dispatch *dispatch, const struct stream_event *row, const struct reason *reason)
{
    log_error("LOG-UNREADABLE", "type=%s sequence=%llu reason=%s", row->type, (unsigned long long)row->sequence,
              reason_name(reason->code));
    service_fail(dispatch->service);
}

static void take_update(struct dispatch *dispatch, const struct stream_event *row)
{
    struct event event;
    struct update update;
    struct reason reason;
    if (event_read(row->body, dispatch->event_arena, &event, &reason) == RC_OK &&
        update_read(&event, dispatch->event_arena, &update, &reason) == RC_OK)
        notify_update(dispatch->notify, &update);
    else
        unreadable(dispatch, row, &reason);
}

static void take_standing(struct dispatch *dispatch, const struct stream_event *row)
{
    struct event event;
    struct standing standing;
    struct reason reason;
    if (event_read(row->body, dispatch->event_arena, &event, &reason) == RC_OK &&
        standing_read(&event, dispatch->event_arena, &standing, &reason) == RC_OK)
        notify_standing(dispatch->notify, row->received_us, &standing);
    else
        unreadable(dispatch, row, &reason);
}

/* One of the two streams, at this moment. */
struct side {
    struct follower *follower;
    const struct stream_event *next; /* null when none may be taken now */
    int64_t complete_us; /* with no next: nothing at or before will come any more; INT64_MIN when not known */
};

/* While folding, a stream ends where the stored cursor is. */
static struct side folding_side(struct dispatch *dispatch, enum stream_id stream, uint64_t stored)
{
    struct side side = {.follower = service_follower(dispatch->service, stream), .complete_us = INT64_MIN};
    side.next = follower_peek(side.follower);
    if (side.next != NULL && side.next->sequence > stored)
        side.next = NULL;
    if (follower_cursor(side.follower) >= stored)
        side.complete_us = INT64_MAX;
    return side;
}

/* An upstream whose time has stood still for too long holds nothing up, be it gone itself or waiting for another: an
 * alert on what is known is better than none. */
static struct side live_side(struct dispatch *dispatch, enum stream_id stream)
{
    struct side side = {.follower = service_follower(dispatch->service, stream)};
    side.next = follower_peek(side.follower);
    side.complete_us = follower_complete_us(side.follower);
    int64_t moved_us = follower_moved_us(side.follower);
    if (moved_us < dispatch->started_us)
        moved_us = dispatch->started_us;
    bool silent = service_monotonic_us(dispatch->service) - moved_us > service_settings(dispatch->service)->patience_us;
    if (silent && follower_at_end(side.follower) && side.complete_us < service_now_us(dispatch->service))
        side.complete_us = service_now_us(dispatch->service);
    return side;
}

/* Which side's event comes first, or null when that cannot be said yet. Updates come first at one instant. */
static const struct side *earlier(const struct side *updates, const struct side *indicators)
{
    if (updates->next != NULL && indicators->next != NULL)
        return updates->next->received_us <= indicators->next->received_us ? updates : indicators;
    if (updates->next != NULL)
        return updates->next->received_us <= indicators->complete_us ? updates : NULL;
    if (indicators->next != NULL)
        return indicators->next->received_us <= updates->complete_us ? indicators : NULL;
    return NULL;
}

/* Takes in one event, the earliest. False when there is none that may be taken. */
static bool take_one(struct dispatch *dispatch, const struct side *updates, const struct side *indicators)
{
    const struct side *side = earlier(updates, indicators);
    if (side == NULL)
        return false;
    arena_reset(dispatch->event_arena);
    if (side == updates)
        take_update(dispatch, side->next);
    else
        take_standing(dispatch, side->next);
    if (side->next->received_us > dispatch->passed_us)
        dispatch->passed_us = side->next->received_us;
    dispatch->open = true;
    follower_pop(side->follower);
    CHAOS_POINT("event-taken");
    return true;
}

static void drop(void *context, const struct alert *alert)
{
    (void)context;
    (void)alert;
}

static void drop_digest(void *context, const struct unit_digest *digest)
{
    (void)context;
    (void)digest;
}

/* The watermark: nothing at or before it will come any more. */
static void announce(struct dispatch *dispatch)
{
    dispatch->announced_us = dispatch->passed_us - dispatch->open;
}

static void fold(struct dispatch *dispatch)
{
    struct side updates, indicators;
    do {
        updates = folding_side(dispatch, STREAM_UPDATES, dispatch->stored.updates);
        indicators = folding_side(dispatch, STREAM_INDICATORS, dispatch->stored.indicators);
    } while (take_one(dispatch, &updates, &indicators));
    if (updates.complete_us != INT64_MAX || indicators.complete_us != INT64_MAX)
        return;
    notify_advance(dispatch->notify, dispatch->stored.instant_us);
    notify_drain(dispatch->notify, &(struct notify_drain){.now_us = dispatch->stored.instant_us,
                                                          .grace_us = INT64_MAX,
                                                          .alert = drop,
                                                          .digest = drop_digest});
    dispatch->passed_us = dispatch->stored.instant_us;
    dispatch->open = true;
    announce(dispatch);
    dispatch->state = DISPATCH_LIVE;
    CHAOS_POINT("folded");
}

static void take_events(struct dispatch *dispatch)
{
    struct side updates, indicators;
    int taken = 0;
    do {
        updates = live_side(dispatch, STREAM_UPDATES);
        indicators = live_side(dispatch, STREAM_INDICATORS);
    } while (taken++ < EVENTS_A_TURN && take_one(dispatch, &updates, &indicators));
    int64_t complete_us = updates.complete_us < indicators.complete_us ? updates.complete_us : indicators.complete_us;
    if (updates.next != NULL || indicators.next != NULL || complete_us < dispatch->passed_us)
        return;
    notify_advance(dispatch->notify, complete_us);
    dispatch->passed_us = complete_us;
    dispatch->open = false;
}

/* Storing alerts. */

/* Adds an event to the transaction that is being put together. */
static void add_event(struct dispatch *dispatch, const struct event *event, const char *topic)
{
    struct writer *writer = service_writer(dispatch->service);
    int64_t received_us = service_now_us(dispatch->service);
    if (received_us < writer_head(writer)->received_us)
        received_us = writer_head(writer)->received_us;
    if (received_us <= dispatch->announced_us) /* nobody was told that this could still come */
        received_us = dispatch->announced_us + 1;
    struct stamp stamp = {.sequence = writer_next(writer), .received_us = received_us};
    struct slice body = event_stamp(event, &stamp, dispatch->arena);
    REQUIRE(body.data != NULL && topic != NULL);
    writer_add(writer, &(struct stream_event){.source = event->source,
                                              .id = event->id,
                                              .type = event->type,
                                              .topic = topic,
                                              .received_us = received_us,
                                              .body = body});
    remember(dispatch, event->id); /* should the transaction fail, all ids are loaded anew */
    CHAOS_POINT("alert-added");
}

static bool piece_is_full(void *context)
{
    const struct dispatch *dispatch = context;
    return arena_used(dispatch->arena) >= PIECE_BYTES;
}

static bool sent_before(struct dispatch *dispatch, const char *id)
{
    if (ids_get(&dispatch->sent, id) == NULL)
        return false;
    if (dispatch->sent_before++ == 0)
        log_warning("ALERT-SENT-BEFORE", "id=%s first=true", id);
    return true;
}

/* After a crash between two pieces there may be very many: only the first is named. */
static void tell_sent_before(struct dispatch *dispatch)
{
    if (dispatch->sent_before > 1)
        log_warning("ALERT-SENT-BEFORE", "count=%zu", dispatch->sent_before);
    dispatch->sent_before = 0;
}

static void add_alert(void *context, const struct alert *alert)
{
    struct dispatch *dispatch = context;
    struct event event;
    if (sent_before(dispatch, alert->id) || (CHAOS_PLANTED("dropped-alert") && *alert->id == '7'))
        return;
    REQUIRE(alert_event(alert, dispatch->arena, &event));
    add_event(dispatch, &event, alert_topic(alert, dispatch->arena));
}

static void add_digest(void *context, const struct unit_digest *digest)
{
    struct dispatch *dispatch = context;
    struct event event;
    if (sent_before(dispatch, digest->id))
        return;
    REQUIRE(digest_event(digest, dispatch->arena, &event));
    add_event(dispatch, &event, digest_topic(digest, dispatch->arena));
}

static void store_effects(void *context)
{
    struct dispatch *dispatch = context;
    struct db_params params = {0};
    if (dispatch->draining)
        return;
    db_int8(&params, (int64_t)follower_cursor(service_follower(dispatch->service, STREAM_UPDATES)));
    db_int8(&params, (int64_t)follower_cursor(service_follower(dispatch->service, STREAM_INDICATORS)));
    db_instant(&params, dispatch->passed_us);
    writer_send(service_writer(dispatch->service), STATEMENT_ADVANCE, &params, NULL, NULL);
}

static void stored(void *context, enum rc rc, const struct err *err)
{
    struct dispatch *dispatch = context;
    if (rc == RC_REFUSED)
        log_error("STORAGE-REFUSED", "reason=\"%s\"", err->text);
    if (rc != RC_OK)
        return; /* the connection is made anew, and the log is folded again */
    if (!dispatch->draining)
        announce(dispatch);
    size_t count;
    const struct stream_event *events = writer_events(service_writer(dispatch->service), &count);
    service_publish(dispatch->service, events, count);
    CHAOS_POINT("published");
}

/* Whether what the streams are known to hold has not all been taken in. */
static bool behind(const struct dispatch *dispatch)
{
    return follower_complete_us(service_follower(dispatch->service, STREAM_UPDATES)) == INT64_MIN ||
           follower_complete_us(service_follower(dispatch->service, STREAM_INDICATORS)) == INT64_MIN;
}

/* Of late alerts only the newest is sent, and which is the newest is known when the log has been caught up with.
 * Nothing is held back for longer than patience lasts. */
static bool hold_back(struct dispatch *dispatch)
{
    const struct settings *settings = service_settings(dispatch->service);
    int64_t now_us = service_monotonic_us(dispatch->service);
    if (service_now_us(dispatch->service) - dispatch->passed_us <= settings->grace_us || !behind(dispatch)) {
        dispatch->held_us = 0;
        return false;
    }
    if (dispatch->held_us == 0)
        dispatch->held_us = now_us;
    return now_us - dispatch->held_us < settings->patience_us;
}

void dispatch_work(void *self)
{
    struct dispatch *dispatch = self;
    struct writer *writer = service_writer(dispatch->service);
    if (dispatch->state == DISPATCH_FOLDING)
        fold(dispatch);
    if (dispatch->state != DISPATCH_LIVE || !writer_idle(writer))
        return;
    if (!dispatch->draining) {
        take_events(dispatch);
        if (hold_back(dispatch))
            return;
    }
    arena_reset(dispatch->arena);
    uint64_t next = writer_next(writer);
    dispatch->draining = !notify_drain(dispatch->notify,
                                       &(struct notify_drain){.now_us = service_now_us(dispatch->service),
                                                              .grace_us = service_settings(dispatch->service)->grace_us,
                                                              .alert = add_alert,
                                                              .digest = add_digest,
                                                              .context = dispatch,
                                                              .full = piece_is_full});
    if (!dispatch->draining)
        tell_sent_before(dispatch);
    if (writer_next(writer) != next)
        writer_commit(writer, store_effects, stored, dispatch);
    else if (!dispatch->draining)
        announce(dispatch);
}

bool dispatch_done(void *self)
{
    const struct dispatch *dispatch = self;
    return dispatch->state != DISPATCH_LIVE || (writer_idle(service_writer(dispatch->service)) && !dispatch->draining);
}

int64_t dispatch_watermark_us(void *self)
{
    const struct dispatch *dispatch = self;
    return dispatch->announced_us;
}

/* Questions. */

/* A question about alerts, while the log is read. */
struct alerts_question {
    struct dispatch *dispatch;
    struct call *call;
};

static void take_alerts(void *context, enum rc rc, const struct stream_head *head, const PGresult *rows, int row_count,
                        uint64_t complete_to)
{
    (void)head;
    struct alerts_question question = *(struct alerts_question *)context;
    free(context);
    if (rc != RC_OK || question.dispatch->state != DISPATCH_LIVE) /* then it is not known who has signed */
        call_refuse(&question.call, REASON_UNAVAILABLE, "");
    else
        answer_alerts(question.dispatch->notify, rows, row_count, complete_to, question.call);
}

static void start_alerts(struct dispatch *dispatch, struct call *call)
{
    const Duban__V1__AlertQuery *query = call->request->alerts;
    char prefix[32];
    snprintf(prefix, sizeof prefix, "deadline.%.12s", query->division);
    struct reading reading = {STREAM_ALERTS, query->after, ALERTS_SPAN, prefix, ALERTS_A_REPLY};
    if (query->after > INT64_MAX - ALERTS_SPAN) {
        call_refuse(&call, REASON_OUT_OF_RANGE, "alerts.after");
        return;
    }
    struct alerts_question *question = malloc(sizeof *question);
    REQUIRE(question != NULL);
    *question = (struct alerts_question){dispatch, call};
    if (reader_read(service_reader(dispatch->service), &reading, take_alerts, question))
        return;
    free(question);
    call_refuse(&call, REASON_UNAVAILABLE, "");
}

bool dispatch_request(void *self, struct call *call)
{
    struct dispatch *dispatch = self;
    bool of_alerts = call->request->kind_case == DUBAN__V1__REQUEST__KIND_ALERTS;
    if (!of_alerts && !answer_knows(call->request))
        return false;
    if (dispatch->state != DISPATCH_LIVE)
        call_refuse(&call, REASON_UNAVAILABLE, "");
    else if (of_alerts)
        start_alerts(dispatch, call);
    else
        answer_call(dispatch->notify, service_now_us(dispatch->service), dispatch->announced_us, call);
    return true;
}
