#!/usr/bin/env python3
"""Nobody takes the service down, or the service away from the others: floods, endless messages, crowds, who does not read."""

import itertools
import re
import socket as sockets
import subprocess
import threading
import unittest

import zmq.utils.z85

import zmtp
from keyed import *

MIB = 1 << 20
SHARE_EVENTS = 2048
QUEUE_EVENTS = 8192
UNREAD_BYTES = 32 * MIB
UNRECEIVED_BYTES = 64 * MIB
CLIENT_REPLAYS = 8
DESCRIPTORS = 256  # of a service that may open few; an eighth of them is for strangers
STRANGERS = DESCRIPTORS // 8
ROOM_BYTES = 128 * MIB  # for what comes in until the next look at the connections, and what malloc keeps


class Flood(threading.Thread):
    """Submits without ever waiting for receipts; what was not taken is sent again."""

    SUBMISSIONS, EVENTS = 30, 1000

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client = client
        self.batches = [batch_of(measured(f"{i}-{k}", "noise", "1", "2020-03-01", source="/flood") for k in range(self.EVENTS))
                        for i in range(self.SUBMISSIONS)]
        self.outcomes = collections.Counter()
        self.ended = threading.Event()

    def post(self, i):
        request = requests_pb2.Request(request_id=str(i), submit=requests_pb2.SubmitRequest())
        self.client.socket("ingest").send_multipart([request.SerializeToString(), self.batches[i]])

    def run(self):
        for i in range(self.SUBMISSIONS):
            self.post(i)
        while not self.ended.is_set():
            if self.client.socket("ingest").poll(100):
                reply = requests_pb2.Reply.FromString(self.client.socket("ingest").recv_multipart()[0])
                self.outcomes.update(outcome_of(receipt) for receipt in reply.receipts.receipts)
                self.post(int(reply.request_id))

    def end(self):
        self.ended.set()
        self.join()


