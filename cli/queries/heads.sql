-- The heads of all streams. Rows in order of id: head, digest, received, incarnation (as 16 bytes).
SELECT head, digest, received, uuid_send(incarnation) FROM duban.stream ORDER BY id
