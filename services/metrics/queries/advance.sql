-- Writes down how far metrics has come. $1 bigint updates, $2 timestamptz instant. No rows.
UPDATE duban.metrics_cursor SET updates = $1::int8, instant = $2::timestamptz
