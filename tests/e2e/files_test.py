#!/usr/bin/env python3
"""The files of officials: the same facts in every form are the same reports, faults are told where they stand in the file, and
what duban writes is opened again by whoever reads such files, without a formula in it."""

import csv
import io
import os
import re
import subprocess
import unittest
import zipfile
from xml.etree import ElementTree

from harness import *

TODAY = "2020-03-02"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ENGLISH = ["type", "measure", "value", "unit", "observed_on", "evidence"]
CHINESE = ["类型", "计量项", "数值（个）", "计量单位", "数据日期", "依据"]


def csv_text(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def workbook(*rows):
    """A workbook with texts in place, numbers as they are, and days (as serial numbers) in a date's style."""
    def cell(place, value):
        if isinstance(value, datetime.date):
            return f'<c r="{place}" s="1"><v>{(value - datetime.date(1899, 12, 30)).days}</v></c>'
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'
    cells = "".join(f'<row r="{r}">' + "".join(cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row) if value != "") +
                    "</row>" for r, row in enumerate(rows, 1))
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'
                       "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns:r="{relation}"><sheets><sheet name="上报" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels":
            f'<Relationships><Relationship Id="b" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="c" Type="{relation}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="31"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return out.getvalue()


def forms(days):
    """The same facts, two for each day, as four offices send them."""
    facts = [(day, value) for day in days for value in ("1234.5", "0.3")]
    english = csv_text(ENGLISH, *(["MeasurementReported", "noise", v, "个", f"{d}", "月报"] for d, v in facts))
    dotted = csv_text(CHINESE, *(["数据上报", "noise", v.replace("1234", "1,234") + "0", "个", f"{d:%Y.%m.%d}", "月报"]
                                 for d, v in facts), [""] * 6)
    slashed = csv_text(CHINESE, *(["数据上报", " noise ", v, "个", f"{d.year}年{d.month}月{d.day}日", "月报"] for d, v in facts))
    sheet = workbook(CHINESE, *(["数据上报", "noise", 0.1 + 0.2 if v == "0.3" else float(v), "个", d, "月报"]
                                for d, v in facts))
    return {"utf-8.csv": english.encode(), "mark.csv": dotted.encode("utf-8-sig"), "gb18030.csv": slashed.encode("gb18030"),
            "book.xlsx": sheet}


