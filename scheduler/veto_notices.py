"""What a veto owes to people: the committee hears of a proposal, the unit of a decision that concerns it.

Names the unit and the period, and says where to look; the words of a proposal stay on the page. Refuses to decide.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import name_in, period_name
from consortium.models import Unit
from consortium.people import people_with_role, representatives
from consortium.periods import Period
from consortium.permissions import COMMITTEE, Actor
from evaluation.models import Veto
from evaluation.vetoes import veto_mark
from locales.texts import text
from outbox.message import Message


def tell_of_veto_proposal(session: Session, *, veto: Veto, actor: Actor, now: datetime) -> int:
    """Ask the committee for its decision, but not whoever proposed; how many chats."""
    others = [person for person in people_with_role(session, COMMITTEE) if person.id != actor.person_id]

    def message(language: str) -> Message:
        return Message(_said(session, veto, language, "vetoes.notice.proposed", by=actor.name))

    return tell(session, people=others, key=f"veto:{_key(veto)}", kind="notice", message=message, now=now)


def tell_of_veto(session: Session, *, veto: Veto, now: datetime) -> int:
    """Tell the unit, once, that its score is void, why, and how to object; how many chats."""

    def message(language: str) -> Message:
        return Message(_said(session, veto, language, "vetoes.notice.in_force", reason=veto.reason))

    people = representatives(session, veto.unit_code)
    return tell(session, people=people, key=f"veto-in-force:{_key(veto)}", kind="notice", message=message, now=now)


def tell_of_lifted_veto(session: Session, *, veto: Veto, now: datetime) -> int:
    """Tell the unit, once, that its score counts again, and why; how many chats."""

    def message(language: str) -> Message:
        return Message(_said(session, veto, language, "vetoes.notice.lifted", reason=veto.lifted_why or ""))

    people = representatives(session, veto.unit_code)
    return tell(session, people=people, key=f"veto-lifted:{_key(veto)}", kind="notice", message=message, now=now)


def veto_names(session: Session, veto: Veto, language: str) -> tuple[str, str]:
    """The unit and the period of a veto, by name."""
    unit = session.get_one(Unit, veto.unit_code)
    return name_in(unit.name, language, unit.code), period_name(Period.parse(veto.period), language)


def _said(session: Session, veto: Veto, language: str, key: str, **words: str) -> str:
    unit, period = veto_names(session, veto, language)
    return text(language, key, unit=unit, period=period, **words)


def _key(veto: Veto) -> str:
    return f"{veto.period}:{veto.unit_code}:{veto_mark(veto)}"
