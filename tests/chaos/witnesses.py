"""Those who remember what they were told: vendors, with every receipt they ever got, and a subscriber, with every event it heard."""

import collections
import hashlib
import random
import shutil
import threading
import time
import traceback

import zmq

from common import (SERVICES, STREAMS, KeyClient, batch_of, cloudevents_pb2, measured, outcome_of, publications_pb2, read_event,
                    requests_pb2, sequence_of, withdrawn)

DIVISION, DAYS = "410103", [f"2020-01-{day:02}" for day in range(1, 5)]
GOOD = ("ACCEPTED", "DUPLICATE")

# What a vendor may be answered for each kind of event that it sends, beside UNAVAILABLE.
HONEST = {"good": GOOD, "withdrawal": GOOD, "again": ("DUPLICATE",), "changed": ("CONFLICT CONFLICTING_CONTENT id",),
          "wrong": ("QUARANTINED UNKNOWN_MEASURE data.measure",), "nameless": ("REJECTED MISSING_FIELD id",),
          "poison": ("REJECTED STORAGE_REFUSED",)}
STREAM_OF = {"update": "updates", "indicator": "indicators", "deadline": "alerts", "digest": "alerts"}
ODD = ("withdrawal", "again", "again", "changed", "wrong", "nameless")

Sent = collections.namedtuple("Sent", "kind id body")
Receipt = collections.namedtuple("Receipt", "sequence digest")


class Batch:
    def __init__(self, events):
        self.events = events
        self.bytes = batch_of([event.body for event in events])


class Witness(threading.Thread):
    """Lives in a thread of its own; what it finds wrong are its faults, and so is an error of its own."""

    def __init__(self, duban):
        super().__init__(daemon=True)
        self.duban, self.faults, self.ending = duban, [], threading.Event()

    def client(self):
        return self.duban.client()

    def end(self):
        self.ending.set()
        self.join()

    def run(self):
        with self.client() as client:
            try:
                self.live(client)
            except Exception:
                self.faults.append(f"an error in {type(self).__name__}: {traceback.format_exc()}")
            for subscription in client.subscriptions:
                subscription.close(0)
            client.subscriptions.clear()


