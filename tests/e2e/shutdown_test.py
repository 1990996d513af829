#!/usr/bin/env python3
"""Services end when they are asked to; what was acknowledged is in the log."""

import signal
import time
import unittest

from load import *

STOPS_WITHIN_S = 5  # with work under way that takes a moment; the bound is 10


class Pipeline(Vendor):
    """Keeps many requests under way and never sends one again; after `ending` it waits for what is still answered."""

    UNDER_WAY = 40  # with four vendors more than ingest lets wait

    def run(self):
        with self.duban.client() as client:
            socket, self.sent, answered = client.socket("ingest"), 0, 0
            while not self.ending.is_set() or socket.poll(2000):
                while self.sent - answered < self.UNDER_WAY and not self.ending.is_set():
                    events = [measured(f"{self.vendor}-{self.sent}-{i}", "noise", "1", "2020-03-01") for i in range(100)]
                    request = requests_pb2.Request(request_id=str(self.sent), submit=requests_pb2.SubmitRequest())
                    socket.send_multipart([request.SerializeToString(), batch_of(events)])
                    self.sent += 1
                if socket.poll(50):
                    self.take(requests_pb2.Reply.FromString(socket.recv_multipart()[0]))
                    answered += 1
            self.lacking = self.sent - answered


class Shutdown(LoadTest):
    def test_a_term_under_load_loses_nothing_that_was_acknowledged(self):
        duban, vendors = self.begin()
        self.assertEqual(duban.stop("ingest"), [0])
        self.end(vendors)
        self.check(duban, vendors)
        self.assertEqual(duban.stop("metrics", "notify"), [0, 0])

    def test_a_term_gives_a_receipt_for_everything_that_was_read(self):
        duban = self.install()
        duban.freeze("2020-03-02T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        vendors = [Pipeline(duban, f"vendor{i}") for i in range(4)]
        for vendor in vendors:
            vendor.start()
        wait_until("submissions are under way", lambda: all(vendor.acknowledged for vendor in vendors))
        since = time.monotonic()
        self.assertEqual(duban.stop("ingest"), [0])
        self.assertLess(time.monotonic() - since, STOPS_WITHIN_S)
        self.end(vendors)
        self.assertGreater(sum(vendor.lacking for vendor in vendors), 0)  # what was not read: it was under load
        stored = {id for id, in duban.sql("SELECT id FROM duban.event_updates WHERE source = '/vendor'")}
        self.assertEqual(stored, {id for vendor in vendors for id in vendor.acknowledged})
        self.check(duban, vendors)

    def test_a_restart_under_load_goes_on_where_it_was(self):
        duban, vendors = self.begin()
        for _ in range(3):
            self.assertEqual(duban.stop("ingest"), [0])
            duban.start("ingest")
            self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_an_interrupt_ends_a_service_like_a_term(self):
        duban = self.install()
        duban.start()
        for service in SERVICES:
            process = duban.processes.pop(service)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(STOPS_WITHIN_S), 0)
        self.assertEqual(duban.sql("SELECT count(holder) FROM duban.stream"), [["0"]])  # given back

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
