"""Parts by common raters: the same as a search by hand, whatever the tasks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviews.assignment_graph import Joined, parts_of_units

TASKS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")))


def searched(tasks) -> set[frozenset[str]]:
    """Units that are scored by a common rater belong together, and so on."""
    parts = [{unit} for unit in dict.fromkeys(unit for _, unit in tasks)]
    for one in {rater for rater, _ in tasks}:
        scored = {unit for rater, unit in tasks if rater == one}
        touched = [part for part in parts if part & scored]
        parts = [part for part in parts if not part & scored] + [set().union(*touched)]
    return {frozenset(part) for part in parts}


@given(TASKS)
def test_parts_are_what_common_raters_join(tasks):
    found = parts_of_units(tasks)
    assert {frozenset(part) for part in found} == searched(tasks)
    assert list(found) == sorted(found)
    assert all(list(part) == sorted(set(part)) for part in found)


def test_parts_of_a_hub_and_its_spokes_are_two_although_all_are_linked():
    tasks = [("hub", "a"), ("hub", "b"), ("a", "hub"), ("b", "hub")]
    assert parts_of_units(tasks) == (("a", "b"), ("hub",))


def test_parts_count_scored_units_only():
    assert parts_of_units([("only-rates", "a")]) == (("a",),)
    assert parts_of_units([]) == ()


def test_a_triangle_is_one_part_and_a_couple_is_two():
    assert parts_of_units([("a", "b"), ("b", "a")]) == (("a",), ("b",))
    triangle = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("a", "c"), ("c", "a")]
    assert parts_of_units(triangle) == (("a", "b", "c"),)


def test_joining_says_whether_it_changed_anything():
    joined: Joined[int] = Joined()
    assert [joined.join(1, 2), joined.join(3, 4), joined.join(2, 3), joined.join(1, 4)] == [True, True, True, False]
    assert joined.root(1) == joined.root(4) != joined.root(5)
