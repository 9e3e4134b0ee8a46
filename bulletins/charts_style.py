"""What all charts of a bulletin share: the sheet's width, the colours, the head. PURE.

Knows two layouts: one for phones, which show a picture at a third of its width, and one for a printed page, where
headings stand above the picture. Colours are told apart by colour-blind readers (after Okabe and Ito, darkened where
they were too pale for white paper; numbers lie on cividis) and never carry a meaning alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from bulletins.parts import BulletinContent, TierTable, UnitRow
from bulletins.wording import edition_name, name_in
from locales.texts import text

if TYPE_CHECKING:
    from bulletins.drawing import Sheet

PAPER, INK, QUIET, FAINT, GRID = "#ffffff", "#1b2733", "#5b6875", "#c9d1d9", "#e6eaee"
TIER_COLORS = ("#0072b2", "#c75000", "#00735a", "#8a4f7d")
TINTS = ("#cfe3f0", "#f4dccd", "#cde3dd", "#e7dae4")
"""A pale ground for each of the colours; what lies on it has an edge of its own."""

MOST_ROWS = 240
"""More units than this are counted and not drawn: channels refuse pictures that are taller."""

NOTE, NOTE_SIZE, NOTE_WIDTH = 42, 30, 64  # height of a line of a note, its size, and its narrow characters
FINE = 60  # a scale from here up has a line every 10 points, a longer one every 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a chart will be seen: a phone has it whole with its head, a page has panels and a head of its own."""

    width: int
    margin: int

    @property
    def right(self) -> int:
        return self.width - self.margin

    @property
    def room(self) -> int:
        return self.width - 2 * self.margin


PHONE = Layout(width=1080, margin=40)
PAGE = Layout(width=1600, margin=4)

HEAD = 236
"""Where the drawing begins below the head of a picture for phones."""


def draw_head(sheet: Sheet, content: BulletinContent, language: str, *, large: str, below: str) -> None:
    """Who publishes which edition, what this is, how to read it."""
    margin, room, edition = PHONE.margin, PHONE.room, edition_name(content, language)
    sheet.box(0, 0, sheet.width, 12, color=TIER_COLORS[0])
    small, said = name_in(content.consortium, language), "" if large == edition else f" · {edition}"
    size = next((each for each in (30, 27) if sheet.width_of(small + said, each) <= room), 24)
    small = sheet.fitted(small, size, max(room - sheet.width_of(said, size), 200))
    sheet.text(margin, 62, sheet.fitted(small + said, size, room), size=size, color=QUIET)
    size = next((each for each in (52, 46, 40) if sheet.width_of(large, each) <= room), 36)
    sheet.text(margin, 122, sheet.fitted(large, size, room), size=size, color=INK, bold=True)
    sheet.text(margin, 184, sheet.fitted(below, 30, room), size=30, color=QUIET)


def draw_tier_name(sheet: Sheet, tier: TierTable, y: float, color: str, language: str, *, beside: str = "") -> None:
    """The name of a tier from `y` on, with a few words at the right edge."""
    layout, large, small = PHONE, 38, 30
    taken = sheet.width_of(beside, small) + 30 if beside else 0
    name = sheet.fitted(name_in(tier.name, language, tier.code), large, layout.room - 24 - taken)
    sheet.box(layout.margin, y, 10, large + 6, color=color)
    sheet.text(layout.margin + 26, y + large / 2 + 3, name, size=large, color=INK, bold=True)
    if beside:
        sheet.text(layout.right, y + large / 2 + 3, beside, size=small, color=QUIET, align="right")


def color_of(number: int) -> str:
    """The colour of the tier with this number."""
    return TIER_COLORS[number % len(TIER_COLORS)]


def tint_of(number: int) -> str:
    """The pale ground that goes with it."""
    return TINTS[number % len(TINTS)]


def lowest_tick(values: Sequence[Fraction]) -> int:
    """A round number below the lowest score, so that differences are seen; at most 80."""
    low = max(0, min(80, (int(min(values, default=Fraction(0))) - 2) // 10 * 10))
    return low if low >= FINE else low // 20 * 20


def lowest_score(content: BulletinContent) -> int:
    """Where the scale of the scores begins: below every score and every end of an interval."""
    rows = [row for tier in content.tiers for row in tier.units]
    values = [row.total for row in rows if row.total is not None]
    return lowest_tick([*values, *(ends[0] for row in rows if (ends := interval_of(row)) is not None)])


def interval_of(row: UnitRow) -> tuple[Fraction, Fraction] | None:
    """Both ends of a score's interval; None where there is none."""
    sure = row.certainty
    if sure is None or sure.total_low is None or sure.total_high is None:
        return None
    return sure.total_low, sure.total_high


def short_standing(unit: UnitRow, language: str, *, has_places: bool = True) -> str:
    """The places that are as likely, the band, and an arrow where the movement is more than noise: few words."""
    sure = unit.certainty
    if sure is None:
        return ""
    parts = []
    if has_places and sure.rank_low is not None and sure.rank_low != sure.rank_high:
        parts.append(text(language, "charts.standing.places", low=sure.rank_low, high=sure.rank_high))
    if sure.band is not None:
        parts.append(text(language, f"charts.standing.{sure.band}"))
    if sure.movement in ("up", "down"):
        parts.append(text(language, f"charts.standing.{sure.movement}"))
    return text(language, "charts.standing.separator").join(parts)


def ticks_from(low: int) -> range:
    """The marks of a scale that ends at 100."""
    return range(low, 101, 10 if low >= FINE else 20)


def within_limit(tiers: Sequence[TierTable], most: int = MOST_ROWS) -> tuple[list[TierTable], int]:
    """The first `most` units, and how many are left out."""
    kept, room = [], most
    for tier in tiers:
        if room > 0:
            kept.append(replace(tier, units=tier.units[:room]))
        room -= len(tier.units)
    return kept, max(0, -room)
