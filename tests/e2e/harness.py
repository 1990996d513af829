"""What the end-to-end tests stand on: a private PostgreSQL, the three services as processes, and a vendor's client.

Nothing here knows how duban works inside. It uses proto/, the command `duban`, and SQL as the database's owner.
"""

import atexit
import collections
import datetime
import hashlib
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DUBAN_TEST_BIN", ROOT / "build/dev/bin")).resolve()
POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")

# The generated modules. The package `io` of CloudEvents has the name of one of Python's own modules, which is lent a path.
GENERATED = BIN.parent / "python"
sys.path.insert(0, str(GENERATED))
io.__path__ = [str(GENERATED / "io")]

from duban.v1 import plan_pb2, publications_pb2, requests_pb2, updates_pb2  # noqa: E402
from io.cloudevents.v1 import cloudevents_pb2  # noqa: E402

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything that was started is ended

SERVICES = ("ingest", "metrics", "notify")
STREAMS = {"updates": "ingest", "indicators": "metrics", "alerts": "notify"}
NO_DIGEST = bytes(32)
PATIENCE_S = float(os.environ.get("DUBAN_TEST_PATIENCE_S", "30"))
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def wait_until(what, condition, patience_s=PATIENCE_S, pause_s=0.01):
    """Asks again and again until the condition gives something true, which is returned."""
    deadline = time.monotonic() + patience_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(pause_s)


def instant(text):
    """Seconds since 1970 of a day in China, "2020-03-01", or of an instant, "2020-03-01T09:00"."""
    return datetime.datetime.fromisoformat(text.removesuffix("+08:00")).replace(tzinfo=CHINA).timestamp()


def chain(digest, body):
    return hashlib.sha256(digest + body).digest()


def alert_id(division, year, deadline, version, phase, occurrence):
    facts = f"{division}/{year}/{deadline}/{version}/{phase}/{occurrence}"
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


# The database.


class Cluster:
    """A throwaway PostgreSQL on a Unix socket, with a database `template` to which the migrations were applied."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dbe-", dir="/var/tmp"))
        os.chmod(self.directory, 0o700)
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.directory, self.user)
        self.databases = 0
        self.running = False
        atexit.register(self.remove)
        self._tool("initdb", "-D", self._data(), "-U", "duban", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N")
        with open(self._data() / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.directory}'\ntimezone = 'UTC'\n"
                       "max_connections = 200\nshared_buffers = 32MB\n")
        self.start()
        self.sql("postgres", "CREATE DATABASE template")
        subprocess.run([BIN / "duban", "db", "migrate"], check=True, stdout=subprocess.DEVNULL,
                       env=environment(DUBAN_DIR=self.directory, DUBAN_DATABASE=self.conninfo("template")))

    def _data(self):
        return self.directory / "cluster"

    def _tool(self, name, *arguments):
        subprocess.run([POSTGRES_BIN / name, *arguments], check=True, cwd="/", user=self.user,
                       stdout=subprocess.DEVNULL)

    def conninfo(self, database):
        return f"host={self.directory} dbname={database}"

    def start(self):
        self._tool("pg_ctl", "-D", self._data(), "-l", self.directory / "postgres.log", "-w", "-s", "start")
        self.running = True

    def stop(self, mode="fast"):
        self._tool("pg_ctl", "-D", self._data(), "-m", mode, "-w", "-s", "stop")
        self.running = False

    def sql(self, database, text, user="duban"):
        """Runs SQL; rows come as lists of texts, null as None."""
        command = ["psql", "-h", str(self.directory), "-U", user, "-d", database, "-XAtq", "-F", "\x1f", "-R", "\x1e",
                   "-P", "null=\x1d", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-f", "-"]
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        if done.returncode != 0:
            raise SqlError(done.stderr.decode())
        text = done.stdout.decode().rstrip("\n")
        return [[None if cell == "\x1d" else cell for cell in row.split("\x1f")] for row in text.split("\x1e")] if text else []

    def new_database(self, template="template"):
        """A copy of another, to which nobody may be connected."""
        self.databases += 1
        name = f"test{self.databases}"
        def copied():
            try:
                self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
            except SqlError as error:  # a session that has just ended may still be counted
                if "55006" not in str(error):
                    raise
                return False
            return True
        wait_until(f"a copy of {template}", copied)
        return name

    def remove(self):
        if self.running:
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)


class SqlError(Exception):
    pass


_cluster = None


def cluster():
    """The one that all tests of this run share."""
    global _cluster
    _cluster = _cluster or Cluster()
    return _cluster


def environment(**settings):
    """The children's environment: an unknown name that begins with DUBAN_ would be refused."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    return kept | {name: str(value) for name, value in settings.items()}


