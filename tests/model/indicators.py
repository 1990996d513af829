"""The indicator model: what indicators.sql computes, compared with the standings that were published."""

import pathlib
from decimal import Decimal

from database import psql
from records import Disagreement, china_day, day_of, day_text, instant_text, midnight

SQL = pathlib.Path(__file__).with_name("indicators.sql").read_text(encoding="utf-8")

VARIANTS = ("ceiling-as-floor", "late-report-dropped", "withdrawn-counts", "red-forgotten", "ratio-averaged",
            "adjusted-target-ignored")

NEEDED = {"PlanPublished", "ProjectRegistered", "MeasurementReported", "MilestoneReached", "ProjectCancelled", "UpdateWithdrawn",
          "TargetAdjusted", "ExtensionRequested", "ExtensionDecided"}

COLUMNS = ("pid", "revision", "unit", "value_unit", "numerator", "denominator", "value", "target", "approved_target", "attainment",
           "approved_attainment", "expected", "colour", "reached", "observed_on", "statistical_scope", "due", "simulated",
           "weekly_pace", "reached_on", "value_at_deadline", "misses", "weekly_pace_needed", "since")
NUMBERS = {"numerator", "denominator", "value", "target", "approved_target", "attainment", "approved_attainment", "expected",
           "weekly_pace", "value_at_deadline", "weekly_pace_needed"}
FORECAST = COLUMNS[18:]
UNPUBLISHED = {"expected", "weekly_pace_needed"}  # their change alone is not published


class Point:
    """A commitment seen from a day and a sequence."""

    __slots__ = ("run", "division", "year", "commitment", "as_of", "sequence", "red_before", "at", "standing", "grid")

    def __init__(self, run, key, as_of, sequence, red_before, at, standing, grid):
        self.run, (self.division, self.year, self.commitment) = run, key
        self.as_of, self.sequence, self.red_before = as_of, sequence, red_before
        self.at, self.standing, self.grid = at, standing, grid

    def key(self):
        return (self.run, self.division, self.year, self.commitment, self.as_of, self.sequence, self.red_before)

    def what(self):
        return f"{self.division}/{self.year}/{self.commitment}" + (" (last standing)" if self.grid else "")

    def when(self):
        return f"{instant_text(self.at)} (as of {self.as_of}, sequence {self.sequence})"


