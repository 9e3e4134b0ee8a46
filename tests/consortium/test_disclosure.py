"""What small numbers show: the practice it follows, case by case, thresholds on both sides, odd input."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from consortium.disclosure import (
    may_rank,
    may_show_comments,
    may_show_count,
    rater_band,
    shown_total,
    suppress,
    suppress_counts,
)


def tree(count: int, *children: dict[str, Any]) -> dict[str, Any]:
    return {"name": f"n{count}", "count": count, "children": list(children)}


def level(*counts: int) -> dict[str, Any]:
    """One parent, whose count is known, and its children."""
    return tree(sum(counts), *(tree(count) for count in counts))


def counts(node: dict[str, Any]) -> Any:
    """A tree as its counts alone: `(count, [children])`, a leaf as its count."""
    return (node["count"], [counts(child) for child in node["children"]]) if node["children"] else node["count"]


def shown(node: dict[str, Any], minimum: int = 5) -> Any:
    return counts(suppress(node, minimum))


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ((2, 80, 150), [None, None, 150]),  # 232 - 150 - 80 would tell the 2
        ((150, 80, 2), [150, None, None]),
        ((80, 2, 150), [None, None, 150]),
        ((0, 3, 5, 10, 2), [0, None, 5, 10, None]),
        ((0, 3, 10), [0, None, None]),
        ((1, 2, 3, 4), [None, None, None, None]),
        ((3, 4, 100), [None, None, 100]),  # two small ones hide each other
        ((4, 60), [None, None]),
        ((5, 60), [5, 60]),
        ((5, 6, 7), [5, 6, 7]),
        ((0, 0, 9), [0, 0, 9]),
        ((0, 0, 0), [0, 0, 0]),
        ((2, 10, 10), [None, None, 10]),  # equal counts go by their order
        ((10, 10, 2), [None, 10, None]),
        ((4, 5, 5, 5), [None, None, 5, 5]),
        ((1, 9, 200, 40), [None, None, 200, 40]),
    ],
)
def test_small_counts_and_the_next_lowest_sibling_are_hidden(children, expected):
    total = sum(children)
    assert shown(level(*children)) == (total, expected)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, None), (4, None), (5, 5), (6, 6)])
def test_counts_at_the_limit(count, expected):
    assert shown(tree(count)) == expected


@pytest.mark.parametrize(("minimum", "expected"), [(1, [1, 2, 9]), (2, [None, None, 9]), (10, [None, None, None])])
def test_the_minimum_is_the_callers(minimum, expected):
    assert shown(level(1, 2, 9), minimum)[1] == expected


def test_a_hidden_parent_hides_its_two_lowest_children():
    north = tree(232, tree(150), tree(80), tree(20))
    east = tree(3, tree(3))
    west = tree(400, tree(200), tree(200))
    whole = tree(635, north, east, west)
    assert shown(whole) == (
        635,
        [(None, [150, None, None]), (None, [None]), (400, [200, 200])],
    )


def test_a_hidden_parent_takes_its_children_along_at_every_level():
    wards = tree(40, tree(30), tree(6), tree(4))
    chain = tree(80, tree(80, tree(70), tree(10)))
    whole = tree(722, tree(2, tree(2)), chain, tree(600), wards)
    assert shown(whole) == (
        722,
        [(None, [None]), (80, [(80, [70, 10])]), 600, (None, [30, None, None])],
    )


def test_children_of_nobody_stay_shown_under_a_hidden_parent():
    whole = tree(112, tree(2, tree(0), tree(2)), tree(10, tree(0), tree(10)), tree(100))
    assert shown(whole) == (112, [(None, [0, None]), (None, [0, None]), 100])


def test_a_parent_with_one_child_is_hidden_with_it():
    assert shown(tree(4, tree(4))) == (None, [None])
    assert shown(tree(9, tree(9, tree(3), tree(6)))) == (9, [(9, [None, None])])


def test_counts_that_say_they_are_all_ones_take_more_along():
    assert shown(level(1, 1, 100)) == (102, [None, None, None])
    assert shown(level(1, 1, 100, 30)) == (132, [None, None, 100, None])
    assert shown(level(1, 2, 100)) == (103, [None, None, 100])
    assert shown(level(1, 1, 1, 1, 1)) == (None, [None] * 5)
    assert shown(tree(55, level(1, 1, 1, 1, 1), tree(50))) == (55, [(None, [None] * 5), None])


def test_counts_whose_parent_holds_more_than_its_children_cannot_be_subtracted():
    assert shown(tree(50, tree(1), tree(1), tree(30))) == (50, [None, None, 30])
    assert shown(tree(20, tree(3))) == (20, [None])
    assert shown(tree(50, tree(3), tree(30))) == (50, [None, None])


def test_the_input_stays_as_it_is_and_everything_else_is_kept():
    whole = {
        "name": "甲",
        "count": 12,
        "unit": "jia",
        "children": [{"name": "a", "count": 2}, {"name": "b", "count": 10}],
    }
    before = copy.deepcopy(whole)
    found = suppress(whole, 5)
    assert whole == before
    assert found == {
        "name": "甲", "count": 12, "unit": "jia",
        "children": [{"name": "a", "count": None}, {"name": "b", "count": None}],
    }  # fmt: skip
    found["children"][0]["name"] = "changed"
    assert whole == before


def test_leaves_may_lack_children_or_have_an_empty_list():
    assert suppress({"name": "x", "count": 3}, 5) == {"name": "x", "count": None}
    assert suppress({"name": "x", "count": 3, "children": []}, 5) == {"name": "x", "count": None, "children": []}


@pytest.mark.parametrize("count", [-1, 2.0, "3", None, True])
def test_what_is_no_count_is_refused(count):
    with pytest.raises(ValueError, match="whole number"):
        suppress({"name": "x", "count": 9, "children": [{"name": "y", "count": count}]}, 5)


@pytest.mark.parametrize("minimum", [0, -3])
def test_a_minimum_below_one_is_refused(minimum):
    with pytest.raises(ValueError, match="minimum"):
        suppress({"name": "x", "count": 9}, minimum)


def test_a_tree_of_any_depth_and_width_is_taken():
    deep = tree(7)
    for _ in range(20_000):
        deep = {"name": "d", "count": 7, "children": [deep]}
    node = suppress(deep, 8)
    while node["children"]:
        assert node["count"] is None
        node = node["children"][0]
    wide = tree(4 * 20_000, *(level(1, 1, 2) for _ in range(20_000)))
    assert counts(suppress(wide, 3)) == (80_000, [(4, [None, None, None])] * 20_000)
    fixed = tree(102 * 2_000, *(level(1, 1, 50, 50) for _ in range(2_000)))
    assert counts(suppress(fixed, 5))[1] == [(102, [None, None, None, 50])] * 2_000


def test_one_level_of_options_is_hidden_against_its_total():
    assert suppress_counts({"good": 40, "poor": 3, "neither": 12, "none": 0}) == {
        "good": 40, "poor": None, "neither": None, "none": 0,
    }  # fmt: skip
    assert suppress_counts({"a": 7, "b": 6}) == {"a": 7, "b": 6}
    assert suppress_counts({}) == {}
    assert suppress_counts({"a": 2, "b": 2}) == {"a": None, "b": None}


@pytest.mark.parametrize(("count", "shown_"), [(0, False), (4, False), (5, True), (6, True)])
def test_figures_need_five_people(count, shown_):
    assert may_show_count(count) is shown_


@pytest.mark.parametrize(
    ("month", "pooled", "ranked"),
    [(24, 0, False), (25, 0, True), (26, 0, True), (9, 24, False), (9, 25, True), (0, 0, False), (25, 3, True)],
)
def test_ranks_need_twenty_five_answers_in_the_month_or_pooled(month, pooled, ranked):
    assert may_rank(month, pooled) is ranked


@pytest.mark.parametrize(("count", "may"), [(0, False), (9, False), (10, True), (11, True)])
def test_comments_need_ten_answers(count, may):
    assert may_show_comments(count) is may


@pytest.mark.parametrize(("raters", "band"), [(0, None), (4, None), (5, "5-9"), (9, "5-9"), (10, "10-19"), (20, "20+")])
def test_raters_are_shown_as_bands(raters, band):
    assert rater_band(raters) == band


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ([], 0),
        ([0, 0], 0),  # nobody is no secret
        ([4], None),
        ([0, 1], None),
        ([4, 4, 4], None),  # each is too few by itself: together they would tell of each other
        ([5], 5),
        ([20, 4], 20),
        ([20, 0, 5], 25),
    ],
)
def test_total_of_groups_is_that_of_the_groups_shown(counts: list[int], total: int | None) -> None:
    assert shown_total(counts) == total
    assert shown_total(iter(counts)) == total