# The services.


class Duban:
    """One installation: a folder of sockets, a fresh database, and the services that were started in it."""

    def __init__(self, on=None, **settings):
        self.cluster = on or cluster()
        self.database = self.cluster.new_database()
        self.directory = self.cluster.directory / self.database
        self.directory.mkdir(mode=0o700)
        self.settings = {"DUBAN_DIR": self.directory, "DUBAN_DATABASE": self.cluster.conninfo(self.database),
                         "DUBAN_HEAD_INTERVAL_MS": 20} | settings
        self.processes = {}
        self.strangers = []

    def set(self, **settings):
        """For what is started from now on."""
        self.settings |= settings

    def freeze(self, when):
        """The clock stands still at this instant for what is started from now on: START lies before it, END is it."""
        self.set(DUBAN_CLOCK_START="2000-01-01", DUBAN_CLOCK_EPOCH=0, DUBAN_CLOCK_SPEED=1000, DUBAN_CLOCK_END=when)

    def run_clock(self, start, end, days_a_second, head_start_s=1):
        """The clock runs from start, a moment from now, to end, and stands still before and after."""
        self.set(DUBAN_CLOCK_START=start, DUBAN_CLOCK_END=end, DUBAN_CLOCK_SPEED=days_a_second * 86400,
                 DUBAN_CLOCK_EPOCH=int(time.time()) + 1 + head_start_s)

    def _launch(self, service, log, **settings):
        return subprocess.Popen([BIN / f"duban-{service}"], env=environment(**self.settings | settings),
                                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def start(self, *services):
        """Starts services, by default all, and waits until each answers."""
        for service in services or SERVICES:
            with open(self.log_path(service), "ab") as log:
                self.processes[service] = self._launch(service, log)
        with self.client() as client:
            for service in services or SERVICES:
                client.wait_for_service(service)
        return self

    def start_another(self, service, host="", **settings):
        """One more process of a service, with sockets of its own when it is on another host; the caller waits for it."""
        if host:
            settings |= {f"DUBAN_{service.upper()}_{kind.upper()}": f"ipc://{self.directory}/{service}{host}.{kind}"
                         for kind in ("front", "publisher")}
        with open(self.log_path(f"{service}{host}-another"), "ab") as log:
            self.strangers.append(self._launch(service, log, **settings))
        return self.strangers[-1]

    def stop(self, *services):
        """Asks services to end; gives their exit statuses."""
        for service in services or list(self.processes):
            self.processes[service].terminate()
        return [self.processes.pop(service).wait(PATIENCE_S) for service in services or list(self.processes)]

    def kill(self, *services):
        for service in services:
            self.processes[service].kill()
        for service in services:
            self.processes.pop(service).wait(PATIENCE_S)

    def alive(self, service):
        return self.processes[service].poll() is None

    def close(self):
        for process in [*self.processes.values(), *self.strangers]:
            process.kill()
            process.wait()
        self.processes.clear()

    def log_path(self, service):
        return self.directory / f"{service}.log"

    def logs(self):
        return "\n".join(f"--- {path}\n{path.read_text(errors='replace')[-4000:]}" for path in sorted(self.directory.glob("*.log")))

    def run(self, *arguments, stdin=""):
        """The command duban."""
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run([BIN / "duban", *map(str, arguments)], env=environment(**self.settings), input=data,
                              capture_output=True, cwd=self.directory, check=False, timeout=PATIENCE_S * 4)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def must(self, *arguments, stdin=""):
        done = self.run(*arguments, stdin=stdin)
        if done.status != 0:
            raise AssertionError(f"duban {' '.join(map(str, arguments))}: exit status {done.status}\n{done.out}{done.err}")
        return done.out

    def file(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def apply(self, plan):
        return self.must("plan", "apply", self.file("plan.yaml", plan))

    def sql(self, text, user="duban"):
        return self.cluster.sql(self.database, text, user)

    def client(self, host=""):
        return Client(self, host)

    def settle(self, time_s=None):
        """Waits until everything was taken in and decided that ingest has, up to an instant, by default the clock's end.

        Where the clock stands still, ingest lets a microsecond pass for each batch; so its own head says how far it is.
        """
        time_us = int((instant(self.settings["DUBAN_CLOCK_END"]) if time_s is None else time_s) * 1e6)
        with self.client() as client:
            def time_of(service):
                head = client.head(service, retry=False)
                return head.time.ToMicroseconds() if head is not None and head.HasField("time") else None
            time_us = wait_until("the clock", lambda: (time_of("ingest") or 0) >= time_us and time_of("ingest"))
            for service in ("metrics", "notify"):
                if service in self.processes:
                    wait_until(f"{service} at {time_us}", lambda: (time_of(service) or 0) >= time_us)
        return self

    def indicator(self, commitment):
        """The row of the derived table, by column."""
        names = ("numerator", "denominator", "value", "target", "attainment", "reached", "observed_on", "colour")
        rows = self.sql(f"SELECT {', '.join(names)} FROM duban.indicator WHERE indicator = '{commitment}'")
        return dict(zip(names, rows[0] if rows else [None] * len(names)))


Done = collections.namedtuple("Done", "status out err")


# A vendor.


class Client:
    """Talks to the front doors with DEALER sockets, or REQ, and subscribes with SUB."""

    def __init__(self, duban, host=""):
        self.duban, self.host = duban, host
        self.context = zmq.Context()
        self.sockets = {}
        self.subscriptions = []
        self.requests = 0

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    def close(self):
        for socket in [*self.sockets.values(), *(subscription.socket for subscription in self.subscriptions)]:
            socket.close(0)
        self.context.term()

    def endpoint(self, service, kind="front"):
        return f"ipc://{self.duban.directory}/{service}{self.host}.{kind}"

    def prepare(self, socket, service):
        """What a socket needs before it connects; over ipc nothing."""

    def socket(self, service, kind=zmq.DEALER):
        if (service, kind) not in self.sockets:
            socket = self.context.socket(kind)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RECONNECT_IVL, 20)
            self.prepare(socket, service)
            socket.connect(self.endpoint(service))
            self.sockets[service, kind] = socket
        return self.sockets[service, kind]

    def forget(self, service, kind=zmq.DEALER):
        socket = self.sockets.pop((service, kind), None)
        if socket is not None:
            socket.close(0)

    def exchange(self, service, frames, kind=zmq.DEALER, patience_s=PATIENCE_S):
        """Sends frames as they are and gives the frames of the reply, or None when there is none in time."""
        socket = self.socket(service, kind)
        socket.send_multipart(frames)
        if socket.poll(patience_s * 1000):
            return socket.recv_multipart()
        self.forget(service, kind)  # a late answer must not be taken for that of the next request
        return None

    def ask(self, service, request, *parts, kind=zmq.DEALER, patience_s=PATIENCE_S):
        """A request and its reply: the message, and the frames after it."""
        self.requests += 1
        request.request_id = f"request-{self.requests}"
        frames = self.exchange(service, [request.SerializeToString(), *parts], kind, patience_s)
        if frames is None:
            return None, []
        reply = requests_pb2.Reply.FromString(frames[0])
        assert reply.request_id == request.request_id, reply
        return reply, frames[1:]

    def wait_for_service(self, service):
        wait_until(f"{service} answers", lambda: self.head(service, retry=False))

    def head(self, service, retry=True):
        request = requests_pb2.Request(head=requests_pb2.HeadRequest())
        reply, _ = self.ask(service, request, patience_s=PATIENCE_S if retry else 0.5)
        return reply.head if reply is not None and reply.WhichOneof("kind") == "head" else None

    def send(self, batch, dry_run=False, kind=zmq.DEALER, patience_s=PATIENCE_S):
        """Submits the bytes of a batch; the reply as it comes, None when there is none."""
        request = requests_pb2.Request(submit=requests_pb2.SubmitRequest(dry_run=dry_run))
        return self.ask("ingest", request, batch, kind=kind, patience_s=patience_s)[0]

    def post(self, events):
        """Submits events and does not wait for the answer."""
        request = requests_pb2.Request(request_id="post", submit=requests_pb2.SubmitRequest())
        self.socket("ingest").send_multipart([request.SerializeToString(), batch_of(events)])

    def submit(self, events, dry_run=False, kind=zmq.DEALER):
        """Submits events, each a message or bytes, and gives their receipts."""
        reply = self.send(batch_of(events), dry_run, kind)
        assert reply is not None and reply.WhichOneof("kind") == "receipts", reply
        assert len(reply.receipts.receipts) == len(events)
        return reply.receipts.receipts

    def submit_surely(self, events, patience_s=PATIENCE_S, try_s=0.3):
        """The same events again and again until they are answered for, as a careful vendor does."""
        batch = batch_of(events)

        def answered():
            reply = self.send(batch, patience_s=try_s)
            if reply is None or reply.WhichOneof("kind") != "receipts":
                return None
            unavailable = requests_pb2.OUTCOME_UNAVAILABLE
            return None if any(r.outcome == unavailable for r in reply.receipts.receipts) else reply.receipts.receipts
        return wait_until("the submission is answered", answered, patience_s)

    def replay(self, stream, prefix="", service=None, limit=0, after=0):
        """All events of a stream: (bodies, the head)."""
        bodies = []
        while True:
            request = requests_pb2.Request(replay=requests_pb2.ReplayRequest(
                stream=stream, topic_prefix=prefix, after=after, limit=limit))
            reply, events = self.ask(service or STREAMS[stream], request)
            assert reply.WhichOneof("kind") == "replay", reply
            bodies += events
            after = reply.replay.complete_to
            if after >= reply.replay.head.head:
                return bodies, reply.replay.head

    def query(self, service, **kind):
        reply, _ = self.ask(service, requests_pb2.Request(**kind))
        return getattr(reply, next(iter(kind)))

    def subscribe(self, *prefixes):
        self.subscriptions.append(Subscription(self, prefixes))
        return self.subscriptions[-1]


class Subscription:
    """Collects what the publishers send; heads apart."""

    def __init__(self, client, prefixes):
        self.socket = client.context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.received = []
        self.heads = set()
        for prefix in [*prefixes, *(f"head.{stream}." for stream in STREAMS)]:
            self.socket.subscribe(prefix.encode())
        for service in SERVICES:
            client.prepare(self.socket, service)
            self.socket.connect(client.endpoint(service, "publisher"))
        wait_until("a head of every stream", lambda: self.take() or len(self.heads) == len(STREAMS))

    def take(self):
        while self.socket.poll(0):
            topic, body = self.socket.recv_multipart()
            if topic.startswith(b"head."):
                self.heads.add(publications_pb2.StreamHead.FromString(body).stream)
            else:
                self.received.append((topic.decode(), body))

    def until(self, count, prefix=""):
        """Waits for so many publications of a prefix, and gives their bodies."""
        def of_prefix():
            self.take()
            return [body for topic, body in self.received if topic.startswith(prefix)]
        wait_until(f"{count} publications of {prefix}", lambda: len(of_prefix()) >= count)
        return of_prefix()


# CloudEvents.


def event(data, id, source="/vendor", **fields):
    """A CloudEvent as any SDK would make it."""
    made = cloudevents_pb2.CloudEvent(id=id, source=source, spec_version="1.0", type=data.DESCRIPTOR.full_name)
    made.proto_data.type_url = "type.googleapis.com/" + data.DESCRIPTOR.full_name
    made.proto_data.value = data.SerializeToString()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def measured(id, measure, value, day, unit="个", division="410102", project="", source="/vendor", **fields):
    return event(updates_pb2.MeasurementReported(division=division, measure=measure, value=value, unit=unit,
                                                 observed_on=day, project=project, **fields), id, source)


def reached(id, project, milestone, day, division="410102", source="/vendor"):
    return event(updates_pb2.MilestoneReached(division=division, project=project, milestone=milestone, reached_on=day),
                 id, source)


def withdrawn(id, of, division="410102", source="/vendor"):
    return event(updates_pb2.UpdateWithdrawn(division=division, id=of, reason="wrong"), id, source)


def field(number, content):
    """One length-delimited field, by hand: what no library would write."""
    assert number < 16
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def batch_of(events):
    return b"".join(field(1, e if isinstance(e, bytes) else e.SerializeToString(deterministic=True)) for e in events)


def read_event(body):
    """A stored event and the message in it."""
    stored = cloudevents_pb2.CloudEvent.FromString(body)
    for module in (updates_pb2, publications_pb2):
        kind = getattr(module, stored.type.removeprefix("duban.v1."), None)
        if kind is not None:
            return stored, kind.FromString(stored.proto_data.value)
    raise AssertionError(stored.type)


def sequence_of(stored):
    return int(stored.attributes["sequence"].ce_string)


def outcome_of(receipt):
    """ "ACCEPTED", or "QUARANTINED WRONG_UNIT data.unit"."""
    name = requests_pb2.Outcome.Name(receipt.outcome).removeprefix("OUTCOME_")
    return " ".join(filter(None, [name, receipt.reason.code, receipt.reason.field]))


# A test.


class DubanTest(unittest.TestCase):
    """Ends what a test started, and shows the services' logs when it failed."""

    maxDiff = None

    def run(self, result=None):
        self.installations = []
        before = len(result.failures) + len(result.errors)
        try:
            return super().run(result)
        finally:
            for installation in self.installations:
                installation.close()
            if len(result.failures) + len(result.errors) > before:
                for installation in self.installations:
                    print(f"=== {self.id()}: {installation.directory}\n{installation.logs()}", file=sys.stderr)

    def install(self, **settings):
        installation = Duban(**settings)
        self.installations.append(installation)
        return installation

    def connect(self, installation):
        client = installation.client()
        self.addCleanup(client.close)
        return client

    def verify(self, installation):
        done = installation.run("verify")
        self.assertEqual(done.status, 0, done.out + done.err)


# A small plan, as a vendor's customer would write it.

PLAN = """\
division: "410102"
year: 2020
zh: 小计划
en: Small plan
supervising_unit: supervision
rules:
  lead_days: [30, 7]
  overdue_every_days: 7
  alert_time: "09:00"
  yellow_points: 10
  red_points: 30
  lead_working_days: []
  escalate_after_working_days: 0
units:
  - {id: supervision, zh: 督查室, en: Supervision}
  - {id: parks-office, zh: 园林局, en: Parks office}
  - {id: finance, zh: 财政局, en: Finance}
measures:
  - {id: benches, zh: 新增座椅, en: New benches, unit: 个, kind: increment}
  - {id: noise, zh: 噪声记录, en: Noise records, unit: 个, kind: increment}
  - {id: spent, zh: 支出, en: Spent, unit: 万元, kind: cumulative}
  - {id: budget, zh: 预算, en: Budget, unit: 万元, kind: cumulative}
groups:
  - id: parks
    zh: 公园
    en: Parks
    scope_count: 3
    milestones: [{id: started, zh: 开工, en: Started}, {id: opened, zh: 开放, en: Opened}]
commitments:
  - id: benches
    zh: 新增座椅
    en: New benches
    theme: city
    unit: parks-office
    rule: sum
    of: [benches]
    value_unit: 个
    target: ≥ 30
    due: 2020-04-30
  - id: parks-opened
    zh: 公园开放率
    en: Parks opened
    theme: city
    unit: parks-office
    rule: share
    group: parks
    milestone: opened
    value_unit: "%"
    target: ≥ 100
    due: 2020-06-30
  - id: spending-share
    zh: 支出占比
    en: Spending share
    theme: finance
    unit: finance
    rule: ratio
    of: [spent]
    over: [budget]
    value_unit: "%"
    target: ≥ 70
    due: 2020-12-31
projects:
  - id: north-park
    zh: 北园
    en: North Park
    unit: parks-office
    groups: [parks]
    deadlines: [{milestone: opened, due: 2020-05-15}]
  - id: south-park
    zh: 南园
    en: South Park
    unit: parks-office
    groups: [parks]
"""
