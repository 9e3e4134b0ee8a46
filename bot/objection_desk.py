"""Objections in chat, for a unit's representatives: choose a settled period and what of it, write, look it over, hand
it in; see how one's own stand, take one back (rule 29).

Knows the screens. What may be objected to, and that there is one open at a time, is `evaluation.objections`' to say.
Units and indicators are in buttons by marks: their codes may be longer than a button.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from bot.inbound import Reply
from bot.layout import page_of, page_turners, shorten
from bot.prompts import ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.periods import Period
from consortium.permissions import REPRESENTATIVE, Actor, may_object, require
from consortium.workdays import calendar_of, due_date, local_date
from evaluation.follow_up_models import Objection
from evaluation.objections import (
    LONGEST_WORDS,
    OPEN,
    WORKDAYS,
    objection,
    objectionable,
    objections_of,
    refuse_objection,
    settled_periods,
    tidy_words,
)
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.objection_decisions import hand_in_objection, take_back_objection
from scheduler.objection_notices import OWN
from scheduler.objection_wording import (
    about,
    about_objection,
    due_of,
    due_words,
    indicator_names,
    objection_text,
    state_words,
    unit_name,
)

LETTER = "j"
PURPOSE = "objection"
START, MONTH, PICK, YES, NO, TAKE_BACK, TOOK_BACK = "s", "p", "w", "y", "n", "x", "z"
WHOLE = "-"
_MARK = 8
_MOST_OWN = 5
_LABEL = 60


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of the main menu, for representatives."""
    return [Button(turn.text("objections.menu"), (LETTER, START))] if REPRESENTATIVE in actor.roles else []


def mark_of(written: str) -> str:
    """What stands for a code, or for words, in a button."""
    return hashlib.sha256(written.encode()).hexdigest()[:_MARK]


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of these screens."""
    return _tapped(turn, fields, is_again=False)


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: what only shows is shown again, after an act there is the list."""
    if len(fields) > 1 and fields[1] in {YES, NO, TOOK_BACK}:
        return start_screen(turn, "", 0)
    return _tapped(turn, fields, is_again=True)


def _tapped(turn: Turn, fields: tuple[str, ...], *, is_again: bool) -> Reply:
    _, verb, subject, period, what = (*fields, "", "", "", "")[:5]
    if not turn.is_private:
        raise DomainError("button_expired")
    if verb == PICK:
        return _words_screen(turn, _unit_of(turn, subject), _period(period), what, asks=not is_again)
    if verb == MONTH:
        return matter_screen(turn, _unit_of(turn, subject), _period(period), _number(what))
    if verb == START:
        return start_screen(turn, subject, _number(period))
    if verb not in _ACTS:
        raise DomainError("button_expired")
    return _ACTS[verb](turn, subject)


def start_screen(turn: Turn, mark: str, page_number: int) -> Reply:
    """The unit's own objections and the settled periods; first the unit, for whoever represents several."""
    require(REPRESENTATIVE in turn.known_actor().roles)
    units = sorted(turn.known_actor().units)
    if not mark and len(units) != 1:
        rows = [
            (Button(unit_name(turn.session, code, turn.language), (LETTER, START, mark_of(code))),) for code in units
        ]
        return Reply(Message(turn.text("objections.which_unit"), (*rows, _home(turn))), edits=True)
    unit_code = _unit_of(turn, mark) if mark else units[0]
    periods, page = page_of(settled_periods(turn.session, unit_code), page_number)
    own = objections_of(turn.session, unit_code)
    rows = [(Button(_own_label(turn, each), (LETTER, OWN, each.number)),) for each in own[:_MOST_OWN]]
    months = [
        Button(period_name(each, turn.language), (LETTER, MONTH, mark_of(unit_code), str(each), "0"))
        for each in periods
    ]
    turners = page_turners(
        page, (LETTER, START, mark_of(unit_code)),
        earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later"),
    )  # fmt: skip
    key = "objections.which_period" if months else "objections.nothing_settled"
    said = turn.text(key, unit=unit_name(turn.session, unit_code, turn.language), days=WORKDAYS)
    pairs = tuple(tuple(months[start : start + 2]) for start in range(0, len(months), 2))
    return Reply(Message(said, (*pairs, *turners, *rows, _home(turn))), edits=True)


def matter_screen(turn: Turn, unit_code: str, period: Period, page_number: int) -> Reply:
    """The whole result, or one of its indicators, page by page."""
    mark = mark_of(unit_code)
    codes, page = page_of(objectionable(turn.session, unit_code, period), page_number)
    names = indicator_names(turn.session, period, turn.language)
    whole = (Button(turn.text("objections.whole"), (LETTER, PICK, mark, str(period), WHOLE)),)
    rows = [
        (Button(shorten(names.get(code, code), _LABEL), (LETTER, PICK, mark, str(period), mark_of(code))),)
        for code in codes
    ]
    turners = page_turners(
        page, (LETTER, MONTH, mark, str(period)),
        earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later"),
    )  # fmt: skip
    back = (Button(turn.text("objections.back"), (LETTER, START, mark)),)
    said = turn.text("objections.which_matter", period=period_name(period, turn.language))
    return Reply(Message(said, (whole, *rows, *turners, back)), edits=True)


def own_screen(turn: Turn, number: str) -> Reply:
    """One of the unit's own objections, whole."""
    found = _own(turn, number)
    rows = []
    if found.state == OPEN:
        rows.append((Button(turn.text("objections.take_back"), (LETTER, TAKE_BACK, number)),))
    rows.append((Button(turn.text("objections.back"), (LETTER, START, mark_of(found.unit_code))),))
    return Reply(Message(_text(turn, found), tuple(rows)), edits=True)


