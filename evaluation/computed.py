"""Figures made of other figures of the same unit and period: means and complements. PURE and exact.

Knows which indicators must be known before which. Refuses to know points; shares of parts come from whoever scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import BY_SHARE, COMPLEMENT, FULL, RELATIVE, Curve, Indicator
from evaluation.figures import NO_PARTS, Input


@dataclass(slots=True)
class Earned:
    """An indicator's figure, and the share that it earns where it has a curve and everything the curve needs."""

    given: Input
    share: Fraction | None
    reason: str | None
    curve: Curve | None
    reference: Fraction | None


def needed_by(indicator: Indicator, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """The other indicators that must be known first: those it is made of, and the one it is measured against."""
    against = indicator.curve.against if indicator.curve.kind == RELATIVE else None
    return tuple(code for code in (*indicator.of, against) if code in indicators and code is not None)


def in_order(codes: Iterable[str], indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """`codes` and everything they need, each behind what it needs. A circle is a ValueError: no scheme has one."""
    done: dict[str, None] = {}
    for start in codes:
        path: list[str] = [start]
        while path:
            code = path[-1]
            missing = next((each for each in needed_by(indicators[code], indicators) if each not in done), None)
            if missing is None:
                done[code] = None
                path.pop()
            elif missing in path:
                msg = f"{missing} is made of itself"
                raise ValueError(msg)
            else:
                path.append(missing)
    return tuple(done)


def circles(indicators: Mapping[str, Indicator]) -> frozenset[str]:
    """The indicators that need themselves, however far around; and those on a way from one circle to another."""
    needs = {code: set(needed_by(indicator, indicators)) for code, indicator in indicators.items()}
    needed: dict[str, set[str]] = {code: set() for code in needs}
    for code, others in needs.items():
        for other in others:
            needed[other].add(code)
    return _without_ends(_without_ends(frozenset(needs), needs, needed), needed, needs)


def _without_ends(
    codes: frozenset[str], forward: Mapping[str, set[str]], backward: Mapping[str, set[str]]
) -> frozenset[str]:
    """What is left when everything that leads nowhere is taken away, again and again."""
    left = {code: len(forward[code] & codes) for code in codes}
    ends = [code for code, count in left.items() if count == 0]
    while ends:
        code = ends.pop()
        del left[code]
        for before in backward[code]:
            if before in left:
                left[before] -= 1
                if left[before] == 0:
                    ends.append(before)
    return frozenset(left)


def computed_figure(indicator: Indicator, known: Mapping[str, Earned]) -> Input:
    """The figure of a mean or a complement from what is known of the same unit."""
    if indicator.input == COMPLEMENT:
        return _complement(indicator, known[indicator.of[0]].given)
    parts = [known[code] for code in indicator.of]
    if indicator.by == BY_SHARE:
        full = FULL.get(indicator.unit or "", Fraction(1))
        figures = [None if part.share is None else part.share * full for part in parts]
        is_approved = True  # what is not approved has the share 0 already
    else:
        figures = [part.given.value for part in parts]
        is_approved = all(part.given.is_approved for part in parts if part.given.value is not None)
    there = [figure for figure in figures if figure is not None]
    if not there:
        return Input(None, reason=NO_PARTS)
    is_partial = len(there) < len(parts) or any(part.given.is_partial for part in parts)
    return Input(sum(there, Fraction(0)) / len(there), is_approved=is_approved, is_partial=is_partial)


def _complement(indicator: Indicator, part: Input) -> Input:
    if part.value is None:
        return Input(None, reason=NO_PARTS)
    full = FULL[indicator.unit or ""]
    has_counts = part.numerator is not None and part.denominator is not None
    return Input(
        full - part.value,
        part.denominator - part.numerator if has_counts else None,  # type: ignore[operator]
        part.denominator if has_counts else None,
        n=part.n,
        low=None if part.high is None else full - part.high,
        high=None if part.low is None else full - part.low,
        is_approved=part.is_approved,
        is_partial=part.is_partial,
    )
