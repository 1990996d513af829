#!/usr/bin/env python3
"""A vendor's whole life with duban: a plan, subscriptions, reports, receipts, figures, alerts, and the proof of it all."""

import json
import unittest

import zmq

from harness import *


class Vendor(DubanTest):
    def begin(self, day):
        """Services on a frozen clock, the small plan, and a client."""
        duban = self.install()
        duban.freeze(day)
        duban.start()
        duban.apply(PLAN)
        return duban, self.connect(duban)

    def test_reports_come_back_as_updates_and_exact_figures(self):
        duban, client = self.begin("2020-03-02T10:00:00+08:00")
        subscription = client.subscribe("update.", "indicator.")
        receipts = client.submit([
            measured("r1", "benches", "12", "2020-02-10"),
            measured("r2", "benches", "-0.5", "2020-02-11"),
            measured("r3", "spent", "1", "2020-02-29", "亿元"),
            measured("r4", "budget", "30000", "2020-02-29", "万元"),
            reached("r5", "north-park", "opened", "2020-03-01"),
        ])
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED"] * 5)
        self.assertEqual([r.sequence for r in receipts], [2, 3, 4, 5, 6])
        self.assertEqual([(r.source, r.id) for r in receipts], [("/vendor", f"r{i}") for i in range(1, 6)])

        updates = subscription.until(5, "update.")
        self.assertEqual(updates, client.replay("updates", after=1)[0])
        self.assertEqual([topic for topic, _ in subscription.received if topic.startswith("update.")],
                         ["update.410102.-.-."] * 4 + ["update.410102.parks-office.north-park."])
        stored, data = read_event(updates[2])
        self.assertEqual((stored.id, stored.source, data.value, data.unit), ("r3", "/vendor", "1", "亿元"))
        self.assertEqual(sequence_of(stored), 4)
        self.assertEqual(stored.attributes["sequence"].ce_string, "00000000000000000004")
        self.assertEqual(stored.attributes["subject"].ce_string, "spent")
        self.assertEqual(stored.attributes["dataschema"].ce_uri, "type.googleapis.com/duban.v1.MeasurementReported")

        def figures():
            subscription.take()
            bodies = [body for topic, body in subscription.received if topic.startswith("indicator.")]
            last = {data.indicator: data for _, data in map(read_event, bodies)}
            return {name: (d.numerator, d.denominator, d.value, d.attainment, d.reached, d.observed_on) for name,
                    d in last.items()}
        wanted = {
            "benches": ("11.5", "1", "11.5", "38.333333333", False, "2020-02-11"),
            "spending-share": ("10000", "30000", "33.333333333", "47.619047619", False, "2020-02-29"),
            "parks-opened": ("1", "3", "33.333333333", "33.333333333", False, "2020-03-01"),
        }
        wait_until(f"the figures {wanted}", lambda: figures() == wanted)
        rows = client.query("metrics", indicators=requests_pb2.IndicatorQuery(division="41", year=2020)).rows
        self.assertEqual({row.indicator.indicator: row.indicator.value for row in rows},
                         {name: figure[2] for name, figure in wanted.items()})
        # What is published is what is stored, and nothing of it was lost on the way.
        published = [body for topic, body in subscription.received if topic.startswith("indicator.")]
        self.assertEqual(client.replay("indicators")[0][-len(published):], published)
        self.verify(duban)

    def test_a_late_report_and_a_withdrawal_change_the_figure(self):
        duban, client = self.begin("2020-03-02T10:00:00+08:00")
        client.submit([measured("a", "benches", "10", "2020-02-10")])
        client.submit([measured("b", "benches", "5", "2020-01-10")])
        wait_until("both", lambda: duban.indicator("benches")["value"] == "15")
        client.submit([withdrawn("c", "a")])
        wait_until("the first is taken back", lambda: duban.indicator("benches")["value"] == "5")
        client.submit([withdrawn("d", "b")])
        wait_until("nothing is known", lambda: duban.indicator("benches")["value"] is None)
        self.verify(duban)

    def test_alerts_come_on_their_instants_and_their_ids_can_be_computed(self):
        duban, client = self.begin("2020-03-02T10:00:00+08:00")
        client.submit([measured("a", "benches", "10", "2020-03-01")])
        duban.settle()
        self.assertEqual(client.head("notify").head, 0)
        client.close()
        duban.stop()
        duban.set(DUBAN_NOTIFY_GRACE_S=315360000)
        duban.freeze("2020-05-02T10:00:00+08:00")
        duban.start("ingest", "metrics")
        client = self.connect(duban)
        duban.start("notify")
        client.submit([measured("b", "benches", "25", "2020-05-01")])
        wanted = [
            ("2020-03-31T09:00", "benches", "upcoming", 30),
            ("2020-04-15T09:00", "north-park/opened", "upcoming", 30),
            ("2020-04-23T09:00", "benches", "upcoming", 7),
            ("2020-04-30T09:00", "benches", "due", 0),
            ("2020-05-01T09:00", "benches", "overdue", 1),
            ("2020-05-02T10:00", "benches", "met", 1),
        ]
        def told():
            """What parks-office was told, but for the pace."""
            return [body for body in client.replay("alerts", "deadline.410102.parks-office.")[0]
                    if read_event(body)[1].phase != publications_pb2.PHASE_PACE]
        wait_until("the alerts", lambda: len(told()) >= len(wanted))
        bodies = told()
        found = []
        for stored, data in map(read_event, bodies):
            phase = publications_pb2.Phase.Name(data.phase).removeprefix("PHASE_").lower()
            self.assertEqual(stored.id, alert_id("410102", 2020, data.deadline, data.version, phase, data.occurrence))
            found.append((stored.attributes["time"].ce_timestamp.ToSeconds(), data.deadline, phase, data.occurrence))
        self.assertEqual([(w[1:]) for w in found], [w[1:] for w in wanted])
        self.assertEqual([w[0] for w in found], [instant(w[0]) for w in wanted])
        met = read_event(bodies[-1])[1]
        self.assertEqual((met.value, met.target, met.days_late), ("35", "30", 1))
        alerts = client.query("notify",
                              alerts=requests_pb2.AlertQuery(unit="parks-office", phase=publications_pb2.PHASE_OVERDUE))
        self.assertEqual([row.alert.deadline for row in alerts.rows], ["benches"])
        deadlines = client.query("notify", deadlines=requests_pb2.DeadlineQuery(commitment="benches")).rows
        self.assertEqual([(row.due, row.state) for row in deadlines], [("2020-04-30", requests_pb2.DEADLINE_STATE_MET)])
        self.verify(duban)

    def test_alerts_are_published_as_they_are_stored_while_the_clock_runs(self):
        duban = self.install(DUBAN_NOTIFY_GRACE_S=315360000)
        duban.run_clock("2020-03-01", "2020-05-05", 30)
        duban.start()
        client = self.connect(duban)
        subscription = client.subscribe("deadline.")
        duban.apply(PLAN)
        duban.settle()
        bodies, _ = client.replay("alerts", "deadline.")
        self.assertEqual(len(bodies), 5)
        self.assertEqual(subscription.until(5, "deadline."), bodies)
        digests, head = client.replay("alerts", "digest.")
        self.assertEqual(head.head, len(bodies) + len(digests))
        listed = [item.id for body in digests for item in read_event(body)[1].items]
        self.assertEqual(sorted(listed), sorted(read_event(body)[0].id for body in bodies))
        self.assertEqual([topic for topic, _ in subscription.received if topic.endswith(".due.")],
                         ["deadline.410102.parks-office.benches.due."])
        self.verify(duban)

    def test_a_req_socket_is_answered_like_a_dealer(self):
        _, client = self.begin("2020-03-02")
        first = client.submit([measured("a", "benches", "1", "2020-03-01")], kind=zmq.REQ)[0]
        again = client.submit([measured("a", "benches", "1", "2020-03-01")], kind=zmq.DEALER)[0]
        self.assertEqual([outcome_of(first), outcome_of(again)], ["ACCEPTED", "DUPLICATE"])
        request = requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="updates"))
        reply, events = client.ask("ingest", request, kind=zmq.REQ)
        self.assertEqual((reply.replay.complete_to, len(events)), (2, 2))

    def test_what_a_sender_writes_cannot_break_the_lines_of_replay(self):
        duban, client = self.begin("2020-03-02")
        name = 'a "quoted" \\ id'
        self.assertEqual(outcome_of(client.submit([measured(name, "benches", "1", "2020-03-01")])[0]), "ACCEPTED")
        lines = [json.loads(line) for line in duban.must("replay", "--json", "update.").splitlines()]
        self.assertEqual([line["id"] for line in lines][1:], [name])

    def test_the_digest_chain_can_be_recomputed(self):
        _, client = self.begin("2020-03-02")
        receipts = [client.submit([measured(f"{n}-{i}", "benches", "1",
                                            "2020-03-01") for i in range(3)]) for n in range(4)]
        told = {r.sequence: r.digest for batch in receipts for r in batch}
        for stream in STREAMS:
            bodies, head = client.replay(stream)
            digest = NO_DIGEST
            for sequence, body in enumerate(bodies, 1):
                digest = chain(digest, body)
                if stream == "updates" and sequence in told:
                    self.assertEqual(told[sequence], digest)
            self.assertEqual((head.head, head.digest), (len(bodies), digest), stream)
        self.assertEqual(len(told), 12)
        self.assertEqual({r.incarnation for batch in receipts for r in batch}, {client.head("ingest").incarnation})

    def test_replay_comes_in_pages_from_any_service(self):
        _, client = self.begin("2020-03-02")
        client.submit([measured(f"m{i}", "noise", "1", "2020-03-01") for i in range(1000)])
        client.submit([reached("p", "north-park", "started", "2020-03-01")])
        whole, head = client.replay("updates")
        self.assertEqual((len(whole), head.head), (1002, 1002))
        self.assertEqual(client.replay("updates", limit=77)[0], whole)
        self.assertEqual(client.replay("updates", service="notify")[0], whole)
        self.assertEqual(client.replay("updates", "update.410102.parks-office.")[0], whole[-1:])
        self.assertEqual(client.replay("updates", "update.4101.")[0], [])

    def test_what_a_service_does_not_answer_is_refused_with_a_code(self):
        _, client = self.begin("2020-03-02")
        cases = [
            ("metrics", requests_pb2.Request(submit=requests_pb2.SubmitRequest()), "UNKNOWN_REQUEST"),
            ("ingest", requests_pb2.Request(indicators=requests_pb2.IndicatorQuery()), "UNKNOWN_REQUEST"),
            ("notify", requests_pb2.Request(), "UNKNOWN_REQUEST"),
            ("notify", requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="rumours")), "UNKNOWN_STREAM"),
            ("notify", requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="alerts", limit=1001)),
             "OUT_OF_RANGE"),
            ("notify", requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="alerts", topic_prefix="x" * 256)),
             "OUT_OF_RANGE"),
            ("notify", requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="alerts", after=2**64 - 1)),
             "OUT_OF_RANGE"),
            ("metrics", requests_pb2.Request(indicators=requests_pb2.IndicatorQuery(as_of="2020-02-30")),
             "INVALID_DAY"),
        ]
        for service, request, code in cases:
            with self.subTest(code=code, request=str(request)):
                self.assertEqual(client.ask(service, request)[0].error.code, code)


if __name__ == "__main__":
    unittest.main()
