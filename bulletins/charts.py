"""The pictures of a bulletin: the ranking by tier, and, on a sheet of its own, the years before. PURE.

Knows what is drawn where. Its other half is the program `python -m bulletins.charts`, which reads one order as JSON and
writes one PNG: drawing takes time and memory, so it is done in a process that ends. The same content in words:
`bulletins.rendering.alt_text` and `history_alt_text`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bulletins.content import BulletinContent, History, TierTable, UnitRow, from_json
from bulletins.cutting import wrapped
from bulletins.peers import waived_text
from bulletins.rendering import DIGEST_DIGITS, remarks, score
from bulletins.wording import edition_name, name_in, one_line
from evaluation.explanation_text import figure_text
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

RANKING, HISTORY = "ranking", "history"

WIDTH = 1080
MOST_ROWS = 240
"""More units than this are counted and not drawn: channels refuse pictures that are taller."""

_PAPER, _INK, _QUIET, _FAINT, _GRID = "#ffffff", "#1b2733", "#5b6875", "#c9d1d9", "#e6eaee"
_COLORS = ("#0072b2", "#d55e00", "#00735a", "#8a4f7d")  # told apart by colour-blind readers, dark enough on white
_MARGIN = 56
_TOP = 330
_NOTE, _NOTE_WIDTH = 36, 76  # height of a line of a note, and how many narrow characters it takes
_FINE = 60  # a scale from here up has a line every 10 points, a longer one every 20


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a row and its words are; many units make them smaller."""

    row: int
    words: int
    with_remarks: bool

    @property
    def remark(self) -> int:
        return 32 if self.with_remarks else 0


_SIZES = ((60, _Size(58, 29, True)), (130, _Size(44, 25, False)), (MOST_ROWS, _Size(34, 21, False)))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From scores to pixels along the track."""

    low: int
    left: int = 560
    right: int = 912

    def x(self, value: Fraction) -> float:
        share = (float(value) - self.low) / (100 - self.low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    @property
    def ticks(self) -> range:
        return range(self.low, 101, 10 if self.low >= _FINE else 20)


def ranking_chart(content: BulletinContent, language: str) -> bytes:
    """Scores as dots on one scale, tier by tier, ranked units first; a PNG 1080 pixels wide."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    tiers, left_out = _within_limit(content.tiers)
    rows = sum(len(tier.units) for tier in tiers)
    size = next(size for most, size in _SIZES if rows <= most)
    waived = wrapped(one_line(waived_text(content, language)), _NOTE_WIDTH)
    height = _TOP + sum(_tier_height(tier, size) for tier in tiers) + 96 + 40 * bool(left_out) + _NOTE * len(waived)
    sheet = Sheet(WIDTH, height, _PAPER)
    scale = _scale(tiers)
    _ranking_head(sheet, content, scale, language)
    y = float(_TOP)
    for number, tier in enumerate(tiers):
        y = _draw_tier(sheet, tier, y, scale, size, _COLORS[number % len(_COLORS)], language)
    if left_out:
        more = text(language, "bulletins.chart.more", units=left_out)
        sheet.text(_MARGIN, y + 10, more, size=24, color=_QUIET)
        y += 40
    for number, line in enumerate(waived):
        sheet.text(_MARGIN, y + 10 + _NOTE * number, line, size=24, color=_INK)
    _foot(sheet, content)
    return sheet.png()


