-- Renews the lease on a stream. $1 bigint stream, $2 bigint fence. One row: 1, or 0 when another has claimed the stream.
SELECT duban.stream_renew($1::int8::int2, $2::int8)::int4::int8
