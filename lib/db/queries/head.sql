-- The head of a stream. $1 bigint stream. One row: head, digest, received, incarnation (as 16 bytes), digest algorithm.
SELECT head, digest, received, uuid_send(incarnation), digest_algorithm FROM duban.stream WHERE id = $1::int8::int2
