"""Settling without peers in chat: which months it is proposed for, and the word of two of the office on it.

Knows the buttons. Who may agree, that two are two, and when it is too late, is `evaluation.waivers`' to say. Proposing
is done on the page or at the command line, where a reason can be written.
"""

from __future__ import annotations

import re

from bot.inbound import Reply
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from evaluation.waivers import is_agreed, standing_waivers
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.waiver_decisions import agree_without_peers, withdraw_without_peers
from scheduler.waiver_notices import LOOK, waiver_message

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_MOST = 8


def count_standing(turn: Turn) -> int:
    """How many months wait for two people of the office."""
    return sum(not is_agreed(each) for each in standing_waivers(turn.session))


def look_screen(turn: Turn, written: str) -> Reply:
    """One month's proposal with its buttons, or a list of all."""
    require(may_run_season(turn.known_actor()))
    standing = standing_waivers(turn.session)
    if written:
        standing = [each for each in standing if each.period == str(_month(written))]
    if len(standing) == 1:
        message = waiver_message(turn.session, standing[0], turn.language)
        return Reply(Message(message.text, (*message.buttons, _home(turn))), edits=True)
    rows = [
        (Button(period_name(Period.parse(each.period), turn.language), ("o", LOOK, each.period)),)
        for each in standing[:_MOST]
    ]
    return Reply(Message(turn.text("waivers.title" if rows else "waivers.none"), (*rows, _home(turn))), edits=True)


def agreed(turn: Turn, written: str, mark: str) -> Reply:
    """Agree with the proposal that this button is about."""
    actor, period = turn.known_actor(), _month(written)
    waiver = agree_without_peers(turn.session, period=period, mark=mark, actor=actor, now=turn.now)
    message = waiver_message(turn.session, waiver, turn.language)
    return Reply(Message(message.text, (*message.buttons[-1:], _home(turn))), edits=True)


def withdrawn(turn: Turn, written: str, mark: str) -> Reply:
    """Take it back."""
    actor, period = turn.known_actor(), _month(written)
    withdraw_without_peers(turn.session, period=period, mark=mark, actor=actor, now=turn.now)
    said = turn.text("waivers.withdrawn", month=period_name(period, turn.language))
    return Reply(Message(said, (_home(turn),)), edits=True)


def _month(written: str) -> Period:
    if not _MONTH.fullmatch(written):
        raise DomainError("button_expired")
    return Period.parse(written)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
