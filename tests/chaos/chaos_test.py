#!/usr/bin/python3
"""Attacks the services without pity, and shows that nothing acknowledged was lost; then that it would have seen it.

    chaos_test.py [--seed N] [--minutes M] [--only storm|controls]

Without --minutes one storm, until everything below has happened often enough; with it storm after storm until the time is over. Prints
a table with the seed, and exits with 1 when there is any finding, when a goal was not reached, or when a planted bug was not found.
"""

import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

import oracles
from controls import CONTROLS, hunt
from disk import DiskCluster
from proxy import KINDS
from storm import Storm
from supervisor import points

GOALS = {"kill": 300, "point": len(points()), "stop": 30, "crash": 20, "power cut": 10, "cut": 100, "kind of cut": len(KINDS),
         "full disk": 3, "clock jump": 5, "restore": 1, "read": 100, "acknowledged": 100_000}
WORDS = {"kill": "kill -9 at named points", "point": "points at which a service was killed", "stop": "SIGSTOP at named points",
         "crash": "crashes of PostgreSQL", "power cut": "power cuts", "cut": "COMMITs cut", "kind of cut": "ways of cutting them",
         "full disk": "full disks", "clock jump": "jumps of the clock", "restore": "older backups restored", "read": "events read by the client with few rights",
         "acknowledged": "events acknowledged"}
STORM_S = 330  # the longest that one storm may take


class Report:
    """What happened in all storms of a run."""

    def __init__(self):
        self.counts, self.findings, self.kills = collections.Counter(), collections.Counter(), collections.Counter()
        self.other, self.events, self.outcomes = collections.Counter(), collections.Counter(), collections.Counter()
        self.unreached = []

    def add(self, storm, goals, findings):
        counts = storm.counts()
        for name in ("point", "kind of cut"):  # these are not added up
            self.counts[name] = max(self.counts[name], counts.pop(name))
        self.counts += counts
        self.findings.update(kind for kind, _ in findings)
        self.kills += storm.supervisor.kills
        self.other += storm.supervisor.other
        self.events.update(storm.counted)
        for vendor in storm.vendors:
            self.outcomes += vendor.outcomes
            self.counts["insult"] += vendor.insults
        self.counts["published"] += storm.subscriber.published
        self.counts["replayed"] += storm.subscriber.replayed
        self.unreached += [f"{WORDS[name]}: {reached} of {goal}" for name, (reached, goal) in storm.missing(goals or {}).items()]

    def show(self):
        print("== what was done")
        for name, word in WORDS.items():
            print(f"{self.counts[name]:>9}  {word}")
        for what, count in sorted(self.other.items()):
            print(f"{count:>9}  processes {what}")
        print("== kill -9 at each point")
        for point in points():
            print(f"{self.kills[point]:>9}  {' '.join(point)}")
        print("== what the vendors were told, and the subscriber heard")
        for outcome, count in sorted(self.outcomes.items()):
            print(f"{count:>9}  {outcome}")
        print(f"{self.counts['insult']:>9}  requests that are none, answered by an error")
        print(f"{self.counts['published']:>9}  publications heard, and {self.counts['replayed']} events by Replay")
        print("== the logs in the end: " + ", ".join(f"{count} {stream}" for stream, count in self.events.items()))
        for kind in oracles.KINDS:
            print(f"{self.findings[kind]:>9}  {kind}")


def rage(cluster, seed, seconds, goals, report):
    """One storm; prints what was found."""
    storm = Storm(cluster, seed, quota=GOALS["acknowledged"] * 11 // 10)
    try:
        storm.begin()
        storm.rage(seconds, goals)
        print(f"storm {seed}: {storm.counts()['second']} s", end="", flush=True)
        storm.calm()
        print(f", calm after {storm.counts()['second']} s", flush=True)
        findings = storm.findings()
        report.add(storm, goals, findings)
        for kind, text in findings[:20]:
            print(f"FOUND {kind}: {text}")
        if findings:
            keep(storm)
    finally:
        storm.close()


def keep(storm):
    """Leaves behind what is needed to understand a finding."""
    kept = pathlib.Path(tempfile.mkdtemp(prefix="duban-chaos-", dir="/var/tmp"))
    for path in storm.duban.directory.glob("*.log"):
        shutil.copy(path, kept)
    with open(kept / "log.jsonl", "w", encoding="utf-8") as lines:
        for rows in storm.log.rows.values():
            lines.writelines(json.dumps(oracles.record(row), ensure_ascii=False) + "\n" for row in rows)
    print(f"the services' logs, and the log of events, are kept in {kept}")


def soak(cluster, seed, minutes, report):
    over = time.monotonic() + minutes * 60
    while (left := over - time.monotonic()) > 30:
        rage(cluster, seed, min(left, STORM_S), None, report)
        seed += 1


def control(cluster, seed):
    """Hunts every planted bug; how many were not found."""
    print("== planted bugs")
    missed = 0
    for name in CONTROLS:
        found = hunt(cluster, seed, name)
        missed += found is None
        print(f"{name}: " + ("NOT FOUND" if found is None else f"found in round {found[0]}, {found[1]:.0f} s: {found[2]}"), flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--only", choices=("storm", "controls"))
    options = parser.parse_args()
    print(f"== chaos, seed {options.seed}", flush=True)
    began, report, missed = time.monotonic(), Report(), 0
    cluster = DiskCluster()
    if options.only != "controls":
        if options.minutes:
            soak(cluster, options.seed, options.minutes, report)
        else:
            rage(cluster, options.seed, STORM_S, GOALS, report)
        report.show()
    if options.only != "storm":
        missed = control(cluster, options.seed)
    for line in report.unreached:
        print(f"NOT REACHED {line}")
    failed = bool(report.unreached or missed or report.findings)
    print(f"== chaos: seed {options.seed}, {time.monotonic() - began:.0f} s, {sum(report.findings.values())} findings, "
          f"{len(report.unreached)} goals not reached, {missed} planted bugs not found: {'FAILED' if failed else 'passed'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
