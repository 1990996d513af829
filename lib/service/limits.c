#include "service/limits.h"

#include <sys/resource.h>

struct option {
    int option, value;
};

static void set(void *socket, const struct option *options, size_t count, int64_t frame_bytes)
{
    for (size_t i = 0; i < count; i++)
        zmq_setsockopt(socket, options[i].option, &options[i].value, sizeof options[i].value);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_bytes, sizeof frame_bytes);
}

/* The same for both; the defaults of ZeroMQ wait for ever, or not at all. */
#define USUAL                                                                                                          \
    {ZMQ_LINGER, 1000}, {ZMQ_BACKLOG, 1024}, {ZMQ_HANDSHAKE_IVL, 3000}, {ZMQ_HEARTBEAT_IVL, 10000},                    \
    {                                                                                                                  \
        ZMQ_HEARTBEAT_TIMEOUT, 30000                                                                                   \
    }

/* Of requests so many wait for one client before its connection is not read any more. More would be faster only for
 * more than 300,000 requests a second. Replies may wait for everything that a client may have waiting in ingest. */
void limits_front(void *socket)
{
    static const struct option options[] = {USUAL, {ZMQ_RCVHWM, 64}, {ZMQ_SNDHWM, 4096}, {ZMQ_ROUTER_MANDATORY, 1}};
    set(socket, options, sizeof options / sizeof *options, FRONT_FRAME_MAX_BYTES);
}

/* A publication is kept once for all subscribers, and takes 128 bytes more for each that it waits for. So many are two
 * of ingest's largest transactions. */
void limits_publisher(void *socket)
{
    static const struct option options[] = {USUAL, {ZMQ_SNDHWM, 10000}, {ZMQ_RCVHWM, 1000}, {ZMQ_XPUB_MANUAL, 1}};
    set(socket, options, sizeof options / sizeof *options, PUBLISHER_FRAME_MAX_BYTES);
}

static size_t at_most(size_t wanted, size_t most)
{
    return wanted < most ? wanted : most;
}

/* Two sockets have peers; a quarter of the descriptors is left for the database, and for who comes before it is seen
 * that there are too many. */
struct peers_limits limits_of_peers(void)
{
    struct rlimit limit = {.rlim_cur = 1024};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return (struct peers_limits){
        .strangers = at_most(1024, limit.rlim_cur / 8),
        .known = at_most(4096, limit.rlim_cur / 4),
        .of_one_name = at_most(256, limit.rlim_cur / 16),
        .unread_bytes = (int64_t)32 << 20,
        .unread_bytes_all = (int64_t)256 << 20,
        .unreceived_bytes = (int64_t)64 << 20,
    };
}

void limits_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}
