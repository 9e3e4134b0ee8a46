"""One indicator of all units in a settled period, and how the tiers stand to each other, in words. PURE.

What is shown here is for those who see every unit. Figures of several units are pooled from their counts, and the mean
of the units stands beside it under its own name (rule 79).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from consortium.disclosure import mark_text
from evaluation.comparisons import NOT_POOLED, Together, Yardstick, gap, is_met, together, yardsticks
from evaluation.elements import PEER, Indicator
from evaluation.explanation_text import figure_text, reason_text
from evaluation.freezing import Values
from locales.numbers import plain, rounded
from locales.texts import pick, text

WIDTH = 1000
"""Of a bar, in the units of its drawing."""


@dataclass(frozen=True, slots=True)
class UnitFigureView:
    """One unit's figure; `met` is "yes", "no" or "" where there is nothing to reach; `x` is the end of its bar."""

    code: str
    name: str
    value: str
    counts: str
    target: str
    met: str
    points: str
    missing: str
    x: int | None
    aim: int | None


@dataclass(frozen=True, slots=True)
class TogetherView:
    """Units together: the pooled figure and how it was made, and the mean of the units, which is another thing."""

    value: str
    how: str
    mean: str
    units: int


@dataclass(frozen=True, slots=True)
class TierFigures:
    """The units of one tier with the tier's median and its figure as a whole."""

    name: str
    median: str
    units: tuple[UnitFigureView, ...]
    together: TogetherView


@dataclass(frozen=True, slots=True)
class GapView:
    """How far one tier is from another."""

    low: str
    high: str
    points: str


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One indicator in one period."""

    code: str
    name: str
    source: str
    owner: str
    tiers: tuple[TierFigures, ...]
    whole: TogetherView
    gaps: tuple[GapView, ...]


Members = Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]]
"""Tier → its name and its units, in the order in which they are shown."""


def indicator_view(
    indicator: Indicator, lines: Mapping[str, Values], members: Members, names: Mapping[str, str], language: str
) -> IndicatorView:
    """`lines` are the indicator's frozen lines by unit, `names` the units' names by code."""
    by_tier = {tier: [lines[code] for code in codes if code in lines] for tier, (_, codes) in members.items()}
    medians = yardsticks((tier, row) for tier, rows in by_tier.items() for row in rows)
    ends = _ends(lines.values())
    pooled = {tier: together(indicator, rows) for tier, rows in by_tier.items() if rows}
    return IndicatorView(
        code=indicator.code,
        name=pick(indicator.name, language),
        source=pick(indicator.source, language) if indicator.source else "",
        owner=pick(indicator.owner, language) if indicator.owner else "",
        tiers=tuple(
            TierFigures(
                name=pick(members[tier][0], language) or tier,
                median=_median(medians.get((tier, indicator.code)), indicator, language),
                units=tuple(
                    _unit(code, lines[code], indicator=indicator, names=names, ends=ends, language=language)
                    for code in members[tier][1]
                    if code in lines
                ),
                together=together_view(pooled[tier], indicator, language),
            )
            for tier in pooled
        ),
        whole=together_view(together(indicator, lines.values()), indicator, language),
        gaps=tuple(_gaps(indicator, pooled, members, language)),
    )


def together_view(found: Together, indicator: Indicator, language: str) -> TogetherView:
    """The figure of several units in words, with how it came about."""
    how = text(language, f"scorecard.pooled.{found.how}")
    if found.numerator is not None and found.denominator is not None:
        counts = f"{plain(found.numerator)} ÷ {plain(found.denominator)}"
        how = text(language, "scorecard.pooled.with_counts", how=how, counts=counts)
    return TogetherView(
        value="—" if found.how == NOT_POOLED else shown(found.value, indicator, language),
        how=how,
        mean=shown(found.mean_of_units, indicator, language),
        units=found.units,
    )


def shown(value: Fraction | None, indicator: Indicator, language: str) -> str:
    """A figure with its unit of measure, rounded once; a dash where there is none."""
    if value is None:
        return "—"
    if indicator.input == PEER:
        return mark_text(value, language)
    return figure_text(Fraction(rounded(value)), indicator.unit, indicator.unit_wording, language)


def _unit(
    code: str,
    row: Values,
    *,
    indicator: Indicator,
    names: Mapping[str, str],
    ends: tuple[Fraction, Fraction] | None,
    language: str,
) -> UnitFigureView:
    met = is_met(row)
    counts = ""
    if row["numerator"] is not None and row["denominator"] is not None:
        counts = f"{plain(row['numerator'])} ÷ {plain(row['denominator'])}"
    return UnitFigureView(
        code=code,
        name=names.get(code, code),
        value=shown(row["value"], indicator, language),
        counts=counts,
        target="—" if row["target"] is None else plain(row["target"]),
        met="" if met is None else "yes" if met else "no",
        points="—" if row["points"] is None else f"{rounded(row['points'])} / {plain(row['scheme_points'])}",
        missing=reason_text(row["reason"], language) if row["value"] is None else "",
        x=None if row["value"] is None or ends is None else _x(row["value"], ends),
        aim=None if row["target"] is None or ends is None else _x(row["target"], ends),
    )


def _median(yardstick: Yardstick | None, indicator: Indicator, language: str) -> str:
    if yardstick is None:
        return "—"
    value = shown(yardstick.median, indicator, language)
    return text(language, "scorecard.median", value=value, n=yardstick.figures)


def _gaps(indicator: Indicator, pooled: Mapping[str, Together], members: Members, language: str) -> Iterable[GapView]:
    """Every pair of tiers, the lower one in the table first (rule 51)."""
    tiers = list(pooled)
    for at, high in enumerate(tiers):
        for low in tiers[at + 1 :]:
            found = gap({indicator.code: pooled[low]}, {indicator.code: pooled[high]})
            for points in found.values():
                yield GapView(
                    pick(members[low][0], language) or low,
                    pick(members[high][0], language) or high,
                    ("+" if points > 0 else "") + rounded(points),
                )


def _ends(rows: Iterable[Values]) -> tuple[Fraction, Fraction] | None:
    """From nothing (or the lowest below it) to the largest figure or target: what bars are drawn to."""
    known = [end for row in rows for end in (row["value"], row["target"]) if end is not None]
    low, high = min(known, default=Fraction(0)), max(known, default=Fraction(0))
    low = min(low, Fraction(0))
    return (low, high) if high > low else None


def _x(value: Fraction, ends: tuple[Fraction, Fraction]) -> int:
    low, high = ends
    return round(WIDTH * min(max((value - low) / (high - low), Fraction(0)), Fraction(1)))
