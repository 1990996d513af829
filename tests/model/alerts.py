"""The alert model: sections 5 to 7 of docs/domain.md, computed from the updates and the standings of one run.

Where the page can be read in two ways the reading taken stands beside the line, marked READING.
"""

import hashlib
import heapq
from fractions import Fraction

from records import (Disagreement, china_day, day_of, day_text, instant_text, midnight, number, year_of, SECOND)
from working_days import Calendar

UPCOMING, DUE, OVERDUE, MET, WITHDRAWN, PACE, SILENT, BREACH = (
    "upcoming", "due", "overdue", "met", "withdrawn", "pace", "silent", "breach")
BLUE, YELLOW, ORANGE, RED, NO_LEVEL = "LEVEL_BLUE", "LEVEL_YELLOW", "LEVEL_ORANGE", "LEVEL_RED", "LEVEL_UNSPECIFIED"

# The order at one instant.
CLOCK, MORNING, UPDATE, STANDING = range(4)

VARIANTS = ("make-up-day-ignored", "signature-stops-escalation", "silence-from-observed", "adjusted-target-ignored")


def id_of(*facts):
    return hashlib.sha256("/".join(map(str, facts)).encode()).hexdigest()[:32]


class Alert:
    """One copy of an alert, as the model decides it."""

    __slots__ = ("id", "at", "division", "year", "deadline", "version", "phase", "occurrence", "level", "unit", "supervising_unit",
                 "commitment", "recipient", "due", "days_left", "days_late", "value", "target", "withdrawn_alerts",
                 "silent_measures")


class Version:
    """What belongs to one version of a deadline and begins anew with the next."""

    def __init__(self, number, began, began_sequence):
        self.number, self.began, self.began_sequence = number, began, began_sequence
        self.recipients = []  # whoever got an alert, in order
        self.open = []  # (id, recipient) of the alerts that were not taken back or met
        self.counts = dict.fromkeys((PACE, SILENT, BREACH, MET), 0)
        self.trouble = 0
        self.broken = False
        self.met = False
        self.signed_overdue = set()
        self.signed_silent = False


class Deadline:
    """A commitment's, or a milestone's of a project."""

    def __init__(self, division, name):
        self.division, self.name = division, name
        self.year = self.unit = self.supervising_unit = self.commitment = self.plan = None
        self.due = None
        self.target_text = ""
        self.version = None
        self.versions = 0
        self.alive = False


class Promise(Deadline):
    """A commitment's deadline."""

    def __init__(self, division, name):
        super().__init__(division, name)
        self.adjustments = []  # (decided_on, sequence, target)
        self.extension = None
        self.standing = None
        self.came = None

    @property
    def goal(self):
        return self.facts["hold"] == "HOLD_BY_DEADLINE"

    def approve(self, facts, fresh):
        """A revision has it; `fresh` when the revision before had it not."""
        if fresh or number(facts["target"]) != number(self.facts["target"]):
            self.adjustments.clear()
        if fresh or facts["due"] != self.facts["due"]:
            self.extension = None
        self.facts = facts
        self.start = day_of(facts["start"])
        indicator = facts["indicator"]
        self.measures = list(dict.fromkeys((*indicator["numerator"], *indicator["denominator"])))

    def terms(self):
        """Day, target, comparison and hold in force. Whatever was decided holds already: nothing is decided in the future."""
        target = max(self.adjustments, key=lambda a: a[:2])[2] if self.adjustments else self.facts["target"]
        due = self.extension if self.extension is not None else day_of(self.facts["due"])
        return due, number(target), self.facts["comparison"], self.facts["hold"]


class Milestone(Deadline):
    """The deadline of one milestone of a project."""

    def __init__(self, division, name, project, milestone):
        super().__init__(division, name)
        self.project, self.milestone = project, milestone
        self.later = {milestone}  # it and those after it in its groups


class Project:
    def __init__(self):
        self.facts = None
        self.suspended = self.cancelled = False
        self.reports = {}  # milestone: [(sequence, day)], not withdrawn, as received
        self.milestones = {}  # milestone: its Milestone