def written(turn: Turn, subject: str, words: str) -> Reply:
    """Words for an objection: kept until their writer has looked them over and said yes. Written again, they replace
    the first ones.
    """
    unit_code, period, indicator = _matter(subject)
    require(may_object(turn.known_actor(), unit_code))
    refuse_objection(turn.session, unit_code=unit_code, period=period, indicator=indicator)
    kept = tidy_words(words)
    keep_words(turn, kept)
    due = due_date(local_date(turn.session, turn.now), WORKDAYS, calendar_of(turn.session))
    said = turn.text(
        "objections.look_over",
        unit=unit_name(turn.session, unit_code, turn.language),
        about=about(turn.session, period, indicator, turn.language),
        words=kept,
        due=due_words(due.date, is_provisional=due.is_provisional, language=turn.language),
    )
    yes = Button(turn.text("objections.hand_in"), (LETTER, YES, mark_of(kept)))
    no = Button(turn.text("objections.cancel"), (LETTER, NO))
    return Reply(Message(said, ((yes,), (no,))))


def _words_screen(turn: Turn, unit_code: str, period: Period, what: str, *, asks: bool) -> Reply:
    indicator = _indicator(turn, unit_code, period, what)
    refuse_objection(turn.session, unit_code=unit_code, period=period, indicator=indicator)
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=f"{unit_code} {period} {indicator or WHOLE}")
    said = turn.text(
        "objections.write", about=about(turn.session, period, indicator, turn.language), limit=LONGEST_WORDS
    )
    return Reply(Message(said, ((Button(turn.text("objections.cancel"), (LETTER, NO)),),)), edits=True)


def _handed_in(turn: Turn, mark: str) -> Reply:
    prompt = prompt_of(turn)
    if prompt is None or prompt.purpose != PURPOSE or prompt.words is None or mark_of(prompt.words) != mark:
        raise DomainError("button_expired")
    unit_code, period, indicator = _matter(prompt.subject)
    found = hand_in_objection(
        turn.session, unit_code=unit_code, period=period, indicator=indicator, words=prompt.words,
        actor=turn.known_actor(), now=turn.now,
    )  # fmt: skip
    forget_prompt(turn)
    said = turn.text(
        "objections.handed_in",
        number=found.number,
        about=about_objection(turn.session, found, turn.language),
        due=due_of(found, turn.language),
    )
    look = Button(turn.text("objections.look"), (LETTER, OWN, found.number))
    return Reply(Message(said, ((look,), _home(turn))), edits=True)


def _cancelled(turn: Turn, _subject: str) -> Reply:
    forget_prompt(turn)
    return start_screen(turn, "", 0)


def _take_back_screen(turn: Turn, number: str) -> Reply:
    found = _own(turn, number)
    said = turn.text("objections.take_back_really", number=number)
    yes = Button(turn.text("objections.take_back_yes"), (LETTER, TOOK_BACK, number))
    no = Button(turn.text("objections.keep"), (LETTER, OWN, number))
    return Reply(Message(f"{_text(turn, found)}\n\n{said}", ((yes,), (no,))), edits=True)


def _taken_back(turn: Turn, number: str) -> Reply:
    found = take_back_objection(turn.session, number=_own(turn, number).number, actor=turn.known_actor(), now=turn.now)
    back = (Button(turn.text("objections.back"), (LETTER, START, mark_of(found.unit_code))),)
    return Reply(Message(_text(turn, found), (back,)), edits=True)


def _own(turn: Turn, number: str) -> Objection:
    """An objection of a unit that the speaker represents; to anybody else there is none."""
    found = objection(turn.session, number)
    if not may_object(turn.known_actor(), found.unit_code):
        raise DomainError("objection_unknown")
    return found


def _own_label(turn: Turn, found: Objection) -> str:
    state = state_words(found, local_date(turn.session, turn.now), turn.language)
    return shorten(f"{found.number} · {state}", _LABEL)


def _text(turn: Turn, found: Objection) -> str:
    return objection_text(turn.session, found, today=local_date(turn.session, turn.now), language=turn.language)


def _unit_of(turn: Turn, mark: str) -> str:
    """The unit that a mark stands for, among those the speaker represents now."""
    actor = turn.known_actor()
    found = next((code for code in sorted(actor.units) if mark_of(code) == mark), None)
    if found is None:
        raise DomainError("not_allowed")
    require(may_object(actor, found))
    return found


def _indicator(turn: Turn, unit_code: str, period: Period, what: str) -> str | None:
    if what == WHOLE:
        return None
    known = objectionable(turn.session, unit_code, period)
    found = next((code for code in known if mark_of(code) == what), None)
    if found is None:
        raise DomainError("button_expired")
    return found


def _matter(subject: str) -> tuple[str, Period, str | None]:
    """Unit, period and indicator of a prompt."""
    unit_code, period, indicator = subject.split(" ")
    return unit_code, Period.parse(period), None if indicator == WHOLE else indicator


def _period(written_period: str) -> Period:
    try:
        return Period.parse(written_period)
    except DomainError:
        raise DomainError("button_expired") from None


def _number(written_number: str) -> int:
    return int(written_number) if written_number.isascii() and written_number.isdecimal() else 0


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)


_ACTS: Mapping[str, Callable[[Turn, str], Reply]] = {
    YES: _handed_in,
    NO: _cancelled,
    OWN: own_screen,
    TAKE_BACK: _take_back_screen,
    TOOK_BACK: _taken_back,
}
"""What a button with one subject shows or does."""
