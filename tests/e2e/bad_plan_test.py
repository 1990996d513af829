#!/usr/bin/env python3
"""A bad plan is refused whole, with line and column, and the old one stays: from the command and from a vendor alike."""

import re
import unittest

from harness import *

CURVE = "    curve: [{day: 2020-03-31, percent: 60}, {day: 2020-04-30, percent: 100}]\n"
GOOD = PLAN.replace("    due: 2020-04-30\n", "    start: 2020-02-01\n    due: 2020-04-30\n" + CURVE)


class BadFile:
    """The good plan with one text in place of another, and what is to be told of it: the code, the field, and the place,
    which is that of `at`."""

    def __init__(self, name, old, new, at, code, field):
        self.name, self.code, self.field = name, code, field
        assert GOOD.count(old) == 1, old
        self.text = GOOD.replace(old, new)
        before = self.text[:self.text.index(at)]
        self.place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


FILES = [
    BadFile("unknown unit", "unit: finance\n", "unit: treasury\n", "treasury\n", "UNKNOWN_UNIT", "commitments[2].unit"),
    BadFile("deadline before start", "due: 2020-06-30", "start: 2020-07-01\n    due: 2020-06-30", "2020-06-30",
            "WRONG_ORDER", "commitments[1].due"),
    BadFile("target without unit", "    value_unit: 个\n", "", "id: benches\n    zh", "MISSING_FIELD",
            "commitments[0].indicator.unit"),
    BadFile("two commitments with one id", "- id: spending-share", "- id: benches", "benches\n    zh: 支出占比",
            "DUPLICATE_IDENTIFIER", "commitments[2].id"),
    BadFile("a curve that falls", "percent: 100}", "percent: 59.9}", "59.9}", "WRONG_ORDER",
            "commitments[0].curve[1].percent"),
]


def unknown_unit(plan):
    plan.commitments[2].unit = "treasury"


def deadline_before_start(plan):
    plan.commitments[1].start = "2020-07-01"


def target_without_unit(plan):
    plan.commitments[0].indicator.unit = ""


def two_with_one_id(plan):
    plan.commitments[2].id = "benches"


def falling_curve(plan):
    plan.commitments[0].curve[1].percent = "59.9"


# The same five as messages, and how the receipt names them.
MESSAGES = [
    (unknown_unit, "UNKNOWN_UNIT data.plan.commitments[2].unit"),
    (deadline_before_start, "WRONG_ORDER data.plan.commitments[1].due"),
    (target_without_unit, "MISSING_FIELD data.plan.commitments[0].indicator.unit"),
    (two_with_one_id, "DUPLICATE_IDENTIFIER data.plan.commitments[2].id"),
    (falling_curve, "WRONG_ORDER data.plan.commitments[0].curve[1].percent"),
]


