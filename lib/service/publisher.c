#include "service/publisher.h"

#include "service/limits.h"

#include "base/endpoints.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define TOPIC_MAX_BYTES 255
#define RETRY_US 2000

struct publisher {
    void *socket;
    struct guard *guard;
    struct peers *peers;
    char tcp_endpoints[SETTING_BYTES];
    const char *unbound; /* those of them that are not bound at present */
};

enum rc publisher_open(void *zmq, struct guard *guard, const char *endpoints, struct publisher **out_publisher,
                       struct err *err)
{
    struct publisher *publisher = calloc(1, sizeof *publisher);
    REQUIRE(publisher != NULL);
    *publisher = (struct publisher){.socket = zmq_socket(zmq, ZMQ_XPUB), .guard = guard, .unbound = ""};
    endpoints_select(endpoints, "tcp://", publisher->tcp_endpoints);
    REQUIRE(publisher->socket != NULL);
    limits_publisher(publisher->socket);
    struct peers_limits limits = limits_of_peers();
    publisher->peers = peers_watch(zmq, publisher->socket, "publisher", &limits);
    enum rc rc = guard_bind(guard, publisher->socket, endpoints, err);
    if (rc != RC_OK)
        publisher_close(&publisher);
    *out_publisher = publisher;
    return rc;
}

void publisher_close(struct publisher **publisher)
{
    if (*publisher == NULL)
        return;
    peers_close(&(*publisher)->peers);
    zmq_close((*publisher)->socket);
    free(*publisher);
    *publisher = NULL;
}

void *publisher_socket(const struct publisher *publisher)
{
    return publisher->socket;
}

struct peers *publisher_peers(const struct publisher *publisher)
{
    return publisher->peers;
}

/* Subscribes the peer that spoke last to what its rights have of the prefix: all of it, or the topics below it. Both
 * are undone in the same way. */
static void apply(const struct publisher *publisher, const struct rights *rights, int option, const char *prefix)
{
    if (rights_may_read(rights, "%s", prefix)) {
        zmq_setsockopt(publisher->socket, option, prefix, strlen(prefix));
        return;
    }
    for (size_t i = 0; i < rights->topics.count; i++)
        if (strncmp(rights->topics.list[i], prefix, strlen(prefix)) == 0)
            zmq_setsockopt(publisher->socket, option, rights->topics.list[i], strlen(rights->topics.list[i]));
    if (strncmp("head.", prefix, strlen(prefix)) == 0)
        zmq_setsockopt(publisher->socket, option, "head.", strlen("head."));
    if (option == ZMQ_SUBSCRIBE && !rights_may_read_some(rights, prefix))
        log_warning("SUBSCRIPTION-REFUSED", "name=%s prefix=\"%s\"", rights->name, prefix);
}

void publisher_subscriptions(struct publisher *publisher)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, publisher->socket, ZMQ_DONTWAIT) >= 0) {
        const struct rights *rights = guard_rights(publisher->guard, &frame);
        const char *data = zmq_msg_data(&frame);
        size_t bytes = zmq_msg_size(&frame);
        if (rights != NULL)
            peers_took(publisher->peers, &frame, 1, bytes, rights->everything ? NULL : rights->name);
        char prefix[TOPIC_MAX_BYTES + 1] = "";
        /* When a peer goes, what it had subscribed to is reported without a user: libzmq itself has seen to that. */
        if (rights == NULL || bytes < 1 || bytes - 1 > TOPIC_MAX_BYTES || memchr(data + 1, '\0', bytes - 1) != NULL)
            continue;
        memcpy(prefix, data + 1, bytes - 1);
        if (*data == 1 || *data == 0)
            apply(publisher, rights, *data == 1 ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, prefix);
    }
    zmq_msg_close(&frame);
}

void publisher_renew(struct publisher *publisher)
{
    const char *rest = publisher->tcp_endpoints;
    char endpoint[SETTING_BYTES];
    while (endpoints_next(&rest, endpoint))
        zmq_unbind(publisher->socket, endpoint);
    publisher->unbound = publisher->tcp_endpoints;
}

int64_t publisher_step(struct publisher *publisher, int64_t now_us)
{
    struct err err;
    while (*publisher->unbound != '\0') {
        /* libzmq gives an address up in its own time. */
        enum rc rc = guard_bind_next(publisher->guard, publisher->socket, &publisher->unbound, &err);
        if (rc == RC_AGAIN)
            return now_us + RETRY_US;
        if (rc != RC_OK)
            log_error("ENDPOINT", "reason=\"%s\"", err.text);
    }
    return INT64_MAX;
}

void publisher_send(struct publisher *publisher, const char *topic, struct slice body)
{
    peers_sent_to_all(publisher->peers, strlen(topic) + body.bytes);
    /* The body can only fail when memory is out: then the topic stands in the socket, and the next one would be taken
     * for its body. */
    if (zmq_send(publisher->socket, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        REQUIRE(zmq_send(publisher->socket, body.data, body.bytes, ZMQ_DONTWAIT) >= 0);
}
