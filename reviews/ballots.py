"""Casting a ballot 评分票 (rules 21 and 22): the rater is the unit, any of its representatives casts or replaces.

Knows marks only while a call lasts: they are sealed before anything is written. What is stored is a random id with a
sealed text and, apart from it, that the unit has scored one more time. The audit names the unit and the round, neither
the target nor the marks. Cast marks cannot be shown again to anyone; a new ballot replaces the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import Actor, may_cast_ballot, require
from locales.errors import DomainError
from reviews.criteria import are_legal_marks
from reviews.models import Assignment, Ballot, ReviewRound
from reviews.rounds import local_time, subject, takes_ballots
from reviews.sealing import BallotContent, receipt_of, seal
from storage.audit import record


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

    Errors: `assignment_unknown`, `not_allowed` (not a representative of the rater), `round_closed` with the date.
    """
    row = session.execute(
        select(Assignment.period, Assignment.rater, Assignment.target, Unit.name, Assignment.casts)
        .join(Unit, Unit.code == Assignment.target)
        .where(Assignment.id == assignment_id)
    ).one_or_none()
    if row is None:
        raise DomainError("assignment_unknown")
    require(may_cast_ballot(actor, row.rater))
    _voting_round(session, row.period, now)
    return AssignmentView(assignment_id, row.period, row.rater, row.target, row.name, done=row.casts > 0)


def cast_ballot(
    session: Session, *, actor: Actor, assignment_id: int, marks: str, ballot_id: str, now: datetime
) -> Receipt:
    """Seal and store one ballot; it replaces the unit's earlier one for the same target.

    `marks` is one of 1–5 a criterion, or one dash a criterion for "no dealings"; `ballot_id` is random and says
    nothing. Errors: those of `task_of`, and `marks_invalid`, which does not repeat the marks.
    """
    task = task_of(session, actor=actor, assignment_id=assignment_id, now=now)
    round_ = _voting_round(session, task.period, now)
    if not are_legal_marks(marks, len(round_.criteria)):
        raise DomainError("marks_invalid", criteria=len(round_.criteria))
    counter = _count_cast(session, assignment_id)
    content = BallotContent(
        period=task.period,
        assignment_id=assignment_id,
        rater=task.rater,
        target=task.target,
        marks=marks,
        cast_at=now,
        counter=counter,
    )
    sealed = seal(round_.public_key, content)
    session.execute(insert(Ballot).values(id=ballot_id, period=task.period, sealed=sealed))
    details = {"unit": task.rater}
    record(session, actor=actor.ref, action="cast_ballot", subject=subject(task.period), now=now, details=details)
    return Receipt(code=receipt_of(sealed))


def _voting_round(session: Session, period: str, now: datetime) -> ReviewRound:
    """The round, held open until this transaction ends: closing waits for ballots that are on their way in."""
    round_ = session.scalars(
        select(ReviewRound)
        .where(ReviewRound.period == period)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    if not takes_ballots(round_, now):
        ended = min(moment for moment in (round_.closes_at, round_.closed_at) if moment is not None)
        raise DomainError("round_closed", period=period, closed_at=local_time(session, ended))
    return round_


def _count_cast(session: Session, assignment_id: int) -> int:
    """One more cast of the assignment; the new number, which no other ballot of it has."""
    return session.execute(
        update(Assignment)
        .where(Assignment.id == assignment_id)
        .values(casts=Assignment.casts + 1)
        .returning(Assignment.casts)
        .execution_options(synchronize_session=False)
    ).scalar_one()
