#!/usr/bin/env python3
"""kill -9 of the leader's PostgreSQL and Patroni under load: writing goes on within seconds, nothing acknowledged is lost."""

import time
import unittest

from patroni import *
from load import LoadTest

KILLS = 2


class Failover(LoadTest):
    def test_the_leader_is_killed_under_load(self):
        since = time.monotonic()
        nodes = Patroni()
        leader = nodes.wait_for_standbys(2)
        print(f"leader {leader}, two standbys, after {time.monotonic() - since:.1f} s")
        duban = Duban(on=nodes)
        self.installations.append(duban)
        duban.freeze("2020-03-02T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        vendors = self.load(duban)
        for _ in range(KILLS):
            leader = nodes.wait_for_standbys(2)
            self.goes_on(vendors)
            nodes.kill(leader)
            self.writing_again(vendors, nodes, leader)
            nodes.start(leader)  # comes back as a standby
        self.end(vendors)
        wait_until("all three stand where the log does", lambda: duban.run("verify").status == 0, 60, 1)
        self.check(duban, vendors)
        count = sum(len(vendor.acknowledged) for vendor in vendors)
        print(f"{count} events acknowledged, all of them in the log; verify: {duban.must('verify').splitlines()[-1]}")
        self.assertEqual(duban.stop(), [0, 0, 0])

    def writing_again(self, vendors, nodes, killed):
        """From the kill to the first acknowledgement, which is of something that came after it."""
        since = time.monotonic()
        # What was under way may still be answered: half a second later nothing of it is.
        wait_until("a moment", lambda: time.monotonic() - since > 0.5)
        before = [len(vendor.acknowledged) for vendor in vendors]
        leader = wait_until("a new leader", lambda: (nodes.leader() or killed) != killed and nodes.leader(), 60)
        led_s = time.monotonic() - since
        wait_until("something is acknowledged", lambda: any(
            len(vendor.acknowledged) > count for vendor, count in zip(vendors, before)), 60)
        took_s = time.monotonic() - since
        print(f"{killed} killed, {leader} leads after {led_s:.1f} s, writing again after {took_s:.1f} s")
        self.goes_on(vendors)
        self.assertLess(took_s, 45)


if __name__ == "__main__":
    unittest.main()