class Plan:
    def __init__(self, division, year):
        self.division, self.year = division, year
        self.facts = None
        self.promises = []  # deadlines in the order of the plan
        self.all = {}
        self.last_morning = None  # day
        self.generation = 0
        self.counts = {}  # unit: Counts


class Counts:
    def __init__(self):
        self.items, self.changed = [], False
        self.asked = self.reminded = self.requested = self.granted = self.refused = 0
        self.signed = set()


class Division:
    def __init__(self):
        self.plans, self.projects = {}, {}
        self.last_received = {}  # measure: day


class Digest:
    __slots__ = ("id", "at", "division", "year", "unit", "day", "items", "asked", "reminded", "alerts_signed",
                 "extensions_requested", "extensions_granted", "extensions_refused")


class AlertModel:
    def __init__(self, run, variant=None):
        self.run = run
        self.variant = variant
        self.calendar = Calendar(make_up=variant != "make-up-day-ignored")
        self.divisions = {}
        self.milestones = []  # all, in order of coming
        self.alerts = {}  # id: Alert
        self.digests = {}
        self.deadline_of = {}  # alert id: (deadline, version, alert)
        self.requests = {}  # (source, id): (promise, counts, due)
        self.milestone_reports = {}  # sequence: (project, milestone)
        self.queue = []
        self.queued = 0

    # Time.

    def push(self, at, order, what):
        if at <= self.run.end:
            self.queued += 1
            heapq.heappush(self.queue, (at, order, self.queued, what))

    def compute(self):
        for event in self.run.updates:
            self.push(event.at, UPDATE, event)
        for event in self.run.standings:
            self.push(event.at, STANDING, event)
        while self.queue:
            self.at, order, _, what = heapq.heappop(self.queue)
            if order == MORNING:
                self.morning(*what)
            elif order == UPDATE:
                handler = getattr(self, "on_" + what.type, None)
                if handler:
                    handler(what, what.data)
            elif order == STANDING:
                self.on_standing(what)
            else:
                promise, version = what
                if promise.alive and promise.version is version:
                    self.judge(promise)
        return self

    def division(self, code):
        return self.divisions.setdefault(code, Division())

    # Mornings.

    def morning_at(self, plan, day):
        return midnight(day) + plan.facts["rules"]["alert_minute"] * 60 * SECOND

    def schedule(self, plan):
        """The next morning of a plan. READING: a day has one morning, also where a revision moves the time of day."""
        day = china_day(self.at)
        if self.morning_at(plan, day) <= self.at or day == plan.last_morning:
            day += 1
        self.push(self.morning_at(plan, day), MORNING, (plan, day, plan.generation))

    def morning(self, plan, day, generation):
        if generation != plan.generation:
            return
        plan.last_morning = day
        rules = plan.facts["rules"]
        for promise in plan.promises:
            self.promise_morning(promise, rules, day)
        for milestone in self.milestones:
            if milestone.plan is plan and milestone.alive and not milestone.version.met and \
                    not milestone.project.suspended:
                self.calendar_alerts(milestone, rules, day)
        self.digest_morning(plan, day)
        self.schedule(plan)

    def promise_morning(self, promise, rules, day):
        version, standing = promise.version, promise.standing
        if not promise.goal and day == promise.start:
            self.judge(promise)  # what is broken from the first is told on the first morning
        known = standing is not None and standing.data["value"] != ""
        holds = known and standing.data["reached"]
        if not version.met and (promise.goal or not holds):
            self.calendar_alerts(promise, rules, day)
        if promise.goal:
            trouble = self.trouble(standing) if known else 0
            # READING: trouble is remembered from every morning, also those on which nothing may be sent.
            if trouble > version.trouble and day < promise.due and not version.met:
                version.counts[PACE] += 1
                self.send(promise, PACE, version.counts[PACE], RED if trouble == 2 else YELLOW)
            version.trouble = trouble
        if day <= promise.due and not version.met and not version.signed_silent:
            self.silence(promise, day)

    @staticmethod
    def trouble(standing):
        data = standing.data
        if data["colour"] == "COLOUR_RED":
            return 2
        if data["colour"] == "COLOUR_YELLOW" or (data["forecast"] and data["forecast"]["misses"]):
            return 1
        return 0

    def silence(self, promise, day):
        asked, silent = False, []
        received = self.division(promise.division).last_received
        for measure in promise.measures:
            period = promise.plan.periods.get(measure, 0)
            if not period:
                continue
            since = day - max(received.get(measure, 0), promise.start - 1, promise.came)
            if since > period:
                silent.append(measure)
                asked = asked or (since - 1) % period == 0
        if asked:
            promise.version.counts[SILENT] += 1
            self.send(promise, SILENT, promise.version.counts[SILENT], YELLOW, silent=silent)

    def calendar_alerts(self, deadline, rules, day):
        if self.at <= deadline.version.began:
            return
        left = deadline.due - day
        if left > 0:
            if left in rules["lead_days"] or any(
                    self.calendar.lead_morning(deadline.due, k) == day for k in rules["lead_working_days"]):
                self.send(deadline, UPCOMING, left, BLUE)
        elif left == 0:
            self.send(deadline, DUE, 0, YELLOW)
        else:
            wanted = rules["escalate_after_working_days"]
            escalation = self.calendar.escalation_morning(deadline.due, wanted) if wanted else None
            every = rules["overdue_every_days"] or 1
            if (-left - 1) % every == 0 or day == escalation:
                self.send(deadline, OVERDUE, -left, RED if escalation is not None and day >= escalation else ORANGE)

    # Sending.

    def send(self, deadline, phase, occurrence, level, silent=(), late=0):
        recipients = [deadline.unit]
        if level == RED and deadline.supervising_unit != deadline.unit:
            recipients.append(deadline.supervising_unit)
        version = deadline.version
        for recipient in recipients:
            if phase == OVERDUE:
                if recipient in version.signed_overdue:
                    continue
                if self.variant == "signature-stops-escalation" and version.signed_overdue:
                    continue
            alert = self.alert(deadline, version, phase, occurrence, level, recipient, silent, late)
            if alert is None:
                continue
            version.open.append((alert.id, recipient))
            if recipient not in version.recipients:
                version.recipients.append(recipient)

    def close(self, deadline, days_late):
        """It is met: whoever got an alert of the version is told. READING: also who was told so before."""
        version = deadline.version
        if not version.recipients:
            return
        version.counts[MET] += 1
        for recipient in version.recipients:
            self.alert(deadline, version, MET, version.counts[MET], NO_LEVEL, recipient, (), days_late)
        version.open.clear()

    def withdraw(self, deadline):
        """The version ends. READING: only who has alerts that were not met is told, and of those that went to it."""
        version = deadline.version
        for recipient in version.recipients:
            taken = [id for id, to in version.open if to == recipient]
            if taken:
                self.alert(deadline, version, WITHDRAWN, 0, NO_LEVEL, recipient, (), 0, taken)
        version.open.clear()

    def alert(self, deadline, version, phase, occurrence, level, recipient, silent, late, withdrawn=()):
        facts = [deadline.division, deadline.year, deadline.name, version.number, phase, occurrence]
        if recipient != deadline.unit:
            facts.append(recipient)
        id = id_of(*facts)
        if id in self.alerts:
            return None
        a = Alert()
        a.id, a.at = id, self.at
        a.division, a.year, a.deadline, a.version = deadline.division, deadline.year, deadline.name, version.number
        a.phase, a.occurrence, a.level = phase, occurrence, level
        a.unit, a.supervising_unit, a.commitment, a.recipient = (
            deadline.unit, deadline.supervising_unit, deadline.commitment, recipient)
        a.due, a.days_left, a.days_late = deadline.due, deadline.due - china_day(self.at), late
        promise = isinstance(deadline, Promise)
        a.value = number(deadline.standing.data["value"]) if promise and deadline.standing else None
        a.target = deadline.terms_in_force[1] if promise else None
        a.withdrawn_alerts, a.silent_measures = set(withdrawn), list(silent)
        self.alerts[id] = a
        self.deadline_of[id] = (deadline, version)
        counts = self.counts_of(deadline.division, deadline.year, recipient)
        if counts:
            counts.items.append(id)
            if phase in (OVERDUE, SILENT) and occurrence > 1:
                counts.reminded += 1
            elif phase not in (MET, WITHDRAWN):
                counts.asked += 1
        return a

    # Digests.

    def counts_of(self, division, year, unit):
        plan = self.division(division).plans.get(year)
        return plan.counts.setdefault(unit, Counts()) if plan else None

    def digest_morning(self, plan, day):
        """READING: after the alerts of this morning's calendar, which are in it, and before what comes at the same instant."""
        for unit, counts in plan.counts.items():
            if not counts.items and not counts.changed:
                continue
            d = Digest()
            d.id, d.at = id_of(plan.division, plan.year, unit, "digest", day_text(day)), self.at
            d.division, d.year, d.unit, d.day = plan.division, plan.year, unit, day
            d.items, d.asked, d.reminded, d.alerts_signed = counts.items, counts.asked, counts.reminded, len(counts.signed)
            d.extensions_requested, d.extensions_granted, d.extensions_refused = (
                counts.requested, counts.granted, counts.refused)
            counts.items, counts.changed = [], False
            self.digests[d.id] = d

    # What updates decide.

    def begin(self, deadline, sequence):
        deadline.versions += 1
        deadline.version = Version(deadline.versions, self.at, sequence)
        deadline.alive = True

    def on_PlanPublished(self, event, data):
        facts = data["plan"]
        code, year = facts["division"], facts["year"]
        division = self.division(code)
        plan = division.plans.get(year)
        if plan is None:
            plan = division.plans[year] = Plan(code, year)
        moved = plan.facts is not None and plan.facts["rules"]["alert_minute"] != facts["rules"]["alert_minute"]
        first = plan.facts is None
        plan.facts = facts
        plan.periods = {m["id"]: m["reporting_days"] for m in facts["measures"]}
        before = plan.promises
        plan.promises = []
        names = {c["id"] for c in facts["commitments"]}
        for promise in before:
            if promise.name not in names:
                self.withdraw(promise)
                promise.alive = False
        for commitment in facts["commitments"]:
            promise = plan.all.get(commitment["id"])
            if promise is None:
                promise = plan.all[commitment["id"]] = Promise(code, commitment["id"])
                promise.year, promise.plan, promise.commitment = year, plan, commitment["id"]
            fresh = not promise.alive
            promise.approve(commitment, fresh)
            if fresh:
                promise.came = china_day(self.at)  # READING: on return it came into the plan anew
            self.renew(promise, event.sequence, commitment["unit"], facts["supervising_unit"])
            plan.promises.append(promise)
        if first or moved:
            plan.generation += 1
            self.schedule(plan)
        for project in facts["projects"]:
            self.register(code, project)
        for project in division.projects.values():
            self.refresh(code, project, event.sequence)

    def renew(self, promise, sequence, unit=None, supervising_unit=None):
        """After anything that may change its terms: a new version where it did."""
        terms = promise.terms()
        changed = not promise.alive or terms != promise.terms_in_force
        if promise.alive and changed:
            self.withdraw(promise)  # with the facts of the version that ends
        if unit is not None:
            promise.unit, promise.supervising_unit = unit, supervising_unit
        promise.terms_in_force = terms
        promise.due = terms[0]
        if changed:
            self.begin(promise, sequence)
        if not promise.goal and midnight(promise.due + 1) > self.at:
            # The end of its last day may change what is met without a new standing.
            self.push(midnight(promise.due + 1), CLOCK, (promise, promise.version))

    def promise(self, division, year, commitment):
        plan = self.division(division).plans.get(year)
        promise = plan.all.get(commitment) if plan else None
        return promise if promise and promise.alive else None

    def on_TargetAdjusted(self, event, data):
        promise = self.promise(data["division"], data["year"], data["commitment"])
        if promise and self.variant != "adjusted-target-ignored":
            promise.adjustments.append((day_of(data["decided_on"]), event.sequence, data["target"]))
            self.renew(promise, event.sequence)
            self.judge(promise)

    def on_ExtensionRequested(self, event, data):
        promise = self.promise(data["division"], data["year"], data["commitment"])
        if promise:
            counts = self.counts_of(promise.division, promise.year, promise.unit)
            counts.requested += 1
            counts.changed = True
            self.requests[event.source, event.id] = (promise, counts, day_of(data["due"]))

    def on_ExtensionDecided(self, event, data):
        promise, counts, due = self.requests.get((data["request_source"], data["request_id"]), (None, None, None))
        if promise is None:
            return
        counts.changed = True  # READING: of the unit that asked, although the plan may name another by now
        if data["granted"]:
            counts.granted += 1
            if promise.alive:
                promise.extension = due
                self.renew(promise, event.sequence)
        else:
            counts.refused += 1

    def on_AlertAcknowledged(self, event, data):
        alert = self.alerts.get(data["alert"])
        if alert is None:
            return
        counts = self.counts_of(alert.division, alert.year, alert.recipient)
        if counts and alert.id not in counts.signed:
            counts.signed.add(alert.id)
            counts.changed = True
        deadline, version = self.deadline_of[alert.id]
        # READING: a signature for a silent alert counts only while that alert's version lasts, as for an overdue one.
        if alert.phase == OVERDUE:
            version.signed_overdue.add(alert.recipient)
        elif alert.phase == SILENT:
            version.signed_silent = True

    def on_MeasurementReported(self, event, data):
        division = self.division(data["division"])
        measure = data["measure"]
        day = day_of(data["observed_on"]) if self.variant == "silence-from-observed" else china_day(self.at)
        division.last_received[measure] = max(day, division.last_received.get(measure, 0))
        for plan in division.plans.values():
            for promise in plan.promises:
                if promise.version.signed_silent and measure in promise.measures:
                    promise.version.signed_silent = False

    # Projects and their milestones.

    def register(self, code, facts):
        project = self.division(code).projects.setdefault(facts["id"], Project())
        project.facts = facts
        return project

    def on_ProjectRegistered(self, event, data):
        self.refresh(data["division"], self.register(data["division"], data["project"]), event.sequence)

    def refresh(self, code, project, sequence):
        """The deadlines of a project after anything about it or the plans has changed."""
        plans = self.division(code).plans
        promised = {} if project.cancelled else {d["milestone"]: day_of(d["due"]) for d in project.facts["deadlines"]}
        for name, milestone in project.milestones.items():
            if milestone.alive and (name not in promised or promised[name] != milestone.due):
                if not milestone.version.met:
                    self.withdraw(milestone)
                milestone.alive = name in promised
                milestone.version = None
        for name, due in promised.items():
            milestone = project.milestones.get(name)
            if milestone is None:
                milestone = Milestone(code, f"{project.facts['id']}/{name}", project, name)
                project.milestones[name] = milestone
                self.milestones.append(milestone)
            milestone.due = due
            self.place(milestone, plans)
            if milestone.version is None or not milestone.alive:
                self.begin(milestone, sequence)
        self.judge_project(project)

    @staticmethod
    def place(milestone, plans):
        """Year, plan, unit and commitment of a milestone's deadline, and what else reaches it."""
        facts = milestone.project.facts
        milestone.unit = facts["unit"]
        milestone.plan = next((plans[year] for year in sorted(plans)
                               if {g["id"] for g in plans[year].facts["groups"]} & set(facts["groups"])), None)
        orders = {}  # of the groups, as the newest plan has them
        for year in sorted(plans):
            orders.update((g["id"], [m["id"] for m in g["milestones"]]) for g in plans[year].facts["groups"])
        milestone.later, milestone.commitment, milestone.supervising_unit = {milestone.milestone}, "", ""
        for group in facts["groups"]:
            order = orders.get(group, [])
            if milestone.milestone in order:
                milestone.later.update(order[order.index(milestone.milestone):])
        if milestone.plan is None:
            milestone.year = year_of(milestone.due)
            return
        milestone.year = milestone.plan.year
        milestone.supervising_unit = milestone.plan.facts["supervising_unit"]
        orders = {g["id"]: [m["id"] for m in g["milestones"]] for g in milestone.plan.facts["groups"]}
        later = ""
        for commitment in milestone.plan.facts["commitments"]:
            group, counted = commitment["indicator"]["group"], commitment["indicator"]["milestone"]
            order = orders.get(group, [])
            if group not in facts["groups"] or counted not in order:
                continue
            if counted == milestone.milestone:
                milestone.commitment = commitment["id"]
                return
            if milestone.milestone in order and order.index(counted) > order.index(milestone.milestone):
                later = later or commitment["id"]
        milestone.commitment = later

    def judge_project(self, project):
        if project.suspended or project.cancelled:
            return
        for milestone in project.milestones.values():
            if not milestone.alive:
                continue
            days = [project.reports[m][-1][1] for m in milestone.later if project.reports.get(m)]
            if not days:
                milestone.version.met = False
            elif not milestone.version.met:
                milestone.version.met = True
                self.close(milestone, max(0, min(days) - milestone.due))

    def on_MilestoneReached(self, event, data):
        project = self.division(data["division"]).projects.get(data["project"])
        if project:
            project.reports.setdefault(data["milestone"], []).append((event.sequence, day_of(data["reached_on"])))
            self.milestone_reports[event.sequence] = (project, data["milestone"])
            self.judge_project(project)

    def on_UpdateWithdrawn(self, event, data):
        project, milestone = self.milestone_reports.get(event.withdraws, (None, None))
        if project:
            project.reports[milestone] = [r for r in project.reports[milestone] if r[0] != event.withdraws]
            self.judge_project(project)

    def on_ProjectSuspended(self, event, data):
        self.division(data["division"]).projects[data["project"]].suspended = True

    def on_ProjectResumed(self, event, data):
        project = self.division(data["division"]).projects[data["project"]]
        project.suspended = False
        self.judge_project(project)

    def on_ProjectCancelled(self, event, data):
        project = self.division(data["division"]).projects[data["project"]]
        project.cancelled = True
        self.refresh(data["division"], project, event.sequence)

    # What standings decide.

    def on_standing(self, event):
        data = event.data
        plan = self.division(data["division"]).plans.get(data["year"])
        promise = plan.all.get(data["indicator"]) if plan else None
        if promise is None:
            return
        promise.standing = event
        if promise.alive:
            self.judge(promise)

    @staticmethod
    def is_about(promise):
        """What was changed and changed back in one batch ends where it began; no standing follows."""
        data, (due, target, *_) = promise.standing.data, promise.terms_in_force
        return (data["revision"] == promise.plan.facts["revision"] and number(data["target"]) == target
                and day_of(data["due"]) == due)

    def judge(self, promise):
        version, standing = promise.version, promise.standing
        if standing is None or (standing.data["updates_sequence"] < version.began_sequence and not self.is_about(promise)):
            return  # a changed version waits for the standing that follows it
        data = standing.data
        known, reached = data["value"] != "", data["reached"]
        day = china_day(self.at)
        late = max(0, day_of(data["observed_on"]) - promise.due) if known else 0
        if promise.goal:
            if known and reached:
                if not version.met:
                    version.met = True
                    self.close(promise, late)
            else:
                version.met = False  # READING: met is what is reached now, not what was once
        elif day > promise.due:
            if known and reached and not version.met:
                self.close(promise, late)
            version.met = known and reached
        elif day >= promise.start:
            version.met = False
            if known and not reached and not version.broken:
                version.broken = True
                version.counts[BREACH] += 1
                self.send(promise, BREACH, version.counts[BREACH], RED)
            elif known and reached and version.broken:
                version.broken = False
                self.close(promise, late)


