#!/usr/bin/env python3
"""kill -9 of each service, of all, and a crash of PostgreSQL, while half a year is played: the same figures and the same alerts.

All variants live through the same half year at the same time, each with a database of its own. Its days come in cycles of 20:
alerts are due on the first two, reports come on the seventh, so that a restart may take a second without changing what was known
when an alert was due. Meanwhile a second vendor submits without a pause, and remembers every receipt that it ever got.
"""

import concurrent.futures
import datetime
import threading
import unittest

from harness import *

FIRST = datetime.date(2020, 2, 1)
START, END = "2020-01-25", "2020-07-30"
DAYS_A_SECOND = 6


def day(cycle, offset=0):
    return str(FIRST + datetime.timedelta(days=20 * cycle + offset))


def commitment(name, target, due, how, hold="deadline", unit="个"):
    return (f"  - {{id: {name}, zh: {name}, en: {name}, theme: city, unit: office, {how}, value_unit: \"{unit}\", "
            f"target: {target}, start: {day(0)}, due: {due}, hold: {hold}}}\n")


HALF_YEAR = f"""\
division: "410102"
year: 2020
zh: 半年
en: Half a year
supervising_unit: supervision
rules: {{lead_days: [40, 20], overdue_every_days: 20, alert_time: "09:00", yellow_points: 10, red_points: 30,
         lead_working_days: [], escalate_after_working_days: 0}}
units:
  - {{id: supervision, zh: 督查室, en: Supervision}}
  - {{id: office, zh: 办公室, en: Office}}
measures:
""" + "".join(f"  - {{id: {name}, zh: {name}, en: {name}, unit: 个, kind: {kind}}}\n" for name, kind in (
    ("steady", "increment"), ("tardy", "increment"), ("accidents", "increment"), ("noise", "increment"),
    ("part", "cumulative"), ("whole", "cumulative"))) + """\
groups:
  - {id: roads, zh: 道路, en: Roads, scope_count: 4, milestones: [{id: begun, zh: 开工, en: Begun}, {id: open, zh: 通车, en: Open}]}
commitments:
""" + (commitment("steady", "≥ 90", day(8), "rule: sum, of: [steady]") +
       commitment("tardy", "≥ 100", day(5), "rule: sum, of: [tardy]") +
       commitment("safe", "≤ 0", day(8), "rule: sum, of: [accidents]", "all-year") +
       commitment("roads", "≥ 75", day(7), "rule: share, group: roads, milestone: open", unit="%") +
       commitment("part", "≥ 60", day(7), "rule: ratio, of: [part], over: [whole]", unit="%") +
       commitment("begun", "≥ 1", day(6), "rule: count, group: roads, milestone: begun")) + "projects:\n" + "".join(
           f"  - {{id: road-{i}, zh: 路{i}, en: Road {i}, unit: office, groups: [roads], deadlines: [{{milestone: open, due: {day(due)}}}]}}\n"
           for i, due in enumerate((3, 4, 6, 8)))


def reports(cycle):
    """What the vendor sends on the seventh day of a cycle; none in the quiet time from cycle 5 to 6."""
    today = day(cycle, 5)
    sent = []

    def send(name, value, **more):
        sent.append(measured(f"{name}-{cycle}", name, value, today, **more))
    if cycle in (5, 6):
        return []
    send("steady", "9.75")
    send("part", str(7 * (cycle + 1)))
    send("whole", "99")
    if cycle == 1:
        send("accidents", "0")
    if cycle in (2, 3, 7):
        send("tardy", {2: "10", 3: "20.5", 7: "70"}[cycle], project="road-1")
    if cycle == 4:
        sent.append(reached("open-0", "road-0", "open", today))
        sent.append(reached("open-1", "road-1", "open", today))
    if cycle == 7:
        sent.append(reached("open-2", "road-2", "open", today))
        sent.append(event(updates_pb2.ProjectCancelled(division="410102", project="road-3", reason="no money"),
                          "cancel-3"))
    if cycle == 8:
        sent.append(withdrawn("take-back", "steady-2"))
        send("accidents", "1")
    return sent


class Noise(threading.Thread):
    """A vendor that submits without a pause. Its reports are of a measure that nothing is computed from."""

    def __init__(self, duban):
        super().__init__(daemon=True)
        self.duban = duban
        self.receipts = {}
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            with self.duban.client() as client:
                number = 0
                while not self.ending.wait(0.02):
                    events = [measured(f"noise-{number + i}", "noise", "1", "2020-01-20",
                                       source="/noise") for i in range(5)]
                    for receipt in client.submit_surely(events, patience_s=60):
                        assert outcome_of(receipt) in ("ACCEPTED", "DUPLICATE"), outcome_of(receipt)
                        self.receipts[receipt.id] = (receipt.sequence, receipt.digest)
                    number += 5
        except BaseException as failure:  # told by the main thread
            self.failure = failure

    def end(self):
        self.ending.set()
        self.join(90)
        if self.failure is not None:
            raise self.failure


