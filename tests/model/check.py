#!/usr/bin/python3
"""Holds what duban decided to docs/domain.md, by a second implementation that shares no code with it.

    check.py FILE… [--database CONNINFO] [--variant NAME | --variants] [--show N] [--jobs N]

A file holds all streams of one run as JSON lines (of `duban replay --json`, or of tests/model/play):

    {"sequence":17,"id":"…","source":"…","type":"duban.v1.MeasurementReported","time":"…","received":"…","withdraws":12,"data":{…}}
    {"end":"2021-03-01T00:00:00.000000Z"}

Prints the first disagreements and exits with 1 when there are any. Without --database a throwaway PostgreSQL is used.
--variant makes one deliberate mistake in the models; --variants makes all, one after the other, and demands that each is found.
"""

import argparse
import concurrent.futures
import os
import sys

import alerts
import indicators
from database import Cluster
from records import read_run

VARIANTS = list(dict.fromkeys((*indicators.VARIANTS, *alerts.VARIANTS)))
CHUNK = 4  # files in one look at the database


def check(paths, conninfo, variant=None):
    """The disagreements of some files: [(path, of the standings, of the alerts)]."""
    runs = [read_run(path) for path in paths]
    if variant is None or variant in indicators.VARIANTS:
        standings = indicators.compare(runs, conninfo, variant)
    else:
        standings = [[] for _ in runs]
    out = []
    for run, of_standings in zip(runs, standings):
        of_alerts = alerts.compare(run, variant) if variant is None or variant in alerts.VARIANTS else []
        out.append((run.name, of_standings, of_alerts, len(run.updates), len(run.standings), len(run.alerts) + len(run.digests)))
    return out


def check_all(paths, conninfo, variant, jobs):
    chunk = max(1, min(CHUNK, -(-len(paths) // jobs)))
    chunks = [paths[i:i + chunk] for i in range(0, len(paths), chunk)]
    if jobs == 1 or len(chunks) == 1:
        for some in chunks:
            yield from check(some, conninfo, variant)
        return
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(check, chunks, [conninfo] * len(chunks), [variant] * len(chunks)):
            yield from found


def report(results, show):
    """Prints what was found; whether there was anything."""
    files = bad = 0
    events = [0, 0, 0]
    for name, of_standings, of_alerts, *counts in results:
        files += 1
        events = [a + b for a, b in zip(events, counts)]
        for kind, found in (("standings", of_standings), ("alerts", of_alerts)):
            if found:
                print(f"{name}: {len(found)} disagreements in {kind}")
                for disagreement in found[:show]:
                    print(f"  {disagreement.what}\n    at {disagreement.when}\n    {disagreement.field}: "
                          f"expected {disagreement.expected}, found {disagreement.found}")
        bad += bool(of_standings or of_alerts)
    print(f"{files} files with {events[0]} updates, {events[1]} standings, {events[2]} alerts and digests: "
          + (f"{bad} disagree" if bad else "all agree"))
    return bad > 0


def make_mistakes(files, conninfo, jobs):
    """Makes each mistake, and prints what shows it; whether one was missed, or something disagrees without any."""
    def all_of(results):
        return {str(disagreement): None for _, s, a, *_ in results for disagreement in (*s, *a)}

    before = all_of(check_all(files, conninfo, None, jobs))
    if before:
        print(f"without a mistake: {len(before)} disagreements, first {next(iter(before))}")
    missed = bool(before)
    for variant in VARIANTS:
        results = check_all(files, conninfo, variant, jobs)
        found = next((text for text in all_of(results) if text not in before), None)
        print(f"{variant}: found, first {found}" if found else f"{variant}: NOT FOUND in any file")
        missed = missed or found is None
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--database", help="libpq connection string; only temporary objects are made there")
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--variants", action="store_true")
    parser.add_argument("--show", type=int, default=10, help="disagreements shown of each file and kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    conninfo = options.database or Cluster().conninfo
    if options.variants:
        return make_mistakes(options.files, conninfo, options.jobs)
    return report(check_all(options.files, conninfo, options.variant, options.jobs), options.show)


if __name__ == "__main__":
    sys.exit(main())
