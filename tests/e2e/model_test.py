#!/usr/bin/env python3
"""Real services live through a made-up year, and what stands in their log is held to the independent models."""

import json
import sys
import unittest

from harness import *

sys.path.insert(0, str(ROOT / "tests/model"))
import alerts  # noqa: E402
import indicators  # noqa: E402
from records import read_run  # noqa: E402

YEAR = PLAN.replace("lead_working_days: []", "lead_working_days: [1]").replace("working_days: 0", "working_days: 5").replace(
    "kind: increment}", "kind: increment, reporting_days: 31}").replace(
    "kind: cumulative}", "kind: cumulative, reporting_days: 31}").replace(
    "target: ≥ 70\n", "target: ≥ 70\n    hold: all-year\n")


class Model(DubanTest):
    def test_what_the_services_decide_in_a_year_is_what_the_models_decide(self):
        duban = self.install(DUBAN_NOTIFY_GRACE_S=315360000)
        duban.run_clock("2019-12-30", "2021-03-05", 30, head_start_s=3)
        duban.start()
        done = duban.run("simulate", "--publish", "--seed", 5, duban.file("plan.yaml", YEAR))
        self.assertIn(done.status, (0, 1), done.err)  # some of it is wrong on purpose
        self.assertIn("模拟", done.out)
        duban.must("clock", "--until", "2021-03-05")
        duban.settle()
        lines = [duban.must("replay", "--json", prefix) for prefix in ("update.", "indicator.", "deadline.", "digest.")]
        with duban.client() as client:
            end_us = client.head("notify").time.ToMicroseconds()
        end = datetime.datetime.fromtimestamp(end_us / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        run = read_run(str(duban.file("year.jsonl", "".join(lines) + json.dumps({"end": end}) + "\n")))
        self.assertGreater(len(run.updates), 50)
        self.assertGreater(len(run.alerts), 50)
        self.assertEqual({event.data["simulated"] for event in run.standings if event.data["value"]}, {True})
        conninfo = duban.cluster.conninfo(duban.database) + " user=duban"
        self.assertEqual(list(map(str, indicators.compare([run], conninfo)[0]))[:10], [])
        self.assertEqual(list(map(str, alerts.compare(run)))[:10], [])
        self.assertEqual(duban.run("status").out.count("模拟"), 3)
        self.verify(duban)


if __name__ == "__main__":
    unittest.main()
