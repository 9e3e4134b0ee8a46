"""An expert's ballot: the marks of one unit, sealed at the door to the round's kind of key (rule 18).

The marks are one of 1–5 or a dash, "no basis to judge", for each indicator that the unit's table has. Knows them only
while a call lasts. The rater in a ballot is the expert, and only for the own tasks; another's task does not exist for
them, and a unit they belong to is refused at every cast anew. Cast marks cannot be shown again; a new ballot replaces
the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import Actor, may_mark_units, require
from locales.errors import DomainError
from reviews.ballot_store import put_ballots, store_name
from reviews.ballots import Receipt, count_cast, held_open
from reviews.criteria import NOT_MARKED, Criterion, are_legal_marks
from reviews.panel_models import Panel, PanelTask
from reviews.panel_rounds import belongs_to_unit, panel_subject
from reviews.rounds import criteria_of, day_of
from reviews.sealing import BallotContent, ballot_token, receipt_of, seal
from storage.audit import record


@dataclass(frozen=True, slots=True)
class PanelTaskView:
    """One unit that an expert is to mark; `casts` tells how often that was done, not how."""

    id: int
    period: str
    person_id: str
    unit_code: str
    unit_name: dict[str, str]
    casts: int

    @property
    def done(self) -> bool:
        return self.casts > 0


def panel_tasks(session: Session, *, period: Period, person_id: str) -> list[PanelTaskView]:
    """The units an expert marks in the month's panel, in the order of the units."""
    rows = session.execute(
        select(PanelTask, Unit.name)
        .join(Unit, Unit.code == PanelTask.unit_code)
        .where(PanelTask.period == str(period), PanelTask.person_id == person_id)
        .order_by(Unit.position, PanelTask.id)
        .execution_options(populate_existing=True)
    )
    return [_view(task, name) for task, name in rows]


def panel_task_of(session: Session, *, actor: Actor, task_id: int, now: datetime) -> PanelTaskView:
    """The task, if the actor may cast a ballot for it now.

    Errors: `not_allowed`, `panel_task_unknown` (also for another's), `expert_of_unit`, `panel_closed` with the date.
    """
    require(may_mark_units(actor))
    row = session.execute(
        select(PanelTask, Unit.name)
        .join(Unit, Unit.code == PanelTask.unit_code)
        .where(PanelTask.id == task_id, PanelTask.person_id == actor.person_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise DomainError("panel_task_unknown")
    task = _view(row[0], row[1])
    if belongs_to_unit(session, actor.person_id, task.unit_code):
        raise DomainError("expert_of_unit", unit=task.unit_code)
    _marking_panel(session, task.period, now)
    return task


def criteria_for(panel: Panel, unit_code: str) -> tuple[Criterion, ...]:
    """What a unit is marked on: the panel's criteria that its table has, in the panel's order."""
    return tuple(each for each in criteria_of(panel) if each.code in panel.tables.get(unit_code, ()))


def cast_panel_ballot(
    session: Session, *, actor: Actor, task_id: int, marks: str, casts: int, ballot_id: str, now: datetime
) -> Receipt:
    """Seal and store the marks of one unit, one character for each of `criteria_for`; it replaces the earlier ballot.

    `casts` is how often was cast when the form was drawn: a form sent twice is one ballot. Errors: those of
    `panel_task_of`, `panel_marks_invalid`, `ballot_already_sent`, none of which repeats what was sent.
    """
    task = panel_task_of(session, actor=actor, task_id=task_id, now=now)
    panel = _marking_panel(session, task.period, now)
    of_unit = criteria_for(panel, task.unit_code)
    if not are_legal_marks(marks, len(of_unit), with_gaps=True):
        raise DomainError("panel_marks_invalid", indicators=len(of_unit))
    counter = count_cast(session, task.id, of=PanelTask)
    if counter != casts + 1:
        raise DomainError("ballot_already_sent")
    given = dict(zip((each.code for each in of_unit), marks, strict=True))
    assert panel.token_key is not None  # it goes with the ballots, long after the last of them was cast
    content = BallotContent(
        period=panel.period,
        assignment_id=task.id,
        rater=task.person_id,
        target=task.unit_code,
        marks="".join(given.get(each.code, NOT_MARKED) for each in criteria_of(panel)),
        cast_at=now,
        counter=counter,
        token=ballot_token(panel.token_key, task.id, counter),
    )
    sealed = seal(panel.public_key, content)
    put_ballots(session, store_name(panel.period, panel=True), {ballot_id: sealed})
    day = day_of(session, now)
    record(session, actor=actor.ref, action="cast_panel_ballot", subject=panel_subject(panel.period), now=day)
    return Receipt(code=receipt_of(sealed))


def _view(task: PanelTask, name: dict[str, str]) -> PanelTaskView:
    return PanelTaskView(task.id, task.period, task.person_id, task.unit_code, name, task.casts)


def _marking_panel(session: Session, period: str, now: datetime) -> Panel:
    return held_open(session, Panel, period, now, closed="panel_closed")
