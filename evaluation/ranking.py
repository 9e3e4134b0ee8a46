"""Ranks within a tier, and who has none. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from consortium.disclosure import may_rank

NOT_RANKED_TIER = "not_ranked_tier"
TIER_OF_ONE = "tier_of_one"
NO_TOTAL = "no_total"
TOO_FEW_RESPONSES = "too_few_responses"
VETOED = "vetoed"  # the committee has made the score void (rule 36)
UNRANKED_REASONS = (NOT_RANKED_TIER, TIER_OF_ONE, NO_TOTAL, TOO_FEW_RESPONSES, VETOED)


def rank(totals: Mapping[str, Fraction]) -> dict[str, int]:
    """Standard competition ranks, 1 the best: equal exact totals share a rank, the next one is passed over."""
    first: dict[Fraction, int] = {}
    for place, total in enumerate(sorted(totals.values(), reverse=True), start=1):
        first.setdefault(total, place)
    return {code: first[total] for code, total in totals.items()}


def unranked_reason(
    *, tier_is_ranked: bool, units_in_tier: int, total: Fraction | None, responses: int, is_vetoed: bool = False
) -> str | None:
    """Why a unit is scored and not ranked, or None when it takes its rank (rules 36, 126; small tiers and numbers)."""
    if is_vetoed:
        return VETOED
    if not tier_is_ranked:
        return NOT_RANKED_TIER
    if units_in_tier == 1:
        return TIER_OF_ONE
    if total is None:
        return NO_TOTAL
    return None if may_rank(responses) else TOO_FEW_RESPONSES
