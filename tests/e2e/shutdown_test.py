#!/usr/bin/env python3
"""Services end when they are asked to; what was acknowledged is in the log."""

import signal
import unittest

from load import *


class Shutdown(LoadTest):
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
            self.goes_on(vendors)
        self.end(vendors)
        self.check(duban, vendors)

    def test_an_interrupt_ends_a_service_like_a_term(self):
        duban = self.install()
        duban.start()
        for service in SERVICES:
            process = duban.processes.pop(service)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE_S), 0)

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
