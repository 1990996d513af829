-- Events that define what reports are checked against. $1 bigint after. Rows in order, at most 500: sequence, body.
SELECT sequence, body FROM duban.event
WHERE stream = 1 AND sequence > $1::int8
  AND type NOT IN ('duban.v1.MeasurementReported', 'duban.v1.MilestoneReached', 'duban.v1.UpdateWithdrawn')
  AND type <> 'duban.v1.AlertAcknowledged'
ORDER BY sequence LIMIT 500
