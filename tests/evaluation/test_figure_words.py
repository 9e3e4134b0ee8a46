"""Numbers as people type them: understood exactly, or asked for again; never guessed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.figure_words import is_beyond_whole, read_cells, read_figure, written_figure
from evaluation.figures import rate
from locales.errors import Reask, explain
from tests.evaluation.cast import example, parsed

SCHEME = parsed(example())
RATE, DAYS = SCHEME.indicators["down_referral"], SCHEME.indicators["average_stay"]
HALF = (Fraction(1), Fraction(2), Fraction(50))


@pytest.mark.parametrize("written", ["1/2", " 1 / 2 ", "１／２", "1÷2", "1.0/2.00", "+1/2"])
def test_two_numbers_are_counts(written: str) -> None:
    assert read_figure(written, RATE) == HALF


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("13.5", "13.5"),
        ("１３．５", "13.5"),
        ("13.5%", "13.5"),
        ("13.5％", "13.5"),
        ("1,234.5", "1234.5"),
        ("-3", "-3"),
    ],
)
def test_one_number_is_the_value(written: str, value: str) -> None:
    assert read_figure(written, RATE) == (None, None, Fraction(value))


def test_denominator_of_nothing_is_known_to_be_missing_and_no_zero() -> None:
    assert read_figure("0/0", RATE) == (0, 0, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "figure_unreadable"), ("abc", "figure_unreadable"), ("1,5", "figure_unreadable"),
        ("1/2/3", "figure_unreadable"), ("1/", "figure_unreadable"), ("NaN", "figure_unreadable"),
        ("1e3", "figure_unreadable"), ("5²", "figure_unreadable"), ("١٢", "figure_unreadable"),
        ("9" * 81, "figure_unreadable"), ("1/-2", "figure_denominator_negative"), ("1/2%", "figure_no_percent"),
    ],
)  # fmt: skip
def test_anything_else_is_asked_for_again(written: str, code: str) -> None:
    found = read_figure(written, RATE)
    assert isinstance(found, Reask)
    assert found.code == code
    assert explain("zh", found) != explain("en", found)


def test_percent_sign_is_for_percentages_only() -> None:
    assert read_figure("9%", DAYS) == Reask("figure_no_percent")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("1", "2", ""), HALF), (("1", "2", "50"), HALF), (("", "", "50"), (None, None, Fraction(50))),
        (("", "", ""), Reask("figure_missing")), (("1", "", ""), Reask("figure_pair")),
        (("", "2", "50"), Reask("figure_pair")), (("1", "2", "51"), Reask("figure_differs", {"computed": "50"})),
        (("0", "0", "0"), Reask("figure_differs", {"computed": "—"})), (("x", "2", ""), Reask("figure_unreadable")),
    ],
)  # fmt: skip
def test_fields_of_a_form(cells: tuple[str, str, str], found: object) -> None:
    assert read_cells(cells, RATE) == found


def test_more_than_all_is_worth_asking_twice() -> None:
    assert is_beyond_whole((Fraction(3), Fraction(2), Fraction(150)), RATE)
    assert not is_beyond_whole((Fraction(3), Fraction(2), Fraction(3, 2)), DAYS)
    assert not is_beyond_whole((None, None, Fraction(150)), RATE)


decimals = st.decimals(-(10**9), 10**9, places=3, allow_nan=False).map(Fraction)


@settings(max_examples=50)
@given(decimals, decimals.filter(lambda number: number >= 0))
def test_what_was_understood_is_written_so_that_it_reads_the_same(numerator: Fraction, denominator: Fraction) -> None:
    figure = numerator, denominator, rate(numerator, denominator, RATE.unit)
    assert read_figure(written_figure(figure), RATE) == figure
    assert read_figure(written_figure((None, None, numerator)), RATE) == (None, None, numerator)
