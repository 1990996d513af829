-- Locks an event that was kept aside, so that nobody decides about it meanwhile. $1 bigint number. At most one row: number.
SELECT number FROM duban.quarantine WHERE number = $1::int8 FOR UPDATE
