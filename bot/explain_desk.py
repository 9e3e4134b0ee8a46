"""The scorecard in chat: the total and the dimensions of a settled period, and behind each how every point came about.

Knows the way: unit, month, dimension, page. A unit sees its own; the office, the committee and the auditors choose one.
Whether the speaker may look is asked anew at every tap. Refuses to say anything that the explanation does not hold.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from sqlalchemy import select

from bot.inbound import Reply
from bot.layout import Rows, by_length, fitted, page_of, page_turners
from bot.turn import Turn
from bulletins.cutting import utf16_length
from bulletins.wording import period_name
from consortium.models import Role
from consortium.periods import Period
from consortium.permissions import STAFF, Actor, may_see_season, may_see_unit, require
from consortium.units import all_units, unit
from evaluation.explaining import explain
from evaluation.explanation import Explanation
from evaluation.explanation_text import dimension_lines, standing_text
from evaluation.models import Scorecard
from locales.errors import DomainError
from locales.texts import pick
from outbox.message import Button, Message

COMMAND = "explain"
CARDS = "cards"
"""The office's verb."""

_UNITS = "."  # in the place of a unit: the list of all
_ROOM = 1200  # UTF-16 units of lines on one screen: short enough to be read on a phone
_UNKNOWN = DomainError("button_expired")
_WRITTEN = re.compile(r"[0-9]{2}(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_CENTURY = "20"


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The way in, for whoever has a unit."""
    return [Button(turn.text("explain.menu"), ("k",))] if _own_units(turn, actor) else []


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The way in from the office's menu."""
    return [(turn.text("explain.office"), CARDS)]


def command(turn: Turn, rest: str) -> Reply:
    """`/explain`, with a unit and a period in any order, or without."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    actor = turn.known_actor()
    period, code = None, None
    for word in rest.split():
        try:
            period = Period.parse(word.upper())
        except DomainError:
            code = word
    reply = _of_speaker(turn, actor, period) if code is None else Reply(_card_screen(turn, code, period))
    return dataclasses.replace(reply, edits=False)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of a scorecard; it only shows."""
    if not turn.is_private:
        raise _UNKNOWN
    actor = turn.known_actor()
    _, code, written, place, page = (*fields, "", "", "", "")[:5]
    if not code:
        return _of_speaker(turn, actor, None)
    if code == _UNITS:
        return units_screen(turn, int(written) if written.isdecimal() else 0)
    period = _period(written)
    if not place.isdecimal() or period is None:
        return Reply(_card_screen(turn, code, period), edits=True)
    return Reply(_dimension_screen(turn, code, period, int(place), int(page) if page.isdecimal() else 0), edits=True)


def units_screen(turn: Turn, page_number: int) -> Reply:
    """Every unit, for those who may see them all."""
    require(may_see_season(turn.known_actor()))
    units, page = page_of(all_units(turn.session), page_number)
    rows = by_length([Button(pick(each.name, turn.language), ("k", each.code)) for each in units])
    turners = page_turners(
        page, ("k", _UNITS), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    back = (Button(turn.text("bot.menu.back"), ("m", "menu")),)
    return Reply(Message(turn.text("explain.choose_unit"), (*rows, *turners, back)), edits=True)


def _of_speaker(turn: Turn, actor: Actor, period: Period | None) -> Reply:
    """The speaker's only unit, a choice among several, or among all for those who see them."""
    own = _own_units(turn, actor)
    if len(own) == 1:
        return Reply(_card_screen(turn, own[0], period), edits=True)
    if not own:
        return units_screen(turn, 0)
    names = {each.code: pick(each.name, turn.language) for each in all_units(turn.session)}
    rows = by_length([Button(names[code], ("k", code)) for code in own if code in names])
    back = (Button(turn.text("bot.menu.back"), ("m", "menu")),)
    return Reply(Message(turn.text("explain.choose_unit"), (*rows, back)), edits=True)


def _card_screen(turn: Turn, code: str, period: Period | None) -> Message:
    """Total, rank and dimensions of the newest settled month, or of the period that was asked for."""
    _require_unit(turn, code)
    settled = _settled(turn, code)
    months = [each for each in settled if each.is_month]
    shown = period if period is not None else next(reversed(months or settled), None)
    if shown is None:
        return Message(turn.text("explain.nothing_settled"), (_ways_out(turn),))
    if shown not in settled:
        name = pick(unit(turn.session, code).name, turn.language)
        said = turn.text("explain.no_card", unit=name, period=period_name(shown, turn.language))
        return Message(said, (_ways_out(turn),))
    found = explain(turn.session, unit_code=code, period=shown)
    dimensions = list(found.dimensions)
    parts = [*standing_text(found, turn.language), "", turn.text("explain.choose_dimension")]
    names = [pick(found.dimension_names.get(each, {}), turn.language) or each for each in dimensions]
    place = _written(shown)
    buttons = by_length([Button(name, ("k", code, place, str(number))) for number, name in enumerate(names)])
    alike = [each for each in settled if _is_alike(each, shown)]
    return Message(fitted("\n".join(parts)), (*buttons, *_turners(turn, code, alike, shown), _ways_out(turn)))


def _dimension_screen(turn: Turn, code: str, period: Period, place: int, page_number: int) -> Message:
    """One dimension of a scorecard, line by line, as much as fits a small screen."""
    _require_unit(turn, code)
    found = explain(turn.session, unit_code=code, period=period)
    dimensions = list(found.dimensions)
    if place >= len(dimensions):
        raise _UNKNOWN
    head, *lines = dimension_lines(found, dimensions[place], turn.language)
    pages = _pages(lines)
    (shown,), page = page_of(pages, page_number, 1)
    parts = [_heading(found, turn), head, "", *shown]
    if page.last:
        parts += ["", turn.text("explain.page", page=page.number + 1, of=page.last + 1)]
    turners = page_turners(
        page, ("k", code, _written(period), str(place)), earlier=turn.text("bot.page.earlier"),
        later=turn.text("bot.page.later"),
    )  # fmt: skip
    back = (Button(turn.text("explain.back"), ("k", code, _written(period))),)
    return Message(fitted("\n".join(parts)), (*turners, back))


def _heading(found: Explanation, turn: Turn) -> str:
    return f"{pick(found.unit_name, turn.language)} · {period_name(found.period, turn.language)}"


def _pages(lines: Sequence[str]) -> list[list[str]]:
    """Lines in screens of a readable length; what belongs to a line stays with it."""
    pages: list[list[str]] = [[]]
    room = _ROOM
    for line in lines:
        begins = line.startswith("·")
        if begins and pages[-1] and room < utf16_length(line):
            pages.append([])
            room = _ROOM
        pages[-1].append(line)
        room -= utf16_length(line) + 1
    return pages


def _turners(turn: Turn, code: str, periods: Sequence[Period], shown: Period) -> Rows:
    """The periods before and after, in one row."""
    at = periods.index(shown)
    row = []
    if at > 0:
        before = periods[at - 1]
        row.append(Button(turn.text("explain.earlier", period=before), ("k", code, _written(before))))
    if at + 1 < len(periods):
        after = periods[at + 1]
        row.append(Button(turn.text("explain.later", period=after), ("k", code, _written(after))))
    return (tuple(row),) if row else ()


def _ways_out(turn: Turn) -> tuple[Button, ...]:
    """Back to the menu, and for those who see them to the other units."""
    back = Button(turn.text("bot.menu.back"), ("m", "menu"))
    others = Button(turn.text("explain.units"), ("k", _UNITS, "0"))
    actor = turn.known_actor()
    return (others, back) if may_see_season(actor) else (back,)


def _settled(turn: Turn, code: str) -> list[Period]:
    """The periods in which the unit has a scorecard, in the order of time."""
    found = turn.session.scalars(select(Scorecard.period).where(Scorecard.unit_code == code))
    return sorted((Period.parse(each) for each in found), key=lambda each: (each.year, each.month or 0, str(each)))


def _is_alike(one: Period, other: Period) -> bool:
    return (one.month is None, one.quarter is None) == (other.month is None, other.quarter is None)


def _require_unit(turn: Turn, code: str) -> None:
    """A unit that is not the speaker's does not exist for them."""
    actor = turn.known_actor()
    if not may_see_unit(actor, code) and code not in _own_units(turn, actor):
        raise DomainError("unit_unknown", unit=code)
    unit(turn.session, code)


def _own_units(turn: Turn, actor: Actor) -> list[str]:
    """The units that the speaker represents, leads or works for, in the order of the configuration."""
    works_for = turn.session.scalars(
        select(Role.unit_code).where(Role.person_id == actor.person_id, Role.role == STAFF)
    )
    own = {*actor.units, *actor.leads, *(code for code in works_for if code is not None)}
    return [each.code for each in all_units(turn.session) if each.code in own]


def _written(period: Period) -> str:
    """A period as a button carries it, which has little room: `26-10`."""
    return str(period).removeprefix(_CENTURY)


def _period(written: str) -> Period | None:
    """The period of a button; None where it names none."""
    if not written:
        return None
    if not _WRITTEN.fullmatch(written):
        raise _UNKNOWN
    return Period.parse(_CENTURY + written)
