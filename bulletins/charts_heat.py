"""Units × dimensions as a table with a ground behind each number. PURE.

Knows that a colour never says anything alone: the number stands in every cell, and a cell without one is a dash on
paper. The same in words: `bulletins.alternatives`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from bulletins.charts_style import (
    HEAD,
    INK,
    NOTE,
    PAPER,
    PHONE,
    QUIET,
    color_of,
    draw_head,
    draw_tier_name,
    within_limit,
)
from bulletins.parts import BulletinContent, TierTable, UnitRow
from bulletins.wording import name_in
from locales.numbers import rounded
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

MOST_HEAT_ROWS = 100
MOST_COLUMNS = 10

# cividis, from dark to light in steps of ten: even steps for every kind of colour vision
_STEPS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")
_HEAD_LINES = 3
_PIECES = re.compile(r"[\x21-\x7e\u00c0-\u024f]+\s*|.")
_FINE_STEP = 5
_Names = tuple[tuple[str, ...], ...]
_LONGEST = 60  # characters of a name that are tried: longer ones are cut anyway
_SHORT = 6  # a word that is never parted


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the columns lie, and how large the words are."""

    columns: tuple[tuple[str, str], ...]  # code, name
    left: float
    width: float
    name_room: float
    row: int
    words: int
    fine: int
    step: int
    names: _Names  # of the columns, in lines

    @property
    def head(self) -> int:
        return max((len(lines) for lines in self.names), default=0) * (self.fine + 8) + 14


def draw_heat(content: BulletinContent, language: str) -> Sheet:
    """How much of what was available each unit earned, dimension by dimension, 0–100."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    tiers, left_out = within_limit(content.tiers, MOST_HEAT_ROWS)
    grid = _grid(content, language)
    top, more = HEAD + NOTE, NOTE + 20 if left_out else 10
    height = top + grid.head + sum(_tier_height(tier, grid) for tier in tiers) + more
    sheet = Sheet(PHONE.width, height, PAPER)
    large = text(language, "charts.heat.title")
    draw_head(sheet, content, language, large=large, below=text(language, "charts.heat.subtitle"))
    _draw_key(sheet, grid.step, language)
    _draw_columns(sheet, grid, top)
    y = float(top + grid.head)
    for number, tier in enumerate(tiers):
        draw_tier_name(sheet, tier, y + 10, color_of(number), language)
        for place, row in enumerate(tier.units):
            _draw_row(sheet, row, y + 62 + place * grid.row, grid, language)
        y += _tier_height(tier, grid)
    if left_out:
        sheet.text(PHONE.margin, y + 14, text(language, "bulletins.chart.more", units=left_out), size=30, color=INK)
    return sheet


def ground_of(value: Fraction, step: int = 10) -> str:
    """The colour behind a number: in steps of ten from 0 on, or of five from 50 on."""
    return _STEPS[min(max(int(value - 100 + step * len(_STEPS)) // step, 0), len(_STEPS) - 1)]


def heat_step(content: BulletinContent) -> int:
    """Steps of five where nothing lies below 50: more differences are seen."""
    values = [value for tier in content.tiers for row in tier.units for _, value in row.shares if value is not None]
    return _FINE_STEP if min(values, default=Fraction(0)) >= 50 else 10  # noqa: PLR2004 - where the fine steps begin


def ink_on(ground: str) -> str:
    """Black or white, whichever is read better on it."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the web's accessibility rules count it, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _grid(content: BulletinContent, language: str) -> _Grid:
    columns = tuple((code, name_in(name, language, code)[:_LONGEST]) for code, name in content.groups[:MOST_COLUMNS])
    row, words, fine = 62, 30, 26
    name_room = 350.0
    if len(columns) > 6:  # noqa: PLR2004 - narrow columns take room from the names
        name_room *= 0.7
    left = PHONE.margin + name_room + 12
    width = (PHONE.right - left) / max(len(columns), 1)
    fine, names = _names_in_lines(columns, fine, width - 8)
    return _Grid(columns, left, width, name_room, row, words, fine, heat_step(content), names)


def _draw_key(sheet: Sheet, step: int, language: str) -> None:
    """What the grounds mean: where each begins."""
    words, x = text(language, "charts.heat.key"), float(PHONE.margin)
    sheet.text(x, HEAD, words, size=28, color=QUIET)
    x += sheet.width_of(words, 28) + 24
    for number, ground in enumerate(_STEPS):
        sheet.box(x, HEAD - 20, 56, 40, color=ground)
        begins = 100 - step * (len(_STEPS) - number)
        sheet.text(x + 28, HEAD, str(begins), size=26, color=ink_on(ground), align="center")
        x += 56


