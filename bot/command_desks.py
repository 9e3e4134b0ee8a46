"""A command that was given: whether its speaker may give it there, and the desk that answers it.

Knows which desk is behind each command of the table. To whoever may not know of a command it means nothing, as any
other word with a slash. In the office's group whoever has not the role is told so in private, where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bot import (
    audit_desk,
    ballot_receipts,
    command_acts,
    command_help,
    command_lists,
    command_status,
    explain_desk,
    honour_desk,
    menu,
    opting_out,
    receipt_desk,
    story_desk,
    visit_desk,
)
from bot.commands import COMMANDS, OFFICE_ROOM, PRIVATE, may_give
from bot.inbound import Reply
from bot.places import place_of
from bot.turn import Turn
from bulletins.notices import tell
from consortium.models import Person
from consortium.people import reach
from locales.errors import DomainError, explain
from outbox.message import Message
from scheduler.act_notices import AGREE, LOOK, REFUSE
from scheduler.act_plans import ACTS

Desk = Callable[[Turn, str], Reply]

DESKS: Mapping[str, Desk] = {
    "status": command_status.command,
    **{name: partial(command_acts.command, name) for name in ACTS},
    **command_lists.DESKS,
    "explain": explain_desk.command,
    "log": audit_desk.command,
    "story": story_desk.command,
    "honours": honour_desk.command,
    "visits": lambda turn, _rest: visit_desk.how_screen(turn),
    "start": lambda turn, _rest: menu.home(turn),
    "receipt": lambda turn, rest: (
        ballot_receipts.answered if ballot_receipts.is_meant(rest) else receipt_desk.command
    )(turn, rest),
    "stop": lambda turn, _rest: opting_out.stopped(turn),
    "language": lambda turn, _rest: menu.language_command(turn),
    "help": lambda turn, _rest: command_help.help_screen(turn),
}
"""By the name of the command: what answers it, with what was written behind it."""

_SCREENS: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    command_acts.STATUS: lambda turn, fields: command_status.tapped(turn, _field(fields, 2)),
    command_acts.SHOW: command_acts.shown,
    command_acts.DO: command_acts.done,
    command_acts.PROPOSE: command_acts.proposed,
}

_ONLY_SHOW = frozenset({command_acts.SHOW, command_acts.STATUS, LOOK, audit_desk.LOG})


def answered(turn: Turn, said: str) -> Reply:
    """A command and what stands behind it."""
    name, _, rest = said.partition(" ")
    command = COMMANDS.get(name)
    if command is None:
        return menu.home(turn)
    place = place_of(turn)
    if command.is_for_everybody:
        return DESKS[name](turn, rest) if place in command.places else menu.home(turn)
    if not may_give(command, turn.actor.roles if turn.actor is not None else ()):
        return _refused(turn)
    if place not in command.places:
        raise DomainError("command_only_private" if OFFICE_ROOM not in command.places else "command_elsewhere")
    return DESKS[name](turn, rest)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of the commands, wherever it was shown; in a group it works while that is the office's."""
    if place_of(turn) not in {PRIVATE, OFFICE_ROOM}:
        raise DomainError("button_expired")
    turn.known_actor()
    verb = fields[1] if len(fields) > 1 else ""
    if verb in _SCREENS:
        return _SCREENS[verb](turn, fields)
    number = _field(fields, 2)
    if verb in {AGREE, REFUSE, LOOK} and number.isascii() and number.isdecimal():
        if verb == LOOK:
            return command_acts.looked_at(turn, int(number))
        return command_acts.decided(turn, int(number), _field(fields, 3), agrees=verb == AGREE)
    if verb == audit_desk.LOG and turn.is_private:
        return audit_desk.tapped(turn, fields)
    raise DomainError("button_expired")


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: screens that only show are shown again, of an act is said that it was done."""
    verb = fields[1] if len(fields) > 1 else ""
    return tapped(turn, fields) if verb in _ONLY_SHOW else command_acts.again(turn)


def _refused(turn: Turn) -> Reply:
    """For whoever may not: strangers hear nothing of it, others one sentence, in private if they can be reached."""
    place, actor = place_of(turn), turn.actor
    if place == PRIVATE and actor is None:
        return menu.home(turn)
    if place not in {PRIVATE, OFFICE_ROOM}:
        return menu.home(turn)
    refusal = DomainError("not_allowed")
    if place == PRIVATE or actor is None or not reach(turn.session, actor.person_id):
        raise refusal
    tell(
        turn.session,
        people=[turn.session.get_one(Person, actor.person_id)],
        key=f"refused:{turn.chat.id}:{turn.said.update_id or turn.now.isoformat()}",
        kind="notice",
        message=lambda language: Message(explain(language, refusal)),
        now=turn.now,
    )
    return Reply()


def _field(fields: tuple[str, ...], place: int) -> str:
    return fields[place] if len(fields) > place else ""