class Vendor(Witness):
    """Submits batch after batch, each until it is answered for; when the log is another, everything from the beginning again."""

    def __init__(self, duban, number, seed, quota):
        super().__init__(duban)
        self.quota = quota
        self.name = f"vendor-{number}"
        self.source, self.measure = f"/{self.name}", f"flood-{number}"
        self.random = random.Random(f"{seed}/{self.name}")
        self.batches, self.position = [], 0
        self.muddled = set()  # ids of which a changed event may have come to a restored log before the good one
        self.good = []  # everything good that was sent, in order
        self.count = 0
        self.receipts, self.refused = {}, set()
        self.outcomes = collections.Counter()
        self.incarnation = None
        self.unanswered, self.patience_s, self.pause_s = False, 1, 0.05
        self.insults = 0  # requests that are none, and were refused as a whole
        self.start()

    def end(self, patience_s=60):
        self.ending.set()
        self.join(patience_s)
        self.unanswered = self.is_alive()

    def live(self, client):
        while not self.ending.is_set() or self.position < len(self.batches):
            if self.position < len(self.batches):
                self.submit(client, self.batches[self.position])
                continue
            if self.random.random() < 0.01:
                self.insult(client)
            enough = len(self.receipts) >= self.quota
            self.ending.wait(self.random.uniform(0.02, 0.1) if enough else self.random.uniform(0, 0.04))
            self.batches.append(Batch(list(self.make_events(self.random.randint(1, 20 if enough else 900)))))

    # What it sends.

    def make_events(self, count):
        known = list(self.good[-2000:])  # of earlier batches
        for _ in range(count):
            kind = "good"
            if known and self.random.random() < 0.04:
                kind = self.random.choice(ODD)
            elif self.random.random() < 0.00005:
                kind = "poison"
            yield self.make_event(kind, self.random.choice(known) if known else None)

    def make_event(self, kind, known):
        self.count += 1
        id = f"{'poison' if kind == 'poison' else self.name}-{self.count}"
        value, day = str(self.random.randint(1, 9999)), self.random.choice(DAYS)
        more = dict(division=DIVISION, source=self.source)
        if kind == "again":
            return Sent(kind, known.id, known.body)
        if kind == "changed":
            made = measured(known.id, self.measure, "10000", day, **more)
        elif kind == "withdrawal":
            made = withdrawn(id, known.id, **more)
        elif kind == "nameless":
            made = measured("", self.measure, value, day, **more)
        else:
            made = measured(id, "unheard-of" if kind == "wrong" else self.measure, value, day, **more)
        sent = Sent(kind, made.id, made.SerializeToString(deterministic=True))
        if kind == "good":
            self.good.append(sent)
        return sent

    def insult(self, client):
        """What is no request is answered by an error."""
        good = requests_pb2.Request(request_id="x", submit=requests_pb2.SubmitRequest()).SerializeToString()
        for frames in ([b"\xff\xff"], [good, b"\x0a\xff"], [good, b""]):
            answer = client.exchange("ingest", frames, patience_s=1)
            if answer is None:
                continue
            self.insults += 1
            if requests_pb2.Reply.FromString(answer[0]).WhichOneof("kind") != "error":
                self.faults.append(f"{self.name}: a request that is none was not refused")

    # What it is told.

    def submit(self, client, batch):
        reply = client.send(batch.bytes, patience_s=self.patience_s)
        self.patience_s = 1 if reply is not None else min(10, 2 * self.patience_s)  # who asks too often only fills the queue
        if reply is None:
            return
        if reply.WhichOneof("kind") != "receipts" or len(reply.receipts.receipts) != len(batch.events):
            self.faults.append(f"{self.name}: no receipts but {str(reply)[:100]}")
            self.position += 1
            return
        receipts = reply.receipts.receipts
        if self.another_log(receipts):
            return
        for sent, receipt in zip(batch.events, receipts):
            self.take(sent, receipt)
        if any(receipt.outcome == requests_pb2.OUTCOME_UNAVAILABLE for receipt in receipts):
            time.sleep(self.pause_s)
            self.pause_s = min(0.5, 2 * self.pause_s)
        else:
            self.pause_s = 0.05
            self.position += 1

    def another_log(self, receipts):
        told = {receipt.incarnation for receipt in receipts if receipt.sequence}
        if not told or told == {self.incarnation}:
            return False
        first, self.incarnation = self.incarnation is None, told.pop()
        if first:
            return False
        self.muddled.update(sent.id for sent in self.batches[self.position].events if sent.kind == "changed")
        self.position = 0
        self.receipts.clear()
        self.refused.clear()
        return True

    def take(self, sent, receipt):
        if receipt.outcome == requests_pb2.OUTCOME_UNAVAILABLE:
            self.outcomes["UNAVAILABLE"] += 1
            return
        outcome = outcome_of(receipt)
        self.outcomes[outcome] += 1
        muddled = sent.id in self.muddled and outcome in (*HONEST["good"], *HONEST["changed"])
        if receipt.id != sent.id or not (muddled or outcome in HONEST[sent.kind]):
            self.faults.append(f"{self.name}: {outcome} for {sent.id}, which is {sent.kind}")
        if receipt.sequence:
            told = Receipt(receipt.sequence, receipt.digest)
            if self.receipts.setdefault(sent.id, told) != told:
                self.faults.append(f"{self.name}: two receipts for {sent.id}: {self.receipts[sent.id][0]} and {told[0]}")
        elif receipt.outcome == requests_pb2.OUTCOME_QUARANTINED:
            self.refused.add((sent.id, hashlib.sha256(sent.body).hexdigest()))


