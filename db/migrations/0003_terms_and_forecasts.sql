-- metrics: both targets, the deadline in force, forecasts, and whether a figure rests on made-up reports. Rows are derived
-- from the log; those of an older version are filled with what a row can tell, until metrics writes them again.
ALTER TABLE duban.indicator
    ADD COLUMN approved_target numeric CHECK (approved_target <> 'NaN'),
    ADD COLUMN approved_attainment numeric CHECK (approved_attainment <> 'NaN'), -- per cent
    ADD COLUMN due date,                             -- in force
    ADD COLUMN forecast_since date,                  -- null with all of the forecast when nothing can be told
    ADD COLUMN weekly_pace numeric CHECK (weekly_pace <> 'NaN'),
    ADD COLUMN forecast_reached_on date,             -- null when never
    ADD COLUMN forecast_value numeric CHECK (forecast_value <> 'NaN'), -- on the deadline
    ADD COLUMN forecast_misses boolean,
    ADD COLUMN weekly_pace_needed numeric CHECK (weekly_pace_needed <> 'NaN'),
    ADD COLUMN simulated boolean NOT NULL DEFAULT false,
    ADD CHECK ((forecast_since IS NULL) = (weekly_pace IS NULL)),
    ADD CHECK ((forecast_since IS NULL) = (forecast_value IS NULL)),
    ADD CHECK ((forecast_since IS NULL) = (forecast_misses IS NULL));
UPDATE duban.indicator SET approved_target = target, approved_attainment = attainment, due = make_date(year, 12, 31);
ALTER TABLE duban.indicator
    ALTER COLUMN approved_target SET NOT NULL,
    ALTER COLUMN due SET NOT NULL,
    ALTER COLUMN simulated DROP DEFAULT;