# Comparison with what was sent.


def plain(value):
    """A value as people read it."""
    if isinstance(value, Fraction):
        return str(int(value)) if value.denominator == 1 else f"{float(value):.9f}".rstrip("0")
    if isinstance(value, set):
        return "{" + ", ".join(sorted(value)) + "}"
    return "nothing" if value is None else repr(value) if isinstance(value, (list, str)) else str(value)


def compare(run, variant=None):
    """All disagreements between the model and the alerts and digests of a run, oldest first."""
    model = AlertModel(run, variant).compute()
    skipped = {id for event in run.alerts for id in event.data["skipped_alerts"]}
    out = []

    def disagree(at, what, field, expected, found):
        out.append((at, Disagreement(run.name, what, instant_text(at), field, plain(expected), plain(found))))

    def name_of(alert):
        to = "" if alert.recipient == alert.unit else f" to {alert.recipient}"
        return f"{alert.division}/{alert.year}/{alert.deadline}/{alert.version} {alert.phase} {alert.occurrence}{to}"

    found = {}
    order = {}
    for event in run.alerts:
        order[event.id] = event.sequence
        data = event.data
        what = (f"{data['division']}/{data['year']}/{data['deadline']}/{data['version']} "
                f"{data['phase'].removeprefix('PHASE_').lower()} {data['occurrence']}")
        if event.id in found:
            disagree(event.due, what, "id", "sent once", "sent twice")
        found[event.id] = event
        alert = model.alerts.get(event.id)
        if alert is None:
            disagree(event.due, what + f" to {data['recipient']}", "alert", "none", "sent")
            continue
        pairs = (
            ("time", instant_text(alert.at), instant_text(event.due)), ("division", alert.division, data["division"]),
            ("year", alert.year, data["year"]), ("deadline", alert.deadline, data["deadline"]),
            ("version", alert.version, data["version"]), ("phase", "PHASE_" + alert.phase.upper(), data["phase"]),
            ("occurrence", alert.occurrence, data["occurrence"]), ("level", alert.level, data["level"]),
            ("unit", alert.unit, data["unit"]), ("recipient", alert.recipient, data["recipient"]),
            ("supervising_unit", alert.supervising_unit, data["supervising_unit"]),
            ("commitment", alert.commitment, data["commitment"]), ("due", day_text(alert.due), data["due"]),
            ("days_left", alert.days_left, data["days_left"]), ("days_late", alert.days_late, data["days_late"]),
            ("value", alert.value, number(data["value"])), ("target", alert.target, number(data["target"])),
            ("withdrawn_alerts", alert.withdrawn_alerts - skipped, set(data["withdrawn_alerts"]) - skipped),
            ("silent_measures", alert.silent_measures, list(data["silent_measures"])))
        for field, expected, actual in pairs:
            if expected != actual:
                disagree(event.due, name_of(alert), field, expected, actual)
    for alert in model.alerts.values():
        if alert.id not in found and alert.id not in skipped:
            disagree(alert.at, name_of(alert), "alert", f"{alert.level} to {alert.recipient}", None)

    seen = set()
    for event in run.digests:
        data = event.data
        what = f"digest {data['division']}/{data['year']}/{data['unit']} of {data['day']}"
        if event.id in seen:
            disagree(event.due, what, "id", "sent once", "sent twice")
        seen.add(event.id)
        digest = model.digests.get(event.id)
        if digest is None:
            disagree(event.due, what, "digest", "none", "sent")
            continue
        items = [item["id"] for item in data["items"]]
        pairs = [("time", instant_text(digest.at), instant_text(event.due)), ("unit", digest.unit, data["unit"]),
                 ("day", day_text(digest.day), data["day"]),
                 ("items", set(digest.items) - skipped, set(items) - skipped),
                 ("order of items", sorted(items, key=lambda id: order.get(id, 0)), items)]
        pairs += [(name, getattr(digest, name), data[name]) for name in (
            "asked", "reminded", "alerts_signed", "extensions_requested", "extensions_granted", "extensions_refused")]
        for field, expected, actual in pairs:
            if expected != actual:
                disagree(event.due, what, field, expected, actual)
    for digest in model.digests.values():
        if digest.id not in seen and not (digest.items and set(digest.items) <= skipped):
            disagree(digest.at, f"digest {digest.division}/{digest.year}/{digest.unit} of {day_text(digest.day)}", "digest",
                     f"{len(digest.items)} items", None)
    out.sort(key=lambda entry: entry[0])
    return [entry[1] for entry in out]
