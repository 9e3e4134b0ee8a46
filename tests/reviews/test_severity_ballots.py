"""Ballots in columns: means, missing scores, who is left when some are taken away."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.severity_ballots import ballots_of, by_part, is_connected, raters_per_unit, raw_means, sizes, without
from tests.reviews.textbook_reml import some_ballots

SCORES = {
    ("jia", "yi", "1"): {"a": 4.0, "b": 2.0},
    ("jia", "bing", "1"): {"a": 5.0},
    ("yi", "bing", "1"): {},
    ("bing", "yi", "1"): {"b": 1.0, "a": 2.0},
    ("jia", "yi", "2"): {"a": 1.0, "b": 1.0},
}


def test_ballots_keep_names_in_order_and_leave_empty_ones_out() -> None:
    ballots = ballots_of(SCORES)
    assert (ballots.raters, ballots.units) == (("jia", "bing"), ("yi", "bing"))
    assert (ballots.rater.tolist(), ballots.unit.tolist()) == ([0, 0, 1, 0], [0, 1, 0, 0])
    assert (ballots.mean.tolist(), ballots.count.tolist()) == ([3.0, 5.0, 1.5, 1.0], [2, 1, 2, 2])
    assert (ballots.scores.tolist(), ballots.of.tolist()) == (
        [4.0, 2.0, 5.0, 1.0, 2.0, 1.0, 1.0],
        [0, 0, 1, 2, 2, 3, 3],
    )
    assert ballots.is_complete is False
    assert ballots.within == pytest.approx(2.0 + 0.5)


def test_one_rater_in_two_rounds_is_one_rater() -> None:
    ballots = ballots_of(SCORES)
    assert raters_per_unit(ballots).tolist() == [2, 1]
    assert (sizes(ballots).given.tolist(), sizes(ballots).got.tolist()) == ([3, 1], [3, 1])
    assert raw_means(ballots).tolist() == pytest.approx([5.5 / 3, 5.0])


def test_ballots_are_complete_when_each_holds_every_criterion() -> None:
    assert ballots_of({("p", "a", ""): {"x": 1.0, "y": 2.0}, ("q", "a", ""): {"y": 1.0, "x": 2.0}}).is_complete
    assert not ballots_of({("p", "a", ""): {"x": 1.0}, ("q", "a", ""): {"y": 1.0}}).is_complete


def test_taking_ballots_away_keeps_scores_with_theirs() -> None:
    ballots = some_ballots(1, 8, 8, missing=0.3)
    taken = np.arange(len(ballots)) % 3 == 0
    fewer = without(ballots, taken)
    assert fewer.mean.tolist() == ballots.mean[~taken].tolist()
    for ballot in range(len(fewer)):
        own = fewer.scores[fewer.of == ballot]
        assert (len(own), own.mean()) == (fewer.count[ballot], pytest.approx(fewer.mean[ballot]))
    assert (fewer.raters, fewer.units) == (ballots.raters, ballots.units)


def test_nothing_taken_away_leaves_everything() -> None:
    ballots = some_ballots(1, 5, 5)
    same = without(ballots, np.zeros(len(ballots), dtype=bool))
    assert (same.scores.tolist(), same.of.tolist()) == (ballots.scores.tolist(), ballots.of.tolist())


def test_connected_means_through_raters_on_one_side_and_units_on_the_other() -> None:
    chain = {(f"r{at // 2}", f"u{(at + 1) // 2}", ""): {"a": 1.0} for at in range(40)}
    assert is_connected(ballots_of(chain))
    broken = {key: held for key, held in chain.items() if key != ("r10", "u10", "")}
    assert not is_connected(ballots_of(broken))
    assert not is_connected(ballots_of({("a", "b", ""): {"x": 1.0}, ("b", "a", ""): {"x": 1.0}}))
    assert is_connected(ballots_of({("a", "a", ""): {"x": 1.0}}))


def test_parts_are_ballots_by_themselves() -> None:
    scores = {
        ("p", "a", ""): {"x": 1.0}, ("r", "c", ""): {"x": 5.0, "y": 4.0}, ("q", "b", ""): {"x": 2.0},
        ("q", "a", ""): {"x": 3.0}, ("s", "c", ""): {"x": 2.0}, ("s", "d", ""): {"y": 1.0},
    }  # fmt: skip
    one, other = by_part(ballots_of(scores))
    assert (one.raters, one.units, one.mean.tolist()) == (("p", "q"), ("a", "b"), [1.0, 2.0, 3.0])
    assert (other.raters, other.units, other.scores.tolist()) == (("r", "s"), ("c", "d"), [5.0, 4.0, 2.0, 1.0])
    assert (other.rater.tolist(), other.unit.tolist(), other.of.tolist()) == ([0, 1, 1], [0, 0, 1], [0, 0, 1, 2])
    assert is_connected(one)
    assert is_connected(other)


def test_one_part_is_the_whole() -> None:
    ballots = some_ballots(1, 7, 7, missing=0.2)
    (part,) = by_part(ballots)
    assert (part.raters, part.units) == (ballots.raters, ballots.units)
    assert part.mean.tolist() == ballots.mean.tolist()


def test_long_chains_are_followed_to_their_end() -> None:
    chain = {(f"r{at // 2}", f"u{(at + 1) // 2}", ""): {"a": 1.0} for at in range(3000)}
    mixed = dict(sorted(chain.items(), key=lambda each: hash(each[0][1] * 3)))
    assert is_connected(ballots_of(mixed))
    del mixed["r700", "u700", ""]
    assert [len(part) for part in by_part(ballots_of(chain | mixed))] == [3000]
    assert sorted(len(part) for part in by_part(ballots_of(mixed))) == [1400, 1599]
