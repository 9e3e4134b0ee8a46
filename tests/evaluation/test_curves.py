"""From a value to a share: every kind of curve on, just below and just above each edge, and never out of 0–1."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.curves import curve_document, curve_from, is_whole, scaled_curve, share_of
from evaluation.elements import Curve


def F(written: str | int) -> Fraction:  # noqa: N802 - reads like a number
    return Fraction(written)


UP = Curve("linear", F(0), F(15))
DOWN = Curve("linear", F(6), F(2))
BARE_BAND = Curve("band", band=(F(15), F(25)))
BAND = Curve("band", F(5), band=(F(15), F(25)), ceiling=F(45))
STAIRS = Curve("steps", steps=((F(60), F("0.5")), (F(80), F("0.75")), (F(90), F(1))))
STAIRS_DOWN = Curve("steps", steps=((F(10), F("0.5")), (F(5), F(1))), is_down=True)
CHECKLIST = Curve("checklist", F(0), F(100))
COUNT = Curve("count", target=F(4), per="month")
BETTER = Curve("relative", target=F(0), against="region")
CHEAPER = Curve("relative", target=F(0), against="region", is_down=True)
SLOPED = Curve("relative", F(-10), F(5), against="tier_median")
SLOPED_DOWN = Curve("relative", F(4), F(0), against="tier_median", is_down=True)
ALL = (UP, DOWN, BARE_BAND, BAND, STAIRS, STAIRS_DOWN, CHECKLIST, COUNT, BETTER, CHEAPER, SLOPED, SLOPED_DOWN)


@pytest.mark.parametrize(
    ("curve", "value", "share"),
    [
        (UP, "-1", 0), (UP, "0", 0), (UP, "7.5", "1/2"), (UP, "14.99", "1499/1500"), (UP, "15", 1), (UP, "15.01", 1),
        (DOWN, "6.01", 0), (DOWN, "6", 0), (DOWN, "3", "3/4"), (DOWN, "2", 1), (DOWN, "1.99", 1),
        # a band without slopes: rules 62 and 67, decision 5
        (BARE_BAND, "14.99", 0), (BARE_BAND, "15", 1), (BARE_BAND, "20", 1), (BARE_BAND, "25", 1),
        (BARE_BAND, "25.01", 0),
        (BAND, "5", 0), (BAND, "4", 0), (BAND, "10", "1/2"), (BAND, "14.99", "999/1000"), (BAND, "15", 1),
        (BAND, "25", 1), (BAND, "25.01", "1999/2000"), (BAND, "35", "1/2"), (BAND, "45", 0), (BAND, "46", 0),
        (STAIRS, "59.99", 0), (STAIRS, "60", "1/2"), (STAIRS, "79.99", "1/2"), (STAIRS, "80", "3/4"), (STAIRS, "90", 1),
        (STAIRS, "1000", 1),
        (STAIRS_DOWN, "10.01", 0), (STAIRS_DOWN, "10", "1/2"), (STAIRS_DOWN, "5.01", "1/2"), (STAIRS_DOWN, "5", 1),
        (STAIRS_DOWN, "-1", 1),
        (CHECKLIST, "0", 0), (CHECKLIST, "95", "19/20"), (CHECKLIST, "100", 1), (CHECKLIST, "101", 1),
        # rule 15: target met, half of it, nothing, above the cap
        (COUNT, "4", 1), (COUNT, "2", "1/2"), (COUNT, "0", 0), (COUNT, "5", 1), (COUNT, "-1", 0),
    ],
)  # fmt: skip
def test_share_on_below_and_above_each_edge(curve: Curve, value: str, share: str | int) -> None:
    assert share_of(curve, F(value)) == F(share)


@pytest.mark.parametrize(
    ("curve", "value", "reference", "share"),
    [
        # rule 13: below the regional mean; equal is better
        (BETTER, "49.99", "50", 0), (BETTER, "50", "50", 1), (BETTER, "50.01", "50", 1),
        (CHEAPER, "50.01", "50", 0), (CHEAPER, "50", "50", 1), (CHEAPER, "49.99", "50", 1),
        (SLOPED, "40", "50", 0), (SLOPED, "47.5", "50", "1/2"), (SLOPED, "55", "50", 1),
        (SLOPED_DOWN, "54", "50", 0), (SLOPED_DOWN, "51", "50", "3/4"), (SLOPED_DOWN, "50", "50", 1),
    ],
)  # fmt: skip
def test_relative_share_is_of_the_difference(curve: Curve, value: str, reference: str, share: str | int) -> None:
    assert share_of(curve, F(value), reference=F(reference)) == F(share)


def test_what_is_not_whole_is_never_scored() -> None:
    for curve in (Curve("linear", F(0)), Curve("linear", target=F(1)), Curve("band"), Curve("count"), BETTER):
        with pytest.raises(ValueError, match=r"curve|band"):
            share_of(curve, F(1))
    assert [is_whole(curve) for curve in ALL] == [True] * len(ALL)
    assert [is_whole(Curve(kind)) for kind in ("linear", "band", "steps", "relative", "checklist", "count")] == [
        False
    ] * 6


def test_only_a_count_is_for_so_many_months() -> None:
    """Its target is then for the whole period, and says so."""
    assert scaled_curve(COUNT, F(3)) == Curve("count", target=F(12))
    assert scaled_curve(COUNT, F("1/3")).target == F("4/3")
    assert [scaled_curve(curve, F(3)) for curve in ALL if curve is not COUNT] == [c for c in ALL if c is not COUNT]
    with pytest.raises(ValueError, match="lasts"):
        scaled_curve(COUNT, F(0))


@pytest.mark.parametrize("curve", ALL)
def test_document_of_a_curve_is_plain_and_reads_back(curve: Curve) -> None:
    document = json.loads(json.dumps(curve_document(curve)))
    assert curve_from(document) == curve
    assert None not in document.values()


def test_document_of_a_curve_writes_numbers_as_text() -> None:
    assert curve_document(scaled_curve(COUNT, F("1/3"))) == {"kind": "count", "target": "4/3"}
    assert curve_document(BAND) == {"kind": "band", "floor": "5", "ceiling": "45", "band": ["15", "25"]}


numbers = st.fractions(-200, 200, max_denominator=1000)


@settings(max_examples=50)
@given(st.sampled_from(ALL), numbers, numbers, numbers)
def test_share_stays_within_bounds_and_rises_with_what_is_better(
    curve: Curve, one: Fraction, other: Fraction, reference: Fraction
) -> None:
    low, high = sorted((one, other))
    of_low, of_high = (share_of(curve, value, reference=reference) for value in (low, high))
    assert 0 <= of_low <= 1
    assert 0 <= of_high <= 1
    if curve.kind == "band":
        assert curve.band is not None
        if high <= curve.band[0]:
            assert of_low <= of_high
        if low >= curve.band[1]:
            assert of_low >= of_high
    elif curve in {DOWN, STAIRS_DOWN, CHEAPER, SLOPED_DOWN}:
        assert of_low >= of_high
    else:
        assert of_low <= of_high