def escape(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")


def read_row(line):
    """One line of the result as a dictionary; numbers exact, nothing for null."""
    row = {}
    for name, cell in zip(COLUMNS, line.split("\t")):
        if cell == "\\N":
            row[name] = None
        elif name in NUMBERS:
            row[name] = Decimal(cell)
        elif name in ("reached", "misses", "simulated"):
            row[name] = cell == "t"
        elif name in ("pid", "revision"):
            row[name] = int(cell)
        else:
            row[name] = cell.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\")
    return row


def compute(runs, keys, conninfo, variant=None):
    """The rows of the model for keys as of Point.key, the run being an index into runs; a key that is in no plan has none."""
    keys = list(keys)
    script = ["BEGIN;", "SET LOCAL client_min_messages = warning;", "SET LOCAL jit = off;", "SET LOCAL work_mem = '64MB';",
              "SET LOCAL max_parallel_workers_per_gather = 0;", "SET LOCAL enable_nestloop = off;", "SET LOCAL client_encoding = 'UTF8';",
              "SET LOCAL DateStyle = 'ISO';", "\\o /dev/null", f"SET LOCAL model.variant = '{variant or ''}';",
              "CREATE TEMP TABLE line (run int, body jsonb) ON COMMIT DROP;",
              "CREATE TEMP TABLE point (pid bigint, run int, division text, year int, commitment text, as_of date, "
              "sequence bigint, red_before boolean) ON COMMIT DROP;",
              "COPY line FROM STDIN;"]
    for i, run in enumerate(runs):
        script += [f"{i}\t{escape(event.line.strip())}" for event in run.updates if event.type in NEEDED]
    script += ["\\.", "COPY point FROM STDIN;"]
    script += [f"{i}\t{run}\t{division}\t{year}\t{commitment}\t{as_of}\t{sequence}\t{'t' if red else 'f'}"
               for i, (run, division, year, commitment, as_of, sequence, red) in enumerate(keys)]
    script += ["\\.", SQL, "\\o", f"COPY (SELECT {', '.join(COLUMNS)} FROM result) TO STDOUT;", "\\o /dev/null", "ROLLBACK;", ""]
    rows = {}
    for line in psql(conninfo, "\n".join(script)).split("\n"):
        if line:
            row = read_row(line)
            rows[keys[row["pid"]]] = row
    return rows


class Memory:
    """The years in which each commitment was red: a day was when the standing in force when its midnight has passed, or any on
    it, is. What updates of that very instant publish comes after the midnight."""

    def __init__(self, run):
        self.received = {update.sequence: update.at for update in run.updates}
        self.red = set()
        self.last = {}  # key: (year, whether it is red)

    def of_midnight(self, at, as_of, sequence):
        """Whether the new year's midnight itself has published a standing of this instant."""
        return at == midnight(day_of(as_of[:4] + "-01-01")) and self.received.get(sequence) != at

    def before(self, key, as_of, at, sequence):
        year, red = self.last.get(key, (as_of[:4], False))
        lasts = red and year < as_of[:4] and not self.of_midnight(at, as_of, sequence)
        return lasts or (key, as_of[:4]) in self.red

    def publish(self, key, data, at):
        year = data["as_of"][:4]
        before, red = self.last.get(key, (year, False))
        if red:
            ended = self.of_midnight(at, data["as_of"], data["updates_sequence"])
            self.red.update((key, str(y)) for y in range(int(before) + 1, int(year) + (not ended)))
        self.last[key] = (year, data["colour"] == "COLOUR_RED" and not data["retired"])
        if data["colour"] == "COLOUR_RED":
            self.red.add((key, year))


def key_of(data):
    return data["division"], data["year"], data["indicator"]


def grid(run):
    """Each midnight of the 1st, 11th and 21st from the first update on, and the end."""
    if run.updates:
        for day in range(china_day(run.updates[0].at) + 1, china_day(run.end) + 1):
            if day_text(day)[8:] in ("01", "11", "21") and midnight(day) < run.end:
                yield midnight(day)
    yield run.end


def points_of(run, number):
    """(a) every standing at its own as_of and sequence; (b) at each instant of the grid what each commitment's last one says."""
    points, memory, last = [], Memory(run), {}
    standings = [*run.standings, None]
    updates = iter([*run.updates, None])
    update, sequence, plans = next(updates), 0, {}
    at = 0
    for instant in grid(run):
        while standings[at] is not None and standings[at].at <= instant:
            event = standings[at]
            key, data = key_of(event.data), event.data
            red = memory.before(key, data["as_of"], event.at, data["updates_sequence"])
            points.append(Point(number, key, data["as_of"], data["updates_sequence"], red, event.at, event, False))
            memory.publish(key, data, event.at)
            last[key] = event
            at += 1
        while update is not None and update.at <= instant:
            sequence = update.sequence
            if update.type == "PlanPublished":
                plan = update.data["plan"]
                plans[plan["division"], plan["year"]] = [c["id"] for c in plan["commitments"]]
            update = next(updates)
        as_of = day_text(china_day(instant))
        keys = dict.fromkeys((*plan, commitment) for plan, names in plans.items() for commitment in names)
        keys.update(dict.fromkeys(last))
        points += [Point(number, key, as_of, sequence, memory.before(key, as_of, instant, sequence), instant, last.get(key), True) for key in keys]
    # What was published after the end is looked at all the same.
    for event in standings[at:-1]:
        key, data = key_of(event.data), event.data
        red = memory.before(key, data["as_of"], event.at, data["updates_sequence"])
        points.append(Point(number, key, data["as_of"], data["updates_sequence"], red, event.at, event, False))
        memory.publish(key, data, event.at)
    return points


def read_standing(data):
    """A published standing in the form of a row of the model."""
    row = {name: data.get(name) for name in COLUMNS[1:18]}
    forecast = data["forecast"] or {}
    row.update((name, forecast.get(name)) for name in FORECAST)
    for name in NUMBERS:
        row[name] = Decimal(row[name]) if row[name] else None
    for name in ("observed_on", "reached_on", "since"):
        row[name] = row[name] or None
    row["colour"] = data["colour"].removeprefix("COLOUR_")
    return row


def plain(value):
    return "nothing" if value is None or value == "" else f"{value:f}" if isinstance(value, Decimal) else str(value)


def differences(expected, found, without=()):
    return [(name, expected[name], found[name]) for name in COLUMNS[1:] if name not in without and expected[name] != found[name]]


def compare_points(run, points, rows):
    out = []

    def disagree(point, field, expected, found):
        out.append((point.at, Disagreement(run.name, point.what(), point.when(), field, plain(expected), plain(found))))

    before = {}
    for point in points:
        row = rows.get(point.key())
        key = (point.division, point.year, point.commitment)
        if point.standing is None:
            if row is not None:
                disagree(point, "standing", row["colour"], None)
            continue
        data = point.standing.data
        earlier = before.get(key)
        if data["retired"] or row is None:
            if bool(data["retired"]) != (row is None):
                disagree(point, "retired", row is None, data["retired"])
            elif not point.grid and earlier is not None:
                # "The value is its last." READING: which revision and unit it names is left open.
                for difference in differences(read_standing(earlier), read_standing(data),
                                              UNPUBLISHED | {"revision", "unit", "value_unit"}):
                    disagree(point, *difference)
        else:
            found = read_standing(data)
            for difference in differences(row, found, UNPUBLISHED if point.grid else ()):
                disagree(point, *difference)
            if not point.grid and earlier is not None and not earlier["retired"] and \
                    not differences(read_standing(earlier), found, UNPUBLISHED):
                disagree(point, "publication", "none, as nothing had changed", "published")
        if not point.grid:
            before[key] = data
    out.sort(key=lambda entry: entry[0])
    return [entry[1] for entry in out]


def compare(runs, conninfo, variant=None):
    """All disagreements between the model and the standings of some runs, by run."""
    points = [points_of(run, i) for i, run in enumerate(runs)]
    rows = compute(runs, dict.fromkeys(point.key() for some in points for point in some), conninfo, variant)
    return [compare_points(run, some, rows) for run, some in zip(runs, points)]
