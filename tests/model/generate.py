#!/usr/bin/python3
"""Makes a plan-year up, and lets the models themselves publish: a file on which they agree with themselves.

    generate.py SEED FILE [--database CONNINFO] [--reports N]

It proves nothing about duban. It is for working on the models, for their tests, and to see that each deliberate mistake is found.
"""

import argparse
import json
import random
from fractions import Fraction

import alerts
import indicators
from database import Cluster
from records import Run, SECOND, china_day, day_of, day_text, instant_text, midnight

SPACING = 100  # between the sequences of updates, so that signatures can be put in later


def indicator(rule, unit, above=(), below=(), group="", milestone="", factor="1", offset="0"):
    return {"rule": "RULE_" + rule, "unit": unit, "numerator": list(above), "denominator": list(below), "group": group,
            "milestone": milestone, "factor": factor, "offset": offset}


def commitment(id, unit, computed, comparison, target, due, baseline="", start="2020-01-01", hold="BY_DEADLINE", curve=()):
    return {"id": id, "theme": "theme", "name_zh": id, "name_en": id, "unit": unit, "cooperating_units": [],
            "indicator": computed, "comparison": "COMPARISON_" + comparison, "target": target, "baseline": baseline,
            "hold": "HOLD_" + hold, "start": start, "due": due,
            "curve": [{"day": day, "percent": percent} for day, percent in curve]}


