"""Negative controls: the same machine, against services in which one bug was planted. It must find every one of them."""

import collections
import time

from common import SERVICES
from storm import Storm

BIGSERIAL = """
CREATE SEQUENCE duban.planted;
GRANT USAGE ON duban.planted TO duban_ingest;
CREATE FUNCTION duban.planted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := nextval('duban.planted');
    RETURN NEW;
END
$$;
CREATE TRIGGER planted BEFORE INSERT ON duban.event_updates FOR EACH ROW EXECUTE FUNCTION duban.planted();
"""
NO_UNIQUE_KEY = """
DO $$
BEGIN
    EXECUTE (SELECT format('ALTER TABLE duban.event DROP CONSTRAINT %I', conname) FROM pg_constraint
             WHERE conrelid = 'duban.event'::regclass AND contype = 'u');
END
$$;
"""
NOT_SYNCHRONOUS = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$;
"""

# `by` is the kind of finding that tells of the bug; another alone is no proof that the machine can see it.
Control = collections.namedtuple("Control", "by attacks services planted sql days_a_second", defaults=(None, "", 4))

CONTROLS = {
    "acknowledge before commit": Control("lost", ("cut", "crash"), ("ingest",), planted="ack-before-commit"),
    "sequence by bigserial": Control("gap", ("cut",), ("ingest",), sql=BIGSERIAL),
    "cursor outside the transaction": Control("indicator", ("cut",), ("metrics",), planted="cursor-outside"),
    "a dropped alert": Control("alert missed", (), (), planted="dropped-alert", days_a_second=40),
    # The unique key of the table would stop this one, slowly; it is taken away as well.
    "a skipped duplicate check": Control("duplicated", ("cut",), ("ingest",), planted="no-duplicate-check", sql=NO_UNIQUE_KEY),
    "rights not checked on Replay": Control("rights", ("cut",), ("ingest",), planted="replay-unchecked"),
    "synchronous_commit=off": Control("lost", ("power cut",), SERVICES, sql=NOT_SYNCHRONOUS),
}
ROUND_S, ROUNDS = 5, 10


def hunt(cluster, seed, name):
    """What told of the bug: (round, seconds, the first finding), or None when nothing did."""
    control, began = CONTROLS[name], time.monotonic()
    for number in range(1, ROUNDS + 1):
        storm = Storm(cluster, f"{seed}/{name}/{number}", days_a_second=control.days_a_second, quota=5000, attacks=control.attacks,
                      services=control.services, planted=control.planted, sql=control.sql)
        try:
            storm.begin()
            storm.rage(ROUND_S)
            storm.calm(patience_s=12)
            told = [text for kind, text in storm.findings() if kind == control.by]
        finally:
            storm.close()
        if told:
            return number, time.monotonic() - began, told[0]
    return None
