from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from reviews.counting import Opened, Participation, Record, Sorted, fits, sort_ballots
from reviews.sealing import BallotContent, ballot_token
from tests.reviews.season import START

TOKEN_KEY = "5a" * 32
ON_RECORD = Record(
    "2026-10",
    {17: Participation("yi", "jia", 2), 18: Participation("bing", "jia", 1), 19: Participation("jia", "yi", 0)},
    criteria_count=5,
    token_key=TOKEN_KEY,
)


def cast(assignment: int, counter: int, marks: str = "34512", **changes: object) -> BallotContent:
    """A ballot as its rater makes it: with the token of this one cast."""
    task = ON_RECORD.assignments[assignment]
    token = ballot_token(TOKEN_KEY, assignment, counter)
    content = BallotContent("2026-10", assignment, task.rater, task.target, marks, START, counter, token)
    return replace(content, **changes)


def read(receipt: str, content: BallotContent | None) -> Opened:
    return Opened(receipt, content)


FIRST, AGAIN, OTHER = cast(17, 1), cast(17, 2, "55555"), cast(18, 1, "-----")
THREE = [read("first", FIRST), read("again", AGAIN), read("other", OTHER)]


def test_newest_ballot_of_every_pair_counts_and_the_one_before_is_superseded():
    found = sort_ballots(THREE, ON_RECORD)
    assert set(found.ballots) == {AGAIN, OTHER}
    assert (found.counted, found.superseded, found.void) == (("again", "other"), ("first",), ())


def test_round_without_ballots_has_empty_lists():
    assert sort_ballots([], ON_RECORD) == Sorted((), (), (), ())


def test_order_of_reading_changes_nothing():
    expected = sort_ballots(THREE, ON_RECORD)
    for seed in range(6):
        assert sort_ballots(Random(seed).sample(THREE, 3), ON_RECORD) == expected


def test_order_of_the_ballots_does_not_follow_raters_targets_or_marks():
    """Whoever reads on sees them by a text that only the key of the round explains."""
    found = sort_ballots(THREE, ON_RECORD).ballots
    assert [content.token for content in found] == sorted(content.token for content in found)
    swapped = sort_ballots([read("a", cast(17, 2, "-----")), read("b", cast(18, 1, "55555"))], ON_RECORD).ballots
    assert [content.rater for content in swapped] == [content.rater for content in found]


def test_clock_that_was_set_back_does_not_bring_a_replaced_ballot_to_life():
    after = replace(AGAIN, cast_at=START - timedelta(days=40))
    for order in ([read("first", FIRST), read("after", after)], [read("after", after), read("first", FIRST)]):
        found = sort_ballots(order, ON_RECORD)
        assert (found.ballots, found.counted, found.superseded) == ((after,), ("after",), ("first",))


def test_withdrawn_marks_are_replaced_by_no_dealings_too():
    withdrawn = cast(17, 2, "-----")
    assert sort_ballots([read("first", FIRST), read("again", withdrawn)], ON_RECORD).ballots == (withdrawn,)


def test_ballot_that_cannot_be_read_is_void_and_stops_nothing():
    found = sort_ballots([*THREE, read("broken", None)], ON_RECORD)
    assert found.void == ("broken",)
    assert set(found.ballots) == {AGAIN, OTHER}


@pytest.mark.parametrize(
    "changes",
    [
        {"period": "2026-09"},
        {"assignment_id": 20},
        {"assignment_id": 18},
        {"assignment_id": 19},
        {"rater": "bing"},
        {"target": "bing"},
        {"rater": "jia", "target": "yi"},
        {"counter": 0},
        {"counter": -1},
        {"counter": 1},
        {"counter": 3},
        {"counter": 10**30},
        {"marks": ""},
        {"marks": "3451"},
        {"marks": "345123"},
        {"marks": "----"},
        {"marks": "3451x"},
        {"token": ""},
        {"token": ballot_token(TOKEN_KEY, 17, 1)},
        {"token": ballot_token(TOKEN_KEY, 18, 2)},
        {"token": ballot_token("00" * 32, 17, 2)},
        {"token": ballot_token(TOKEN_KEY, 17, 2).lower()},
        {"token": ballot_token(TOKEN_KEY, 17, 2) + "="},
        {"token": "票" * 22},
    ],
)
def test_ballot_that_says_something_else_than_the_record_is_void(changes):
    wrong = replace(AGAIN, **changes)
    found = sort_ballots([read("first", FIRST), read("wrong", wrong), read("other", OTHER)], ON_RECORD)
    assert not fits(wrong, ON_RECORD)
    assert (found.void, found.superseded) == (("wrong",), ())
    assert set(found.ballots) == {FIRST, OTHER}


def test_forged_ballot_without_the_token_does_not_displace_the_real_one():
    forged = cast(17, 2, "11111", token="A" * 22)
    found = sort_ballots([*THREE, read("forged", forged)], ON_RECORD)
    assert (set(found.ballots), found.void) == ({AGAIN, OTHER}, ("forged",))


def test_two_ballots_of_one_cast_are_both_void_and_the_one_before_counts():
    """Which of them is the rater's own nobody can tell."""
    found = sort_ballots([*THREE, read("twin", replace(AGAIN, marks="11111"))], ON_RECORD)
    assert set(found.ballots) == {FIRST, OTHER}
    assert (found.counted, found.superseded, found.void) == (("first", "other"), (), ("again", "twin"))


def test_same_text_stored_twice_is_void_and_its_receipt_stands_once():
    found = sort_ballots([read("other", OTHER), read("first", FIRST), read("first", FIRST)], ON_RECORD)
    assert (found.ballots, found.counted, found.void) == ((OTHER,), ("other",), ("first",))


def test_every_receipt_stands_in_exactly_one_list():
    ballots = [
        read("first", FIRST),
        read("again", AGAIN),
        read("twin", AGAIN),
        read("dead", None),
        read("other", OTHER),
    ]
    found = sort_ballots(ballots, ON_RECORD)
    listed = [*found.counted, *found.superseded, *found.void]
    assert sorted(listed) == sorted(set(listed)) == sorted({each.receipt for each in ballots})


def test_ballots_may_come_from_a_generator():
    assert sort_ballots(iter(THREE), ON_RECORD) == sort_ballots(THREE, ON_RECORD)


def test_single_gaps_are_void_in_a_round_and_count_in_a_panel():
    """An expert may have no basis for one indicator; a unit either had dealings with another or had none."""
    gap = read("gap", cast(18, 1, "3451-"))
    assert sort_ballots([gap], ON_RECORD).void == ("gap",)
    assert sort_ballots([gap], replace(ON_RECORD, with_gaps=True)).counted == ("gap",)
    short = read("short", cast(18, 1, "345-"))
    assert sort_ballots([short], replace(ON_RECORD, with_gaps=True)).void == ("short",)
