-- How far notify has come. One row: updates, indicators, instant.
SELECT updates, indicators, instant FROM duban.notify_cursor
