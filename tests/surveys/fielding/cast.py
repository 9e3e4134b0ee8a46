"""Who plays in the tests of fielding: the small consortium, its visits, waves and the schedule's settings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Chat, Installation, Person, Role
from consortium.people import actor_of
from consortium.permissions import Actor
from surveys.fielding.models import Fielded, Wave
from surveys.fielding.visits import Reported, report_visit
from surveys.fielding.waves import Plan, launch_wave
from surveys.models import Invitation, Response
from surveys.responses import give_consent, open_ticket
from tests.surveys.cast import BEST, JIA, LEFT, MEI, NOW

SEED = "5eed" * 16
SECRET = b"the secret of this installation"
OUTPATIENT = ("outpatient", "1")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def set_surveys(session: Session, **section: Any) -> None:
    """What `[surveys]` of `schedule.toml` says, from now on."""
    session.get_one(Installation, 1).schedule = {"surveys": section}
    session.flush()


def report(session: Session, visit: str = "v1", **changes: Any) -> Reported:
    """The hospital's system tells of a visit."""
    values: dict[str, Any] = {
        "unit_code": JIA, "visit": visit, "kind": "outpatient", "discharged_at": LEFT, "language": "zh",
        "ticket": f"t-{visit}", "new_id": f"i-{visit}", "actor": "api:his", "now": NOW,
    }  # fmt: skip
    return report_visit(session, **(values | changes))


def plan(**changes: Any) -> Plan:
    """October's outpatients, everybody."""
    values: dict[str, Any] = {
        "name": "十月门诊", "questionnaire": OUTPATIENT, "kinds": ("outpatient",),
        "first_day": date(2026, 10, 1), "last_day": date(2026, 10, 31),
    }  # fmt: skip
    return Plan(**(values | changes))


def launch(session: Session, *, new_id: str = "w1", now: datetime = NOW, seed: str = SEED, **changes: Any) -> Wave:
    return launch_wave(session, plan=plan(**changes), seed=seed, new_id=new_id, actor="person:chen", now=now)


def half(session: Session, **more: Any) -> Wave:
    return launch(session, fraction=Fraction(1, 2), **more)


def stands(session: Session, invitation: str = "i-v1") -> tuple[str, str | None]:
    """The disposition of an invitation, and why."""
    row = session.scalars(
        select(Fielded).where(Fielded.invitation_id == invitation).execution_options(populate_existing=True)
    ).one()
    return row.disposition, row.reason


def fielded(session: Session, invitation: str = "i-v1") -> Fielded:
    return session.scalars(
        select(Fielded).where(Fielded.invitation_id == invitation).execution_options(populate_existing=True)
    ).one()


def tokens(prefix: str = "k") -> Callable[[], str]:
    """Tokens that a test can name: k0, k1, …"""
    numbers = itertools.count()
    return lambda: f"{prefix}{next(numbers)}"


def opens_in_chat(
    session: Session, visit: str = "v1", *, at: datetime = NOW, who: tuple[str, str] = MEI, state: str = "active"
) -> str:
    """The patient of a reported visit opens the survey in a chat and agrees; gives the response's id."""
    channel, account = who
    known = session.scalar(select(Chat).where(Chat.channel == channel, Chat.address == account))
    if known is None:
        session.add(Chat(channel=channel, address=account, kind="private", title="", state=state, seen_at=at))
        session.flush()
    else:
        known.state = state
    draft = open_ticket(
        session, ticket=f"t-{visit}", mode="chat", channel=channel, account=account, new_id=f"r-{visit}", now=at
    )
    give_consent(session, response_id=draft.response_id, now=at)
    return draft.response_id


def actor(session: Session, person_id: str, *roles: str, units: tuple[str, ...] = ()) -> Actor:
    """A person with these roles, made if need be."""
    if session.get(Person, person_id) is None:
        session.add(Person(id=person_id, name=person_id, language="zh", active=True))
        session.flush()
        for role in roles:
            for unit in units or (None,):
                session.add(Role(person_id=person_id, role=role, unit_code=unit))
        session.flush()
    return actor_of(session, person_id)


def chen(session: Session) -> Actor:
    return actor(session, "chen", "office")


def li(session: Session) -> Actor:
    return actor(session, "li", "representative", units=(JIA,))


def wang(session: Session) -> Actor:
    return actor(session, "wang", "representative", units=("yi",))


def answers() -> Mapping[str, tuple[str, ...]]:
    return BEST


def invitations(session: Session) -> dict[str, Invitation]:
    return {each.visit: each for each in session.scalars(select(Invitation))}


def responses(session: Session) -> list[Response]:
    return list(session.scalars(select(Response)))
