#!/usr/bin/env python3
"""Whatever comes in wrong gets its code and its field, is lost nowhere, and harms nothing that came in right beside it."""

import itertools
import json
import re
import unittest

from harness import *

TODAY = "2020-03-02"
URL = b"type.googleapis.com/duban.v1.MeasurementReported"


def report(**fields):
    """The data of a good report, with some fields otherwise; a field that is None is left out."""
    good = {"division": "410102", "measure": "noise", "value": "1", "unit": "个", "observed_on": "2020-03-01"}
    kept = {name: value for name, value in (good | fields).items() if value is not None}
    return updates_pb2.MeasurementReported(**kept)


def by_hand(id=b"hand", source=b"/vendor", version=b"1.0", kind=b"duban.v1.MeasurementReported", data=None, url=URL,
            more=b""):
    """An event in bytes, for content that a library refuses to write."""
    payload = report().SerializeToString() if data is None else data
    return (field(1, id) + field(2, source) + field(3, version) + field(4, kind) + more +
            field(8, field(1, url) + field(2, payload)))


def attribute(name, text):
    return field(5, field(1, name) + field(2, field(3, text)))


class BadInput(DubanTest):
    """All tests share one installation; every event has an id of its own."""

    numbers = itertools.count()

    @classmethod
    def setUpClass(cls):
        cls.duban = Duban()
        cls.addClassCleanup(cls.duban.close)
        cls.duban.freeze(TODAY + "T10:00:00+08:00")
        cls.duban.start()
        cls.duban.apply(PLAN)

    def setUp(self):
        self.client = self.connect(self.duban)

    def new_id(self, name="e"):
        return f"{name}-{next(self.numbers)}"

    def good(self):
        return measured(self.new_id("good"), "noise", "1", "2020-03-01")

    def quarantined(self, source, id):
        rows = self.duban.sql(f"SELECT code, field, encode(body, 'hex') FROM duban.quarantine "
                              f"WHERE source = '{source}' AND id = '{id}' ORDER BY number")
        return [(code, at, bytes.fromhex(body)) for code, at, body in rows]

    def check(self, bad, wanted, id=None, source="/vendor"):
        """Submits a bad event between good ones. With an id it must lie in the quarantine afterwards, byte for byte."""
        head = self.client.head("ingest").head
        receipts = self.client.submit([self.good(), bad, self.good()])
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED", wanted, "ACCEPTED"])
        self.assertEqual(self.client.head("ingest").head, head + 2)
        self.assertTrue(receipts[1].reason.text_zh and receipts[1].reason.text_en)
        self.assertEqual((receipts[1].sequence, receipts[1].digest), (0, b""))
        if id is not None:
            body = bad if isinstance(bad, bytes) else bad.SerializeToString(deterministic=True)
            code, at = (wanted.split() + [""])[1:3]
            self.assertEqual(self.quarantined(source, id), [(code, at, body)])
            self.assertEqual((receipts[1].source, receipts[1].id), (source, id))

    # Requests.

    def error_of(self, frames, **more):
        reply = requests_pb2.Reply.FromString(self.client.exchange("ingest", frames, **more)[0])
        return reply.WhichOneof("kind") == "error" and reply.error.code

    def test_requests_that_are_none_get_an_error(self):
        submit = requests_pb2.Request(request_id="x", submit=requests_pb2.SubmitRequest()).SerializeToString()
        batch = batch_of([self.good()])
        long_id = requests_pb2.Request(request_id="x" * 65, submit=requests_pb2.SubmitRequest()).SerializeToString()
        cases = {
            "noise": ([b"\xff\xfe\xfd"], "MALFORMED_REQUEST"),
            "cut off": ([submit[:-1], batch], "MALFORMED_REQUEST"),
            "a request id that is no text": ([field(1, b"\xff") + submit, batch], "MALFORMED_REQUEST"),
            "a request id that is too long": ([long_id, batch], "MALFORMED_REQUEST"),
            "nothing": ([b""], "UNKNOWN_REQUEST"),
            "a second frame is missing": ([submit], "BATCH_SIZE"),
            "too many frames": ([submit, batch, batch], "MALFORMED_REQUEST"),
            "far too many frames": ([submit] + [batch] * 500, "MALFORMED_REQUEST"),
            "a batch that is none": ([submit, b"\xff\xff\xff"], "BATCH_SIZE"),
            "a batch that is cut off": ([submit, batch[:-1]], "BATCH_SIZE"),
            "no events": ([submit, b""], "BATCH_SIZE"),
            "1,001 events": ([submit, batch_of([self.good() for _ in range(1001)])], "BATCH_SIZE"),
        }
        head = self.client.head("ingest").head
        for name, (frames, code) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.error_of(frames), code)
        self.assertEqual(self.client.head("ingest").head, head)
        self.assertEqual(len(self.client.submit([self.good() for _ in range(1000)])), 1000)

    def test_the_delimiter_comes_back_with_an_error_too(self):
        self.assertEqual(self.client.exchange("ingest", [b"", b"\xff"])[0], b"")
        self.assertEqual(self.error_of([b"\xff"], kind=zmq.REQ), "MALFORMED_REQUEST")

    def test_a_message_that_is_too_large_costs_the_connection_and_nothing_else(self):
        submit = requests_pb2.Request(request_id="x", submit=requests_pb2.SubmitRequest()).SerializeToString()
        self.assertIsNone(self.client.exchange("ingest", [submit, bytes(4 * 1024 * 1024 + 1)], patience_s=0.5))
        self.client.wait_for_service("ingest")
        self.assertEqual(outcome_of(self.client.submit([self.good()])[0]), "ACCEPTED")
        self.assertTrue(self.duban.alive("ingest"))

    def test_a_client_that_goes_away_before_the_answer_harms_nobody(self):
        for _ in range(50):
            with self.duban.client() as hasty:
                hasty.post([self.good()])
                hasty.socket("ingest").close(100)
                hasty.sockets.clear()
        self.assertEqual(outcome_of(self.client.submit([self.good()])[0]), "ACCEPTED")

    # Envelopes.

    def test_what_has_no_identity_is_rejected(self):
        cases = {
            "noise": (b"\xff\xff", "REJECTED MALFORMED_DATA"),
            "nothing": (b"", "REJECTED MISSING_FIELD id"),
            "no id": (event(report(), ""), "REJECTED MISSING_FIELD id"),
            "no source": (event(report(), self.new_id(), source=""), "REJECTED MISSING_FIELD source"),
            "an id that is not UTF-8": (by_hand(id=b"\xc3("), "REJECTED INVALID_TEXT id"),
            "an id with NUL": (by_hand(id=b"a\0b"), "REJECTED INVALID_TEXT id"),
            "an id with a line feed": (by_hand(id=b"a\nb"), "REJECTED INVALID_TEXT id"),
            "an id that is too long": (event(report(), "x" * 300), "REJECTED TOO_LONG id"),
            "an id that is a number": (bytes([8, 1]) + by_hand()[6:], "REJECTED MALFORMED_DATA id"),
            "a source that is not UTF-8": (by_hand(source=b"/\xed\xa0\x80"), "REJECTED INVALID_TEXT source"),
            "a source with NUL": (by_hand(source=b"/a\0"), "REJECTED INVALID_TEXT source"),
        }
        for name, (bad, wanted) in cases.items():
            with self.subTest(name):
                self.check(bad, wanted)

    def test_a_broken_envelope_with_an_identity_is_kept_aside(self):
        def reserved(name):
            made = event(report(), "")
            made.attributes[name].ce_string = "1"
            return made
        def nameless():
            made = event(report(), "")
            made.attributes["Bad-Name"].ce_string = "1"
            return made
        def valueless():
            made = event(report(), "")
            made.attributes["empty"].SetInParent()
            return made
        def timed():
            made = event(report(), "")
            made.attributes["time"].ce_string = "2020-03-01"
            return made
        def crowded():
            made = event(report(), "")
            for i in range(33):
                made.attributes[f"a{i}"].ce_integer = i
            return made
        def dataless():
            made = event(report(), "")
            made.ClearField("proto_data")
            return made
        def textual():
            made = dataless()
            made.text_data = "{}"
            return made
        def mistyped():
            made = event(report(), "")
            made.proto_data.type_url = "type.googleapis.com/duban.v1.MilestoneReached"
            return made
        cases = {
            "unknown type": (event(publications_pb2.IndicatorChanged(), ""), "UNKNOWN_TYPE type"),
            "a type of somebody else": (event(requests_pb2.HeadRequest(), "", type="com.example.thing"),
                                        "MALFORMED_DATA proto_data.type_url"),
            "no type": (event(report(), "", type=""), "MISSING_FIELD type"),
            "wrong version": (event(report(), "", spec_version="0.3"), "UNSUPPORTED_VERSION spec_version"),
            "no version": (event(report(), "", spec_version=""), "UNSUPPORTED_VERSION spec_version"),
            "sequence": (reserved("sequence"), "RESERVED_ATTRIBUTE attributes"),
            "receivedtime": (reserved("receivedtime"), "RESERVED_ATTRIBUTE attributes"),
            "withdraws": (reserved("withdraws"), "RESERVED_ATTRIBUTE attributes"),
            "attribute's name": (nameless(), "INVALID_IDENTIFIER attributes"),
            "attribute without value": (valueless(), "MISSING_FIELD attributes"),
            "time that is no time": (timed(), "MALFORMED_DATA attributes.time"),
            "too many attributes": (crowded(), "TOO_LONG attributes"),
            "no data": (dataless(), "MISSING_FIELD proto_data"),
            "data in text": (textual(), "MISSING_FIELD proto_data"),
            "another type's data": (mistyped(), "MALFORMED_DATA proto_data.type_url"),
        }
        for name, (bad, wanted) in cases.items():
            with self.subTest(name):
                bad.id = self.new_id()
                self.check(bad, "QUARANTINED " + wanted, bad.id)

    def test_broken_bytes_with_an_identity_are_kept_aside(self):
        name = lambda: self.new_id().encode()
        good = report().SerializeToString()
        cases = {
            "type that is not UTF-8": (lambda id: by_hand(id, kind=b"\xff"), "INVALID_TEXT type"),
            "data that is noise": (lambda id: by_hand(id, data=b"\xff\xff"), "MALFORMED_DATA data"),
            "data that is cut off": (lambda id: by_hand(id, data=good[:-1]), "MALFORMED_DATA data"),
            "data of another shape": (lambda id: by_hand(id, data=bytes([8, 1])), "MALFORMED_DATA data.division"),
            "text in data that is not UTF-8": (lambda id: by_hand(id, data=good + field(8, b"\xf5\x80")),
                                               "INVALID_TEXT data.evidence"),
            "text in data with NUL": (lambda id: by_hand(id, data=good + field(2, b"noise\0")),
                                      "INVALID_TEXT data.measure"),
            "text in data with a surrogate": (lambda id: by_hand(id, data=good + field(7, b"\xed\xa0\x80")),
                                              "INVALID_TEXT data.statistical_scope"),
            "the same attribute twice": (lambda id: by_hand(id, more=attribute(b"a", b"1") + attribute(b"a", b"2")),
                                         "DUPLICATE_IDENTIFIER attributes"),
            "an attribute that is not UTF-8": (lambda id: by_hand(id, more=attribute(b"a", b"\xff")),
                                               "INVALID_TEXT attributes[0].value.ce_string"),
        }
        for what, (make, wanted) in cases.items():
            with self.subTest(what):
                id = name()
                self.check(make(id), "QUARANTINED " + wanted, id.decode())

    def test_an_identity_written_twice_is_the_last_one_as_everywhere_in_protobuf(self):
        first, last = self.new_id("first"), self.new_id("last")
        twice = field(1, first.encode()) + field(2, b"/elsewhere") + by_hand(last.encode())
        receipt = self.client.submit([twice])[0]
        self.assertEqual((outcome_of(receipt), receipt.id, receipt.source), ("ACCEPTED", last, "/vendor"))
        self.assertEqual(outcome_of(self.client.submit([twice])[0]), "DUPLICATE")
        self.assertEqual(outcome_of(self.client.submit([by_hand(last.encode())])[0]), "DUPLICATE")

    # Contents.

    def test_reports_that_the_plan_does_not_know_or_that_say_nothing_are_kept_aside(self):
        fullwidth = "１２"
        cases = [
            ({"division": "410103"}, "UNKNOWN_DIVISION data.division"),
            ({"division": "4101"}, "UNKNOWN_DIVISION data.division"),
            ({"division": "41010"}, "INVALID_DIVISION data.division"),
            ({"division": None}, "MISSING_FIELD data.division"),
            ({"measure": "trees"}, "UNKNOWN_MEASURE data.measure"),
            ({"measure": "Noise"}, "INVALID_IDENTIFIER data.measure"),
            ({"measure": None}, "MISSING_FIELD data.measure"),
            ({"project": "east-park"}, "UNKNOWN_PROJECT data.project"),
            ({"project": "东园"}, "INVALID_IDENTIFIER data.project"),
            ({"unit": "只"}, "WRONG_UNIT data.unit"),
            ({"unit": "万"}, "WRONG_UNIT data.unit"),
            ({"unit": None}, "MISSING_FIELD data.unit"),
            ({"value": None}, "MISSING_FIELD data.value"),
            ({"observed_on": None}, "MISSING_FIELD data.observed_on"),
            ({"observed_on": "2020-03-03"}, "DAY_IN_FUTURE data.observed_on"),
            ({"observed_on": "2099-12-31"}, "DAY_IN_FUTURE data.observed_on"),
            ({"evidence": "x" * 513}, "TOO_LONG data.evidence"),
            ({"statistical_scope": "x" * 129}, "TOO_LONG data.statistical_scope"),
        ]
        cases += [({"value": value}, "INVALID_DECIMAL data.value") for value in (
            "1e3", "NaN", "Infinity", fullwidth, "1,000", " 1", "1 ", "+1", ".5", "5.", "-", "--1", "0x10", "1" * 19,
            "0.1234567891", "1.2.3", "一")]
        cases += [({"observed_on": day}, "INVALID_DAY data.observed_on") for day in (
            "0000-01-01", "9999-12-31", "2019-02-29", "1900-02-29", "1989-12-31", "2100-01-01", "2020-13-01",
            "2020-00-10",
            "2020-3-1", "20200301", "2020-03-01T00:00:00Z", "２０２０-03-01", "昨天")]
        for fields, wanted in cases:
            with self.subTest(str(fields)):
                id = self.new_id()
                self.check(event(report(**fields), id), "QUARANTINED " + wanted, id)

    def test_a_value_that_its_unit_makes_too_fine_is_kept_aside(self):
        id = self.new_id()
        self.check(event(report(measure="spent", value="0.000000001", unit="元"), id),
                   "QUARANTINED OUT_OF_RANGE data.value", id)

    def test_other_updates_that_fit_nothing_are_kept_aside(self):
        project = lambda **fields: plan_pb2.Project(**({"id": "new-park", "name_zh": "新园", "name_en": "New",
                                                        "unit": "parks-office",
                                                       "groups": ["parks"]} | fields))
        registered = lambda **fields: updates_pb2.ProjectRegistered(division="410102", project=project(**fields))
        cases = [
            (updates_pb2.MilestoneReached(division="410102", project="north-park", milestone="painted",
                                          reached_on="2020-03-01"), "UNKNOWN_MILESTONE data.milestone"),
            (updates_pb2.MilestoneReached(division="410102", project="east-park", milestone="opened",
                                          reached_on="2020-03-01"), "UNKNOWN_PROJECT data.project"),
            (updates_pb2.MilestoneReached(division="410102", project="north-park", milestone="opened",
                                          reached_on="2020-03-03"), "DAY_IN_FUTURE data.reached_on"),
            (updates_pb2.UpdateWithdrawn(division="410102", id="never-sent", reason="wrong"), "UNKNOWN_UPDATE data.id"),
            (updates_pb2.UpdateWithdrawn(division="410102", id="never-sent"), "MISSING_FIELD data.reason"),
            (updates_pb2.ProjectResumed(division="410102", project="south-park", reason="go"),
             "WRONG_STATE data.project"),
            (updates_pb2.ProjectCancelled(division="410102", project="east-park", reason="no"),
             "UNKNOWN_PROJECT data.project"),
            (updates_pb2.ProjectRegistered(division="410102"), "MISSING_FIELD data.project"),
            (registered(groups=["roads"]), "UNKNOWN_GROUP data.project.groups[0]"),
            (registered(unit="police"), "UNKNOWN_UNIT data.project.unit"),
            (registered(groups=[]), "MISSING_FIELD data.project.groups"),
            (updates_pb2.PlanPublished(), "MISSING_FIELD data.plan"),
        ]
        for data, wanted in cases:
            with self.subTest(wanted):
                id = self.new_id()
                self.check(event(data, id), "QUARANTINED " + wanted, id)

    # Identities.

    def test_the_same_event_again_gets_the_first_receipt(self):
        def with_attributes(names):
            return by_hand(id, more=b"".join(attribute(name, name * 2) for name in names))
        id = self.new_id().encode()
        names = [b"subject", b"traceparent", b"weather"]
        first, again = self.client.submit([with_attributes(names), with_attributes(names[::-1])])
        later = self.client.submit([self.good(), with_attributes(names[1:] + names[:1])])[1]
        self.assertEqual([outcome_of(r) for r in (first, again, later)], ["ACCEPTED", "DUPLICATE", "DUPLICATE"])
        self.assertEqual({(r.sequence, r.digest, r.incarnation) for r in (first, again, later)},
                         {(first.sequence, first.digest, first.incarnation)})
        self.assertGreater(first.sequence, 0)

    def test_other_content_under_the_same_identity_is_a_conflict(self):
        id = self.new_id()
        first = measured(id, "noise", "1", "2020-03-01")
        other = measured(id, "noise", "2", "2020-03-01")
        noted = measured(id, "noise", "1", "2020-03-01")
        noted.attributes["weather"].ce_string = "rain"
        broken = by_hand(id.encode(), data=b"\xff")
        head = self.client.head("ingest").head
        receipts = [*self.client.submit([first, other]), *self.client.submit([other, noted, broken, self.good()])]
        self.assertEqual([outcome_of(r) for r in receipts],
                         ["ACCEPTED"] + ["CONFLICT CONFLICTING_CONTENT id"] * 4 + ["ACCEPTED"])
        self.assertEqual(self.client.head("ingest").head, head + 2)
        elsewhere = measured(id, "noise", "2", "2020-03-01", source="/another")
        self.assertEqual(outcome_of(self.client.submit([elsewhere])[0]), "ACCEPTED")

    def test_what_was_kept_aside_can_be_sent_again_when_it_is_right(self):
        id = self.new_id()
        wrong, right = measured(id, "noise", "1", "2020-03-01", "只"), measured(id, "noise", "1", "2020-03-01")
        outcomes = [outcome_of(self.client.submit([e])[0]) for e in (wrong, wrong, right, wrong)]
        self.assertEqual(outcomes,
                         ["QUARANTINED WRONG_UNIT data.unit"] * 2 + ["ACCEPTED", "CONFLICT CONFLICTING_CONTENT id"])
        self.assertEqual(len(self.quarantined("/vendor", id)), 1)

    def test_a_dry_run_stores_nothing(self):
        ids = [self.new_id() for _ in range(2)]
        events = [measured(ids[0], "noise", "1", "2020-03-01"), measured(ids[1], "noise", "1", "2020-03-01", "只")]
        before = (self.client.head("ingest").head, self.duban.sql("SELECT count(*) FROM duban.quarantine"))
        receipts = self.client.submit(events, dry_run=True)
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED", "QUARANTINED WRONG_UNIT data.unit"])
        self.assertEqual([(r.sequence, r.digest) for r in receipts], [(0, b"")] * 2)
        self.assertEqual((self.client.head("ingest").head, self.duban.sql("SELECT count(*) FROM duban.quarantine")),
                         before)
        self.assertEqual(outcome_of(self.client.submit(events[:1])[0]), "ACCEPTED")
        self.assertEqual(outcome_of(self.client.submit(events[:1], dry_run=True)[0]), "DUPLICATE")

    # Files.

    HEADER = "measure,value,unit,observed_on,id\n"

    def row(self, value="1", unit="个", day="2020-03-01", measure="noise"):
        return f"{measure},{value},{unit},{day},{self.new_id('row')}\n"

    def submit_file(self, text, *options, name="reports.csv"):
        return self.duban.run("submit", "--division", "410102", *options, self.duban.file(name, text))

    def summary(self, done):
        found = re.search(r"(\d+) accepted( \(dry run\))?, (\d+) stored before, (\d+) not accepted", done.out)
        self.assertIsNotNone(found, done.out + done.err)
        return tuple(int(found[i]) for i in (1, 3, 4))

    def test_a_file_is_taken_row_by_row(self):
        text = self.HEADER + self.row() + self.row(value="1e3") + self.row(unit="只") + self.row(day="2020-02-30") + self.row()
        done = self.submit_file(text)
        self.assertEqual((done.status, self.summary(done)), (1, (2, 0, 3)))
        self.assertEqual(re.findall(r"reports\.csv:(\d+):(\S+): (\w+) (\w+) (\S*): ", done.out),
                         [("3", "2", "REJECTED", "INVALID_DECIMAL", "value"),
                          ("4", "3", "QUARANTINED", "WRONG_UNIT", "data.unit"),
                          ("5", "4", "REJECTED", "INVALID_DAY", "observed_on")])
        again = self.submit_file(text)
        self.assertEqual((again.status, self.summary(again)), (1, (0, 2, 3)))

    def test_a_good_file_ends_with_status_0_and_twice_does_no_harm(self):
        text = "\ufeff" + self.HEADER + self.row() + self.row()
        done, again = self.submit_file(text), self.submit_file(text)
        self.assertEqual([(d.status, self.summary(d)) for d in (done, again)], [(0, (2, 0, 0)), (0, (0, 2, 0))])
        dry = self.submit_file(self.HEADER + self.row(), "--dry-run")
        self.assertEqual((dry.status, self.summary(dry)), (0, (1, 0, 0)))

    def test_line_ends_of_windows_and_quotes_are_read(self):
        text = (self.HEADER + self.row() + f'"noise","1","个","2020-03-01","{self.new_id()}"\n').replace("\n", "\r\n")
        done = self.submit_file(text)
        self.assertEqual((done.status, self.summary(done)), (0, (2, 0, 0)), done.out)

    def test_a_row_with_too_few_or_too_many_cells_is_refused_alone(self):
        done = self.submit_file(self.HEADER + self.row() + "noise,1,个\n" + self.row()[:-1] + ",more\n" + self.row())
        self.assertEqual((done.status, self.summary(done)), (1, (2, 0, 2)))
        self.assertEqual(re.findall(r"csv:(\d+):(\S+): REJECTED (\w+)", done.out),
                         [("3", "-", "INVALID_SYNTAX"), ("4", "6", "INVALID_SYNTAX")])

    def test_a_missing_column_is_told_for_every_row(self):
        done = self.submit_file("measure,value,observed_on\nnoise,1,2020-03-01\n")
        self.assertEqual((done.status, self.summary(done)), (1, (0, 0, 1)))
        self.assertIn(":2:-: REJECTED MISSING_FIELD unit", done.out)

    def test_a_file_that_cannot_be_read_stores_nothing(self):
        row = self.row()
        cases = {
            "unknown column": ("measure,value,unit,observed_on,colour\n" + row, "UNKNOWN_FIELD colour"),
            "the same column twice": ("measure,value,unit,observed_on,unit\n" + row, "DUPLICATE_IDENTIFIER unit"),
            "unterminated quote": (self.HEADER + row + 'noise,"1,个,2020-03-01,x\n', "INVALID_SYNTAX line"),
            "quote inside a cell": (self.HEADER + row + 'noise,1"2,个,2020-03-01,x\n', "INVALID_SYNTAX line"),
            "nothing": ("", "MISSING_FIELD header"),
            "JSON that is cut off": ('[{"measure": "noise"', "INVALID_SYNTAX json"),
            "JSON without a list": ('{"measure": "noise"}', "INVALID_SYNTAX json"),
            "JSON with a fraction": ('[{"measure": "noise", "value": 1.5}]', "INVALID_SYNTAX [0]"),
            "JSON with an unknown key": ('[{"measure": "noise", "colour": "red"}]', "UNKNOWN_FIELD [0]"),
            "JSON with a key twice": ('[{"measure": "noise", "measure": "noise"}]', "INVALID_SYNTAX json"),
            "JSON with no object": ('[1]', "INVALID_SYNTAX [0]"),
        }
        head = self.client.head("ingest").head
        for name, (text, wanted) in cases.items():
            with self.subTest(name):
                done = self.submit_file(text)
                self.assertEqual(done.status, 1, done.out + done.err)
                self.assertIn(wanted + ":", done.err)
        self.assertEqual(self.client.head("ingest").head, head)

    def test_json_is_taken_like_csv(self):
        rows = [{"measure": "noise", "value": 5, "unit": "个", "observed_on": "2020-03-01", "id": self.new_id()},
                {"measure": "noise", "value": "0.5", "unit": "个", "observed_on": "2020-03-01", "division": "410102",
                 "id": self.new_id()},
                {"type": "MilestoneReached", "project": "south-park", "milestone": "started",
                 "observed_on": "2020-02-01", "id": self.new_id()},
                {"measure": "noise", "value": "", "unit": "个", "observed_on": "2020-03-01", "id": self.new_id()}]
        done = self.submit_file(json.dumps(rows), name="reports.json")
        self.assertEqual((done.status, self.summary(done)), (1, (3, 0, 1)), done.out)
        self.assertIn("reports.json:4:-: REJECTED MISSING_FIELD value", done.out)

    def test_a_file_in_two_encodings_is_refused(self):
        done = self.submit_file(self.HEADER.encode() + self.row().encode() + b"noise,1,\xb8\xf6,2020-03-01,gb2312\n")
        self.assertEqual(done.status, 1)
        self.assertIn("reports.csv:3:-: REJECTED INVALID_TEXT line:", done.err)

    def test_the_exit_status_tells_wrong_usage_and_silence_apart(self):
        self.assertEqual(self.duban.run("submit").status, 2)
        self.assertEqual(self.duban.run("submit", "no-such-file.csv").status, 2)
        self.assertEqual(self.duban.run("submit", "--colour", "red", "x.csv").status, 2)
        self.assertEqual(self.duban.run("no-such-command").status, 2)
        nobody = Duban()
        self.assertEqual(nobody.run("submit", "--division", "410102", "--patience", "1",
                                    nobody.file("r.csv", self.HEADER + self.row())).status, 3)
        nobody.set(DUBAN_DATABASE=nobody.cluster.conninfo("nowhere"))
        self.assertEqual(nobody.run("verify").status, 3)
        nobody.set(DUBAN_COLOUR="red")
        self.assertEqual(nobody.run("clock").status, 2)


    def test_zz_everything_that_was_stored_is_what_it_should_be(self):
        self.duban.settle()
        self.verify(self.duban)


