#!/usr/bin/env python3
"""Memory that cannot be had and system calls that fail, at the start of each service and while a report is taken in: either the
service goes on, or it ends with a message and a status that says so. Never is anything lost, stored twice, or half sent.

Each place in a service that calls for memory or the system is made to fail: the places are found by a run without faults, and
faults.so makes one call from one place fail. After each, one report is accepted, one is put into quarantine, the figure changes,
two alerts are sent; what ended is started again as whoever runs the services would. libzmq aborts by design on much of this, and that
is an error and an exit.

    faults_test.py [--all] [--seed N] [--only TEXT]

--all tries every place with every error and several of its calls (a quarter of an hour); without it all places of our own code are tried,
and of the libraries' a part that the seed chooses (a minute). --only tries what has this text in its name; --verbose tells what came of each.
"""

import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import unittest

# libpq loses the end of an answer when memory for it is out, and what it could not send: the connection is given up a little after
# DUBAN_DATABASE_TIMEOUT_MS, and until then nothing is heard of the service.
os.environ.setdefault("DUBAN_TEST_PATIENCE_S", "90")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import *  # noqa: E402
from security_test import KeyClient, free_port  # noqa: E402
from control import *  # noqa: E402

PRELOADED = BIN.parent / "tests/faults.so"

MEMORY = [errno.ENOMEM]
ERRORS = collections.defaultdict(lambda: [errno.EINVAL], {
    "malloc": MEMORY, "calloc": MEMORY, "realloc": MEMORY, "strdup": MEMORY, "posix_memalign": MEMORY, "mmap": MEMORY,
    "read": [errno.EAGAIN, errno.EINTR, errno.EIO], "write": [errno.EINTR, errno.EAGAIN, errno.EIO, errno.ENOSPC],
    "send": [errno.ECONNRESET, HALF, errno.EINTR, errno.EAGAIN], "recv": [errno.ECONNRESET, HALF, errno.EINTR, errno.EAGAIN],
    "poll": [errno.EINTR, errno.ENOMEM], "epoll_wait": [errno.EINTR], "epoll_ctl": [errno.ENOSPC, errno.ENOMEM],
    "epoll_create1": [errno.EMFILE], "eventfd": [errno.EMFILE], "signalfd": [errno.EMFILE, errno.ENOMEM],
    "socket": [errno.EMFILE, errno.ENOBUFS], "bind": [errno.EADDRINUSE, errno.EACCES], "listen": [errno.EADDRINUSE],
    "connect": [errno.ECONNREFUSED, errno.EAGAIN, errno.EINTR], "accept4": [errno.EMFILE, errno.ECONNABORTED, errno.EINTR],
    "getsockname": [errno.ENOBUFS], "setsockopt": [errno.ENOMEM], "getsockopt": [errno.ENOBUFS], "fcntl": [errno.EACCES],
    "open": [errno.EMFILE, errno.EIO, errno.EINTR], "fopen": [errno.EMFILE, errno.EIO], "fsync": [errno.EIO, errno.ENOSPC],
    "prctl": [errno.EPERM], "pthread_create": [errno.EAGAIN]})

# Of the places of each caller one in so many is tried without --all.
ONE_IN = {"own": 1, "libpq": 4, "protobuf": 1, "libzmq": 8, "rest": 1}

PLAN = """\
division: "410102"
year: 2020
zh: 漏点
en: Leaks
supervising_unit: supervision
rules: {lead_days: [], overdue_every_days: 7, alert_time: "09:00", yellow_points: 10, red_points: 30,
         lead_working_days: [], escalate_after_working_days: 0}
units:
  - {id: supervision, zh: 督查室, en: Supervision}
  - {id: office, zh: 办公室, en: Office}
measures:
  - {id: leaks, zh: 漏点, en: Leaks, unit: 个, kind: cumulative}
  - {id: pipes, zh: 管道, en: Pipes, unit: 个, kind: cumulative}
commitments:
  - {id: leaks, zh: 漏点, en: Leaks, theme: water, unit: office, rule: ratio, of: [leaks], over: [pipes], value_unit: "%",
     target: ≤ 0, hold: all-year, start: 2020-02-01, due: 2020-11-30}
"""


