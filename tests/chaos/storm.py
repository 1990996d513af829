"""One installation in a storm: everything that may go wrong does, in an order that a seed decides."""

import collections
import random
import subprocess
import time

import oracles
from common import BIN, PLAN, SERVICES, Duban, environment, free_port, instant, wait_until
from proxy import KINDS, Proxy
from supervisor import Supervisor, points
from witnesses import DIVISION, Reader, Subscriber, Vendor

START, END = "2020-01-05", "2021-03-05"
VENDORS = 4

# The plan that the simulated year of `duban simulate` is made up for: leads in working days, escalation, silence, a year-long hold.
STORY = PLAN.replace("lead_working_days: []", "lead_working_days: [1]").replace("working_days: 0", "working_days: 5").replace(
    "kind: increment}", "kind: increment, reporting_days: 31}").replace(
    "kind: cumulative}", "kind: cumulative, reporting_days: 31}").replace("target: ≥ 70\n", "target: ≥ 70\n    hold: all-year\n")

# The plan that the vendors report to: a sum for each.
FLOOD = f"""\
division: "{DIVISION}"
year: 2020
zh: 洪水
en: Flood
supervising_unit: supervision
rules: {{lead_days: [30, 7, 1], overdue_every_days: 3, alert_time: "09:00", yellow_points: 10, red_points: 30,
         lead_working_days: [], escalate_after_working_days: 0}}
units: [{{id: supervision, zh: 督查室, en: Supervision}}, {{id: office, zh: 办公室, en: Office}}]
measures:
""" + "".join(f"  - {{id: flood-{i}, zh: 洪水{i}, en: Flood {i}, unit: 个, kind: increment}}\n" for i in range(VENDORS)) + "commitments:\n" + "".join(
    f"  - {{id: flood-{i}, zh: 洪水{i}, en: Flood {i}, theme: city, unit: office, rule: sum, of: [flood-{i}], value_unit: 个, "
    f"target: ≥ {30000 * (i + 1)}, due: 2020-{3 * i + 2:02}-28}}\n" for i in range(VENDORS))

POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id LIKE 'poison%' THEN RAISE EXCEPTION 'this one not'; END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER poison BEFORE INSERT ON duban.event_updates FOR EACH ROW EXECUTE FUNCTION poison();
"""

ATTACKS = {"cut": 100, "crash": 20, "power cut": 10, "full disk": 3, "clock jump": 5, "restore": 1}  # how often, among each other


class Storm:
    """begin, then rage until the goals are reached, then calm; findings says what the oracles found."""

    def __init__(self, cluster, seed, days_a_second=2, quota=0, attacks=tuple(ATTACKS), services=SERVICES, planted=None, sql=""):
        self.cluster, self.seed = cluster, seed
        self.random = random.Random(f"{seed}/storm")
        self.attacks, self.quota = attacks, quota
        self.done = collections.Counter()
        self.backed_up = False
        self.duban = Duban(on=cluster, DUBAN_NOTIFY_GRACE_S=315360000, DUBAN_NOTIFY_PATIENCE_S=86400)
        self.duban.sql(POISON + sql)
        self.duban.ports = {(service, kind): free_port() for service in SERVICES for kind in ("front", "publisher")}
        self.reader = Reader(self.duban, seed, "410102")
        self.proxy = Proxy(cluster)
        self.duban.set(DUBAN_DATABASE=f"host={self.proxy.directory} dbname={self.duban.database}")
        self.duban.run_clock(START, END, days_a_second)
        self.services, self.planted = services, planted
        self.began = time.monotonic()

    def environment(self):
        """What the services get beside the settings: tcp for the reader, and the planted bug."""
        out = {f"DUBAN_{service.upper()}_{kind.upper()}": f"ipc://{self.duban.directory}/{service}.{kind} tcp://127.0.0.1:{port}"
               for (service, kind), port in self.duban.ports.items()}
        return out | ({"CHAOS_PLANTED": self.planted} if self.planted else {})

    def begin(self):
        self.supervisor = Supervisor(self.duban, self.seed, self.services, self.environment())
        with self.duban.client() as client:
            for service in SERVICES:
                client.wait_for_service(service)
        self.duban.apply(FLOOD)
        story = self.duban.file("story.yaml", STORY)
        with open(self.duban.directory / "story.log", "wb") as log:
            self.story = subprocess.Popen([BIN / "duban", "simulate", "--publish", "--patience", "600", "--seed", str(self.random.randrange(1000)),
                                           story], env=environment(**self.duban.settings), stdout=log, stderr=log)
        self.subscriber = Subscriber(self.duban)
        for witness in (self.subscriber, self.reader):
            witness.start()
        self.vendors = [Vendor(self.duban, i, self.seed, self.quota // VENDORS) for i in range(VENDORS)]
        self.supervisor.attack()

    def rage(self, seconds, goals=None):
        """Attacks until the time is over, or every goal is reached. The nearer an attack is to its own, the less often it is made."""
        over = time.monotonic() + seconds
        while time.monotonic() < over and (goals is None or self.missing(goals)):
            done = self.counts()
            enough = goals is not None and all(done[name] >= goals.get(name, 1e9) for name in self.attacks)
            time.sleep(self.random.uniform(0.05, 0.3) + 2 * enough)
            self.supervisor.mildness = 1 if done["kill"] < (goals or {}).get("kill", 1e9) else 8  # so that what else is wanted comes
            weights = [ATTACKS[name] * max(0.02, 1 - done[name] / (goals or {}).get(name, 1e9)) for name in self.attacks]
            if weights:
                self.attack(self.random.choices(self.attacks, weights)[0])

    def missing(self, goals):
        """The goals that have not been reached, with how far they are."""
        reached = self.counts()
        return {name: (reached[name], goal) for name, goal in goals.items() if reached[name] < goal}

    def counts(self):
        kills = self.supervisor.kills
        return collections.Counter({
            **self.done, "kill": sum(kills.values()), "stop": sum(self.supervisor.stops.values()),
            "point": sum(1 for point in points() if kills[point]), "cut": sum(self.proxy.cuts.values()),
            "kind of cut": sum(1 for kind in KINDS if self.proxy.cuts[kind]), "second": int(time.monotonic() - self.began),
            "read": self.reader.read, "acknowledged": sum(len(vendor.receipts) for vendor in self.vendors)})

    # The attacks.

    def attack(self, name):
        getattr(self, name.replace(" ", "_"))()

    def cut(self):
        self.proxy.cut(self.random.choice(KINDS), self.random.choice(self.services))
        deadline = time.monotonic() + 1
        while self.proxy.wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        self.proxy.wanted = None

    def crash(self):
        self.cluster.crash()
        self.done["crash"] += 1

    def power_cut(self):
        with self.supervisor.lock:
            self.cluster.lose_power(meanwhile=self.supervisor.kill_all)
        self.done["power cut"] += 1
        if not self.backed_up and "restore" in self.attacks:
            self.cluster.back_up()
            self.backed_up = True

    def full_disk(self):
        self.cluster.disk.fill()
        time.sleep(self.random.uniform(0.5, 2))
        self.cluster.disk.free()
        if not self.cluster.alive():
            self.cluster.crash()
        self.done["full disk"] += 1

    def clock_jump(self):
        """The clock of the whole machine is set by days, forward or back."""
        seconds = self.random.choice((-4, -2, -1, 1, 3))
        with self.supervisor.lock:
            self.duban.set(DUBAN_CLOCK_EPOCH=self.duban.settings["DUBAN_CLOCK_EPOCH"] - seconds)
            self.supervisor.kill_all()
        self.done["clock jump"] += 1

    def restore(self):
        """An older copy of the whole database; vendors and subscribers must notice that it is another log."""
        if not self.backed_up:
            return
        with self.supervisor.lock:
            self.supervisor.kill_all()
            self.subscriber.excuse()
            self.cluster.restore(self.duban.database)
        self.done["restore"] += 1

    # The end.

    def calm(self, patience_s=120):
        """No more attacks: everybody gets the answer that is owed, the year ends, the services are ended."""
        self.supervisor.rest()
        for vendor in self.vendors:
            vendor.end(patience_s)
        self.story.terminate()
        self.story.wait()
        with self.supervisor.lock:
            self.duban.freeze(END)
            self.supervisor.kill_all()
        self.settle(patience_s)
        self.reader.end()
        self.subscriber.finish(patience_s / 4)
        self.supervisor.end()

    def settle(self, patience_s):
        """Waits until everything was decided up to the end of the year."""
        self.end_us = int(instant(END) * 1e6)
        with self.duban.client() as client:
            def time_of(service):
                head = client.head(service, retry=False)
                return head.time.ToMicroseconds() if head is not None and head.HasField("time") else 0
            try:
                wanted = wait_until("ingest's clock", lambda: time_of("ingest") >= self.end_us and time_of("ingest"), patience_s)
                for service in ("metrics", "notify"):
                    wait_until(f"{service} at the end", lambda: time_of(service) >= wanted, patience_s)
                self.end_us = time_of("notify")
            except AssertionError as late:
                self.supervisor.faults.append(str(late))

    def findings(self):
        log = oracles.Log(self.duban)
        self.counted = {stream: len(rows) for stream, rows in log.rows.items()}
        found = oracles.examine(log, self.vendors, self.subscriber, self.end_us,
                                self.cluster.conninfo("postgres") + " user=duban")
        found += [("rights", fault) for fault in self.reader.faults]
        found += [("service", fault) for fault in self.supervisor.faults]
        verify = self.duban.run("verify")
        if verify.status != 0:
            found += [("verify", line) for line in (verify.out + verify.err).splitlines()[:20]]
        self.log = log
        return found

    def close(self):
        self.supervisor.ending.set()
        self.supervisor.join()
        self.supervisor.attacking = False
        self.supervisor.kill_all()
        self.subscriber.ending.set()
        self.reader.ending.set()
        for vendor in self.vendors:
            vendor.ending.set()
            vendor.batches.clear()
        self.story.kill()
        self.story.wait()
        self.proxy.end()
