"""Each unit's scores over the last months as small panels that share one scale. PURE.

Knows that a month without a score leaves a gap, and that no line leads over a break: from there on a score means
something else. The same in words: `bulletins.alternatives`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from bulletins.charts_style import (
    FAINT,
    GRID,
    HEAD,
    INK,
    NOTE,
    PAGE,
    PAPER,
    PHONE,
    QUIET,
    Layout,
    color_of,
    draw_head,
    draw_tier_name,
    lowest_tick,
    ticks_from,
    tint_of,
    within_limit,
)
from bulletins.parts import BulletinContent, TierTable, TrendPoint, UnitRow
from bulletins.rendering import score
from bulletins.wording import name_in
from consortium.periods import Period
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

MOST_PANELS = 60
_MOST_PERIODS = 60
_GAP = 40
_TIER_HEAD, _TIER_FOOT = 70, 24


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all panels share: the months from left to right, the lowest score, and how large a panel is."""

    periods: tuple[str, ...]
    low: int
    columns: int
    width: float
    height: int
    words: int
    fine: int

    @property
    def top(self) -> int:
        return self.words + 30

    @property
    def bottom(self) -> int:
        return self.height - self.fine - 34


def draw_trends(content: BulletinContent, language: str) -> Sheet:
    """A panel for every unit; at most `MOST_PANELS`, the others are counted."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    tiers, left_out = within_limit(content.tiers, MOST_PANELS)
    frame, margin = _frame(content, PHONE), PHONE.margin
    top, more = HEAD + NOTE, NOTE + 20 if left_out else 0
    height = top + sum(_tier_height(tier, frame) for tier in tiers) + more
    sheet = Sheet(PHONE.width, height, PAPER)
    large = text(language, "charts.trends.title")
    draw_head(sheet, content, language, large=large, below=text(language, "charts.trends.subtitle"))
    sheet.text(margin, HEAD - 10, text(language, "charts.trends.legend"), size=28, color=QUIET)
    y = float(top)
    for number, tier in enumerate(tiers):
        draw_tier_name(sheet, tier, y, color_of(number), language)
        for place, row in enumerate(tier.units):
            left = margin + place % frame.columns * (frame.width + _GAP)
            above = y + _TIER_HEAD + place // frame.columns * frame.height
            _draw_panel(sheet, row, left, above, frame, number, language)
        y += _tier_height(tier, frame)
    if more:
        sheet.text(margin, y + 14, text(language, "bulletins.chart.more", units=left_out), size=30, color=INK)
    return sheet


def draw_panels(content: BulletinContent, language: str) -> list[list[Sheet]]:
    """The same panels for print, tier by tier, each on a sheet of its own: the page puts them in rows."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    frame = _frame(content, PAGE)
    found: list[list[Sheet]] = []
    for number, tier in enumerate(content.tiers):
        found.append([])
        for row in tier.units:
            sheet = Sheet(round(frame.width) + 4, frame.height, PAPER)
            _draw_panel(sheet, row, 2, 0, frame, number, language)
            found[-1].append(sheet)
    return found


def _frame(content: BulletinContent, layout: Layout) -> _Frame:
    points = [point for tier in content.tiers for row in tier.units for point in row.trend]
    values = [value for point in points for value in (point.total, point.low) if value is not None]
    columns = 4 if layout is PAGE else 2
    width = (layout.room - _GAP * (columns - 1)) / columns
    height, words, fine = (196, 24, 20) if layout is PAGE else (256, 32, 26)
    return _Frame(_months([point.period for point in points]), lowest_tick(values), columns, width, height, words, fine)


def _months(named: Sequence[str]) -> tuple[str, ...]:
    """Every period from the first to the last: one that is nowhere settled has its place all the same."""
    if not named:
        return ()
    first, last = min(named), max(named)
    found = [first]
    while found[-1] < last and len(found) < _MOST_PERIODS:
        found.append(str(Period.parse(found[-1]).next()))
    return tuple(found)


