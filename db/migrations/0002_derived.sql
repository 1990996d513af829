-- Derived from the log, in the same transaction as the events that say the same. May be dropped and rebuilt at any time.

-- metrics: where each commitment stands. Null where nothing is known.
CREATE TABLE duban.indicator (
    division         text COLLATE "C" NOT NULL,
    year             integer NOT NULL,
    indicator        text COLLATE "C" NOT NULL,
    changed          timestamptz NOT NULL,
    updates_sequence bigint NOT NULL,
    revision         integer NOT NULL,
    unit             text NOT NULL,
    as_of            date NOT NULL,
    numerator        numeric CHECK (numerator <> 'NaN'),
    denominator      numeric CHECK (denominator <> 'NaN'),
    value            numeric CHECK (value <> 'NaN'),
    value_unit       text NOT NULL,
    target           numeric NOT NULL CHECK (target <> 'NaN'),
    attainment       numeric CHECK (attainment <> 'NaN'), -- per cent
    expected         numeric NOT NULL CHECK (expected <> 'NaN'), -- per cent, on as_of
    colour           text NOT NULL CHECK (colour IN ('grey', 'green', 'yellow', 'red')),
    reached          boolean NOT NULL,
    observed_on      date,
    statistical_scope text NOT NULL,
    retired          boolean NOT NULL,
    PRIMARY KEY (division, year, indicator)
);
-- How far metrics has come: every update up to `updates`, every midnight up to `instant`.
CREATE TABLE duban.metrics_cursor (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    updates bigint NOT NULL,
    instant timestamptz NOT NULL
);
INSERT INTO duban.metrics_cursor (updates, instant) VALUES (0, '1970-01-01T00:00:00Z');
GRANT SELECT, INSERT, UPDATE ON duban.indicator TO duban_metrics;
GRANT SELECT, UPDATE ON duban.metrics_cursor TO duban_metrics;

-- How far notify has come.
CREATE TABLE duban.notify_cursor (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    updates    bigint NOT NULL,
    indicators bigint NOT NULL,
    instant    timestamptz NOT NULL
);
INSERT INTO duban.notify_cursor (updates, indicators, instant) VALUES (0, 0, '1970-01-01T00:00:00Z');
GRANT SELECT, UPDATE ON duban.notify_cursor TO duban_notify;
