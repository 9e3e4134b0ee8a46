"""The bounds that a scheme must keep, all at once. PURE.

Every bound is a sum over one projection of a tier's table: all points, one party, one flag, one dimension; or a number
of lines of one kind. Limits are compared on exact numbers, both edges inside (decision 9), bonus lines are outside all
sums. A bound may be broken where the scheme says so with its reason, and nowhere else. Refuses to know how a unit
scores, and what makes a single indicator unfit (`evaluation.lints`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from consortium.disclosure import MINIMUM_RATERS
from evaluation.elements import (
    AIMS,
    COLLABORATION,
    DIMENSIONS,
    LEGS,
    OUTCOME,
    PATIENTS,
    PEER,
    PEERS,
    Indicator,
    Line,
    Override,
    Scheme,
    Tier,
)
from locales.errors import Finding
from locales.numbers import plain

TOTAL = Fraction(100)  # rule 1
PEERS_LOW, PEERS_HIGH = Fraction(20), Fraction(30)  # rule 21
PATIENTS_LOW = Fraction(10)  # rule 25
OUTCOMES_LOW = Fraction(20)  # rule 61
COLLABORATION_POINTS = {"tertiary": Fraction(40), "secondary": Fraction(30), "primary": Fraction(50)}  # rules 68-70
ONE = Fraction(1)  # of each leg in the primary tier (rule 91), of each aim in the scheme (rule 129)
RATERS_LOW = Fraction(MINIMUM_RATERS)  # decision 6

POINTS, OUTCOMES, DIMENSIONS_PRESENT, RATERS = "points", "outcomes", "dimensions", "raters"
POINT_BOUNDS = (POINTS, PEERS, PATIENTS, OUTCOMES, COLLABORATION)  # those that add points; the others count
TIER_OF_LEGS = "primary"
EVERY_TIER = "*"  # the tier of a bound that is kept by the scheme as a whole


@dataclass(frozen=True, slots=True)
class BoundSum:
    """One bound in one tier ("*": in the whole scheme): the sum, the limits (None: open), and the indicators behind it.

    For `dimensions` the sum is the number of dimensions that have points, for legs and aims that of indicators with
    points, for `raters` how many raters the scheme expects a unit of the tier to have.
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
    """Every bound with its sum, whether it holds or not: tier by tier, then those of the whole scheme."""
    of_tiers = [bound for tier in scheme.tiers.values() for bound in _tier_sums(scheme, tier)]
    return (*of_tiers, *(_aim_sum(scheme, aim) for aim in AIMS))


def override_of(scheme: Scheme, bound: BoundSum) -> Override | None:
    """What allows the scheme to break this bound; None where nothing does."""
    fitting = (each for each in scheme.overrides if each.bound == bound.bound and each.tier in {None, bound.tier})
    return next(fitting, None)


def broken_by_permission(scheme: Scheme) -> tuple[tuple[BoundSum, Override], ...]:
    """The bounds that the scheme breaks, each with what allows it to; every report of the scheme shows them."""
    broken = [bound for bound in bound_sums(scheme) if not bound.holds]
    return tuple((bound, found) for bound in broken if (found := override_of(scheme, bound)) is not None)


def check_bounds(scheme: Scheme, *, file: str) -> list[Finding]:
    """Each bound that is broken without permission, each permission that is not needed, each missing particular."""
    sums = bound_sums(scheme)
    findings = _dimension_findings(scheme, file)
    for bound in sums:
        if not bound.holds and bound.bound != DIMENSIONS_PRESENT and override_of(scheme, bound) is None:
            findings.append(bound_finding(bound, file=file))
    for tier in scheme.tiers.values():
        findings += _tier_findings(scheme, tier, sums, file)
    return [*findings, *_override_findings(scheme, sums, file), *_indicator_findings(scheme, file)]


def check_raters(scheme: Scheme, *, units: int, file: str) -> list[Finding]:
    """Ranked tiers with peer points whose units cannot have enough raters among so many units, unless the scheme says
    so itself: a stated number that is possible is judged with the other bounds.
    """
    possible = Fraction(max(units - 1, 0))
    if possible >= RATERS_LOW:
        return []
    findings = []
    for tier in scheme.tiers.values():
        counted = [scheme.indicators[line.indicator] for line in counted_lines(scheme, tier)]
        peers = tuple(indicator.code for indicator in counted if indicator.input == PEER)
        if tier.ranked and peers and (tier.raters is None or tier.raters > possible):
            findings.append(bound_finding(BoundSum(RATERS, tier.code, possible, RATERS_LOW, None, peers), file=file))
    return findings


def bound_finding(bound: BoundSum, *, file: str) -> Finding:
    """A broken bound with its sum and its limits."""
    key = f"tiers.{bound.tier}.{'raters' if bound.bound == RATERS else 'indicators'}"
    details: dict[str, object] = {"tier": bound.tier, "sum": plain(bound.sum)}
    for name, limit in (("low", bound.low), ("high", bound.high)):
        if limit is not None:
            details[name] = plain(limit)
    return Finding(file, "indicators" if bound.tier == EVERY_TIER else key, f"bound_{bound.bound}", details)


