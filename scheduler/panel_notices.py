"""What experts are told of a panel: that it is open, and, when the office asks for it, that they are still missing.

A message carries a button to the list of units and never an address. Knows who is done. Refuses to know marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.units import zone
from locales.texts import text
from outbox.message import Button, Message
from reviews.panel_models import Panel
from reviews.panel_rounds import ExpertProgress, panel_progress
from reviews.rounds import local_time

TO_LIST = ("e", "u")
"""What the button does, in the chat's conversation of experts."""


def invite_experts(session: Session, *, panel: Panel, now: datetime) -> int:
    """Tell every expert of the panel, once, how many units there are to mark; in how many chats."""
    return _tell(session, panel, panel_progress(session, Period.parse(panel.period)), occasion="invite", now=now)


def remind_experts(session: Session, *, panel: Panel, now: datetime) -> int:
    """Remind those who are not done, at the most once a day; in how many chats."""
    missing = [each for each in panel_progress(session, Period.parse(panel.period)) if not each.is_done]
    day = now.astimezone(zone(session)).date().isoformat()
    return _tell(session, panel, missing, occasion="remind", day=day, now=now)


def _tell(
    session: Session, panel: Panel, experts: Iterable[ExpertProgress], *, occasion: str, day: str = "", now: datetime
) -> int:
    return sum(_tell_expert(session, panel, each, occasion=occasion, day=day, now=now) for each in experts)


def _tell_expert(
    session: Session, panel: Panel, expert: ExpertProgress, *, occasion: str, day: str, now: datetime
) -> int:
    people = list(session.scalars(select(Person).where(Person.id == expert.person_id, Person.active)))
    closes = local_time(session, panel.closes_at) if panel.closes_at is not None else None

    def message(language: str) -> Message:
        month = period_name(Period.parse(panel.period), language)
        left = expert.assigned - expert.done
        said = text(language, f"panel.notice.{occasion}", month=month, left=left, units=expert.assigned)
        until = text(language, "panel.closes", moment=closes) if closes else text(language, "panel.no_closing")
        button = Button(text(language, "panel.notice.to_list"), TO_LIST)
        return Message(f"{said}\n{until}", ((button,),))

    key = ":".join(part for part in ("panel", occasion, panel.period, expert.person_id, day) if part)
    return tell(session, people=people, key=key, kind="notice", message=message, now=now)
