"""Casting a ballot 评分票 (rules 21 and 22): the rater is the unit, any of its representatives casts or replaces.

Knows marks only while a call lasts: they are sealed before anything is written, or were sealed by the rater's own page
already. What is stored is a random id with a sealed text and, apart from it, that the unit has scored one more time.
The audit names the unit, the round and the day, neither the target nor the marks. Cast marks cannot be shown again to
anyone; a new ballot replaces the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, Actor, may_cast_ballot, require
from locales.errors import DomainError
from reviews.ballot_store import put_ballots, store_name
from reviews.comments import tidy_comment
from reviews.criteria import are_legal_marks
from reviews.models import Assignment, ReviewRound
from reviews.panel_models import Panel, PanelTask
from reviews.rounds import day_of, local_time, open_round_of, subject, takes_ballots
from reviews.sealing import BallotContent, ballot_token, looks_sealed, receipt_of, seal
from storage.audit import record

Votes = TypeVar("Votes", ReviewRound, Panel)


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """One scoring task 评分任务 as its rater sees it; `done` tells that a ballot was cast, not what it said."""

    id: int
    period: str
    rater: str
    target: str
    target_name: dict[str, str]
    done: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """Marks that came in clear and are sealed here, at the door. `counter`: as in `Sealed`; None takes the next."""

    assignment_id: int
    marks: str = field(repr=False)
    comment: str = field(default="", repr=False)
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ballot that its rater's own page sealed. `counter` is the number of the cast that the page knew to be next."""

    assignment_id: int
    counter: int
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a cast ballot 回执: derived from the sealed text, stored nowhere."""

    code: str


def assignments_of(session: Session, *, period: Period, unit_code: str) -> list[AssignmentView]:
    """The tasks of a unit in the month's round, in the order of the units."""
    rows = session.execute(
        select(Assignment.id, Assignment.target, Unit.name, Assignment.casts)
        .join(Unit, Unit.code == Assignment.target)
        .where(Assignment.period == str(period), Assignment.rater == unit_code)
        .order_by(Unit.position, Assignment.id)
    )
    return [
        AssignmentView(id_, str(period), unit_code, target, name, done=casts > 0) for id_, target, name, casts in rows
    ]


def next_assignment(
    session: Session, *, period: Period, unit_code: str, after: int | None = None
) -> AssignmentView | None:
    """The unit's next task that is not done: the first one behind the assignment `after`, else from the start again."""
    tasks = assignments_of(session, period=period, unit_code=unit_code)
    start = next((place for place, task in enumerate(tasks, start=1) if task.id == after), 0)
    return next((task for task in tasks[start:] + tasks[:start] if not task.done), None)


def task_of(session: Session, *, actor: Actor, assignment_id: int, now: datetime) -> AssignmentView:
    """The task, if the actor may cast a ballot for it now.

    Errors: `not_allowed` (no representative), `assignment_unknown` (also for another unit's), `round_closed` with the
    date.
    """
    require(REPRESENTATIVE in actor.roles)
    row = session.execute(
        select(Assignment.period, Assignment.rater, Assignment.target, Unit.name, Assignment.casts)
        .join(Unit, Unit.code == Assignment.target)
        .where(Assignment.id == assignment_id)
    ).one_or_none()
    if row is None or not may_cast_ballot(actor, row.rater):
        raise DomainError("assignment_unknown")
    _voting_round(session, row.period, now)
    return AssignmentView(assignment_id, row.period, row.rater, row.target, row.name, done=row.casts > 0)


def cast_ballots(
    session: Session, *, actor: Actor, ballots: Sequence[Marked | Sealed], ids: Sequence[str], now: datetime
) -> list[Receipt]:
    """Store ballots of one unit, in the order given; each replaces the unit's earlier one for the same target.

    `ids` are as many random texts that say nothing. All are stored or none. Errors: those of `task_of`,
    `ballot_already_sent` (a ballot for the same target came in between), `marks_invalid`, `comment_too_long` and
    `ballot_malformed`, none of which repeats what was sent.
    """
    receipts, stored = [], {}
    tasks = [task_of(session, actor=actor, assignment_id=each.assignment_id, now=now) for each in ballots]
    for task in tasks[:1]:
        round_ = _voting_round(session, task.period, now)
        for each, of, id_ in zip(ballots, tasks, ids, strict=True):
            stored[id_] = _sealed(session, round_, of, each, now)
            receipts.append(Receipt(code=receipt_of(stored[id_])))
        put_ballots(session, store_name(task.period), stored)
        _record_cast(session, actor, tasks, day_of(session, now))
    return receipts


