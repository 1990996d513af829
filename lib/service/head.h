/* The head of a stream as a message: what a service tells of its own, and hears of those that it follows. */
#ifndef DUBAN_SERVICE_HEAD_H
#define DUBAN_SERVICE_HEAD_H

#include "service/follower.h"

#include "duban/v1/publications.pb-c.h"

/* Fills the message; it borrows from `head` and `time`, which is null when no watermark is known. */
void head_write(const struct stream_head *head, enum stream_id stream, Google__Protobuf__Timestamp *time,
                Duban__V1__StreamHead *out_message);

/* Takes in the heads that were published, from a SUB socket; now_us is monotonic. */
void head_take(void *socket, struct follower *follower, int64_t now_us);

#endif
