"""One indicator's figure for one unit: the value, what it was counted from, and why there is none. PURE.

What was not collected is missing, never zero (decision 10). Refuses to know points, and where a figure came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import FULL, PERCENT

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
NO_REFERENCE = "no_reference"  # nothing to measure against: no figure of the region, of the tier, or of the other
NOT_APPROVED = "not_approved"  # needs evidence that two have looked at (rule 16): there, and worth nothing yet
BONUS_PAID = "bonus_paid"  # earned earlier in the year (rule 58)
NO_PARTS = "no_parts"  # a mean or complement of figures none of which is there
NO_COUNTS = "no_counts"  # to be pooled over months that say neither numerator nor denominator
REASONS = (
    NOT_COLLECTED, ZERO_DENOMINATOR, TOO_FEW_RATERS, NO_ROUND, PEERS_WAIVED, NO_RESPONSES, NOTHING_APPLIED,
    TOO_FEW_ANSWERS, WATCHED, NO_PANEL, TOO_FEW_EXPERTS, NO_REFERENCE, NOT_APPROVED, BONUS_PAID, NO_PARTS, NO_COUNTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """One indicator's figure for one unit. Without a value, `reason` says why.

    `n`: how many people stand behind it; None where they are too few to say. A figure of a survey has its `definition`,
    an interval from `low` to `high`, and, of our own, how many were `invited` and the answers by mode (None: hidden).
    `origin`: how a reading came in. `is_partial`: something that belongs to it is missing, a month or a part of a mean.
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
    is_approved: bool = True  # False: needs evidence, and nobody has agreed to it yet
    origin: str | None = None
    is_partial: bool = False


def rate(numerator: Fraction, denominator: Fraction, unit: str | None) -> Fraction | None:
    """Numerator ÷ denominator, × 100 where the unit of measure is percent; None when the denominator is 0 (rule 5)."""
    if denominator == 0:
        return None
    return numerator / denominator * (FULL[PERCENT] if unit == PERCENT else 1)
