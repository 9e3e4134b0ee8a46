"""From figures to points. PURE and exact: Fractions in, Fractions out, nothing rounded.

total = 100 × points earned ÷ points available, over the lines that have a value; dimensions and parties are scaled by
the same factor, so each of the two projections adds up to the total again (decision 6, rules 11 and 19). What was not
collected is missing, never zero (decision 10). Refuses to know units, periods and where a figure came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import FULL, PERCENT, WATCH, Line, Scheme

FULL_SCORE = Fraction(100)

NOT_COLLECTED = "not_collected"
ZERO_DENOMINATOR = "zero_denominator"
TOO_FEW_RATERS = "too_few_raters"
NO_ROUND = "no_round"
PEERS_WAIVED = "peers_waived"  # settled without peers, by two of the office
NO_PANEL = "no_panel"
TOO_FEW_EXPERTS = "too_few_experts"
NO_RESPONSES = "no_responses"
NOTHING_APPLIED = "nothing_applied"
TOO_FEW_ANSWERS = "too_few_answers"  # one to four: to a survey, to what it measures, or to a third party
WATCHED = "watched"
REASONS = (
    NOT_COLLECTED, ZERO_DENOMINATOR, TOO_FEW_RATERS, NO_ROUND, PEERS_WAIVED, NO_RESPONSES, NOTHING_APPLIED,
    TOO_FEW_ANSWERS, WATCHED, NO_PANEL, TOO_FEW_EXPERTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One indicator's figure for one unit. Without a value, `reason` says why.

    `n`: how many people stand behind it; None where they are too few to say. A figure of a survey has its `definition`,
    an interval from `low` to `high`, and, of our own, how many were `invited` and the answers by mode (None: hidden).
    """

    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    reason: str | None = None
    n: int | None = None
    definition: str | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    invited: int | None = None
    mode_mix: Mapping[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line scored: `share` is 0–1, `points` = share × the scheme's points, `available` = the scheme's points.

    Missing: value, share and points None, available 0 and a reason. Watched: the value, and no points.
    """

    code: str
    value: Fraction | None
    share: Fraction | None
    points: Fraction | None
    available: Fraction
    reason: str | None


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit's score. A dimension or party of which nothing was available is None; the others add up to `total`."""

    total: Fraction | None
    complete: bool
    earned: Fraction
    available: Fraction
    dimensions: Mapping[str, Fraction | None]
    parties: Mapping[str, Fraction | None]
    lines: tuple[LineScore, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What a line contributes to one projection: the code of its dimension or party, points earned and available."""

    code: str
    points: Fraction | None
    available: Fraction


def rate(numerator: Fraction, denominator: Fraction, unit: str | None) -> Fraction | None:
    """Numerator ÷ denominator, × 100 where the unit of measure is percent; None when the denominator is 0 (rule 5)."""
    if denominator == 0:
        return None
    return numerator / denominator * (FULL[PERCENT] if unit == PERCENT else 1)


def linear_share(value: Fraction, *, floor: Fraction, target: Fraction) -> Fraction:
    """0 at `floor` or worse, 1 at `target` or better, straight between; a target below the floor counts downwards."""
    share = (value - floor) / (target - floor)
    return min(max(share, Fraction(0)), Fraction(1))


def score_unit(scheme: Scheme, tier: str, inputs: Mapping[str, Input]) -> UnitScore:
    """Score one unit by its tier's table. An indicator that `inputs` does not name was not collected."""
    table = scheme.tiers[tier].lines
    missing = Input(None)
    lines = tuple(_score_line(scheme, line, inputs.get(line.indicator, missing)) for line in table)
    earned = sum((line.points for line in lines if line.points is not None), Fraction(0))
    available = sum((line.available for line in lines), Fraction(0))
    counted = [(line, scheme.indicators[line.code]) for line, row in zip(lines, table, strict=True) if row.points > 0]
    return UnitScore(
        total=scaled(earned, available),
        complete=all(line.value is not None for line, _ in counted),
        earned=earned,
        available=available,
        dimensions=projection((Part(of.dimension, line.points, line.available) for line, of in counted), available),
        parties=projection((Part(of.party, line.points, line.available) for line, of in counted), available),
        lines=lines,
    )


def scaled(points: Fraction, available: Fraction) -> Fraction | None:
    """`points` on the scale on which everything available is 100; None when nothing is available."""
    return FULL_SCORE * points / available if available else None


def projection(parts: Iterable[Part], available: Fraction) -> dict[str, Fraction | None]:
    """Scaled points by dimension or by party; None for one of which nothing was available."""
    sums: dict[str, Fraction | None] = {}
    for part in parts:
        sums.setdefault(part.code, None)
        if part.available and part.points is not None:
            sums[part.code] = (sums[part.code] or Fraction(0)) + FULL_SCORE * part.points / available
    return sums


def _score_line(scheme: Scheme, line: Line, given: Input) -> LineScore:
    watched = scheme.indicators[line.indicator].direction == WATCH
    if given.value is None:
        return LineScore(line.indicator, None, None, None, Fraction(0), given.reason or NOT_COLLECTED)
    if watched or line.floor is None or line.target is None:
        return LineScore(line.indicator, given.value, None, None, Fraction(0), WATCHED)
    share = linear_share(given.value, floor=line.floor, target=line.target)
    return LineScore(line.indicator, given.value, share, share * line.points, line.points, None)
