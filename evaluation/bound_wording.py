"""Bounds in words: what each is called, what its limits are, and why a scheme may break one. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from evaluation.bounds import EVERY_TIER, BoundSum
from evaluation.elements import Override, Scheme
from locales.numbers import plain
from locales.texts import pick, text


def bound_name(bound: str, language: str) -> str:
    """What a bound is called: the points of peers."""
    return text(language, f"schemecheck.bound.{bound}")


def limits_text(low: Fraction | None, high: Fraction | None, language: str) -> str:
    """Exactly 100, 20 to 30, at least 10; or that there is no limit."""
    if low is not None and low == high:
        return text(language, "schemecheck.limit.exactly", limit=plain(low))
    if low is not None and high is not None:
        return text(language, "schemecheck.limit.between", low=plain(low), high=plain(high))
    if low is not None:
        return text(language, "schemecheck.limit.least", limit=plain(low))
    return text(language, "schemecheck.limit.open")


def tier_text(tier: str, name: Mapping[str, str], language: str) -> str:
    """A tier by its name, or the whole scheme."""
    return text(language, "schemecheck.whole") if tier == EVERY_TIER else pick(name, language) or tier


def permission_text(
    *,
    bound: str,
    tier: str,
    tier_name: Mapping[str, str],
    total: Fraction,
    low: Fraction | None,
    high: Fraction | None,
    reason: Mapping[str, str],
    language: str,
) -> str:
    """One sentence: which bound is broken where, what the sum is, what it should be, and the written reason."""
    return text(
        language,
        "schemecheck.permission",
        bound=bound_name(bound, language),
        tier=tier_text(tier, tier_name, language),
        sum=plain(total),
        limits=limits_text(low, high, language),
        reason=pick(reason, language),
    )


def broken_text(scheme: Scheme, bound: BoundSum, override: Override, language: str) -> str:
    """The same of a bound of this scheme."""
    tier = scheme.tiers.get(bound.tier)
    return permission_text(
        bound=bound.bound,
        tier=bound.tier,
        tier_name={} if tier is None else tier.name,
        total=bound.sum,
        low=bound.low,
        high=bound.high,
        reason=override.reason,
        language=language,
    )
