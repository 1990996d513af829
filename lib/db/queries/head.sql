-- The head of a stream. $1 bigint stream. One row: head, digest, received, incarnation (as 16 bytes).
SELECT head, digest, received, uuid_send(incarnation) FROM duban.stream WHERE id = $1::int8::int2