def counted_lines(scheme: Scheme, tier: Tier) -> list[Line]:
    """The lines that the sums add: those with points, without bonus."""
    return [line for line in tier.lines if line.points > 0 and not scheme.indicators[line.indicator].is_bonus]


def _tier_sums(scheme: Scheme, tier: Tier) -> list[BoundSum]:
    lines = [(line, scheme.indicators[line.indicator]) for line in counted_lines(scheme, tier)]

    def summed(
        bound: str, low: Fraction | None, high: Fraction | None, counts: Callable[[Indicator], bool]
    ) -> BoundSum:
        added = [line for line, indicator in lines if counts(indicator)]
        points = sum((line.points for line in added), Fraction(0))
        return BoundSum(bound, tier.code, points, low, high, tuple(line.indicator for line in added))

    collaboration = COLLABORATION_POINTS.get(tier.code, tier.collaboration)
    sums = [
        summed(POINTS, TOTAL, TOTAL, lambda _: True),
        summed(PEERS, PEERS_LOW, PEERS_HIGH, lambda indicator: indicator.party == PEERS),
        summed(PATIENTS, PATIENTS_LOW, None, lambda indicator: indicator.party == PATIENTS),
        summed(OUTCOMES, OUTCOMES_LOW, None, lambda indicator: OUTCOME in indicator.flags),
        summed(COLLABORATION, collaboration, collaboration, lambda indicator: indicator.dimension == COLLABORATION),
    ]
    counted = [indicator for _, indicator in lines]
    if tier.ranked:
        sums.append(_dimensions_present(tier, counted))
    peers = tuple(indicator.code for indicator in counted if indicator.input == PEER)
    if peers and tier.raters is not None:
        sums.append(BoundSum(RATERS, tier.code, Fraction(tier.raters), RATERS_LOW, None, peers))
    if tier.code == TIER_OF_LEGS:
        sums += [_flagged(leg, tier.code, counted) for leg in LEGS]
    return sums


def _aim_sum(scheme: Scheme, aim: str) -> BoundSum:
    counted = {line.indicator for tier in scheme.tiers.values() for line in counted_lines(scheme, tier)}
    return _flagged(aim, EVERY_TIER, [each for code, each in scheme.indicators.items() if code in counted])


def _flagged(flag: str, tier: str, counted: Sequence[Indicator]) -> BoundSum:
    codes = tuple(indicator.code for indicator in counted if flag in indicator.flags)
    return BoundSum(flag, tier, Fraction(len(codes)), ONE, None, codes)


def _dimensions_present(tier: Tier, counted: Sequence[Indicator]) -> BoundSum:
    present = {indicator.dimension for indicator in counted} & set(DIMENSIONS)
    every = Fraction(len(DIMENSIONS))
    codes = tuple(indicator.code for indicator in counted)
    return BoundSum(DIMENSIONS_PRESENT, tier.code, Fraction(len(present)), every, every, codes)


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


def _tier_findings(scheme: Scheme, tier: Tier, sums: Sequence[BoundSum], file: str) -> list[Finding]:
    """A dimension of a ranked tier without points, and a stated collaboration sum that is not the tier's own."""
    findings = []
    of_tier = {bound.bound: bound for bound in sums if bound.tier == tier.code}
    dimensions = of_tier.get(DIMENSIONS_PRESENT)
    if dimensions is not None and override_of(scheme, dimensions) is None:
        present = {scheme.indicators[code].dimension for code in dimensions.indicators}
        empty = [{"tier": tier.code, "dimension": code} for code in DIMENSIONS if code not in present]
        findings += [Finding(file, f"tiers.{tier.code}.indicators", "bound_dimension_empty", each) for each in empty]
    required = COLLABORATION_POINTS.get(tier.code)
    is_stated_otherwise = required is not None and tier.collaboration not in {None, required}
    if is_stated_otherwise and override_of(scheme, of_tier[COLLABORATION]) is None:
        details = {"tier": tier.code, "limit": plain(COLLABORATION_POINTS[tier.code])}
        findings.append(Finding(file, f"tiers.{tier.code}.collaboration", "bound_collaboration_stated", details))
    return findings


def _override_findings(scheme: Scheme, sums: Sequence[BoundSum], file: str) -> list[Finding]:
    """A permission to break what is not broken, or what another one permits already."""
    broken = [bound for bound in sums if not bound.holds]
    used = {id(override_of(scheme, bound)) for bound in broken}
    needless = [override for override in scheme.overrides if id(override) not in used]
    return [
        Finding(file, "overrides", "override_needless", {"bound": each.bound, "tier": each.tier or EVERY_TIER})
        for each in needless
    ]


def _indicator_findings(scheme: Scheme, file: str) -> list[Finding]:
    """Rules 1 and 80: every indicator says where its figure comes from and who owns it."""
    return [
        Finding(file, f"indicators.{code}.{name}", f"indicator_{name}_missing")
        for code, indicator in scheme.indicators.items()
        for name, value in (("source", indicator.source), ("owner", indicator.owner))
        if value is None
    ]
