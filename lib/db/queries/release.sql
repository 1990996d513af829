-- Gives a stream back. $1 bigint stream, $2 bigint fence. One row without meaning.
SELECT duban.stream_release($1::int8::int2, $2::int8)
