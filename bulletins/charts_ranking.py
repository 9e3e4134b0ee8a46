"""The ranking as a picture: every unit a dot on one scale with its interval, tier by tier, ranked units first. PURE.

Knows where each mark and word of it goes. The same in words: `bulletins.alternatives`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from bulletins.charts_style import (
    FAINT,
    GRID,
    HEAD,
    INK,
    NOTE,
    NOTE_SIZE,
    NOTE_WIDTH,
    PAPER,
    PHONE,
    QUIET,
    color_of,
    draw_head,
    draw_tier_name,
    interval_of,
    lowest_score,
    short_standing,
    ticks_from,
    within_limit,
)
from bulletins.cutting import wrapped
from bulletins.parts import BulletinContent, TierTable, UnitRow
from bulletins.peers import waived_text
from bulletins.rendering import DIGEST_DIGITS, remarks, score
from bulletins.wording import edition_name, name_in, one_line
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet


@dataclass(frozen=True, slots=True)
class _Row:
    """Where the parts of a row lie; `drop` is how far below the name the track is, 0 beside it."""

    height: int
    words: int
    place: int
    name: int
    name_end: int
    score: int
    track: tuple[int, int]
    drop: int
    fine: int  # size of the words on standing; 0: there is no room for them
    standing: int
    standing_end: int

    @property
    def remark(self) -> int:
        return 40 if self.drop else 0


_LARGE = _Row(92, 36, 92, 112, 900, 1040, (490, 1026), 42, 28, 112, 474)
_SMALL = _Row(58, 30, 84, 100, 510, 1040, (530, 900), 0, 0, 0, 0)
_TINY = _Row(33, 22, 84, 100, 510, 1040, (530, 900), 0, 0, 0, 0)
_TIER_HEAD, _TIER_FOOT = 104, 40


@dataclass(frozen=True, slots=True)
class _Scale:
    """From scores to pixels along the track."""

    low: int
    left: int
    right: int

    def x(self, value: Fraction) -> float:
        share = (float(value) - self.low) / (100 - self.low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def draw_ranking(content: BulletinContent, language: str) -> Sheet:
    """Scores as dots on one scale with their intervals, tier by tier."""
    from bulletins.drawing import Sheet  # noqa: PLC0415 - brings matplotlib, which takes most of a second

    tiers, left_out = within_limit(content.tiers)
    units = sum(len(tier.units) for tier in tiers)
    row = next(row for most, row in ((60, _LARGE), (130, _SMALL), (units, _TINY)) if units <= most)
    notes, top = _notes(content, left_out, language), HEAD + 60
    height = top + sum(_tier_height(tier, row) for tier in tiers) + NOTE * len(notes) + 84
    sheet = Sheet(PHONE.width, height, PAPER)
    scale = _Scale(lowest_score(content), *row.track)
    _draw_ranking_head(sheet, content, language)
    y = float(top)
    for number, tier in enumerate(tiers):
        y = _draw_tier(sheet, tier, y, scale, row, color_of(number), language)
    for number, line in enumerate(notes):
        sheet.text(PHONE.margin, y + 14 + NOTE * number, line, size=NOTE_SIZE, color=INK)
    _draw_foot(sheet, content)
    return sheet


def _notes(content: BulletinContent, left_out: int, language: str) -> list[str]:
    waived = wrapped(one_line(waived_text(content, language)), NOTE_WIDTH)
    return [text(language, "bulletins.chart.more", units=left_out), *waived] if left_out else waived


def _draw_ranking_head(sheet: Sheet, content: BulletinContent, language: str) -> None:
    draw_head(
        sheet,
        content,
        language,
        large=edition_name(content, language),
        below=text(language, "bulletins.chart.subtitle"),
    )
    x, y = float(PHONE.margin), float(HEAD)
    keys = ["interval"] if any(interval_of(row) for tier in content.tiers for row in tier.units) else ["ranked"]
    keys += ["moved"] if any(_moved(row) for tier in content.tiers for row in tier.units) else []
    keys += ["unranked"] if any(row.rank is None for tier in content.tiers for row in tier.units) else []
    for key in keys:
        words = text(language, f"charts.legend.{key}")
        if key == "moved":
            sheet.text(x, y, words, size=28, color=QUIET)
            x += sheet.width_of(words, 28) + 40
            continue
        if key == "interval":
            sheet.line((x, y), (x + 56, y), color=INK, width=6)
            for end in (x, x + 56):
                sheet.line((end, y - 9), (end, y + 9), color=INK, width=4)
        fill = PAPER if key == "unranked" else INK
        middle = x + 28 if key == "interval" else x + 12
        sheet.dot(middle, y, 12, color=INK, fill=fill)
        x = middle + (42 if key == "interval" else 26)
        sheet.text(x, y, words, size=28, color=QUIET)
        x += sheet.width_of(words, 28) + 40


def _draw_tier(  # noqa: PLR0917 - where and how one block is drawn
    sheet: Sheet, tier: TierTable, y: float, scale: _Scale, row: _Row, color: str, language: str
) -> float:
    """One tier from `y` on; returns where the next begins."""
    ranked = text(language, "bulletins.chart.ranked", ranked=tier.rank_of) if tier.rank_of else ""
    draw_tier_name(sheet, tier, y, color, language, beside=ranked)
    bottom = y + _tier_height(tier, row) - _TIER_FOOT
    for tick in ticks_from(scale.low):
        x = scale.x(Fraction(tick))
        sheet.text(x, y + _TIER_HEAD - 34, str(tick), size=min(26, row.words), color=QUIET, align="center")
        sheet.line((x, y + _TIER_HEAD - 14), (x, bottom), color=GRID, width=2)
    top = y + _TIER_HEAD
    for each in tier.units:
        _draw_row(sheet, each, top, scale, row, color, language)
        top += _row_height(each, row)
    return bottom + _TIER_FOOT


def _draw_row(  # noqa: PLR0917 - where and how one row is drawn
    sheet: Sheet, unit: UnitRow, top: float, scale: _Scale, row: _Row, color: str, language: str
) -> None:
    from bulletins.drawing import drawable  # noqa: PLC0415 - loaded by now: the sheet is made of it

    margin = PHONE.margin
    y = top + (row.words * 0.8 if row.drop else row.height / 2)
    is_first = unit.rank == 1
    if row.drop:  # the grid stays off the words
        sheet.box(margin, y - row.words * 0.7, PHONE.room, row.words * 1.5, color=PAPER)
    name = drawable(name_in(unit.name, language, unit.code)) or unit.code
    place = "–" if unit.rank is None else str(unit.rank)
    sheet.text(row.place, y, place, size=row.words, color=INK if unit.rank else QUIET, align="right", bold=is_first)
    fitted = sheet.fitted(name, row.words, row.name_end - row.name)
    sheet.text(row.name, y, fitted, size=row.words, color=INK, bold=is_first)
    sheet.text(row.score, y, score(unit.total), size=row.words, color=INK, align="right", bold=is_first)
    if unit.total is not None:
        _draw_track(sheet, unit, y + row.drop, scale, row, color)
    standing = short_standing(unit, language) if row.fine else ""
    if standing:
        said = sheet.fitted(standing, row.fine, row.standing_end - row.standing)
        sheet.text(row.standing, y + row.drop, said, size=row.fine, color=QUIET)
    if row.remark and unit.marks:
        said = sheet.fitted(remarks(unit, language), row.fine, PHONE.right - row.name)
        below = y + row.drop + 40
        sheet.box(row.name, below - 20, sheet.width_of(said, row.fine) + 12, 40, color=PAPER)
        sheet.text(row.name, below, said, size=row.fine, color=QUIET)


def _draw_track(  # noqa: PLR0917 - where and how one mark is drawn
    sheet: Sheet, unit: UnitRow, y: float, scale: _Scale, row: _Row, color: str
) -> None:
    """The score as a dot on a dotted line, its interval as a thick one; hollow where the unit has no rank."""
    assert unit.total is not None
    radius = min(row.words * 0.3, 11.0)
    sheet.line((scale.left, y), (scale.right, y), color=FAINT, width=3, dotted=True)
    ends = interval_of(unit)
    if ends is not None:
        low, high = scale.x(ends[0]), scale.x(ends[1])
        sheet.line((low, y), (high, y), color=color, width=radius * 0.5)
        for end in (low, high):
            sheet.line((end, y - radius * 0.8), (end, y + radius * 0.8), color=color, width=radius * 0.4)
    fill = PAPER if unit.rank is None else color
    sheet.dot(scale.x(unit.total), y, radius, color=color, fill=fill)


def _moved(unit: UnitRow) -> bool:
    return unit.certainty is not None and unit.certainty.movement in ("up", "down")


def _draw_foot(sheet: Sheet, content: BulletinContent) -> None:
    said = f"{content.satisfaction_definition} · {content.peer_definition} · {content.digest[:DIGEST_DIGITS]}"
    sheet.text(PHONE.margin, sheet.height - 40, sheet.fitted(one_line(said), 24, PHONE.room), size=24, color=QUIET)


def _tier_height(tier: TierTable, row: _Row) -> int:
    return _TIER_HEAD + sum(_row_height(each, row) for each in tier.units) + _TIER_FOOT


def _row_height(unit: UnitRow, row: _Row) -> int:
    return row.height + (row.remark if unit.marks else 0)
