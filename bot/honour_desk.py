"""Honours in chat: nominate with a reason that is looked over once more, vote; which screen a button is about.

Draws the receipt of a vote from the system's random source. Units are in buttons by marks: their codes may be longer
than a button. Rule 48. The office's own screens are `bot.honour_office`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot import honour_office
from bot import honour_screens as screens
from bot.inbound import Reply
from bot.layout import page_of, page_turners, shorten
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.eligibility import bars
from bulletins.honour_notices import CONVERSATION, DESK, LOOK, title_of
from bulletins.honour_votes import vote_for
from bulletins.honour_wording import unit_wordings, who_words
from bulletins.honours import PERSON, honour
from bulletins.nominations import (
    LONGEST_WORDS,
    SHORTEST_WORDS,
    candidate_name,
    gate_of,
    nominate,
    refuse_nominating,
    tidy_reason,
)
from bulletins.wording import name_in
from consortium.people import units_of
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, require
from consortium.polls import new_slip
from consortium.units import all_units
from locales.errors import DomainError
from outbox.message import Button, Message

COMMAND = "honours"
PURPOSE = "nomination"
UNIT, YES = "u", "y"
_LABEL = 50
_BREAK = "\n"


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of the main menu, while somebody can nominate or vote."""
    waiting = len(screens.open_for(turn, actor))
    return [Button(turn.text("honours.menu", count=waiting), (CONVERSATION, screens.LIST))] if waiting else []


def command(turn: Turn, _rest: str) -> Reply:
    """`/honours`, for people known by name."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    return Reply(screens.list_screen(turn).screen)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    screen = _SCREENS.get(fields[1] if len(fields) > 1 else screens.LIST)
    if screen is None or not turn.is_private:
        raise DomainError("button_expired")
    return screen(turn, (*fields, "", "", "")[2:5])


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what only shows is shown again, else the honour or the list."""
    verb, number = fields[1] if len(fields) > 1 else screens.LIST, (*fields, "", "")[2]
    if verb in {screens.VOTE, YES, UNIT}:
        return screens.look_screen(turn, _number(number)) if number.isdecimal() else screens.list_screen(turn)
    if verb in honour_office.ACTS:
        return honour_office.list_screen(turn)
    return tapped(turn, fields)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """A nomination as it was written: kept until it was looked over."""
    number, unit_code = subject.split(" ")
    found, actor = honour(turn.session, int(number)), turn.known_actor()
    refuse_nominating(found, turn.now)
    named, _, reason = words.strip().partition("\n") if found.goes_to == PERSON else ("", "", words)
    candidate = candidate_name(turn.session, found, unit_code, named, actor)
    kept = tidy_reason(reason)
    keep_words(turn, f"{candidate}{_BREAK}{kept}")
    bar = bars(turn.session, gate=gate_of(found), period=Period.parse(found.period)).get(unit_code)
    gate = (
        turn.text("honours.gate_passed")
        if bar is None
        else turn.text("honours.gate_failed", why=turn.text(f"honours.bar.{bar}"))
    )
    said = turn.text(
        "honours.look_over",
        who=who_words(unit_wordings(turn.session), unit_code, candidate, turn.language),
        honour=title_of(found, turn.language),
        words=kept,
        gate=gate,
    )
    mark = mark_of(f"{candidate}{_BREAK}{kept}")
    yes = Button(turn.text("honours.hand_in"), (CONVERSATION, YES, number, mark))
    no = Button(turn.text("honours.cancel"), (CONVERSATION, LOOK, number))
    return Reply(Message(said, ((yes,), (no,))))


