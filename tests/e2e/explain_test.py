#!/usr/bin/env python3
"""Figures led back to what was reported: two targets and two attainments, explanations, other sequences, roll-ups, warnings.

The figures are the district's own, from its budget reports of 2020-06-12 and 2021-02-02.
"""

import csv
import io as text_io
import json
import unittest

from harness import *

SCOPE_2019 = "district scope of 2019"
SCOPE_2020 = "district scope of 2020"


def plan(division, commitments):
    return f"""\
division: "{division}"
year: 2020
zh: 计划
en: Plan
supervising_unit: supervision
rules:
  lead_days: [30]
  overdue_every_days: 7
  alert_time: "09:00"
  yellow_points: 10
  red_points: 30
units:
  - {{id: supervision, zh: 督查室, en: Supervision}}
  - {{id: finance, zh: 财政局, en: Finance}}
measures:
  - {{id: revenue, zh: 一般公共预算收入, en: Revenue, unit: 万元, kind: cumulative}}
  - {{id: livelihood, zh: 民生支出, en: Livelihood spending, unit: 万元, kind: cumulative}}
  - {{id: spending, zh: 支出, en: Spending, unit: 万元, kind: cumulative}}
commitments:
""" + "".join(commitments)


def commitment(id, rest):
    return f"""\
  - {{id: {id}, zh: 承诺, en: Promise, theme: finance, unit: finance, {rest}}}
"""


REVENUE = commitment("revenue", "rule: latest, of: [revenue], value_unit: 万元, target: ≥ 567858, due: 2020-12-31")
GROWTH = commitment("revenue-growth", 'rule: growth, of: [revenue], value_unit: "%", target: ≥ 6, due: 2020-12-31')
SHARE = commitment("livelihood-share",
                   'rule: ratio, of: [livelihood], over: [spending], value_unit: "%", target: ≥ 75, due: 2020-12-31')


def money(id, measure, value, day, scope="", source="/vendor", division="410102"):
    return measured(id, measure, value, day, "万元", division, source=source, statistical_scope=scope)


def adjusted(id, target, day, commitment="revenue", division="410102"):
    return event(updates_pb2.TargetAdjusted(division=division, year=2020, commitment=commitment, target=target,
                                            decided_by="区人大常委会", decided_on=day), id, "/congress")


