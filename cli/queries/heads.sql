-- The heads of all streams. Rows in order of id: head, digest, received, incarnation (as 16 bytes), digest algorithm.
SELECT head, digest, received, uuid_send(incarnation), digest_algorithm FROM duban.stream ORDER BY id
