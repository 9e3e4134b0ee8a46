"""From figures to points. PURE and exact: Fractions in, Fractions out, nothing rounded.

Every figure earns its share by its curve, measured against nothing, the region, the tier's median or another figure;
what was not collected is missing, never zero (decision 10). Tiers are scored one by one: no table touches another's
units (rule 17). Refuses to know periods and where a figure came from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from evaluation.computed import Earned, computed_figure, in_order
from evaluation.curves import is_whole, linear_share, scaled_curve, share_of
from evaluation.elements import (
    COMPUTED,
    COUNT,
    MONTH,
    REGION,
    RELATIVE,
    SPANS,
    TIER_MEDIAN,
    WATCH,
    Curve,
    Indicator,
    Line,
    Scheme,
)
from evaluation.figures import (
    BONUS_PAID,
    NO_COUNTS,
    NO_PANEL,
    NO_PARTS,
    NO_REFERENCE,
    NO_RESPONSES,
    NO_ROUND,
    NOT_APPROVED,
    NOT_COLLECTED,
    NOTHING_APPLIED,
    PEERS_WAIVED,
    REASONS,
    TOO_FEW_ANSWERS,
    TOO_FEW_EXPERTS,
    TOO_FEW_RATERS,
    WATCHED,
    ZERO_DENOMINATOR,
    Input,
    rate,
)
from evaluation.projections import (
    FULL_SCORE,
    OTHER,
    LineScore,
    Part,
    UnitScore,
    projection,
    put_together,
    scaled,
)

__all__ = [
    "BONUS_PAID", "FULL_SCORE", "NOTHING_APPLIED", "NOT_APPROVED", "NOT_COLLECTED", "NO_COUNTS", "NO_PANEL", "NO_PARTS",
    "NO_REFERENCE", "NO_RESPONSES", "NO_ROUND", "OTHER", "PEERS_WAIVED", "REASONS", "TOO_FEW_ANSWERS",
    "TOO_FEW_EXPERTS", "TOO_FEW_RATERS", "WATCHED", "ZERO_DENOMINATOR", "Input", "LineScore", "Part", "UnitScore",
    "linear_share", "projection", "rate", "scaled", "score_unit", "score_units",
]  # fmt: skip

_NOTHING = Fraction(0)
_MISSING = Input(None, reason=NOT_COLLECTED)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit of a tier as it is scored: its figures, its months of membership, and the bonuses it has had."""

    inputs: Mapping[str, Input]
    months: Fraction
    paid: Collection[str]
    earned: dict[str, Earned]


def score_units(
    scheme: Scheme,
    tiers: Mapping[str, str],
    inputs: Mapping[str, Mapping[str, Input]],
    *,
    region: Mapping[str, Input] = {},
    months: Fraction | int | Mapping[str, Fraction] = 1,
    paid: Mapping[str, Collection[str]] = {},
) -> dict[str, UnitScore]:
    """Score units, in the order of `tiers` (unit → tier). An indicator that `inputs` does not name was not collected.

    `region`: the readings of the consortium as a whole. `months` of membership that the period holds, for all or by
    unit (10 of 30 days: 1/3): the targets of counts are for so many. `paid`: the bonuses a unit has had this year.
    """
    scores: dict[str, UnitScore] = {}
    for tier in dict.fromkeys(tiers.values()):
        units = {
            code: _Unit(
                inputs.get(code, {}),
                Fraction(months.get(code, 1) if isinstance(months, Mapping) else months),
                paid.get(code, ()),
                {},
            )
            for code, of in tiers.items()
            if of == tier
        }
        whole = _Unit(region, max(unit.months for unit in units.values()), (), {})
        _earn(scheme, tier, units.values(), whole)
        scores |= {code: _unit_score(scheme, scheme.tiers[tier].lines, unit) for code, unit in units.items()}
    return {code: scores[code] for code in tiers}


def score_unit(scheme: Scheme, tier: str, inputs: Mapping[str, Input]) -> UnitScore:
    """Score one unit for one month by its tier's table, as if it were alone in its tier."""
    return score_units(scheme, {"": tier}, {"": inputs})[""]


