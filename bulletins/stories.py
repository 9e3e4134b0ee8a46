"""Stories 医患故事 (rule 46): those that a month's bulletin tells, those that wait, the one that a receipt belongs to.

Reads only. Refuses to know how a story is offered and decided, and how it looks.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.honour_models import Story
from bulletins.parts import StoryTold
from consortium.models import Unit
from consortium.periods import Period
from locales.errors import DomainError
from surveys.receipts import read_receipt_code

DOCTOR, PATIENT = "doctor", "patient"
OFFERED, CHOSEN, DECLINED, WITHDRAWN = STATES = ("offered", "chosen", "declined", "withdrawn")

MOST_TOLD = 3
"""How many stories one month's bulletin tells."""


def stories_told(session: Session, period: Period) -> tuple[StoryTold, ...]:
    """The stories chosen for a month, in the order in which they were chosen; none that was taken back."""
    found = chosen_for(session, period)
    names = {unit.code: unit.name for unit in session.scalars(select(Unit))} if found else {}
    return tuple(
        StoryTold(
            teller=each.teller,
            unit_name=names.get(each.unit_code) if each.unit_code is not None else None,
            words=each.words or "",
            byline=each.byline,
            language=each.language,
        )
        for each in found
    )


def chosen_for(session: Session, period: Period) -> list[Story]:
    """The rows behind `stories_told`."""
    rows = select(Story).where(Story.state == CHOSEN, Story.period == str(period))
    return list(session.scalars(rows.order_by(Story.decided_at, Story.id)))


def stories_in(session: Session, states: tuple[str, ...], *, most: int | None = None) -> list[Story]:
    """Stories in these states, the newest day first."""
    rows = select(Story).where(Story.state.in_(states)).order_by(Story.offered_at.desc(), Story.id)
    return list(session.scalars(rows.limit(most) if most is not None else rows))


def stories_of(session: Session, person_id: str) -> list[Story]:
    """What a person known by name has offered, the newest first."""
    rows = select(Story).where(Story.person_id == person_id).order_by(Story.offered_at.desc(), Story.id)
    return list(session.scalars(rows))


def story(session: Session, story_id: int) -> Story:
    """One story as it stands now, or `story_unknown`."""
    found = session.get(Story, story_id, populate_existing=True)
    if found is None:
        raise DomainError("story_unknown")
    return found


def story_by_receipt(session: Session, code: str) -> Story | None:
    """The story that a receipt belongs to, however the code is written; None for any other code."""
    hashed = story_receipt_hash(read_receipt_code(code) or code)
    return session.scalar(select(Story).where(Story.receipt_hash == hashed).execution_options(populate_existing=True))


def story_receipt_hash(code: str) -> str:
    """What is stored of a story's receipt: never the same as of a survey's."""
    return hashlib.sha256(f"story:{code}".encode("utf-8", "surrogatepass")).hexdigest()