def _nominate_screen(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """Which unit: a person is nominated by people of the same unit, or by the office."""
    actor, found = turn.known_actor(), honour(turn.session, _number(fields[0]))
    refuse_nominating(found, turn.now)
    units = all_units(turn.session)
    if found.goes_to == PERSON and OFFICE not in actor.roles:
        own = units_of(turn.session, actor.person_id)
        units = [each for each in units if each.code in own]
        require(bool(units))
    shown, page = page_of(units, _number(fields[1]))
    rows = [
        (Button(
            shorten(name_in(each.name, turn.language, each.code), _LABEL),
            (CONVERSATION, UNIT, fields[0], mark_of(each.code)),
        ),)
        for each in shown
    ]  # fmt: skip
    turners = page_turners(
        page,
        (CONVERSATION, screens.NOMINATE, fields[0]),
        earlier=turn.text("bot.page.earlier"),
        later=turn.text("bot.page.later"),
    )
    said = turn.text("honours.which_unit_person" if found.goes_to == PERSON else "honours.which_unit")
    return Reply(Message(said, (*rows, *turners, screens.to_honour(turn, found.id))), edits=True)


def _words_screen(turn: Turn, fields: tuple[str, ...]) -> Reply:
    found = honour(turn.session, _number(fields[0]))
    refuse_nominating(found, turn.now)
    unit = next((each for each in all_units(turn.session) if mark_of(each.code) == fields[1]), None)
    if unit is None:
        raise DomainError("button_expired")
    turn.known_actor()
    ask_for_words(turn, purpose=PURPOSE, subject=f"{found.id} {unit.code}")
    name = name_in(unit.name, turn.language, unit.code)
    key = "honours.write.person" if found.goes_to == PERSON else "honours.write.unit"
    said = turn.text(key, unit=name, low=SHORTEST_WORDS, high=LONGEST_WORDS)
    return Reply(Message(said, (screens.to_honour(turn, found.id),)), edits=True)


def _nominated(turn: Turn, fields: tuple[str, ...]) -> Reply:
    prompt = prompt_of(turn)
    is_meant = prompt is not None and prompt.purpose == PURPOSE and prompt.words is not None
    if not is_meant or prompt is None or prompt.words is None or mark_of(prompt.words) != fields[1]:
        raise DomainError("button_expired")
    number, unit_code = prompt.subject.split(" ")
    if number != fields[0]:
        raise DomainError("button_expired")
    candidate, _, words = prompt.words.partition(_BREAK)
    made = nominate(
        turn.session, honour_id=int(number), unit_code=unit_code, candidate=candidate, words=words,
        actor=turn.known_actor(), now=turn.now,
    )  # fmt: skip
    forget_prompt(turn)
    who = who_words(unit_wordings(turn.session), made.unit_code, made.candidate, turn.language)
    said = turn.text("honours.nominated", who=who)
    return Reply(Message(said, (screens.to_honour(turn, made.honour_id),)), edits=True)


def _voted(turn: Turn, fields: tuple[str, ...]) -> Reply:
    number = _number(fields[0])
    slip = vote_for(
        turn.session, honour_id=number, choice=fields[1], actor=turn.known_actor(), slip=new_slip(), now=turn.now
    )
    return screens.voted_screen(turn, number, slip)


def _looked(turn: Turn, fields: tuple[str, ...]) -> Reply:
    prompt = prompt_of(turn)
    if prompt is not None and prompt.purpose == PURPOSE:
        forget_prompt(turn)
    return screens.look_screen(turn, _number(fields[0]))


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdecimal() else 0


_SCREENS: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    screens.LIST: lambda turn, _fields: screens.list_screen(turn),
    LOOK: _looked,
    screens.NOMINATE: _nominate_screen,
    UNIT: _words_screen,
    YES: _nominated,
    screens.BALLOT: lambda turn, fields: screens.ballot_screen(turn, _number(fields[0])),
    screens.CHOOSE: lambda turn, fields: screens.really_screen(turn, _number(fields[0]), fields[1]),
    screens.VOTE: _voted,
    screens.POSTER: lambda turn, fields: screens.poster(turn, _number(fields[0])),
    DESK: lambda turn, fields: honour_office.desk_screen(turn, _number(fields[0])),
    honour_office.LIST: lambda turn, _fields: honour_office.list_screen(turn),
    honour_office.KIND: lambda turn, fields: honour_office.kind_screen(turn, fields[0]),
    honour_office.OPEN: lambda turn, fields: honour_office.open_screen(turn, fields[0], fields[1]),
    honour_office.OPENED: lambda turn, fields: honour_office.opened(turn, fields[0], fields[1]),
    honour_office.START: lambda turn, fields: honour_office.started(turn, _number(fields[0])),
    honour_office.CANCEL: lambda turn, fields: honour_office.given_up(turn, _number(fields[0])),
    honour_office.END: lambda turn, fields: honour_office.ended(turn, _number(fields[0])),
    honour_office.DECIDE: lambda turn, fields: honour_office.decided(turn, _number(fields[0]), fields[1]),
}
