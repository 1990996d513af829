#!/usr/bin/python3
"""Plays plan-years through the deciding code, holds what it decided to the independent models, and makes each deliberate mistake.

    agree_test.py PLAY [COUNT [FIRST]]     PLAY: tests/play of a build; COUNT: plan-years, 24 unless told; FIRST: the first seed
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import alerts
import check
import indicators
from database import Cluster
from records import read_run

MISTAKEN = 12  # so many of the plan-years are looked at with each mistake
AT_ONCE = 100  # so many are on the disk


def notices_what_is_missing(path, conninfo):
    """Whether the models notice that a standing, an alert and a digest were taken out of a file."""
    run = read_run(path)
    run.standings.remove(next(e for e in reversed(run.standings) if e.data["colour"] == "COLOUR_RED"))
    gone = [run.alerts.pop(), run.digests.pop()]
    told = alerts.compare(run)
    noticed = bool(indicators.compare([run], conninfo)[0]) and len(told) >= len(gone)
    print("a standing, an alert and a digest taken out are " + ("noticed" if noticed else "NOT NOTICED"))
    return noticed


def main(play, count=24, first=1):
    conninfo, jobs, wrong = Cluster().conninfo, os.cpu_count(), False
    for begin in range(first, first + count, AT_ONCE):
        with tempfile.TemporaryDirectory(prefix="duban-model-") as folder:
            seeds = range(begin, min(begin + AT_ONCE, first + count))
            subprocess.run([play, "--into", folder, str(begin), str(len(seeds))], check=True)
            files = [str(pathlib.Path(folder) / f"{seed}.jsonl") for seed in seeds]
            wrong |= check.report(check.check_all(files, conninfo, None, jobs), show=10)
            if begin == first:
                wrong |= check.make_mistakes(files[:MISTAKEN], conninfo, jobs)
                wrong |= not notices_what_is_missing(files[0], conninfo)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
