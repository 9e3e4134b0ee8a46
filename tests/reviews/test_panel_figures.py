"""The published figure of a panel: what it is, and that no expert solves another's mark with the own one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest

from reviews import panel_figures as module
from reviews.panel_figures import EXACTLY, MINIMUM_EXPERTS, OR_LESS, OR_MORE, PanelFigure, panel_figure


def half(marks: str) -> tuple[Fraction, str, Fraction] | None:
    figure = panel_figure(marks)
    return None if figure is None else (figure.mark, figure.reach, figure.score)


@pytest.mark.parametrize(
    ("marks", "mark", "reach", "score"),
    [
        ("111", "2.5", OR_LESS, "37.5"),
        ("233", "2.5", OR_LESS, "37.5"),  # 2.67 is half a mark below 3
        ("333", "3", EXACTLY, "50"),
        ("234", "3", EXACTLY, "50"),
        ("334", "3.5", OR_MORE, "100"),
        ("555", "3.5", OR_MORE, "100"),
        ("2333", "3", EXACTLY, "50"),  # 2.75 is half up
        ("22222", "2", OR_LESS, "25"),
        ("22233", "2.5", EXACTLY, "37.5"),
        ("33344", "3.5", EXACTLY, "62.5"),  # 3.4
        ("44433", "3.5", EXACTLY, "62.5"),  # 3.6
        ("44443", "4", OR_MORE, "100"),  # 3.8
        ("1" * 8, "1.7", OR_LESS, "17.5"),
        ("22222223", "2.1", EXACTLY, "27.5"),  # 2.125
        ("44444443", "3.9", EXACTLY, "72.5"),  # 3.875
        ("44444455", "4.3", OR_MORE, "100"),  # 4.25 is 4.3
        ("44444445", "4.1", EXACTLY, "77.5"),  # 4.125
    ],
)
def test_figure_is_rounded_and_pooled_by_the_size_of_the_panel(marks, mark, reach, score):
    assert half(marks) == (Fraction(mark), reach, Fraction(score))


def test_no_basis_is_no_mark_and_never_a_middle_one():
    assert half("55-5--") == half("555")
    assert half("55----") is None
    assert half("---") is None
    assert half("") is None


@pytest.mark.parametrize(("minimum", "given", "is_known"), [(3, 2, False), (3, 3, True), (5, 4, False), (5, 5, True), (1, 2, False)])  # fmt: skip
def test_below_the_minimum_there_is_no_figure(minimum, given, is_known):
    assert (panel_figure("4" * given, minimum=minimum) is not None) is is_known


def test_a_pooled_end_stands_for_all_of_it():
    assert PanelFigure(Fraction(4), OR_MORE).stands_for == (Fraction(75), Fraction(100))
    assert PanelFigure(Fraction(2), OR_LESS).stands_for == (Fraction(0), Fraction(25))
    assert PanelFigure(Fraction(3), EXACTLY).stands_for == (Fraction(50), Fraction(50))


@pytest.mark.parametrize("experts", range(3, 13))
def test_more_marks_never_score_less(experts):
    scores = [figure.score for marks in _totals(experts) if (figure := panel_figure(marks))]
    assert scores == sorted(scores)
    assert {scores[-1]} == {Fraction(100)}


@pytest.mark.parametrize("experts", range(3, 7))
def test_nobody_solves_another_mark_with_the_own_one(experts):
    """By trying every panel there can be: whatever the figure and the own mark, each of the others may have given at
    least two different marks.
    """
    assert solved(experts) == []


@pytest.mark.parametrize("experts", range(3, 41))
def test_nobody_solves_another_mark_in_a_panel_of_any_size(experts):
    """The others' marks are known only if their sum is the lowest or the highest there is: then all of them are."""
    totals = defaultdict(set)
    for marks in _totals(experts):
        totals[panel_figure(marks)].add(sum(map(int, marks)))
    low, high = experts - 1, 5 * (experts - 1)
    for known in totals.values():
        for own in range(1, 6):
            sums = {total - own for total in known if low <= total - own <= high}
            assert sums not in ({low}, {high})


def test_plain_half_marks_would_give_marks_away(monkeypatch):
    """The test of the test: without the pooled ends three and five experts are solved."""
    plain = module._Size(MINIMUM_EXPERTS, Fraction(1, 2), low=Fraction(0), high=Fraction(6))
    monkeypatch.setattr(module, "_SIZES", (plain,))
    assert solved(3) != []
    assert solved(5) != []


def test_the_exact_number_of_experts_does_not_show():
    """A figure of seven experts is one that five could have as well: which of three sizes it was is all that shows."""
    for sizes in ((3, 4), (5, 6, 7)):
        shown = [{panel_figure(marks) for marks in _totals(experts)} for experts in sizes]
        assert all(each == shown[0] for each in shown)


def solved(experts: int) -> list[tuple[PanelFigure | None, int]]:
    """Figure and own mark with which some mark of another is known for certain."""
    possible: dict[tuple[PanelFigure | None, int], list[tuple[int, ...]]] = defaultdict(list)
    for others in combinations_with_replacement(range(1, 6), experts - 1):
        for own in range(1, 6):
            figure = panel_figure("".join(map(str, (own, *others))))
            possible[figure, own].append(others)
    return [
        known
        for known, worlds in possible.items()
        if any(all(mark in others for others in worlds) and len(worlds) == 1 and len(set(worlds[0])) == 1 for mark in range(1, 6))
    ]  # fmt: skip


def _totals(experts: int) -> Iterator[str]:
    """One set of marks for every sum there can be, from the lowest."""
    for total in range(experts, 5 * experts + 1):
        fours, rest = divmod(total - experts, 4)
        marks = [5] * fours + ([1 + rest] if fours < experts else [])
        yield "".join(map(str, marks + [1] * (experts - len(marks))))
