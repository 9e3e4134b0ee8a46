"""Who plays in the schedule's tests: six units, an office of two, two representatives, and a clock that is moved."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import app
from consortium.models import Chat, Installation, Person, Role, Unit
from consortium.periods import Period
from consortium.permissions import OFFICE, REPRESENTATIVE, Actor
from evaluation.schemes import apply_scheme
from outbox.models import Delivery
from reviews.ballots import assignments_of, cast_ballot
from scheduler.models import Occurrence
from scheduler.runner import tick
from scheduler.timetable import DAILY
from storage.database import Database
from surveys.questionnaires import apply_questionnaire
from tests.evaluation.cast import example
from tests.surveys.cast import outpatient_document

SHANGHAI = ZoneInfo("Asia/Shanghai")
OCTOBER = Period(2026, month=10)
UNITS = {
    "jia": ("人民医院", "tertiary"),
    "yi": ("二院", "secondary"),
    "ding": ("三院", "secondary"),
    "bing": ("社区中心", "primary"),
    "wu": ("东街社区中心", "primary"),
    "ji": ("西街社区中心", "primary"),
}
PEOPLE = {"chen": ("陈", OFFICE, None), "zhao": ("赵", OFFICE, None), "li": ("李", REPRESENTATIVE, "jia"),
          "wang": ("王", REPRESENTATIVE, "yi")}  # fmt: skip
CHATS = {"chen": "101", "zhao": "102", "li": "103", "wang": "104"}
WHOLE_EXAMPLE = tomllib.loads((Path(app.__file__ or "").parent / "example" / "schedule.toml").read_text("utf-8"))
EXAMPLE = {**WHOLE_EXAMPLE, "jobs": [line for line in WHOLE_EXAMPLE["jobs"] if line["name"] not in DAILY]}
"""The lines of the season; the daily ones, which have tests of their own, would stand between all of them."""


def at(written: str) -> datetime:
    """A moment by the wall clock in Shanghai."""
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI).astimezone(UTC)


def only(*names: str) -> dict[str, Any]:
    """The example timetable with some of its lines."""
    return {**WHOLE_EXAMPLE, "jobs": [line for line in WHOLE_EXAMPLE["jobs"] if line["name"] in names]}


def cooperation_csv(*periods: str) -> bytes:
    rows = [f"{one},{other},referral,3,{period}" for period in periods for one, other in combinations(UNITS, 2)]
    return "\n".join(["unit_a,unit_b,kind,count,period", *rows]).encode()


def set_up(
    session: Session, *, schedule: Mapping[str, Any], folder: Path, now: datetime, keys: tuple[str, str] | None = None
) -> None:
    """A consortium as applied; with `keys` the private one lies in the folder as `review.key`."""
    review = {"public_key": keys[1], "key_file": "review.key"} if keys else {"public_key": None, "key_file": None}
    if keys:
        (folder / "review.key").write_text(keys[0], encoding="utf-8")
    session.add(
        Installation(
            id=1, name={"zh": "同城医联体", "en": "City consortium"}, aims={"zh": "目标", "en": "Aims"},
            time_zone="Asia/Shanghai", review=review, schedule=dict(schedule), folder=str(folder), bot_name=None,
            first_applied_at=now, applied_at=now,
        )
    )  # fmt: skip
    for position, (code, (name, tier)) in enumerate(UNITS.items()):
        session.add(
            Unit(code=code, name={"zh": name, "en": code.title()}, tier=tier, district="东区", ownership="public",
                 position=position, active=True)
        )  # fmt: skip
    for person_id, (name, _, _) in PEOPLE.items():
        session.add(Person(id=person_id, name=name, language="en" if person_id == "wang" else "zh", active=True))
    session.flush()
    for person_id, (_, role, unit_code) in PEOPLE.items():
        session.add(Role(person_id=person_id, role=role, unit_code=unit_code))
        session.add(
            Chat(channel="telegram", address=CHATS[person_id], kind="private", title="", state="active", purpose=None,
                 person_id=person_id, seen_at=now)
        )  # fmt: skip
    session.flush()
    apply_questionnaire(session, document=outpatient_document(), now=now)
    apply_scheme(session, document=example(), now=now)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def moves_to(self, written: str) -> None:
        self.moment = at(written)

    def passes(self, **time: float) -> None:
        self.moment += timedelta(**time)


@dataclass
class Office:
    """A database with a consortium in it, and what one process sees of the schedule."""

    database: Database
    clock: Clock
    folder: Path
    owner: str = "process-1"
    log: list[tuple[str, str]] = field(default_factory=list)

    def ticks(self, written: str | None = None) -> list[tuple[str, str]]:
        """One look at the clock; (job, what came of it)."""
        if written is not None:
            self.clock.moves_to(written)
        attempted = asyncio.run(tick(self.database, clock=self.clock, owner=self.owner))
        seen = [(name.split(":")[0], state) for name, state in attempted]
        self.log += seen
        return seen

    def ledger(self) -> dict[str, tuple[str, str | None]]:
        """Job (and its day there) → (state, outcome)."""
        with self.database.transaction() as session:
            rows = session.scalars(select(Occurrence).order_by(Occurrence.due_at)).all()
            return {f"{row.job} {row.due_at.astimezone(SHANGHAI):%m-%d}": (row.state, row.outcome) for row in rows}

    def told(self, address: str | None = None) -> list[str]:
        """The texts owed to a chat, oldest first."""
        with self.database.transaction() as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
            return [row.message["text"] for row in rows if address in (None, row.address)]

    def buttons(self, address: str) -> list[list[str]]:
        with self.database.transaction() as session:
            rows = session.scalars(select(Delivery).where(Delivery.address == address).order_by(Delivery.id)).all()
            return [button["action"] for row in rows for line in row.message["buttons"] for button in line]

    def votes(self, rater: str, marks: str = "44244", *, targets: int | None = None) -> None:
        """A unit scores all units, or the first few."""
        actor = Actor("li", "李", "zh", frozenset({REPRESENTATIVE}), frozenset({rater}))
        with self.database.transaction() as session:
            tasks = assignments_of(session, period=OCTOBER, unit_code=rater)[:targets]
            for task in tasks:
                cast_ballot(session, actor=actor, assignment_id=task.id, marks=marks,
                            ballot_id=f"{rater}-{task.target}".ljust(22, "x"), now=self.clock())  # fmt: skip
