"""Numbers as people read them: half up, once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.numbers import plain, rounded


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction("84.995"), 2, "85.00"),
        (Fraction("84.9949999"), 2, "84.99"),
        (Fraction("0.005"), 2, "0.01"),
        (Fraction("-0.005"), 2, "-0.01"),
        (Fraction("-0.004"), 2, "0.00"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(100), 1, "100.0"),
        (Fraction(0), 2, "0.00"),
        (Fraction(10**30 + 1), 1, f"{10**30 + 1}.0"),
    ],
)
def test_rounded_is_half_up(value: Fraction, places: int, shown: str) -> None:
    assert rounded(value, places) == shown


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**6), max_value=10**6))
def test_rounded_agrees_with_decimal(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(rounded(Fraction(value), 2)) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction("99.99"), "99.99"),
        (Fraction("100.01"), "100.01"),
        (Fraction(15), "15"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-7, 5), "-1.4"),
        (Fraction(1, 3), "0.33"),
        (Fraction(0), "0"),
    ],
)
def test_plain_keeps_a_finite_decimal_whole(value: Fraction, shown: str) -> None:
    assert plain(value) == shown


def test_a_decimal_reads_as_the_same_fraction_does() -> None:
    assert (rounded(Decimal("84.995")), plain(Decimal("0.125"))) == ("85.00", "0.125")
    assert (rounded(Decimal("-0.004")), plain(Decimal("1.50"))) == ("0.00", "1.5")
