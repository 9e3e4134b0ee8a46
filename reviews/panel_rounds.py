"""The panel of a month 专家组: who marks which unit, on what; opening and closing it (rule 18).

It goes the way of a round: open → closed → counted → erased, each step once. Knows participation: how many of their
units each expert has marked. Refuses to know marks, and what a scheme is: criteria and each unit's table come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import EXPERT, UNIT_ROLES
from locales.errors import DomainError
from reviews.ballot_store import make_store, store_name
from reviews.criteria import Criterion, criteria_document
from reviews.panel_figures import MINIMUM_EXPERTS
from reviews.panel_models import Panel, PanelTask
from reviews.rounds import CLOSED, OPEN, advance, local_time, new_token_key, refused, review_key
from storage.audit import record
from storage.database import serialize

PANEL_LOCK = "panel"
"""Opening a panel and handing in evidence wait for each other."""


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """What a panel marks: criteria, from how many experts on each has a figure, and which of them each unit has."""

    criteria: Sequence[Criterion]
    minimums: Mapping[str, int]
    tables: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ExpertProgress:
    """How many units an expert is to mark, and for how many a ballot was cast."""

    person_id: str
    name: str
    assigned: int
    done: int

    @property
    def is_done(self) -> bool:
        return self.done == self.assigned


def open_panel(
    session: Session, *, period: Period, plan: PanelPlan, closes_at: datetime | None, actor: str, now: datetime
) -> Panel:
    """Open the month's panel: freeze key and criteria, and give every expert all units but the own ones.

    Errors: `period_not_month`, `panel_is_…` (there is one already), `panel_still_open` (another month's),
    `panel_nothing_to_mark`, `panel_too_small`, `no_review_key`, `review_key_…`, `closing_in_the_past`.
    """
    if not period.is_month:
        raise DomainError("period_not_month", period=str(period))
    serialize(session, PANEL_LOCK)
    _refuse_second(session, period)
    if closes_at is not None and closes_at <= now:
        raise DomainError("closing_in_the_past", closes_at=local_time(session, closes_at))
    tasks = _tasks(session, plan)
    panel = Panel(
        period=str(period),
        state=OPEN,
        public_key=review_key(session),
        criteria=criteria_document(plan.criteria),
        minimums=dict(plan.minimums),
        tables={unit: list(codes) for unit, codes in plan.tables.items() if codes},
        token_key=new_token_key(),
        opened_at=now,
        closes_at=closes_at,
    )
    session.add(panel)
    session.flush()
    make_store(session, store_name(str(period), panel=True))
    session.execute(
        insert(PanelTask),
        [{"period": str(period), "person_id": expert, "unit_code": unit, "casts": 0} for expert, unit in tasks],
    )
    experts = len({expert for expert, _ in tasks})
    details = {"experts": experts, "units": len(panel.tables), "indicators": len(panel.criteria)}
    record(session, actor=actor, action="open_panel", subject=panel_subject(str(period)), now=now, details=details)
    return panel


def close_panel(session: Session, *, period: Period, actor: str, now: datetime) -> Panel:
    """End the marking. `panel_unknown` or `panel_is_…` if there is nothing to close."""
    advance(session, period=str(period), to=CLOSED, values={"closed_at": now}, of=Panel)
    record(session, actor=actor, action="close_panel", subject=panel_subject(str(period)), now=now)
    return session.get_one(Panel, str(period), populate_existing=True)


def open_panel_of(session: Session) -> Panel | None:
    """The panel that is open now, if any. Its closing time may have passed."""
    return session.scalar(select(Panel).where(Panel.state == OPEN).execution_options(populate_existing=True))


def panel_of(session: Session, period: Period) -> Panel | None:
    """The month's panel in whatever state, or None."""
    return session.get(Panel, str(period), populate_existing=True)


def published_panels(session: Session) -> list[Panel]:
    """The panels whose receipts are published, the newest first."""
    return list(session.scalars(select(Panel).where(Panel.receipts.is_not(None)).order_by(Panel.period.desc())))


def panel_progress(session: Session, period: Period) -> list[ExpertProgress]:
    """How far every expert is, by name: the only thing anyone learns of a panel before its count."""
    done = func.count().filter(PanelTask.casts > 0)
    rows = session.execute(
        select(Person.id, Person.name, func.count(), done)
        .join(PanelTask, PanelTask.person_id == Person.id)
        .where(PanelTask.period == str(period))
        .group_by(Person.id, Person.name)
        .order_by(Person.id)
    )
    return [ExpertProgress(*row) for row in rows]


def units_without_panel(session: Session, panel: Panel) -> list[str]:
    """The units that cannot get a figure on some indicator whoever votes: too few experts are free to mark them."""
    rows = session.execute(
        select(PanelTask.unit_code, func.count()).where(PanelTask.period == panel.period).group_by(PanelTask.unit_code)
    )
    experts = dict(rows.all())
    return sorted(
        unit
        for unit, codes in panel.tables.items()
        if experts.get(unit, 0) < max(panel.minimums[code] for code in codes)
    )


def belongs_to_unit(session: Session, person_id: str, unit_code: str) -> bool:
    """Whether somebody represents a unit or is of its staff: a conflict of interest."""
    return (person_id, unit_code) in _belongings(session)


def panel_subject(period: str) -> str:
    """How the audit names a panel."""
    return f"panel:{period}"


def _tasks(session: Session, plan: PanelPlan) -> list[tuple[str, str]]:
    """Expert and unit, for every unit that has something to mark and is not the expert's own."""
    units = [unit for unit, codes in plan.tables.items() if codes]
    if not units:
        raise DomainError("panel_nothing_to_mark")
    experts = [person.id for person in people_with_role(session, EXPERT)]
    minimum = min(plan.minimums.values(), default=MINIMUM_EXPERTS)
    if len(experts) < minimum:
        raise DomainError("panel_too_small", experts=len(experts), minimum=minimum)
    own = _belongings(session)
    return [(expert, unit) for expert in experts for unit in units if (expert, unit) not in own]


def _belongings(session: Session) -> set[tuple[str, str]]:
    held = session.execute(select(Role.person_id, Role.unit_code).where(Role.role.in_(UNIT_ROLES)))
    return {(person, unit) for person, unit in held if unit is not None}


def _refuse_second(session: Session, period: Period) -> None:
    if panel_of(session, period) is not None:
        raise refused(session, str(period), of=Panel)
    other = open_panel_of(session)
    if other is not None:
        raise DomainError("panel_still_open", period=other.period)
