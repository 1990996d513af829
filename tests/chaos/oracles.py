"""What must be true in the end, whoever was killed. Reads the tables as their owner; shares no code with the services.

Each finding is (kind, text); the kinds are what the table of a run counts.
"""

import collections
import copy
import datetime
import json
import hashlib

from common import STREAMS, cloudevents_pb2, publications_pb2, updates_pb2  # first: it says where the models are

import alerts
import indicators
from records import Event, Run
from witnesses import DIVISION

KINDS = ("lost", "duplicated", "gap", "chain", "receipt", "quarantine", "indicator", "alert missed", "alert doubled", "alert wrong",
         "subscriber", "rights", "verify", "service")
Row = collections.namedtuple("Row", "sequence source id type topic received digest body")
NUMBER = {"updates": 1, "indicators": 2, "alerts": 3}


class Log:
    """The three streams as they stand in the tables."""

    def __init__(self, duban):
        self.rows = {stream: [] for stream in STREAMS}
        names = {number: stream for stream, number in NUMBER.items()}
        for stream, *cells in duban.sql(
                "SELECT stream, sequence, source, id, type, topic, (extract(epoch FROM received) * 1000000)::bigint, "
                "encode(digest, 'hex'), encode(body, 'hex') FROM duban.event ORDER BY stream, sequence"):
            sequence, source, id, type, topic, received, digest, body = cells
            self.rows[names[int(stream)]].append(
                Row(int(sequence), source, id, type, topic, int(received), bytes.fromhex(digest), bytes.fromhex(body)))
        self.heads = {names[int(id)]: (int(head), bytes.fromhex(digest)) for id, head, digest in duban.sql(
            "SELECT id, head, encode(digest, 'hex') FROM duban.stream")}
        self.quarantine = {tuple(row) for row in duban.sql("SELECT source, id, encode(content, 'hex') FROM duban.quarantine")}
        self.indicators = {(division, int(year), indicator): row for division, year, indicator, *row in duban.sql(
            "SELECT division, year, indicator, value, colour, updates_sequence FROM duban.indicator")}


def examine_chain(log):
    """Gap-free sequences, one event for each identity, the digest chain, and bodies that say what their rows say."""
    for stream, rows in log.rows.items():
        digest, seen = bytes(32), {}
        for expected, row in enumerate(rows, 1):
            if row.sequence != expected:
                yield "gap", f"{stream}: {row.sequence} where {expected} should be"
                break
        for row in rows:
            digest = hashlib.sha256(digest + row.body).digest()
            if row.digest != digest:
                yield "chain", f"{stream} {row.sequence}: another digest"
                break
        for row in rows:
            if (row.source, row.id) in seen:
                kind = "alert doubled" if stream == "alerts" else "duplicated"
                yield kind, f"{stream}: {row.source} {row.id} at {seen[row.source, row.id]} and {row.sequence}"
            seen[row.source, row.id] = row.sequence
            stored = cloudevents_pb2.CloudEvent.FromString(row.body)
            received = stored.attributes["receivedtime"].ce_timestamp.ToMicroseconds()
            if (stored.id, stored.source, int(stored.attributes["sequence"].ce_string), received) != (
                    row.id, row.source, row.sequence, row.received):
                yield "chain", f"{stream} {row.sequence}: the body says something else than the row"
        if log.heads[stream] != ((rows[-1].sequence, rows[-1].digest) if rows else (0, bytes(32))):
            yield "gap", f"{stream}: the head is not at the last event"


def examine_vendors(log, vendors):
    """Every acknowledged event is in the log where its receipt says; what was refused is in quarantine; no receipt was a lie."""
    found = {(row.source, row.id): row for row in log.rows["updates"]}
    for vendor in vendors:
        for id, receipt in vendor.receipts.items():
            row = found.get((vendor.source, id))
            if row is None:
                yield "lost", f"{id} was acknowledged as {receipt.sequence}"
            elif (row.sequence, row.digest) != receipt:
                yield "receipt", f"{id} was acknowledged as {receipt.sequence} and is {row.sequence}, or its digest is another"
        for id, content in vendor.refused:
            if (vendor.source, id, content) not in log.quarantine:
                yield "quarantine", f"{id} was refused and is not in quarantine"
        if vendor.unanswered:
            yield "service", f"{vendor.name} is not answered any more"
        for fault in vendor.faults:
            yield "receipt", fault


def examine_subscriber(log, subscriber):
    for stream, heard in subscriber.streams.items():
        rows = {row.sequence: row.body for row in log.rows[stream]}
        missing = rows.keys() - heard.events.keys()
        if missing:
            yield "subscriber", f"{stream}: {len(missing)} events were not heard, first {min(missing)}"
        for sequence, body in heard.events.items():
            if rows.get(sequence) != body:
                yield "subscriber", f"{stream} {sequence}: published, and not so in the log"
    for fault in subscriber.faults:
        yield "subscriber", fault


# The models.


