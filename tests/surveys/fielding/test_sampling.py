"""The draw: reproducible, fair, blind to order, impossible to steer without the seed."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest

from surveys.fielding.sampling import commitment, fraction_for, is_drawn, place_of

SEED, OTHER = "5eed" * 16, "0ff5" * 16
TENTH = Fraction(1, 10)


def drawn(seed: str, fraction: Fraction, *, unit: str = "jia", visits: int = 10_000) -> set[int]:
    return {n for n in range(visits) if is_drawn(seed=seed, unit_code=unit, visit=f"v{n}", fraction=fraction)}


def test_the_same_visit_always_gets_the_same_answer():
    assert drawn(SEED, TENTH, visits=500) == drawn(SEED, TENTH, visits=500)


def test_the_place_of_a_visit_is_fixed_for_good():
    """A figure worked out once: whoever checks a draw next year must find the same."""
    assert place_of(seed=SEED, unit_code="jia", visit="2026-001") == 13563377131558643899


@pytest.mark.parametrize("fraction", [Fraction(1, 100), TENTH, Fraction(1, 3), Fraction(9, 10)])
def test_about_the_fraction_is_drawn(fraction):
    found, expected = len(drawn(SEED, fraction)), 10_000 * fraction
    assert abs(found - expected) < 4 * sqrt(10_000 * fraction * (1 - fraction))


def test_all_and_none_are_exact():
    assert len(drawn(SEED, Fraction(1), visits=1000)) == 1000
    assert drawn(SEED, Fraction(0), visits=1000) == set()


def test_a_larger_sample_contains_the_smaller_one():
    assert drawn(SEED, TENTH, visits=2000) < drawn(SEED, Fraction(1, 5), visits=2000)


def test_another_seed_and_another_unit_draw_others():
    mine = drawn(SEED, TENTH)
    for others in (drawn(OTHER, TENTH), drawn(SEED, TENTH, unit="yi")):
        assert 50 < len(mine & others) < 150  # about a tenth of a tenth, as chance has it


def test_unit_and_visit_cannot_be_confused():
    assert place_of(seed=SEED, unit_code="a", visit="bc") != place_of(seed=SEED, unit_code="ab", visit="c")


def test_odd_references_have_a_place_too():
    for visit in ("门诊 2026/10-001#甲", "\ud800", "", "v" * 64):
        assert 0 <= place_of(seed=SEED, unit_code="jia", visit=visit) < 1 << 64


@pytest.mark.parametrize(
    ("target", "expected", "fraction"),
    [
        (300, 0, Fraction(1)),
        (300, 300, Fraction(1)),
        (300, 299, Fraction(1)),
        (300, 3000, TENTH),
        (1, 3, Fraction(1, 3)),
    ],
)
def test_fraction_for_a_target(target, expected, fraction):
    assert fraction_for(target=target, expected=expected) == fraction


def test_the_commitment_binds_and_tells_nothing():
    assert commitment(SEED) == commitment(SEED) != commitment(OTHER)
    assert len(commitment(SEED)) == 64
    assert SEED not in commitment(SEED)
