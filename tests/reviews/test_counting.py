from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reviews.counting import Participation, contradictions, marks_per_unit, newest
from reviews.sealing import BallotContent
from tests.reviews.season import START

CAST = BallotContent("2026-10", 17, "yi", "jia", "34512", START, 1)
AGAIN = replace(CAST, marks="55555", cast_at=START + timedelta(hours=1), counter=2)
OTHER = BallotContent("2026-10", 18, "bing", "jia", "-----", START, 1)
ON_RECORD = {17: Participation("yi", "jia", 2), 18: Participation("bing", "jia", 1), 19: Participation("jia", "yi", 0)}


def wrong(*contents: BallotContent) -> int:
    return contradictions(contents, period="2026-10", assignments=ON_RECORD, criteria_count=5)


def test_ballots_as_they_were_cast_contradict_nothing():
    assert wrong() == 0
    assert wrong(CAST, AGAIN, OTHER) == 0
    assert wrong(OTHER, AGAIN, CAST) == 0


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
        {"counter": 3},
        {"marks": "3451"},
        {"marks": "345123"},
        {"marks": "----"},
    ],
)
def test_ballot_that_says_something_else_than_the_record_is_counted_as_wrong(changes):
    assert wrong(AGAIN, OTHER, replace(CAST, **changes)) == 1


def test_same_cast_brought_in_twice_is_counted_as_wrong():
    assert wrong(CAST, CAST) == 1
    assert wrong(CAST, replace(CAST, marks="11111")) == 1


def test_every_wrong_ballot_is_counted():
    assert wrong(replace(CAST, rater="x"), replace(AGAIN, target="x"), OTHER) == 2


def test_newest_ballot_of_a_pair_counts_whatever_the_order_of_reading():
    expected = {("yi", "jia"): AGAIN, ("bing", "jia"): OTHER}
    assert newest([CAST, AGAIN, OTHER]) == expected
    assert newest([OTHER, AGAIN, CAST]) == expected
    assert newest([]) == {}


def test_clock_that_was_set_back_does_not_bring_a_replaced_ballot_to_life():
    after = replace(AGAIN, cast_at=START - timedelta(days=40))
    assert newest([CAST, after]) == newest([after, CAST]) == {("yi", "jia"): after}


def test_withdrawn_marks_are_replaced_by_no_dealings_too():
    withdrawn = replace(AGAIN, marks="-----")
    assert marks_per_unit(newest([CAST, withdrawn]).values()) == {"jia": ["-----"]}


def test_marks_per_unit_come_in_an_order_that_does_not_follow_the_raters():
    contents = [replace(CAST, rater=rater, marks=marks) for rater, marks in (("a", "5" * 5), ("b", "1" * 5))]
    swapped = [replace(CAST, rater=rater, marks=marks) for rater, marks in (("a", "1" * 5), ("b", "5" * 5))]
    assert marks_per_unit(contents) == marks_per_unit(swapped) == {"jia": ["11111", "55555"]}
