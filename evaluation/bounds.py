"""The bounds that a scheme must keep, all at once. PURE.

Every bound is a sum over one projection of a tier's table: all points, one party, one flag, one dimension. Limits are
compared on exact numbers, both edges inside (decision 9). Refuses to know how a unit scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import COLLABORATION, DIMENSIONS, OUTCOME, PATIENTS, PEERS, Indicator, Scheme, Tier
from locales.errors import Finding
from locales.numbers import plain

TOTAL = Fraction(100)  # rule 1
PEERS_LOW, PEERS_HIGH = Fraction(20), Fraction(30)  # rule 21
PATIENTS_LOW = Fraction(10)  # rule 25
OUTCOMES_LOW = Fraction(20)  # rule 61
COLLABORATION_POINTS = {"tertiary": Fraction(40), "secondary": Fraction(30), "primary": Fraction(50)}  # rules 68-70


@dataclass(frozen=True, slots=True)
class BoundSum:
    """One bound in one tier: what is summed, the limits (None: open), and the indicators whose points were added.

    For `dimensions` the sum is the number of dimensions that have points.
    """

    bound: str
    tier: str
    sum: Fraction
    low: Fraction | None
    high: Fraction | None
    indicators: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return (self.low is None or self.sum >= self.low) and (self.high is None or self.sum <= self.high)


def bound_sums(scheme: Scheme) -> tuple[BoundSum, ...]:
    """Every bound of every tier with its sum, whether it holds or not."""
    return tuple(bound for tier in scheme.tiers.values() for bound in _tier_sums(scheme, tier))


def check_bounds(scheme: Scheme, *, file: str) -> list[Finding]:
    """What keeps the scheme from being used: each broken bound with its sum and limit, each missing particular."""
    findings = _dimension_findings(scheme, file)
    for bound in bound_sums(scheme):
        if not bound.holds and bound.bound != "dimensions":
            findings.append(Finding(file, f"tiers.{bound.tier}.indicators", f"bound_{bound.bound}", _details(bound)))
    for tier in scheme.tiers.values():
        findings += _tier_findings(scheme, tier, file)
    return findings + _indicator_findings(scheme, file)


def _tier_sums(scheme: Scheme, tier: Tier) -> list[BoundSum]:
    def summed(
        bound: str, low: Fraction | None, high: Fraction | None, counts: Callable[[Indicator], bool]
    ) -> BoundSum:
        lines = [line for line in tier.lines if line.points > 0 and counts(scheme.indicators[line.indicator])]
        points = sum((line.points for line in lines), Fraction(0))
        return BoundSum(bound, tier.code, points, low, high, tuple(line.indicator for line in lines))

    collaboration = COLLABORATION_POINTS.get(tier.code, tier.collaboration)
    sums = [
        summed("points", TOTAL, TOTAL, lambda _: True),
        summed("peers", PEERS_LOW, PEERS_HIGH, lambda indicator: indicator.party == PEERS),
        summed("patients", PATIENTS_LOW, None, lambda indicator: indicator.party == PATIENTS),
        summed("outcomes", OUTCOMES_LOW, None, lambda indicator: OUTCOME in indicator.flags),
        summed(COLLABORATION, collaboration, collaboration, lambda indicator: indicator.dimension == COLLABORATION),
    ]
    if tier.ranked:
        sums.append(_dimensions_present(scheme, tier))
    return sums


def _dimensions_present(scheme: Scheme, tier: Tier) -> BoundSum:
    counted = [line.indicator for line in tier.lines if line.points > 0]
    present = {scheme.indicators[code].dimension for code in counted} & set(DIMENSIONS)
    every = Fraction(len(DIMENSIONS))
    return BoundSum("dimensions", tier.code, Fraction(len(present)), every, every, tuple(counted))


def _details(bound: BoundSum) -> dict[str, object]:
    details: dict[str, object] = {"tier": bound.tier, "sum": plain(bound.sum)}
    for name, limit in (("low", bound.low), ("high", bound.high)):
        if limit is not None:
            details[name] = plain(limit)
    return details


def _dimension_findings(scheme: Scheme, file: str) -> list[Finding]:
    """Rule 11: exactly the five dimensions."""
    known = ", ".join(DIMENSIONS)
    return [
        Finding(file, f"dimensions.{code}", "dimension_missing", {"known": known})
        for code in DIMENSIONS
        if code not in scheme.dimensions
    ] + [
        Finding(file, f"dimensions.{code}", "dimension_not_of_the_five", {"known": known})
        for code in scheme.dimensions
        if code not in DIMENSIONS
    ]


def _tier_findings(scheme: Scheme, tier: Tier, file: str) -> list[Finding]:
    """A dimension of a ranked tier without points, and a stated collaboration sum that is not the tier's own."""
    findings = []
    if tier.ranked:
        present = {scheme.indicators[line.indicator].dimension for line in tier.lines if line.points > 0}
        empty = [{"tier": tier.code, "dimension": code} for code in DIMENSIONS if code not in present]
        findings += [Finding(file, f"tiers.{tier.code}.indicators", "bound_dimension_empty", each) for each in empty]
    required = COLLABORATION_POINTS.get(tier.code)
    if required is not None and tier.collaboration not in {None, required}:
        details = {"tier": tier.code, "limit": plain(required)}
        findings.append(Finding(file, f"tiers.{tier.code}.collaboration", "bound_collaboration_stated", details))
    return findings


def _indicator_findings(scheme: Scheme, file: str) -> list[Finding]:
    """Rule 1: every indicator that stands in a table says where its figure comes from and who owns it."""
    used = {line.indicator for tier in scheme.tiers.values() for line in tier.lines}
    return [
        Finding(file, f"indicators.{code}.{name}", f"indicator_{name}_missing")
        for code, indicator in scheme.indicators.items()
        if code in used
        for name, value in (("source", indicator.source), ("owner", indicator.owner))
        if value is None
    ]
