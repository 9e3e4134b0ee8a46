"""A settled period as plain values: the rows that are written, and adding them up again. PURE.

Rows are mappings by column name; the same functions serve the settlement that writes them and the check that reads them
back. Refuses to know the scheme: a frozen line carries its own points, floor and target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evaluation.elements import Scheme
from evaluation.ranking import rank, unranked_reason
from evaluation.scoring import Input, Part, UnitScore, linear_share, projection, scaled

Values = dict[str, Any]
"""One row, by column name."""


@dataclass(frozen=True, slots=True)
class UnitInputs:
    """One unit's figures by indicator, and how many patients answered and units rated it.

    `responses` is None where patients answered, but too few to say how many; `held_out` are answers that do not count
    because they are doubted.
    """

    figures: Mapping[str, Input]
    responses: int | None
    raters: int
    held_out: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit of a tier with what it was scored from and what came out."""

    unit_code: str
    tier: str
    inputs: UnitInputs
    score: UnitScore


def card_values(period: str, scheme: Scheme, standings: Sequence[Standing]) -> list[Values]:
    """The rows of all scorecards: totals, and ranks within each tier among those that take one."""
    sizes = Counter(standing.tier for standing in standings)
    reasons = {
        standing.unit_code: unranked_reason(
            tier_is_ranked=scheme.tiers[standing.tier].ranked,
            units_in_tier=sizes[standing.tier],
            total=standing.score.total,
            responses=standing.inputs.responses or 0,
        )
        for standing in standings
    }
    fields: dict[str, dict[str, Fraction]] = {tier: {} for tier in sizes}
    for standing in standings:
        if reasons[standing.unit_code] is None and standing.score.total is not None:
            fields[standing.tier][standing.unit_code] = standing.score.total
    ranks = {unit_code: place for field in fields.values() for unit_code, place in rank(field).items()}
    return [
        {
            "period": period,
            "unit_code": standing.unit_code,
            "position": position,
            "tier": standing.tier,
            "total": standing.score.total,
            "complete": standing.score.complete,
            "responses": standing.inputs.responses or 0,
            "too_few": standing.inputs.responses is None,
            "held_out": standing.inputs.held_out,
            "raters": standing.inputs.raters,
            "rank": ranks.get(standing.unit_code),
            "rank_of": len(fields[standing.tier]),
            "unranked_reason": reasons[standing.unit_code],
        }
        for position, standing in enumerate(standings)
    ]


def line_values(period: str, scheme: Scheme, standing: Standing) -> list[Values]:
    """The rows of one unit's lines, in the order of its tier's table."""
    rows = []
    lines = zip(scheme.tiers[standing.tier].lines, standing.score.lines, strict=True)
    for position, (line, scored) in enumerate(lines):
        indicator, given = scheme.indicators[line.indicator], standing.inputs.figures.get(line.indicator, Input(None))
        rows.append(
            {
                "period": period,
                "unit_code": standing.unit_code,
                "indicator": line.indicator,
                "position": position,
                "dimension": indicator.dimension,
                "party": indicator.party,
                "scheme_points": line.points,
                "floor": line.floor,
                "target": line.target,
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
            }
        )
    return rows


def frozen_total(lines: Iterable[Values]) -> Fraction | None:
    """A unit's total from its frozen lines alone; None when nothing was available."""
    rows = list(lines)
    earned = sum((row["points"] for row in rows if row["points"] is not None), Fraction(0))
    return scaled(earned, sum((row["available"] for row in rows), Fraction(0)))


def frozen_projection(lines: Iterable[Values], axis: str) -> dict[str, Fraction | None]:
    """Scaled points by `dimension` or by `party` from frozen lines; they add up to the total (rules 11, 19)."""
    rows = [row for row in lines if row["scheme_points"] > 0]
    available = sum((row["available"] for row in rows), Fraction(0))
    return projection((Part(row[axis], row["points"], row["available"]) for row in rows), available)


def line_agrees(row: Values) -> bool:
    """Whether a frozen line's share, points and available points follow from its own value, floor and target."""
    if row["value"] is None or row["floor"] is None or row["target"] is None:
        return row["share"] is None and row["points"] is None and row["available"] == 0
    share = linear_share(row["value"], floor=row["floor"], target=row["target"])
    return bool(
        row["share"] == share
        and row["points"] == share * row["scheme_points"]
        and row["available"] == row["scheme_points"]
    )
