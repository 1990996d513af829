#include "service/head.h"

#include "base/slice.h"
#include "wire/message.h"

#include <zmq.h>

void head_write(const struct stream_head *head, enum stream_id stream, Google__Protobuf__Timestamp *time,
                Duban__V1__StreamHead *out_message)
{
    duban__v1__stream_head__init(out_message);
    out_message->stream = (char *)(uintptr_t)stream_name(stream);
    out_message->incarnation = (ProtobufCBinaryData){INCARNATION_BYTES, (uint8_t *)(uintptr_t)head->incarnation};
    out_message->head = head->head;
    out_message->digest = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)(uintptr_t)head->digest.bytes};
    out_message->digest_algorithm = (char *)(uintptr_t)digest_algorithm_name(head->algorithm);
    out_message->time = time;
    out_message->build = DUBAN_VERSION;
}

static void take(struct follower *follower, int64_t now_us, struct slice body)
{
    Duban__V1__StreamHead *message = duban__v1__stream_head__unpack(NULL, body.bytes, body.data);
    if (message == NULL)
        return;
    if (message->time != NULL)
        follower_head(follower, message->head, timestamp_read(message->time), now_us);
    duban__v1__stream_head__free_unpacked(message, NULL);
}

void head_take(void *socket, struct follower *follower, int64_t now_us)
{
    zmq_msg_t topic, body;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    while (zmq_msg_recv(&topic, socket, ZMQ_DONTWAIT) >= 0) {
        bool more = zmq_msg_more(&topic);
        if (more && zmq_msg_recv(&body, socket, 0) >= 0)
            take(follower, now_us, (struct slice){zmq_msg_data(&body), zmq_msg_size(&body)});
    }
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
}
