-- The indicator model: sections 1 to 4 of docs/domain.md, in SQL.
--
-- In:  pg_temp.line (run, body): updates as they stand in a file; pg_temp.point (run, pid, division, year, commitment, as_of,
--      sequence, red_before): a commitment seen from a day and a sequence, and whether it was red before in that calendar year.
-- Out: pg_temp.result, one row for each point whose commitment is then in the plan.
-- The setting model.variant names a deliberate mistake, or is empty.
--
-- All quantities stay quotients of exact numerics until they are written; half_even writes them. Where the page can be read
-- in two ways the reading taken is marked READING.

CREATE FUNCTION pg_temp.half_even(n numeric, d numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
-- n ÷ d, d > 0, rounded half to even at 9 decimals.
DECLARE
  q numeric;
  r numeric;
BEGIN
  IF n IS NULL OR d IS NULL THEN RETURN NULL; END IF;
  q := div(n * 1000000000, d); -- towards zero
  r := 2 * abs(n * 1000000000 - q * d);
  IF r > d OR (r = d AND q % 2 <> 0) THEN q := q + sign(n); END IF;
  RETURN q * 0.000000001;
END $$;

CREATE FUNCTION pg_temp.is_variant(name text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT current_setting('model.variant') = name $$;

CREATE FUNCTION pg_temp.power(unit text) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE left(unit, 1) WHEN '万' THEN 4 WHEN '亿' THEN 8 ELSE 0 END $$;

-- The updates, by kind.

CREATE TEMP TABLE happened ON COMMIT DROP AS
SELECT run, (body->>'sequence')::bigint AS sequence, body->>'id' AS id, body->>'source' AS source,
  substr(body->>'type', 10) AS type, ((body->>'received')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS day,
  (body->>'withdraws')::bigint AS withdraws, body->'data' AS data
FROM line;

CREATE TEMP TABLE taken_back ON COMMIT DROP AS
SELECT run, withdraws AS sequence, min(sequence) AS by
FROM happened WHERE type = 'UpdateWithdrawn' AND NOT (SELECT pg_temp.is_variant('withdrawn-counts'))
GROUP BY run, withdraws;

CREATE TEMP TABLE revision ON COMMIT DROP AS
SELECT run, data->'plan'->>'division' AS division, (data->'plan'->>'year')::int AS year,
  (data->'plan'->>'revision')::int AS revision, sequence,
  coalesce(lead(sequence) OVER (PARTITION BY run, data->'plan'->>'division', data->'plan'->>'year' ORDER BY sequence),
    9223372036854775807) AS until,
  row_number() OVER (PARTITION BY run, data->'plan'->>'division', data->'plan'->>'year' ORDER BY sequence) AS nth,
  data->'plan' AS plan
FROM happened WHERE type = 'PlanPublished';

-- A commitment as one revision has it, and since which revision its target and its deadline stand.
CREATE TEMP TABLE promise ON COMMIT DROP AS
WITH plain AS (
  SELECT row_number() OVER () AS promise, r.run, r.division, r.year, r.revision, r.sequence, r.until, r.nth,
    c->>'id' AS commitment, c->>'unit' AS unit, i->>'unit' AS value_unit, i->>'rule' AS rule,
    coalesce(nullif(i->>'factor', ''), '1')::numeric AS factor, coalesce(nullif(i->>'offset', ''), '0')::numeric AS shift,
    i->>'group' AS grp, i->>'milestone' AS milestone, i->'numerator' AS above, i->'denominator' AS below,
    CASE WHEN (SELECT pg_temp.is_variant('ceiling-as-floor')) AND c->>'hold' = 'HOLD_ALL_YEAR'
      THEN replace(c->>'comparison', 'AT_MOST', 'AT_LEAST') ELSE c->>'comparison' END AS comparison,
    (c->>'target')::numeric AS target, nullif(c->>'baseline', '')::numeric AS baseline,
    c->>'hold' = 'HOLD_BY_DEADLINE' AS goal, (c->>'start')::date AS start, (c->>'due')::date AS due, c->'curve' AS curve,
    (r.plan->'rules'->>'yellow_points')::numeric AS yellow, (r.plan->'rules'->>'red_points')::numeric AS red,
    coalesce(nullif((r.plan->'rules'->>'pace_reports')::int, 0), 3) AS pace_reports
  FROM revision r, jsonb_array_elements(r.plan->'commitments') c, LATERAL (SELECT c->'indicator' AS i) i
), before AS (
  SELECT *, lag(nth) OVER w IS DISTINCT FROM nth - 1 AS fresh, lag(target) OVER w AS target_before, lag(due) OVER w AS due_before
  FROM plain WINDOW w AS (PARTITION BY run, division, year, commitment ORDER BY sequence)
)
SELECT *, comparison IN ('COMPARISON_AT_LEAST', 'COMPARISON_MORE_THAN') AS raise,
  max(sequence) FILTER (WHERE fresh OR target <> target_before) OVER w AS target_since,
  max(sequence) FILTER (WHERE fresh OR due <> due_before) OVER w AS due_since
FROM before WINDOW w AS (PARTITION BY run, division, year, commitment ORDER BY sequence);
CREATE INDEX ON promise (run, division, year, commitment, sequence);

CREATE TEMP TABLE curve ON COMMIT DROP AS
SELECT promise, day, percent, lag(day, 1, start - 1) OVER w AS day_before, lag(percent, 1, 0) OVER w AS percent_before
FROM (SELECT promise, start, n, (p->>'day')::date AS day, (p->>'percent')::numeric AS percent
  FROM promise, jsonb_array_elements(curve) WITH ORDINALITY AS points (p, n)) points
WINDOW w AS (PARTITION BY promise ORDER BY n);

CREATE TEMP TABLE measure ON COMMIT DROP AS
SELECT DISTINCT ON (run, division, measure) run, division, m->>'id' AS measure, m->>'unit' AS unit,
  substr(m->>'kind', 14) AS kind
FROM revision, jsonb_array_elements(plan->'measures') m, LATERAL (SELECT m->>'id' AS measure) named
ORDER BY run, division, measure, sequence DESC;

CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT p.promise, s.side, name AS measure, m.kind
FROM promise p, LATERAL (VALUES ('n', p.above), ('d', p.below)) AS s (side, names), jsonb_array_elements_text(s.names) name
  JOIN measure m ON m.measure = name
WHERE m.run = p.run AND m.division = p.division;

-- until: taken back by then. replaced: another report about the same was received later.
CREATE TEMP TABLE report ON COMMIT DROP AS
SELECT h.run, h.data->>'division' AS division, h.data->>'measure' AS measure, h.data->>'project' AS project,
  h.data->>'statistical_scope' AS scope, (h.data->>'observed_on')::date AS day, h.sequence,
  coalesce(t.by, 9223372036854775807) AS until, h.source LIKE '/simulated/%' AS simulated,
  (h.data->>'value')::numeric * ('1e' || pg_temp.power(h.data->>'unit') - pg_temp.power(m.unit))::numeric AS value,
  lead(h.sequence) OVER (PARTITION BY h.run, h.data->>'division', h.data->>'measure', h.data->>'project',
    h.data->>'statistical_scope', h.data->>'observed_on' ORDER BY h.sequence) IS NOT NULL AS replaced
FROM happened h JOIN measure m ON m.run = h.run AND m.division = h.data->>'division' AND m.measure = h.data->>'measure'
  LEFT JOIN taken_back t ON t.run = h.run AND t.sequence = h.sequence
WHERE h.type = 'MeasurementReported'
  AND NOT ((SELECT pg_temp.is_variant('late-report-dropped'))
    AND date_trunc('month', h.day) > date_trunc('month', (h.data->>'observed_on')::date));
CREATE INDEX ON report (run, division, measure, day);

-- Projects, groups and milestones. READING: a project that a revision leaves out of its list stays registered.
CREATE TEMP TABLE registration ON COMMIT DROP AS
SELECT run, division, project, sequence, groups,
  coalesce(lead(sequence) OVER (PARTITION BY run, division, project ORDER BY sequence), 9223372036854775807) AS until
FROM (
  SELECT run, data->>'division' AS division, data->'project'->>'id' AS project, sequence, data->'project'->'groups' AS groups
  FROM happened WHERE type = 'ProjectRegistered'
  UNION ALL
  SELECT run, division, p->>'id', sequence, p->'groups' FROM revision, jsonb_array_elements(plan->'projects') p
) every;

CREATE TEMP TABLE in_group ON COMMIT DROP AS
SELECT r.run, r.division, grp, r.project, r.sequence, r.until, coalesce(c.sequence, 9223372036854775807) AS cancelled
FROM registration r
  LEFT JOIN happened c ON c.type = 'ProjectCancelled' AND c.run = r.run AND c.data->>'division' = r.division
    AND c.data->>'project' = r.project,
  LATERAL (SELECT DISTINCT grp FROM jsonb_array_elements_text(r.groups) grp) g;

CREATE TEMP TABLE milestone ON COMMIT DROP AS
SELECT r.run, r.division, r.year, r.revision, g->>'id' AS grp, m->>'id' AS milestone, n AS nth
FROM revision r, jsonb_array_elements(r.plan->'groups') g, jsonb_array_elements(g->'milestones') WITH ORDINALITY AS ms (m, n);

CREATE TEMP TABLE scope_count ON COMMIT DROP AS
SELECT r.run, r.division, r.year, r.revision, g->>'id' AS grp, (g->>'scope_count')::numeric AS projects
FROM revision r, jsonb_array_elements(r.plan->'groups') g;

CREATE TEMP TABLE attained ON COMMIT DROP AS
SELECT h.run, h.data->>'division' AS division, h.data->>'project' AS project, h.data->>'milestone' AS milestone,
  (h.data->>'reached_on')::date AS day, h.sequence, coalesce(t.by, 9223372036854775807) AS until,
  h.source LIKE '/simulated/%' AS simulated
FROM happened h LEFT JOIN taken_back t ON t.run = h.run AND t.sequence = h.sequence
WHERE h.type = 'MilestoneReached'
  AND NOT ((SELECT pg_temp.is_variant('late-report-dropped'))
    AND date_trunc('month', h.day) > date_trunc('month', (h.data->>'reached_on')::date));

-- Changes beside the plan.

CREATE TEMP TABLE adjustment ON COMMIT DROP AS
SELECT run, sequence, data->>'division' AS division, (data->>'year')::int AS year, data->>'commitment' AS commitment,
  (data->>'target')::numeric AS target, (data->>'decided_on')::date AS day
FROM happened WHERE type = 'TargetAdjusted' AND NOT (SELECT pg_temp.is_variant('adjusted-target-ignored'));
CREATE INDEX ON adjustment (run, division, year, commitment);

CREATE TEMP TABLE extension ON COMMIT DROP AS
SELECT d.run, d.sequence, d.day, r.data->>'division' AS division, (r.data->>'year')::int AS year,
  r.data->>'commitment' AS commitment, (r.data->>'due')::date AS due
FROM happened d JOIN happened r ON r.type = 'ExtensionRequested' AND r.run = d.run AND r.source = d.data->>'request_source'
  AND r.id = d.data->>'request_id'
WHERE d.type = 'ExtensionDecided' AND (d.data->>'granted')::boolean;
CREATE INDEX ON extension (run, division, year, commitment);

ANALYZE point; ANALYZE promise; ANALYZE member; ANALYZE report; ANALYZE in_group; ANALYZE attained; ANALYZE milestone;

-- A point together with the promise it looks at, and the terms in force there. Round 1 are the points asked for, round 2 the
-- earlier days that forecasts compare with.

CREATE TEMP TABLE wanted (round int, fid bigint, promise bigint, as_of date, sequence bigint, terms_day date) ON COMMIT DROP;
CREATE TEMP TABLE seen (round int, fid bigint, promise bigint, run int, division text, as_of date, sequence bigint, target numeric,
  due date, extended boolean, increments_from date, increments_to date, totals_from date, totals_to date) ON COMMIT DROP;

CREATE FUNCTION pg_temp.look(a_round int) RETURNS void LANGUAGE sql AS $$
INSERT INTO seen
SELECT w.round, w.fid, w.promise, p.run, p.division, w.as_of, w.sequence, coalesce(a.target, p.target), t.due,
  e.due IS NOT NULL,
  CASE WHEN w.as_of < p.start THEN date_trunc('year', w.as_of)::date ELSE p.start END,
  CASE WHEN p.goal AND p.raise THEN (date_trunc('year', t.due) + interval '1 year')::date - 1 ELSE t.due END,
  y.first, least((y.first + interval '1 year')::date - 1, w.as_of)
FROM wanted w JOIN promise p USING (promise)
  LEFT JOIN LATERAL (
    SELECT a.target FROM adjustment a
    WHERE a.run = p.run AND a.division = p.division AND a.year = p.year AND a.commitment = p.commitment
      AND a.sequence > p.target_since AND a.sequence <= w.sequence AND a.day <= w.terms_day
    ORDER BY a.day DESC, a.sequence DESC LIMIT 1) a ON true
  LEFT JOIN LATERAL (
    SELECT e.due FROM extension e
    WHERE e.run = p.run AND e.division = p.division AND e.year = p.year AND e.commitment = p.commitment
      AND e.sequence > p.due_since AND e.sequence <= w.sequence AND e.day <= w.terms_day
    ORDER BY e.sequence DESC LIMIT 1) e ON true,
  LATERAL (SELECT coalesce(e.due, p.due) AS due) t,
  LATERAL (SELECT date_trunc('year', least(w.as_of, t.due))::date AS first) y
WHERE w.round = a_round
$$;

-- The figures of a round.

CREATE TEMP TABLE counted (round int, fid bigint, side text, measure text, kind text, project text, scope text, day date,
  sequence bigint, value numeric, simulated boolean) ON COMMIT DROP;
CREATE TEMP TABLE counted_milestone (round int, fid bigint, project text, nth bigint, day date, simulated boolean) ON COMMIT DROP;
CREATE TEMP TABLE figure (round int, fid bigint, numerator numeric, denominator numeric, observed_on date, scope text,
  simulated boolean) ON COMMIT DROP;

CREATE FUNCTION pg_temp.figure(a_round int) RETURNS void LANGUAGE sql AS $$
-- Reports that count, one for each measure, project, scope and day. READING: those of cancelled projects too, as only counts
-- and shares speak of projects.
INSERT INTO counted
SELECT s.round, s.fid, m.side, m.measure, m.kind, r.project, r.scope, r.day, r.sequence, r.value, r.simulated
FROM seen s JOIN member m USING (promise) JOIN report r ON r.run = s.run AND r.division = s.division AND r.measure = m.measure
WHERE s.round = a_round AND r.day <= s.as_of AND r.sequence <= s.sequence AND r.until > s.sequence
  AND CASE m.kind WHEN 'INCREMENT' THEN r.day BETWEEN s.increments_from AND s.increments_to
    WHEN 'CUMULATIVE' THEN r.day BETWEEN s.totals_from AND s.totals_to ELSE true END
  AND NOT (r.replaced AND EXISTS (
    SELECT FROM report o WHERE o.run = r.run AND o.division = r.division AND o.measure = r.measure AND o.project = r.project
      AND o.scope = r.scope AND o.day = r.day AND o.sequence > r.sequence AND o.sequence <= s.sequence
      AND o.until > s.sequence));

WITH scoped AS (
  -- The scope of the newest report above the line is the figure's.
  SELECT *, first_value(scope) OVER (PARTITION BY fid ORDER BY side DESC, day DESC, sequence DESC) AS wanted,
    bool_or(side = 'n') OVER (PARTITION BY fid) AS above
  FROM counted WHERE round = a_round
), ranked AS (
  SELECT *, rank() OVER (PARTITION BY fid, side, measure, project ORDER BY day DESC) AS nth
  FROM scoped WHERE scope = wanted AND above
), picked AS (
  SELECT * FROM ranked WHERE kind = 'INCREMENT' OR nth = 1
), base AS (
  SELECT p.fid, p.measure, p.project, b.value, b.simulated
  FROM picked p JOIN seen s ON s.round = a_round AND s.fid = p.fid JOIN promise c USING (promise),
    LATERAL (SELECT r.value, r.simulated FROM report r
      WHERE c.rule = 'RULE_GROWTH' AND r.run = s.run AND r.division = s.division AND r.measure = p.measure
        AND r.project = p.project AND r.scope = p.scope AND r.day = (p.day - interval '1 year')::date
        AND r.sequence <= s.sequence AND r.until > s.sequence
      ORDER BY r.sequence DESC LIMIT 1) b
), sums AS (
  SELECT fid, sum(value) FILTER (WHERE side = 'n') AS above, sum(value) FILTER (WHERE side = 'd') AS below,
    count(DISTINCT (side, measure)) AS members, count(*) AS reports, max(day) AS observed_on, min(scope) AS scope,
    bool_or(simulated) AS simulated
  FROM picked GROUP BY fid
), bases AS (
  SELECT fid, sum(value) AS below, count(*) AS reports, bool_or(simulated) AS simulated FROM base GROUP BY fid
)
INSERT INTO figure
SELECT a_round, s.fid, x.above, d.below, x.observed_on, x.scope, x.simulated OR coalesce(b.simulated, false)
FROM seen s JOIN promise c USING (promise) JOIN sums x USING (fid) LEFT JOIN bases b USING (fid),
  LATERAL (SELECT CASE c.rule WHEN 'RULE_GROWTH' THEN b.below WHEN 'RULE_RATIO' THEN x.below ELSE 1 END AS below) d
WHERE s.round = a_round AND d.below > 0
  AND x.members = jsonb_array_length(c.above) + jsonb_array_length(c.below)
  -- READING: growth is unknown as soon as one of its reports has no base.
  AND (c.rule <> 'RULE_GROWTH' OR b.reports = x.reports);

-- A deliberate mistake: the mean of the days' ratios in the place of the ratio.
WITH days AS (
  SELECT c.fid, c.day, sum(c.value) FILTER (WHERE side = 'n') / nullif(sum(c.value) FILTER (WHERE side = 'd'), 0) AS ratio
  FROM counted c JOIN figure f ON f.round = a_round AND f.fid = c.fid AND f.scope = c.scope
  WHERE c.round = a_round AND pg_temp.is_variant('ratio-averaged') GROUP BY c.fid, c.day
), means AS (
  SELECT fid, avg(ratio) AS mean FROM days WHERE ratio IS NOT NULL GROUP BY fid
)
UPDATE figure f SET numerator = m.mean, denominator = 1
FROM means m, seen s JOIN promise c USING (promise)
WHERE f.round = a_round AND m.fid = f.fid AND s.round = a_round AND s.fid = f.fid AND c.rule = 'RULE_RATIO';

-- For counts: the last received report of each milestone of the group by each of its projects.
INSERT INTO counted_milestone
SELECT a_round, fid, project, nth, day, simulated FROM (
  SELECT DISTINCT ON (s.fid, g.project, m.nth) s.fid, s.as_of, g.project, m.nth, a.day, a.simulated
  FROM seen s JOIN promise c USING (promise)
    JOIN in_group g ON g.run = c.run AND g.division = c.division AND g.grp = c.grp
    JOIN attained a ON a.run = g.run AND a.division = g.division AND a.project = g.project
    JOIN milestone m ON m.run = c.run AND m.division = c.division AND m.year = c.year AND m.revision = c.revision
      AND m.grp = c.grp AND m.milestone = a.milestone
  WHERE s.round = a_round AND c.rule IN ('RULE_COUNT', 'RULE_SHARE')
    AND g.sequence <= s.sequence AND g.until > s.sequence AND g.cancelled > s.sequence
    AND a.sequence <= s.sequence AND a.until > s.sequence
  ORDER BY s.fid, g.project, m.nth, a.sequence DESC) last
WHERE day <= as_of; -- reached from its day on

WITH reached AS (
  SELECT s.fid, count(DISTINCT x.project) FILTER (WHERE x.nth >= m.nth) AS projects, max(x.day) AS observed_on,
    bool_or(x.simulated) AS simulated
  FROM seen s JOIN promise c USING (promise) JOIN counted_milestone x ON x.round = a_round AND x.fid = s.fid
    JOIN milestone m ON m.run = c.run AND m.division = c.division AND m.year = c.year AND m.revision = c.revision
      AND m.grp = c.grp AND m.milestone = c.milestone
  WHERE s.round = a_round GROUP BY s.fid
)
INSERT INTO figure
SELECT a_round, s.fid, r.projects, d.below, r.observed_on, '', r.simulated
FROM seen s JOIN promise c USING (promise) JOIN reached r USING (fid)
  LEFT JOIN scope_count n ON n.run = c.run AND n.division = c.division AND n.year = c.year AND n.revision = c.revision
    AND n.grp = c.grp,
  LATERAL (SELECT CASE WHEN c.rule = 'RULE_COUNT' THEN 1 WHEN n.projects > 0 THEN n.projects ELSE (
    SELECT count(*) FROM in_group g WHERE g.run = c.run AND g.division = c.division AND g.grp = c.grp
      AND g.sequence <= s.sequence AND g.until > s.sequence AND g.cancelled > s.sequence) END AS below) d
WHERE s.round = a_round AND d.below > 0;
$$;

INSERT INTO wanted
SELECT 1, w.pid, p.promise, w.as_of, w.sequence, w.as_of
FROM point w JOIN promise p USING (run, division, year, commitment)
WHERE p.sequence <= w.sequence AND p.until > w.sequence;
ANALYZE wanted;
SELECT pg_temp.look(1);
ANALYZE seen;
SELECT pg_temp.figure(1);
ANALYZE counted; ANALYZE counted_milestone; ANALYZE figure;

-- Comparison, attainment and expected progress; quotients as a numerator and a denominator above 0.

CREATE TEMP TABLE standing ON COMMIT DROP AS
SELECT s.fid, s.promise, s.as_of, s.sequence, s.target, s.due, s.extended, c.target AS approved_target, c.raise, c.comparison,
  c.goal, c.baseline, c.start, c.rule, c.shift, c.pace_reports, c.yellow, c.red,
  f.numerator, f.denominator, f.observed_on, f.scope, coalesce(f.simulated, false) AS simulated,
  f.fid IS NOT NULL AS known, v.n AS value_n, f.denominator AS value_d,
  coalesce(r.reached, false) AS reached, a.n AS attained_n, a.d AS attained_d, b.n AS approved_n, b.d AS approved_d,
  x.n AS expected_n, x.d AS expected_d
FROM seen s JOIN promise c USING (promise) LEFT JOIN figure f ON f.round = 1 AND f.fid = s.fid,
  LATERAL (SELECT c.factor * f.numerator + c.shift * f.denominator AS n) v,
  LATERAL (SELECT c.factor * f.numerator AS l, (s.target - c.shift) * f.denominator AS r,
    (c.target - c.shift) * f.denominator AS approved_r) k,
  LATERAL (SELECT CASE c.comparison WHEN 'COMPARISON_AT_LEAST' THEN k.l >= k.r WHEN 'COMPARISON_MORE_THAN' THEN k.l > k.r
      WHEN 'COMPARISON_AT_MOST' THEN k.l <= k.r ELSE k.l < k.r END AS reached,
    CASE c.comparison WHEN 'COMPARISON_AT_LEAST' THEN k.l >= k.approved_r WHEN 'COMPARISON_MORE_THAN' THEN k.l > k.approved_r
      WHEN 'COMPARISON_AT_MOST' THEN k.l <= k.approved_r ELSE k.l < k.approved_r END AS approved_reached) r,
  LATERAL (SELECT pg_temp.half_even(v.n, f.denominator) AS value) w, -- as it is published
  LATERAL (SELECT 100 * CASE
      WHEN c.raise AND s.target > coalesce(c.baseline, 0) THEN w.value - coalesce(c.baseline, 0)
      WHEN NOT c.raise AND c.baseline > s.target THEN c.baseline - w.value
      WHEN NOT c.raise AND NOT r.reached AND s.target > 0 THEN s.target
      ELSE r.reached::int END AS n,
    CASE
      WHEN c.raise AND s.target > coalesce(c.baseline, 0) THEN s.target - coalesce(c.baseline, 0)
      WHEN NOT c.raise AND c.baseline > s.target THEN c.baseline - s.target
      WHEN NOT c.raise AND NOT r.reached AND s.target > 0 THEN w.value
      ELSE 1 END AS d) a,
  LATERAL (SELECT 100 * CASE
      WHEN c.raise AND c.target > coalesce(c.baseline, 0) THEN w.value - coalesce(c.baseline, 0)
      WHEN NOT c.raise AND c.baseline > c.target THEN c.baseline - w.value
      WHEN NOT c.raise AND NOT r.approved_reached AND c.target > 0 THEN c.target
      ELSE r.approved_reached::int END AS n,
    CASE
      WHEN c.raise AND c.target > coalesce(c.baseline, 0) THEN c.target - coalesce(c.baseline, 0)
      WHEN NOT c.raise AND c.baseline > c.target THEN c.baseline - c.target
      WHEN NOT c.raise AND NOT r.approved_reached AND c.target > 0 THEN w.value
      ELSE 1 END AS d) b,
  LATERAL (SELECT s.extended OR jsonb_array_length(c.curve) = 0 AS straight, s.as_of - (c.start - 1) AS gone) l
  LEFT JOIN LATERAL (
    SELECT u.* FROM curve u WHERE u.promise = s.promise AND NOT l.straight AND s.as_of <= u.day AND u.day > u.day_before
    ORDER BY u.day LIMIT 1) u ON true,
  LATERAL (SELECT CASE
      WHEN l.gone <= 0 THEN 0
      WHEN NOT c.goal THEN 100
      WHEN l.straight THEN 100 * least(l.gone, s.due - (c.start - 1))
      WHEN u.day IS NULL THEN (SELECT max(percent) FROM curve o WHERE o.promise = s.promise)
      ELSE u.percent_before * (u.day - u.day_before) + (u.percent - u.percent_before) * (s.as_of - u.day_before) END AS n,
    CASE WHEN l.gone <= 0 OR NOT c.goal THEN 1 WHEN l.straight THEN s.due - (c.start - 1) WHEN u.day IS NULL THEN 1
      ELSE u.day - u.day_before END AS d) x
WHERE s.round = 1;

-- Forecasts.

CREATE TEMP TABLE outlook ON COMMIT DROP AS
SELECT fid, promise, as_of, sequence, target, due, comparison, raise, baseline, start, rule, shift, pace_reports, scope,
  observed_on, value_n, value_d
FROM standing WHERE goal AND known AND NOT reached AND as_of <= due;

CREATE TEMP TABLE since ON COMMIT DROP AS
WITH days AS (
  SELECT DISTINCT o.fid, c.day FROM outlook o JOIN counted c ON c.round = 1 AND c.fid = o.fid AND c.scope = o.scope
  UNION
  SELECT o.fid, c.day FROM outlook o JOIN counted_milestone c ON c.round = 1 AND c.fid = o.fid
), ranked AS (
  SELECT fid, day, row_number() OVER (PARTITION BY fid ORDER BY day DESC) - 1 AS back FROM days
), pace AS (
  SELECT o.fid, max(r.day) FILTER (WHERE r.back = o.pace_reports) AS day, min(r.day) AS oldest, max(r.day) AS newest
  FROM outlook o JOIN ranked r USING (fid) GROUP BY o.fid
)
SELECT o.fid, p.newest, z.a_day, z.a_value, z.a_value IS NULL AS report
FROM outlook o JOIN pace p USING (fid),
  LATERAL (SELECT o.rule = 'RULE_LATEST'
    AND NOT EXISTS (SELECT FROM member m WHERE m.promise = o.promise AND m.kind <> 'CUMULATIVE') AS totals) t,
  LATERAL (SELECT CASE
      WHEN p.day IS NOT NULL THEN p.day
      WHEN o.baseline IS NOT NULL OR o.rule IN ('RULE_SUM', 'RULE_COUNT', 'RULE_SHARE') THEN o.start - 1
      WHEN t.totals THEN date_trunc('year', p.newest)::date - 1
      ELSE p.oldest END AS a_day,
    CASE
      WHEN p.day IS NOT NULL THEN NULL
      WHEN o.baseline IS NOT NULL THEN o.baseline
      WHEN o.rule IN ('RULE_SUM', 'RULE_COUNT', 'RULE_SHARE') OR t.totals THEN o.shift END AS a_value) z
WHERE z.a_day < p.newest;

INSERT INTO wanted
SELECT 2, row_number() OVER (), promise, day, sequence, as_of
FROM (SELECT DISTINCT o.promise, s.a_day AS day, o.sequence, o.as_of FROM since s JOIN outlook o USING (fid) WHERE s.report) days;
ANALYZE wanted;
SELECT pg_temp.look(2);
SELECT pg_temp.figure(2);
ANALYZE seen; ANALYZE figure; ANALYZE since; ANALYZE outlook;

CREATE TEMP TABLE forecast ON COMMIT DROP AS
WITH past AS (
  SELECT w.promise, w.as_of, w.sequence, w.terms_day, f.scope,
    pg_temp.half_even(c.factor * f.numerator + c.shift * f.denominator, f.denominator) AS value
  FROM wanted w JOIN promise c USING (promise) JOIN figure f ON f.round = 2 AND f.fid = w.fid WHERE w.round = 2
), pair AS (
  SELECT o.*, s.a_day AS a, s.newest AS b, CASE WHEN s.report THEN pa.value ELSE s.a_value END AS va,
    pg_temp.half_even(o.value_n, o.value_d) AS vb
  FROM outlook o JOIN since s USING (fid)
    LEFT JOIN past pa ON pa.promise = o.promise AND pa.as_of = s.a_day AND pa.sequence = o.sequence
      AND pa.terms_day = o.as_of AND pa.scope = o.scope
), line AS (
  -- The value after n days is vb + n × rise ÷ run.
  SELECT p.*, vb - va AS rise, b - a AS run, target - vb AS gap FROM pair p WHERE va IS NOT NULL AND vb IS NOT NULL
), days AS (
  SELECT l.*, CASE
      WHEN CASE comparison WHEN 'COMPARISON_AT_LEAST' THEN gap <= 0 WHEN 'COMPARISON_MORE_THAN' THEN gap < 0
        WHEN 'COMPARISON_AT_MOST' THEN gap >= 0 ELSE gap > 0 END THEN 0
      WHEN CASE WHEN raise THEN rise <= 0 ELSE rise >= 0 END THEN NULL
      WHEN comparison IN ('COMPARISON_AT_LEAST', 'COMPARISON_AT_MOST') -- gap × run ÷ rise, above 0, upwards
        THEN div(abs(gap) * run, abs(rise)) + ((abs(gap) * run) % abs(rise) <> 0)::int
      ELSE div(abs(gap) * run, abs(rise)) + 1 END AS n
  FROM line l
)
SELECT fid, pg_temp.half_even(7 * rise, run) AS weekly_pace, r.day AS reached_on,
  pg_temp.half_even(vb * run + rise * (due - b), run) AS value_at_deadline,
  r.day IS NULL OR r.day > due AS misses,
  CASE WHEN due > as_of THEN pg_temp.half_even(7 * gap, due - as_of) END AS weekly_pace_needed, a AS since
FROM days, LATERAL (SELECT CASE WHEN n <= date '2099-12-31' - b THEN b + n::int END AS day) r;

-- Colour, and everything as it is written.

CREATE TEMP TABLE result ON COMMIT DROP AS
SELECT s.fid AS pid, c.revision, c.unit, c.value_unit, s.numerator, s.denominator,
  pg_temp.half_even(s.value_n, s.value_d) AS value, s.target, s.approved_target,
  CASE WHEN s.known THEN pg_temp.half_even(s.attained_n, s.attained_d) END AS attainment,
  CASE WHEN s.known THEN pg_temp.half_even(s.approved_n, s.approved_d) END AS approved_attainment,
  pg_temp.half_even(s.expected_n, s.expected_d) AS expected, k.colour, s.reached, s.observed_on,
  coalesce(s.scope, '') AS statistical_scope, s.due, s.simulated,
  f.weekly_pace, f.reached_on, f.value_at_deadline, f.misses, f.weekly_pace_needed, f.since
FROM standing s JOIN promise c USING (promise) JOIN point p ON p.pid = s.fid LEFT JOIN forecast f USING (fid),
  LATERAL (SELECT pg_temp.half_even(s.attained_n, s.attained_d) AS attained,
    pg_temp.half_even(s.expected_n, s.expected_d) AS expected) x,
  LATERAL (SELECT CASE
    WHEN NOT s.known THEN 'GREY'
    WHEN NOT s.reached AND (s.as_of > s.due OR NOT s.goal AND s.as_of BETWEEN s.start AND s.due
      OR x.attained < x.expected - s.red) THEN 'RED'
    WHEN NOT s.reached AND x.attained <= x.expected - s.yellow THEN 'YELLOW'
    WHEN p.red_before AND NOT (SELECT pg_temp.is_variant('red-forgotten')) THEN 'YELLOW'
    ELSE 'GREEN' END AS colour) k;
