/* The front door of a service: a ROUTER that takes requests and gives replies, as proto/README.md has them. */
#ifndef DUBAN_SERVICE_DOOR_H
#define DUBAN_SERVICE_DOOR_H

#include "service/guard.h"
#include "service/peers.h"

#include "base/arena.h"
#include "base/slice.h"
#include "domain/reason.h"
#include "duban/v1/requests.pb-c.h"

/* Most frames of one request. */
#define REQUEST_FRAMES_MAX 2
/* Largest first frame of a request: it unpacks into at most 72 times that, which leaves room for the reply. */
#define REQUEST_MAX_BYTES ((size_t)64 << 10)

struct door;

/* One request, until it is answered. */
struct call {
    const Duban__V1__Request *request; /* lives as long as the call */
    struct slice attachment;           /* the second frame, or empty */
    struct door *door;
    struct arena *arena; /* what was unpacked; 64 MiB at most */
    zmq_msg_t routing, first, second;
    struct peer_id peer;
    bool delimited; /* the client is a REQ: an empty frame goes before the reply */
};

/* Binds the endpoints. RC_AGAIN: one is taken by another process; RC_FAILED says why it cannot be done. The guard must
 * outlive the door. */
enum rc door_open(void *zmq, struct guard *guard, const char *endpoints, struct door **out_door,
                  struct err *err) MUST_CHECK;
void door_close(struct door **door);

/* The socket, to be polled for input. */
void *door_socket(const struct door *door);

/* Who is connected to it. */
struct peers *door_peers(const struct door *door);

/* Takes the next request, or null when there is none now. What cannot be read, or comes from nobody who has rights, is
 * answered with an error here, and is not handed on. The caller must answer the call. */
struct call *door_next(struct door *door);

/* Reads the first frame of a request into the arena; null when it is none, or the arena is full. */
const Duban__V1__Request *request_read(struct slice bytes, struct arena *arena);

/* The present rights of who made the request; null when they have been taken away. Valid for this turn of the loop. */
const struct rights *call_rights(const struct call *call);

/* Whose share a call counts for: that of the key's holder, over all its connections. */
#define CALL_SENDER_BYTES 65
void call_sender(const struct call *call, char out_sender[CALL_SENDER_BYTES]);

/* Answers and frees the call. request_id is filled in; `events` are sent as frames of their own. A client that has
 * gone, or does not read, loses its reply. */
void call_answer(struct call **call, Duban__V1__Reply *reply, const struct slice *events, size_t event_count);
void call_refuse(struct call **call, enum reason_code code, const char *field);

/* Frees the call without an answer, where none would be true: the client asks again after its timeout. */
void call_drop(struct call **call);

/* Fills a message Reason from a domain reason; texts go into the arena. False when it is full. */
bool reason_message(const struct reason *reason, struct arena *arena, Duban__V1__Reason *out_message) MUST_CHECK;

#endif
