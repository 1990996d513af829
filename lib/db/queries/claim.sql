-- Becomes the writer of a stream. $1 smallint stream. One row: fence, head, digest, received, incarnation (as 16 bytes).
SELECT fence, head, digest, received, uuid_send(incarnation) FROM duban.stream_claim($1::int8::int2)