def history_chart(content: BulletinContent, language: str) -> bytes:
    """The imported series of the years before, each in a panel with its own scale; a PNG 1080 pixels wide."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    top, panel = 232, 470
    sheet = Sheet(WIDTH, top + panel * max(len(content.history), 1) + 30, _PAPER)
    _head(
        sheet,
        small=name_in(content.consortium, language),
        large=text(language, "bulletins.chart.history_title"),
        below=text(language, "bulletins.chart.history_subtitle"),
    )
    for number, series in enumerate(content.history):
        _draw_series(sheet, series, top + panel * number, _COLORS[number % len(_COLORS)], language)
    return sheet.png()


def picture_key(bulletin_id: int, language: str, kind: str = RANKING) -> str:
    """The key by which messages and pages name a picture."""
    return f"bulletin:{bulletin_id}:{language}" + (f":{kind}" if kind != RANKING else "")


def draw(order: dict[str, Any]) -> bytes:
    """The picture that an order `{"kind", "language", "content"}` asks for."""
    chart = {RANKING: ranking_chart, HISTORY: history_chart}[order["kind"]]
    return chart(from_json(order["content"]), order["language"])


def main() -> None:
    """The program: one order in, one picture out."""
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))


def _head(sheet: Sheet, *, small: str, large: str, below: str) -> None:
    room = WIDTH - 2 * _MARGIN
    sheet.box(0, 0, WIDTH, 12, color=_COLORS[0])
    sheet.text(_MARGIN, 64, sheet.fitted(small, 27, room), size=27, color=_QUIET)
    sheet.text(_MARGIN, 120, sheet.fitted(large, 47, room), size=47, color=_INK, bold=True)
    sheet.text(_MARGIN, 178, sheet.fitted(below, 27, room), size=27, color=_QUIET)


def _ranking_head(sheet: Sheet, content: BulletinContent, scale: _Scale, language: str) -> None:
    _head(
        sheet,
        small=name_in(content.consortium, language),
        large=edition_name(content, language),
        below=text(language, "bulletins.chart.subtitle"),
    )
    x = float(_MARGIN)
    for key, fill in (("legend_ranked", _INK), ("legend_unranked", _PAPER)):
        words = text(language, f"bulletins.chart.{key}")
        sheet.dot(x + 10, 230, 9, color=_INK, fill=fill)
        sheet.text(x + 30, 230, words, size=24, color=_QUIET)
        x += sheet.width_of(words, 24) + 74
    for tick in scale.ticks:
        sheet.text(scale.x(Fraction(tick)), 292, str(tick), size=22, color=_QUIET, align="center")


def _draw_tier(  # noqa: PLR0917 - where and how one block is drawn
    sheet: Sheet, tier: TierTable, y: float, scale: _Scale, size: _Size, color: str, language: str
) -> float:
    """One tier from `y` on; returns where the next begins."""
    bottom = y + _tier_height(tier, size) - 44
    for tick in scale.ticks:
        sheet.line((scale.x(Fraction(tick)), y + 50), (scale.x(Fraction(tick)), bottom), color=_GRID, width=2)
    sheet.box(_MARGIN, y, 8, 36, color=color)
    ranked = text(language, "bulletins.chart.ranked", ranked=tier.rank_of) if tier.rank_of else ""
    room = WIDTH - 2 * _MARGIN - 50 - sheet.width_of(ranked, 24)
    name = sheet.fitted(name_in(tier.name, language, tier.code), 33, room)
    sheet.text(_MARGIN + 24, y + 18, name, size=33, color=color, bold=True)
    sheet.text(WIDTH - _MARGIN, y + 18, ranked, size=24, color=_QUIET, align="right")
    middle = y + 62 + size.row / 2
    for row in tier.units:
        _draw_row(sheet, row, middle, scale, size, color, language)
        middle += _row_height(row, size)
    return bottom + 44


def _draw_row(  # noqa: PLR0917 - where and how one row is drawn
    sheet: Sheet, row: UnitRow, y: float, scale: _Scale, size: _Size, color: str, language: str
) -> None:
    from bulletins.drawing import drawable  # noqa: PLC0415 - loaded by now: the sheet is made of it

    name = drawable(name_in(row.name, language, row.code)) or row.code
    is_first = row.rank == 1
    place = "–" if row.rank is None else str(row.rank)
    sheet.text(
        _MARGIN + 44, y, place, size=size.words, color=color if row.rank else _QUIET, align="right", bold=is_first
    )
    sheet.text(_MARGIN + 66, y, sheet.fitted(name, size.words, 400), size=size.words, color=_INK, bold=is_first)
    if row.total is not None:
        sheet.line((scale.left, y), (scale.right, y), color=_FAINT, width=3, dotted=True)
        fill = _PAPER if row.rank is None else color
        sheet.dot(scale.x(row.total), y, size.words * 0.4, color=color, fill=fill)
    sheet.text(WIDTH - _MARGIN, y, score(row.total), size=size.words, color=_INK, align="right", bold=is_first)
    if size.with_remarks and row.marks:
        said = sheet.fitted(remarks(row, language), 22, WIDTH - 2 * _MARGIN - 66)
        sheet.box(_MARGIN + 66, y + 22, sheet.width_of(said, 22) + 12, 42, color=_PAPER)  # the grid stays off the words
        sheet.text(_MARGIN + 66, y + 38, said, size=22, color=_QUIET)


def _foot(sheet: Sheet, content: BulletinContent) -> None:
    definitions = f"{content.satisfaction_definition} · {content.peer_definition} · {content.digest[:DIGEST_DIGITS]}"
    sheet.text(_MARGIN, sheet.height - 46, one_line(definitions), size=20, color=_QUIET)


def _draw_series(sheet: Sheet, series: History, top: float, color: str, language: str) -> None:
    """One series from `top` on: its name and source, its points joined where they follow each other."""
    room = WIDTH - 2 * _MARGIN
    sheet.box(_MARGIN, top, 8, 36, color=color)
    name = sheet.fitted(name_in(series.name, language, series.code), 33, room - 24)
    sheet.text(_MARGIN + 24, top + 18, name, size=33, color=color, bold=True)
    if series.source is not None:
        source = text(language, "bulletins.chart.source", source=name_in(series.source, language))
        sheet.text(_MARGIN + 24, top + 62, sheet.fitted(source, 24, room - 24), size=24, color=_QUIET)
    places = _places(series, top + 150, top + 350)
    sheet.line((_MARGIN, top + 380), (WIDTH - _MARGIN, top + 380), color=_FAINT, width=2)
    for piece in _joined(places):
        sheet.line(*piece, color=color, width=5)
    shown = _labelled(len(series.points))
    for number, ((period, value), place) in enumerate(zip(series.points, places, strict=True)):
        x = _x_of(number, len(series.points))
        if number in shown:
            sheet.text(x, top + 408, one_line(period), size=23, color=_QUIET, align="center")
        if place is None or value is None:
            continue
        sheet.dot(*place, 10, color=color, fill=_PAPER)
        if number in shown:
            figure = one_line(figure_text(value, series.unit, series.unit_wording, language))
            sheet.text(place[0], place[1] - 34, figure, size=25, color=_INK, align="center")


def _places(series: History, top: float, bottom: float) -> list[tuple[float, float] | None]:
    """Where each point lies between `top` (the largest value) and `bottom` (the smallest)."""
    values = [value for _, value in series.points if value is not None]
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    spread = float(high - low) or 1.0
    return [
        None
        if value is None
        else (_x_of(number, len(series.points)), bottom - float(value - low) / spread * (bottom - top))
        for number, (_, value) in enumerate(series.points)
    ]


def _x_of(number: int, points: int) -> float:
    left, right = _MARGIN + 60, WIDTH - _MARGIN - 60
    return (left + right) / 2 if points == 1 else left + (right - left) * number / (points - 1)


def _joined(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Runs of points that follow each other; a missing one breaks the line."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            pieces.append([])
        else:
            pieces[-1].append(place)
    return [piece for piece in pieces if len(piece) > 1]


def _labelled(points: int) -> set[int]:
    """Which points carry words: all of a few, else every so many, and always the last."""
    step = max(1, -(-points // 9))
    return {number for number in range(points) if (points - 1 - number) % step == 0}


def _within_limit(tiers: Sequence[TierTable]) -> tuple[list[TierTable], int]:
    """The first `MOST_ROWS` units, and how many are left out."""
    kept, room = [], MOST_ROWS
    for tier in tiers:
        if room > 0:
            kept.append(TierTable(tier.code, tier.name, tier.rank_of, tier.units[:room]))
        room -= len(tier.units)
    return kept, max(0, -room)


def _tier_height(tier: TierTable, size: _Size) -> int:
    return 62 + sum(_row_height(row, size) for row in tier.units) + 44


def _row_height(row: UnitRow, size: _Size) -> int:
    return size.row + (size.remark if row.marks else 0)


def _scale(tiers: Sequence[TierTable]) -> _Scale:
    """From a round number below the lowest score up to 100."""
    lowest = min((row.total for tier in tiers for row in tier.units if row.total is not None), default=Fraction(0))
    low = max(0, min(80, (int(lowest) - 2) // 10 * 10))
    return _Scale(low if low >= _FINE else low // 20 * 20)


if __name__ == "__main__":
    main()
