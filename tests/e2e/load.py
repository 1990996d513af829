"""Vendors who submit without a pause, and remember what was acknowledged."""

import threading

from harness import *


class Vendor(threading.Thread):
    """Submits batches as fast as they are answered, until it is told to end; the same again when there was no answer."""

    def __init__(self, duban, name, *hosts):
        super().__init__(daemon=True)
        self.duban, self.vendor, self.hosts = duban, name, hosts or ("",)
        self.acknowledged = {}
        self.outcomes = set()
        self.unanswered = 0
        self.ending = threading.Event()

    def run(self):
        clients = [self.duban.client(host) for host in self.hosts]
        number, at = 0, 0
        while not self.ending.is_set():
            events = [measured(f"{self.vendor}-{number + i}", "noise", "1", "2020-03-01") for i in range(100)]
            reply = clients[at].send(batch_of(events), patience_s=0.5)
            if self.take(reply):
                number += 100
            else:
                at = (at + 1) % len(clients)
                self.ending.wait(0.05)
        for client in clients:
            client.close()

    def take(self, reply):
        """Whether the batch needs not be sent again."""
        self.unanswered += reply is None
        receipts = reply.receipts.receipts if reply is not None else []
        for receipt in receipts:
            self.outcomes.add(outcome_of(receipt))
            if receipt.sequence:
                self.acknowledged[receipt.id] = (receipt.sequence, receipt.digest)
        return receipts and all(receipt.sequence for receipt in receipts)


class LoadTest(DubanTest):
    def begin(self, *hosts, **settings):
        duban = self.install(**settings)
        duban.freeze("2020-03-02T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        return duban, self.load(duban, *hosts)

    def load(self, duban, *hosts):
        vendors = [Vendor(duban, f"vendor{i}", *hosts) for i in range(4)]
        for vendor in vendors:
            vendor.start()
        wait_until("submissions are under way", lambda: all(vendor.acknowledged for vendor in vendors))
        return vendors

    def goes_on(self, vendors):
        """Waits until much more has been acknowledged."""
        before = sum(len(vendor.acknowledged) for vendor in vendors)
        wait_until("submissions go on", lambda: sum(len(vendor.acknowledged) for vendor in vendors) > before + 400)

    def end(self, vendors):
        for vendor in vendors:
            vendor.ending.set()
        for vendor in vendors:
            vendor.join(PATIENCE_S)

    def check(self, duban, vendors):
        """Every acknowledged event is in the log, where its receipt says, exactly once."""
        with duban.client() as client:
            bodies, _ = client.replay("updates", service="metrics")
        digest, found = NO_DIGEST, {}
        for sequence, body in enumerate(bodies, 1):
            digest = chain(digest, body)
            stored = cloudevents_pb2.CloudEvent.FromString(body)
            self.assertNotIn(stored.id, found)
            found[stored.id] = (sequence, digest)
        acknowledged = {id: receipt for vendor in vendors for id, receipt in vendor.acknowledged.items()}
        self.assertGreater(len(acknowledged), 400)
        self.assertEqual({id: found.get(id) for id in acknowledged}, acknowledged)
        outcomes = set().union(*(vendor.outcomes for vendor in vendors))
        self.assertLessEqual(outcomes, {"ACCEPTED", "DUPLICATE", "UNAVAILABLE UNAVAILABLE", "UNAVAILABLE TOO_MANY_WAITING"})
        self.verify(duban)
