"""A quarter of peer figures as everybody may see it: marks, bands and places by tier, and what was assumed.

Words only: rounding was done where the figures were made, and nothing finer comes in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulletins.wording import period_name
from consortium.disclosure import mark_text
from consortium.periods import Period
from evaluation.peer_wording import band_text
from reviews.figures import QuarterFigures, QuarterUnit

Tiers = Mapping[str, tuple[str, Mapping[str, str]]]
"""Tier → its name and its units' names by code, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """A unit over the quarter; `band` and `places` ("3–7 / 12", of so many) are "" where its tier has none."""

    name: str
    mark: str
    band: str
    places: str
    months: int


@dataclass(frozen=True, slots=True)
class TierView:
    """The units of a tier that have a score, the best first."""

    name: str
    rows: tuple[QuarterRow, ...]


@dataclass(frozen=True, slots=True)
class QuarterView:
    """A quarter: its name, the months that were counted, the tiers, and the assumptions that the figures rest on."""

    name: str
    months: tuple[str, ...]
    tiers: tuple[TierView, ...]
    interval: int
    alike: int
    draws: int
    definition: str


def quarter_view(figures: QuarterFigures, tiers: Tiers, language: str) -> QuarterView:
    """The figures in words; units that belong to no tier any more stand last, by their code."""
    by_tier: dict[str, list[QuarterUnit]] = {}
    for unit in figures.units:
        by_tier.setdefault(unit.tier, []).append(unit)
    order = [*tiers, *sorted(set(by_tier) - set(tiers))]
    return QuarterView(
        name=period_name(Period.parse(figures.quarter), language),
        months=tuple(period_name(Period.parse(month), language) for month in figures.months),
        tiers=tuple(_tier(tier, by_tier[tier], tiers, language) for tier in order if tier in by_tier),
        interval=figures.interval,
        alike=figures.alike,
        draws=figures.draws,
        definition=figures.definition,
    )


def _tier(tier: str, units: list[QuarterUnit], tiers: Tiers, language: str) -> TierView:
    name, names = tiers.get(tier, (tier, {}))
    ranked = sorted(units, key=lambda unit: (unit.rank is None, unit.rank or 0, -unit.score, unit.unit))
    return TierView(name, tuple(_row(unit, names, language) for unit in ranked))


def _row(unit: QuarterUnit, names: Mapping[str, str], language: str) -> QuarterRow:
    places = ""
    if unit.rank_low is not None and unit.rank_high is not None:
        low, high = unit.rank_low, unit.rank_high
        places = f"{low} / {unit.ranked}" if low == high else f"{low}–{high} / {unit.ranked}"
    return QuarterRow(
        name=names.get(unit.unit, unit.unit),
        mark=mark_text(unit.score, language),
        band=band_text(unit.band, language) if unit.band is not None else "",
        places=places,
        months=unit.months,
    )