class Bounds(KeyedTest):
    def memory_bytes(self, duban, service="ingest"):
        """The most that was ever resident, and what is now."""
        path = pathlib.Path(f"/proc/{duban.processes[service].pid}/status")
        status = dict(line.split(":", 1) for line in path.read_text().splitlines())
        return int(status["VmHWM"].split()[0]) * 1024, int(status["VmRSS"].split()[0]) * 1024

    def begin_ingest(self, descriptors=None):
        duban = self.prepare()
        if descriptors is None:
            duban.start("ingest")
        else:
            with open(duban.log_path("ingest"), "ab") as log:
                duban.processes["ingest"] = subprocess.Popen(
                    ["/bin/sh", "-c", f'ulimit -n {descriptors} && exec "$0"', BIN / "duban-ingest"],
                    env=environment(**duban.settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.connect(duban).wait_for_service("ingest")
        duban.apply(PLAN)
        return duban

    def let_all_in(self, duban, name):
        return self.let_in(duban, name, unit="*", divisions="410102", submit="*", topics="*")

    def raw(self, duban, client, kind=b"DEALER", socket="front"):
        server = zmq.utils.z85.decode(zmq.auth.load_certificate(str(duban.directory / "keys/ingest"))[0])
        made = zmtp.Connection(duban.ports["ingest", socket], kind, server, [zmq.utils.z85.decode(key) for key in client.own])
        self.addCleanup(made.close)
        return made

    def wait_for_cut(self, duban, *parts):
        wait_until(" ".join(parts), lambda: any(all(part in line for part in ("PEER-CUT", *parts))
                                                for line in duban.log_path("ingest").read_text().splitlines()))

    def test_a_flood_by_one_client_does_not_hold_up_another(self):
        duban = self.begin_ingest()
        flood, small = Flood(self.let_all_in(duban, "flood")), self.let_all_in(duban, "small")
        small.wait_for_service("ingest")
        flood.client.wait_for_service("ingest")
        flood.start()
        wait_until("the flood is there", lambda: flood.outcomes["UNAVAILABLE TOO_MANY_WAITING"] > 0)
        try:
            sequences = []
            for i in range(20):
                before = small.head("ingest").head
                receipt = small.submit([measured(f"small-{i}", "benches", "1", "2020-03-01")])[0]
                self.assertEqual(outcome_of(receipt), "ACCEPTED")
                sequences.append(receipt.sequence)
                # What is under way when it comes, and what goes into the same transaction before it; never all that waits.
                self.assertLessEqual(receipt.sequence - before, 3 * SHARE_EVENTS)
            self.assertEqual(sequences, sorted(sequences))
        finally:
            flood.end()
        self.assertGreater(flood.outcomes["ACCEPTED"], QUEUE_EVENTS)
        self.assertGreater(flood.outcomes["UNAVAILABLE TOO_MANY_WAITING"], QUEUE_EVENTS)
        self.assertLessEqual(set(flood.outcomes), {"ACCEPTED", "DUPLICATE", "UNAVAILABLE TOO_MANY_WAITING"})
        self.assertEqual(duban.stop("ingest"), [0])

    def test_receipts_to_one_client_keep_their_order(self):
        duban = self.begin_ingest()
        flood, small = Flood(self.let_all_in(duban, "flood")), self.let_all_in(duban, "small")
        flood.start()
        try:
            batches = [batch_of([measured(f"{i}-{k}", "benches", "1", "2020-03-01") for k in range(1 + i % 5)]) for i in range(100)]
            for i, batch in enumerate(batches):
                request = requests_pb2.Request(request_id=str(i), submit=requests_pb2.SubmitRequest())
                small.socket("ingest").send_multipart([request.SerializeToString(), batch])
            replies = []
            for _ in batches:
                self.assertTrue(small.socket("ingest").poll(PATIENCE_S * 1000))
                replies.append(requests_pb2.Reply.FromString(small.socket("ingest").recv_multipart()[0]))
            self.assertEqual([reply.request_id for reply in replies], [str(i) for i in range(100)])
            sequences = [receipt.sequence for reply in replies for receipt in reply.receipts.receipts]
            self.assertEqual(sequences, sorted(sequences))
            self.assertNotIn(0, sequences)
        finally:
            flood.end()

    def test_replays_of_one_client_are_bounded_and_others_come_in_turn(self):
        duban = self.begin_ingest()
        greedy, other = self.let_all_in(duban, "greedy"), self.let_all_in(duban, "other")
        greedy.wait_for_service("ingest")
        socket, asked = greedy.socket("ingest"), 200
        for i in range(asked):
            request = requests_pb2.Request(request_id=str(i), replay=requests_pb2.ReplayRequest(stream="updates"))
            socket.send(request.SerializeToString())
        bodies, head = other.replay("updates")
        self.assertEqual(len(bodies), head.head)
        outcomes = collections.Counter()
        for _ in range(asked):
            self.assertTrue(socket.poll(PATIENCE_S * 1000))
            reply = requests_pb2.Reply.FromString(socket.recv_multipart()[0])
            outcomes[reply.error.code or reply.WhichOneof("kind")] += 1
        self.assertGreaterEqual(outcomes.pop("replay"), CLIENT_REPLAYS)
        self.assertGreater(outcomes.pop("TOO_MANY_WAITING"), 0)
        self.assertEqual(outcomes, {})

    def test_an_endless_message_ends_with_its_connection(self):
        duban = self.begin_ingest()
        bad, good = self.let_all_in(duban, "bad"), self.let_all_in(duban, "good")
        good.wait_for_service("ingest")
        before, _ = self.memory_bytes(duban)
        for kind, socket, part in ((b"DEALER", "front", MIB), (b"DEALER", "front", 1000), (b"SUB", "publisher", 4000)):
            connection, sent = self.raw(duban, bad, kind, socket), 0
            with self.assertRaises(OSError):
                while sent < 40 * UNREAD_BYTES:
                    connection.send(bytes(part), more=True)
                    sent += part
                    if sent % (8 * MIB) < part:
                        self.assertIsNotNone(good.head("ingest"))
            self.assertGreater(sent, UNREAD_BYTES / 2)
            self.wait_for_cut(duban, f"socket={socket}", "reason=unread-bytes")
        most, _ = self.memory_bytes(duban)
        self.assertLess(most - before, 3 * UNREAD_BYTES + ROOM_BYTES)
        self.assertEqual(outcome_of(good.submit([measured("a", "benches", "1", "2020-03-01")])[0]), "ACCEPTED")

    def test_a_crowd_that_says_nothing_keeps_nobody_out(self):
        duban = self.begin_ingest(DESCRIPTORS)
        old, ports = self.let_all_in(duban, "old"), [duban.ports["ingest", kind] for kind in ("front", "publisher")]
        old.wait_for_service("ingest")
        crowd, ended = [], threading.Event()

        def come():
            beginnings = [b"", b"\xff", zmtp.greeting(), zmtp.greeting() + zmtp.frame(b"\x05HELLO", zmtp.COMMAND)]
            for i in itertools.count():
                if ended.is_set():
                    break
                try:
                    made = sockets.create_connection(("127.0.0.1", ports[i % 2]))
                    crowd.append(made)
                    made.sendall(beginnings[i % len(beginnings)])
                except OSError:
                    pass
                if len(crowd) > 4 * STRANGERS:
                    crowd.pop(0).close()
        thread = threading.Thread(target=come, daemon=True)
        thread.start()
        try:
            log = duban.log_path("ingest")
            wait_until("the crowd is seen", lambda: all(re.search(rf"PEERS-CROWD .*socket={kind} ", log.read_text()) for kind in ("front", "publisher")))
            for i in range(3):
                new = self.key_client(duban, "old")
                receipt = new.submit_surely([measured(f"new-{i}", "benches", "1", "2020-03-01")])[0]
                self.assertIn(outcome_of(receipt), ("ACCEPTED", "DUPLICATE"))  # the first answer may have been too late
                self.assertEqual(outcome_of(old.submit([measured(f"old-{i}", "benches", "1", "2020-03-01")])[0]), "ACCEPTED")
            duban.cluster.sql("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{duban.database}'")
            receipt = old.submit_surely([measured("after", "benches", "1", "2020-03-01")])[0]
            self.assertEqual(outcome_of(receipt), "ACCEPTED")
            self.assertLess(len(os.listdir(f"/proc/{duban.processes['ingest'].pid}/fd")), DESCRIPTORS)
        finally:
            ended.set()
            thread.join()
            for made in crowd:
                made.close()

    def test_who_does_not_read_is_cut_and_nobody_else_notices(self):
        duban = self.begin_ingest()
        good, lazy = self.let_all_in(duban, "good"), self.let_all_in(duban, "lazy")
        good.wait_for_service("ingest")

        def subscriber(client, **options):
            socket = client.context.socket(zmq.SUB)
            self.addCleanup(socket.close, 0)
            client.prepare(socket, "ingest")
            for name, value in options.items():
                setattr(socket, name, value)
            socket.subscribe(b"update.")
            socket.subscribe(b"head.")
            socket.connect(client.endpoint("ingest", "publisher"))
            self.assertTrue(socket.poll(PATIENCE_S * 1000))
            return socket
        subscriber(lazy, rcvhwm=1, rcvbuf=1 << 16)
        heard, count, size = [], 80, MIB
        reading = subscriber(good, rcvhwm=0)

        def hear():
            while reading.poll(0):
                topic, _ = reading.recv_multipart()
                heard.extend([topic] if topic.startswith(b"update.") else [])
        before, _ = self.memory_bytes(duban)
        for i in range(count):
            made = measured(str(i), "benches", "1", "2020-03-01")
            made.proto_data.value += field(15, bytes(size))  # a field that nobody knows is kept with the event
            self.assertEqual(outcome_of(good.submit([made])[0]), "ACCEPTED")
            hear()
        wait_until("all are heard", lambda: hear() or len(heard) == count)
        self.wait_for_cut(duban, "socket=publisher", 'name="lazy"', "reason=unreceived-bytes")

        socket = lazy.context.socket(zmq.DEALER)
        self.addCleanup(socket.close, 0)
        lazy.prepare(socket, "ingest")
        socket.rcvhwm, socket.rcvbuf, socket.linger = 1, 1 << 16, 0
        socket.connect(lazy.endpoint("ingest"))
        ask = requests_pb2.Request(request_id="r", replay=requests_pb2.ReplayRequest(stream="updates")).SerializeToString()

        def cut():
            socket.send(ask)
            self.assertIsNotNone(good.head("ingest"))
            return "socket=front" in duban.log_path("ingest").read_text()
        wait_until("the client that does not read is cut", cut)
        self.wait_for_cut(duban, "socket=front", 'name="lazy"', "reason=unreceived-bytes")
        most, _ = self.memory_bytes(duban)
        self.assertLess(most - before, 2 * UNRECEIVED_BYTES + ROOM_BYTES)
        bodies, head = good.replay("updates")
        self.assertEqual(len(bodies), head.head)


if __name__ == "__main__":
    unittest.main()
