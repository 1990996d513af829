#!/usr/bin/env python3
"""Targets are adjusted, deadlines extended and alerts signed for: what ingest takes, what it keeps aside, and why."""

import unittest

from harness import *

UNIT = "update.410102.parks-office."


def adjusted(id, commitment="benches", target="25", day="2020-03-02", division="410102", year=2020, source="/government"):
    return event(updates_pb2.TargetAdjusted(division=division, year=year, commitment=commitment, target=target,
                                            decided_by="区政府", decided_on=day), id, source)


def asked(id, due="2020-05-31", commitment="benches", division="410102", year=2020, source="/parks", reason="flood"):
    return event(updates_pb2.ExtensionRequested(division=division, year=year, commitment=commitment, due=due,
                                                reason=reason), id, source)


def decided(id, of, granted=True, division="410102", request_source="/parks", source="/supervision"):
    return event(updates_pb2.ExtensionDecided(division=division, request_source=request_source, request_id=of,
                                              granted=granted, reason="considered"), id, source)


def signed(id, alert, division="410102", source="/parks"):
    return event(updates_pb2.AlertAcknowledged(division=division, alert=alert, signed_by="张三"), id, source)


class IngestTest(DubanTest):
    def begin(self, when, *services):
        """Services, by default ingest alone, whose clock stands still, with the small plan."""
        self.duban = self.install()
        self.duban.freeze(when)
        self.duban.start(*services or ("ingest",))
        self.duban.apply(PLAN)
        self.client = self.connect(self.duban)

    def move_on(self, when):
        """ingest dies and comes back at another time, having forgotten all that it did not store."""
        self.duban.kill("ingest")
        self.duban.freeze(when)
        self.duban.start("ingest")

    def outcomes(self, *events, **how):
        return [outcome_of(r) for r in self.client.submit(events, **how)]

    def aside(self):
        return {id: f"{code} {at}" for id, code, at in self.duban.sql("SELECT id, code, field FROM duban.quarantine")}

    def stored(self, prefix="", after=1):
        return [read_event(body) for body in self.client.replay("updates", prefix, after=after)[0]]


