-- One event that was kept aside. $1 bigint number. At most one row, with the columns of quarantined.sql, and then: content (bytea,
-- SHA-256 of body), body.
SELECT q.number, q.received, q.source, q.id, q.sender, q.code, q.field, q.detail, q.state, q.decided,
       coalesce(q.decided_by, ''), coalesce(q.why, ''), coalesce(q.sequence, 0), coalesce(e.sequence, 0), q.content, q.body
FROM duban.quarantine AS q
LEFT JOIN duban.event AS e ON e.stream = 1 AND e.source = q.source AND e.id = q.id
WHERE q.number = $1::int8
