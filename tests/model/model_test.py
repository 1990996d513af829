#!/usr/bin/python3
"""Tests of the models themselves, on small inputs whose answers were worked out by hand from docs/domain.md."""

import json
import unittest

import alerts
import indicators
from database import Cluster, psql
from records import Run, SECOND, day_of, day_text, instant_of, instant_text, midnight
from working_days import NOTICES, Calendar

D = "410102"
MORNING = 9 * 3600 * SECOND
_cluster = None


def conninfo():
    global _cluster
    _cluster = _cluster or Cluster()
    return _cluster.conninfo


def at(text):
    """The instant of "2020-03-01 10:00" in China."""
    day, _, time = text.partition(" ")
    hours, minutes = (time or "00:00").split(":")
    return midnight(day_of(day)) + (int(hours) * 60 + int(minutes)) * 60 * SECOND


def indicator(rule, unit, above=(), below=(), group="", milestone="", factor="1", offset="0"):
    return {"rule": "RULE_" + rule, "unit": unit, "numerator": list(above), "denominator": list(below), "group": group,
            "milestone": milestone, "factor": factor, "offset": offset}


def commitment(id, unit, computed, comparison, target, due, baseline="", start="2020-01-01", hold="BY_DEADLINE", curve=()):
    return {"id": id, "theme": "theme", "name_zh": id, "name_en": id, "unit": unit, "cooperating_units": [],
            "indicator": computed, "comparison": "COMPARISON_" + comparison, "target": target, "baseline": baseline,
            "hold": "HOLD_" + hold, "start": start, "due": due,
            "curve": [{"day": day, "percent": percent} for day, percent in curve]}


def line_of(sequence, id, source, type, at, due, data, withdraws=None):
    record = {"sequence": sequence, "id": id, "source": source, "type": "duban.v1." + type, "time": instant_text(due),
              "received": instant_text(at)}
    if withdraws is not None:
        record["withdraws"] = withdraws
    return json.dumps(record | {"data": data}, ensure_ascii=False)


