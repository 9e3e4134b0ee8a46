"""A settled period as plain values: the rows that are written, and adding them up again. PURE.

Rows are mappings by column name; the same functions serve the settlement that writes them and the check that reads them
back. Refuses to know the scheme when reading: a frozen line carries its own points and its own curve.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evaluation.computed import in_order
from evaluation.curves import curve_document, curve_from, is_whole, share_of
from evaluation.elements import COMPUTED, LINEAR, RELATIVE, Curve, Indicator, Scheme
from evaluation.figures import BONUS_PAID, NOT_APPROVED, WATCHED, Input
from evaluation.membership import Membership
from evaluation.ranking import VETOED, rank, unranked_reason
from evaluation.scoring import LineScore, Part, UnitScore, projection, scaled

Values = dict[str, Any]
"""One row, by column name."""

MEAN_OF_PERIODS, BY_VERSION = "mean_of_months", "by_version"
COMBINED = (MEAN_OF_PERIODS, BY_VERSION)
"""Instead of a missing figure's reason, with points: they are those of several parts of the period put together, the
months of a year or the stretches that one version of the scheme scores."""

_WORTH_NOTHING = (NOT_APPROVED, BONUS_PAID)


@dataclass(frozen=True, slots=True)
class UnitInputs:
    """One unit's figures by indicator, and how many patients answered and units rated it.

    `responses` is None where patients answered, but too few to say how many; `held_out` are answers that do not count
    because they are doubted. `membership` None: a member all the time.
    """

    figures: Mapping[str, Input]
    responses: int | None
    raters: int
    held_out: int = 0
    membership: Membership | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit of a tier with what it was scored from and what came out; void when it is vetoed."""

    unit_code: str
    tier: str
    inputs: UnitInputs
    score: UnitScore
    is_vetoed: bool = False

    @property
    def total(self) -> Fraction | None:
        """The total that counts."""
        return None if self.is_vetoed else self.score.total


def card_values(period: str, scheme: Scheme, standings: Sequence[Standing]) -> list[Values]:
    """The rows of all scorecards: totals, and ranks within each tier among those that take one.

    Intervals and bands are empty: `composite.with_intervals` draws them.
    """
    sizes = Counter(standing.tier for standing in standings)
    reasons = {
        standing.unit_code: unranked_reason(
            tier_is_ranked=scheme.tiers[standing.tier].ranked,
            units_in_tier=sizes[standing.tier],
            total=standing.total,
            responses=standing.inputs.responses or 0,
            is_vetoed=standing.is_vetoed,
        )
        for standing in standings
    }
    fields: dict[str, dict[str, Fraction]] = {tier: {} for tier in sizes}
    for standing in standings:
        if reasons[standing.unit_code] is None and standing.total is not None:
            fields[standing.tier][standing.unit_code] = standing.total
    ranks = {unit_code: place for field in fields.values() for unit_code, place in rank(field).items()}
    return [
        {
            "period": period,
            "unit_code": standing.unit_code,
            "position": position,
            "tier": standing.tier,
            "total": standing.total,
            "complete": standing.score.complete,
            "responses": standing.inputs.responses or 0,
            "too_few": standing.inputs.responses is None,
            "held_out": standing.inputs.held_out,
            "raters": standing.inputs.raters,
            "rank": ranks.get(standing.unit_code),
            "rank_of": len(fields[standing.tier]),
            "unranked_reason": reasons[standing.unit_code],
            "rank_low": None,
            "rank_high": None,
            "band": None,
            "total_low": None,
            "total_high": None,
            **_days(standing.inputs.membership),
        }
        for position, standing in enumerate(standings)
    ]


def line_values(period: str, scheme: Scheme, standing: Standing) -> list[Values]:
    """The rows of one unit's lines, in the order of its tier's table; behind them figures that computed lines are made
    of and that have no line of their own.
    """
    tier, figures = scheme.tiers[standing.tier], standing.inputs.figures
    scored = zip(tier.lines, standing.score.lines, strict=True)
    rows = [
        _row(scheme.indicators[line.indicator], line.points, found, figures.get(line.indicator, Input(None)))
        for line, found in scored
    ]
    own = {line.indicator for line in tier.lines}
    for code in in_order([line.indicator for line in tier.lines], scheme.indicators):
        indicator = scheme.indicators[code]
        if code not in own and indicator.input not in COMPUTED:
            given = figures.get(code, Input(None))
            rows.append(_row(indicator, Fraction(0), _unscored(code, given), given))
    return [
        {"period": period, "unit_code": standing.unit_code, **row, "position": position}
        for position, row in enumerate(rows)
    ]


