"""What the office is told of settling without peers: a proposal with its buttons, that two agreed, that it was taken
back.

Buttons carry the month and the proposal's mark, never the reason. Refuses to decide anything itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor
from evaluation.models import PeerWaiver
from evaluation.waivers import agreed_names, is_agreed, proposer_name, waiver_mark
from locales.texts import text
from outbox.message import Button, Message

LOOK, AGREE, WITHDRAW = "waive", "wyes", "wno"
"""What the office's buttons about settling without peers do, in the chat's conversation "o"."""


def tell_of_waiver(session: Session, *, waiver: PeerWaiver, now: datetime) -> int:
    """Tell the whole office that somebody proposes it, with the buttons to agree and to withdraw; how many chats."""
    return tell(
        session,
        people=people_with_role(session, OFFICE),
        key=f"waiver:{waiver.period}:{waiver_mark(waiver)}",
        kind="notice",
        message=lambda language: waiver_message(session, waiver, language),
        now=now,
    )


def tell_of_agreement(session: Session, *, waiver: PeerWaiver, actor: Actor, now: datetime) -> int:
    """Tell the others of the office that two have agreed; how many chats."""

    def message(language: str) -> Message:
        return Message(agreed_text(session, waiver, language))

    key = f"waiver-agreed:{waiver.period}:{waiver_mark(waiver)}"
    return tell(session, people=_others(session, actor), key=key, kind="notice", message=message, now=now)


def tell_of_withdrawal(session: Session, *, period: Period, mark: str, actor: Actor, now: datetime) -> int:
    """Tell the others of the office that the proposal was taken back; how many chats."""

    def message(language: str) -> Message:
        return Message(text(language, "waivers.withdrawn_by", month=period_name(period, language), name=actor.name))

    key = f"waiver-withdrawn:{period}:{mark}"
    return tell(session, people=_others(session, actor), key=key, kind="notice", message=message, now=now)


def waiver_message(session: Session, waiver: PeerWaiver, language: str) -> Message:
    """A proposal as it stands, with what may be done about it."""
    period, mark = Period.parse(waiver.period), waiver_mark(waiver)
    withdraw = Button(text(language, "waivers.withdraw"), ("o", WITHDRAW, waiver.period, mark))
    if is_agreed(waiver):
        return Message(agreed_text(session, waiver, language), ((withdraw,),))
    names = agreed_names(session, waiver)
    key = "waivers.text_first" if names else "waivers.text"
    by = proposer_name(session, waiver) or text(language, "waivers.command_line")
    said = text(
        language,
        key,
        month=period_name(period, language),
        by=by,
        reason=waiver.reason,
        **({"name": names[0]} if names else {}),
    )
    agree = Button(text(language, "waivers.agree"), ("o", AGREE, waiver.period, mark))
    return Message(said, ((agree,), (withdraw,)))


def agreed_text(session: Session, waiver: PeerWaiver, language: str) -> str:
    """That two have agreed, who, why, and what happens next."""
    first, second = agreed_names(session, waiver)
    month = period_name(Period.parse(waiver.period), language)
    return text(
        language,
        "waivers.agreed",
        month=month,
        first=first,
        second=second,
        reason=waiver.reason,
        period=waiver.period,
    )


def _others(session: Session, actor: Actor) -> list[Person]:
    return [person for person in people_with_role(session, OFFICE) if person.id != actor.person_id]