class Extensions(IngestTest):
    def test_a_request_is_made_once_decided_once_and_stands_in_the_log(self):
        self.begin("2020-03-02T10:00:00+08:00")
        first, again = self.client.submit([asked("q1"), asked("q1")])
        self.assertEqual([outcome_of(first), outcome_of(again)], ["ACCEPTED", "DUPLICATE"])
        self.assertEqual((again.sequence, again.digest), (first.sequence, first.digest))
        once_more, = self.client.submit([asked("q1")])
        self.assertEqual((outcome_of(once_more), once_more.sequence), ("DUPLICATE", first.sequence))
        self.assertEqual(self.outcomes(asked("q1", due="2020-06-30")), ["CONFLICT CONFLICTING_CONTENT id"])

        self.assertEqual(self.outcomes(
            decided("d0", "q0"), decided("d1", "q1", request_source="/finance"), decided("d2", "q1", division="4101"),
            decided("g", "q1"), decided("g", "q1"), decided("g2", "q1"), decided("n", "q1", granted=False)), [
            "QUARANTINED UNKNOWN_EXTENSION data.request_id", "QUARANTINED UNKNOWN_EXTENSION data.request_id",
            "QUARANTINED UNKNOWN_DIVISION data.division", "ACCEPTED", "DUPLICATE",
            "QUARANTINED WRONG_STATE data.request_id", "QUARANTINED WRONG_STATE data.request_id"])
        self.move_on("2020-03-02T11:00:00+08:00")
        self.assertEqual(self.outcomes(decided("g", "q1"), decided("g2", "q1")),
                         ["DUPLICATE", "QUARANTINED WRONG_STATE data.request_id"])

        self.assertEqual(self.aside(), {
            "d0": "UNKNOWN_EXTENSION data.request_id", "d1": "UNKNOWN_EXTENSION data.request_id",
            "d2": "UNKNOWN_DIVISION data.division", "g2": "WRONG_STATE data.request_id", "n": "WRONG_STATE data.request_id"})
        (request, asked_for), (decision, granted) = self.stored()
        self.assertEqual((request.id, request.source, request.attributes["subject"].ce_string), ("q1", "/parks", "benches"))
        self.assertEqual((asked_for.year, asked_for.due, asked_for.reason), (2020, "2020-05-31", "flood"))
        self.assertEqual((decision.id, decision.source, decision.attributes["subject"].ce_string), ("g", "/supervision", "q1"))
        self.assertTrue(granted.granted)
        # Both are the unit's that leads the commitment.
        self.assertEqual([stored.id for stored, _ in self.stored(UNIT)], ["q1", "g"])
        self.verify(self.duban)

    def test_an_extension_can_be_asked_for_until_midnight_of_the_deadline_in_force(self):
        self.begin("2020-04-30T23:59:59+08:00")
        self.assertEqual(self.outcomes(asked("q1"), asked("same", due="2020-04-30"), asked("earlier", due="2020-04-29")),
                         ["ACCEPTED", "QUARANTINED WRONG_ORDER data.due", "QUARANTINED WRONG_ORDER data.due"])
        self.move_on("2020-05-01T00:00:00+08:00")
        self.assertEqual(self.outcomes(asked("late", due="2020-06-30")), ["QUARANTINED DEADLINE_PASSED data.due"])
        self.assertEqual(self.outcomes(asked("other", due="2020-07-31", commitment="parks-opened")), ["ACCEPTED"])
        # What was asked in time may be granted late. From then on the new deadline counts: here at once, and after a restart.
        self.assertEqual(self.outcomes(decided("g1", "q1"), asked("q2", due="2020-05-31"), asked("q3", due="2020-06-15")),
                         ["ACCEPTED", "QUARANTINED WRONG_ORDER data.due", "ACCEPTED"])
        self.move_on("2020-05-31T23:59:59+08:00")
        self.assertEqual(self.outcomes(asked("q4", due="2020-06-10"), asked("q2", due="2020-05-31")),
                         ["ACCEPTED", "QUARANTINED WRONG_ORDER data.due"])
        self.move_on("2020-06-01T00:00:00+08:00")
        self.assertEqual(self.outcomes(asked("q5", due="2020-06-20")), ["QUARANTINED DEADLINE_PASSED data.due"])
        self.assertEqual(self.outcomes(asked("late", due="2020-06-30")), ["QUARANTINED DEADLINE_PASSED data.due"])
        # A grant that another has overtaken is refused, and its refusal is not.
        self.assertEqual(self.outcomes(decided("g3", "q3"), decided("g4", "q4"), decided("n4", "q4", granted=False)),
                         ["ACCEPTED", "QUARANTINED WRONG_ORDER data.granted", "ACCEPTED"])
        self.assertEqual([stored.id for stored, _ in self.stored()], ["q1", "other", "g1", "q3", "q4", "g3", "n4"])
        self.assertEqual(self.aside()["late"], "DEADLINE_PASSED data.due")
        self.verify(self.duban)

    def test_a_revision_decides_what_can_still_be_asked_for_and_granted(self):
        self.begin("2020-03-02T10:00:00+08:00")
        self.assertEqual(self.outcomes(asked("q1"), decided("g1", "q1"), asked("q2", due="2020-06-30")), ["ACCEPTED"] * 3)
        self.duban.apply(PLAN.replace("due: 2020-04-30", "due: 2020-05-15"))  # ends the extension
        self.assertEqual(self.outcomes(asked("q3", due="2020-05-16")), ["ACCEPTED"])
        gone = PLAN[:PLAN.index("  - id: benches\n    zh")] + PLAN[PLAN.index("  - id: parks-opened"):]
        self.duban.apply(gone)
        for _ in range(2):
            self.assertEqual(
                self.outcomes(asked("q4"), adjusted("a1"), decided("g2", "q2")),
                ["QUARANTINED UNKNOWN_COMMITMENT data.commitment", "QUARANTINED UNKNOWN_COMMITMENT data.commitment",
                 "QUARANTINED UNKNOWN_COMMITMENT data.request_id"])
            self.move_on("2020-03-02T11:00:00+08:00")
        self.assertEqual(self.outcomes(decided("n2", "q2", granted=False)), ["ACCEPTED"])
        self.verify(self.duban)

    def test_a_dry_run_decides_nothing(self):
        self.begin("2020-03-02T10:00:00+08:00")
        self.assertEqual(self.outcomes(asked("q1"), decided("g1", "q1"), dry_run=True),
                         ["ACCEPTED", "QUARANTINED UNKNOWN_EXTENSION data.request_id"])
        self.assertEqual(self.outcomes(asked("q1")), ["ACCEPTED"])
        for granted in (True, False):
            self.assertEqual(self.outcomes(decided("g1", "q1", granted), dry_run=True), ["ACCEPTED"])
        self.assertEqual(self.outcomes(adjusted("a", target="1"), dry_run=True), ["ACCEPTED"])
        self.assertEqual(self.outcomes(decided("g1", "q1")), ["ACCEPTED"])
        self.assertEqual([stored.id for stored, _ in self.stored()], ["q1", "g1"])
        self.assertEqual(self.aside(), {})

    def test_what_the_database_took_back_was_never_decided(self):
        self.begin("2020-03-02T10:00:00+08:00")
        self.duban.sql("""
            CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.id LIKE 'poison%' THEN RAISE EXCEPTION 'this one not'; END IF;
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER poison BEFORE INSERT ON duban.event_updates FOR EACH ROW EXECUTE FUNCTION poison();""")
        receipts = self.client.submit_surely([
            asked("q1"), asked("q2", due="2020-06-30"), decided("g1", "q1"), decided("poison-2", "q2"),
            decided("n2", "q2", granted=False), decided("g1-again", "q1"), asked("q3", due="2020-06-01")], try_s=10)
        self.assertEqual([outcome_of(r) for r in receipts], [
            "ACCEPTED", "ACCEPTED", "ACCEPTED", "REJECTED STORAGE_REFUSED", "ACCEPTED",
            "QUARANTINED WRONG_STATE data.request_id", "ACCEPTED"])
        self.assertEqual([r.sequence for r in receipts], [2, 3, 4, 0, 5, 0, 6])
        for poisoned in ([decided("poison-3", "q3")], [adjusted("x", target="1"), decided("poison-3", "q3")]):
            receipts = self.client.submit_surely(poisoned, try_s=10)
            self.assertEqual(outcome_of(receipts[-1]), "REJECTED STORAGE_REFUSED")
        receipts = self.client.submit_surely([decided("g3", "q3"), decided("n3", "q3", granted=False)], try_s=10)
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED", "QUARANTINED WRONG_STATE data.request_id"])
        self.verify(self.duban)


