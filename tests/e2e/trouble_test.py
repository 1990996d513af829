#!/usr/bin/env python3
"""What a second reader of the services found: each story once went wrong."""

import subprocess
import threading
import unittest

from harness import *


class Trouble(DubanTest):
    def begin(self, **settings):
        duban = self.install(**settings)
        duban.freeze("2020-03-02")
        duban.start()
        duban.apply(PLAN)
        return duban, self.connect(duban)

    def test_an_event_that_its_readers_could_not_unpack_is_not_accepted(self):
        duban, client = self.begin()
        duban.settle()
        _, plan = read_event(client.replay("updates")[0][0])
        plan.plan.revision = 2
        complex_event = event(plan, "complex")
        # The field `plan`, empty, 1.9 million times: nothing is added by it but the memory that unpacking takes.
        complex_event.proto_data.value = bytes([1 << 3 | 2, 0]) * 1_900_000 + plan.SerializeToString()
        self.assertEqual(outcome_of(client.submit([complex_event])[0]), "QUARANTINED TOO_COMPLEX")
        self.assertEqual(outcome_of(client.submit([measured("a", "benches", "1", "2020-03-01")])[0]), "ACCEPTED")
        duban.settle()
        self.assertTrue(all(duban.alive(service) for service in SERVICES))

    def test_a_cancelled_statement_refuses_nobody(self):
        duban, client = self.begin()
        duban.settle()
        lock = subprocess.Popen(["psql", "-h", str(duban.cluster.directory), "-U", "duban", "-d", duban.database, "-XAtqc",
                                 "BEGIN; LOCK TABLE duban.event_updates IN EXCLUSIVE MODE; SELECT pg_sleep(60)"])
        self.addCleanup(lock.wait)
        self.addCleanup(lock.terminate)
        wait_until("the lock", lambda: duban.sql("SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted "
                                                 "AND relation = 'duban.event_updates'::regclass")[0][0] != "0")
        receipts = []
        sender = threading.Thread(target=lambda: receipts.extend(client.submit([measured("good", "benches", "1", "2020-03-01")])))
        sender.start()
        writer = f"FROM pg_stat_activity WHERE datname = '{duban.database}' AND application_name LIKE 'duban_ingest writer%'"
        wait_until("the insert waits", lambda: duban.sql(f"SELECT count(*) {writer} AND wait_event_type = 'Lock'")[0][0] == "1")
        duban.sql(f"SELECT pg_cancel_backend(pid) {writer}")
        duban.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'")
        sender.join(PATIENCE_S)
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED"])

    def test_alerts_go_on_when_only_ingest_is_dead(self):
        duban = self.install(DUBAN_NOTIFY_PATIENCE_S=1)
        duban.run_clock("2020-03-20", "2020-08-01", 10)
        duban.start()
        duban.apply(PLAN)
        duban.kill("ingest")
        count = lambda: int(duban.sql("SELECT count(*) FROM duban.event_alerts")[0][0])  # noqa: E731
        before = count()
        wait_until("alerts without ingest", lambda: count() > before + 3)


if __name__ == "__main__":
    unittest.main()
