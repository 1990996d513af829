-- Keeps an event aside. $1 text source, $2 text id, $3 bytea SHA-256 of body, $4 text code, $5 text field, $6 text detail,
-- $7 timestamptz received, $8 bytea body as submitted, $9 text sender. No rows; the same content once more changes nothing.
INSERT INTO duban.quarantine (source, id, content, code, field, detail, received, body, sender)
VALUES ($1::text, $2::text, $3::bytea, $4::text, $5::text, $6::text, $7::timestamptz, $8::bytea, $9::text)
ON CONFLICT (source, id, content) DO NOTHING
