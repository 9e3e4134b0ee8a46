from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.peer_mean import DEFINITION, PeerScore, ballot_mean, peer_score

BALLOT = st.one_of(st.just("-----"), st.text("12345", min_size=5, max_size=5))


@pytest.mark.parametrize(
    ("marks", "mean"),
    [
        ("11111", Fraction(1)),
        ("55555", Fraction(5)),
        ("34512", Fraction(3)),
        ("12212", Fraction(8, 5)),
        ("-----", None),
    ],
)
def test_ballot_mean_is_exact_and_missing_without_dealings(marks, mean):
    assert ballot_mean(marks) == mean


def test_peer_score_runs_from_0_for_all_ones_to_100_for_all_fives():
    assert peer_score(["11111"] * 5) == PeerScore(Fraction(0), 5)
    assert peer_score(["33333"] * 5) == PeerScore(Fraction(50), 5)
    assert peer_score(["55555"] * 5) == PeerScore(Fraction(100), 5)


def test_peer_score_by_hand():
    """Ballot means 3, 4.2, 1.6, 5, 2.8, 4 add up to 20.6; 100 × (20.6/6 − 1) / 4 = 365/6."""
    ballots = ["34512", "44445", "12212", "55555", "33332", "44444"]
    assert peer_score(ballots) == PeerScore(Fraction(365, 6), 6)
    assert str(peer_score(ballots).score) == "365/6"


def test_peer_score_leaves_no_dealings_out_of_the_denominator():
    assert peer_score(["55555"] * 5 + ["-----"] * 20) == PeerScore(Fraction(100), 5)


def test_peer_score_needs_five_raters_that_had_dealings():
    assert peer_score(["55555"] * 4) == PeerScore(None, 4)
    assert peer_score(["55555"] * 4 + ["-----"]) == PeerScore(None, 4)
    assert peer_score(["55555"] * 5).score is not None


def test_peer_score_of_a_unit_that_nobody_marked_is_none():
    assert peer_score([]) == PeerScore(None, 0)
    assert peer_score(["-----"] * 9) == PeerScore(None, 0)


def test_peer_score_says_by_which_definition_it_was_made():
    assert peer_score([]).definition == DEFINITION == "peer-mean-1"


@given(st.lists(BALLOT, min_size=5, max_size=30), st.randoms())
def test_peer_score_does_not_depend_on_order_and_stays_within_its_bounds(ballots, random):
    score = peer_score(ballots)
    assert score == peer_score(random.sample(ballots, len(ballots)))
    if score.score is not None:
        assert 0 <= score.score <= 100


@given(st.lists(st.text("1234", min_size=5, max_size=5), min_size=5, max_size=30), st.data())
def test_peer_score_rises_by_exactly_what_one_better_mark_is_worth(ballots, data):
    place = data.draw(st.integers(0, len(ballots) - 1))
    better = list(ballots)
    better[place] = str(int(ballots[place][0]) + 1) + ballots[place][1:]
    assert peer_score(better).score - peer_score(ballots).score == Fraction(100, 4 * 5 * len(ballots))