class Targets(IngestTest):
    def test_a_target_is_adjusted_by_decisions_that_were_made(self):
        self.begin("2020-03-02T23:59:59+08:00")
        self.assertEqual(self.outcomes(
            adjusted("today"), adjusted("once", day="2019-12-01"), adjusted("tomorrow", day="2020-03-03"),
            adjusted("elsewhere", commitment="noise"), adjusted("next-year", year=2021), adjusted("nowhere", division="4101"),
            adjusted("always", year=20200), adjusted("many", target="many"), adjusted("never", day="2020-02-30")), [
            "ACCEPTED", "ACCEPTED", "QUARANTINED DAY_IN_FUTURE data.decided_on", "QUARANTINED UNKNOWN_COMMITMENT data.commitment",
            "QUARANTINED UNKNOWN_COMMITMENT data.commitment", "QUARANTINED UNKNOWN_DIVISION data.division",
            "QUARANTINED OUT_OF_RANGE data.year", "QUARANTINED INVALID_DECIMAL data.target",
            "QUARANTINED INVALID_DAY data.decided_on"])
        self.assertEqual(self.aside()["tomorrow"], "DAY_IN_FUTURE data.decided_on")
        self.move_on("2020-03-03T00:00:00+08:00")  # what was kept aside may come again, once its day has come
        self.assertEqual(self.outcomes(adjusted("tomorrow", day="2020-03-03")), ["ACCEPTED"])
        self.assertEqual([(stored.id, stored.attributes["subject"].ce_string, data.target) for stored, data in self.stored(UNIT)],
                         [(id, "benches", "25") for id in ("today", "once", "tomorrow")])
        self.verify(self.duban)


