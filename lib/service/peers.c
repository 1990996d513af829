#include "service/peers.h"

#include "base/log.h"
#include "base/map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A flood grows by what a connection carries in this time, and in a turn of the loop. */
#define CHECK_US 100000
/* What the two messages of a heartbeat may take between two checks; they are never taken in by anybody. */
#define HEARTBEAT_BYTES 16
/* Around a frame: nine bytes of ZMTP, and 33 of CURVE. */
#define FRAME_BYTES 42
#define TELL_US 1000000

struct peer {
    struct peer_id id;
    struct sockaddr_storage address;
    socklen_t address_bytes;
    char *name;              /* null while it is a stranger, empty when it has none */
    bool cut;                /* libzmq has not yet said that it is gone */
    uint64_t received, sent; /* by the connection, when it was looked at last */
    int64_t unread, unreceived;
};

struct peers {
    const char *name;
    struct peers_limits limits;
    void *socket, *monitor;
    struct peer *list; /* in the order in which they came */
    size_t count, capacity;
    size_t *places; /* by descriptor: place in the list plus one, 0 for none */
    size_t place_count;
    uint64_t serial, sent_to_all;
    int64_t next_check_us, next_tell_us;
    size_t strangers_cut; /* since that was told last */
};

struct peers *peers_watch(void *zmq, void *socket, const char *name, const struct peers_limits *limits)
{
    struct peers *peers = calloc(1, sizeof *peers);
    REQUIRE(peers != NULL);
    *peers = (struct peers){.name = name, .limits = *limits, .socket = socket, .monitor = zmq_socket(zmq, ZMQ_PAIR)};
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://peers.%s", name);
    REQUIRE(peers->monitor != NULL);
    /* Without a limit, because libzmq's own thread would wait for room. */
    int unlimited = 0;
    zmq_setsockopt(peers->monitor, ZMQ_RCVHWM, &unlimited, sizeof unlimited);
    REQUIRE(zmq_socket_monitor(socket, endpoint, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) == 0);
    REQUIRE(zmq_connect(peers->monitor, endpoint) == 0);
    return peers;
}

void peers_close(struct peers **peers)
{
    if (*peers == NULL)
        return;
    zmq_socket_monitor((*peers)->socket, NULL, 0);
    zmq_close((*peers)->monitor);
    for (size_t i = 0; i < (*peers)->count; i++)
        free((*peers)->list[i].name);
    free((*peers)->places);
    free((*peers)->list);
    free(*peers);
    *peers = NULL;
}

void *peers_socket(const struct peers *peers)
{
    return peers->monitor;
}

static struct peer *find(struct peers *peers, int descriptor)
{
    size_t at = (size_t)descriptor;
    return descriptor < 0 || at >= peers->place_count || peers->places[at] == 0 ? NULL
                                                                                : &peers->list[peers->places[at] - 1];
}

/* Writes down where everybody from this place on stands. */
static void note_places(struct peers *peers, size_t from)
{
    for (size_t i = from; i < peers->count; i++) {
        size_t at = (size_t)peers->list[i].id.descriptor;
        if (at >= peers->place_count) {
            peers->places = reallocarray(peers->places, at + 64, sizeof *peers->places);
            REQUIRE(peers->places != NULL);
            memset(peers->places + peers->place_count, 0, (at + 64 - peers->place_count) * sizeof *peers->places);
            peers->place_count = at + 64;
        }
        peers->places[at] = i + 1;
    }
}

/* Cutting. */

static const char *address_text(const struct peer *peer, char out_text[64])
{
    char host[INET6_ADDRSTRLEN] = "";
    bool v6 = peer->address.ss_family == AF_INET6;
    const struct sockaddr_in *in = (const struct sockaddr_in *)&peer->address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&peer->address;
    inet_ntop(v6 ? AF_INET6 : AF_INET, v6 ? (const void *)&in6->sin6_addr : (const void *)&in->sin_addr, host,
              sizeof host);
    snprintf(out_text, 64, v6 ? "[%s]:%u" : "%s:%u", host, ntohs(v6 ? in6->sin6_port : in->sin_port));
    return out_text;
}

/* Ends the connection; libzmq sees that as if the peer had gone. The descriptor is libzmq's, which may have closed it
 * since: then it is nobody's, or leads to somebody else. */