def read_sheet(data):
    """The worksheet of a workbook, and its rows: by column, a text and whether it is a number."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        shared = ["".join(t.text or "" for t in item.iter(f"{MAIN}t"))
                  for item in ElementTree.fromstring(package.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        cells = {}
        for cell in row:
            value = cell.findtext(f"{MAIN}v")
            column = re.match(r"[A-Z]+", cell.get("r"))[0]
            if value is not None:
                cells[column] = (shared[int(value)], False) if cell.get("t") == "s" else (value, True)
        rows.append(cells)
    return sheet, rows


class Files(DubanTest):
    @classmethod
    def setUpClass(cls):
        cls.duban = Duban()
        cls.addClassCleanup(cls.duban.close)
        cls.duban.freeze(TODAY + "T10:00:00+08:00")
        cls.duban.start()
        cls.duban.apply(PLAN.replace("    zh: 新增座椅\n    en: New benches\n", "    zh: =1+1\n    en: '@SUM(A1)'\n"))

    def setUp(self):
        self.client = self.connect(self.duban)

    def submit(self, name, data, *options):
        done = self.duban.run("submit", "--division", "410102", *options, self.duban.file(name, data))
        found = re.search(r"(\d+) accepted( \(dry run\))?, (\d+) stored before, (\d+) not accepted", done.out)
        self.assertIsNotNone(found, done.out + done.err)
        return done, tuple(int(found[i]) for i in (1, 3, 4))

    def test_the_same_facts_in_every_form_are_the_same_reports(self):
        head = self.client.head("ingest").head
        for month, first in enumerate(forms([]), 1):
            files = forms([datetime.date(2019, month, day) for day in (1, 28)])
            done, counted = self.submit(first, files[first], "--dry-run")
            self.assertEqual((done.status, counted), (0, (4, 0, 0)), done.out)
            self.assertEqual(self.client.head("ingest").head, head)
            done, counted = self.submit(first, files[first])
            self.assertEqual((done.status, counted), (0, (4, 0, 0)), done.out)
            head += 4
            for name, data in files.items():
                with self.subTest(first=first, then=name):
                    for options in ([], ["--dry-run"]):
                        done, counted = self.submit(name, data, *options)
                        self.assertEqual((done.status, counted), (0, (0, 4, 0)), done.out)
                        self.assertEqual(len(re.findall(r":\d+:-: DUPLICATE - : 此前已存储 / stored before as sequence", done.out)), 4)
            self.assertEqual(self.client.head("ingest").head, head)
        values = {read_event(body)[1].value for body in self.client.replay("updates", after=1)[0]}
        self.assertLessEqual(values, {"1234.5", "0.3"})

    BAD = [CHINESE,
           ["数据上报", "noise", "1e3", "只", "2020-02-30", ""],
           ["数据上报", "noise", "1", "只", "2020-02-01", ""],
           ["节点", "noise", "1", "个", "2020-02-01", ""],
           ["数据上报", "colour", "1", "个", "2020-02-01", ""],
           ["数据上报", "noise", "1", "个", "2020-03-03", ""],
           ["数据上报", "noise", "", "个", "2020-02-01", ""]]

    def test_faults_are_told_by_row_and_column_in_both_languages(self):
        wanted = [("2", 3, "REJECTED", "INVALID_DECIMAL", "value", "数值（个）"),
                  ("2", 5, "REJECTED", "INVALID_DAY", "observed_on", "数据日期"),
                  ("3", 4, "QUARANTINED", "WRONG_UNIT", "data.unit", "计量单位"),
                  ("4", 1, "REJECTED", "UNKNOWN_TYPE", "type", "类型"),
                  ("5", 2, "QUARANTINED", "UNKNOWN_MEASURE", "data.measure", "计量项"),
                  ("6", 5, "QUARANTINED", "DAY_IN_FUTURE", "data.observed_on", "数据日期"),
                  ("7", 3, "REJECTED", "MISSING_FIELD", "value", "数值（个）")]
        line = re.compile(r"^\S+:(\d+):(\w+): (\w+) (\w+) (\S*): 「(.*?)」(.+) / \"(.*?)\" (.+)$", re.M)
        files = {"bad.csv": (csv_text(*self.BAD).encode("gb18030"), str),
                 "bad.xlsx": (workbook(*self.BAD), lambda number: chr(64 + number))}
        for name, (data, place) in files.items():
            for options in ([], ["--dry-run"]):
                with self.subTest(name, options=options):
                    done, counted = self.submit(name, data, *options)
                    self.assertEqual((done.status, counted), (1, (0, 0, 6)), done.out)
                    found = line.findall(done.out)
                    self.assertEqual([(row, column, *rest) for row, column, *rest in (f[:6] for f in found)],
                                     [(row, place(column), *rest) for row, column, *rest in wanted], done.out)
                    self.assertEqual([f[5] for f in found], [f[7] for f in found])
        self.assertIn("须为十进制数", done.out)
        self.assertIn("a decimal has at most", done.out)

    def test_what_is_no_such_file_stores_nothing(self):
        cases = {"colour.xlsx": (workbook(["计量项", "颜色"], ["noise", "1"]), "colour.xlsx:1:B: REJECTED UNKNOWN_FIELD 颜色: 「颜色」"),
                 "broken.xlsx": (workbook(["计量项"])[:100], "broken.xlsx:-:-: REJECTED INVALID_SYNTAX xlsx: "),
                 "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx without a password"),
                 "empty.xlsx": (workbook(), "empty.xlsx:1:-: REJECTED MISSING_FIELD header: "),
                 "neither.csv": (b"measure,value\nnoise,\xff\xff\n", "neither.csv:2:-: REJECTED INVALID_TEXT line: ")}
        for name, (data, wanted) in cases.items():
            with self.subTest(name):
                done = self.duban.run("submit", self.duban.file(name, data))
                self.assertEqual((done.status, done.out), (1, ""), done.out)
                self.assertIn(wanted, done.err)

    def binary(self, *arguments):
        return subprocess.run([BIN / "duban", *arguments], env=environment(**self.duban.settings), capture_output=True, check=True,
                              cwd=self.duban.directory).stdout

    def test_what_is_written_is_opened_again_without_formulas(self):
        self.client.submit([measured("b1", "benches", "12.5", "2020-02-10")])
        self.duban.settle()
        text = self.binary("status", "--commitment", "benches", "--format", "csv")
        self.assertTrue(text.startswith(b"\xef\xbb\xbfdivision,"))
        self.assertEqual(text.count(b"\r\n"), 2)
        row, = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
        self.assertEqual((row["division"], row["name_zh"], row["name_en"], row["value"]), ("410102", "'=1+1", "'@SUM(A1)", "12.5"))

        sheet, rows = read_sheet(self.binary("status", "--commitment", "benches", "--format", "xlsx"))
        self.assertEqual(len(rows), 2)
        self.assertEqual(list(sheet.iter(f"{MAIN}f")), [])
        self.assertEqual([pane.get("topLeftCell") for pane in sheet.iter(f"{MAIN}pane")], ["A2"])
        self.assertEqual(len(list(sheet.iter(f"{MAIN}autoFilter"))), 1)
        cells = {rows[0][column][0]: value for column, value in rows[1].items()}
        self.assertEqual(cells["目标任务"], ("=1+1", False))
        self.assertEqual(cells["division 行政区划"], ("410102", False))
        self.assertEqual(cells["value 精确值"], ("12.5", True))
        self.assertEqual(cells["TARGET 目标"], (">= 30 个", False))

    def test_every_table_is_written_as_a_workbook_but_not_to_a_terminal(self):
        for command in ("status", "deadlines", "alerts", "head"):
            with self.subTest(command):
                self.assertGreaterEqual(len(read_sheet(self.binary(command, "--format", "xlsx"))[1]), 1)
                master, terminal = os.openpty()
                done = subprocess.run([BIN / "duban", command, "--format", "xlsx"], env=environment(**self.duban.settings),
                                      stdout=terminal, stderr=subprocess.PIPE, check=False)
                os.close(terminal)
                os.close(master)
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"not written to a terminal", done.stderr)


if __name__ == "__main__":
    unittest.main()
