-- Adds an event to the stream updates. $1 bigint sequence, $2 text source, $3 text id, $4 text type, $5 text topic,
-- $6 timestamptz received, $7 bytea digest, $8 bytea body. No rows.
INSERT INTO duban.event_updates (stream, sequence, source, id, type, topic, received, digest, body)
VALUES (1, $1::int8, $2::text, $3::text, $4::text, $5::text, $6::timestamptz, $7::bytea, $8::bytea)
