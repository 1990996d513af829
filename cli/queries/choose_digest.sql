-- Chooses the algorithm of the digest chains. $1 text algorithm. One row: 1, or 0 when the log is not empty and has another.
SELECT duban.choose_digest($1::text)::int4::int8