class World:
    """One division with one plan, and what is reported to it."""

    def __init__(self, seed, code, reports):
        self.random = random.Random(f"{seed}/{code}")
        self.code, self.reports = code, reports
        self.events = []  # (instant, type, data, source, id, the event taken back)
        self.measures, self.commitments, self.projects = {}, [], {}
        self.groups = []
        self.made = 0
        self.make_plan()
        self.make_updates()

    def add(self, at, type, data, source="/statistics", taken_back=None):
        self.made += 1
        event = [at, type, data, source, f"{self.code}-{self.made}", taken_back]
        self.events.append(event)
        return event

    def measure(self, kind, unit="个", period=0):
        id = f"m{len(self.measures) + 1}-{kind.lower()}"
        self.measures[id] = {"id": id, "name_zh": id, "name_en": id, "unit": unit, "kind": "MEASURE_KIND_" + kind,
                             "reporting_days": period}
        return id

    def make_plan(self):
        r = self.random
        units = ["a-office", "b-office", "c-office", "supervision"]
        due = lambda: day_text(day_of("2020-03-01") + r.randrange(306))
        add = lambda *a, **k: self.commitments.append(commitment(f"c{len(self.commitments) + 1}", r.choice(units), *a, **k))
        period = lambda: r.choice([0, 0, 31, 14, 92])
        for _ in range(6):
            add(indicator("SUM", "个", [self.measure("INCREMENT", period=period())]), "AT_LEAST", str(r.randrange(50, 300)), due(),
                curve=r.choice([(), (), (("2020-03-31", "20"), ("2020-06-30", "33.3"), ("2020-12-31", "100"))]),
                start=r.choice(["2020-01-01", "2020-02-15"]))
        add(indicator("SUM", "个", [self.measure("INCREMENT"), self.measure("INCREMENT", period=31)]), "MORE_THAN", "200", due())
        for _ in range(3):
            add(indicator("SUM", "起", [self.measure("INCREMENT", "起", period())]), "AT_MOST", str(r.randrange(20, 60)),
                r.choice(["2020-12-31", due()]), hold="ALL_YEAR")
        for _ in range(3):
            add(indicator("LATEST", "万元", [self.measure("CUMULATIVE", "万元", period())]), "AT_LEAST", str(r.randrange(1000, 9000)),
                due())
        for _ in range(3):
            add(indicator("LATEST", "家", [self.measure("LEVEL", "家", period())]), "AT_LEAST", str(r.randrange(50, 90)), due(),
                baseline=r.choice(["", "10", "22.5"]))
        for _ in range(2):
            add(indicator("LATEST", "吨", [self.measure("LEVEL", "吨", period())]), "AT_MOST", "40", due(),
                baseline=r.choice(["", "75"]))
        add(indicator("LATEST", "吨", [self.measure("LEVEL", "吨", 31)]), "LESS_THAN", "55", "2020-12-31", hold="ALL_YEAR",
            start="2020-02-01")
        for kind in ("CUMULATIVE", "LEVEL", "INCREMENT"):
            add(indicator("RATIO", "%", [self.measure(kind, period=period())], [self.measure(kind)], factor="100"),
                r.choice(["AT_LEAST", "MORE_THAN"]), r.choice(["70", "66.6", "90"]), due(),
                hold=r.choice(["BY_DEADLINE", "BY_DEADLINE", "ALL_YEAR"]))
        for kind in ("CUMULATIVE", "LEVEL"):
            add(indicator("GROWTH", "%", [self.measure(kind)], factor="100", offset="-100"), "AT_LEAST", "7.5", due())
        for g in range(3):
            group = f"g{g + 1}"
            self.groups.append({"id": group, "name_zh": group, "name_en": group, "scope_count": r.choice([0, 0, 6]),
                                "milestones": [{"id": m, "name_zh": m, "name_en": m} for m in ("begun", "built", "open")]})
            add(indicator("COUNT", "个", group=group, milestone=r.choice(["built", "open"])), "AT_LEAST", str(r.randrange(2, 6)),
                due())
            add(indicator("SHARE", "%", group=group, milestone="open", factor="100"), "AT_LEAST", "80", "2020-12-31")
            for p in range(5):
                id = f"{group}-p{p + 1}"
                self.projects[id] = {
                    "id": id, "name_zh": id, "name_en": id, "unit": r.choice(units), "groups": [group],
                    "deadlines": [{"milestone": m, "due": day_text(day_of(start) + r.randrange(90))}
                                  for m, start in (("begun", "2020-02-01"), ("open", "2020-08-01")) if r.random() < 0.6]}
        self.plan = {"division": self.code, "year": 2020, "revision": 1, "name_zh": "计划", "name_en": "plan",
                     "supervising_unit": "supervision",
                     "rules": {"lead_days": [30, 7], "overdue_every_days": 7, "alert_minute": r.choice([540, 540, 0, 600]),
                               "yellow_points": "10", "red_points": "30", "lead_working_days": [10, 3],
                               "escalate_after_working_days": r.choice([0, 5]), "pace_reports": r.choice([0, 2])},
                     "units": [{"id": u, "name_zh": u, "name_en": u} for u in units],
                     "measures": list(self.measures.values()), "groups": self.groups, "commitments": self.commitments,
                     "projects": list(self.projects.values())[:9]}

    def instant(self, day):
        at = self.random.choice([0, 9 * 3600, *[self.random.randrange(86400)] * 12])
        return midnight(day) + at * SECOND

    def make_updates(self):
        r = self.random
        first = day_of("2019-12-20")
        self.add(midnight(first) + 9 * 3600 * SECOND, "PlanPublished", {"plan": json.loads(json.dumps(self.plan))})
        for project in list(self.projects.values())[9:]:
            self.add(self.instant(first + 1 + r.randrange(60)), "ProjectRegistered", {"division": self.code, "project": project})
        # Reports of the year before, for growth; then those of the year.
        for id in self.measures:
            for month in range(1, 13):
                if r.random() < 0.3:
                    self.measured(self.instant(first + r.randrange(1, 10)), id, day_of(f"2019-{month:02}-28"))
        reported = []
        for id in self.measures:
            every = r.choice([15, 31, 31, 31, 60])
            day = day_of("2020-01-05") + r.randrange(every)
            while day < day_of("2021-02-20"):
                if r.random() < 0.9:
                    about = day - r.choice([0, 1, 1, 2, 5, 40])
                    reported.append(self.measured(self.instant(day), id, about))
                day += max(1, every + r.randrange(-5, 6))
        for project in self.projects.values():
            day = day_of("2020-02-01") + r.randrange(120)
            for milestone in ("begun", "built", "open"):
                if r.random() < 0.8:
                    reported.append(self.add(self.instant(day), "MilestoneReached",
                                             {"division": self.code, "project": project["id"], "milestone": milestone,
                                              "reached_on": day_text(day - r.randrange(10)), "evidence": ""}))
                day += r.randrange(20, 120)
            if r.random() < 0.2:
                rest = day_of("2020-03-01") + r.randrange(100)
                self.add(self.instant(rest), "ProjectSuspended", {"division": self.code, "project": project["id"], "reason": "x"})
                self.add(self.instant(rest + 10 + r.randrange(60)), "ProjectResumed",
                         {"division": self.code, "project": project["id"], "reason": "x"})
            elif r.random() < 0.1:
                self.add(self.instant(day_of("2020-05-01") + r.randrange(100)), "ProjectCancelled",
                         {"division": self.code, "project": project["id"], "reason": "x"})
        while len(self.events) < self.reports:
            id = r.choice(list(self.measures))
            day = day_of("2020-01-05") + r.randrange(400)
            reported.append(self.measured(self.instant(day), id, day - r.randrange(20)))
        for event in r.sample(reported, len(reported) // 12):
            self.add(self.instant(china_day(event[0]) + 1 + r.randrange(30)), "UpdateWithdrawn",
                     {"division": self.code, "id": event[4], "reason": "x"}, taken_back=event)
        self.change()

    def measured(self, at, id, about):
        r = self.random
        measure = self.measures[id]
        kind = measure["kind"][13:]
        day = min(about, china_day(at))
        through = (day - day_of(day_text(day)[:4] + "-01-01")) / 365
        value = {"INCREMENT": lambda: r.randrange(0, 30), "CUMULATIVE": lambda: int(6000 * through * r.uniform(0.7, 1.2)),
                 "LEVEL": lambda: round(30 + 40 * through + r.uniform(-9, 9), 2)}[kind]()
        project = f"g1-p{r.randrange(1, 3)}" if id in list(self.measures)[::7] and r.random() < 0.5 else ""
        unit = measure["unit"]
        if unit == "万元" and r.random() < 0.2:
            unit, value = "元", value * 10000
        return self.add(at, "MeasurementReported",
                        {"division": self.code, "measure": id, "project": project, "value": str(value), "unit": unit,
                         "observed_on": day_text(day), "statistical_scope": r.choice(["", "", "", "", "", "new"])
                         if id in list(self.measures)[::5] else "", "evidence": ""})

    def change(self):
        """Targets adjusted, extensions, and two revisions."""
        r = self.random
        for _ in range(6):
            c = r.choice(self.commitments)
            day = day_of("2020-02-01") + r.randrange(250)
            target = str(Fraction(c["target"]) * r.choice([5, 8, 12]) / 10)
            if "/" not in target:
                self.add(self.instant(day), "TargetAdjusted",
                         {"division": self.code, "year": 2020, "commitment": c["id"], "target": target, "decided_by": "x",
                          "decided_on": day_text(day - r.randrange(5))})
        for c in r.sample(self.commitments, 5):
            asked = day_of(c["due"]) - r.randrange(1, 15)
            request = self.add(self.instant(asked), "ExtensionRequested",
                               {"division": self.code, "year": 2020, "commitment": c["id"],
                                "due": day_text(day_of(c["due"]) + r.randrange(10, 60)), "reason": "x"})
            self.add(self.instant(asked + r.randrange(1, 20)), "ExtensionDecided",
                     {"division": self.code, "request_source": request[3], "request_id": request[4],
                      "granted": r.random() < 0.7, "reason": "x"})
        plan = json.loads(json.dumps(self.plan))
        plan["projects"] = []
        plan["revision"] = 2
        gone = plan["commitments"].pop(r.randrange(len(plan["commitments"])))
        plan["commitments"][0]["target"] = "77"
        plan["commitments"][1]["due"] = "2020-12-31"
        plan["commitments"][2]["unit"] = "c-office"
        self.add(self.instant(day_of("2020-06-10")), "PlanPublished", {"plan": plan})
        plan = json.loads(json.dumps(plan))
        plan["revision"] = 3
        plan["commitments"].append(gone)
        self.add(self.instant(day_of("2020-08-20")), "PlanPublished", {"plan": plan})


def line_of(sequence, id, source, type, at, due, data, withdraws=None):
    record = {"sequence": sequence, "id": id, "source": source, "type": "duban.v1." + type, "time": instant_text(due),
              "received": instant_text(at)}
    if withdraws is not None:
        record["withdraws"] = withdraws
    return json.dumps(record | {"data": data}, ensure_ascii=False)


def texts(row):
    return {name: "" if value is None else f"{value:f}" if name in indicators.NUMBERS else value for name, value in row.items()}


def publish(updates, end, conninfo):
    """What metrics would publish: after each batch and at midnight, where anything but what changes each day differs."""
    run = Run([*updates, json.dumps({"end": instant_text(end)})], "draft")
    instants = {event.at for event in run.updates}
    instants |= {midnight(day) for day in range(china_day(run.updates[0].at) + 1, china_day(end) + 1)}
    at = sequence = 0
    plans, points = {}, []
    for instant in sorted(instants):
        while at < len(run.updates) and run.updates[at].at <= instant:
            event = run.updates[at]
            sequence = event.sequence
            if event.type == "PlanPublished":
                plan = event.data["plan"]
                now = [c["id"] for c in plan["commitments"]]
                known = plans.get((plan["division"], plan["year"]), [])
                plans[plan["division"], plan["year"]] = now + [c for c in known if c not in now]
            at += 1
        points += [(instant, (0, *plan, c, day_text(china_day(instant)), sequence, False)) for plan, names in plans.items()
                   for c in names]
    rows = indicators.compute([run], dict.fromkeys(key for _, key in points), conninfo)
    last, memory, out = {}, indicators.Memory(), []
    for instant, key in points:
        row, name = rows.get(key), key[1:4]
        before = last.get(name)
        if row is None:
            if before is None or before["retired"]:
                continue
            data = before | {"retired": True, "as_of": key[4], "updates_sequence": key[5]}
        else:
            cells = texts(row)
            forecast = None if row["weekly_pace"] is None else {n: cells[n] for n in indicators.FORECAST}
            colour = "YELLOW" if row["colour"] == "GREEN" and memory.before(name, key[4]) else row["colour"]
            data = {"division": name[0], "year": name[1], "indicator": name[2], "as_of": key[4], "updates_sequence": key[5],
                    "retired": False, "forecast": forecast, "colour": "COLOUR_" + colour,
                    **{n: cells[n] for n in indicators.COLUMNS[1:18] if n != "colour"}}
            if before is not None and not before["retired"] and not indicators.differences(
                    indicators.read_standing(before), indicators.read_standing(data), indicators.UNPUBLISHED):
                continue
        memory.publish(name, data)
        last[name] = data
        out.append(line_of(len(out) + 1, f"s{len(out) + 1}", "/duban/metrics", "IndicatorChanged", instant, instant, data))
    return out


def alert_lines(run):
    model = alerts.AlertModel(run).compute()
    decimal = lambda value: "" if value is None else indicators.plain(indicators.Decimal(value.numerator) / value.denominator)
    entries = [(a.at, a.id, "DeadlineAlert", {
        "division": a.division, "year": a.year, "deadline": a.deadline, "version": a.version, "unit": a.unit,
        "supervising_unit": a.supervising_unit, "commitment": a.commitment, "phase": "PHASE_" + a.phase.upper(),
        "occurrence": a.occurrence, "level": a.level, "due": day_text(a.due), "days_left": a.days_left, "days_late": a.days_late,
        "value": decimal(a.value), "target": decimal(a.target), "withdrawn_alerts": sorted(a.withdrawn_alerts), "late": False,
        "skipped_alerts": [], "recipient": a.recipient, "silent_measures": a.silent_measures}) for a in model.alerts.values()]
    entries += [(d.at, d.id, "UnitDigest", {
        "division": d.division, "year": d.year, "unit": d.unit, "day": day_text(d.day), "items": [{"id": id} for id in d.items],
        "late": False, **{n: getattr(d, n) for n in ("asked", "reminded", "alerts_signed", "extensions_requested",
                                                     "extensions_granted", "extensions_refused")}})
        for d in model.digests.values()]
    entries.sort(key=lambda entry: entry[0])  # keeps the order of deciding
    return model, [line_of(i + 1, id, "/duban/notify", type, at, at, data) for i, (at, id, type, data) in enumerate(entries)]


def generate(seed, conninfo, reports=480):
    end = midnight(day_of("2021-03-01"))
    worlds = [World(seed, "410102", reports)] + ([World(seed, "410103", 60)] if seed % 4 == 0 else [])
    events = sorted((event for world in worlds for event in world.events), key=lambda event: event[0])
    events = [event for event in events if event[0] <= end]
    # Some events share a receivedtime with the one before, as those of one batch do.
    chance = random.Random(seed)
    for before, event in zip(events, events[1:]):
        if event[0] - before[0] < 2 * 3600 * SECOND and china_day(before[0]) == china_day(event[0]) and chance.random() < 0.5 \
                and event[1] != "PlanPublished":
            event[0] = before[0]
    events.sort(key=lambda event: event[0])
    sequence = {}
    updates = []
    for event in events:
        at, type, data, source, id, taken_back = event
        if taken_back is not None and id_of(taken_back) not in sequence:
            continue
        sequence[id] = (len(updates) + 1) * SPACING
        updates.append(line_of(sequence[id], id, source, type, at, at, data,
                               sequence[id_of(taken_back)] if taken_back is not None else None))
    standings = publish(updates, end, conninfo)
    last = json.dumps({"end": instant_text(end)})
    model, _ = alert_lines(Run([*updates, *standings, last], "draft"))
    signed, used = [], {}
    run = Run([*updates, last], "draft")
    for alert in model.alerts.values():
        if chance.random() < (0.15 if alert.phase in (alerts.OVERDUE, alerts.SILENT) else 0.03):
            at = alert.at + chance.randrange(1, 6 * 86400) * SECOND
            before = max((event.sequence for event in run.updates if event.at <= at), default=0)
            used[before] = used.get(before, 0) + 1
            signed.append((at, before, alert))
    signed.sort(key=lambda entry: entry[0])
    given = {}
    for at, before, alert in signed:
        given[before] = given.get(before, 0) + 1
        if given[before] < SPACING and at <= end:
            updates.append(line_of(before + given[before], f"signed-{alert.id}", "/units", "AlertAcknowledged", at, at,
                                   {"division": alert.division, "alert": alert.id, "signed_by": "x"}))
    _, decided = alert_lines(Run([*updates, *standings, last], "draft"))
    return [*updates, *standings, *decided, last]


def id_of(event):
    return event[4]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("file")
    parser.add_argument("--database")
    parser.add_argument("--reports", type=int, default=480)
    options = parser.parse_args()
    lines = generate(options.seed, options.database or Cluster().conninfo, options.reports)
    with open(options.file, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
