-- Becomes the writer of a stream. $1 bigint stream, $2 the last fence of this process (0: none), $3 lease and $4 patience in
-- milliseconds. One row: claimed (1, or 0 when another holds it), fence. What the stream's head is, is asked after it. No row
-- when the role is not the stream's writer.
SELECT claimed::int4::int8, fence FROM duban.stream_claim($1::int8::int2, $2::int8, $3::int8, $4::int8)
