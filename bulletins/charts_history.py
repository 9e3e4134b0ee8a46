"""The imported series of the years before as a picture, each in a panel with its own scale. PURE.

Knows that they were measured in another way than this month's scores, and says so on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from bulletins.charts_style import FAINT, HEAD, INK, PAGE, PAPER, PHONE, QUIET, Layout, color_of, draw_head
from bulletins.parts import BulletinContent, History
from bulletins.wording import name_in, one_line
from evaluation.explanation_text import figure_text
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

Point = tuple[float, float]

_PANEL = 470


def draw_history(content: BulletinContent, language: str) -> Sheet:
    """Every series in a panel of its own; a missing year breaks the line."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    sheet = Sheet(PHONE.width, HEAD + _PANEL * max(len(content.history), 1) + 10, PAPER)
    draw_head(
        sheet,
        content,
        language,
        large=text(language, "bulletins.chart.history_title"),
        below=text(language, "bulletins.chart.history_subtitle"),
    )
    for number, series in enumerate(content.history):
        _draw_series(sheet, series, HEAD + _PANEL * number, color_of(number), language, PHONE)
    return sheet


def draw_each_series(content: BulletinContent, language: str) -> list[Sheet]:
    """The same panels for print, each on a sheet of its own."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    found = []
    for number, series in enumerate(content.history):
        found.append(Sheet(PAGE.width, _PANEL, PAPER))
        _draw_series(found[-1], series, 10, color_of(number), language, PAGE)
    return found


def _draw_series(  # noqa: PLR0917 - where and how one panel is drawn
    sheet: Sheet, series: History, top: float, color: str, language: str, layout: Layout
) -> None:
    """One series from `top` on: its name and source, its points joined where they follow each other."""
    left, room = layout.margin, layout.room
    sheet.box(left, top, 10, 40, color=color)
    name = sheet.fitted(name_in(series.name, language, series.code), 36, room - 26)
    sheet.text(left + 26, top + 20, name, size=36, color=INK, bold=True)
    if series.source is not None:
        source = text(language, "bulletins.chart.source", source=name_in(series.source, language))
        sheet.text(left + 26, top + 68, sheet.fitted(source, 28, room - 26), size=28, color=QUIET)
    places = _places(series, top + 150, top + 340, layout)
    sheet.line((left, top + 376), (layout.right, top + 376), color=FAINT, width=2)
    for piece in _joined(places):
        sheet.line(*piece, color=color, width=6)
    shown = _labelled(len(series.points), 7 if layout is PAGE else 6)
    for number, ((period, value), place) in enumerate(zip(series.points, places, strict=True)):
        x = _x_of(number, len(series.points), layout)
        if number in shown:
            sheet.text(x, top + 410, sheet.fitted(one_line(period), 28, 170), size=28, color=QUIET, align="center")
        if place is None or value is None:
            continue
        sheet.dot(*place, 12, color=color, fill=PAPER)
        if number in shown:
            figure = one_line(figure_text(value, series.unit, series.unit_wording, language))
            figure = sheet.fitted(figure, 30, 170)
            sheet.text(place[0], place[1] - 38, figure, size=30, color=INK, align="center")


def _places(series: History, top: float, bottom: float, layout: Layout) -> list[Point | None]:
    """Where each point lies between `top` (the largest value) and `bottom` (the smallest)."""
    values = [value for _, value in series.points if value is not None]
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    spread = float(high - low) or 1.0
    return [
        None
        if value is None
        else (_x_of(number, len(series.points), layout), bottom - float(value - low) / spread * (bottom - top))
        for number, (_, value) in enumerate(series.points)
    ]


def _x_of(number: int, points: int, layout: Layout) -> float:
    left, right = layout.margin + 80, layout.right - 80
    return (left + right) / 2 if points == 1 else left + (right - left) * number / (points - 1)


def _joined(places: Sequence[Point | None]) -> list[list[Point]]:
    """Runs of points that follow each other; a missing one breaks the line."""
    pieces: list[list[Point]] = [[]]
    for place in places:
        if place is None:
            pieces.append([])
        else:
            pieces[-1].append(place)
    return [piece for piece in pieces if len(piece) > 1]


def _labelled(points: int, most: int) -> set[int]:
    """Which points carry words: all of a few, else every so many, and always the last."""
    step = max(1, -(-points // most))
    return {number for number in range(points) if (points - 1 - number) % step == 0}
