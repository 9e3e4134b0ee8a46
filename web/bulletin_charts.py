"""The drawings of an edition as places on small sheets: scores with their intervals, months side by side, shares. PURE.

Knows numbers and where they lie; templates draw them, and each stands in or beside a table that says the same. Nothing
is told by colour alone. Refuses to round twice: words come from the bulletin's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bulletins.certainty import movement_sign
from bulletins.parts import OTHER_PARTS, BulletinContent, TierTable, TrendPoint, UnitRow
from bulletins.rendering import NO_FIGURE, score
from bulletins.wording import name_in
from evaluation.scoring import FULL_SCORE
from locales.numbers import plain, rounded
from locales.texts import text
from web.chart_lines import Scale, round_scale

PLOT_WIDTH, PLOT_HEIGHT, PLOT_EDGE = 300, 26, 8
SMALL_WIDTH, SMALL_HEIGHT, SMALL_EDGE = 168, 72, 8

_HEAT_STEPS = 5
_FULL = Fraction(FULL_SCORE)
_TEN = 10


@dataclass(frozen=True, slots=True)
class Plot:
    """One unit's score on the common scale; `low` and `high` are the ends of its interval, None where it has none."""

    x: int
    low: int | None
    high: int | None
    is_ranked: bool


@dataclass(frozen=True, slots=True)
class PlotScale:
    """The common scale: from `low` to 100, with a line every ten or twenty points: place and number."""

    low: int
    ticks: tuple[tuple[int, int], ...]

    def x(self, value: Fraction) -> int:
        share = (min(max(value, Fraction(self.low)), _FULL) - self.low) / (100 - self.low)
        return PLOT_EDGE + round(share * (PLOT_WIDTH - 2 * PLOT_EDGE))


@dataclass(frozen=True, slots=True)
class Small:
    """A unit's months on a small sheet: lines, their intervals as areas, the newest point, breaks; and in words."""

    name: str
    newest: str
    sign: str
    place: str
    paths: tuple[str, ...]
    areas: tuple[str, ...]
    dots: tuple[tuple[int, int], ...]
    last: tuple[int, int] | None
    breaks: tuple[int, ...]
    words: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTier:
    """The units of a tier with one scale for all, its ends in figures, and the months they share."""

    name: str
    low: str
    high: str
    periods: tuple[str, ...]
    units: tuple[Small, ...]
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A unit's share in each dimension: the figure and how strong its colour is, 0–5 (None: no figure)."""

    name: str
    cells: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class HeatTier:
    name: str
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """Units by dimensions."""

    columns: tuple[str, ...]
    tiers: tuple[HeatTier, ...]


