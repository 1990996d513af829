"""What both models stand on: a file of events read in, days, instants and exact numbers.

A file has one event a line (see check.py). Days are counted as in datetime.date.toordinal, instants in microseconds since 1970.
"""

import datetime
import functools
import json
from fractions import Fraction

EPOCH = datetime.date(1970, 1, 1).toordinal()
SECOND = 1_000_000
DAY = 86_400 * SECOND
CHINA = 8 * 3600 * SECOND  # no summer time since 1991


@functools.lru_cache(maxsize=100_000)
def day_of(text):
    """The day of "2020-04-30"."""
    return datetime.date.fromisoformat(text).toordinal()


@functools.lru_cache(maxsize=100_000)
def day_text(day):
    return datetime.date.fromordinal(day).isoformat()


@functools.lru_cache(maxsize=10_000)
def instant_of(text):
    """The instant of "2020-04-30T01:00:00.000000Z", with or without a fraction."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    hours, minutes, seconds = whole[11:].split(":")
    time = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * SECOND
    return (day_of(whole[:10]) - EPOCH) * DAY + time + int((fraction + "000000")[:6])


def instant_text(instant):
    day, rest = divmod(instant, DAY)
    seconds, fraction = divmod(rest, SECOND)
    return f"{day_text(day + EPOCH)}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}Z"


def china_day(instant):
    """The day in China in which an instant lies."""
    return (instant + CHINA) // DAY + EPOCH


def midnight(day):
    """The instant at which a day begins in China."""
    return (day - EPOCH) * DAY - CHINA


@functools.lru_cache(maxsize=100_000)
def number(text):
    """A decimal text as an exact number; None for the empty text and for nothing."""
    return Fraction(text) if text else None


def year_of(day):
    return datetime.date.fromordinal(day).year


class Event:
    """One event: `at` is the instant received, `due` the attribute time."""

    __slots__ = ("sequence", "id", "source", "type", "at", "due", "withdraws", "data", "line")

    def __init__(self, record, line):
        self.sequence = record["sequence"]
        self.id = record["id"]
        self.source = record.get("source", "")
        self.type = record["type"].removeprefix("duban.v1.")
        self.at = instant_of(record["received"])
        self.due = instant_of(record["time"]) if record.get("time") else None
        self.withdraws = record.get("withdraws")
        self.data = record["data"]
        self.line = line


class Run:
    """All events of one run, told apart by stream and in the order of their sequences."""

    def __init__(self, lines, name):
        self.name = name
        self.updates, self.standings, self.alerts, self.digests = [], [], [], []
        self.end = None
        streams = {"IndicatorChanged": self.standings, "DeadlineAlert": self.alerts, "UnitDigest": self.digests}
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            if "end" in record:
                self.end = instant_of(record["end"])
                continue
            event = Event(record, line)
            streams.get(event.type, self.updates).append(event)
        if self.end is None:
            raise ValueError(f"{name}: no line with the end")
        for events in (self.updates, self.standings, self.alerts, self.digests):
            events.sort(key=lambda event: event.sequence)


def read_run(path):
    with open(path, encoding="utf-8") as lines:
        return Run(lines, str(path))


class Disagreement:
    """What a model and a file say differently."""

    def __init__(self, run, what, when, field, expected, found):
        self.run, self.what, self.when, self.field, self.expected, self.found = run, what, when, field, expected, found

    def __str__(self):
        return f"{self.run}: {self.what} at {self.when}: {self.field}: expected {self.expected}, found {self.found}"
