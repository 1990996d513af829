#include "service/door.h"

#include "service/limits.h"

#include "wire/message.h"

#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#define CALL_ARENA_BYTES ((size_t)64 << 20)

struct door {
    void *socket;
    struct guard *guard;
    struct peers *peers;
};

enum rc door_open(void *zmq, struct guard *guard, const char *endpoints, struct door **out_door, struct err *err)
{
    struct door *door = calloc(1, sizeof *door);
    REQUIRE(door != NULL);
    door->guard = guard;
    door->socket = zmq_socket(zmq, ZMQ_ROUTER);
    REQUIRE(door->socket != NULL);
    limits_front(door->socket);
    struct peers_limits limits = limits_of_peers();
    door->peers = peers_watch(zmq, door->socket, "front", &limits);
    enum rc rc = guard_bind(guard, door->socket, endpoints, err);
    if (rc != RC_OK)
        door_close(&door);
    *out_door = door;
    return rc;
}

void door_close(struct door **door)
{
    if (*door == NULL)
        return;
    peers_close(&(*door)->peers);
    zmq_close((*door)->socket);
    free(*door);
    *door = NULL;
}

void *door_socket(const struct door *door)
{
    return door->socket;
}

struct peers *door_peers(const struct door *door)
{
    return door->peers;
}

void call_drop(struct call **call)
{
    arena_free(&(*call)->arena);
    zmq_msg_close(&(*call)->routing);
    zmq_msg_close(&(*call)->first);
    zmq_msg_close(&(*call)->second);
    free(*call);
    *call = NULL;
}

static struct slice frame(zmq_msg_t *message)
{
    return (struct slice){zmq_msg_data(message), zmq_msg_size(message)};
}

const struct rights *call_rights(const struct call *call)
{
    return guard_rights(call->door->guard, (zmq_msg_t *)(uintptr_t)&call->first);
}

/* Receives one message: routing, an optional empty delimiter, the request and at most one frame more. False when there
 * is none. *out_whole is false when it has too few or too many frames; those are read to the end and dropped. */
static bool receive(struct call *call, bool *out_whole)
{
    size_t bytes = 0, all_frames = 0;
    if (zmq_msg_recv(&call->routing, call->door->socket, ZMQ_DONTWAIT) < 0)
        return false;
    int frames = 0;
    bool more = zmq_msg_more(&call->routing);
    zmq_msg_t surplus;
    zmq_msg_init(&surplus);
    while (more) {
        zmq_msg_t *into = frames == 0 ? &call->first : frames == 1 ? &call->second : &surplus;
        if (zmq_msg_recv(into, call->door->socket, 0) < 0)
            break;
        more = zmq_msg_more(into);
        bytes += zmq_msg_size(into);
        all_frames++;
        if (frames == 0 && !call->delimited && more && zmq_msg_size(into) == 0)
            call->delimited = true;
        else
            frames++;
    }
    zmq_msg_close(&surplus);
    const struct rights *rights = call_rights(call);
    const char *name = rights == NULL || rights->everything ? NULL : rights->name;
    call->peer = peers_took(call->door->peers, &call->first, all_frames, bytes, name);
    *out_whole = frames >= 1 && frames <= REQUEST_FRAMES_MAX;
    return true;
}

/* A routing id of the client's own choosing could be taken over by another client, with the replies that are under way
 * to it. */
static bool chose_routing_id(struct call *call)
{
    const char *chosen = zmq_msg_gets(&call->first, "Identity");
    return chosen != NULL && *chosen != '\0';
}

const Duban__V1__Request *request_read(struct slice bytes, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = &duban__v1__request__descriptor;
    if (bytes.bytes > REQUEST_MAX_BYTES || message_check(type, bytes, "", NULL) != RC_OK)
        return NULL;
    const Duban__V1__Request *request = message_unpack(type, bytes, arena);
    return request != NULL && strlen(request->request_id) <= 64 ? request : NULL;
}

static bool read_request(struct call *call)
{
    call->attachment = frame(&call->second);
    call->request = request_read(frame(&call->first), call->arena);
    return call->request != NULL;
}

