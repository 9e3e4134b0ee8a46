"""The poster of an honour: its name, who has it, the consortium, the month; a picture for phones. PURE.

Knows where each word goes. Refuses to know how an honour was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulletins.wording import name_in, one_line, period_name
from consortium.periods import Period
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

HONOUR = "honour"

Wording = Mapping[str, str]

WIDTH = 1080
MOST_WINNERS = 12

_GROUND, _PANEL, _GOLD, _PALE, _INK, _QUIET = "#0b3d5c", "#fffdf6", "#ffd166", "#dcebf5", "#1b2733", "#5b6875"
_TOP, _FOOT = 520, 150


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says. `winners` are pairs of a candidate, "" where the unit itself has it, and the unit's name."""

    consortium: Wording
    name: Wording
    period: str
    winners: tuple[tuple[str, Wording], ...]


def poster_to_json(poster: Poster) -> dict[str, Any]:
    """The poster as JSON values."""
    return {
        "consortium": dict(poster.consortium),
        "name": dict(poster.name),
        "period": poster.period,
        "winners": [[candidate, dict(unit)] for candidate, unit in poster.winners],
    }


def poster_from_json(document: Mapping[str, Any]) -> Poster:
    """Read back what `poster_to_json` wrote."""
    winners = tuple((candidate, unit) for candidate, unit in document["winners"])
    return Poster(document["consortium"], document["name"], document["period"], winners)


def draw_poster(poster: Poster, language: str) -> Sheet:
    """The poster as a sheet 1080 wide; at most `MOST_WINNERS` by name, the others are counted."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    shown, left_out = poster.winners[:MOST_WINNERS], len(poster.winners[MOST_WINNERS:])
    heights = [186 if candidate else 130 for candidate, _ in shown]
    panel = max(sum(heights), 130) + 80 + (70 if left_out else 0)
    sheet = Sheet(WIDTH, max(_TOP + panel + _FOOT, WIDTH), _GROUND)
    middle = WIDTH / 2
    _draw_star(sheet, middle, 130, 64)
    consortium = sheet.fitted(name_in(poster.consortium, language), 34, WIDTH - 120)
    sheet.text(middle, 248, consortium, size=34, color=_PALE, align="center")
    name = name_in(poster.name, language)
    size = next((each for each in (92, 76, 62, 52) if sheet.width_of(name, each) <= WIDTH - 120), 44)
    sheet.text(middle, 344, sheet.fitted(name, size, WIDTH - 120), size=size, color=_GOLD, align="center", bold=True)
    period = period_name(Period.parse(poster.period), language)
    sheet.text(middle, 440, period, size=38, color=_PALE, align="center")
    sheet.box(50, _TOP, WIDTH - 100, panel, color=_PANEL)
    sheet.box(50, _TOP, WIDTH - 100, 10, color=_GOLD)
    y = float(_TOP + 50)
    for (candidate, unit), height in zip(shown, heights, strict=True):
        _draw_winner(sheet, candidate, unit, y, language)
        y += height
    if not shown:
        said = text(language, "charts.poster.nobody")
        sheet.text(middle, y + 60, said, size=40, color=_QUIET, align="center")
    if left_out:
        said = text(language, "charts.poster.more", number=left_out)
        sheet.text(middle, y + 30, said, size=34, color=_QUIET, align="center")
    words = sheet.fitted(text(language, "charts.poster.foot"), 30, WIDTH - 120)
    sheet.text(middle, sheet.height - 70, words, size=30, color=_PALE, align="center")
    return sheet


def _draw_winner(sheet: Sheet, candidate: str, unit: Wording, y: float, language: str) -> None:
    from bulletins.drawing import drawable  # noqa: PLC0415 - loaded by now: the sheet is made of it

    middle, room = WIDTH / 2, WIDTH - 180
    unit_name, person = name_in(unit, language), drawable(one_line(candidate))
    large = person or unit_name
    size = next((each for each in (64, 54, 46) if sheet.width_of(large, each) <= room), 40)
    sheet.text(middle, y + 56, sheet.fitted(large, size, room), size=size, color=_INK, align="center", bold=True)
    if person:
        sheet.text(middle, y + 124, sheet.fitted(unit_name, 36, room), size=36, color=_QUIET, align="center")


def _draw_star(sheet: Sheet, x: float, y: float, radius: float) -> None:
    """A star of five points: the corners lie on two circles, the first at the top."""
    outer = ((0.0, -1.0), (0.951, -0.309), (0.588, 0.809), (-0.588, 0.809), (-0.951, -0.309))
    inner = ((0.225, -0.309), (0.363, 0.118), (0.0, 0.382), (-0.363, 0.118), (-0.225, -0.309))
    corners = [corner for pair in zip(outer, inner, strict=True) for corner in pair]
    sheet.band([(x + radius * across, y + radius * down) for across, down in corners], color=_GOLD)