def _draw_columns(sheet: Sheet, grid: _Grid, top: float) -> None:
    """The names of the dimensions, each over its column in a few lines, the last line at the bottom."""
    for number, lines in enumerate(grid.names):
        for line, words in enumerate(reversed(lines)):
            y = top + grid.head - 14 - grid.fine / 2 - line * (grid.fine + 8)
            middle = grid.left + (number + 0.5) * grid.width
            sheet.text(middle, y, words, size=grid.fine, color=INK, align="center")


def _names_in_lines(columns: Sequence[tuple[str, str]], size: int, width: float) -> tuple[int, _Names]:
    """The columns' names in lines, as large as they fit with whole words; else with parted ones."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - loaded by now

    measure = Sheet(10, 10, PAPER)
    for tried in (size, size - 2, size - 4):
        lines = [_lines(measure, name, tried, width) for _, name in columns]
        if all(measure.width_of(line, tried) <= width for each in lines for line in each):
            return tried, tuple(tuple(each) for each in lines)
    tried = size - 2
    parted = [_lines(measure, _parted(measure, name, tried, width), tried, width) for _, name in columns]
    return tried, tuple(tuple(measure.fitted(line, tried, width) for line in each) for each in parted)


def _lines(sheet: Sheet, words: str, size: int, width: float) -> list[str]:
    """The words in at most three lines, cut at spaces and between Chinese characters; the last takes what is left."""
    lines = [""]
    for piece in _PIECES.findall(words):
        longer = lines[-1] + piece
        if not lines[-1].strip() or len(lines) == _HEAD_LINES or sheet.width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [line.strip() for line in lines]


def _parted(sheet: Sheet, words: str, size: int, width: float) -> str:
    """The same with a hyphen and a space in words that are wider than the room."""

    def part(word: str) -> str:
        if len(word) <= _SHORT or sheet.width_of(word, size) <= width:
            return word
        ends = range(len(word) - 3, 2, -1)
        end = next((end for end in ends if sheet.width_of(f"{word[:end]}-", size) <= width), 3)
        return f"{word[:end]}- {part(word[end:])}"

    return " ".join(part(word) for word in words.split(" "))


def _draw_row(sheet: Sheet, row: UnitRow, top: float, grid: _Grid, language: str) -> None:
    from bulletins.drawing import drawable  # noqa: PLC0415 - loaded by now: the sheet is made of it

    middle = top + grid.row / 2
    name = drawable(name_in(row.name, language, row.code)) or row.code
    place = "–" if row.rank is None else str(row.rank)
    sheet.text(PHONE.margin + 46, middle, place, size=grid.words, color=QUIET, align="right")
    _draw_name(sheet, name, middle, grid)
    shares = dict(row.shares)
    for number, (code, _) in enumerate(grid.columns):
        value, left = shares.get(code), grid.left + number * grid.width
        ground = PAPER if value is None else ground_of(value, grid.step)
        sheet.box(left + 2, top + 2, grid.width - 4, grid.row - 4, color=ground)
        said = "—" if value is None else rounded(value, 0)
        ink = QUIET if value is None else ink_on(ground)
        sheet.text(left + grid.width / 2, middle, said, size=grid.words, color=ink, align="center")


def _draw_name(sheet: Sheet, name: str, middle: float, grid: _Grid) -> None:
    """A name on one line, or smaller on two."""
    left, room = PHONE.margin + 60, grid.name_room - 60
    if sheet.width_of(name, grid.words) <= room:
        sheet.text(left, middle, name, size=grid.words, color=INK)
        return
    first, *rest = _lines(sheet, name[:_LONGEST], grid.fine, room)
    lines = [first, sheet.fitted(" ".join(rest), grid.fine, room)] if rest else [sheet.fitted(first, grid.fine, room)]
    for number, line in enumerate(lines):
        y = middle + (number - (len(lines) - 1) / 2) * (grid.fine + 2)
        sheet.text(left, y, line, size=grid.fine, color=INK)


def _tier_height(tier: TierTable, grid: _Grid) -> int:
    return 62 + len(tier.units) * grid.row + 26
