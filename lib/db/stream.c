#include "db/stream.h"

#include <string.h>

static const char *const names[] = {
    [STREAM_UPDATES] = "updates", [STREAM_INDICATORS] = "indicators", [STREAM_ALERTS] = "alerts"};

const char *stream_name(enum stream_id stream)
{
    REQUIRE(stream >= STREAM_UPDATES && stream <= STREAM_ALERTS);
    return names[stream];
}

bool stream_find(const char *name, enum stream_id *out_stream)
{
    for (int stream = STREAM_UPDATES; stream <= STREAM_ALERTS; stream++)
        if (strcmp(names[stream], name) == 0) {
            *out_stream = (enum stream_id)stream;
            return true;
        }
    return false;
}

static struct digest read_digest(const PGresult *result, int row, int column)
{
    size_t bytes;
    const uint8_t *data = db_get_bytes(result, row, column, &bytes);
    struct digest digest;
    REQUIRE(bytes == sizeof digest.bytes);
    memcpy(digest.bytes, data, bytes);
    return digest;
}

void stream_event_read(const PGresult *result, int row, struct stream_event *out_event)
{
    *out_event = (struct stream_event){
        .sequence = (uint64_t)db_get_int8(result, row, 0),
        .source = db_get_text(result, row, 1),
        .id = db_get_text(result, row, 2),
        .type = db_get_text(result, row, 3),
        .topic = db_get_text(result, row, 4),
        .received_us = db_get_instant(result, row, 5),
        .digest = read_digest(result, row, 6),
    };
    out_event->body.data = db_get_bytes(result, row, 7, &out_event->body.bytes);
}

void stream_head_read(const PGresult *result, int row, int column, struct stream_head *out_head)
{
    out_head->head = (uint64_t)db_get_int8(result, row, column);
    out_head->digest = read_digest(result, row, column + 1);
    out_head->received_us = db_get_instant(result, row, column + 2);
    size_t bytes;
    const uint8_t *incarnation = db_get_bytes(result, row, column + 3, &bytes);
    REQUIRE(bytes == INCARNATION_BYTES);
    memcpy(out_head->incarnation, incarnation, bytes);
    REQUIRE(digest_algorithm_find(db_get_text(result, row, column + 4), &out_head->algorithm));
}