static void cut(struct peer *peer)
{
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    memset(&address, 0, sizeof address);
    peer->cut = true;
    if (getpeername(peer->id.descriptor, (struct sockaddr *)&address, &bytes) == 0 && bytes == peer->address_bytes &&
        memcmp(&address, &peer->address, bytes) == 0)
        shutdown(peer->id.descriptor, SHUT_RDWR);
}

static void cut_and_tell(const struct peers *peers, struct peer *peer, const char *reason, int64_t amount)
{
    char address[64];
    log_warning("PEER-CUT", "socket=%s address=%s name=\"%s\" reason=%s amount=%lld", peers->name,
                address_text(peer, address), peer->name == NULL ? "" : peer->name, reason, (long long)amount);
    cut(peer);
}

/* How many there are that are not being cut, and the oldest: strangers when name is null, those of a name, or all that
 * are known when it is empty. */
static size_t count_peers(struct peers *peers, const char *name, struct peer **out_oldest)
{
    size_t count = 0;
    for (size_t i = peers->count; i > 0; i--) {
        struct peer *peer = &peers->list[i - 1];
        bool meant =
            name == NULL ? peer->name == NULL : peer->name != NULL && (*name == '\0' || strcmp(peer->name, name) == 0);
        if (meant && !peer->cut) {
            *out_oldest = peer;
            count++;
        }
    }
    return count;
}

/* Who has a right to speak does so at once: of those that have said nothing the oldest has had its time. */
static void limit_strangers(struct peers *peers)
{
    struct peer *oldest = NULL;
    if (count_peers(peers, NULL, &oldest) <= peers->limits.strangers)
        return;
    cut(oldest);
    peers->strangers_cut++;
}

static void limit_known(struct peers *peers, struct peer *spoke)
{
    struct peer *oldest = NULL;
    size_t count;
    if (*spoke->name != '\0' && (count = count_peers(peers, spoke->name, &oldest)) > peers->limits.of_one_name)
        cut_and_tell(peers, oldest, "connections-of-one-name", (int64_t)count);
    if ((count = count_peers(peers, "", &oldest)) > peers->limits.known)
        cut_and_tell(peers, spoke, "connections", (int64_t)count);
}

/* What the monitor tells. */

static void add(struct peers *peers, int descriptor)
{
    struct peer peer = {.id = {descriptor, ++peers->serial}, .address_bytes = sizeof peer.address};
    if (getpeername(descriptor, (struct sockaddr *)&peer.address, &peer.address_bytes) != 0 ||
        (peer.address.ss_family != AF_INET && peer.address.ss_family != AF_INET6))
        return; /* gone already, or over ipc */
    peers->list = array_grow(peers->list, peers->count, &peers->capacity, sizeof *peers->list);
    peers->list[peers->count++] = peer;
    note_places(peers, peers->count - 1);
    limit_strangers(peers);
}

static void drop(struct peers *peers, int descriptor)
{
    struct peer *peer = find(peers, descriptor);
    if (peer == NULL)
        return;
    free(peer->name);
    size_t place = (size_t)(peer - peers->list);
    peers->count--;
    peers->places[descriptor] = 0;
    memmove(peer, peer + 1, (peers->count - place) * sizeof *peer);
    note_places(peers, place);
}

/* An event is a frame of a number of 16 bits and a value of 32, and a frame with the endpoint. */
static void take_events(struct peers *peers)
{
    zmq_msg_t frame, endpoint;
    zmq_msg_init(&frame);
    zmq_msg_init(&endpoint);
    while (zmq_msg_recv(&frame, peers->monitor, ZMQ_DONTWAIT) >= 0) {
        uint16_t event;
        int32_t descriptor;
        REQUIRE(zmq_msg_size(&frame) == sizeof event + sizeof descriptor && zmq_msg_more(&frame));
        memcpy(&event, zmq_msg_data(&frame), sizeof event);
        memcpy(&descriptor, (char *)zmq_msg_data(&frame) + sizeof event, sizeof descriptor);
        if (event == ZMQ_EVENT_ACCEPTED)
            add(peers, descriptor);
        else if (event == ZMQ_EVENT_DISCONNECTED)
            drop(peers, descriptor);
        zmq_msg_recv(&endpoint, peers->monitor, 0);
    }
    zmq_msg_close(&frame);
    zmq_msg_close(&endpoint);
}

