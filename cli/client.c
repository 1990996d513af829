#include "cli/cli.h"

#include "base/endpoints.h"
#include "service/link.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define USUAL_TIMEOUT_MS 10000

static enum rc open_front(struct cli *cli, enum service_id service, const char *endpoint, void **out_socket,
                          struct err *err)
{
    void *socket = zmq_socket(cli->zmq, ZMQ_DEALER);
    REQUIRE(socket != NULL);
    int linger_ms = 0, retry_ms = 20;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &retry_ms, sizeof retry_ms);
    enum rc rc = link_connect(socket, &cli->settings, endpoint, service, cli->settings.key, err);
    if (rc != RC_OK)
        zmq_close(socket);
    *out_socket = socket;
    return rc;
}

static bool send_request(void *socket, const Duban__V1__Request *request, struct slice attachment, struct arena *arena)
{
    struct slice bytes = message_pack(request, arena);
    REQUIRE(bytes.data != NULL);
    return zmq_send(socket, bytes.data, bytes.bytes, attachment.bytes > 0 ? ZMQ_SNDMORE : 0) >= 0 &&
           (attachment.bytes == 0 || zmq_send(socket, attachment.data, attachment.bytes, 0) >= 0);
}

/* All frames of one message, in the arena. */
static size_t receive_frames(void *socket, struct arena *arena, struct slice *frames, size_t max)
{
    size_t count = 0;
    bool more = true;
    while (more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, 0) < 0)
            break;
        if (count < max) {
            frames[count].bytes = zmq_msg_size(&frame);
            frames[count].data = (const uint8_t *)arena_text(arena, zmq_msg_data(&frame), zmq_msg_size(&frame));
            REQUIRE(frames[count].data != NULL);
            count++;
        }
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return count;
}

/* Asks at one endpoint. */
static enum rc ask_at(struct cli *cli, enum service_id service, const char *endpoint, const Duban__V1__Request *request,
                      struct slice attachment, int timeout_ms, struct arena *arena, struct reply *out_reply,
                      struct err *err)
{
    void *socket;
    enum rc rc = open_front(cli, service, endpoint, &socket, err);
    if (rc != RC_OK)
        return rc;
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    bool answered = send_request(socket, request, attachment, arena) && zmq_poll(&item, 1, timeout_ms) > 0;
    struct slice *frames = arena_must(arena_array(arena, 1002, sizeof *frames));
    size_t count = answered ? receive_frames(socket, arena, frames, 1002) : 0;
    zmq_close(socket);
    if (count == 0)
        return err_set(err, RC_AGAIN, "%s does not answer at %s", service_name(service), endpoint);
    const Duban__V1__Reply *reply = message_unpack(&duban__v1__reply__descriptor, frames[0], arena);
    if (reply == NULL)
        return err_set(err, RC_REFUSED, "%s: the reply cannot be read", service_name(service));
    if (reply->kind_case == DUBAN__V1__REPLY__KIND_ERROR) {
        bool later =
            strcmp(reply->error->code, "UNAVAILABLE") == 0 || strcmp(reply->error->code, "TOO_MANY_WAITING") == 0;
        return err_set(err, later ? RC_AGAIN : RC_REFUSED, "%s: %s %s %s / %s", service_name(service),
                       reply->error->code, reply->error->field, reply->error->text_zh, reply->error->text_en);
    }
    *out_reply = (struct reply){reply, frames + 1, count - 1};
    return RC_OK;
}

/* Where a standby does not answer, or says that it is not ready, the next endpoint may. */
enum rc ask(struct cli *cli, enum service_id service, Duban__V1__Request *request, struct slice attachment,
            int timeout_ms, struct arena *arena, struct reply *out_reply, struct err *err)
{
    const char *endpoints = cli->settings.front[service];
    char endpoint[SETTING_BYTES];
    enum rc rc = RC_AGAIN;
    request->request_id = (char *)(uintptr_t) "duban";
    while (rc == RC_AGAIN && endpoints_next(&endpoints, endpoint))
        rc = ask_at(cli, service, endpoint, request, attachment, timeout_ms, arena, out_reply, err);
    return rc;
}

int ask_or_fail(struct cli *cli, enum service_id service, Duban__V1__Request *request, struct reply *out_reply)
{
    struct err err;
    enum rc rc = ask(cli, service, request, (struct slice){NULL, 0}, USUAL_TIMEOUT_MS, cli->arena, out_reply, &err);
    if (rc == RC_OK)
        return EXIT_DONE;
    return fail(rc == RC_AGAIN ? EXIT_UNREACHABLE : EXIT_USAGE, "%s", err.text);
}