class Signatures(IngestTest):
    """The alerts come from notify; what it makes of a signature is its own matter."""

    def setUp(self):
        self.begin("2020-03-02T10:00:00+08:00", *SERVICES)
        self.duban.apply(PLAN.replace("410102", "410103"))
        self.duban.settle()
        self.client.close()
        self.duban.stop()
        self.duban.freeze("2020-04-23T10:00:00+08:00")
        self.duban.start()
        self.client = self.connect(self.duban)
        wait_until("alerts about the benches of both divisions", lambda: len(self.sent()) == 2)
        self.alerts, self.skipped = self.sent(), self.sent("skipped")

    def sent(self, what="id"):
        """By division: the alert about the benches, or those that it stands for and that were never sent."""
        events = [read_event(body) for body in self.client.replay("alerts", "deadline.")[0]]
        return {data.division: stored.id if what == "id" else list(data.skipped_alerts)
                for stored, data in events if data.deadline == "benches"}

    def test_an_alert_that_was_sent_can_be_signed_for_in_its_division(self):
        mine, theirs = self.alerts["410102"], self.alerts["410103"]
        self.assertNotEqual(mine, theirs)
        for number in range(2):
            self.assertEqual(self.outcomes(
                signed(f"s{number}", mine), signed(f"t{number}", mine, source="/supervision"), signed(f"u{number}", "0" * 32),
                signed(f"v{number}", theirs), signed(f"w{number}", theirs, division="410103"),
                signed(f"x{number}", mine, division="4101"), signed(f"y{number}", mine.upper()),
                *(signed(f"z{number}-{i}", id) for i, id in enumerate(self.skipped["410102"]))), [
                "ACCEPTED", "ACCEPTED", "QUARANTINED UNKNOWN_ALERT data.alert", "QUARANTINED UNKNOWN_ALERT data.alert", "ACCEPTED",
                "QUARANTINED UNKNOWN_DIVISION data.division", "QUARANTINED UNKNOWN_ALERT data.alert",
                *["QUARANTINED UNKNOWN_ALERT data.alert"] * len(self.skipped["410102"])])
            self.duban.kill(*self.duban.processes)  # the log knows, whoever is there
            self.duban.start("ingest")
        self.assertTrue(self.skipped["410102"])
        self.assertEqual(self.outcomes(signed("s0", mine)), ["DUPLICATE"])
        self.assertEqual(self.outcomes(signed("dry", mine), signed("dry-too", theirs), dry_run=True),
                         ["ACCEPTED", "QUARANTINED UNKNOWN_ALERT data.alert"])
        self.assertEqual([(stored.id, stored.attributes["subject"].ce_string, data.signed_by) for stored, data in self.stored()
                          if stored.type == "duban.v1.AlertAcknowledged" and data.division == "410102"],
                         [(id, mine, "张三") for id in ("s0", "t0", "s1", "t1")])
        self.assertEqual([stored.id for stored, _ in self.stored("update.410102.-.-.")], ["s0", "t0", "s1", "t1"])
        self.verify(self.duban)

    def test_what_is_no_alert_cannot_be_signed_for(self):
        self.assertEqual(self.outcomes(measured("report", "noise", "1", "2020-03-01", source="/duban/notify")), ["ACCEPTED"])
        figure = read_event(self.client.replay("indicators", "indicator.410102.")[0][0])[0].id
        self.assertEqual(self.outcomes(signed("a", "report"), signed("b", figure), signed("c", "plan-410102-2020-r1")),
                         ["QUARANTINED UNKNOWN_ALERT data.alert"] * 3)


if __name__ == "__main__":
    unittest.main()
