-- Writes down how far notify has come. $1 bigint updates, $2 bigint indicators, $3 timestamptz instant. No rows.
UPDATE duban.notify_cursor SET updates = $1::int8, indicators = $2::int8, instant = $3::timestamptz
