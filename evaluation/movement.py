"""Whether a unit's total has moved from one period to the next, or only seems to. PURE and exact.

Knows frozen rows: totals and the ends of their intervals (90 %). What lies between two intervals by chance alone is no
news, and is not called a movement.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

UP, DOWN, SAME = "up", "down", "same"


def movement(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Up or down where the totals differ by more than both together may by chance; the same where they do not.

    An interval of 90 % is 1.645 standard deviations to either side, so |difference| > 1.645 · √(sd² + sd²) is the same
    as difference² > half² + half². None where a total or an interval is missing, or the tier changed.
    """
    ends = [_half(before), _half(after)]
    if before["total"] is None or after["total"] is None or before["tier"] != after["tier"]:
        return None
    if ends[0] is None or ends[1] is None:
        return None
    difference = after["total"] - before["total"]
    if difference * difference <= ends[0] ** 2 + ends[1] ** 2:
        return SAME
    return UP if difference > 0 else DOWN


def _half(row: Mapping[str, Any]) -> Fraction | None:
    """Half of the interval of a total."""
    low, high = row["total_low"], row["total_high"]
    return None if low is None or high is None else Fraction(high - low) / 2