def restart(duban, victims):
    duban.kill(*victims)
    duban.start(*victims)


def live(duban, victims, crash_database):
    """Plays the half year, and gives what there was in the end."""
    duban.start()
    duban.apply(HALF_YEAR)
    noise = Noise(duban)
    noise.start()
    receipts = {}
    with duban.client() as client:
        for cycle in range(9):
            if victims and cycle in (2, 5):  # just when alerts are due
                duban.must("clock", "--until", day(cycle) + "T09:00:00+08:00")
                restart(duban, victims)
            duban.must("clock", "--until", day(cycle, 6) + "T10:00:00+08:00")
            if crash_database and cycle == 5:
                duban.cluster.stop("immediate")
                duban.cluster.start()
            events = reports(cycle)
            if victims and cycle in (1, 3, 8):  # the submission is under way, nobody knows how far
                client.post(events)
                restart(duban, victims)
                client.forget("ingest")
            elif victims and cycle == 6:
                restart(duban, victims)
            for receipt in client.submit_surely(events) if events else []:
                assert outcome_of(receipt) in ("ACCEPTED", "DUPLICATE"), outcome_of(receipt)
                receipts[receipt.id] = (receipt.sequence, receipt.digest)
        duban.must("clock", "--until", END)
        noise.end()
        duban.settle()
        log = client.replay("updates")[0]
        # What pace says depends on the morning after a report, and a restart moves reports by days; verify holds it to the log.
        alerts = [(data.deadline, data.version, publications_pb2.Phase.Name(data.phase), data.occurrence, data.recipient)
                  for _, data in map(read_event, client.replay("alerts", "deadline.")[0])
                  if data.phase != publications_pb2.PHASE_PACE]
    statuses = duban.stop()
    rows = duban.sql("SELECT division, year, indicator, numerator, denominator, value, target, attainment, reached, observed_on, colour "
                     "FROM duban.indicator ORDER BY 1, 2, 3")
    return {"log": log, "alerts": alerts, "rows": rows, "statuses": statuses, "receipts": receipts | noise.receipts,
            "verify": duban.run("verify")}


class Survive(DubanTest):
    def check_log(self, lived):
        digest, found = NO_DIGEST, {}
        for sequence, body in enumerate(lived["log"], 1):
            digest = chain(digest, body)
            stored = cloudevents_pb2.CloudEvent.FromString(body)
            self.assertNotIn(stored.id, found)
            found[stored.id] = (sequence, digest)
        for id, receipt in lived["receipts"].items():
            self.assertEqual(found.get(id), receipt, id)
        self.assertEqual(len(found), len(lived["receipts"]) + 1)  # and the plan

    def test_the_half_year_comes_out_the_same_whoever_is_killed(self):
        variants = {"undisturbed": ((), False), "ingest": (("ingest",), False), "metrics": (("metrics",), False),
                    "notify": (("notify",), False), "all": (SERVICES, False), "database": ((), True)}
        installations = {}
        for name, (_, crash_database) in variants.items():
            installations[name] = self.install(on=Cluster() if crash_database else None, DUBAN_NOTIFY_GRACE_S=315360000)
        for duban in installations.values():
            duban.run_clock(START, END, DAYS_A_SECOND, head_start_s=3)
        with concurrent.futures.ThreadPoolExecutor(len(variants)) as pool:
            lives = {name: pool.submit(live, installations[name], *variant) for name, variant in variants.items()}
        wanted = lives["undisturbed"].result()
        self.assertEqual(len(wanted["rows"]), 6)
        self.assertGreater(len(wanted["alerts"]), 20)
        for name, future in lives.items():
            with self.subTest(name):
                lived = future.result()
                self.assertEqual(lived["rows"], wanted["rows"])
                self.assertEqual(len(lived["alerts"]), len(set(lived["alerts"])))
                self.assertEqual(set(lived["alerts"]), set(wanted["alerts"]))
                self.assertEqual(lived["verify"].status, 0, lived["verify"].out + lived["verify"].err)
                self.assertEqual(lived["statuses"], [0, 0, 0])
                self.check_log(lived)


if __name__ == "__main__":
    unittest.main()
