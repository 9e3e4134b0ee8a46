"""The season at a glance: what the schedule has done and will do, who is missing, what waits for whom, what goes out.

Numbers and names of units only; of a count of fewer than five people it is said that they are fewer. Each part is read
in a query or two, whatever the number of units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bulletins.editions import waiting
from bulletins.honour_models import Story
from consortium.disclosure import MINIMUM_RESPONSES_TO_RANK, MINIMUM_SHOWN
from consortium.periods import Period
from consortium.units import all_units, unit_names, zone
from evaluation.alerts import open_alerts
from evaluation.follow_up_models import WrittenExplanation
from evaluation.missing_readings import missing_readings
from evaluation.office_models import Action, ResultApproval
from evaluation.signatures import count_unsigned
from locales.errors import DomainError
from outbox.models import Delivery
from outbox.policy import HELD, OWED, REFUSED, UNCERTAIN
from scheduler.jobs import timetable_of
from scheduler.models import Occurrence, OfficeAct
from scheduler.occurrences import DONE, DUE, FAILED, RUNNING, SKIPPED
from scheduler.timetable import DAILY, due

LATE_AFTER = timedelta(hours=1)
AHEAD = timedelta(days=35)
REFRESHED_EVERY = 30
"""Seconds after which the page that stays open is drawn anew: its counts are never older."""

NEXT, LATE = "next", "late"
_MARKS = {DONE: "is-good", NEXT: "", LATE: "is-waiting", DUE: "is-waiting", RUNNING: "is-waiting", FAILED: "is-bad",
          SKIPPED: ""}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One run on the timeline; `outcome` is the ledger's code, "" for what is to come."""

    job: str
    period: str
    at: datetime
    state: str
    outcome: str

    @property
    def mark(self) -> str:
        return _MARKS[self.state]


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits: how many, for whom (a role's code), and where it is done."""

    name: str
    count: int
    whom: str
    address: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What one unit still owes. `few_answers` is whether too few have answered for a rank so far."""

    code: str
    name: str
    ballots: int
    readings: int
    explanations: int
    few_answers: bool


def timeline(session: Session, now: datetime) -> tuple[list[Moment], list[Moment]]:
    """The steps of the months in work with the steps to come, in the order of time; and each daily job's latest run."""
    place = zone(session)
    running = Period.month_of(now, place)
    months = (str(running.previous()), str(running))
    rows = session.scalars(
        select(Occurrence)
        .where(Occurrence.period.in_(months), Occurrence.job.not_in(DAILY))
        .order_by(Occurrence.due_at, Occurrence.job)
    )
    steps = [_moment(row, now) for row in rows]
    latest = select(Occurrence.job, func.max(Occurrence.due_at).label("at")).where(Occurrence.job.in_(DAILY))
    newest = latest.group_by(Occurrence.job).subquery()
    daily = session.scalars(
        select(Occurrence).join(newest, (Occurrence.job == newest.c.job) & (Occurrence.due_at == newest.c.at))
    )
    try:
        runs = due(timetable_of(session), after=now, until=now + AHEAD, zone=place)
    except DomainError:  # it says so in the log at every look; here there is nothing to come
        runs = ()
    known = {(each.job, each.at) for each in steps}
    ahead = [
        Moment(run.job, str(run.period), run.due_at, NEXT, "")
        for run in runs
        if run.job not in DAILY and (run.job, run.due_at) not in known
    ]
    return [*steps, *ahead], sorted((_moment(row, now) for row in daily), key=lambda each: each.at)


def _moment(row: Occurrence, now: datetime) -> Moment:
    state = row.state
    if state == DUE:
        state = LATE if now - row.due_at > LATE_AFTER or row.failures else DUE if row.due_at <= now else NEXT
    return Moment(row.job, row.period, row.due_at, state, row.outcome or "")


def lacks(
    session: Session, *, now: datetime, language: str, done: Mapping[str, int], answers: Mapping[str, int]
) -> list[Lack]:
    """The units that owe something. `done` are ballots that are missing by unit, `answers` those sent this month."""
    before = Period.month_of(now, zone(session)).previous()
    readings = Counter(each.unit_code for each in missing_readings(session, before))
    asked = session.execute(
        select(WrittenExplanation.unit_code, func.count())
        .where(WrittenExplanation.state.in_(("asked", "returned")))
        .group_by(WrittenExplanation.unit_code)
    )
    explanations = Counter({row[0]: row[1] for row in asked})
    names = unit_names(session, language)
    found = [
        Lack(
            code=unit.code,
            name=names.get(unit.code, unit.code),
            ballots=done.get(unit.code, 0),
            readings=readings[unit.code],
            explanations=explanations[unit.code],
            few_answers=unit.code in answers and answers[unit.code] < MINIMUM_RESPONSES_TO_RANK,
        )
        for unit in all_units(session)
    ]
    return [each for each in found if each.ballots or each.readings or each.explanations or each.few_answers]


def tasks(session: Session, *, now: datetime) -> list[Task]:
    """What waits for somebody, by role; nothing that waits for nobody."""
    states = Counter(each.state for each in waiting(session))
    found = (
        Task("drafts", states["draft"], "office", "/office/bulletins"),
        Task("proposals", states["proposed"], "office", "/office/bulletins"),
        Task("acts", _count(session, OfficeAct, "proposed", until=now), "office", "/office/acts"),
        Task("explained", _count(session, WrittenExplanation, "given"), "office", "/office/explanations"),
        Task("alerts", len(open_alerts(session)), "office", "/office/alerts"),
        Task("stories", _count(session, Story, "offered"), "office", "/office/stories"),
        Task("approvals", _count(session, ResultApproval, "open"), "committee", "/office/approvals"),
        Task("signatures", count_unsigned(session), "accountant", "/office/signatures"),
        Task("actions", _count(session, Action, "open"), "head", "/actions"),
    )
    return [task for task in found if task.count]


def _count(
    session: Session,
    model: type[OfficeAct | WrittenExplanation | Story | ResultApproval | Action],
    state: str,
    *,
    until: datetime | None = None,
) -> int:
    rows = select(func.count()).select_from(model).where(model.state == state)
    if until is not None:
        rows = rows.where(OfficeAct.expires_at > until)
    return session.scalar(rows) or 0


def deliveries_by_channel(session: Session) -> list[tuple[str, dict[str, int]]]:
    """By channel: how many wait, are in doubt, were refused; channels on which all is well are left out."""
    shown = (OWED, UNCERTAIN, HELD, REFUSED)
    rows = session.execute(
        select(Delivery.channel, Delivery.state, func.count())
        .where(Delivery.state.in_(shown))
        .group_by(Delivery.channel, Delivery.state)
    )
    found: dict[str, dict[str, int]] = {}
    for channel, state, count in rows:
        found.setdefault(channel, dict.fromkeys(shown, 0))[state] = count
    return sorted(found.items())


def shown_count(count: int) -> str:
    """A number of people: from five on as it is; of fewer, that they are fewer."""
    return str(count) if count == 0 or count >= MINIMUM_SHOWN else f"<{MINIMUM_SHOWN}"


def shown_total(counts: Sequence[int]) -> str:
    """The sum of what is shown by unit, with a sign where some is not: subtraction finds no hidden number."""
    shown = sum(count for count in counts if count >= MINIMUM_SHOWN)
    return f"{shown}+" if any(0 < count < MINIMUM_SHOWN for count in counts) else str(shown)
