#!/usr/bin/env python3
"""Services end when they are asked to, and when another process takes their place; what was acknowledged is in the log."""

import signal
import threading
import unittest

from harness import *


class Vendor(threading.Thread):
    """Submits batches as fast as they are answered, until it is told to end; remembers what was acknowledged."""

    def __init__(self, duban, name):
        super().__init__(daemon=True)
        self.duban, self.vendor = duban, name
        self.acknowledged = {}
        self.outcomes = set()
        self.ending = threading.Event()

    def run(self):
        with self.duban.client() as client:
            number = 0
            while not self.ending.is_set():
                events = [measured(f"{self.vendor}-{number + i}", "noise", "1", "2020-03-01") for i in range(100)]
                reply = client.send(batch_of(events), patience_s=0.5)
                for receipt in reply.receipts.receipts if reply is not None else []:
                    self.outcomes.add(outcome_of(receipt))
                    if receipt.sequence:
                        self.acknowledged[receipt.id] = (receipt.sequence, receipt.digest)
                if reply is not None:  # else the same again
                    number += 100


class Shutdown(DubanTest):
    def begin(self):
        duban = self.install()
        duban.freeze("2020-03-02T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        vendors = [Vendor(duban, f"vendor{i}") for i in range(4)]
        for vendor in vendors:
            vendor.start()
        wait_until("submissions are under way", lambda: all(vendor.acknowledged for vendor in vendors))
        return duban, vendors

    def end(self, vendors):
        for vendor in vendors:
            vendor.ending.set()
        for vendor in vendors:
            vendor.join(PATIENCE_S)

    def check(self, duban, vendors):
        """Every acknowledged event is in the log, where its receipt says, exactly once."""
        with duban.client() as client:
            bodies, _ = client.replay("updates", service="metrics")
        digest, found = NO_DIGEST, {}
        for sequence, body in enumerate(bodies, 1):
            digest = chain(digest, body)
            stored = cloudevents_pb2.CloudEvent.FromString(body)
            self.assertNotIn(stored.id, found)
            found[stored.id] = (sequence, digest)
        acknowledged = {id: receipt for vendor in vendors for id, receipt in vendor.acknowledged.items()}
        self.assertGreater(len(acknowledged), 400)
        self.assertEqual({id: found.get(id) for id in acknowledged}, acknowledged)
        outcomes = set().union(*(vendor.outcomes for vendor in vendors))
        self.assertLessEqual(outcomes, {"ACCEPTED", "DUPLICATE", "UNAVAILABLE UNAVAILABLE"})
        self.verify(duban)

    def test_a_term_under_load_loses_nothing_that_was_acknowledged(self):
        duban, vendors = self.begin()
        self.assertEqual(duban.stop("ingest"), [0])
        self.end(vendors)
        self.check(duban, vendors)
        self.assertEqual(duban.stop("metrics", "notify"), [0, 0])

    def test_a_restart_under_load_goes_on_where_it_was(self):
        duban, vendors = self.begin()
        for _ in range(3):
            self.assertEqual(duban.stop("ingest"), [0])
            duban.start("ingest")
            before = sum(len(vendor.acknowledged) for vendor in vendors)
            wait_until("submissions go on", lambda: sum(len(vendor.acknowledged) for vendor in vendors) > before + 400)
        self.end(vendors)
        self.check(duban, vendors)

    def test_an_interrupt_ends_a_service_like_a_term(self):
        duban = self.install()
        duban.start()
        for service in SERVICES:
            process = duban.processes.pop(service)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE_S), 0)

    def test_a_second_process_displaces_the_first_and_nothing_is_lost(self):
        duban, vendors = self.begin()
        second = duban.start_another("ingest")
        first = duban.processes.pop("ingest")
        self.assertEqual(first.wait(PATIENCE_S), 1)
        self.assertIn("DISPLACED", duban.log_path("ingest").read_text())
        with duban.client() as client:
            client.wait_for_service("ingest")
            receipt = client.submit_surely([measured("after", "benches", "1", "2020-03-01")])[0]
            self.assertEqual(outcome_of(receipt), "ACCEPTED")
        before = sum(len(vendor.acknowledged) for vendor in vendors)
        wait_until("submissions go on", lambda: sum(len(vendor.acknowledged) for vendor in vendors) > before + 400)
        self.end(vendors)
        self.check(duban, vendors)
        wait_until("metrics hears of it", lambda: duban.indicator("benches")["value"] == "1")
        second.terminate()
        self.assertEqual(second.wait(PATIENCE_S), 0)

    def test_an_idle_first_process_notices_that_it_was_displaced(self):
        duban = self.install()
        duban.freeze("2020-03-02T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        duban.start_another("metrics")
        duban.start_another("notify")
        with duban.client() as client:
            client.wait_for_service("metrics")
            client.submit([measured("a", "benches", "1", "2020-03-01")])
        wait_until("the figure", lambda: duban.indicator("benches")["value"] == "1")
        self.verify(duban)

    def test_a_service_without_a_database_answers_that_it_is_not_available(self):
        duban = self.install()
        duban.set(DUBAN_DATABASE=duban.cluster.conninfo("nowhere"))
        with open(duban.log_path("ingest"), "ab") as log:
            duban.processes["ingest"] = duban._launch("ingest", log)
        with duban.client() as client:
            reply = wait_until("an answer",
                               lambda: client.send(batch_of([measured("a", "noise", "1", "2020-03-01")]),
                                                   patience_s=0.5))
            self.assertEqual([outcome_of(r) for r in reply.receipts.receipts], ["UNAVAILABLE UNAVAILABLE"])
        self.assertEqual(duban.stop(), [0])


if __name__ == "__main__":
    unittest.main()
