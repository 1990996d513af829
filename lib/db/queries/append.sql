-- Moves the head at the beginning of an append. $1 bigint stream, $2 fence, $3 old head, $4 new head, $5 bytea digest,
-- $6 timestamptz received. One row without meaning; SQLSTATE DB001 when another writer has claimed the stream.
SELECT duban.stream_append($1::int8::int2, $2::int8, $3::int8, $4::int8, $5::bytea, $6::timestamptz)
