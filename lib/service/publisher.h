/* Where a service publishes: an XPUB that gives each subscriber the topics that its rights allow, and no others. */
#ifndef DUBAN_SERVICE_PUBLISHER_H
#define DUBAN_SERVICE_PUBLISHER_H

#include "service/guard.h"
#include "service/peers.h"

#include "base/slice.h"

struct publisher;

/* Binds the endpoints. RC_AGAIN: one is taken by another process; RC_FAILED says why it cannot be done. The guard and
 * the endpoints must outlive the publisher.
 */
enum rc publisher_open(void *zmq, struct guard *guard, const char *endpoints, struct publisher **out_publisher,
                       struct err *err) MUST_CHECK;
void publisher_close(struct publisher **publisher);

/* The socket to be polled for input: subscriptions, and what takes them in. */
void *publisher_socket(const struct publisher *publisher);
void publisher_subscriptions(struct publisher *publisher);

/* Who is connected to it. */
struct peers *publisher_peers(const struct publisher *publisher);

/* Rights were taken away: ends the connections over tcp, so that subscriptions are made and checked anew. What is
 * published meanwhile is missed there, as after every lost connection. */
void publisher_renew(struct publisher *publisher);

/* Goes on with that. Returns the monotonic instant at which it wants to be called again; INT64_MAX when it is done. */
int64_t publisher_step(struct publisher *publisher, int64_t now_us);

/* Publishes two frames, without waiting: a subscriber whose queue is full misses them, and reads the log. */
void publisher_send(struct publisher *publisher, const char *topic, struct slice body);

#endif