class HugeInput(DubanTest):
    def test_a_value_that_its_unit_makes_huge_breaks_nothing(self):
        duban = self.install()
        duban.freeze(TODAY + "T10:00:00+08:00")
        duban.start()
        duban.apply(PLAN)
        client = self.connect(duban)
        huge = [measured(f"huge-{i}", "benches", "9" * 18, f"2020-03-0{i + 1}", "亿个") for i in range(2)]
        self.assertEqual([outcome_of(r) for r in client.submit(huge)], ["ACCEPTED"] * 2)
        duban.settle()
        self.assertEqual(duban.indicator("benches")["value"], "199999999999999999800000000")
        self.verify(duban)
        # More than fits a sum: the figure is unknown, never wrong.
        client.submit([measured(f"more-{i}", "benches", "9" * 18, "2020-01-01", "亿个", project=project)
                       for i, project in enumerate(["", "north-park", "south-park"])])
        client.submit([measured(f"most-{i}", "benches", "9" * 18, f"2020-02-{i + 1:02}", "亿个") for i in range(10)])
        duban.settle()
        self.assertEqual(duban.indicator("benches")["value"], None)
        self.verify(duban)


class BadPlan(DubanTest):
    def place(self, needle, offset=0):
        """Line and column of a text in the plan."""
        before = PLAN[:PLAN.index(needle) + offset]
        return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def test_a_bad_plan_is_told_with_line_and_column(self):
        cases = [
            ("target: ≥ 30", "target: about 30", 8, "INVALID_SYNTAX"),
            ("target: ≥ 30", "target: ≥ 1e3", 8, "INVALID_DECIMAL"),
            ("due: 2020-04-30", "due: 2020-04-31", 5, "INVALID_DAY"),
            ("of: [benches]", "of: [chairs]", 5, "UNKNOWN_MEASURE"),
            ("group: parks", "group: roads", 7, "UNKNOWN_GROUP"),
            ("milestone: opened", "milestone: closed", 11, "UNKNOWN_MILESTONE"),
            ("rule: ratio", "rule: average", 6, "OUT_OF_RANGE"),
            ("kind: increment", "kind: decrement", 6, "OUT_OF_RANGE"),
            ("lead_days: [30, 7]", "lead_days: [7, 30]", 15, "WRONG_ORDER"),
            ("year: 2020", "year: 1020", 6, "OUT_OF_RANGE"),
            ("year: 2020", "year: 2020\ncolour: red", 11, "UNKNOWN_FIELD"),
            ("unit: finance", "unit: treasury", 6, "UNKNOWN_UNIT"),
        ]
        duban = self.install()
        for old, new, offset, code in cases:
            with self.subTest(new):
                self.assertIn(old, PLAN)
                done = duban.run("plan", "check", duban.file("bad.yaml", PLAN.replace(old, new, 1)))
                self.assertEqual(done.status, 1)
                self.assertIn(f"bad.yaml:{self.place(old, offset)}: {code} ", done.err)

    def test_a_plan_that_is_no_plan_is_refused(self):
        duban = self.install()
        for text in ("", "[]", "a: [", "\t", "x", "&a [*a]", b"\xff\xfe", "a: 1\na: 2", PLAN + "\n---\n" + PLAN):
            with self.subTest(repr(text)[:20]):
                done = duban.run("plan", "check", duban.file("bad.yaml", text))
                self.assertEqual(done.status, 1, done.out + done.err)
                self.assertRegex(done.err, r"bad\.yaml:\d+:\d+: ")
        self.assertEqual(duban.run("plan", "check", "no-such.yaml").status, 2)
        self.assertEqual(duban.run("plan").status, 2)
        self.assertEqual(duban.run("plan", "check", duban.file("good.yaml", PLAN)).status, 0)

    def test_revisions(self):
        duban = self.install()
        duban.freeze(TODAY)
        duban.start()
        client = self.connect(duban)
        self.assertIn("published revision 1 ", duban.apply(PLAN))
        self.assertIn("nothing changes", duban.apply(PLAN))
        self.assertEqual(client.head("ingest").head, 1)

        noise = "  - {id: noise, zh: 噪声记录, en: Noise records, unit: 个, kind: increment}\n"
        revised = PLAN.replace("≥ 30", "≥ 40").replace(noise, "")
        told = duban.apply(revised)
        self.assertIn("~ commitments benches", told)
        self.assertIn('"target":"30"', told)
        self.assertIn('"target":"40"', told)
        self.assertIn("- measures noise", told)
        self.assertNotIn("parks-opened", told)
        self.assertIn("published revision 2 ", told)
        wait_until("the new target", lambda: duban.indicator("benches")["target"] == "40")

        redefined = revised.replace("en: New benches, unit: 个", "en: New benches, unit: 座")
        bad = duban.file("bad.yaml", redefined.replace("value_unit: 个", "value_unit: 座"))
        done = duban.run("plan", "apply", bad)
        self.assertEqual(done.status, 1, done.out + done.err)
        self.assertIn("MEASURE_REDEFINED data.plan.measures[0]", done.err)
        self.assertEqual(duban.sql("SELECT code, field FROM duban.quarantine"),
                         [["MEASURE_REDEFINED", "data.plan.measures[0]"]])
        self.assertEqual(client.head("ingest").head, 2)
        self.assertIn("nothing changes: revision 2", duban.apply(revised))
        # What was refused is kept aside under the name of revision 3; the real revision 3 must not be taken for it.
        self.assertIn("published revision 3 ", duban.apply(PLAN))
        self.verify(duban)


if __name__ == "__main__":
    unittest.main()