def cast_ballot(
    session: Session,
    *,
    actor: Actor,
    assignment_id: int,
    marks: str,
    ballot_id: str,
    now: datetime,
    comment: str = "",
) -> Receipt:
    """One ballot sealed here. `marks` is one of 1–5 a criterion, or one dash a criterion for "no dealings"."""
    ballot = Marked(assignment_id, marks, comment)
    return cast_ballots(session, actor=actor, ballots=[ballot], ids=[ballot_id], now=now)[0]


def blank_ballots(session: Session, *, actor: Actor, unit_code: str, now: datetime) -> list[BallotContent]:
    """The ballots a unit may cast now, without marks: what a page needs to seal them itself. [] without a round.

    Each is good for one cast: when a ballot for the same target came in between, the page asks for new ones.
    """
    require(may_cast_ballot(actor, unit_code))
    round_ = open_round_of(session)
    if round_ is None or not takes_ballots(round_, now):
        return []
    period = Period.parse(round_.period)
    tasks = assignments_of(session, period=period, unit_code=unit_code)
    casts = _casts(session, round_.period, unit_code)
    return [_blank(round_, task, casts[task.id] + 1, now) for task in tasks]


def _sealed(session: Session, round_: ReviewRound, task: AssignmentView, ballot: Marked | Sealed, now: datetime) -> str:
    """The sealed text of one ballot; counts it as cast."""
    if isinstance(ballot, Sealed) and not looks_sealed(ballot.sealed):
        raise DomainError("ballot_malformed")
    if isinstance(ballot, Marked) and not are_legal_marks(ballot.marks, len(round_.criteria)):
        raise DomainError("marks_invalid", criteria=len(round_.criteria))
    counter = count_cast(session, task.id)
    if ballot.counter not in {None, counter}:
        raise DomainError("ballot_already_sent")
    if isinstance(ballot, Sealed):
        return ballot.sealed
    content = replace(_blank(round_, task, counter, now), marks=ballot.marks, comment=tidy_comment(ballot.comment))
    return seal(round_.public_key, content)


def _blank(round_: ReviewRound, task: AssignmentView, counter: int, now: datetime) -> BallotContent:
    assert round_.token_key is not None  # it goes with the ballots, long after the last of them was cast
    return BallotContent(
        period=round_.period,
        assignment_id=task.id,
        rater=task.rater,
        target=task.target,
        marks="",
        cast_at=now,
        counter=counter,
        token=ballot_token(round_.token_key, task.id, counter),
    )


def _record_cast(session: Session, actor: Actor, tasks: Sequence[AssignmentView], day: datetime) -> None:
    """One line for each unit that cast: which one, how many and on which day, never for whom."""
    for unit, ballots in Counter(task.rater for task in tasks).items():
        details = {"unit": unit} | ({"ballots": ballots} if ballots > 1 else {})
        round_ = subject(tasks[0].period)
        record(session, actor=actor.ref, action="cast_ballot", subject=round_, now=day, details=details)


def _casts(session: Session, period: str, unit_code: str) -> dict[int, int]:
    of_unit = select(Assignment.id, Assignment.casts).where(Assignment.period == period, Assignment.rater == unit_code)
    return dict(session.execute(of_unit).all())


def _voting_round(session: Session, period: str, now: datetime) -> ReviewRound:
    return held_open(session, ReviewRound, period, now, closed="round_closed")


def held_open(session: Session, of: type[Votes], period: str, now: datetime, *, closed: str) -> Votes:
    """The round, held open until this transaction ends: closing waits for ballots that are on their way in.

    `closed` is the refusal, with the date, where it takes none any more. The same for a panel of experts.
    """
    round_ = session.scalars(
        select(of).where(of.period == period).with_for_update(read=True).execution_options(populate_existing=True)
    ).one()
    if not takes_ballots(round_, now):
        ended = min(moment for moment in (round_.closes_at, round_.closed_at) if moment is not None)
        raise DomainError(closed, period=period, closed_at=local_time(session, ended))
    return round_


def count_cast(session: Session, task_id: int, *, of: type[Assignment | PanelTask] = Assignment) -> int:
    """One more cast of a task; the new number, which no other ballot of it has."""
    return session.execute(
        update(of)
        .where(of.id == task_id)
        .values(casts=of.casts + 1)
        .returning(of.casts)
        .execution_options(synchronize_session=False)
    ).scalar_one()
