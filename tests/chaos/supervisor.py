"""Keeps the three services running, and lets each life of a process end at a named point of the code.

The points are read from the source: every CHAOS_POINT("…") of a file belongs to the services that are built from it. For each life the
next point of a shuffled deck is drawn, and how often it is passed before the process kills or freezes itself there. What is frozen
is woken after a while, or killed, or another process is started in its place before it wakes.
"""

import collections
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

from common import BIN, ROOT, SERVICES, environment
from disk import state_of

AT_TERM = {"stopping", "drained"}  # reached only by a process that is asked to end
LIFE_S, LONG_LIFE_S = 1.5, 20.0
MOST = {"ingest": 12, "metrics": 12, "notify": 4}  # times that a point is passed, in a life that is not cut short
FOLLOWERS = ("metrics", "notify")


def points():
    """Every (service, point) of the source."""
    found = set()
    for path in [*(ROOT / "lib").rglob("*.c"), *(ROOT / "services").rglob("*.c")]:
        owners = SERVICES if "lib" in path.relative_to(ROOT).parts[:1] else (path.parent.name,)
        if path.name == "follower.c":
            owners = FOLLOWERS
        for name in re.findall(r'CHAOS_POINT(?:_WHEN)?\((?:[^;]*?,\s*)?"([a-z-]+)"\)', path.read_text()):
            found.update((owner, name) for owner in owners)
    return sorted(found)


class Life:
    """One process, and how it is to end."""

    def __init__(self, service, process, order, limit_s):
        self.service, self.process, self.order = service, process, order
        self.began = time.monotonic()
        self.limit = self.began + limit_s
        self.last_try = limit_s == LONG_LIFE_S
        self.killed = self.asked = self.frozen = False
        self.wake = None  # when what is frozen goes on, or not
        self.fate = None

    def kill(self):
        self.killed = True
        self.process.kill()


class Supervisor(threading.Thread):
    def __init__(self, duban, seed, only, more):
        super().__init__(daemon=True)
        self.duban, self.more = duban, more  # environment, beside the settings
        self.random = {service: random.Random(f"{seed}/{service}") for service in SERVICES}
        self.points = [point for point in points() if point[0] in only]
        self.decks = {service: [] for service in SERVICES}
        self.again = {service: None for service in SERVICES}  # a point that was not reached in time
        self.lives, self.replaced = {}, []
        self.kills, self.stops = collections.Counter(), collections.Counter()
        self.other = collections.Counter()
        self.faults = []
        self.lock = threading.RLock()
        self.attacking = False
        self.mildness = 1  # lives are so much longer
        self.ending = threading.Event()
        for service in SERVICES:
            self.launch(service)
        self.start()

    def attack(self):
        """From the next life on, processes end at points."""
        with self.lock:
            self.attacking = True
            for service in SERVICES:
                self.lives[service].limit = time.monotonic() + self.random[service].uniform(0, 1)

    def rest(self):
        """From now on they live on."""
        with self.lock:
            self.attacking = False
            self.kill_all()

    def kill_all(self):
        with self.lock:
            for life in [*self.lives.values(), *self.replaced]:
                life.kill()
            for life in [*self.lives.values(), *self.replaced]:
                life.process.wait()

    def end(self):
        """Ends the services as an operator does."""
        self.ending.set()
        self.join()
        for life in self.lives.values():
            life.process.terminate()
        for service, life in self.lives.items():
            status = life.process.wait(30)
            if status != 0:
                self.faults.append(f"{service} ended with {status} when it was asked to end")

    def run(self):
        while not self.ending.wait(0.01):
            with self.lock:
                for life in [*self.lives.values(), *self.replaced]:
                    self.look(life)

    # A life.

    def draw(self, service):
        """The next order: (point, count, signal, how long it may take)."""
        dice = self.random[service]
        if self.again[service]:
            point, self.again[service] = self.again[service], None
            return point, 1, "KILL", LONG_LIFE_S
        if not self.decks[service]:
            self.decks[service] = [name for owner, name in self.points if owner == service]
            dice.shuffle(self.decks[service])
        point = self.decks[service].pop()
        count = 1 if point in AT_TERM or dice.random() < 0.6 / self.mildness else int(self.mildness * MOST[service] ** dice.random())
        return point, count, "STOP" if dice.random() < 0.15 else "KILL", LIFE_S * self.mildness

    def launch(self, service):
        order, limit_s, chaos = None, 1e9, {}
        if self.attacking and any(owner == service for owner, _ in self.points):
            *order, limit_s = self.draw(service)
            chaos["CHAOS_AT"] = ":".join(map(str, order))
        with open(self.duban.log_path(service), "ab") as log:
            process = subprocess.Popen([BIN / f"duban-{service}"], env=environment(**self.duban.settings, **self.more, **chaos),
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.lives[service] = Life(service, process, order, limit_s)

    def look(self, life):
        now = time.monotonic()
        status = life.process.poll()
        if status is not None:
            self.account(life, status)
        elif life.order and not life.frozen and life.order[2] == "STOP" and state_of(life.process.pid) == "T":
            self.froze(life, now)
        elif life.wake and now > life.wake:
            self.wake(life, now)
        elif life.order and life.order[0] in AT_TERM and not life.asked and now > life.began + 0.7:
            life.asked = True
            life.process.terminate()
        elif now > life.limit:
            self.kill_outside(life)

    def kill_outside(self, life):
        """At no point at all: that which was wanted did not come. It is wanted once more."""
        life.kill()
        self.other["kill -9 from outside"] += 1
        if life.order and not life.frozen and not life.last_try:
            self.again[life.service] = life.order[0]

    def froze(self, life, now):
        life.frozen = True
        self.stops[life.service, life.order[0]] += 1
        dice = self.random[life.service]
        life.fate = dice.choice(("wake", "kill", "replace"))
        life.wake = now + dice.uniform(0.05, 1.2)
        life.limit = life.wake + 3

    def wake(self, life, now):
        life.wake = None
        if life.fate == "kill":
            life.kill()
            self.other["killed while frozen"] += 1
        elif life.fate == "replace":
            # What wakes may find that it is no longer the writer; it is not left to live.
            self.launch(life.service)
            self.replaced.append(life)
            self.other["replaced while frozen"] += 1
            life.fate, life.wake = "wake", now + 1
        else:
            life.process.send_signal(signal.SIGCONT)
            self.other["woken"] += 1
            life.limit = now + 0.5

    def account(self, life, status):
        if status == -signal.SIGKILL and not life.killed:
            self.kills[life.service, life.order[0]] += 1
        elif status == 0 and life.asked:
            self.other["ended by SIGTERM"] += 1
        elif not life.killed:
            self.faults.append(f"{life.service} ended by itself with {status} (of {life.order})")
        if life in self.replaced:
            self.replaced.remove(life)
        else:
            self.launch(life.service)
