#!/usr/bin/env python3
"""What is derived can be dropped and comes out the same; what was tampered with is found; the services cannot even try."""

import unittest

from harness import *

FAR = 315360000
OWNER = "SET session_replication_role = replica;\n"  # what only the owner can do: no trigger fires
FORGET_DERIVED = OWNER + """
DELETE FROM duban.event WHERE stream IN (2, 3);
UPDATE duban.stream SET head = 0, digest = decode(repeat('00', 32), 'hex'), received = NULL WHERE id IN (2, 3);
UPDATE duban.stream SET incarnation = (SELECT gen_random_uuid()); -- who has heard the old stream must begin anew
DELETE FROM duban.indicator;
UPDATE duban.metrics_cursor SET updates = 0, instant = '1970-01-01T00:00:00Z';
UPDATE duban.notify_cursor SET updates = 0, indicators = 0, instant = '1970-01-01T00:00:00Z';
"""


class Rebuild(DubanTest):
    def live(self):
        """An installation that has lived from March to June, and is stopped."""
        duban = self.install(DUBAN_NOTIFY_GRACE_S=FAR)
        for day in ("2020-03-02", "2020-04-10", "2020-05-20", "2020-06-03"):
            duban.freeze(day + "T10:00:00+08:00")
            duban.start()
            with duban.client() as client:
                if day == "2020-03-02":
                    duban.apply(PLAN)
                    client.submit([measured("early", "benches", "8", "2020-01-05"),
                                   measured("noise", "noise", "1", "2020-03-01")])
                client.submit([measured(f"benches-{day}", "benches", "7.5", day),
                               measured(f"spent-{day}", "spent", day[6] + "00", day, "万元"),
                               measured(f"budget-{day}", "budget", "0.07", day, "亿元")])
                if day == "2020-05-20":
                    client.submit([reached("open", "north-park", "opened", "2020-05-18"), withdrawn("back", "early")])
            duban.settle()
            duban.stop()
        return duban

    def streams(self, duban):
        duban.start()
        duban.settle()
        with duban.client() as client:
            found = {stream: client.replay(stream)[0] for stream in STREAMS}
        duban.stop()
        return found

    def test_the_services_may_not_change_the_log_nor_may_the_owner_by_mistake(self):
        duban = self.live()
        for user in ("duban_ingest", "duban_metrics", "duban_notify"):
            for text in ("DELETE FROM duban.event", "DELETE FROM duban.event_indicators",
                         "UPDATE duban.event SET topic = ''",
                         "UPDATE duban.event_updates SET topic = ''", "TRUNCATE duban.event",
                         "TRUNCATE duban.event_indicators",
                         "DELETE FROM duban.indicator", "TRUNCATE duban.indicator", "UPDATE duban.stream SET head = 0",
                         "DELETE FROM duban.quarantine", "UPDATE duban.quarantine SET code = ''",
                         "DELETE FROM duban.stream",
                         "ALTER TABLE duban.event DISABLE TRIGGER only_added_to",
                         "SET session_replication_role = replica",
                         "DROP TABLE duban.indicator", "CREATE TABLE duban.mine ()"):
                with self.subTest(user=user, text=text), self.assertRaisesRegex(SqlError, "42501"):
                    duban.sql(text, user)
        for user, other in (("duban_ingest", "event_alerts"), ("duban_metrics", "event_updates"),
                            ("duban_notify", "event_indicators")):
            with self.subTest(user=user, other=other), self.assertRaisesRegex(SqlError, "42501"):
                duban.sql(f"INSERT INTO duban.{other} SELECT * FROM duban.{other} LIMIT 1", user)
        for text in ("DELETE FROM duban.event", "DELETE FROM duban.event_indicators",
                     "UPDATE duban.event SET topic = ''",
                     "UPDATE duban.event_updates SET topic = ''", "TRUNCATE duban.event",
                     "TRUNCATE duban.event_indicators"):
            with self.subTest(text=text), self.assertRaisesRegex(SqlError, "DB002"):
                duban.sql(text)
        self.verify(duban)

    def test_dropped_indicators_and_alerts_come_out_the_same(self):
        duban = self.live()
        before, rows = self.streams(duban), duban.sql("SELECT * FROM duban.indicator ORDER BY 1, 2, 3")
        self.assertGreater(len(before["indicators"]), 10)
        self.assertGreater(len(before["alerts"]), 5)
        duban.sql(FORGET_DERIVED)
        after = self.streams(duban)
        self.assertEqual(after["updates"], before["updates"])
        self.assertEqual(after["indicators"], before["indicators"])
        self.assertEqual(sorted(read_event(body)[0].id for body in after["alerts"]),
                         sorted(read_event(body)[0].id for body in before["alerts"]))
        self.assertEqual(duban.sql("SELECT * FROM duban.indicator ORDER BY 1, 2, 3"), rows)
        self.verify(duban)

    def test_after_a_crash_between_two_pieces_no_alert_is_sent_again(self):
        """What such a crash leaves: alerts that are stored, a cursor that does not know of them, and some to come."""
        duban = self.live()
        before = self.streams(duban)["alerts"]
        self.assertGreater(len(before), 5)
        duban.sql("UPDATE duban.notify_cursor SET updates = 0, indicators = 0, instant = '1970-01-01T00:00:00Z'")
        duban.freeze("2020-07-02T10:00:00+08:00")
        after = self.streams(duban)["alerts"]
        self.assertGreater(len(after), len(before))
        self.assertEqual(after[:len(before)], before)
        ids = [read_event(body)[0].id for body in after]
        self.assertEqual(len(set(ids)), len(ids))
        self.verify(duban)

    def test_verify_finds_and_names_what_was_tampered_with(self):
        duban = self.live()
        self.verify(duban)
        alerts = int(duban.sql("SELECT head FROM duban.stream WHERE id = 3")[0][0])
        swap = "".join(f"UPDATE duban.event SET sequence = {new} WHERE stream = 1 AND sequence = {old};" for old,
                       new in ((2, 999), (3, 2), (999, 3)))
        cases = {
            "a changed body": ("UPDATE duban.event SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE stream = 1 AND sequence = 4",
                               "updates 4: the digest does not follow"),
            "a changed column": ("UPDATE duban.event SET id = 'other' WHERE stream = 1 AND sequence = 4",
                                 "updates 4: the column id is not what the body says"),
            "a removed row": ("DELETE FROM duban.event WHERE stream = 1 AND sequence = 3",
                              "updates 3: is missing\n"),
            "a removed last row": (f"DELETE FROM duban.event WHERE stream = 3 AND sequence = {alerts}",
                                   f"alerts {alerts}: is missing, up to the head"),
            "a swapped pair": (swap, "updates 2: the body is that of sequence 3"),
            "a changed digest": ("UPDATE duban.event SET digest = sha256('x') WHERE stream = 2 AND sequence = 2",
                                 "indicators 2: the digest does not follow"),
            "a changed head": ("UPDATE duban.stream SET digest = sha256('x') WHERE id = 2",
                               "indicators: the head row has another digest"),
            "a changed derived row": ("UPDATE duban.indicator SET value = value + 1 WHERE indicator = 'benches'",
                                      "indicator row"),
            "a removed derived row": ("DELETE FROM duban.indicator WHERE indicator = 'benches'",
                                      "indicator rows: 2 stored, 3 computed"),
            "a changed approved target": ("UPDATE duban.indicator SET approved_target = 1 WHERE indicator = 'benches'",
                                          "indicator row"),
            "a changed forecast": ("UPDATE duban.indicator SET weekly_pace = weekly_pace + 1 WHERE indicator = 'parks-opened'",
                                   "indicator row"),
            "a derived row too many": ("""INSERT INTO duban.indicator SELECT (jsonb_populate_record(i, '{"year": 2021}')).*
                                          FROM duban.indicator AS i WHERE indicator = 'benches'""",
                                       "indicator rows: 4 stored, 3 computed"),
            "an alert that was never sent, the chain made good": (
                f"DELETE FROM duban.event WHERE stream = 3 AND sequence = {alerts}; UPDATE duban.stream SET head = {alerts - 1}, "
                f"digest = (SELECT digest FROM duban.event WHERE stream = 3 AND sequence = {alerts - 1}) WHERE id = 3",
                "was never sent"),
            "an indicator that was never said, the chain made good": (
                "DELETE FROM duban.event WHERE stream = 2 AND sequence = (SELECT head FROM duban.stream WHERE id = 2); "
                "UPDATE duban.stream SET head = head - 1, digest = (SELECT digest FROM duban.event WHERE stream = 2 ORDER BY sequence DESC LIMIT 1) "
                "WHERE id = 2", "indicators: "),
        }
        original = duban.database
        for name, (text, wanted) in cases.items():
            with self.subTest(name):
                duban.database = duban.cluster.new_database(original)
                duban.set(DUBAN_DATABASE=duban.cluster.conninfo(duban.database))
                duban.sql(OWNER + "BEGIN;" + text + "; COMMIT;")
                done = duban.run("verify")
                self.assertEqual(done.status, 1, done.out + done.err)
                self.assertIn(wanted, done.out)
                self.assertIn("not verified", done.out)

    def test_verify_finds_a_changed_report_even_when_the_whole_chain_was_forged(self):
        duban = self.live()
        with_owner = []
        duban.start()
        with duban.client() as client:
            bodies = client.replay("updates")[0]
        duban.stop()
        digest = NO_DIGEST
        for sequence, body in enumerate(bodies, 1):
            stored = cloudevents_pb2.CloudEvent.FromString(body)
            if stored.id == "benches-2020-04-10":
                forged = updates_pb2.MeasurementReported.FromString(stored.proto_data.value)
                forged.value = "9.5"
                stored.proto_data.value = forged.SerializeToString()
                body = stored.SerializeToString(deterministic=True)
            digest = chain(digest, body)
            with_owner.append(f"UPDATE duban.event SET body = '\\x{body.hex()}', digest = '\\x{digest.hex()}' WHERE stream = 1 AND sequence = {sequence};")
        duban.sql(OWNER + "\n".join(with_owner) + f"UPDATE duban.stream SET digest = '\\x{digest.hex()}' WHERE id = 1")
        done = duban.run("verify")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.out, r"indicators \d+: .*benches.* is not what the updates lead to")
        self.assertIn("indicator row", done.out)

    def forge_alerts(self, duban, change):
        """Changes the bodies of stored alerts and digests, and the whole chain after them. `change` takes the stored event and its
        data, and gives None to leave it, the data as it is to be, or False to drop the event and all after it."""
        duban.start()
        with duban.client() as client:
            bodies = client.replay("alerts")[0]
        duban.stop()
        digest, head, statements = NO_DIGEST, 0, []
        for sequence, body in enumerate(bodies, 1):
            stored, data = read_event(body)
            changed = change(stored, data)
            if changed is False:
                break
            if changed is not None:
                stored.proto_data.value = changed.SerializeToString(deterministic=True)
                body = stored.SerializeToString(deterministic=True)
            digest, head = chain(digest, body), sequence
            statements.append(f"UPDATE duban.event SET body = '\\x{body.hex()}', digest = '\\x{digest.hex()}' WHERE stream = 3 AND sequence = {sequence};")
        duban.sql(OWNER + "\n".join(statements) + f"DELETE FROM duban.event WHERE stream = 3 AND sequence > {head};"
                  f"UPDATE duban.stream SET head = {head}, digest = '\\x{digest.hex()}' WHERE id = 3")
        return duban.run("verify")

    def test_verify_finds_a_changed_digest_even_when_the_whole_chain_was_forged(self):
        def change(stored, data):
            if stored.type == "duban.v1.UnitDigest" and data.asked > 0:
                data.asked -= 1
                return data
        done = self.forge_alerts(self.live(), change)
        self.assertEqual(done.status, 1)
        self.assertRegex(done.out, r"alerts \d+: [0-9a-f]{32} is not what the log leads to")

    def test_verify_finds_that_a_copy_to_the_supervising_unit_is_gone_and_that_another_cannot_stand_for_it(self):
        duban, gone = self.live(), []

        def find(stored, data):
            if stored.type == "duban.v1.DeadlineAlert" and data.recipient == "supervision":
                gone.append(stored.id)
        self.assertEqual(self.forge_alerts(duban, find).status, 0)
        self.assertTrue(gone)
        last = gone[-1]

        def hide(stored, data):
            if stored.id == last:
                return False
            if stored.type == "duban.v1.DeadlineAlert" and data.recipient != "supervision" and hidden:
                data.skipped_alerts.append(last)
                hidden.pop()
                return data
        hidden = [True]
        done = self.forge_alerts(duban, hide)
        self.assertEqual(done.status, 1)
        self.assertIn(f"cannot stand for {last}", done.out)


if __name__ == "__main__":
    unittest.main()
