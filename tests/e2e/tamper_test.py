#!/usr/bin/env python3
"""Whoever may do everything in the database changes, removes, swaps or inserts rows: `duban verify` names each. A forger who makes
good every digest, and lets the services derive the rest anew, is found by the witness alone."""

import contextlib
import shutil
import unittest

from harness import *

OWNER = "SET session_replication_role = replica;\n"  # no trigger fires
FORGET_DERIVED = """
DELETE FROM duban.event WHERE stream IN (2, 3);
UPDATE duban.stream SET head = 0, digest = decode(repeat('00', 32), 'hex'), received = NULL WHERE id IN (2, 3);
DELETE FROM duban.indicator;
UPDATE duban.metrics_cursor SET updates = 0, instant = '1970-01-01T00:00:00Z';
UPDATE duban.notify_cursor SET updates = 0, indicators = 0, instant = '1970-01-01T00:00:00Z';
"""
KEEP = "CREATE SCHEMA kept; CREATE TABLE kept.event AS TABLE duban.event; CREATE TABLE kept.stream AS TABLE duban.stream;"
RESTORE = ("DELETE FROM duban.event; INSERT INTO duban.event TABLE kept.event;"
           "DELETE FROM duban.stream; INSERT INTO duban.stream TABLE kept.stream;")
CHANGES = {  # of one row: column, new value, what is said of it
    "body": ("set_byte(body, 30, get_byte(body, 30) # 1)", "the digest does not follow"),
    "digest": ("sha256('x')", "the digest does not follow"),
    "source": ("'/other'", "the column source"),
    "id": ("'other'", "the column id"),
    "type": ("'duban.v1.Other'", "the column type"),
    "topic": ("topic || 'x.'", "the topic is not"),
    "received": ("received + interval '1 microsecond'", "the column received"),
}


def move(stream, old, new):
    return f"UPDATE duban.event SET sequence = {new} WHERE stream = {stream} AND sequence = {old};"


def insert(stream, sequence):
    """A copy of the stream's first event under another id, as if it had just come, with a digest that does not matter."""
    return (f"INSERT INTO duban.event SELECT stream, {sequence}, source, 'inserted', type, topic, "
            f"(SELECT received FROM duban.event WHERE stream = {stream} AND sequence = {sequence - 1}), digest, body "
            f"FROM duban.event WHERE stream = {stream} AND sequence = 1;")


def set_back(stream):
    """The last row goes, and the head row tells of none."""
    return (f"DELETE FROM duban.event WHERE stream = {stream} AND sequence = (SELECT head FROM duban.stream WHERE id = {stream});"
            f"UPDATE duban.stream SET (head, digest, received) = (SELECT sequence, digest, received FROM duban.event "
            f"WHERE stream = {stream} ORDER BY sequence DESC LIMIT 1) WHERE id = {stream};")