def _draw_panel(  # noqa: PLR0917 - where and how one panel is drawn
    sheet: Sheet, row: UnitRow, left: float, top: float, frame: _Frame, number: int, language: str
) -> None:
    """One unit: name and score, the grid, the pieces of its line with their bands, the months at the ends."""
    from bulletins.drawing import drawable  # noqa: PLC0415 - loaded by now: the sheet is made of it

    said = score(row.total)
    room = frame.width - sheet.width_of(said, frame.words) - 20
    name = drawable(name_in(row.name, language, row.code)) or row.code
    size = frame.words if sheet.width_of(name, frame.words) <= room else frame.fine
    sheet.text(left, top + frame.words * 0.75, sheet.fitted(name, size, room), size=size, color=INK)
    sheet.text(
        left + frame.width, top + frame.words * 0.75, said, size=frame.words, color=INK, align="right", bold=True
    )
    for tick in (frame.low, 100):
        y = _y_of(Fraction(tick), top, frame)
        sheet.line((left + frame.fine * 2.2, y), (left + frame.width, y), color=FAINT, width=2)
        sheet.text(left + frame.fine * 1.8, y, str(tick), size=frame.fine, color=QUIET, align="right")
    for tick in ticks_from(frame.low)[1:-1]:
        y = _y_of(Fraction(tick), top, frame)
        sheet.line((left + frame.fine * 2.2, y), (left + frame.width, y), color=GRID, width=1)
    if frame.periods:
        below = top + frame.bottom + frame.fine * 0.9
        sheet.text(left + frame.fine * 2.2, below, frame.periods[0], size=frame.fine, color=QUIET)
        if len(frame.periods) > 1:
            right = left + frame.width
            sheet.text(right, below, frame.periods[-1], size=frame.fine, color=QUIET, align="right")
    _draw_line(sheet, row.trend, left, top, frame, number)


def _draw_line(  # noqa: PLR0917 - where and how one line is drawn
    sheet: Sheet, points: Sequence[TrendPoint], left: float, top: float, frame: _Frame, number: int
) -> None:
    color, places = color_of(number), {period: place for place, period in enumerate(frame.periods)}
    step = (frame.width - frame.fine * 2.2 - 24) / max(len(frame.periods) - 1, 1)

    def x_of(period: str) -> float:
        return left + frame.fine * 2.2 + 12 + places[period] * step

    for point in points:
        if point.is_break and point.period in places and places[point.period] > 0:
            x = x_of(point.period) - step / 2
            sheet.line((x, top + frame.top - 6), (x, top + frame.bottom), color=QUIET, width=3, dotted=True)
    for piece in pieces_of(points, frame.periods):
        sure = [(x_of(p.period), p.low, p.high) for p in piece if p.low is not None and p.high is not None]
        upper = [(x, _y_of(high, top, frame)) for x, _, high in sure]
        lower = [(x, _y_of(low, top, frame)) for x, low, _ in sure]
        if len(sure) > 1 and len(sure) == len(piece):
            sheet.band([*upper, *reversed(lower)], color=tint_of(number))
            sheet.line(*upper, color=color, width=1)
            sheet.line(*lower, color=color, width=1)
        elif len(piece) == 1 and sure:
            sheet.line(upper[0], lower[0], color=color, width=2)
        line = [(x_of(p.period), _y_of(p.total, top, frame)) for p in piece if p.total is not None]
        if len(line) > 1:
            sheet.line(*line, color=color, width=frame.words * 0.16)
        sheet.dot(*line[-1], frame.words * 0.24, color=color, fill=color if piece[-1] is points[-1] else PAPER)


def pieces_of(points: Sequence[TrendPoint], periods: Sequence[str]) -> list[list[TrendPoint]]:
    """Runs of points with a score that follow each other month by month without a break."""
    places = {period: place for place, period in enumerate(periods)}
    pieces: list[list[TrendPoint]] = []
    before: TrendPoint | None = None
    for point in points:
        if point.total is None or point.period not in places:
            before = None
            continue
        follows = before is not None and places[point.period] - places[before.period] == 1
        if follows and not point.is_break:
            pieces[-1].append(point)
        else:
            pieces.append([point])
        before = point
    return pieces


def _y_of(value: Fraction, top: float, frame: _Frame) -> float:
    share = (float(value) - frame.low) / (100 - frame.low)
    return top + frame.bottom - min(max(share, 0.0), 1.0) * (frame.bottom - frame.top)


def _tier_height(tier: TierTable, frame: _Frame) -> int:
    return _TIER_HEAD + -(-len(tier.units) // frame.columns) * frame.height + _TIER_FOOT