def plain(message):
    """A message as the models read it: every field, enumerations by name, null for a message that is not there."""
    out = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is None:
            one = (lambda v, names=field.enum_type.values_by_number: names[v].name) if field.enum_type else (lambda v: v)
        else:
            one = plain
        if field.label == field.LABEL_REPEATED:
            out[field.name] = [one(v) for v in value]
        else:
            out[field.name] = None if field.message_type and not message.HasField(field.name) else one(value)
    return out


def text_of(instant_us):
    whole = datetime.datetime.fromtimestamp(instant_us // 1_000_000, datetime.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{instant_us % 1_000_000:06}Z"


def record(row):
    stored = cloudevents_pb2.CloudEvent.FromString(row.body)
    name = row.type.removeprefix("duban.v1.")
    data = (getattr(updates_pb2, name, None) or getattr(publications_pb2, name)).FromString(stored.proto_data.value)
    out = {"sequence": row.sequence, "id": row.id, "source": row.source, "type": row.type, "received": text_of(row.received),
           "data": plain(data)}
    if "time" in stored.attributes:
        out["time"] = text_of(stored.attributes["time"].ce_timestamp.ToMicroseconds())
    if "withdraws" in stored.attributes:
        out["withdraws"] = int(stored.attributes["withdraws"].ce_string)
    return out


def run_of(log, end_us):
    """The log as the models take it."""
    lines = [json.dumps(record(row), ensure_ascii=False) for rows in log.rows.values() for row in rows]
    return Run([*lines, json.dumps({"end": text_of(end_us)})], "chaos")


def examine_indicators(log, run, conninfo):
    """Every standing of the story is what SQL computes from the log, and the table has the last ones."""
    story = copy.copy(run)
    story.updates = [event for event in run.updates if (event.data.get("plan") or event.data)["division"] != DIVISION]
    story.standings = [event for event in run.standings if event.data["division"] != DIVISION]
    for disagreement in indicators.compare([story], conninfo)[0]:
        yield "indicator", str(disagreement)
    last = {}
    for event in run.standings:
        data = event.data
        last[data["division"], data["year"], data["indicator"]] = data
    for key, data in last.items():
        value, colour, sequence = log.indicators.get(key, (None, None, None))
        if (value or "", f"COLOUR_{(colour or '').upper()}", sequence) != (data["value"], data["colour"], str(data["updates_sequence"])):
            yield "indicator", f"{key}: the table has {value} {colour} {sequence}"


def figures_of_flood(run):
    """What each measure of the vendors comes to after all that was received at one instant: [(sequence, {measure: figure})].

    Of several reports for one day the last received counts, unless it is withdrawn; the days are added up.
    """
    days = collections.defaultdict(lambda: collections.defaultdict(dict))  # measure: day: {sequence: value}
    place, received = {}, {}
    last = {event.at: event.sequence for event in run.updates}  # of all that were received at one instant
    for event in run.updates:
        if event.type == "MeasurementReported" and event.data["division"] == DIVISION:
            reports = days[event.data["measure"]][event.data["observed_on"]]
            reports[event.sequence] = int(event.data["value"])
            place[event.sequence] = reports
        elif event.type == "UpdateWithdrawn" and event.data["division"] == DIVISION:
            place[event.withdraws].pop(event.withdraws, None)
        else:
            continue
        received[event.at] = (last[event.at], {
            measure: sum(next(reversed(reports.values())) for reports in of.values() if reports) for measure, of in days.items()})
    return received.values()


def examine_flood(run):
    """The sums of the vendors' reports, of which there are too many for the model: each change was told, and each figure is right."""
    told = {(event.data["indicator"], event.data["updates_sequence"]): event.data["value"]
            for event in run.standings if event.data["division"] == DIVISION}
    before = {}
    for sequence, figures in figures_of_flood(run):
        for measure, figure in figures.items():
            if before.get(measure) != figure and told.get((measure, sequence)) != str(figure):
                yield "indicator", f"{measure} is {figure} since {sequence}, and what was told is {told.get((measure, sequence))}"
        before = figures


def examine_alerts(run):
    model = alerts.AlertModel(run).compute()
    skipped = {id for event in run.alerts for id in event.data["skipped_alerts"]}
    sent = {event.id for event in run.alerts}
    for id in model.alerts.keys() - sent - skipped:
        yield "alert missed", id
    for disagreement in alerts.compare(run):
        if disagreement.field != "alert" or disagreement.found != "nothing":  # those are named above
            yield "alert wrong", str(disagreement)


def examine(log, vendors, subscriber, end_us, conninfo):
    """All findings."""
    found = [*examine_chain(log), *examine_vendors(log, vendors), *examine_subscriber(log, subscriber)]
    try:
        run = run_of(log, end_us)
        found += [*examine_indicators(log, run, conninfo), *examine_flood(run), *examine_alerts(run)]
    except Exception as error:  # a log that is broken enough is one that no model can read
        found.append(("indicator", f"the models cannot read the log: {error!r}"))
    return found