/* Checking how far behind everybody is. */

static void check_received(struct peer *peer, const struct tcp_info *info)
{
    peer->unread += (int64_t)(info->tcpi_bytes_received - peer->received) - HEARTBEAT_BYTES;
    peer->received = info->tcpi_bytes_received;
    if (peer->unread < 0)
        peer->unread = 0;
}

static void check_sent(struct peer *peer, const struct tcp_info *info, int64_t sent_to_all)
{
    int waiting = 0;
    peer->unreceived += sent_to_all - (int64_t)(info->tcpi_bytes_acked - peer->sent);
    peer->sent = info->tcpi_bytes_acked;
    /* Not all that goes to all goes to everybody; but who has received everything is not behind. */
    if (peer->unreceived < 0 ||
        (peer->unreceived > 0 && ioctl(peer->id.descriptor, SIOCOUTQ, &waiting) == 0 && waiting == 0))
        peer->unreceived = 0;
}

static void check(struct peers *peers, struct peer *peer)
{
    struct tcp_info info = {0};
    socklen_t bytes = sizeof info;
    if (peer->cut || getsockopt(peer->id.descriptor, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0)
        return;
    check_received(peer, &info);
    check_sent(peer, &info, (int64_t)peers->sent_to_all);
    if (peer->unread > peers->limits.unread_bytes)
        cut_and_tell(peers, peer, "unread-bytes", peer->unread);
    else if (peer->unreceived > peers->limits.unreceived_bytes)
        cut_and_tell(peers, peer, "unreceived-bytes", peer->unreceived);
}

static void check_all(struct peers *peers)
{
    struct peer *largest = NULL;
    int64_t unread = 0;
    for (size_t i = 0; i < peers->count; i++) {
        struct peer *peer = &peers->list[i];
        check(peers, peer);
        if (peer->cut)
            continue;
        unread += peer->unread;
        if (largest == NULL || peer->unread > largest->unread)
            largest = peer;
    }
    peers->sent_to_all = 0;
    if (unread > peers->limits.unread_bytes_all)
        cut_and_tell(peers, largest, "unread-bytes-of-all", unread);
}

int64_t peers_step(struct peers *peers, int64_t now_us)
{
    take_events(peers);
    if (peers->strangers_cut > 0 && now_us >= peers->next_tell_us) {
        log_warning("PEERS-CROWD", "socket=%s cut=%zu reason=\"connected and said nothing\"", peers->name,
                    peers->strangers_cut);
        peers->strangers_cut = 0;
        peers->next_tell_us = now_us + TELL_US;
    }
    if (now_us >= peers->next_check_us) {
        check_all(peers);
        peers->next_check_us = now_us + CHECK_US;
    }
    return peers->count > 0 ? peers->next_check_us : INT64_MAX;
}

/* What the service tells. */

struct peer_id peers_took(struct peers *peers, zmq_msg_t *frame, size_t frames, size_t bytes, const char *name)
{
    int descriptor = zmq_msg_get(frame, ZMQ_SRCFD);
    struct peer *peer = find(peers, descriptor);
    if (peer == NULL && descriptor >= 0) {
        take_events(peers); /* it came after they were taken in last */
        peer = find(peers, descriptor);
    }
    if (peer == NULL)
        return (struct peer_id){-1, 0};
    struct peer_id id = peer->id;
    peer->unread -= (int64_t)(bytes + frames * FRAME_BYTES);
    if (peer->name == NULL) {
        peer->name = strdup(name == NULL ? "" : name);
        REQUIRE(peer->name != NULL);
        limit_known(peers, peer);
    }
    return id;
}

void peers_sent(struct peers *peers, struct peer_id id, size_t bytes)
{
    struct peer *peer = id.descriptor < 0 ? NULL : find(peers, id.descriptor);
    if (peer != NULL && peer->id.serial == id.serial)
        peer->unreceived += (int64_t)bytes;
}

void peers_sent_to_all(struct peers *peers, size_t bytes)
{
    peers->sent_to_all += bytes;
}