def plot_scale(content: BulletinContent) -> PlotScale:
    """From a round number below the lowest score or interval up to 100."""
    ends = [
        end
        for tier in content.tiers
        for row in tier.units
        for end in (row.total, row.certainty.total_low if row.certainty is not None else None)
        if end is not None
    ]
    low = max(0, min(80, (int(min(ends, default=Fraction(0))) - 2) // _TEN * _TEN))
    step = _TEN if low >= 50 else 2 * _TEN  # noqa: PLR2004 - half of the scale
    scale = PlotScale(low, ())
    ticks = tuple((scale.x(Fraction(each)), each) for each in range(100, low - 1, -step))
    return PlotScale(low, ticks[::-1])


def plot_of(row: UnitRow, scale: PlotScale) -> Plot | None:
    """Where a unit's score lies; None without one."""
    if row.total is None:
        return None
    sure = row.certainty
    has_ends = sure is not None and sure.total_low is not None and sure.total_high is not None
    return Plot(
        scale.x(row.total),
        scale.x(sure.total_low) if has_ends and sure is not None and sure.total_low is not None else None,
        scale.x(sure.total_high) if has_ends and sure is not None and sure.total_high is not None else None,
        row.rank is not None,
    )


def small_multiples(content: BulletinContent, language: str) -> tuple[SmallTier, ...]:
    """Tier by tier every unit's months; tiers whose units have a single month are not there."""
    return tuple(found for tier in content.tiers if (found := _small_tier(tier, language)) is not None)


def heat_table(content: BulletinContent, language: str) -> Heat | None:
    """How much of what was available each unit earned, by dimension; None where the edition does not say."""
    if not content.groups:
        return None
    codes = [code for code, _ in content.groups]
    tiers = tuple(
        HeatTier(name_in(tier.name, language, tier.code), tuple(_heat_row(row, codes, language) for row in tier.units))
        for tier in content.tiers
    )
    return Heat(tuple(name_in(name, language, code) for code, name in content.groups), tiers)


def _heat_row(row: UnitRow, codes: Sequence[str], language: str) -> HeatRow:
    shares = dict(row.shares)
    cells = []
    for code in codes:
        share = shares.get(code)
        step = None if share is None else min(int(share * (_HEAT_STEPS + 1) / FULL_SCORE), _HEAT_STEPS)
        cells.append((NO_FIGURE if share is None else rounded(share, 0), step))
    return HeatRow(name_in(row.name, language, row.code), tuple(cells))


def _small_tier(tier: TierTable, language: str) -> SmallTier | None:
    periods = sorted({point.period for row in tier.units for point in row.trend})
    known = [
        end
        for row in tier.units
        for point in row.trend
        if point.total is not None
        for end in (point.total, point.low, point.high)
        if end is not None
    ]
    if len(periods) < 2 or not known:  # noqa: PLR2004 - a line needs two
        return None
    scale = round_scale(min(known), max(known))
    units = tuple(_small(row, periods, scale, language) for row in tier.units if row.trend)
    breaks = sorted({(point.period, point.reasons) for row in tier.units for point in row.trend if point.is_break})
    said = tuple(dict.fromkeys(_break_text(period, reasons, language) for period, reasons in breaks))
    return SmallTier(
        name_in(tier.name, language, tier.code), plain(scale.bottom), plain(scale.top), tuple(periods), units, said
    )


def _small(row: UnitRow, periods: Sequence[str], scale: Scale, language: str) -> Small:
    by_period = {point.period: point for point in row.trend}
    points = [by_period.get(period) for period in periods]
    step = Fraction(SMALL_WIDTH - 2 * SMALL_EDGE, len(periods) - 1)
    places = [SMALL_EDGE + round(at * step) for at in range(len(periods))]
    runs = _runs(points)
    dots = [
        (x, _y(point.total, scale))
        for x, point in zip(places, points, strict=True)
        if point and point.total is not None
    ]
    figures = tuple(score(point.total if point is not None else None) for point in points)
    name = name_in(row.name, language, row.code)
    separator = text(language, "evaluation.list_separator")
    said = separator.join(
        f"{period} {figure}" for period, figure in zip(periods, figures, strict=True) if figure != NO_FIGURE
    )
    return Small(
        name=name,
        newest=score(row.total),
        sign=movement_sign(row),
        place="" if row.rank is None else text(language, "edition.place", rank=row.rank, of=row.trend[-1].rank_of),
        paths=tuple(
            " ".join(f"{places[at]},{_y(_total(points, at), scale)}" for at in run) for run in runs if len(run) > 1
        ),
        areas=tuple(area for run in runs if len(run) > 1 and (area := _area(points, run, places, scale))),
        dots=tuple(dots[:-1]),
        last=dots[-1] if dots else None,
        breaks=tuple(
            (places[at - 1] + places[at]) // 2 for at, point in enumerate(points) if at and point and point.is_break
        ),
        words=text(language, "scorecard.chart.words", name=name, figures=said or NO_FIGURE),
        figures=figures,
    )


def _runs(points: Sequence[TrendPoint | None]) -> list[list[int]]:
    """The places that a line may join: parted by breaks and by months without a score."""
    found: list[list[int]] = [[]]
    for at, point in enumerate(points):
        if point is None or point.total is None:
            found.append([])
            continue
        if point.is_break:
            found.append([])
        found[-1].append(at)
    return [run for run in found if run]


def _area(points: Sequence[TrendPoint | None], run: Sequence[int], places: Sequence[int], scale: Scale) -> str:
    """The intervals of a run as one area; "" where a month of it has none."""
    ends = [(point.low, point.high) for at in run if (point := points[at]) is not None]
    if any(low is None or high is None for low, high in ends):
        return ""
    upper = [f"{places[at]},{_y(high, scale)}" for at, (_, high) in zip(run, ends, strict=True)]
    lower = [f"{places[at]},{_y(low, scale)}" for at, (low, _) in zip(run, ends, strict=True)]
    return " ".join(upper + lower[::-1])


def _total(points: Sequence[TrendPoint | None], at: int) -> Fraction | None:
    point = points[at]
    return None if point is None else point.total


def _y(value: Fraction | None, scale: Scale) -> int:
    share = ((value or Fraction(0)) - scale.bottom) / (scale.top - scale.bottom)
    inside = min(max(share, Fraction(0)), Fraction(1))
    return round(SMALL_HEIGHT - SMALL_EDGE - inside * (SMALL_HEIGHT - 2 * SMALL_EDGE))


def _break_text(period: str, reasons: Sequence[str], language: str) -> str:
    words = [
        text(language, "edition.break.parts" if reason == OTHER_PARTS else f"scorecard.break.{reason}")
        for reason in reasons
    ]
    named = text(language, "evaluation.list_separator").join(words)
    if not words:
        return text(language, "edition.break_only", period=period)
    return text(language, "edition.break", period=period, reasons=named)
