#!/usr/bin/env python3
"""One event that the database will not take is refused alone; its batch and everybody else go on."""

import unittest

from harness import *

REFUSE = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id LIKE 'poison%' THEN RAISE EXCEPTION 'this one not'; END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER poison BEFORE INSERT ON duban.event_updates FOR EACH ROW EXECUTE FUNCTION poison();
"""


class Poison(DubanTest):
    def setUp(self):
        self.duban = self.install()
        self.duban.freeze("2020-03-02T10:00:00+08:00")
        self.duban.start()
        self.duban.apply(PLAN)
        self.duban.sql(REFUSE)
        self.client = self.connect(self.duban)

    def stored_ids(self):
        return [read_event(body)[0].id for body in self.client.replay("updates", after=1)[0]]

    def test_the_poisoned_event_alone_is_rejected(self):
        ids = ["a", "b", "poison", "c", "d"]
        receipts = self.client.submit_surely([measured(id, "benches", "1", f"2020-02-0{i + 1}") for i,
                                              id in enumerate(ids)], try_s=10)
        self.assertEqual([outcome_of(r) for r in receipts],
                         ["ACCEPTED", "ACCEPTED", "REJECTED STORAGE_REFUSED", "ACCEPTED", "ACCEPTED"])
        self.assertEqual(self.stored_ids(), ["a", "b", "c", "d"])
        self.assertEqual([r.sequence for r in receipts], [2, 3, 0, 4, 5])
        self.duban.settle()
        self.assertEqual(self.duban.indicator("benches")["value"], "4")
        self.verify(self.duban)

    def test_the_poisoned_event_may_come_first_last_alone_and_again(self):
        wanted = []
        for number, ids in enumerate((["poison1"], ["poison2", "a"], ["b", "poison3"], ["poison1"],
                                      ["poison4", "poison5"], ["c"])):
            receipts = self.client.submit_surely([measured(id, "benches", "1", "2020-03-01") for id in ids], try_s=10)
            outcomes = {r.id: outcome_of(r) for r in receipts}
            self.assertEqual(outcomes, {id: "REJECTED STORAGE_REFUSED" if "poison" in id else "ACCEPTED" for id in ids},
                             number)
            wanted += [id for id in ids if "poison" not in id]
        self.assertEqual(self.stored_ids(), wanted)
        self.verify(self.duban)

    def test_others_that_submit_at_the_same_time_are_answered(self):
        clients = [self.connect(self.duban) for _ in range(8)]
        batches = [[measured(f"{'poison' if n == 3 else 'good'}-{n}-{i}", "noise", "1",
                             "2020-03-01") for i in range(20)] for n in range(8)]
        for client, batch in zip(clients, batches):
            client.post(batch)
        for client in clients:
            self.assertTrue(client.socket("ingest").poll(PATIENCE_S * 1000))
            client.socket("ingest").recv_multipart()
        for n, (client, batch) in enumerate(zip(clients, batches)):
            outcomes = {outcome_of(r) for r in client.submit_surely(batch, try_s=10)}
            self.assertLessEqual(outcomes, {"REJECTED STORAGE_REFUSED"} if n == 3 else {"ACCEPTED", "DUPLICATE"})
        self.assertEqual(sorted(self.stored_ids()),
                         sorted(e.id for n, batch in enumerate(batches) if n != 3 for e in batch))
        self.verify(self.duban)


if __name__ == "__main__":
    unittest.main()
