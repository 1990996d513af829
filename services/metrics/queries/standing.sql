-- Writes down where a commitment stands. $1 text division, $2 bigint year, $3 text indicator, $4 timestamptz changed,
-- $5 bigint updates_sequence, $6 bigint revision, $7 text unit, $8 text as_of, $9 text numerator, $10 text denominator,
-- $11 text value, $12 text value_unit, $13 text target, $14 text attainment, $15 text expected, $16 text colour,
-- $17 bigint reached (0 or 1), $18 text observed_on, $19 text statistical_scope, $20 bigint retired (0 or 1),
-- $21 text approved_target, $22 text approved_attainment, $23 text due, $24 text forecast_since, $25 text weekly_pace,
-- $26 text forecast_reached_on, $27 text forecast_value, $28 bigint forecast_misses (0 or 1), $29 text weekly_pace_needed,
-- $30 bigint simulated (0 or 1). No rows.
INSERT INTO duban.indicator
    (division, year, indicator, changed, updates_sequence, revision, unit, as_of, numerator, denominator, value,
     value_unit, target, attainment, expected, colour, reached, observed_on, statistical_scope, retired,
     approved_target, approved_attainment, due, forecast_since, weekly_pace, forecast_reached_on, forecast_value,
     forecast_misses, weekly_pace_needed, simulated)
VALUES ($1::text, $2::int8, $3::text, $4::timestamptz, $5::int8, $6::int8, $7::text, $8::text::date, $9::text::numeric,
        $10::text::numeric, $11::text::numeric, $12::text, $13::text::numeric, $14::text::numeric, $15::text::numeric,
        $16::text, $17::int8 <> 0, $18::text::date, $19::text, $20::int8 <> 0,
        $21::text::numeric, $22::text::numeric, $23::text::date, $24::text::date, $25::text::numeric, $26::text::date,
        $27::text::numeric, $28::int8 <> 0, $29::text::numeric, $30::int8 <> 0)
ON CONFLICT (division, year, indicator) DO UPDATE SET
    changed = excluded.changed, updates_sequence = excluded.updates_sequence, revision = excluded.revision,
    unit = excluded.unit, as_of = excluded.as_of, numerator = excluded.numerator, denominator = excluded.denominator,
    value = excluded.value, value_unit = excluded.value_unit, target = excluded.target,
    attainment = excluded.attainment, expected = excluded.expected, colour = excluded.colour,
    reached = excluded.reached, observed_on = excluded.observed_on,
    statistical_scope = excluded.statistical_scope, retired = excluded.retired,
    approved_target = excluded.approved_target, approved_attainment = excluded.approved_attainment,
    due = excluded.due, forecast_since = excluded.forecast_since, weekly_pace = excluded.weekly_pace,
    forecast_reached_on = excluded.forecast_reached_on, forecast_value = excluded.forecast_value,
    forecast_misses = excluded.forecast_misses, weekly_pace_needed = excluded.weekly_pace_needed,
    simulated = excluded.simulated