class Broken(AssertionError):
    """A promise."""


class Preloaded(Duban):
    """An installation with keys in which faults.so is in one of the services."""

    def __init__(self, victim):
        super().__init__()
        self.victim = victim
        self.control = Control(self.directory / "faults")
        self.ports = {(service, kind): free_port() for service in SERVICES for kind in ("front", "publisher")}
        self.set(**{f"DUBAN_{service.upper()}_{kind.upper()}": f"ipc://{self.directory}/{service}.{kind} tcp://127.0.0.1:{port}"
                    for (service, kind), port in self.ports.items()})
        for folder in ("keys", "clients", "rights"):
            (self.directory / folder).mkdir(mode=0o700)
        for service in SERVICES:
            self.must("keygen", "--folder", self.directory / "keys", service)
            shutil.copy(self.directory / f"keys/{service}", self.directory / "rights")
        self.must("keygen", "--folder", self.directory / "clients", "--unit=*", "--divisions=41", "--submit=*", "--topics=*", "platform")
        shutil.copy(self.directory / "clients/platform", self.directory / "rights")

    def _launch(self, service, log):
        more = {"LD_PRELOAD": PRELOADED, "FAULTS": self.control.path} if service == self.victim else {}
        return subprocess.Popen([BIN / f"duban-{service}"], env=environment(**self.settings, **more),
                                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


class Story:
    """One installation that lives through the faults of one service, and what it has promised so far."""

    def __init__(self, victim):
        self.victim = victim
        self.other = "metrics" if victim == "ingest" else "ingest"  # reads the log for us
        self.duban = Preloaded(victim)
        self.duban.freeze("2020-03-02T10:00:00+08:00")
        self.duban.start()
        self.client = KeyClient(self.duban, "platform")
        self.duban.apply(PLAN)
        self.log = {stream: [] for stream in STREAMS}
        self.acknowledged, self.quarantined = {}, set()
        self.chapter = self.told_before = 0
        # glibc 2.36 reads through a null pointer when there is no memory for its first look-up of a protocol, which libzmq makes at start.
        self.beyond_us = False
        self.ends = 0
        self.client.submit([measured("pipes", "pipes", "100", "2020-03-01")])
        self.subscription = self.client.subscribe("")
        self.tell()

    # The process.

    def process(self):
        return self.duban.processes[self.victim]

    def launch(self):
        self.told_before = self.duban.log_path(self.victim).stat().st_size
        with open(self.duban.log_path(self.victim), "ab") as log:
            self.duban.processes[self.victim] = self.duban._launch(self.victim, log)

    def ready(self):
        """True when it has caught up, False when it has ended."""
        def known():
            if self.process().poll() is not None:
                return "ended"
            reply, _ = self.client.ask(self.victim, requests_pb2.Request(head=requests_pb2.HeadRequest()), patience_s=0.2)
            return "ready" if reply is not None and reply.head.HasField("time") else None
        return wait_until("it is ready or ends", known) == "ready"

    def end_well(self):
        self.duban.control.cancel()
        self.process().terminate()
        status = self.process().wait(PATIENCE_S)
        if status != 0:
            raise Broken(f"status {status} after SIGTERM")

    def revive(self):
        """When it has ended: looks whether it did as it should, and starts it again without a fault."""
        status = self.process().poll()
        if status is None:
            return
        self.ends += 1
        said = self.duban.log_path(self.victim).read_bytes()[self.told_before:].decode(errors="replace")
        words = [line for line in said.splitlines() if " level=info " not in line and line]
        if self.beyond_us and not said and status == -signal.SIGSEGV:
            words = ["a crash of the C library before anything was opened"]
        elif status != -signal.SIGABRT and status <= 0:
            raise Broken(f"status {status}")
        elif not words:
            raise Broken(f"ended without a word, status {status}")
        self.last_words = words[-1]
        self.duban.control.cancel()
        self.launch()
        if not self.ready():
            raise Broken(f"does not start again without a fault: status {self.process().poll()}")

    # A chapter: a report that is accepted, one that is not understood, a figure, two alerts.

    def submit(self, events):
        """Until there is an answer; a service that has ended meanwhile is started again."""
        batch = batch_of(events)

        def answered():
            reply = self.client.send(batch, patience_s=0.3)
            self.revive()
            if reply is None:
                return None
            if reply.WhichOneof("kind") != "receipts":
                if reply.error.code not in ("UNAVAILABLE", "TOO_COMPLEX"):
                    raise Broken(f"the answer to a good submission: {reply.error.code}")
                return None
            receipts = reply.receipts.receipts
            return None if requests_pb2.OUTCOME_UNAVAILABLE in [r.outcome for r in receipts] else receipts
        return wait_until("the submission is answered", answered)

    def tell(self):
        self.chapter += 1
        value = self.chapter % 2
        accepted = measured(f"good-{self.chapter}", "leaks", str(value), "2020-03-01")
        strange = measured(f"strange-{self.chapter}", "nothing", "1", "2020-03-01")
        good, bad = self.submit([accepted, strange])
        if outcome_of(good) not in ("ACCEPTED", "DUPLICATE") or not outcome_of(bad).startswith("QUARANTINED UNKNOWN_MEASURE"):
            raise Broken(f"outcomes: {outcome_of(good)}, {outcome_of(bad)}")
        self.acknowledged[good.id] = good.sequence, good.digest
        self.quarantined.add(bad.id)
        wanted = 2 * self.chapter

        def complete():
            self.revive()
            self.subscription.take()
            self.read_log()
            return len(self.log["alerts"]) >= wanted
        wait_until(f"{wanted} alerts", complete)
        stored = [read_event(body)[1] for body in self.log["alerts"][-2:]]
        phase = publications_pb2.PHASE_BREACH if value else publications_pb2.PHASE_MET
        if len(self.log["alerts"]) != wanted or [alert.phase for alert in stored] != [phase, phase]:
            raise Broken(f"{len(self.log['alerts'])} alerts instead of {wanted}, the last {stored}")
        if len(self.log["updates"]) != self.chapter + 2 or len(self.log["indicators"]) < self.chapter:
            raise Broken(f"{len(self.log['updates'])} updates, {len(self.log['indicators'])} indicators in chapter {self.chapter}")

    def read_log(self):
        for stream, bodies in self.log.items():
            bodies += self.client.replay(stream, service=self.other, after=len(bodies))[0]

    def check(self):
        """Over all chapters: the log holds what was acknowledged, once, and what was published is what is stored."""
        for stream, bodies in self.log.items():
            digest, found = NO_DIGEST, {}
            for sequence, body in enumerate(bodies, 1):
                digest = chain(digest, body)
                stored = cloudevents_pb2.CloudEvent.FromString(body)
                if stored.id in found or sequence_of(stored) != sequence:
                    raise Broken(f"{stream}: {stored.id} at {sequence_of(stored)} is the {sequence}th")
                found[stored.id] = sequence, digest
            if stream == "updates" and {id: found.get(id) for id in self.acknowledged} != self.acknowledged:
                raise Broken("an acknowledged event is not where its receipt says")
        self.subscription.take()
        stored = {body for bodies in self.log.values() for body in bodies}
        if not all(body in stored for _, body in self.subscription.received):
            raise Broken("something was published that is not in the log")
        rows = [row[0] for row in self.duban.sql("SELECT id FROM duban.quarantine")]
        if sorted(rows) != sorted(self.quarantined):
            raise Broken(f"{len(rows)} rows in quarantine instead of {len(self.quarantined)}")
        statuses = self.duban.stop()
        done = self.duban.run("verify")
        if statuses != [0, 0, 0] or done.status != 0:
            raise Broken(f"statuses {statuses}, verify: {done.status} {done.out}{done.err}")

    # Where it can fail.

    def places_of_start(self):
        self.end_well()
        self.duban.control.forget()
        self.launch()
        if not self.ready():
            raise Broken("does not start")
        return self.duban.control.counts()

    def places_of_path(self):
        before = self.duban.control.counts()
        for _ in range(4):
            self.tell()
        calls = self.duban.control.counts() - before
        return {place: (count + 3) // 4 for place, count in calls.items()}

    def fault_start(self, fault):
        self.end_well()
        self.beyond_us = fault.place.caller == "rest"
        self.duban.control.order(fault)
        self.launch()
        self.ready()
        return self.live_through()

    def fault_path(self, fault):
        self.beyond_us = False
        self.duban.control.order(fault)
        return self.live_through()

    def live_through(self):
        """What became of the process."""
        before = self.ends
        self.revive()
        self.tell()
        return "ended" if self.ends > before else "went on" if self.duban.control.fired() else "not reached"


def choose(counts, chance, arguments):
    """What is tried of the calls that were made: [Fault]."""
    chosen = []
    for place, count in sorted(counts.items()):
        errors = ERRORS[place.kind]
        if arguments.all:
            numbers = sorted({1, 2, (count + 1) // 2, count})
            chosen += [Fault(place, number, error) for number in numbers if number <= count for error in errors]
        elif place.caller == "rest":  # one place stands for many
            chosen += [Fault(place, chance.randint(1, count), chance.choice(errors)) for _ in range(2)]
        elif chance.randrange(ONE_IN[place.caller]) == 0:
            numbers = {1, chance.randint(1, count)} if place.caller == "own" else {1}
            if place.kind == "open":  # each is of another file
                numbers = set(range(1, min(count, 8) + 1))
            chosen += [Fault(place, number, chance.choice(errors)) for number in sorted(numbers)]
    return chosen


class Life:
    """All faults of one service, and what came of them. A promise that was broken ends the story, and another begins."""

    def __init__(self, victim, arguments):
        self.victim, self.arguments = victim, arguments
        self.program = str(BIN / f"duban-{victim}")
        self.seen, self.broken = collections.Counter(), []
        self.story = None

    def attempt(self, name, action):
        """Gives what the action gives; None when a promise was broken."""
        try:
            self.story = self.story or Story(self.victim)
            return action()
        except Exception as problem:  # noqa: BLE001
            logs = self.story.duban.logs() if self.story else ""
            self.broken.append(f"{name}: {type(problem).__name__} {problem}\n{logs}")
            self.close()
            return None

    def close(self):
        if self.story is not None:
            self.story.client.close()
            self.story.duban.close()
            self.story = None

    def inject(self, part, fault):
        name = f"{self.victim} {part}: {told(fault, self.program)}"
        if self.arguments.only and self.arguments.only not in name:
            return
        began = time.monotonic()
        fate = self.attempt(name, lambda: getattr(self.story, f"fault_{part}")(fault)) or "broken"
        self.seen[part, fate] += 1
        if self.arguments.verbose:
            words = self.story.last_words[:200] if fate == "ended" else ""
            print(f"{time.monotonic() - began:6.2f} s  {name}: {fate} {words}", flush=True)

    def live(self):
        chance = random.Random(f"{self.arguments.seed} {self.victim}")
        for part in ("start", "path"):
            places = self.attempt(f"{self.victim} without faults", lambda: getattr(self.story, f"places_of_{part}")())
            for fault in choose(places or {}, chance, self.arguments):
                self.inject(part, fault)
        self.attempt(f"{self.victim} at the end", lambda: self.story.check())
        self.close()
        return self


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--service", choices=SERVICES)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    cluster()
    victims = [arguments.service] if arguments.service else SERVICES
    with concurrent.futures.ThreadPoolExecutor(len(victims)) as pool:
        lives = list(pool.map(lambda victim: Life(victim, arguments).live(), victims))
    for life in lives:
        for part in ("start", "path"):
            fates = {fate: count for (of, fate), count in life.seen.items() if of == part}
            print(f"{life.victim} {part}: {sum(fates.values())} faults, {fates}")
        for what in life.broken:
            print(f"BROKEN {what}", file=sys.stderr)
    return any(life.broken for life in lives)


if __name__ == "__main__":
    sys.exit(main())
