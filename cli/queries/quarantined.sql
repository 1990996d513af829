-- What was kept aside. $1 bigint 1: also what is settled, $2 text code or '', $3 text source or '', $4 bigint at most.
-- Rows in order: number, received, source, id, sender, code, field, detail, state, decided, decided_by, why, sequence (0 when
-- there is none), since (sequence of the event that the log has under this source and id, or 0).
SELECT q.number, q.received, q.source, q.id, q.sender, q.code, q.field, q.detail, q.state, q.decided,
       coalesce(q.decided_by, ''), coalesce(q.why, ''), coalesce(q.sequence, 0), coalesce(e.sequence, 0)
FROM duban.quarantine AS q
LEFT JOIN duban.event AS e ON e.stream = 1 AND e.source = q.source AND e.id = q.id
WHERE ($1::int8 = 1 OR (q.state = 'waiting' AND e.sequence IS NULL))
  AND ($2::text = '' OR q.code = $2::text) AND ($3::text = '' OR q.source = $3::text)
ORDER BY q.number
LIMIT $4::int8
