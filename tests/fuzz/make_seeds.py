#!/usr/bin/python3
"""Writes the seeds that are no text: messages, GB18030, workbooks. Usage: make_seeds.py BUILD, a build folder that has the contract in Python."""

import io
import pathlib
import sys
import zipfile

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
sys.path.insert(0, str(pathlib.Path(sys.argv[1]).resolve() / "python"))
from duban.v1 import plan_pb2, publications_pb2, requests_pb2, updates_pb2  # noqa: E402

# The standard library has a module io, which hides the contract's io.cloudevents.
io.__path__ = [str(pathlib.Path(sys.argv[1]).resolve() / "python" / "io")]
from io.cloudevents.v1 import cloudevents_pb2  # noqa: E402

D, U = "410102", updates_pb2


def write(name, content):
    path = SEEDS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def field(number, content):
    """A field as the targets split their input: its number chooses the type."""
    tag, length = number << 3 | 2, len(content)
    return bytes([tag, length & 0x7f | 0x80, length >> 7]) + content


def sample_plan():
    """What tests/support/sample_plan.c knows, in its next revision."""
    share = plan_pb2.Indicator(rule="RULE_RATIO", unit="%", numerator=["livelihood"], denominator=["spending"], factor="100", offset="0")
    common = dict(theme="city", unit="parks", comparison="COMPARISON_AT_LEAST", hold="HOLD_BY_DEADLINE", start="2020-01-01", due="2020-12-31")
    return plan_pb2.Plan(
        division=D, year=2020, revision=2, name_zh="中原区工作计划", name_en="work plan", supervising_unit="office",
        rules=plan_pb2.Rules(lead_days=[30, 7], overdue_every_days=7, alert_minute=540, yellow_points="10", red_points="30", lead_working_days=[1]),
        units=[plan_pb2.Unit(id=i, name_zh="局", name_en="bureau") for i in ("office", "parks")],
        measures=[plan_pb2.Measure(id="green-area", name_zh="绿地", name_en="green", unit="平方米", kind="MEASURE_KIND_INCREMENT"),
                  *[plan_pb2.Measure(id=i, name_zh="支出", name_en="spent", unit="元", kind="MEASURE_KIND_CUMULATIVE") for i in ("spending", "livelihood")]],
        groups=[plan_pb2.Group(id="roads", name_zh="道路", name_en="roads",
                               milestones=[plan_pb2.Milestone(id=i, name_zh="节点", name_en="m") for i in ("started", "opened")])],
        commitments=[plan_pb2.Commitment(id="livelihood-share", name_zh="民生", name_en="share", indicator=share, target="75.5", baseline="-0.5",
                                         curve=[plan_pb2.CurvePoint(day="2020-06-30", percent="62.5")], cooperating_units=["office"], **common)],
        projects=[plan_pb2.Project(id="road-1", name_zh="一号路", name_en="one", unit="parks", groups=["roads"],
                                   deadlines=[plan_pb2.MilestoneDeadline(milestone="opened", due="2020-06-30")])])


PROJECT = plan_pb2.Project(id="road-2", name_zh="二号路", name_en="two", unit="parks", groups=["roads"])
REPORT = U.MeasurementReported(division=D, measure="green-area", value="1234.5", unit="万平方米", observed_on="2020-04-30", statistical_scope="全区")
UPDATES = [
    U.PlanPublished(plan=sample_plan()),
    U.ProjectRegistered(division=D, project=PROJECT),
    REPORT,
    U.MilestoneReached(division=D, project="road-1", milestone="opened", reached_on="2020-04-30", evidence="验收单"),
    U.ProjectSuspended(division=D, project="road-1", reason="资金未到位"),
    U.ProjectResumed(division=D, project="road-1", reason="resumed"),
    U.ProjectCancelled(division=D, project="road-1", reason="cancelled"),
    U.UpdateWithdrawn(division=D, id="2020-001", reason="填错"),
    U.TargetAdjusted(division=D, year=2020, commitment="greening", target="900000", decided_by="区政府", decided_on="2020-04-01"),
    U.ExtensionRequested(division=D, year=2020, commitment="greening", due="2021-03-31", reason="雨"),
    U.ExtensionDecided(division=D, request_source="/zhongyuan/parks", request_id="2020-010", granted=True, reason="同意"),
    U.AlertAcknowledged(division=D, alert="00112233445566778899aabbccddeeff", signed_by="张三"),
]


def event(data, id, **attributes):
    made = cloudevents_pb2.CloudEvent(id=id, source="/zhongyuan/parks", spec_version="1.0", type=data.DESCRIPTOR.full_name)
    made.proto_data.Pack(data)
    for name, value in attributes.items():
        made.attributes[name].ce_string = value
    return made


def stamped(data, id):
    made = event(data, id, sequence="00000000000000000042", subject="green-area")
    made.attributes["receivedtime"].ce_timestamp.seconds = 1588208400
    made.attributes["time"].ce_timestamp.nanos = 999999999
    return made


