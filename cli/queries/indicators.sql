-- Every row of indicators in words, to be compared. Rows in order of division, year, indicator: one text each.
SELECT concat_ws('|', division, year, indicator, updates_sequence, revision, unit, as_of, coalesce(trim_scale(numerator)::text, ''),
                 coalesce(trim_scale(denominator)::text, ''), coalesce(trim_scale(value)::text, ''), value_unit,
                 trim_scale(target), coalesce(trim_scale(attainment)::text, ''), trim_scale(expected), colour,
                 reached::int, coalesce(observed_on::text, ''), statistical_scope, retired::int,
                 trim_scale(approved_target), coalesce(trim_scale(approved_attainment)::text, ''), due,
                 coalesce(forecast_since::text, ''), coalesce(trim_scale(weekly_pace)::text, ''),
                 coalesce(forecast_reached_on::text, ''), coalesce(trim_scale(forecast_value)::text, ''),
                 coalesce(forecast_misses::int::text, ''), coalesce(trim_scale(weekly_pace_needed)::text, ''),
                 simulated::int)
FROM duban.indicator ORDER BY division, year, indicator
