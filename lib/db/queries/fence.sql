-- The fence of a stream, by which a writer knows whether it still is the writer. $1 bigint stream. One row: fence.
SELECT fence FROM duban.stream WHERE id = $1::int8::int2
