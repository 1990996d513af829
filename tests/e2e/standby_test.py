#!/usr/bin/env python3
"""A second process of a service takes over when the first has gone, or does nothing any more; the first cannot come back."""

import signal
import socket
import time
import unittest

from load import *

LEASE_MS = 1000


class Standby(LoadTest):
    def awaits(self, duban, service, event, host=""):
        """Waits for a line in the log of another process."""
        path = duban.log_path(f"{service}{host}-another")
        wait_until(f"{event} of {service}{host}", lambda: event in path.read_text())

    def refused(self, client, service):
        """Whether the service answers, and says that it is not there for anybody."""
        reply, _ = client.ask(service, requests_pb2.Request(head=requests_pb2.HeadRequest()), patience_s=0.5)
        return reply is not None and reply.WhichOneof("kind") == "error" and reply.error.code == "UNAVAILABLE"

    def serves_within(self, limit_s, client, service):
        """Waits until the service is there; it must not take long."""
        since = time.monotonic()
        client.wait_for_service(service)
        took_s = time.monotonic() - since
        print(f"{self._testMethodName}: {service} after {took_s * 1000:.0f} ms", file=sys.stderr)
        self.assertLess(took_s, limit_s)

    # Two processes with the same sockets, as on one machine.

    def test_a_waiting_process_takes_over_from_one_that_was_killed(self):
        duban, vendors = self.begin()
        for round in range(3):
            duban.start_another("ingest")
            wait_until("it waits", lambda: duban.log_path("ingest-another").read_text().count("ENDPOINT-TAKEN") == round + 1)
            self.assertNotIn("STANDBY", duban.log_path("ingest-another").read_text())
            self.goes_on(vendors)
            duban.kill("ingest")
            with duban.client() as client:
                self.serves_within(3, client, "ingest")
            duban.processes["ingest"] = duban.strangers.pop()
            self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_a_waiting_process_takes_over_from_one_that_was_asked_to_end(self):
        duban, vendors = self.begin(DUBAN_LEASE_MS=60000)
        another = duban.start_another("ingest")
        self.awaits(duban, "ingest", "ENDPOINT-TAKEN")
        self.assertEqual(duban.stop("ingest"), [0])
        with duban.client() as client:
            self.serves_within(3, client, "ingest")
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)
        another.terminate()
        self.assertEqual(another.wait(PATIENCE_S), 0)

    def test_a_waiting_process_ends_when_it_is_asked_to(self):
        duban = self.install().start("ingest")
        another = duban.start_another("ingest")
        self.awaits(duban, "ingest", "ENDPOINT-TAKEN")
        another.terminate()
        self.assertEqual(another.wait(PATIENCE_S), 0)
        with duban.client() as client:  # and leaves the sockets to whom they belong
            client.wait_for_service("ingest")

    def test_a_process_waits_for_a_port_as_well(self):
        """Nothing but the port is the same: no file says who has it."""
        duban = self.install()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        for host in ("a", "b"):
            settings = duban.settings | {"DUBAN_INGEST_FRONT": f"ipc://{duban.directory}/ingest{host}.front tcp://127.0.0.1:{port}",
                                         "DUBAN_INGEST_PUBLISHER": f"ipc://{duban.directory}/ingest{host}.publisher"}
            with open(duban.log_path(f"ingest{host}"), "ab") as log:
                duban.processes[f"ingest{host}"] = subprocess.Popen([BIN / "duban-ingest", "--insecure"], env=environment(**settings),
                                                                    stdout=log, stderr=subprocess.STDOUT)
            if host == "a":
                with duban.client("a") as client:
                    client.wait_for_service("ingest")
        wait_until("it waits", lambda: "ENDPOINT-TAKEN" in duban.log_path("ingestb").read_text())
        duban.kill("ingesta")
        with duban.client("b") as client:
            self.serves_within(3, client, "ingest")
        self.assertEqual(duban.log_path("ingestb").read_text().count("ENDPOINT-TAKEN"), 1)

    # Two processes with sockets of their own, as on two machines.

    def begin_two(self, lease_ms=LEASE_MS):
        duban, vendors = self.begin("", "b", DUBAN_LEASE_MS=lease_ms)
        another = duban.start_another("ingest", "b")
        self.awaits(duban, "ingest", "STANDBY", "b")
        return duban, vendors, another

    def test_a_standby_answers_that_it_is_not_there_and_takes_over_from_the_dead(self):
        duban, vendors, _ = self.begin_two(lease_ms=60000)
        with duban.client("b") as client:
            self.assertTrue(self.refused(client, "ingest"))
            reply = client.send(batch_of([measured("a", "noise", "1", "2020-03-01")]))
            self.assertEqual([outcome_of(r) for r in reply.receipts.receipts], ["UNAVAILABLE UNAVAILABLE"])
            duban.kill("ingest")
            self.serves_within(3, client, "ingest")
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_a_standby_takes_over_at_once_from_one_that_was_asked_to_end(self):
        duban, vendors, _ = self.begin_two(lease_ms=60000)
        self.assertEqual(duban.stop("ingest"), [0])
        with duban.client("b") as client:
            self.serves_within(3, client, "ingest")
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_a_frozen_process_is_displaced_and_becomes_the_standby(self):
        duban, vendors, another = self.begin_two()
        first = duban.processes["ingest"]
        first.send_signal(signal.SIGSTOP)
        with duban.client() as a, duban.client("b") as b:
            self.serves_within(LEASE_MS / 1000 + 3, b, "ingest")
            self.goes_on(vendors)
            first.send_signal(signal.SIGCONT)
            wait_until("the first notices", lambda: "DISPLACED" in duban.log_path("ingest").read_text())
            wait_until("the first stands by", lambda: "STANDBY" in duban.log_path("ingest").read_text())
            wait_until("the first says so", lambda: self.refused(a, "ingest"))
            self.goes_on(vendors)
            self.assertTrue(duban.alive("ingest"))
            another.kill()
            self.serves_within(3, a, "ingest")
        self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_two_that_live_leave_each_other_alone(self):
        duban, vendors, _ = self.begin_two(lease_ms=300)
        fence = duban.sql("SELECT fence FROM duban.stream WHERE id = 1")
        for _ in range(10):
            self.goes_on(vendors)
        self.assertEqual(duban.sql("SELECT fence FROM duban.stream WHERE id = 1"), fence)
        self.end(vendors)
        self.check(duban, vendors)

    def test_a_standby_of_metrics_and_of_notify_goes_on_with_what_was_decided(self):
        duban, vendors = self.begin(DUBAN_LEASE_MS=LEASE_MS)
        for service in ("metrics", "notify"):
            duban.start_another(service, "b", DUBAN_METRICS_PUBLISHER=f"ipc://{duban.directory}/metricsb.publisher")
            self.awaits(duban, service, "STANDBY", "b")
        self.goes_on(vendors)
        duban.kill("metrics")
        duban.processes["notify"].send_signal(signal.SIGSTOP)
        with duban.client("b") as client:
            for service in ("metrics", "notify"):
                self.serves_within(LEASE_MS / 1000 + 3, client, service)
        with duban.client() as client:
            client.submit_surely([measured("after", "benches", "1", "2020-03-01")])
        self.end(vendors)
        wait_until("the figure", lambda: duban.indicator("benches")["value"] == "1")
        duban.processes["notify"].send_signal(signal.SIGCONT)
        wait_until("it stands by", lambda: "STANDBY" in duban.log_path("notify").read_text())
        done = wait_until("a whole log", lambda: duban.run("verify").status == 0)
        self.assertTrue(done)


if __name__ == "__main__":
    unittest.main()