struct call *door_next(struct door *door)
{
    for (;;) {
        struct call *call = calloc(1, sizeof *call);
        REQUIRE(call != NULL);
        call->door = door;
        zmq_msg_init(&call->routing);
        zmq_msg_init(&call->first);
        zmq_msg_init(&call->second);
        bool whole = false;
        if (!receive(call, &whole)) {
            call_drop(&call);
            return NULL;
        }
        call->arena = arena_new(CALL_ARENA_BYTES);
        REQUIRE(call->arena != NULL);
        bool readable = whole && !chose_routing_id(call) && read_request(call);
        if (readable && call_rights(call) != NULL)
            return call;
        if (!readable)
            call->request = NULL;
        call_refuse(&call, readable ? REASON_NOT_ALLOWED : REASON_MALFORMED_REQUEST, "");
    }
}

/* Who may do everything by the permissions of a file is nobody in particular: then each connection counts for itself,
 * by the five bytes that libzmq knows it by. */
void call_sender(const struct call *call, char out_sender[CALL_SENDER_BYTES])
{
    const struct rights *rights = call_rights(call);
    zmq_msg_t *routing = (zmq_msg_t *)(uintptr_t)&call->routing;
    uint8_t id[8] = {0};
    size_t bytes = zmq_msg_size(routing);
    memcpy(id, zmq_msg_data(routing), bytes < sizeof id ? bytes : sizeof id);
    if (rights != NULL && !rights->everything)
        snprintf(out_sender, CALL_SENDER_BYTES, "%s", rights->name);
    else
        snprintf(out_sender, CALL_SENDER_BYTES, "/%02x%02x%02x%02x%02x", id[0], id[1], id[2], id[3], id[4]);
}

static bool send_frame(void *socket, const void *data, size_t bytes, bool more)
{
    return zmq_send(socket, data, bytes, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
}

void call_answer(struct call **call, Duban__V1__Reply *reply, const struct slice *events, size_t event_count)
{
    struct call *answered = *call;
    if (answered->request != NULL)
        reply->request_id = answered->request->request_id;
    struct slice bytes = message_pack(reply, answered->arena);
    REQUIRE(bytes.data != NULL);
    void *socket = answered->door->socket;
    size_t sent = bytes.bytes;
    /* The first frame fails when the client has gone or its queue is full. The others fail only when memory is out:
     * then half a message stands in the socket, and what is sent next would be taken for its end. */
    if (zmq_msg_send(&answered->routing, socket, ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0) {
        REQUIRE(!answered->delimited || send_frame(socket, "", 0, true));
        REQUIRE(send_frame(socket, bytes.data, bytes.bytes, event_count > 0));
        for (size_t i = 0; i < event_count; i++) {
            REQUIRE(send_frame(socket, events[i].data, events[i].bytes, i + 1 < event_count));
            sent += events[i].bytes;
        }
    }
    peers_sent(answered->door->peers, answered->peer, sent);
    call_drop(call);
}

bool reason_message(const struct reason *reason, struct arena *arena, Duban__V1__Reason *out_message)
{
    char text[REASON_TEXT_BYTES];
    duban__v1__reason__init(out_message);
    out_message->code = (char *)(uintptr_t)reason_name(reason->code);
    out_message->field = arena_copy(arena, reason->field);
    out_message->text_zh = arena_copy(arena, reason_text_zh(reason, text));
    out_message->text_en = arena_copy(arena, reason_text_en(reason, text));
    return out_message->field != NULL && out_message->text_zh != NULL && out_message->text_en != NULL;
}

void call_refuse(struct call **call, enum reason_code code, const char *field)
{
    struct reason reason;
    Duban__V1__Reason message;
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    REQUIRE(reason_set(&reason, code, field, "%s", "") == RC_REFUSED);
    arena_reset((*call)->arena); /* whatever filled it; the request's id is kept below */
    char id[65] = "";
    if ((*call)->request != NULL)
        snprintf(id, sizeof id, "%s", (*call)->request->request_id);
    REQUIRE(reason_message(&reason, (*call)->arena, &message));
    (*call)->request = NULL;
    reply.request_id = id;
    reply.kind_case = DUBAN__V1__REPLY__KIND_ERROR;
    reply.error = &message;
    call_answer(call, &reply, NULL, 0);
}
