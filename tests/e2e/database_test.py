#!/usr/bin/env python3
"""PostgreSQL goes away, comes back, hangs, or asks for a password: the services stay, say so, and go on by themselves."""

import os
import signal
import time
import unittest

from load import *


class Database(LoadTest):
    """Each test has a PostgreSQL of its own, which it may stop."""

    def own(self, **settings):
        self.postgres = Cluster()
        self.addCleanup(self.postgres.remove)
        duban = Duban(on=self.postgres, **settings)
        self.installations.append(duban)
        duban.freeze("2020-03-02T10:00:00+08:00")
        return duban

    def launch(self, duban):
        """Starts the services without waiting for them."""
        for service in SERVICES:
            with open(duban.log_path(service), "ab") as log:
                duban.processes[service] = duban._launch(service, log)

    def away(self, duban):
        """All services answer, within a moment, that they are not there."""
        with duban.client() as client:
            for service in SERVICES:
                reply, _ = client.ask(service, requests_pb2.Request(head=requests_pb2.HeadRequest()), patience_s=5)
                self.assertEqual(reply.error.code, "UNAVAILABLE", service)
            reply, _ = client.ask("metrics", requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="updates")), patience_s=5)
            self.assertEqual(reply.error.code, "UNAVAILABLE")
            reply = client.send(batch_of([measured("away", "noise", "1", "2020-03-01")]), patience_s=5)
            self.assertEqual([outcome_of(r) for r in reply.receipts.receipts], ["UNAVAILABLE UNAVAILABLE"])

    def back_within(self, duban, limit_s):
        since = time.monotonic()
        with duban.client() as client:
            for service in SERVICES:
                client.wait_for_service(service)
        took_s = time.monotonic() - since
        print(f"{self._testMethodName}: back after {took_s * 1000:.0f} ms", file=sys.stderr)
        self.assertLess(took_s, limit_s)

    def test_services_outlive_a_database_that_stops_and_starts(self):
        duban = self.own()
        duban.start()
        duban.apply(PLAN)
        vendors = self.load(duban)
        for mode in ("fast", "immediate"):
            self.goes_on(vendors)
            self.postgres.stop(mode)
            wait_until("it is noticed", lambda: all("DB-LOST" in duban.log_path(s).read_text() for s in SERVICES))
            self.away(duban)
            # Long enough for the pauses between two tries to have grown.
            def tries():
                return duban.log_path("ingest").read_text().count("DB-LOST")
            before = tries()
            wait_until("some tries", lambda: tries() > before + 8)
            self.away(duban)
            self.postgres.start()
            self.back_within(duban, 6)
            self.assertTrue(all(duban.alive(service) for service in SERVICES))
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)
        self.assertEqual(duban.stop(), [0, 0, 0])

    def test_services_started_without_a_database_wait_for_it(self):
        duban = self.own()
        self.postgres.stop()
        self.launch(duban)
        with duban.client() as client:
            for service in SERVICES:
                wait_until(f"{service} answers", lambda: client.ask(
                    service, requests_pb2.Request(head=requests_pb2.HeadRequest()), patience_s=0.5)[0])
        self.away(duban)
        self.postgres.start()
        self.back_within(duban, 6)
        duban.apply(PLAN)
        self.assertEqual(duban.stop(), [0, 0, 0])

    def test_a_database_that_hangs_is_given_up_and_comes_back(self):
        duban = self.own(DUBAN_DATABASE_TIMEOUT_MS=1000)
        duban.start()
        duban.apply(PLAN)
        vendors = self.load(duban)
        thaw = self.freeze(duban)
        wait_until("it is noticed", lambda: "no answer" in duban.log_path("ingest").read_text())
        self.away_soon(duban)
        thaw()
        self.back_within(duban, 12)
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_a_service_that_cannot_finish_ends_all_the_same(self):
        duban = self.own()
        duban.start()
        duban.apply(PLAN)
        vendors = self.load(duban)
        thaw = self.freeze(duban)
        since = time.monotonic()
        for process in duban.processes.values():
            process.terminate()
        self.assertEqual(duban.stop(), [0, 0, 0])
        self.assertLess(time.monotonic() - since, 14)
        thaw()
        duban.start()
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def freeze(self, duban):
        """Stops every process of PostgreSQL; gives what lets them go on, at the latest at the end of the test."""
        processes = [int(p) for p, in duban.sql("SELECT pid FROM pg_stat_activity")]
        processes.append(int((self.postgres._data() / "postmaster.pid").read_text().split()[0]))

        def thaw():
            for process in processes:
                self.signal(process, signal.SIGCONT)
        self.addCleanup(thaw)
        for process in processes:
            self.signal(process, signal.SIGSTOP)
        return thaw

    def away_soon(self, duban):
        """While a request is unsure ingest answers nothing to it, but it answers others."""
        with duban.client() as client:
            wait_until("ingest says that it is away", lambda: outcome_of(client.send(
                batch_of([measured("away", "noise", "1", "2020-03-01")]), patience_s=2).receipts.receipts[0])
                == "UNAVAILABLE UNAVAILABLE")

    @staticmethod
    def signal(process, number):
        try:
            os.kill(process, number)
        except ProcessLookupError:  # psql's own backend has ended
            pass

    # Passwords.

    def demand_passwords(self, duban):
        duban.sql("SET password_encryption = 'scram-sha-256'; ALTER ROLE duban_ingest PASSWORD 'swordfish'; "
                  "ALTER ROLE duban PASSWORD 'also swordfish'")
        rules = self.postgres._data() / "pg_hba.conf"
        rules.write_text("local all duban_ingest,duban scram-sha-256\n" + rules.read_text())
        self.postgres._tool("pg_ctl", "-D", self.postgres._data(), "-s", "reload")

    def password(self, duban, text, mode=0o600):
        path = duban.file("password", text)
        path.chmod(mode)
        return path

    def test_a_password_comes_from_a_file(self):
        duban = self.own()
        self.demand_passwords(duban)
        duban.set(DUBAN_DATABASE_PASSWORD_FILE=self.password(duban, "wrong\n"))
        self.launch(duban)
        wait_until("it is refused", lambda: "password authentication failed" in duban.log_path("ingest").read_text())
        self.assertEqual(duban.run("db", "status").status, 3)
        self.password(duban, "swordfish\n")  # the file is read again for every connection
        with duban.client() as client:
            client.wait_for_service("ingest")
        self.password(duban, "also swordfish")
        self.assertIn("schema is this program's", duban.must("db", "status"))
        for secret in ("wrong", "swordfish"):
            self.assertNotIn(secret, duban.logs())

    def test_a_password_that_others_may_read_is_refused(self):
        duban = self.own()
        path = self.password(duban, "swordfish\n", 0o640)
        for settings in ({"DUBAN_DATABASE_PASSWORD_FILE": path}, {"PGPASSWORD": "swordfish"},
                         {"DUBAN_DATABASE": duban.settings["DUBAN_DATABASE"] + " password=swordfish"}):
            for service in SERVICES:
                process = duban.start_another(service, **settings)
                self.assertEqual(process.wait(PATIENCE_S), 2)
                self.assertIn("SETTINGS level=error", duban.log_path(f"{service}-another").read_text())
            self.assertNotIn("swordfish", duban.logs())
        duban.set(DUBAN_DATABASE_PASSWORD_FILE=path)
        self.assertIn("0600", duban.run("db", "status").err)


if __name__ == "__main__":
    unittest.main()
