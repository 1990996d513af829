/* Who is connected to a socket over TCP, and how far behind each is. libzmq bounds messages, not peers: it takes in the
 * frames of a message that never ends, accepts whoever connects, and counts what waits for a slow reader in messages.
 * So the connections themselves are watched, by the descriptors that libzmq's monitor tells, and those that overstep
 * are cut. Who comes over ipc was let in by the permissions of a file, and is not watched. */
#ifndef DUBAN_SERVICE_PEERS_H
#define DUBAN_SERVICE_PEERS_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

struct peers;

struct peers_limits {
    size_t strangers;         /* connections that have said nothing yet; the oldest is cut for a new one */
    size_t known;             /* and that have said something, of all and of one name */
    size_t of_one_name;       /* the oldest is cut for a new one */
    int64_t unread_bytes;     /* sent by one peer and not taken in, such as the beginning of a message; it is cut */
    int64_t unread_bytes_all; /* by all together; that with the most is cut */
    int64_t unreceived_bytes; /* sent to one peer and not received; it is cut */
};

/* Watches a socket; before it is bound. `name` is for the log. Ends the process when there is no memory. */
struct peers *peers_watch(void *zmq, void *socket, const char *name, const struct peers_limits *limits);

/* Before the socket is closed. */
void peers_close(struct peers **peers);

/* The socket to be polled for input, and what takes it in and cuts. now_us is monotonic. Returns the monotonic instant
 * at which it wants to be called again. */
void *peers_socket(const struct peers *peers);
int64_t peers_step(struct peers *peers, int64_t now_us);

/* A connection; none when it is not watched. */
struct peer_id {
    int descriptor;
    uint64_t serial;
};

/* A message has been taken in, of so many frames and bytes; `frame` is one of them, and its connection one of `name`,
 * null when connections of that kind count for themselves. */
struct peer_id peers_took(struct peers *peers, zmq_msg_t *frame, size_t frames, size_t bytes, const char *name);

/* So many bytes have been sent to a connection, or to all of them. */
void peers_sent(struct peers *peers, struct peer_id id, size_t bytes);
void peers_sent_to_all(struct peers *peers, size_t bytes);

#endif
