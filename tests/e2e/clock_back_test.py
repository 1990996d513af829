#!/usr/bin/env python3
"""The clock of the machine is set back while ingest is restarted: what was told of the time before stays true."""

import unittest

from harness import *


class ClockBack(DubanTest):
    def test_reports_after_a_clock_was_set_back_come_after_the_time_that_was_told(self):
        duban = self.install(DUBAN_NOTIFY_GRACE_S=315360000)
        duban.freeze("2020-03-10")
        duban.start()
        duban.apply(PLAN)
        duban.stop("ingest")
        duban.freeze("2020-03-20")
        duban.start("ingest")
        duban.settle()  # metrics and notify have passed ten midnights on ingest's word
        with duban.client() as client:
            told = client.head("metrics").time.ToMicroseconds()
        duban.stop("ingest")
        duban.freeze("2020-03-15")
        duban.start("ingest")
        with duban.client() as client:
            for number in range(3):
                receipt = client.submit([measured(f"a{number}", "benches", str(number + 1), f"2020-03-0{number + 1}")])[0]
                self.assertEqual(outcome_of(receipt), "ACCEPTED")
            received = [stored.attributes["receivedtime"].ce_timestamp.ToMicroseconds()
                        for stored, _ in map(read_event, client.replay("updates", after=1)[0])]
            self.assertGreater(min(received), told)
        wait_until("the figure", lambda: duban.indicator("benches")["value"] == "6")
        self.verify(duban)


if __name__ == "__main__":
    unittest.main()