def messages():
    for number, data in enumerate(UPDATES, 1):
        write(f"update/{data.DESCRIPTOR.name}", field(number, data.SerializeToString()))
        write(f"event/{data.DESCRIPTOR.name}", event(data, f"2020-{number}", traceparent="00-1").SerializeToString())
    write("event/stamped", stamped(REPORT, "1").SerializeToString())
    batch = cloudevents_pb2.CloudEventBatch(events=[event(data, str(n)) for n, data in enumerate(UPDATES[1:])])
    request = requests_pb2.Request(request_id="1", submit=requests_pb2.SubmitRequest(dry_run=True))
    write("submission/reports", field(1, request.SerializeToString()) + field(2, batch.SerializeToString()))
    batch = cloudevents_pb2.CloudEventBatch(events=[event(UPDATES[0], "plan")])
    write("submission/plan", field(1, request.SerializeToString()) + field(2, batch.SerializeToString()))
    R = requests_pb2
    for kind, query in dict(submit=R.SubmitRequest(), replay=R.ReplayRequest(stream="updates", topic_prefix="update.41", after=7, limit=100),
                            head=R.HeadRequest(), indicators=R.IndicatorQuery(division=D, year=2020, as_of="2020-04-30"),
                            explain=R.ExplainQuery(division=D, year=2020, commitment="greening"), roll_ups=R.RollUpQuery(division="4101", year=2020),
                            deadlines=R.DeadlineQuery(division=D, unit="parks"), alerts=R.AlertQuery(division=D, phase="PHASE_OVERDUE"),
                            units=R.UnitQuery(division=D, year=2020)).items():
        write(f"request/{kind}", R.Request(request_id="q-1", **{kind: query}).SerializeToString())


def publications():
    P = publications_pb2
    indicator = P.IndicatorChanged(
        division=D, year=2020, revision=1, indicator="livelihood-share", unit="finance", as_of="2020-12-31", updates_sequence=9, numerator="341964",
        denominator="443849", value="77.045121021", value_unit="%", target="75", attainment="1.027268280", expected="1", colour="COLOUR_GREEN",
        reached=True, observed_on="2020-12-31", approved_target="75", approved_attainment="1.02726828", due="2020-12-31",
        forecast=P.Forecast(since="2020-06-30", weekly_pace="1.5", reached_on="2020-11-30", value_at_deadline="80", weekly_pace_needed="0.25"))
    alert = P.DeadlineAlert(
        division=D, year=2020, deadline="greening", version=1, unit="parks", supervising_unit="office", recipient="parks", commitment="greening",
        phase="PHASE_OVERDUE", occurrence=2, level="LEVEL_ORANGE", due="2020-04-30", days_left=-7, days_late=7, value="12.5", target="100",
        value_unit="平方米", text_zh="已逾期", text_en="overdue", skipped_alerts=["00ff"], silent_measures=["green-area"])
    digest = P.UnitDigest(division=D, year=2020, unit="parks", day="2020-05-07", asked=3, reminded=1,
                          items=[P.DigestItem(id="00ff", deadline="greening", phase="PHASE_DUE", level="LEVEL_YELLOW", text_zh="到期", text_en="due")])
    for number, message in enumerate([indicator, alert, digest], 1):
        write(f"standing/{message.DESCRIPTOR.name}", field(number, message.SerializeToString()))
    old = P.IndicatorChanged(division=D, year=2020, indicator="greening", unit="parks", as_of="2020-04-30", target="100", expected="0.5")
    write("standing/first-release", field(1, old.SerializeToString()))  # knew no approved target and no deadline
    old.year = 1952  # was read, though its end is no day that can be written
    write("standing/year-without-days", field(1, old.SerializeToString()))


SHEET = ('<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>'
         '<c r="D1" t="s"><v>3</v></c></row><row r="2"><c r="A2" t="s"><v>4</v></c><c r="B2"><v>1.1000000000000001</v></c>'
         '<c r="C2" t="inlineStr"><is><t>个</t><rPh sb="0" eb="1"><t>ge</t></rPh></is></c><c r="D2" s="1"><v>43951</v></c></row></sheetData></worksheet>')
PARTS = {
    "xl/worksheets/sheet1.xml": SHEET,
    "xl/sharedStrings.xml": "<sst>" + "".join(f"<si><t>{t}</t></si>" for t in ("measure", "value", "unit", "observed_on", "noise")) + "</sst>",
    "xl/styles.xml": '<styleSheet><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
    "xl/workbook.xml": '<workbook><sheets><sheet name="s" id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": "<Relationships>" + "".join(f'<Relationship Id="rId{n}" Type="r/{t}" Target="{p}"/>' for n, (t, p) in enumerate(
        [("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")], 1)) + "</Relationships>",
    "_rels/.rels": '<Relationships><Relationship Id="r" Type="r/officeDocument" Target="xl/workbook.xml"/></Relationships>',
}


def workbooks():
    for name, method in {"deflated": zipfile.ZIP_DEFLATED, "stored": zipfile.ZIP_STORED}.items():
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", method) as archive:
            for path, xml in PARTS.items():
                archive.writestr(zipfile.ZipInfo(path), xml, method)
        write(f"xlsx_file/{name}", content.getvalue())
    write("xlsx_file/before-2007", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(24))
    write("xlsx_parts/sheet", SHEET.encode())
    write("xlsx_parts/all", b"\0".join(xml.encode() for xml in PARTS.values()))


def tables():
    text = "计量项,数值（万元）,单位,日期,依据\r\nnoise,\"1,234.50\",个,2020年4月30日,㐀\r\n"
    write("report_file/gb18030.csv", text.encode("gb18030"))
    write("report_file/marked.csv", b"\xef\xbb\xbf" + text.encode())


if __name__ == "__main__":
    messages()
    publications()
    workbooks()
    tables()
