"""The cast of a panel: four experts, one of them of Jia's staff, three units, two indicators; and a panel that speaks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from consortium.models import Person, Role
from consortium.periods import Period
from consortium.permissions import EXPERT, OFFICE, REPRESENTATIVE, Actor
from reviews.ballots import Receipt
from reviews.count_ballots import open_ballots
from reviews.criteria import Criterion
from reviews.panel_ballots import cast_panel_ballot, panel_tasks
from reviews.panel_count import PanelCounted, PanelFound, panel_to_count, take_means, write_panel_count
from reviews.panel_models import Panel
from reviews.panel_rounds import PanelPlan, close_panel, open_panel
from tests.reviews.season import Season

OCTOBER = Period(2026, month=10)
START = datetime(2026, 10, 20, 8, tzinfo=UTC)
CHEN = Actor("chen", "陈静", "zh", frozenset({OFFICE}), frozenset())
UNITS = {"jia": "人民医院", "yi": "二院", "bing": "社区中心"}
EXPERTS = ("an", "bo", "cao", "du")
STAFF_OF_JIA = "du"


def criterion(code: str) -> Criterion:
    words = {"zh": code, "en": code}
    return Criterion(code, words, words, words, words)


PLAN = PanelPlan(
    criteria=[criterion("mechanism"), criterion("service")],
    minimums={"mechanism": 3, "service": 3},
    tables={"jia": ["mechanism", "service"], "yi": ["mechanism", "service"], "bing": ["service"]},
)


def expert(person_id: str) -> Actor:
    return Actor(person_id, person_id, "zh", frozenset({EXPERT}), frozenset())


def representative(unit: str) -> Actor:
    return Actor("li", "李敏", "zh", frozenset({REPRESENTATIVE}), frozenset({unit}))


@dataclass
class PanelSeason:
    """A consortium with experts; every act is a minute after the last."""

    session: Session
    keys: tuple[str, str]
    now: datetime = START
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def is_set_up(self, experts: tuple[str, ...] = EXPERTS) -> PanelSeason:
        Season(self.session, *self.keys).is_set_up(UNITS)
        for person in ("chen", "li", *experts):
            self.session.add(Person(id=person, name=person.title(), language="zh", active=True))
        self.session.flush()
        for person in experts:
            self.session.add(Role(person_id=person, role=EXPERT))
        if STAFF_OF_JIA in experts:
            self.session.add(Role(person_id=STAFF_OF_JIA, role="staff", unit_code="jia"))
        self.session.flush()
        return self

    def opens(self, plan: PanelPlan = PLAN, closes_at: datetime | None = None) -> Panel:
        return open_panel(self.session, period=OCTOBER, plan=plan, closes_at=closes_at, actor=CHEN.ref, now=self.tick())

    def is_open(self, closes_at: datetime | None = None) -> PanelSeason:
        self.is_set_up().opens(closes_at=closes_at)
        return self

    def task(self, person: str, unit: str) -> int:
        tasks = panel_tasks(self.session, period=OCTOBER, person_id=person)
        return next(task.id for task in tasks if task.unit_code == unit)

    def marks(self, person: str, unit: str, marks: str, casts: int = 0) -> Receipt:
        return cast_panel_ballot(
            self.session, actor=expert(person), task_id=self.task(person, unit), marks=marks, casts=casts,
            ballot_id=f"{next(self.numbers):043}", now=self.tick(),
        )  # fmt: skip

    def closes(self) -> Panel:
        return close_panel(self.session, period=OCTOBER, actor=CHEN.ref, now=self.tick())

    def finds(self, private_key: str | None = None) -> PanelFound:
        ballots = panel_to_count(self.session, period=OCTOBER)
        assert not isinstance(ballots, PanelCounted)
        return take_means(ballots, open_ballots(ballots, private_key=private_key or self.keys[0]))

    def counts(self) -> PanelCounted:
        return write_panel_count(self.session, self.finds(), actor=CHEN.ref, now=self.tick())

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now
