-- The migrations that were applied, in order. Rows: number, checksum (SHA-256 of the file).
SELECT number::int8, checksum FROM duban.migration ORDER BY number
