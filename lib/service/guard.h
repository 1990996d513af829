/* Who is let in, and with which rights: answers what libzmq asks about each new connection (ZAP,
 * https://rfc.zeromq.org/spec/27/), and says of each message whose it is. A connection over tcp is known by its CURVE
 * key, whose certificate must stand in the folder of rights; over ipc, where the permissions of the socket's file have
 * let it in, by the user who runs it. */
#ifndef DUBAN_SERVICE_GUARD_H
#define DUBAN_SERVICE_GUARD_H

#include "domain/rights.h"

#include "base/settings.h"

#include <zmq.h>

struct guard;

/* Must be opened before the first socket of the context is bound: without it libzmq lets every key in. RC_REFUSED when
 * the service's own certificate cannot be used; only needed when an endpoint of the service is tcp. */
enum rc guard_open(void *zmq, const struct settings *settings, enum service_id service, struct guard **out_guard,
                   struct err *err) MUST_CHECK;
void guard_close(struct guard **guard);

/* Binds a socket to endpoints that are separated by spaces, each with the protection that is due. RC_AGAIN says which
 * one is taken by another process, RC_FAILED which cannot be bound. */
enum rc guard_bind(struct guard *guard, void *socket, const char *endpoints, struct err *err) MUST_CHECK;

/* Binds the first of the endpoints. RC_AGAIN when it is still taken; *endpoints has moved past it otherwise. */
enum rc guard_bind_next(struct guard *guard, void *socket, const char **endpoints, struct err *err) MUST_CHECK;

/* The socket to be polled for input, and what answers it. */
void *guard_socket(const struct guard *guard);
void guard_answer(struct guard *guard, int64_t now_us);

/* Looks whether the folder of rights has changed, a few times a second; now_us is monotonic. True when a key that was
 * known has other rights now, or none. */
bool guard_refresh(struct guard *guard, int64_t now_us) MUST_CHECK;

/* The rights of whoever sent this frame, or null for nobody. Not of a routing id's frame, which does not tell. Valid
 * until the next guard_refresh. */
const struct rights *guard_rights(const struct guard *guard, zmq_msg_t *frame);

#endif