class Story:
    """Updates and standings written by hand."""

    def __init__(self):
        self.lines, self.sequence, self.standings = [], 0, 0

    def add(self, when, type, data, id=None, source="/s", withdraws=None):
        self.sequence += 1
        self.lines.append(line_of(self.sequence, id or f"u{self.sequence}", source, type, at(when), at(when),
                                  {"division": D} | data if type != "PlanPublished" else data, withdraws))
        return self.sequence

    def plan(self, when, commitments, revision=1, measures=(), groups=(), projects=(), **rules):
        units = ["a-office", "b-office", "supervision"]
        self.add(when, "PlanPublished", {"plan": {
            "division": D, "year": 2020, "revision": revision, "name_zh": "x", "name_en": "x", "supervising_unit": "supervision",
            "rules": {"lead_days": [], "overdue_every_days": 7, "alert_minute": 540, "yellow_points": "10", "red_points": "30",
                      "lead_working_days": [], "escalate_after_working_days": 0, "pace_reports": 0} | rules,
            "units": [{"id": u} for u in units],
            "measures": [{"id": m, "unit": unit, "kind": "MEASURE_KIND_" + kind, "reporting_days": days}
                         for m, kind, unit, days in measures],
            "groups": [{"id": g, "scope_count": n, "milestones": [{"id": m} for m in ms]} for g, n, ms in groups],
            "commitments": commitments, "projects": list(projects)}})

    def measured(self, when, measure, value, day, unit="个", project="", scope="", **more):
        return self.add(when, "MeasurementReported", {"measure": measure, "project": project, "value": value, "unit": unit,
                                                      "observed_on": day, "statistical_scope": scope, "evidence": ""}, **more)

    def standing(self, when, id="c", value="", reached=False, colour="GREY", misses=None, observed_on=""):
        self.standings += 1
        data = {"division": D, "year": 2020, "indicator": id, "value": value, "reached": reached, "colour": "COLOUR_" + colour,
                "forecast": None if misses is None else {"misses": misses}, "observed_on": observed_on or (when[:10] if value else ""), "retired": False,
                "updates_sequence": self.sequence, "as_of": when[:10]}
        self.lines.append(line_of(self.standings, f"s{self.standings}", "/duban/metrics", "IndicatorChanged", at(when), at(when), data))

    def run(self, end):
        return Run([*self.lines, json.dumps({"end": instant_text(at(end))})], "story")

    def alerts(self, end, variant=None):
        """[(day, phase, occurrence, version, recipient)] up to the end."""
        model = alerts.AlertModel(self.run(end), variant).compute()
        return [(day_text((a.at + 8 * 3600 * SECOND) // (86400 * SECOND) + 719163), a.phase, a.occurrence, a.version, a.recipient)
                for a in model.alerts.values()], model

    def look(self, *points, end="2021-06-01"):
        """Rows of the indicator model for (commitment, as_of[, sequence[, red before]])."""
        run = self.run(end)
        keys = [(0, D, 2020, p[0], p[1], p[2] if len(p) > 2 else self.sequence, p[3] if len(p) > 3 else False) for p in points]
        rows = indicators.compute([run], keys, conninfo())
        return [rows.get(key) for key in keys]


def goal(id="c", target="100", due="2020-12-31", unit="a-office", **more):
    return commitment(id, unit, indicator("SUM", "个", ["m"]), "AT_LEAST", target, due, **more)


M = [("m", "INCREMENT", "个", 0)]


class CalendarTest(unittest.TestCase):
    def test_notices(self):
        for _, year, _, worked in NOTICES:
            for day in worked:
                self.assertGreaterEqual((day_of(f"{year}-{day}") - 1) % 7, 5, f"{year}-{day} is no weekend")
        calendar, late = Calendar(), day_of("2027-01-01")
        # Working days of each year, as employers count them; 2020 has two less by the lengthened holiday.
        for year, days in ((2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)):
            first, after = day_of(f"{year}-01-01"), day_of(f"{year + 1}-01-01")
            self.assertEqual(sum(calendar.works(day, late) for day in range(first, after)), days, year)

    def test_leads_and_escalation(self):
        calendar = Calendar()
        # The 5 days before Saturday, the 9th of May 2020 (worked): 8, 7, 6 of May, 30 and 29 of April.
        self.assertEqual(day_text(calendar.lead_morning(day_of("2020-05-09"), 5)), "2020-04-29")
        # Before the 5th of February 2020: by the old notice 4, 3, 1 of February and 31 of January; by the new one the 3rd and 23rd
        # of January, which lies in the past when that becomes known.
        self.assertEqual(day_text(calendar.lead_morning(day_of("2020-02-05"), 3)), "2020-01-27")
        self.assertEqual(day_text(calendar.lead_morning(day_of("2020-02-05"), 2)), "2020-02-03")
        self.assertIsNone(calendar.lead_morning(day_of("2020-01-03"), 5))  # reaches into 2019, of which nothing is known
        self.assertEqual(day_text(calendar.escalation_morning(day_of("2020-04-30"), 3)), "2020-05-08")
        self.assertEqual(day_text(calendar.escalation_morning(day_of("2020-01-23"), 1)), "2020-02-03")
        self.assertIsNone(calendar.escalation_morning(day_of("2026-12-30"), 5))


class AlertTest(unittest.TestCase):
    def test_calendar(self):
        story = Story()
        story.plan("2020-04-25 10:00", [goal(due="2020-04-30")], measures=M, lead_days=[7, 2], escalate_after_working_days=3)
        found, model = story.alerts("2020-05-16")
        self.assertEqual(found, [
            ("2020-04-28", "upcoming", 2, 1, "a-office"), ("2020-04-30", "due", 0, 1, "a-office"),
            ("2020-05-01", "overdue", 1, 1, "a-office"), ("2020-05-08", "overdue", 8, 1, "a-office"),
            ("2020-05-08", "overdue", 8, 1, "supervision"), ("2020-05-15", "overdue", 15, 1, "a-office"),
            ("2020-05-15", "overdue", 15, 1, "supervision")])
        # proto/README.md: the form of an id.
        self.assertIn(alerts.id_of(D, 2020, "c", 1, "overdue", 8, "supervision"), model.alerts)
        first = next(iter(model.digests.values()))
        self.assertEqual((day_text(first.day), first.unit, first.asked, first.reminded), ("2020-04-28", "a-office", 1, 0))
        last = list(model.digests.values())[-2]
        self.assertEqual((day_text(last.day), last.unit, last.asked, last.reminded), ("2020-05-15", "a-office", 3, 2))

    def test_signature(self):
        story = Story()
        story.plan("2020-04-25", [goal(due="2020-04-30")], measures=M, escalate_after_working_days=3)
        story.add("2020-05-01 12:00", "AlertAcknowledged", {"alert": alerts.id_of(D, 2020, "c", 1, "overdue", 1), "signed_by": "x"})
        found, model = story.alerts("2020-05-16")
        self.assertEqual([f for f in found if f[0] > "2020-05-01"], [("2020-05-08", "overdue", 8, 1, "supervision"),
                                                                     ("2020-05-15", "overdue", 15, 1, "supervision")])
        self.assertEqual([d.alerts_signed for d in model.digests.values() if day_text(d.day) == "2020-05-02"], [1])
        stopped, _ = story.alerts("2020-05-16", "signature-stops-escalation")
        self.assertEqual([f for f in stopped if f[0] > "2020-05-01"], [])

    def test_pace_and_met(self):
        story = Story()
        story.plan("2020-02-01", [goal()], measures=M)
        story.measured("2020-03-01 12:00", "m", "1", "2020-03-01")
        story.standing("2020-03-01 12:00", value="1", colour="GREEN", misses=True)
        story.standing("2020-03-05", value="1", colour="YELLOW", misses=True)
        story.standing("2020-03-10", value="1", colour="RED", misses=True)
        story.standing("2020-03-20", value="99", colour="GREEN", misses=False)
        story.standing("2020-03-30", value="99", colour="YELLOW", misses=False)
        story.standing("2020-04-10 10:00", value="100", reached=True, colour="YELLOW", observed_on="2020-04-09")
        found, model = story.alerts("2020-05-01")
        self.assertEqual(found, [
            ("2020-03-02", "pace", 1, 1, "a-office"), ("2020-03-10", "pace", 2, 1, "a-office"),
            ("2020-03-10", "pace", 2, 1, "supervision"), ("2020-03-30", "pace", 3, 1, "a-office"),
            ("2020-04-10", "met", 1, 1, "a-office"), ("2020-04-10", "met", 1, 1, "supervision")])
        self.assertEqual([a.level for a in model.alerts.values()][:2], [alerts.YELLOW, alerts.RED])

    def test_versions(self):
        story = Story()
        story.plan("2020-02-01", [goal(due="2020-03-01")], measures=M, lead_days=[10])
        story.add("2020-02-25 10:00", "TargetAdjusted", {"year": 2020, "commitment": "c", "target": "50", "decided_by": "x",
                                                         "decided_on": "2020-02-24"})
        story.add("2020-02-26 10:00", "TargetAdjusted", {"year": 2020, "commitment": "c", "target": "60", "decided_by": "x",
                                                         "decided_on": "2020-02-20"})  # an older decision changes nothing
        story.add("2020-02-27 10:00", "ExtensionRequested", {"year": 2020, "commitment": "c", "due": "2020-03-20", "reason": "x"},
                  id="r", source="/a")
        story.add("2020-02-28 10:00", "ExtensionDecided", {"request_source": "/a", "request_id": "r", "granted": True, "reason": "x"})
        found, model = story.alerts("2020-03-11")
        self.assertEqual(found, [("2020-02-20", "upcoming", 10, 1, "a-office"), ("2020-02-25", "withdrawn", 0, 1, "a-office"),
                                 ("2020-03-10", "upcoming", 10, 3, "a-office")])
        withdrawn = list(model.alerts.values())[1]
        self.assertEqual(withdrawn.withdrawn_alerts, {alerts.id_of(D, 2020, "c", 1, "upcoming", 10)})
        counts = {day_text(d.day): (d.extensions_requested, d.extensions_granted) for d in model.digests.values()}
        self.assertEqual(counts["2020-02-28"], (1, 0))
        self.assertEqual(counts["2020-02-29"], (1, 1))

    def test_silence(self):
        story = Story()
        story.plan("2020-01-10", [goal(due="2020-03-20")], measures=[("m", "INCREMENT", "个", 10)])
        story.measured("2020-02-05 12:00", "m", "0", "2020-01-31")
        found, model = story.alerts("2020-04-01")
        silent = [f[:3] for f in found if f[1] == "silent"]
        # From the 10th of January, when it came into the plan: +11, +21; from the report on the 5th of February: +11, +21, +31, +41.
        self.assertEqual(silent, [("2020-01-21", "silent", 1), ("2020-01-31", "silent", 2), ("2020-02-16", "silent", 3),
                                  ("2020-02-26", "silent", 4), ("2020-03-07", "silent", 5), ("2020-03-17", "silent", 6)])
        story.add("2020-02-16 12:00", "AlertAcknowledged", {"alert": alerts.id_of(D, 2020, "c", 1, "silent", 3), "signed_by": "x"})
        story.measured("2020-03-01 12:00", "m", "0", "2020-02-29")
        silent = [f[:3] for f in story.alerts("2020-04-01")[0] if f[1] == "silent"]
        self.assertEqual(silent[3:], [("2020-03-12", "silent", 4)])

    def test_floor(self):
        story = Story()
        floor = commitment("c", "a-office", indicator("SUM", "起", ["m"]), "AT_MOST", "10", "2020-03-31", hold="ALL_YEAR")
        story.plan("2020-01-10", [floor], measures=M, lead_days=[7])
        story.standing("2020-01-10", value="5", reached=True, colour="GREEN")
        story.standing("2020-02-01 10:00", value="11", colour="RED")
        story.standing("2020-02-05 10:00", value="9", reached=True, colour="YELLOW", observed_on="2020-02-01")
        story.standing("2020-03-01 10:00", value="12", colour="RED")
        story.standing("2020-03-30 10:00", value="9", reached=True, colour="YELLOW", observed_on="2020-02-01")
        found, model = story.alerts("2020-05-01")
        self.assertEqual([f[:3] for f in found if f[4] == "a-office"], [
            ("2020-02-01", "breach", 1), ("2020-02-05", "met", 1), ("2020-03-01", "breach", 2), ("2020-03-24", "upcoming", 7),
            ("2020-03-30", "met", 2), ("2020-04-01", "met", 3)])
        self.assertEqual(list(model.alerts.values())[-1].at, at("2020-04-01"))

    def test_milestones(self):
        story = Story()
        project = {"id": "p", "unit": "b-office", "groups": ["g"], "deadlines": [{"milestone": "built", "due": "2020-03-10"}]}
        count = commitment("n", "a-office", indicator("COUNT", "个", group="g", milestone="open"), "AT_LEAST", "1", "2020-12-31")
        story.plan("2020-02-01", [count], groups=[("g", 0, ["begun", "built", "open"])], projects=[project], lead_days=[10, 5, 2])
        story.add("2020-03-01", "ProjectSuspended", {"project": "p", "reason": "x"})
        story.add("2020-03-12 12:00", "MilestoneReached", {"project": "p", "milestone": "open", "reached_on": "2020-03-12"})
        story.add("2020-03-20 12:00", "ProjectResumed", {"project": "p", "reason": "x"})
        found, model = story.alerts("2020-04-01")
        self.assertEqual(found, [("2020-02-29", "upcoming", 10, 1, "b-office"), ("2020-03-20", "met", 1, 1, "b-office")])
        met = list(model.alerts.values())[-1]
        self.assertEqual((met.days_late, met.commitment, met.deadline, met.value), (2, "n", "p/built", None))
        story.add("2020-03-21", "UpdateWithdrawn", {"id": "u3", "reason": "x"}, withdraws=3)
        story.add("2020-03-26", "ProjectCancelled", {"project": "p", "reason": "x"})
        found, model = story.alerts("2020-04-01")
        self.assertEqual([f[:3] for f in found[2:]], [("2020-03-25", "overdue", 15), ("2020-03-26", "withdrawn", 0)])
        self.assertEqual(list(model.alerts.values())[-1].withdrawn_alerts, {alerts.id_of(D, 2020, "p/built", 1, "overdue", 15)})


class IndicatorTest(unittest.TestCase):
    def check(self, row, **expected):
        self.assertIsNotNone(row)
        found = {name: str(row[name].normalize()) if name in indicators.NUMBERS and row[name] is not None else row[name]
                 for name in expected}
        self.assertEqual({n: (None if v is None else format(indicators.Decimal(v), "f") if n in indicators.NUMBERS else v)
                          for n, v in found.items()}, expected)

    def test_half_even(self):
        sql = indicators.SQL[:indicators.SQL.index("CREATE FUNCTION pg_temp.is_variant")]
        asked = [("1", "3"), ("5", "10000000000"), ("15", "10000000000"), ("-5", "10000000000"), ("-15", "10000000000"),
                 ("2", "3"), ("0", "7"), ("-2", "3"), ("500000000000000000.0000000005", "1"), ("25", "10000000000")]
        query = "\n".join(f"SELECT pg_temp.half_even({n}, {d})::text;" for n, d in asked)
        self.assertEqual([indicators.plain(indicators.Decimal(x)) for x in psql(conninfo(), sql + query).split()],
                         ["0.333333333", "0.000000000", "0.000000002", "0.000000000", "-0.000000002", "0.666666667", "0.000000000",
                          "-0.666666667", "500000000000000000.000000000", "0.000000002"])

    def test_sum(self):
        story = Story()
        story.plan("2019-12-20", [goal(start="2020-02-01", due="2020-11-30", target="9")],
                   measures=[("m", "INCREMENT", "个", 0)])
        story.measured("2020-01-10", "m", "5", "2020-01-09")
        story.measured("2020-02-10", "m", "2", "2020-02-01")
        second = story.measured("2020-03-10", "m", "0.0004", "2020-03-01", unit="万个")
        story.measured("2020-03-11", "m", "7", "2020-03-01")
        story.add("2020-03-12", "UpdateWithdrawn", {"id": "u5", "reason": "x"}, withdraws=5)
        before, late, replaced, taken = story.look(("c", "2020-01-31"), ("c", "2020-03-11", second), ("c", "2020-03-11", second + 1),
                                                   ("c", "2020-12-01"))
        self.check(before, numerator="5", colour="GREEN", attainment="55.555555556", expected="0", reached=False)
        self.check(late, numerator="6", denominator="1", value="6", observed_on="2020-03-01", attainment="66.666666667")
        self.check(replaced, numerator="9", reached=True, attainment="100", colour="GREEN")
        self.check(taken, numerator="6", reached=False, colour="RED", expected="100", since=None)

    def test_latest_scope_and_years(self):
        story = Story()
        level = commitment("l", "a-office", indicator("LATEST", "吨", ["v"]), "AT_MOST", "40", "2020-12-31", baseline="60")
        total = commitment("t", "a-office", indicator("LATEST", "万元", ["w"]), "AT_LEAST", "1000", "2020-06-30",
                           curve=(("2020-01-31", "10"), ("2020-03-01", "40")))
        growth = commitment("g", "a-office", indicator("GROWTH", "%", ["v"], factor="100", offset="-100"), "AT_LEAST", "5",
                            "2020-12-31")
        story.plan("2019-12-20", [level, total, growth], measures=[("v", "LEVEL", "吨", 0), ("w", "CUMULATIVE", "万元", 0)])
        story.measured("2019-12-21", "v", "40", "2019-02-28", unit="吨")
        story.measured("2020-03-02", "v", "45", "2020-02-29", unit="吨")
        story.measured("2020-03-03", "v", "10", "2020-02-28", unit="吨", project="p")
        story.measured("2020-03-03", "w", "3000000", "2020-01-31", unit="元")
        now, base, total_now, next_year, late_year = story.look(
            ("l", "2020-03-03"), ("g", "2020-03-02", 3), ("t", "2020-02-14"), ("t", "2021-01-01"), ("g", "2020-03-03"))
        self.check(now, numerator="55", attainment="25", colour="GREEN")
        self.check(base, numerator="45", denominator="40", value="12.5", reached=True)
        self.assertIsNone(late_year["value"])  # the project has no report of the year before
        self.check(total_now, numerator="300", expected="24", attainment="30", colour="GREEN")
        self.check(next_year, numerator="300", colour="RED", expected="40")  # the year of the deadline goes on counting
        story.measured("2020-03-04", "v", "50", "2020-03-04", unit="吨", scope="new")
        scoped, = story.look(("l", "2020-03-04"))
        self.check(scoped, numerator="50", statistical_scope="new")

    def test_ratio_and_counts(self):
        story = Story()
        ratio = commitment("r", "a-office", indicator("RATIO", "%", ["x"], ["y"], factor="100"), "AT_LEAST", "66.6", "2020-12-31",
                           hold="ALL_YEAR", start="2020-02-01")
        share = commitment("s", "a-office", indicator("SHARE", "%", group="g", milestone="built", factor="100"), "AT_LEAST", "60",
                           "2020-12-31")
        count = commitment("n", "a-office", indicator("COUNT", "个", group="g", milestone="open"), "AT_LEAST", "1", "2020-12-31")
        projects = [{"id": p, "unit": "a-office", "groups": ["g"], "deadlines": []} for p in ("p", "q", "o")]
        story.plan("2020-01-01", [ratio, share, count], measures=[("x", "LEVEL", "个", 0), ("y", "LEVEL", "个", 0)],
                   groups=[("g", 0, ["begun", "built", "open"])], projects=projects)
        story.measured("2020-01-10", "x", "2", "2020-01-10")
        story.measured("2020-01-20", "y", "3", "2020-01-10")
        story.add("2020-02-10", "MilestoneReached", {"project": "p", "milestone": "open", "reached_on": "2020-02-09"})
        story.add("2020-02-11", "MilestoneReached", {"project": "q", "milestone": "begun", "reached_on": "2020-02-11"})
        story.add("2020-03-01", "ProjectCancelled", {"project": "o", "reason": "x"})
        unknown, known, none, some, fewer, one = story.look(
            ("r", "2020-01-15", 2), ("r", "2020-02-01"), ("s", "2020-01-15"), ("s", "2020-02-15", 5), ("s", "2020-03-01"),
            ("n", "2020-03-01"))
        self.check(unknown, value=None, colour="GREY", numerator=None, observed_on=None, reached=False)
        self.check(known, value="66.666666667", reached=True, expected="100", colour="GREEN")
        self.check(none, value=None)
        self.check(some, numerator="1", denominator="3", value="33.333333333", observed_on="2020-02-11", statistical_scope="")
        self.check(fewer, denominator="2", value="50", reached=False)
        self.check(one, value="1", reached=True)

    def test_changes(self):
        story = Story()
        story.plan("2020-01-01", [goal(due="2020-03-31")], measures=M)
        story.measured("2020-02-01", "m", "60", "2020-01-31")
        story.add("2020-02-10", "TargetAdjusted", {"year": 2020, "commitment": "c", "target": "60", "decided_by": "x",
                                                   "decided_on": "2020-02-05"})
        story.add("2020-02-12", "ExtensionRequested", {"year": 2020, "commitment": "c", "due": "2020-06-30", "reason": "x"},
                  id="r", source="/a")
        story.add("2020-02-20", "ExtensionDecided", {"request_source": "/a", "request_id": "r", "granted": True, "reason": "x"})
        story.plan("2020-03-01", [goal(due="2020-03-31", target="80")], revision=2, measures=M)
        before, adjusted, extended, revised, red = story.look(
            ("c", "2020-02-04", 3), ("c", "2020-02-05", 3), ("c", "2020-02-20", 5), ("c", "2020-03-01"), ("c", "2020-02-05", 3, True))
        self.check(before, target="100", reached=False)
        self.check(adjusted, target="60", approved_target="100", attainment="100", approved_attainment="60", reached=True,
                   colour="GREEN", due="2020-03-31")
        self.check(extended, due="2020-06-30", expected="28.021978022")  # 51 of 182 days
        self.check(revised, target="80", due="2020-06-30", revision=2)  # another target was approved, the deadline was not
        self.check(red, colour="YELLOW")

    def test_forecast(self):
        story = Story()
        story.plan("2020-01-01", [goal(due="2020-01-31")], measures=M, pace_reports=1)
        story.measured("2020-01-05", "m", "10", "2020-01-05")
        story.measured("2020-01-15", "m", "20", "2020-01-12")
        first, second = story.look(("c", "2020-01-10", 2), ("c", "2020-01-15"))
        # From 0 on the 31st of December to 10 on the 5th: 2 a day; 90 more are 45 days.
        self.check(first, since="2019-12-31", weekly_pace="14", reached_on="2020-02-19", value_at_deadline="62", misses=True,
                   weekly_pace_needed="30")
        # From 10 on the 5th to 30 on the 12th: 20 in 7 days; 70 more are 24.5 days.
        self.check(second, since="2020-01-05", weekly_pace="20", reached_on="2020-02-06", value_at_deadline="84.285714286",
                   weekly_pace_needed="30.625", misses=True)


if __name__ == "__main__":
    unittest.main()
