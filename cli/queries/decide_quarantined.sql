-- Decides about an event that waits. $1 bigint number, $2 text state, $3 text by, $4 text why, $5 bigint sequence (0: none). No
-- rows; the row must be locked and waiting.
UPDATE duban.quarantine
SET state = $2::text, decided = clock_timestamp(), decided_by = $3::text, why = $4::text, sequence = nullif($5::int8, 0)
WHERE number = $1::int8
