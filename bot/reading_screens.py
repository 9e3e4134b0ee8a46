"""The screens on which a unit's figures are entered: drawn from what is asked for and what is on record.

Buttons carry marks of unit and indicator, whose codes may be longer than a button. Refuses to know what may be done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.layout import Page, page_of, page_turners, shorten
from bot.turn import Turn
from bulletins.wording import period_name
from consortium.models import Unit
from consortium.periods import Period
from consortium.units import unit
from evaluation.elements import Indicator
from evaluation.missing_readings import Asked
from evaluation.models import Reading
from evaluation.reading_words import figure_line
from evaluation.strata import Counts
from locales.texts import pick
from outbox.message import Button, Message

LETTER = "f"
"""The conversation that these buttons belong to."""
START, LIST, MONTHS, INDICATOR, SAVE, CANCEL, EVIDENCE = "u", "l", "m", "i", "s", "n", "e"
MISSING, ALL = "m", "a"

_MARK = 8
_LABEL = 40


@dataclass(frozen=True, slots=True)
class Place:
    """One figure: of which unit, month and indicator."""

    unit_code: str
    period: Period
    indicator: str

    @property
    def subject(self) -> str:
        """How a prompt names it."""
        return f"{self.unit_code}/{self.period}/{self.indicator}"

    def action(self, verb: str, *more: str) -> tuple[str, ...]:
        return (LETTER, verb, mark_of(self.unit_code), str(self.period), mark_of(self.indicator), *more)


def mark_of(written: str) -> str:
    """What stands for a code, or for a number, in a button."""
    return hashlib.sha256(written.encode()).hexdigest()[:_MARK]


def unit_choice(turn: Turn, units: Sequence[Unit], number: int) -> Message:
    """Which unit, for whoever represents several."""
    shown, page = page_of(units, number)
    rows = [
        (Button(shorten(pick(each.name, turn.language), _LABEL), (LETTER, LIST, mark_of(each.code), "", MISSING, "0")),)
        for each in shown
    ]
    return Message(turn.text("readings.chat.units"), (*rows, *_turners(turn, page, (LETTER, START)), _home(turn)))


def month_choice(turn: Turn, unit_code: str, months: Sequence[Period]) -> Message:
    """Which month."""
    buttons = [
        Button(period_name(month, turn.language), (LETTER, LIST, mark_of(unit_code), str(month), MISSING, "0"))
        for month in months
    ]
    pairs = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    return Message(f"{_unit_name(turn, unit_code)}\n{turn.text('readings.chat.month')}", (*pairs, _home(turn)))


def list_screen(
    turn: Turn,
    *,
    unit_code: str,
    period: Period,
    shown: Sequence[Asked],
    there: Collection[str],
    asked: int,
    missing: int,
    due: date | None,
    number: int,
    is_all: bool,
) -> Message:
    """The indicators of a month, those with a figure ticked."""
    what = {"unit": _unit_name(turn, unit_code), "period": period_name(period, turn.language), "asked": asked}
    if not asked:
        said = turn.text("readings.chat.nothing", **what)
    elif not missing:
        said = turn.text("readings.chat.complete", **what)
    else:
        said = turn.text("readings.chat.list", **what, there=asked - missing, missing=missing, due=_due(turn, due))
    here, page = page_of(shown, number)
    rows = [
        (_indicator_button(turn, Place(unit_code, period, each.indicator.code), each, each.indicator.code in there),)
        for each in here
    ]
    mark, kind = mark_of(unit_code), ALL if is_all else MISSING
    turners = _turners(turn, page, (LETTER, LIST, mark, str(period), kind))
    ways = []
    if missing and asked > missing:
        key, other = ("readings.chat.only_missing", MISSING) if is_all else ("readings.chat.all", ALL)
        ways.append(Button(turn.text(key), (LETTER, LIST, mark, str(period), other, "0")))
    ways.append(Button(turn.text("readings.chat.month"), (LETTER, MONTHS, mark)))
    return Message(said, (*rows, *turners, tuple(ways), _home(turn)))


def indicator_screen(turn: Turn, place: Place, indicator: Indicator, reading: Reading | None) -> Message:
    """One indicator: what is on record, how the number is written, what it needs besides."""
    said = [turn.text("readings.chat.indicator", **_named(turn, place, indicator), figure=_figure(reading),
                      state=_state(turn, indicator, reading)).rstrip()]  # fmt: skip
    said += ["", turn.text("readings.chat.ask", unit=_measure(turn, indicator))]
    rows = [(Button(turn.text("readings.chat.evidence"), place.action(EVIDENCE)),)] if reading is not None else []
    return Message("\n".join(said), (*rows, cancel(turn, place)))


def confirm_screen(
    turn: Turn, place: Place, indicator: Indicator, figure: Counts, *, before: Reading | None, warning: str, mark: str
) -> Message:
    """The number as it was understood, before it is kept."""
    instead = [turn.text("readings.chat.instead", figure=_figure(before))] if before is not None else []
    notes = "\n".join([*instead, *([warning] if warning else [])])
    said = turn.text(
        "readings.chat.confirm", **_named(turn, place, indicator), figure=_with_measure(turn, figure, indicator),
        warning=f"{notes}\n" if notes else "",
    )  # fmt: skip
    save = (Button(turn.text("readings.chat.save"), place.action(SAVE, mark)),)
    rewrite = Button(turn.text("readings.chat.rewrite"), place.action(INDICATOR))
    return Message(said, (save, (rewrite, *cancel(turn, place))))


def kept_screen(
    turn: Turn, place: Place, indicator: Indicator, reading: Reading, *, said: str, following: Asked | None
) -> Message:
    """The figure on record, with the ways on."""
    figure = reading.numerator, reading.denominator, reading.value
    state = _state(turn, indicator, reading)
    words = turn.text(
        "readings.chat.saved", **_named(turn, place, indicator), figure=_with_measure(turn, figure, indicator),
        said="\n".join(part for part in (said, state) if part),
    ).rstrip()  # fmt: skip
    rows = [(Button(turn.text("readings.chat.evidence"), place.action(EVIDENCE)),)]
    if following is not None:
        after = Place(place.unit_code, place.period, following.indicator.code)
        rows.append((Button(turn.text("readings.chat.next"), after.action(INDICATOR)),))
    return Message(words, (*rows, (_to_list(turn, place),), _home(turn)))


def late_screen(turn: Turn, place: Place, indicator: Indicator, figure: Counts, said: str) -> Message:
    """What came after its month was settled, and where it counts."""
    shown = _with_measure(turn, figure, indicator)
    words = turn.text("readings.chat.saved", **_named(turn, place, indicator), figure=shown, said=said)
    return Message(words, ((_to_list(turn, place),), _home(turn)))


def cancel(turn: Turn, place: Place) -> tuple[Button, ...]:
    """The way back to the list; what was asked is asked no more."""
    return (Button(turn.text("readings.chat.cancel"), place.action(CANCEL)),)


def _indicator_button(turn: Turn, place: Place, asked: Asked, is_there: bool) -> Button:  # noqa: FBT001 - a tick
    name = shorten(pick(asked.indicator.name, turn.language), _LABEL)
    label = turn.text("bot.chosen", label=name) if is_there else name
    return Button(label, place.action(INDICATOR))


def _to_list(turn: Turn, place: Place) -> Button:
    action = (LETTER, LIST, mark_of(place.unit_code), str(place.period), MISSING, "0")
    return Button(turn.text("readings.chat.list_back"), action)


def _named(turn: Turn, place: Place, indicator: Indicator) -> dict[str, str]:
    return {
        "unit": _unit_name(turn, place.unit_code),
        "period": period_name(place.period, turn.language),
        "name": pick(indicator.name, turn.language),
    }


def _state(turn: Turn, indicator: Indicator, reading: Reading | None) -> str:
    """Whether evidence is needed, missing or approved."""
    if not indicator.needs_evidence:
        return ""
    if reading is not None and reading.approved_at is not None:
        return turn.text("readings.approved")
    needed = turn.text("readings.evidence.needed")
    return needed if reading is None or reading.evidence is None else f"{turn.text('readings.waits')} · {needed}"


def _figure(reading: Reading | None) -> str:
    return "—" if reading is None else figure_line((reading.numerator, reading.denominator, reading.value))


def _with_measure(turn: Turn, figure: Counts, indicator: Indicator) -> str:
    return f"{figure_line(figure)} {_measure(turn, indicator)}".strip()


def _measure(turn: Turn, indicator: Indicator) -> str:
    if indicator.unit is not None:
        return turn.text(f"readings.measure.{indicator.unit}")
    return pick(indicator.unit_wording, turn.language) if indicator.unit_wording is not None else ""


def _due(turn: Turn, due: date | None) -> str:
    if due is None:
        return ""
    key = "readings.missing.until" if turn.local_now.date() <= due else "readings.missing.late"
    return turn.text(key, day=due.isoformat())


def _unit_name(turn: Turn, code: str) -> str:
    return pick(unit(turn.session, code).name, turn.language)


def _turners(turn: Turn, page: Page, action: tuple[str, ...]) -> tuple[tuple[Button, ...], ...]:
    words = {"earlier": turn.text("bot.page.earlier"), "later": turn.text("bot.page.later")}
    return page_turners(page, action, **words)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.menu.back"), ("m", "menu")),)