class Tamper(DubanTest):
    """All cases begin with copies of one installation that has lived a while, and is stopped."""

    @classmethod
    def setUpClass(cls):
        cls.duban = duban = Duban(DUBAN_NOTIFY_GRACE_S=315360000)
        cls.addClassCleanup(duban.close)
        for day in ("2020-03-02", "2020-04-10", "2020-05-20"):
            duban.freeze(day + "T10:00:00+08:00")
            duban.start()
            with duban.client() as client:
                if day == "2020-03-02":
                    duban.apply(PLAN)
                client.submit([measured(f"benches-{day}", "benches", "7.5", day),
                               measured(f"spent-{day}", "spent", day[6] + "00", day, "万元")])
            duban.settle()
            duban.stop()
        cls.heads = {stream: int(duban.sql(f"SELECT head FROM duban.stream WHERE name = '{stream}'")[0][0]) for stream in STREAMS}
        assert min(cls.heads.values()) >= 5, cls.heads
        cls.target = target = Duban()
        cls.addClassCleanup(target.close)
        target.database = target.cluster.new_database(duban.database)
        target.set(DUBAN_DATABASE=target.cluster.conninfo(target.database))
        target.sql(KEEP)

    @contextlib.contextmanager
    def tampered(self, text):
        """A copy of the installation with rows changed by its owner; its own witness is kept at `witness`."""
        copy = self.install(DUBAN_NOTIFY_GRACE_S=315360000)
        copy.cluster.sql("postgres", f"DROP DATABASE {copy.database}")
        copy.database = copy.cluster.new_database(self.duban.database)
        copy.witness = self.duban.directory / "witness"
        copy.set(DUBAN_DATABASE=copy.cluster.conninfo(copy.database))
        copy.freeze("2020-05-20T10:00:00+08:00")
        copy.sql(OWNER + "BEGIN;" + text + "COMMIT;")
        try:
            yield copy
        finally:
            copy.close()
            copy.cluster.sql("postgres", f"DROP DATABASE {copy.database}")

    def found(self, text):
        """What verify says of the installation after a change, which is undone before the next: the chain alone, no witness."""
        copy = self.target
        copy.sql(OWNER + "BEGIN;" + RESTORE + text + "COMMIT;")
        done = copy.run("verify")
        self.assertEqual(done.status, 1, done.out + done.err)
        lines = [line for line in done.out.splitlines() if "not witnessed" not in line and "not compared" not in line]
        self.assertRegex(lines[-1], r"^not verified: \d+ problems$")
        return lines[:-1]

    def check(self, text, *wanted):
        """Exactly this is found: the beginnings of the lines."""
        found = self.found(text)
        self.assertEqual([line[:len(beginning)] for line, beginning in zip(found, wanted)], list(wanted), found)
        self.assertEqual(len(found), len(wanted), found)

    def streams(self):
        return [(number, name, self.heads[name]) for number, name in enumerate(STREAMS, 1)]

    def test_what_was_not_touched_verifies_with_its_witness(self):
        with self.tampered("") as copy:
            done = copy.run("verify", "--witness", copy.witness)
            self.assertEqual(done.status, 0, done.out + done.err)
            for _, name, head in self.streams():
                self.assertRegex(done.out, rf"(?m)^{name}: \d+ heads witnessed, the last that agrees is {head}$")

    def test_a_changed_value_is_named(self):
        for number, name, head in self.streams():
            for column, (value, what) in CHANGES.items():
                for sequence in (1, 3, head) if column in ("body", "digest") else (3,):
                    with self.subTest(stream=name, sequence=sequence, column=column):
                        found = self.found(f"UPDATE duban.event SET {column} = {value} WHERE stream = {number} AND sequence = {sequence};")
                        self.assertTrue(any(line.startswith(f"{name} {sequence}: {what}") for line in found), found)
                        # No other row is blamed, but that the next was received before this one.
                        others = [line for line in found if not line.startswith(f"{name} {sequence}: ")]
                        self.assertEqual(others, [line for line in others if line == f"{name} {sequence + 1}: received before the event before it"])

    def test_a_removed_row_is_named(self):
        for number, name, head in self.streams():
            for first, last, what in ((1, 1, f"{name} 1: is missing"), (3, 3, f"{name} 3: is missing"),
                                      (2, 4, f"{name} 2 to 4: are missing"), (head, head, f"{name} {head}: is missing"),
                                      (head - 1, head, f"{name} {head - 1} to {head}: are missing"),
                                      (1, head, f"{name} 1 to {head}: are missing")):
                with self.subTest(stream=name, first=first, last=last):
                    self.check(f"DELETE FROM duban.event WHERE stream = {number} AND sequence BETWEEN {first} AND {last};", what)

    def test_a_removed_end_of_which_the_head_row_tells_nothing_is_named(self):
        head = self.heads["updates"]
        self.check(set_back(1), f"updates: the log ends at {head - 1}, but metrics has come to {head}",
                   f"updates: the log ends at {head - 1}, but notify has come to {head}")
        head = self.heads["indicators"]
        self.check(set_back(2), f"indicators: the log ends at {head - 1}, but notify has come to {head}")
        self.assertRegex(self.found(set_back(3))[0], "alerts: [0-9a-f]{32} was never sent")
        for number, name, head in self.streams():
            with self.subTest(stream=name), self.tampered(set_back(number)) as copy:
                done = copy.run("verify", "--witness", copy.witness)
                self.assertIn(f"{name}: the log ends at {head - 1}, but {head} was witnessed on 2020-05-20T", done.out)
                self.assertEqual(done.status, 1)

    def test_rows_in_another_order_are_named(self):
        for number, name, head in self.streams():
            with self.subTest(stream=name):
                self.check(move(number, 2, 999) + move(number, 3, 2) + move(number, 999, 3),
                           f"{name} 2: the body is that of sequence 3", f"{name} 3: the body is that of sequence 2")
                self.check(move(number, 3, 999), f"{name} 3: is missing", f"{name} 999: stands after the head, {head}")
                # One goes, and those after it move up.
                self.check(f"DELETE FROM duban.event WHERE stream = {number} AND sequence = {head - 1};" +
                           move(number, head, head - 1) + f"UPDATE duban.stream SET head = {head - 1} WHERE id = {number};",
                           f"{name} {head - 1}: the body is that of sequence {head}",
                           *([f"{name}: the log ends at"] * {1: 2, 2: 1, 3: 0}[number]))

    def test_an_inserted_row_is_named(self):
        for number, name, head in self.streams():
            with self.subTest(stream=name):
                self.check(insert(number, head + 1), f"{name} {head + 1}: stands after the head, {head}")
                self.check(insert(number, head + 1) + f"UPDATE duban.stream SET head = {head + 1} WHERE id = {number};",
                           f"{name} {head + 1}: the column id", f"{name} {head + 1}: the body is that of sequence 1",
                           f"{name}: the head row has another digest")
                up = move(number, head, head + 1) + move(number, head - 1, head)
                self.check(up + insert(number, head - 1) + f"UPDATE duban.stream SET head = {head + 1} WHERE id = {number};",
                           f"{name} {head - 1}: the column id", f"{name} {head - 1}: the body is that of sequence 1",
                           f"{name} {head}: the body is that of sequence {head - 1}",
                           f"{name} {head + 1}: the body is that of sequence {head}")

    def test_a_changed_head_row_is_named(self):
        for number, name, head in self.streams():
            where = f"WHERE id = {number};"
            for change, wanted in {
                    "head = head + 1": [f"{name} {head + 1}: is missing, up to the head"],
                    "digest = sha256('x')": [f"{name}: the head row has another digest"],
                    "received = received - interval '1 second'": [f"{name}: the head row says an earlier time"],
                    "received = NULL": [f"{name}: the head row says an earlier time"]}.items():
                with self.subTest(stream=name, change=change):
                    self.check(f"UPDATE duban.stream SET {change} {where}", *wanted)
            with self.subTest(stream=name):
                self.assertIn(f"{name} 1: the digest does not follow from the one before and the body",
                              self.found(f"UPDATE duban.stream SET digest_algorithm = 'sm3' {where}"))
        self.check("UPDATE duban.stream SET incarnation = gen_random_uuid() WHERE id = 2;",
                   "indicators: the head row has another incarnation")

    # The forger.

    def forge(self, change, also=""):
        """SQL that changes an update and makes good the whole chain and the head row, and forgets what is derived."""
        digest, head, statements = NO_DIGEST, 0, []
        for sequence, body in self.duban.sql("SELECT sequence, encode(body, 'hex') FROM duban.event WHERE stream = 1 ORDER BY 1"):
            stored, data = read_event(bytes.fromhex(body))
            data = change(stored, data)
            if data is None:
                break
            stored.proto_data.value = data.SerializeToString(deterministic=True)
            body = stored.SerializeToString(deterministic=True)
            digest, head = chain(digest, body), sequence
            statements.append(f"UPDATE duban.event SET body = '\\x{body.hex()}', digest = '\\x{digest.hex()}' "
                              f"WHERE stream = 1 AND sequence = {sequence};")
        return "".join(statements) + (
            f"DELETE FROM duban.event WHERE stream = 1 AND sequence > {head};"
            f"UPDATE duban.stream SET (head, digest, received) = (SELECT sequence, digest, received FROM duban.event "
            f"WHERE stream = 1 AND sequence = {head}) WHERE id = 1;" + FORGET_DERIVED + also)

    def live_on(self, copy):
        """The services derive what was forgotten, and know nothing of the forgery; their witness is a new one."""
        copy.start()
        copy.settle()
        copy.stop()

    @staticmethod
    def raise_the_figure(stored, data):
        if stored.id == "benches-2020-04-10":
            data.value = "9.5"
        return data

    def witnessed(self, stream):
        return [int(line.split()[2]) for line in (self.duban.directory / "witness" / stream).read_text().splitlines()]

    def test_a_report_that_was_changed_with_everything_after_it_is_found_by_the_witness_alone(self):
        sequence = int(self.duban.sql("SELECT sequence FROM duban.event WHERE id = 'benches-2020-04-10'")[0][0])
        agreed = max(head for head in self.witnessed("updates") if head < sequence)
        differing = min(head for head in self.witnessed("updates") if head >= sequence)
        with self.tampered(self.forge(self.raise_the_figure)) as copy:
            self.live_on(copy)
            self.verify(copy)  # nothing in the database tells
            done = copy.run("verify", "--witness", copy.witness)
            self.assertEqual(done.status, 1, done.out)
            self.assertRegex(done.out, rf"(?m)^updates {differing}: history was rewritten, beginning after {agreed}: "
                                       r"on 2020-04-10T02:00:00.000000Z the digest here was [0-9a-f]{64}$")
            self.assertIn("indicators ", done.out)
            # The witness that the services themselves went on with tells the same.
            shutil.rmtree(copy.directory / "witness")
            shutil.copytree(copy.witness, copy.directory / "witness")
            self.assertEqual(copy.run("verify").status, 1)

    def test_an_end_that_was_removed_with_everything_derived_from_it_is_found_by_the_witness_alone(self):
        with self.tampered(self.forge(lambda stored, data: None if "2020-05-20" in stored.id else data)) as copy:
            self.live_on(copy)
            self.verify(copy)
            done = copy.run("verify", "--witness", copy.witness)
            self.assertEqual(done.status, 1, done.out)
            self.assertRegex(done.out, rf"updates: the log ends at 5, but {self.heads['updates']} was witnessed on 2020-05-20T02:00")

    def test_another_incarnation_is_told_with_how_far_it_is_the_same(self):
        """What a restored copy looks like; and a forger who gives the log a new incarnation. Only people know which it was."""
        also = "UPDATE duban.stream SET incarnation = (SELECT gen_random_uuid());"
        with self.tampered(self.forge(self.raise_the_figure, also)) as copy:
            shutil.copytree(copy.witness, copy.directory / "witness")
            self.live_on(copy)
            done = copy.run("verify")
            self.assertEqual(done.status, 0, done.out)
            self.assertRegex(done.out, r"(?m)^updates: \d+ heads witnessed of other incarnations of the log; up to 3 it is the same$")
            self.assertRegex(done.out, rf"(?m)^updates: 1 heads witnessed, the last that agrees is {self.heads['updates']}$")

    # The witness itself.

    def test_a_torn_line_is_told_and_does_no_harm(self):
        with self.tampered("") as copy:
            shutil.copytree(copy.witness, copy.directory / "witness")
            path = copy.directory / "witness" / "updates"
            lines = path.read_text()
            path.write_text(lines + lines[:70])
            done = copy.run("verify")
            self.assertEqual(done.status, 0, done.out)
            self.assertIn("updates: 1 lines of the witness cannot be read", done.out)
            self.live_on(copy)  # a service goes on after it
            self.assertEqual(path.read_text()[:len(lines) + 71], lines + lines[:70] + "\n")
            done = copy.run("verify")
            self.assertEqual(done.status, 0, done.out)
            self.assertRegex(done.out, rf"updates: {lines.count(chr(10)) + 1} heads witnessed, the last that agrees is {self.heads['updates']}\n")

    def test_a_witness_that_is_not_there_is_told_and_a_wanted_one_must_be_there(self):
        with self.tampered("") as copy:
            done = copy.run("verify")
            self.assertEqual(done.status, 0, done.out)
            self.assertRegex(done.out, r"(?m)^alerts: not witnessed, so that .*/witness/alerts: No such file")
            done = copy.run("verify", "--witness", "/nowhere")
            self.assertEqual(done.status, 1, done.out)
            self.assertRegex(done.out, r"(?m)^updates: not witnessed: /nowhere/updates: No such file")

    def test_a_copy_that_was_restored_without_a_new_incarnation_is_found(self):
        duban = self.install(DUBAN_WITNESS_INTERVAL_S=1)
        duban.freeze("2020-03-02")
        duban.start()
        duban.apply(PLAN)
        duban.stop()
        backup = duban.cluster.new_database(duban.database)
        duban.start()
        with duban.client() as client:
            client.submit([measured("lost", "benches", "1", "2020-03-01")])
        duban.settle()
        duban.stop()
        duban.database = backup
        duban.set(DUBAN_DATABASE=duban.cluster.conninfo(backup))
        self.assertIn("updates: the log ends at 1, but 2 was witnessed", duban.run("verify").out)
        duban.sql("UPDATE duban.stream SET incarnation = (SELECT gen_random_uuid())")
        duban.start()
        with duban.client() as client:
            client.submit([measured("new", "benches", "1", "2020-03-01")])
        duban.settle()
        duban.stop()
        done = duban.run("verify")
        self.assertEqual(done.status, 0, done.out)
        self.assertRegex(done.out, r"updates: \d+ heads witnessed of other incarnations of the log; up to 1 it is the same")

    def test_a_service_that_is_killed_again_and_again_never_witnesses_what_is_not_stored(self):
        duban = self.install(DUBAN_WITNESS_INTERVAL_S=1)
        duban.freeze("2020-03-02")
        duban.start()
        duban.apply(PLAN)
        for i in range(10):
            with duban.client() as client:
                client.post([measured(f"{i}-{j}", "benches", "1", "2020-03-01") for j in range(200)])
            duban.kill("ingest")
            duban.start("ingest")
            with duban.client() as client:
                client.submit_surely([measured(f"{i}-sure", "benches", "1", "2020-03-01")])
        duban.settle()
        duban.stop()
        done = duban.run("verify", "--witness", duban.directory / "witness")
        self.assertEqual(done.status, 0, done.out)
        self.assertRegex(done.out, r"updates: \d+ heads witnessed")
        self.assertGreater(len((duban.directory / "witness" / "updates").read_text().splitlines()), 8)

    def test_a_witness_that_cannot_be_written_is_an_error_in_the_log_and_stops_nobody(self):
        duban = self.install(DUBAN_WITNESS_INTERVAL_S=1)
        duban.set(DUBAN_WITNESS=duban.file("not-a-folder", ""))
        duban.freeze("2020-03-02")
        duban.start()
        duban.apply(PLAN)
        with duban.client() as client:
            self.assertEqual(outcome_of(client.submit([measured("a", "benches", "1", "2020-03-01")])[0]), "ACCEPTED")
        duban.settle()
        wait_until("an error", lambda: "WITNESS-FAILED level=error" in duban.log_path("ingest").read_text())
        self.assertEqual(duban.stop(), [0, 0, 0])
        self.assertEqual(duban.log_path("ingest").read_text().count("WITNESS-FAILED"), 1)

    # SM3.

    def test_a_log_of_sm3_is_chosen_while_it_is_empty_and_never_again(self):
        duban = self.install()
        duban.freeze("2020-04-10T10:00:00+08:00")
        duban.start()  # writers that know the log as one of sha256
        self.assertIn("the digest chains are sm3", duban.must("db", "migrate", "--digest", "sm3"))
        self.assertIn("the digest chains are sm3", duban.must("db", "migrate", "--digest", "sm3"))
        self.assertEqual(duban.must("db", "migrate"), "")
        duban.kill(*SERVICES)
        duban.start()
        duban.apply(PLAN)
        with duban.client() as client:
            receipts = client.submit([measured("a", "benches", "1", "2020-03-01"), measured("b", "benches", "1", "2020-03-01")])
        duban.settle()
        duban.stop()
        duban.freeze("2020-05-20")
        duban.start()
        duban.settle()
        with duban.client() as client:
            for stream in STREAMS:
                bodies, head = client.replay(stream)
                digest = NO_DIGEST
                for body in bodies:
                    digest = hashlib.new(head.digest_algorithm, digest + body).digest()
                    if stream == "updates" and read_event(body)[0].id == "b":
                        self.assertEqual(receipts[1].digest, digest)
                self.assertGreater(len(bodies), 0)
                self.assertEqual((head.digest_algorithm, head.digest), ("sm3", digest))
            self.assertEqual(client.head("ingest").digest_algorithm, "sm3")
        self.assertIn("sm3", duban.must("head", "--format", "csv"))
        self.verify(duban)
        done = duban.run("db", "migrate", "--digest", "sha256")
        self.assertEqual(done.status, 1)
        self.assertIn("the log is not empty: its digest chains are sm3", done.err)
        self.assertIn("the digest chains are sm3", duban.must("db", "status"))
        self.assertEqual(duban.run("db", "migrate", "--digest", "md5").status, 2)
        self.verify(duban)

    def test_a_log_of_sha256_stays_one(self):
        done = self.duban.run("db", "migrate", "--digest", "sm3")
        self.assertEqual(done.status, 1)
        self.assertIn("the log is not empty: its digest chains are sha256", done.err)
        self.assertEqual(self.duban.must("db", "migrate", "--digest", "sha256"), "the digest chains are sha256\n")


if __name__ == "__main__":
    unittest.main()
