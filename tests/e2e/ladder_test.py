#!/usr/bin/env python3
"""One commitment climbs the ladder from silence over extension to escalation, beside a floor that breaks and a target that is
adjusted, while each service is killed with kill -9 again and again: the same alerts and the same digests as in a life without trouble.

All lives stand on the same days at the same time, each with a database of its own. On each day the clock stands still; at the end it
runs through a summer."""

import concurrent.futures
import time

from harness import *

FAR = 315360000
DAYS_A_SECOND = 20

LADDER = """\
division: "410102"
year: 2020
zh: 阶梯
en: Ladder
supervising_unit: supervision
rules: {lead_days: [7], lead_working_days: [1], overdue_every_days: 7, escalate_after_working_days: 3, alert_time: "09:00",
        yellow_points: 10, red_points: 30}
units:
  - {id: supervision, zh: 督查室, en: Supervision}
  - {id: parks, zh: 园林局, en: Parks}
  - {id: air-office, zh: 环保局, en: Air}
measures:
  - {id: benches, zh: 座椅, en: Benches, unit: 个, kind: increment, reporting_days: 30}
  - {id: seats, zh: 座位, en: Seats, unit: 个, kind: increment}
  - {id: air, zh: 优良天数比例, en: Good air, unit: "%", kind: level}
commitments:
  - {id: benches, zh: 座椅, en: Benches, theme: city, unit: parks, rule: sum, of: [benches], value_unit: 个, target: "≥ 30",
     start: 2020-01-01, due: 2020-04-30}
  - {id: seats, zh: 座位, en: Seats, theme: city, unit: parks, rule: sum, of: [seats], value_unit: 个, target: "≥ 40",
     start: 2020-01-01, due: 2020-05-10}
  - {id: air, zh: 空气, en: Air, theme: city, unit: air-office, rule: latest, of: [air], value_unit: "%", target: "≥ 80",
     start: 2020-01-01, due: 2020-12-31, hold: all-year}
"""
PUT_BACK = LADDER.replace('alert_time: "09:00"', 'alert_time: "11:00"')


def air(day, value):
    return measured(f"air-{day}", "air", value, day, unit="%")


def signed(id, deadline, version, phase, occurrence):
    alert = alert_id("410102", 2020, deadline, version, phase, occurrence)
    return event(updates_pb2.AlertAcknowledged(division="410102", alert=alert, signed_by="张三"), id)


def extension(id):
    return event(updates_pb2.ExtensionRequested(division="410102", year=2020, commitment="benches", due="2020-05-31",
                                                reason="雨季"), id)


def granted(id, of):
    return event(updates_pb2.ExtensionDecided(division="410102", request_source="/vendor", request_id=of, granted=True,
                                              reason="同意"), id)


def adjusted(id, target, day):
    return event(updates_pb2.TargetAdjusted(division="410102", year=2020, commitment="seats", target=target,
                                            decided_by="区人大常委会", decided_on=day), id)


# What is sent on each day at ten o'clock, and what the days before have brought.
DAYS = (
    ("2020-03-02", [measured("b1", "benches", "5", "2020-03-01"), measured("s1", "seats", "45", "2020-03-01"),
                    air("2020-03-01", "85")]),
    ("2020-03-20", [air("2020-03-19", "70")]),  # breach
    ("2020-03-21", [air("2020-03-20", "90")]),  # mended
    ("2020-04-05", [signed("sign-silence", "benches", 1, "silent", 1)]),
    ("2020-04-24", [extension("ask")]),
    ("2020-04-25", [granted("grant", "ask")]),  # the reminder of the 23rd is taken back
    ("2020-04-26", [adjusted("more", "50", "2020-04-26")]),
    ("2020-04-27", [adjusted("even-more", "60", "2020-04-27"), adjusted("back", "50", "2020-04-27")]),
    ("2020-06-02", [signed("sign-overdue", "benches", 2, "overdue", 1), air("2020-06-01", "60")]),
    ("2020-06-20", [measured("b2", "benches", "30", "2020-06-19")]),  # met, after the escalation of the 3rd
    ("2020-06-22", [air("2020-06-21", "81"), signed("sign-seats", "seats", 4, "overdue", 36)]),
)
SUMMER = "2020-09-01T00:00:00+08:00"


