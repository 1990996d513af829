-- Events of a stream in order. $1 bigint stream, $2 bigint after, $3 bigint up to, $4 text topic prefix, $5 bigint at most,
-- $6 bigint bytes: those are the last whose bodies together reach so many.
-- Rows: sequence, source, id, type, topic, received, digest, body.
SELECT sequence, source, id, type, topic, received, digest, body
FROM (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY sequence ROWS UNBOUNDED PRECEDING) - octet_length(body) AS bytes_before
    FROM duban.event
    WHERE stream = $1::int8::int2 AND sequence > $2::int8 AND sequence <= $3::int8 AND starts_with(topic, $4::text)
    ORDER BY sequence
    LIMIT $5::int8
) AS page
WHERE bytes_before < $6::int8
ORDER BY sequence