def _earn(scheme: Scheme, tier: str, units: Collection[_Unit], region: _Unit) -> None:
    """Work through the tier's indicators, each behind what it needs, and note for every unit what it earns.

    The region is worked through beside them, so that a mean has a figure of the region to be measured against.
    """
    lines = {line.indicator: line for line in scheme.tiers[tier].lines}
    for code in in_order(lines, scheme.indicators):
        indicator = scheme.indicators[code]
        figures = [_figure(indicator, unit) for unit in units]
        curve = _curve(indicator, lines.get(code))
        middle = _median(figures) if curve is not None and curve.against == TIER_MEDIAN else _MISSING
        applied: dict[Fraction, Curve] = {}  # a count's, by months of membership: few, and the same for most
        for unit, given in ((region, _figure(indicator, region)), *zip(units, figures, strict=True)):
            if curve is None:
                unit.earned[code] = Earned(given, None, given.reason if given.value is None else WATCHED, None, None)
                continue
            if curve.kind == COUNT and unit.months not in applied:
                applied[unit.months] = scaled_curve(curve, unit.months / SPANS[curve.per or MONTH])
            reference = _reference(code, curve, unit, region, middle) if curve.kind == RELATIVE else None
            unit.earned[code] = _earned(indicator, given, applied[unit.months] if applied else curve, reference, unit)


def _figure(indicator: Indicator, unit: _Unit) -> Input:
    if indicator.input in COMPUTED:
        return computed_figure(indicator, unit.earned)
    return unit.inputs.get(indicator.code, _MISSING)


def _curve(indicator: Indicator, line: Line | None) -> Curve | None:
    """The curve in this tier: the line's; of a part that has no line, the indicator's own, if it is whole."""
    curve = line.curve if line is not None else indicator.curve
    return curve if indicator.direction != WATCH and curve is not None and is_whole(curve) else None


def _reference(code: str, curve: Curve, unit: _Unit, region: _Unit, middle: Input) -> Input | None:
    """What a relative curve is measured against; `against` is in `unit.earned` when it is another indicator."""
    if curve.against == TIER_MEDIAN:
        return middle
    if curve.against == REGION:
        return region.earned[code].given if code in region.earned else None  # not of the region itself
    return unit.earned[curve.against or ""].given


def _median(figures: Iterable[Input]) -> Input:
    """The middle of the tier's approved figures; of an even number the mean of the two in the middle."""
    there = [figure.value for figure in figures if figure.value is not None and figure.is_approved]
    return Input(median(there)) if there else _MISSING


def _earned(indicator: Indicator, given: Input, curve: Curve, measured: Input | None, unit: _Unit) -> Earned:
    reference = measured.value if measured is not None else None
    if given.value is None:
        return Earned(given, None, given.reason or NOT_COLLECTED, curve, reference)
    if not given.is_approved:
        return Earned(given, _NOTHING, NOT_APPROVED, curve, reference)
    if indicator.is_bonus and indicator.code in unit.paid:
        return Earned(given, _NOTHING, BONUS_PAID, curve, reference)
    if curve.kind == RELATIVE and reference is None:
        return Earned(given, None, NO_REFERENCE, curve, None)
    return Earned(given, share_of(curve, given.value, reference=reference), None, curve, reference)


def _unit_score(scheme: Scheme, table: Sequence[Line], unit: _Unit) -> UnitScore:
    lines = tuple(_line_score(scheme.indicators[line.indicator], line, unit) for line in table)
    counted = [(line, scheme.indicators[line.code]) for line, row in zip(lines, table, strict=True) if row.points > 0]
    is_complete = all(
        of.is_bonus or (line.points is not None and not unit.earned[line.code].given.is_partial) for line, of in counted
    )
    return put_together(lines, counted, is_complete=is_complete)


def _line_score(indicator: Indicator, line: Line, unit: _Unit) -> LineScore:
    found = unit.earned[line.indicator]
    is_missing = found.share is None
    return LineScore(
        code=line.indicator,
        value=found.given.value,
        share=found.share,
        points=None if found.share is None else found.share * line.points,
        available=_NOTHING if is_missing or indicator.is_bonus else line.points,
        reason=found.reason or (NOT_COLLECTED if is_missing else None),
        curve=found.curve,
        reference=found.reference,
        is_bonus=indicator.is_bonus,
    )
