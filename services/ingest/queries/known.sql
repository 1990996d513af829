-- Is there an update under this identity? $1 text source, $2 text id. At most one row: sequence, digest, type, topic, body.
SELECT sequence, digest, type, topic, body FROM duban.event WHERE stream = 1 AND source = $1::text AND id = $2::text
