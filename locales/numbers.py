"""Exact numbers as people read them: rounded half up, once, here. PURE."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def rounded(value: Fraction | Decimal, places: int = 2) -> str:
    """`value` with exactly `places` decimals, half away from zero: 84.995 is 85.00, and -0.004 is 0.00."""
    scaled = abs(Fraction(value)) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def plain(value: Fraction | Decimal, places: int = 2) -> str:
    """As short as it can be: a finite decimal in full (99.99, 15), anything else rounded to `places`."""
    exact = Fraction(value)
    denominator = exact.denominator
    decimals = 0
    for prime in (2, 5):
        power = 0
        while denominator % prime == 0:
            denominator //= prime
            power += 1
        decimals = max(decimals, power)
    return rounded(exact, decimals if denominator == 1 else places)
