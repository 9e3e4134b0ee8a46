"""Deliveries in doubt: what may have been sent, listed for the office, each with "send again" and "it has arrived".

Knows kind, part, place and time of a delivery, never its text. Refuses to decide: a person does.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from bot.inbound import Reply
from bot.layout import page_of, page_turners
from bot.turn import Turn
from bulletins.delivery_words import part_words
from bulletins.wording import one_line
from consortium.models import Chat
from consortium.permissions import may_run_season, require
from locales.errors import DomainError
from outbox.deliveries import Decision, resolve_uncertain
from outbox.message import Button, Message
from outbox.overview import Standing, list_by_state
from reviews.rounds import local_time

DELIVERY, DELIVERIES = "dlv", "dlvs"
WAITING: Final = ("uncertain", "held")

_AT_ONCE = 6
_DECISIONS: dict[str, Decision] = {"a": "send_again", "s": "mark_sent"}


def list_screen(turn: Turn, page_number: int) -> Reply:
    """What waits for a decision, oldest first."""
    require(may_run_season(turn.known_actor()))
    waiting = list_by_state(turn.session, states=WAITING)
    shown, page = page_of(waiting, page_number, _AT_ONCE)
    lines = [turn.text("bot.doubt.title" if waiting else "bot.doubt.none")]
    rows = []
    for number, standing in enumerate(shown, start=page.number * _AT_ONCE + 1):
        lines.append(f"{number}. {_described(turn, standing)}")
        rows.append(
            tuple(
                Button(f"{number}. {turn.text(f'bot.doubt.{decision}')}", ("o", DELIVERY, str(standing.id), code))
                for code, decision in _DECISIONS.items()
            )
        )
    turners = page_turners(
        page, ("o", DELIVERIES), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    home = (Button(turn.text("bot.office.back"), ("o", "menu")),)
    return Reply(Message("\n\n".join(lines), (*rows, *turners, home)), edits=True)


def decided(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A person's word on one delivery, then the rest of the list."""
    _, _, delivery_id, code = (*fields, "", "")[:4]
    decision = _DECISIONS.get(code)
    if decision is None or not delivery_id.isdecimal():
        raise DomainError("button_expired")
    actor = turn.known_actor()
    require(may_run_season(actor))
    resolve_uncertain(turn.session, delivery_id=int(delivery_id), actor=actor.ref, decision=decision, now=turn.now)
    return list_screen(turn, 0)


def _described(turn: Turn, standing: Standing) -> str:
    chat = turn.session.scalar(
        select(Chat.title).where(Chat.channel == standing.channel, Chat.address == standing.address)
    )
    return turn.text(
        "bot.doubt.entry",
        kind=part_words(turn.session, standing.dedupe_key, turn.language) or turn.text(f"bot.kind.{standing.kind}"),
        place=turn.text(
            "release.place",
            channel=turn.text(f"release.channel.{standing.channel}"),
            place=one_line(chat or "") or standing.address,
        ),
        moment=local_time(turn.session, standing.created_at),
    )