class Reader(Witness):
    """A client with a key that may read one division only, and asks for everything."""

    def __init__(self, duban, seed, division):
        super().__init__(duban)
        self.random = random.Random(f"{seed}/reader")
        self.division, self.read = division, 0
        for folder in ("keys", "clients", "rights"):
            (duban.directory / folder).mkdir(mode=0o700)
        for service in SERVICES:
            duban.must("keygen", "--folder", duban.directory / "keys", service)
            shutil.copy(duban.directory / f"keys/{service}", duban.directory / "rights")
        topics = ",".join(f"{kind}.{division}." for kind in STREAM_OF)
        duban.must("keygen", "--folder", duban.directory / "clients", f"--topics={topics}", "reader")
        shutil.copy(duban.directory / "clients/reader", duban.directory / "rights")

    def client(self):
        return KeyClient(self.duban, "reader")

    def live(self, client):
        while not self.ending.wait(0.1):
            stream = self.random.choice(list(STREAMS))
            prefix = self.random.choice(("", "update.", f"update.{DIVISION}.", f"indicator.{self.division}.", "deadline."))
            request = requests_pb2.Request(replay=requests_pb2.ReplayRequest(
                stream=stream, topic_prefix=prefix, after=self.random.randrange(self.read + 100), limit=100))
            reply, bodies = client.ask(self.random.choice(SERVICES), request, patience_s=1)
            self.read += len(bodies)
            for body in bodies:
                data = read_event(body)[1]
                if (data.plan.division if hasattr(data, "plan") else data.division) != self.division:
                    self.faults.append(f"a client without the right to read it was given {type(data).__name__} of another division")


class Heard:
    """One stream, as far as a subscriber has it."""

    def __init__(self):
        self.incarnation, self.events, self.complete, self.head = None, {}, 0, 0

    def take_head(self, head):
        if head.incarnation != self.incarnation:  # another log: forget, and begin anew
            self.incarnation, self.events, self.complete, self.head = head.incarnation, {}, 0, 0
        self.head = max(self.head, head.head)

    def take(self, body):
        sequence = sequence_of(cloudevents_pb2.CloudEvent.FromString(body))
        known = self.events.setdefault(sequence, body)
        self.events[sequence] = body
        while self.complete + 1 in self.events:
            self.complete += 1
        return known == body


class Subscriber(Witness):
    """Listens to everything, and asks for what it missed."""

    def __init__(self, duban):
        super().__init__(duban)
        self.streams = {stream: Heard() for stream in STREAMS}
        self.published = self.replayed = 0
        self.excused = 0  # until then a restored log may contradict what was heard

    def excuse(self):
        self.excused = time.monotonic() + 15

    def live(self, client):
        socket = client.context.socket(zmq.SUB)
        client.subscriptions.append(socket)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.subscribe(b"")
        for service in SERVICES:
            socket.connect(client.endpoint(service, "publisher"))
        asked = 0
        while not self.ending.is_set():
            while socket.poll(20) and time.monotonic() < asked + 0.2:
                self.hear(*socket.recv_multipart())
            self.catch_up(client)
            asked = time.monotonic()

    def hear(self, topic, body):
        kind = topic.split(b".")[0].decode()
        if kind == "head":
            head = publications_pb2.StreamHead.FromString(body)
            self.streams[head.stream].take_head(head)
            return
        self.published += 1
        self.take(self.streams[STREAM_OF[kind]], body)

    def take(self, heard, body):
        if not heard.take(body) and time.monotonic() > self.excused:
            self.faults.append("the subscriber heard two events with the same sequence")

    def catch_up(self, client):
        for stream, heard in self.streams.items():
            if heard.complete < heard.head:
                self.replay(client, stream, heard)

    def replay(self, client, stream, heard):
        request = requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream=stream, after=heard.complete))
        service = random.choice(SERVICES)  # each answers for each stream
        reply, bodies = client.ask(service, request, patience_s=1)
        if reply is None or reply.WhichOneof("kind") != "replay":
            return
        heard.take_head(reply.replay.head)
        for body in bodies:
            self.replayed += 1
            self.take(heard, body)

    def finish(self, patience_s=30):
        """Stops listening once it has everything up to the heads."""
        deadline = time.monotonic() + patience_s
        while any(heard.complete < heard.head for heard in self.streams.values()) and time.monotonic() < deadline:
            self.ending.wait(0.05)
        self.ending.set()
        self.join()
