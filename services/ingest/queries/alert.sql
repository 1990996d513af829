-- Was there an alert with this id? $1 text id. At most one row: topic.
SELECT topic FROM duban.event WHERE stream = 3 AND source = '/duban/notify' AND id = $1::text
