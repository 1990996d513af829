-- The ids of all alerts that were ever stored. No parameters. Rows in order of id: id.
SELECT id FROM duban.event WHERE stream = 3 ORDER BY id