class BadPlan(DubanTest):
    def setUp(self):
        self.duban = self.install()
        self.duban.freeze("2020-03-02T10:00:00+08:00")
        self.duban.start()
        self.assertIn("published revision 1 ", self.duban.apply(GOOD))
        self.client = self.connect(self.duban)
        self.client.submit([measured("r1", "benches", "12", "2020-02-10"), measured("r2", "spent", "7", "2020-02-10", "万元"),
                            measured("r3", "budget", "10", "2020-02-10", "万元")])
        self.before = self.everything()
        self.assertEqual(len(self.before["deadlines"]), 4)
        self.assertEqual(self.before["figures"]["benches"], ("12", "30", "2020-04-30"))
        self.assertEqual(self.before["figures"]["spending-share"], ("70", "70", "2020-12-31"))

    def everything(self):
        """What the plan in force shows itself by, once all of it has been taken in."""
        self.duban.settle()
        rows = self.client.query("metrics", indicators=requests_pb2.IndicatorQuery(division="410102", year=2020)).rows
        deadlines = self.client.query("notify", deadlines=requests_pb2.DeadlineQuery(division="410102")).rows
        return {
            "indicators": [row.SerializeToString(deterministic=True) for row in rows],
            "figures": {row.indicator.indicator: (row.indicator.value, row.indicator.target, row.due) for row in rows},
            "deadlines": [row.SerializeToString(deterministic=True) for row in deadlines],
            "heads": [self.client.head(service).head for service in SERVICES],
            "updates": self.client.replay("updates")[0],
            "alerts": self.client.replay("alerts")[0],
            "derived": self.duban.sql("SELECT * FROM duban.indicator ORDER BY division, year, indicator"),
        }

    def assert_old_plan_stays(self):
        self.assertEqual(self.everything(), self.before)
        self.assertIn("nothing changes: revision 1 is the same", self.duban.apply(GOOD))

    def published(self):
        """The plan as it stands in the log, to be changed: the next revision."""
        plan = read_event(self.before["updates"][0])[1]
        plan.plan.revision = 2
        return plan

    def quarantine(self):
        return [f"{code} {at}" for code, at in self.duban.sql("SELECT code, field FROM duban.quarantine ORDER BY number")]

    def test_the_command_tells_file_line_and_column_and_publishes_nothing(self):
        for bad in FILES:
            with self.subTest(bad.name):
                path = self.duban.file("bad.yaml", bad.text)
                done = self.duban.run("plan", "apply", path)
                self.assertEqual(done.status, 1, done.out + done.err)
                self.assertEqual(done.out, "")
                self.assertEqual(re.findall(r"(?m)^(.*?): ([A-Z_]+) (\S+): ", done.err),
                                 [(f"{path}:{bad.place}", bad.code, bad.field)])
                self.assertEqual(self.client.head("ingest").head, self.before["heads"][0])
        self.assertEqual(self.quarantine(), [])
        self.assert_old_plan_stays()
        self.verify(self.duban)

    def test_all_that_is_wrong_is_told_in_one_run_in_the_order_of_the_file(self):
        text = GOOD
        for old, new in (("unit: finance\n", "unit: treasury\n"), ("due: 2020-06-30", "due: 2019-06-30"),
                         ("percent: 100}", "percent: 59.9}"), ("- id: spending-share", "- id: benches")):
            text = text.replace(old, new)
        done = self.duban.run("plan", "apply", self.duban.file("bad.yaml", text))
        self.assertEqual(done.status, 1)
        self.assertEqual(re.findall(r"(?m)^.*?:\d+:\d+: ([A-Z_]+ \S+): ", done.err),
                         ["WRONG_ORDER commitments[0].curve[1].percent", "WRONG_ORDER commitments[1].due",
                          "DUPLICATE_IDENTIFIER commitments[2].id", "UNKNOWN_UNIT commitments[2].unit"])
        self.assert_old_plan_stays()

    def test_a_vendor_that_does_not_check_is_refused_as_well(self):
        wanted = []
        for number, (spoil, reason) in enumerate(MESSAGES):
            with self.subTest(spoil.__name__):
                plan = self.published()
                spoil(plan.plan)
                bad = event(plan, f"bad-{number}")
                self.assertEqual([outcome_of(r) for r in self.client.submit([bad], dry_run=True)], [f"QUARANTINED {reason}"])
                self.assertEqual(self.quarantine(), wanted)
                receipt, = self.client.submit([bad])
                self.assertEqual(outcome_of(receipt), f"QUARANTINED {reason}")
                self.assertEqual((receipt.sequence, receipt.digest), (0, b""))
                wanted.append(reason)
                self.assertEqual(self.quarantine(), wanted)
        self.assert_old_plan_stays()
        # It still stands for a service that has to read everything anew.
        self.duban.kill(*SERVICES)
        self.duban.start()
        self.assert_old_plan_stays()
        self.verify(self.duban)

    def test_nothing_of_a_bad_plan_is_taken_not_even_for_the_rest_of_its_batch(self):
        plan = self.published()
        plan.plan.measures.add(id="trees", name_zh="树", name_en="Trees", unit="棵", kind=plan_pb2.MEASURE_KIND_INCREMENT)
        plan.plan.projects.add(id="west-park", name_zh="西园", name_en="West Park", unit="parks-office", groups=["parks"])
        plan.plan.commitments[0].target = "3"
        falling_curve(plan.plan)
        receipts = self.client.submit([
            measured("before", "benches", "1", "2020-03-01"), event(plan, "bad"), measured("new", "trees", "1", "2020-03-01", "棵"),
            reached("west", "west-park", "started", "2020-03-01"), measured("after", "benches", "2", "2020-03-02")])
        self.assertEqual([outcome_of(r) for r in receipts], [
            "ACCEPTED", "QUARANTINED WRONG_ORDER data.plan.commitments[0].curve[1].percent",
            "QUARANTINED UNKNOWN_MEASURE data.measure", "QUARANTINED UNKNOWN_PROJECT data.project", "ACCEPTED"])
        after = self.everything()
        self.assertEqual(after["figures"], self.before["figures"] | {"benches": ("15", "30", "2020-04-30")})
        self.assertEqual(after["deadlines"], self.before["deadlines"])
        self.assertIn("nothing changes: revision 1 is the same", self.duban.apply(GOOD))
        self.verify(self.duban)

    def test_a_bad_plan_takes_neither_the_revision_nor_the_identity_of_the_good_one(self):
        plan = self.published()
        unknown_unit(plan.plan)
        receipt, = self.client.submit([event(plan, "plan-410102-2020-r2", "/duban/plan")])
        self.assertEqual(outcome_of(receipt), "QUARANTINED UNKNOWN_UNIT data.plan.commitments[2].unit")
        self.assert_old_plan_stays()
        self.assertIn("published revision 2 ", self.duban.apply(GOOD.replace("≥ 30", "≥ 40").replace("due: 2020-04-30",
                                                                                                    "due: 2020-05-10")))
        after = self.everything()
        self.assertEqual(after["figures"], self.before["figures"] | {"benches": ("12", "40", "2020-05-10")})
        self.assertNotEqual(after["deadlines"], self.before["deadlines"])
        self.verify(self.duban)


if __name__ == "__main__":
    unittest.main()
