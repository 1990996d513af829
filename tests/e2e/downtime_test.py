#!/usr/bin/env python3
"""notify does not run for weeks: what it missed is sent once, marked late, newest phase only, with the others listed."""

import unittest

from harness import *

FAR = 315360000


class Downtime(DubanTest):
    def run_days(self, duban, *days, without=()):
        """Lives through days, each on a clock that stands still at its 10 o'clock; notify rests on some."""
        for day in days:
            duban.freeze(day + "T10:00:00+08:00")
            duban.start(*[service for service in SERVICES if not (service == "notify" and day in without)])
            with duban.client() as client:
                if client.head("ingest").head == 0:
                    duban.apply(PLAN)
                client.submit([measured(f"benches-{day}", "benches", "5", day)])
            duban.settle()
            duban.stop()

    def alerts(self, duban):
        """Stored alerts: [(id, data)]."""
        duban.start("notify")
        with duban.client() as client:
            alerts = [(stored.id, data) for stored, data in map(read_event, client.replay("alerts", "deadline.")[0])]
        duban.stop()
        return alerts

    def test_after_downtime_the_newest_phase_is_sent_late_and_lists_what_was_skipped(self):
        days = ["2020-03-02", "2020-04-01", "2020-04-20", "2020-05-10", "2020-05-20", "2020-06-01"]
        steady = self.install(DUBAN_NOTIFY_GRACE_S=FAR)
        self.run_days(steady, *days)
        rested = self.install()
        self.run_days(rested, *days, without=days[2:4])

        would_have = {id: data for id, data in self.alerts(steady)}
        alerts = self.alerts(rested)
        sent = [id for id, _ in alerts]
        skipped = [id for _, data in alerts for id in data.skipped_alerts]
        self.assertEqual(len(sent + skipped), len(set(sent + skipped)), "nothing twice")
        self.assertEqual(set(sent + skipped), set(would_have))
        self.assertGreater(len(skipped), 3)

        for id, data in alerts:
            if data.skipped_alerts:
                # What is decided only now is not late itself: that the target was reached, or the deadline withdrawn.
                self.assertTrue(data.late or data.phase in (publications_pb2.PHASE_MET,
                                                            publications_pb2.PHASE_WITHDRAWN))
                newest = would_have[id]
                for missed in map(would_have.get, data.skipped_alerts):
                    self.assertEqual((missed.deadline, missed.version), (newest.deadline, newest.version))
                    self.assertGreaterEqual(missed.days_left, newest.days_left)
        late = {(data.deadline, data.phase, data.occurrence) for _, data in alerts if data.late}
        overdue = publications_pb2.PHASE_OVERDUE
        self.assertIn(("benches", overdue, 15), late)
        self.verify(steady)
        self.verify(rested)

    def test_a_second_start_after_downtime_sends_nothing_more(self):
        duban = self.install()
        self.run_days(duban, "2020-03-02", "2020-05-20", without=["2020-03-02"])
        before = self.alerts(duban)
        self.assertEqual(self.alerts(duban), before)
        self.run_days(duban, "2020-05-20")
        self.assertEqual(self.alerts(duban), before)
        self.verify(duban)

    def test_a_clock_that_goes_back_sends_nothing_twice(self):
        duban = self.install(DUBAN_NOTIFY_GRACE_S=FAR)
        self.run_days(duban, "2020-03-02", "2020-05-20")
        before = [id for id, _ in self.alerts(duban)]
        duban.freeze("2020-04-10")
        duban.start()
        with duban.client() as client:
            receipts = client.submit([measured("back", "noise", "1", "2020-04-09")])
        self.assertEqual(outcome_of(receipts[0]), "ACCEPTED")
        duban.settle(instant("2020-05-20T10:00"))
        duban.stop()
        self.run_days(duban, "2020-06-20")
        after = [id for id, _ in self.alerts(duban)]
        self.assertEqual(after[:len(before)], before)
        self.assertEqual(len(after), len(set(after)))
        self.assertGreater(len(after), len(before))
        self.verify(duban)

    def test_a_whole_year_without_notify_gives_one_alert_for_each_deadline(self):
        duban = self.install()
        self.run_days(duban, "2020-01-02", "2021-03-01", without=["2020-01-02"])
        alerts = self.alerts(duban)
        self.assertEqual(sorted((data.deadline, data.recipient) for _, data in alerts),
                         [("benches", "parks-office"), ("benches", "supervision"), ("north-park/opened", "parks-office"),
                          ("parks-opened", "parks-office"), ("spending-share", "finance")])
        self.assertTrue(all(data.late for _, data in alerts))
        self.verify(duban)

    def test_a_day_whose_hour_was_put_back_while_notify_rested_has_one_digest(self):
        duban = self.install()
        self.run_days(duban, "2020-03-02")
        duban.freeze("2020-03-31T10:00:00+08:00")  # the morning was at nine
        duban.start("ingest", "metrics")
        duban.apply(PLAN.replace('alert_time: "09:00"', 'alert_time: "11:00"'))
        with duban.client() as client:
            client.submit([event(updates_pb2.ExtensionRequested(division="410102", year=2020, commitment="benches",
                                                                due="2020-05-31", reason="flood"), "ask")])
        duban.settle()
        duban.stop()
        self.run_days(duban, "2020-04-02")
        duban.start("notify")
        with duban.client() as client:
            digests = [data for _, data in map(read_event, client.replay("alerts", "digest.")[0])]
        self.assertEqual([data.day for data in digests if data.unit == "parks-office"],
                         ["2020-03-03", "2020-03-31", "2020-04-01"])
        self.verify(duban)


if __name__ == "__main__":
    unittest.main()
