-- How far metrics has come. One row: updates, instant.
SELECT updates, instant FROM duban.metrics_cursor