class Explain(DubanTest):
    def begin(self, day, *plans):
        """Services on a frozen clock with these plans, and a client."""
        duban = self.install()
        duban.freeze(day)
        duban.start()
        for text in plans:
            duban.apply(text)
        duban.settle()
        return duban, self.connect(duban)

    def rows(self, duban, *arguments):
        """The rows of a command's CSV, by column."""
        text = duban.must(*arguments, "--format", "csv").removeprefix("\ufeff")
        return list(csv.DictReader(text_io.StringIO(text)))

    def explanation(self, client, commitment, **query):
        request = requests_pb2.Request(explain=requests_pb2.ExplainQuery(division="410102", year=2020,
                                                                         commitment=commitment, **query))
        return client.ask("metrics", request)[0].explanation

    def uses(self, explanation):
        return [(requests_pb2.ReportRole.Name(r.role).removeprefix("REPORT_ROLE_"),
                 requests_pb2.ReportUse.Name(r.use).removeprefix("REPORT_USE_"), r.value, r.observed_on, r.sequence)
                for r in explanation.reports]

    def test_the_adjusted_target_and_the_approved_one_stand_beside_each_other(self):
        duban, client = self.begin("2021-02-02T10:00:00+08:00", plan("410102", [REVENUE, GROWTH]))
        receipts = client.submit([
            money("before", "revenue", "306390", "2019-12-31", SCOPE_2019),
            adjusted("change", "537471", "2020-11-20"),
            money("wrong", "revenue", "544200", "2020-12-31", SCOPE_2020, source="/statistics"),
            money("right", "revenue", "544209", "2020-12-31", SCOPE_2020),
            money("early", "revenue", "480000", "2020-10-31", SCOPE_2020),
        ])
        self.assertEqual([outcome_of(r) for r in receipts], ["ACCEPTED"] * 5)
        duban.settle()
        wanted = {"target": "537471", "approved_target": "567858", "attainment": "101.253649034",
                  "approved_attainment": "95.835402513", "value": "544209", "due": "2020-12-31"}
        row = self.rows(duban, "status", "--commitment", "revenue")[0]
        self.assertEqual({name: row[name] for name in wanted}, wanted)
        shown = duban.must("status", "--commitment", "revenue")
        for text in ("95.84 % of the approved, 101.25 % of the adjusted", ">= 537471 万元 (approved 批准 567858)"):
            self.assertIn(text, shown)
        stored = duban.sql("SELECT approved_target, trim_scale(approved_attainment), due, forecast_since, simulated "
                           "FROM duban.indicator WHERE indicator = 'revenue'")
        self.assertEqual(stored, [["567858", "95.835402513", "2020-12-31", None, "f"]])

        explained = duban.must("explain", "revenue")
        for text in ("value 现值       544209 万元\n", "approved 批准    >= 567858 万元: attained 完成率 95.84 %",
                     "adjusted 调整    >= 537471 万元: attained 完成率 101.25 %; since 2020-11-20, decided by 区人大常委会",
                     "1.25 points ahead", "2021-02-02 10:00"):
            self.assertIn(text, explained)
        self.assertEqual(self.uses(self.explanation(client, "revenue")), [
            ("NUMERATOR", "OUTSIDE", "306390", "2019-12-31", 2),
            ("NUMERATOR", "REPLACED", "480000", "2020-10-31", 6),
            ("NUMERATOR", "REPLACED", "544200", "2020-12-31", 4),
            ("NUMERATOR", "COUNTED", "544209", "2020-12-31", 5)])
        # Growth is unknown while only another scope's base is there: never +77.6 %.
        self.assertEqual(self.rows(duban, "status", "--commitment", "revenue-growth")[0]["value"], "")
        self.assertIn(("BASE", "OTHER_SCOPE", "306390", "2019-12-31", 2),
                      self.uses(self.explanation(client, "revenue-growth")))
        client.submit([money("base", "revenue", "551265", "2019-12-31", SCOPE_2020)])
        duban.settle()
        self.assertEqual(self.rows(duban, "status", "--commitment", "revenue-growth")[0]["value"], "-1.279965171")
        self.assertIn("100 × 544209 ÷ 551265 − 100", duban.must("explain", "revenue-growth"))
        self.verify(duban)

    def test_an_earlier_sequence_knows_only_what_was_known(self):
        duban, client = self.begin("2021-02-02T10:00:00+08:00", plan("410102", [REVENUE]))
        client.submit([money("a", "revenue", "500000", "2020-12-31"), adjusted("b", "450000", "2020-11-20"),
                       money("c", "revenue", "540000", "2020-12-31"), withdrawn("d", "c")])
        duban.apply(plan("410102", [REVENUE, SHARE]))
        duban.settle()
        def seen(sequence):
            row = self.rows(duban, "status", "--commitment", "revenue", "--sequence", sequence)[0]
            return row["value"], row["target"], row["colour"], row["revision"]
        self.assertEqual(seen(1), ("", "567858", "grey 灰", "1"))
        self.assertEqual(seen(2), ("500000", "567858", "red 红", "1"))
        self.assertEqual(seen(3), ("500000", "450000", "green 绿", "1"))
        self.assertEqual(seen(4), ("540000", "450000", "green 绿", "1"))
        self.assertEqual(seen(5), ("500000", "450000", "green 绿", "1"))
        self.assertEqual(seen(6), ("500000", "450000", "green 绿", "2"))
        self.assertEqual(self.rows(duban, "status", "--commitment", "livelihood-share", "--sequence", 5), [])
        self.assertEqual(len(self.rows(duban, "status", "--sequence", 6)), 2)
        # A decision holds from its day on.
        row = self.rows(duban, "status", "--commitment", "revenue", "--as-of", "2020-11-19")[0]
        self.assertEqual(row["target"], "567858")
        explanation = self.explanation(client, "revenue", as_of_sequence=4)
        self.assertEqual([r.withdrawn_by for r in explanation.reports], [0, 0])
        self.assertEqual([(c.target, c.since, c.note, c.in_force, c.source) for c in explanation.changes],
                         [("450000", "2020-11-20", "区人大常委会", True, "/congress")])
        explanation = self.explanation(client, "revenue")
        self.assertEqual([(r[1], r[2]) for r in self.uses(explanation)], [("COUNTED", "500000"), ("WITHDRAWN", "540000")])
        self.assertEqual([r.withdrawn_by for r in explanation.reports], [0, 5])
        self.verify(duban)

    def test_explain_finds_the_plan_and_refuses_what_it_does_not_know(self):
        duban, client = self.begin("2020-07-01T10:00:00+08:00", plan("410102", [REVENUE]), plan("4101", [REVENUE, SHARE]))
        client.submit([money("s", "livelihood", "80", "2020-06-30", source="/simulated/finance", division="4101"),
                       money("t", "spending", "100", "2020-06-30", division="4101")])
        duban.settle()
        self.assertIn("SIMULATED 模拟数据", duban.must("explain", "livelihood-share"))
        self.assertIn("(simulated 模拟)", duban.must("status", "--commitment", "livelihood-share"))
        whole = json.loads(duban.must("explain", "livelihood-share", "--format", "json"))
        self.assertEqual((whole["row"]["indicator"]["value"], len(whole["reports"])), ("80", 2))
        listed = self.rows(duban, "explain", "livelihood-share")
        self.assertEqual([(r["role"], r["use"], r["source"]) for r in listed],
                         [("numerator", "counted", "/simulated/finance"), ("denominator", "counted", "/vendor")])
        done = duban.run("explain", "revenue")
        self.assertEqual(done.status, 2)
        self.assertIn("add --division and --year", done.err)
        self.assertIn("unknown 未知", duban.must("explain", "revenue", "--division", "4101"))
        self.assertEqual(duban.run("explain", "nothing").status, 2)
        self.assertEqual(duban.run("explain").status, 2)
        done = duban.run("explain", "nothing", "--division", "410102", "--year", "2020")
        self.assertEqual(done.status, 2)
        self.assertIn("UNKNOWN_COMMITMENT explain.commitment", done.err)
        cases = [
            (requests_pb2.Request(explain=requests_pb2.ExplainQuery(division="410102", year=2020, commitment="nothing")),
             "UNKNOWN_COMMITMENT", "explain.commitment"),
            (requests_pb2.Request(explain=requests_pb2.ExplainQuery(division="41", year=2020, commitment="revenue")),
             "UNKNOWN_COMMITMENT", "explain.commitment"),
            (requests_pb2.Request(explain=requests_pb2.ExplainQuery(division="410102", commitment="revenue")),
             "UNKNOWN_COMMITMENT", "explain.commitment"),
            (requests_pb2.Request(explain=requests_pb2.ExplainQuery(division="410102", year=2020, commitment="revenue",
                                                                    as_of="2020-02-30")), "INVALID_DAY", "explain.as_of"),
            (requests_pb2.Request(roll_ups=requests_pb2.RollUpQuery(division="41", year=2020, as_of="today")),
             "INVALID_DAY", "roll_ups.as_of"),
            (requests_pb2.Request(roll_ups=requests_pb2.RollUpQuery(division="41")), "OUT_OF_RANGE", "roll_ups.year"),
        ]
        for request, code, at in cases:
            with self.subTest(request=str(request)):
                error = client.ask("metrics", request)[0].error
                self.assertEqual((error.code, error.field), (code, at))
        self.assertEqual(client.ask("ingest", cases[0][0])[0].error.code, "UNKNOWN_REQUEST")

    def test_divisions_are_rolled_up_and_what_is_missing_is_not_zero(self):
        duban, client = self.begin("2021-02-02T10:00:00+08:00", plan("410102", [SHARE, REVENUE]),
                                   plan("410103", [SHARE, REVENUE]), plan("4102", [SHARE]), plan("410202", [SHARE]))
        client.submit([
            money("a", "livelihood", "341964", "2020-12-31"), money("b", "spending", "443849", "2020-12-31"),
            money("c", "livelihood", "60", "2020-12-31", division="410103"),
            money("d", "spending", "100", "2020-12-31", division="410103"),
            money("e", "revenue", "544209", "2020-12-31"),
            money("f", "livelihood", "1", "2020-12-31", division="410202"),
            money("g", "spending", "1", "2020-12-31", division="410202"),
        ])
        duban.settle()
        def together(code, *arguments):
            rows = self.rows(duban, "roll-up", "--division", code, *arguments)
            return {r["indicator"]: (r["value"], r["numerator"], r["denominator"], r["known"], r["missing"]) for r in rows}
        self.assertEqual(together("4101"), {
            "livelihood-share": ("77.041281769", "342024", "443949", "410102 410103", ""),
            "revenue": ("544209", "544209", "1", "410102", "410103")})
        # The city 4102 has the indicator itself: it covers its district, and is missing.
        self.assertEqual(together("41", "--commitment", "livelihood-share"), {
            "livelihood-share": ("77.041281769", "342024", "443949", "410102 410103", "4102")})
        self.assertEqual(together("4102"), {"livelihood-share": ("100", "1", "1", "410202", "")})
        self.assertEqual(together("410102", "--year", "2020"), {})
        self.assertEqual(together("4101", "--as-of", "2019-12-31")["livelihood-share"], ("", "", "", "", "410102 410103"))
        self.assertEqual(duban.run("roll-up").status, 2)
        shown = duban.must("roll-up", "--division", "4101")
        self.assertIn("342024 ÷ 443949", shown)
        self.assertIn("77.04 %", shown)

        client.submit([money("h", "livelihood", "61", "2020-12-31", "another scope", division="410103"),
                       money("i", "spending", "101", "2020-12-31", "another scope", division="410103")])
        duban.settle()
        row = self.rows(duban, "roll-up", "--division", "4101", "--commitment", "livelihood-share")[0]
        self.assertEqual((row["incomparable"], row["value"], row["known"]), ("true", "", "410102 410103"))
        self.assertIn("not comparable 不可比", duban.must("roll-up", "--division", "4101"))
        self.verify(duban)

    def test_a_year_without_a_working_calendar_is_warned_of(self):
        duban, client = self.begin("2026-11-30T10:00:00+08:00", plan("410102", [REVENUE]))
        query = requests_pb2.IndicatorQuery()
        self.assertEqual(len(client.query("metrics", indicators=query).warnings), 0)
        self.assertEqual(duban.run("status").err, "")
        client.close()
        duban.stop()
        duban.freeze("2026-12-01T10:00:00+08:00")
        duban.start()
        duban.settle()  # until then metrics reads the log, and answers UNAVAILABLE
        client = self.connect(duban)
        warning, = client.query("metrics", indicators=query).warnings
        self.assertEqual(warning.code, "CALENDAR_MISSING")
        self.assertIn("2027", warning.text_zh)
        self.assertIn("2027", warning.text_en)
        done = duban.run("status")
        self.assertEqual(done.status, 0)
        self.assertIn("CALENDAR_MISSING", done.err)
        self.assertNotIn("CALENDAR_MISSING", done.out)


if __name__ == "__main__":
    unittest.main()
