#!/usr/bin/env python3
"""What was kept aside waits for a person: shown, released through the front door, discarded; once, with who and why."""

import csv
import io
import json
import unittest

from harness import *

DAY = "2020-03-02"


def register(id, project="east-park", division="410102"):
    return event(updates_pb2.ProjectRegistered(division=division, project=plan_pb2.Project(
        id=project, name_zh="东园", name_en="East Park", unit="parks-office", groups=["parks"])), id)


class Quarantine(DubanTest):
    def begin(self):
        duban = self.install()
        duban.freeze(DAY + "T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        return duban, self.connect(duban)

    def rows(self, duban, *arguments):
        """The list, by number."""
        out = duban.must("quarantine", "list", "--format", "csv", *arguments)
        return {int(row["number"]): row for row in csv.DictReader(io.StringIO(out.removeprefix("\ufeff")))}

    def quarantined(self, client, *events):
        for receipt in client.submit(list(events)):
            self.assertTrue(outcome_of(receipt).startswith("QUARANTINED"), receipt)

    def test_a_report_of_an_unknown_project_is_released_after_its_registration_and_counts(self):
        duban, client = self.begin()
        self.assertEqual(self.rows(duban), {})
        report = measured("r1", "benches", "12", DAY, project="east-park")
        self.quarantined(client, report)
        row = self.rows(duban)[1]
        self.assertEqual({key: row[key] for key in ("source", "id", "code", "field", "state", "sequence", "decided_by")},
                         {"source": "/vendor", "id": "r1", "code": "UNKNOWN_PROJECT", "field": "data.project", "state": "waiting",
                          "sequence": "", "decided_by": ""})
        self.assertEqual(row["received"], "2020-03-02T02:00:00.000000Z"[:19] + row["received"][19:])
        shown = duban.must("quarantine", "show", 1)
        self.assertIn("项目未登记：east-park\n", shown)
        self.assertIn("the project is not registered: east-park\n", shown)
        said = json.loads(next(line for line in shown.splitlines() if line.startswith("event "))[6:])
        self.assertEqual((said["id"], said["data"]["project"], said["data"]["value"]), ("r1", "east-park", "12"))
        self.assertNotIn("bytes ", shown)

        # Still unknown: it is checked as any other, and waits.
        done = duban.run("quarantine", "release", 1, "--why", "too early")
        self.assertEqual(done.status, 1, done.out)
        self.assertIn("1: still QUARANTINED, and waits: UNKNOWN_PROJECT data.project: 项目未登记", done.err)
        self.assertEqual(self.rows(duban)[1]["state"], "waiting")
        self.assertEqual(duban.indicator("benches")["value"], None)

        self.assertEqual(outcome_of(client.submit([register("p1")])[0]), "ACCEPTED")
        self.assertEqual(duban.must("quarantine", "release", 1, "--why", "the project is registered now", "--by", "李主任"),
                         "1: released, accepted as sequence 3\n")
        wait_until("the figure counts it", lambda: duban.indicator("benches")["value"] == "12")
        self.assertEqual(self.rows(duban), {})
        row = self.rows(duban, "--all")[1]
        self.assertEqual((row["state"], row["sequence"], row["decided_by"], row["why"]),
                         ("released", "3", "李主任", "the project is registered now"))
        stored, data = read_event(client.replay("updates", after=2)[0][0])
        self.assertEqual((stored.id, stored.source, data.project), ("r1", "/vendor", "east-park"))
        self.assertEqual(stored.proto_data.value, report.proto_data.value)
        self.assertIn("why         the project is registered now\n", duban.must("quarantine", "show", 1))
        # The same decision typed again says what was decided, and its first words stay; another is refused.
        self.assertIn("1: was released on ", duban.must("quarantine", "release", 1, "--why", "again", "--by", "somebody else"))
        done = duban.run("quarantine", "discard", 1, "--why", "no")
        self.assertEqual(done.status, 1)
        self.assertIn("by 李主任: the project is registered now", done.err)
        self.assertEqual(self.rows(duban, "--all")[1]["why"], "the project is registered now")
        self.assertEqual(client.head("ingest").head, 3)
        self.verify(duban)

    def test_a_crash_between_submitting_and_writing_it_down_ends_well(self):
        duban, client = self.begin()
        self.quarantined(client, measured("r1", "benches", "12", DAY, project="east-park"))
        client.submit([register("p1")])
        duban.sql("CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'crash'; END $$;"
                  "CREATE TRIGGER a_crash BEFORE UPDATE ON duban.quarantine FOR EACH ROW EXECUTE FUNCTION crash()")
        done = duban.run("quarantine", "release", 1, "--why", "registered")
        self.assertEqual(done.status, 3, done.out)
        self.assertEqual(client.head("ingest").head, 3)
        row = self.rows(duban, "--all")[1]
        self.assertEqual((row["state"], row["sequence"], row["decided_by"]), ("accepted", "3", ""))
        duban.sql("DROP TRIGGER a_crash ON duban.quarantine")
        self.assertEqual(duban.must("quarantine", "release", 1, "--why", "registered"),
                         "1: released, which was in the log as sequence 3\n")
        self.assertEqual(client.head("ingest").head, 3)
        self.assertEqual(self.rows(duban, "--all")[1]["state"], "released")

    def test_what_was_discarded_stays_discarded_when_it_is_sent_again(self):
        duban, client = self.begin()
        wrong = measured("w", "benches", "1", DAY, unit="座")
        self.quarantined(client, wrong)
        self.assertEqual(duban.must("quarantine", "discard", 1, "--why", "sent by mistake", "--by", "li"), "1: discarded\n")
        self.quarantined(client, wrong)
        self.assertEqual(self.rows(duban), {})
        self.assertEqual(self.rows(duban, "--all")[1]["state"], "discarded")
        done = duban.run("quarantine", "release", 1, "--why", "after all")
        self.assertEqual(done.status, 1)
        self.assertIn("1: was discarded on ", done.err)
        # Another content is another case; a corrected one goes into the log.
        self.quarantined(client, measured("w", "benches", "2", DAY, unit="座"))
        [second] = self.rows(duban)  # numbers have gaps
        self.assertEqual(outcome_of(client.submit([measured("w", "benches", "2", DAY)])[0]), "ACCEPTED")
        self.assertEqual(self.rows(duban), {})
        row = self.rows(duban, "--all")[second]
        self.assertEqual((row["state"], row["sequence"], row["decided"]), ("accepted", "2", ""))
        self.assertIn("state       accepted since", duban.must("quarantine", "show", second))
        # Releasing it would put another content under the same id.
        done = duban.run("quarantine", "release", second, "--why", "x")
        self.assertEqual(done.status, 1)
        self.assertIn(f"{second}: still CONFLICT, and waits: CONFLICTING_CONTENT id", done.err)
        self.assertEqual(client.head("ingest").head, 2)

    def test_several_at_once_each_for_itself(self):
        duban, client = self.begin()
        self.quarantined(client, *(measured(f"r{i}", "benches", str(i), DAY, project="east-park") for i in (1, 2)),
                         measured("other", "benches", "1", DAY, division="410103"))
        client.submit([register("p1")])
        done = duban.run("quarantine", "release", 3, 1, 77, 2, "--why", "registered")
        self.assertEqual(done.status, 1, done.out + done.err)
        self.assertEqual(done.out, "1: released, accepted as sequence 3\n2: released, accepted as sequence 4\n")
        self.assertIn("3: still QUARANTINED, and waits: UNKNOWN_DIVISION", done.err)
        self.assertIn("77: there is no such event", done.err)
        self.assertEqual(list(self.rows(duban)), [3])

    def test_the_list_is_filtered_and_comes_in_every_format(self):
        duban, client = self.begin()
        self.quarantined(client, measured("a", "benches", "1", DAY, project="east-park"),
                         measured("b", "benches", "1", DAY, unit="座", source="/other"))
        self.assertEqual(list(self.rows(duban, "--code", "WRONG_UNIT")), [2])
        self.assertEqual(list(self.rows(duban, "--source", "/vendor")), [1])
        self.assertEqual(list(self.rows(duban, "--source", "/vendor", "--code", "WRONG_UNIT")), [])
        table = duban.must("quarantine", "list")
        self.assertIn("NUMBER 序号", table)
        self.assertIn("waiting 待处理", table)
        rows = json.loads(duban.must("quarantine", "list", "--format", "json"))
        self.assertEqual([row["id"] for row in rows], ["a", "b"])
        self.assertIn("计量单位不符", rows[1]["reason_zh"])
        self.assertIn("the unit of measurement is wrong", rows[1]["reason_en"])

    def test_what_cannot_be_decoded_is_shown_in_bytes(self):
        duban, client = self.begin()
        broken = measured("broken", "benches", "1", DAY)
        broken.proto_data.value = b"\xff\xff\xff"
        unknown = measured("unknown", "benches", "1", DAY)
        unknown.type = "example.v1.Unknown"
        unknown.proto_data.type_url = "type.googleapis.com/example.v1.Unknown"
        old = measured("old", "benches", "1", DAY)
        old.spec_version = "0.3"
        self.quarantined(client, broken, unknown, old)
        for number, sent in enumerate((broken, unknown, old), 1):
            self.assertIn("bytes       " + sent.SerializeToString(deterministic=True).hex() + "\n",
                          duban.must("quarantine", "show", number))
        self.assertIn('"type":"example.v1.Unknown"', duban.must("quarantine", "show", 2))

    def test_only_the_owner_decides_and_only_once(self):
        duban, client = self.begin()
        self.quarantined(client, measured("a", "benches", "1", DAY, project="east-park"))
        for user in ("duban_ingest", "duban_metrics", "duban_notify"):
            for text in ("UPDATE duban.quarantine SET state = 'released', decided = now(), decided_by = 'x', why = 'x', sequence = 1",
                         "UPDATE duban.quarantine SET sender = 'x'", "DELETE FROM duban.quarantine",
                         "INSERT INTO duban.quarantine (source, id, content, code, field, detail, received, body, state) "
                         "VALUES ('s', 'i', sha256('x'), 'C', '', '', now(), 'x', 'released')"):
                with self.subTest(user=user, text=text), self.assertRaisesRegex(SqlError, "42501"):
                    duban.sql(text, user)
        decide = "UPDATE duban.quarantine SET state = 'discarded', decided = now(), decided_by = 'x', why = 'x'"
        for text in ("UPDATE duban.quarantine SET body = 'x'", decide + ", body = 'x'", "DELETE FROM duban.quarantine",
                     "TRUNCATE duban.quarantine"):
            with self.subTest(text=text), self.assertRaisesRegex(SqlError, "DB003"):
                duban.sql(text)
        for text in ("UPDATE duban.quarantine SET state = 'discarded'", decide.replace("discarded", "released")):
            with self.subTest(text=text), self.assertRaisesRegex(SqlError, "23514"):
                duban.sql(text)
        duban.sql(decide)
        with self.assertRaisesRegex(SqlError, "DB003"):
            duban.sql(decide)

    def test_bytes_that_were_changed_are_not_released(self):
        duban, client = self.begin()
        self.quarantined(client, measured("a", "benches", "1", DAY, project="east-park"))
        client.submit([register("p1")])
        duban.sql("SET session_replication_role = replica;"
                  "UPDATE duban.quarantine SET body = replace(encode(body, 'hex'), encode('1', 'hex'), encode('9', 'hex'))::bytea")
        done = duban.run("quarantine", "release", 1, "--why", "registered")
        self.assertEqual(done.status, 1)
        self.assertIn("somebody has changed its bytes", done.err)
        self.assertEqual(client.head("ingest").head, 2)

    def test_who_decides_is_who_is_logged_in_and_why_must_be_said(self):
        duban, client = self.begin()
        self.quarantined(client, *(measured(f"r{i}", "benches", "1", DAY, project="east-park") for i in range(2)))
        for arguments in (["discard", 1], ["discard", 1, "--why", ""], ["discard", "--why", "x"], ["discard", "1x", "--why", "x"],
                          ["discard", "-1", "--why", "x"], ["discard", 1, "--why", "a\nb"], ["discard", 1, "--why", "x" * 513],
                          ["discard", 1, "--why", "x", "--all"], ["show"], ["show", 1, 2], ["list", 1], ["list", "--why", "x"],
                          ["list", "--format", "pdf"], [], ["forget", 1, "--why", "x"]):
            with self.subTest(arguments):
                self.assertEqual(duban.run("quarantine", *arguments).status, 2)
        self.assertEqual(duban.run("quarantine", "show", 3).status, 1)
        duban.set(SUDO_USER="zhang")
        duban.must("quarantine", "discard", 1, "--why", "x")
        self.assertEqual(self.rows(duban, "--all")[1]["decided_by"], "zhang")
        duban.set(SUDO_USER="")
        duban.must("quarantine", "discard", 2, "--why", "x")
        self.assertEqual(self.rows(duban, "--all")[2]["decided_by"],
                         subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip())

    def test_without_ingest_nothing_is_decided(self):
        duban, client = self.begin()
        self.quarantined(client, measured("a", "benches", "1", DAY, project="east-park"))
        duban.stop("ingest")
        done = duban.run("quarantine", "release", 1, "--why", "x")
        self.assertEqual(done.status, 3)
        self.assertIn("nothing is decided, type it again", done.err)
        self.assertEqual(self.rows(duban)[1]["state"], "waiting")


if __name__ == "__main__":
    unittest.main()