def stand(duban, day, events, victims, which):
    """One day. In a life with trouble a service dies while it takes up what the days before have brought, and the victims once
    more while nobody knows how far a submission has come."""
    duban.freeze(day + "T10:00:00+08:00")
    duban.start()
    if victims:
        time.sleep(0.013 * (which % 7))
        duban.kill(*victims)
        duban.start(*victims)
    with duban.client() as client:
        if day == DAYS[0][0]:
            duban.apply(LADDER)
        duban.settle()  # only what was sent can be signed for
        if day == "2020-06-20":  # on a morning that brings an alert to the supervising unit; the day has no second one
            duban.apply(PUT_BACK)
        if victims:
            client.post(events)
            duban.kill(*victims)
            duban.start(*victims)
            client.forget("ingest")
        for receipt in client.submit_surely(events):
            assert outcome_of(receipt) in ("ACCEPTED", "DUPLICATE"), (day, receipt)
    duban.settle()
    duban.kill(*duban.processes) if victims else duban.stop()


def live(duban, victims):
    """Gives the facts of all alerts and digests by id. A second is as exactly as instants are the same."""
    for which, (day, events) in enumerate(DAYS):
        stand(duban, day, events, victims, which)
    duban.run_clock(DAYS[-1][0] + "T10:00:00+08:00", SUMMER, DAYS_A_SECOND)
    duban.start()
    for day in ("2020-07-05", "2020-08-01"):
        duban.must("clock", "--until", day + "T09:00:00+08:00")
        if victims:
            duban.kill(*victims)
            duban.start(*victims)
    duban.settle()
    with duban.client() as client:
        told = [read_event(body) for body in client.replay("alerts")[0]]
    facts = {}
    for stored, data in told:
        assert stored.id not in facts, f"{stored.id} twice"
        assert not data.late, stored.id
        time_s = stored.attributes["time"].ce_timestamp.seconds
        facts[stored.id] = (time_s, data.SerializeToString(deterministic=True))
    return facts, told


class Ladder(DubanTest):
    def test_the_ladder_is_climbed_alike_whoever_is_killed(self):
        lives = {"calm": ()} | {name: (name,) for name in SERVICES} | {"all": SERVICES}
        installed = {name: self.install(DUBAN_NOTIFY_GRACE_S=FAR) for name in lives}
        with concurrent.futures.ThreadPoolExecutor(len(lives)) as pool:
            futures = {name: pool.submit(live, installed[name], victims) for name, victims in lives.items()}
            found = {name: future.result() for name, future in futures.items()}
        calm, told = found["calm"]
        self.climbed(told)
        for name, (facts, _) in found.items():
            self.assertEqual(facts.keys() ^ calm.keys(), set(), name)
            self.assertEqual(facts, calm, name)
            self.verify(installed[name])

    def climbed(self, told):
        """The calm life has seen what it is there for."""
        pb = publications_pb2
        alerts = {(d.deadline, d.version, pb.Phase.Name(d.phase)[6:].lower(), d.occurrence, d.recipient)
                  for s, d in told if s.type == "duban.v1.DeadlineAlert"}
        for alert in (("air", 1, "breach", 1, "air-office"), ("air", 1, "breach", 1, "supervision"),
                      ("air", 1, "met", 1, "supervision"), ("air", 1, "breach", 2, "supervision"),
                      ("benches", 1, "silent", 1, "parks"), ("benches", 1, "upcoming", 7, "parks"),
                      ("benches", 1, "withdrawn", 0, "parks"), ("benches", 2, "overdue", 1, "parks"),
                      ("benches", 2, "overdue", 3, "supervision"), ("benches", 2, "met", 1, "parks"),
                      ("benches", 2, "met", 1, "supervision"), ("seats", 4, "overdue", 1, "parks")):
            self.assertIn(alert, alerts)
        self.assertNotIn(("benches", 1, "silent", 2, "parks"), alerts, "it was signed for")
        self.assertNotIn(("benches", 2, "overdue", 8, "parks"), alerts, "it was signed for")
        self.assertIn(("benches", 2, "overdue", 8, "supervision"), alerts)
        digests = [d for s, d in told if s.type == "duban.v1.UnitDigest"]
        self.assertEqual(len(digests), len({(d.unit, d.day) for d in digests}))
        self.assertEqual({d.unit for d in digests}, {"supervision", "parks", "air-office"})
        last = [d for d in digests if d.unit == "parks"][-1]
        self.assertEqual((last.extensions_requested, last.extensions_granted, last.alerts_signed), (1, 1, 3))


if __name__ == "__main__":
    unittest.main()