def given_of(row: Values) -> Input:
    """The figure that a frozen line was scored from, as it came in."""
    return Input(
        value=row["value"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        reason=row["reason"] if row["value"] is None else None,
        n=row["n"],
        definition=row["definition"],
        low=row["low"],
        high=row["high"],
        invited=row["invited"],
        mode_mix=row["mode_mix"],
        is_approved=row["reason"] != NOT_APPROVED,
        origin=row["origin"],
    )


def applied_curve(row: Values) -> Curve | None:
    """The curve that a frozen line was scored by; None for one that earns nothing."""
    if row.get("curve") is not None:
        return curve_from(row["curve"])
    if row["floor"] is None or row["target"] is None:
        return None
    return Curve(LINEAR, row["floor"], row["target"])


def frozen_total(lines: Iterable[Values]) -> Fraction | None:
    """A unit's total from its frozen lines alone, 100 at most; None when nothing was available."""
    rows = list(lines)
    earned = sum((row["points"] for row in rows if row["points"] is not None), Fraction(0))
    return scaled(earned, sum((row["available"] for row in rows), Fraction(0)))


def card_agrees(card: Values, lines: Iterable[Values]) -> bool:
    """Whether a frozen total is that of its lines; a vetoed unit has none."""
    return bool(card["total"] == (None if card["unranked_reason"] == VETOED else frozen_total(lines)))


def frozen_projection(lines: Iterable[Values], axis: str) -> dict[str, Fraction | None]:
    """Scaled points by `dimension` or by `party` from frozen lines; they add up to the total (rules 11, 19)."""
    rows = [row for row in lines if row["scheme_points"] > 0]
    available = sum((row["available"] for row in rows), Fraction(0))
    return projection((Part(row[axis], row["points"], row["available"]) for row in rows), available)


def line_agrees(row: Values) -> bool:
    """Whether a frozen line's share, points and available points follow from its own figure and curve.

    Of a line that is put together from parts of the period, whether they follow from each other.
    """
    if row["reason"] in COMBINED and row["points"] is not None:
        return bool(row["points"] == row["share"] * (row["available"] or row["scheme_points"]))
    share = _share_of_row(row)
    if share is None:
        return row["share"] is None and row["points"] is None and row["available"] == 0
    return bool(
        row["share"] == share
        and row["points"] == share * row["scheme_points"]
        and row["available"] == (0 if row.get("is_bonus") else row["scheme_points"])
    )


def _share_of_row(row: Values) -> Fraction | None:
    """What a line's own figure earns on its own curve; None where there is nothing to earn."""
    curve = applied_curve(row)
    if row["value"] is None or curve is None or not is_whole(curve):
        return None
    if row["reason"] in _WORTH_NOTHING:
        return Fraction(0)
    reference = row.get("reference")
    if curve.kind == RELATIVE and reference is None:
        return None
    return share_of(curve, row["value"], reference=reference)


def _row(indicator: Indicator, points: Fraction, scored: LineScore, given: Input) -> Values:
    curve = scored.curve
    return {
        "indicator": indicator.code,
        "dimension": indicator.dimension,
        "party": indicator.party,
        "scheme_points": points,
        "floor": curve.floor if curve is not None else None,
        "target": curve.target if curve is not None else None,
        "numerator": given.numerator,
        "denominator": given.denominator,
        "n": given.n,
        "definition": given.definition,
        "low": given.low,
        "high": given.high,
        "invited": given.invited,
        "mode_mix": dict(given.mode_mix) if given.mode_mix is not None else None,
        "value": scored.value,
        "share": scored.share,
        "points": scored.points,
        "available": scored.available,
        "reason": scored.reason,
        "curve": None if curve is None or curve.kind == LINEAR else curve_document(curve),
        "reference": scored.reference,
        "is_bonus": True if indicator.is_bonus else None,
        "origin": given.origin,
    }


def _unscored(code: str, given: Input) -> LineScore:
    """A figure that earns nothing by itself."""
    reason = given.reason or WATCHED if given.value is None else WATCHED if given.is_approved else NOT_APPROVED
    return LineScore(code, given.value, None, None, Fraction(0), reason)


def _days(membership: Membership | None) -> Values:
    """Days as a member, where they are not all."""
    if membership is None or membership.is_whole:
        return {"days": None, "of_days": None}
    return {"days": membership.days, "of_days": membership.of_days}
