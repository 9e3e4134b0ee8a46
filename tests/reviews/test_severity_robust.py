"""The fit that counts: extreme pairs set aside, far ballots weighed down, honest rounds hardly touched."""

from __future__ import annotations

import numpy as np
import pytest

from locales.errors import DomainError
from reviews.severity import plain_fit
from reviews.severity_ballots import ballots_of
from reviews.severity_pairs import by_cell, leaning, mutual_pairs, pair_statistics, reciprocity, standardise
from reviews.severity_robust import RobustFit, robust_fit
from tests.reviews.textbook_reml import agreement, round_of_scores, some_ballots

Scores = dict[tuple[str, str, str], dict[str, float]]


def every(value: float) -> dict[str, float]:
    return {f"c{at}": value for at in range(5)}


def with_ring(scores: Scores, members: tuple[str, ...], value: float = 5.0) -> Scores:
    return scores | {(one, other, ""): every(value) for one in members for other in members if one != other}


def aside(ballots_fit: RobustFit, ballots: object) -> set[tuple[str, str]]:
    numbers = np.flatnonzero(ballots_fit.set_aside)
    return {(ballots.raters[ballots.rater[at]], ballots.units[ballots.unit[at]]) for at in numbers}  # type: ignore[attr-defined]


def test_pairs_at_war_are_set_aside_both_ways() -> None:
    scores, _ = round_of_scores(1)
    ballots = ballots_of(with_ring(scores, ("u2", "u3"), 1.0))
    robust = robust_fit(ballots)
    assert {("u2", "u3"), ("u3", "u2")} <= aside(robust, ballots)
    assert robust.set_aside.sum() <= 6


def test_ring_gains_little() -> None:
    gained = {"plain": [], "robust": []}
    for seed in range(8):
        scores, _ = round_of_scores(seed)
        ring = ("u1", "u5", "u9")
        honest, attacked = ballots_of(scores), ballots_of(with_ring(scores, ring))
        for name, fitted in (("plain", plain_fit), ("robust", lambda each: robust_fit(each).fit)):
            before, after = fitted(honest), fitted(attacked)
            places = [
                [sorted(-fit.effect).index(-fit.effect[fit.units.index(unit)]) for unit in ring]
                for fit in (before, after)
            ]
            gained[name].append(np.mean(places[0]) - np.mean(places[1]))
    assert np.mean(gained["plain"]) > 1.0
    assert np.mean(gained["robust"]) < 0.5 * np.mean(gained["plain"])


def test_victim_of_three_keeps_its_place() -> None:
    lost, kept = [], []
    for seed in range(8):
        scores, _ = round_of_scores(seed)
        attacked = scores | {(rater, "u4", ""): every(1.0) for rater in ("u1", "u5", "u9")}
        honest = plain_fit(ballots_of(scores))
        for fit, column in ((plain_fit(ballots_of(attacked)), lost), (robust_fit(ballots_of(attacked)).fit, kept)):
            column.append(honest.score[honest.units.index("u4")] - fit.score[fit.units.index("u4")])
    assert np.mean(kept) < 0.5 * np.mean(lost)


def test_honest_round_is_hardly_touched() -> None:
    tau: dict[str, list[float]] = {"plain": [], "robust": []}
    set_aside = []
    for seed in range(10):
        scores, worth = round_of_scores(40 + seed)
        ballots = ballots_of(scores)
        robust = robust_fit(ballots)
        true = np.array([worth[unit] for unit in ballots.units])
        tau["plain"].append(agreement(true, plain_fit(ballots).effect))
        tau["robust"].append(agreement(true, robust.fit.effect))
        set_aside.append(robust.set_aside.sum() / 2)
        assert (robust.weights < 1).mean() < 0.12
    assert np.mean(set_aside) < 2
    assert np.mean(tau["robust"]) > np.mean(tau["plain"]) - 0.01


def test_weights_follow_the_distance() -> None:
    ballots = some_ballots(3)
    robust = robust_fit(ballots)
    counted = ~robust.set_aside
    far = np.abs(robust.z) > 2.2
    assert (robust.weights[counted & far] < 1.0).all()
    assert (robust.weights[counted & (np.abs(robust.z) < 1.8)] == 1.0).all()
    assert robust.weights.min() >= 0.0
    assert robust.weights.max() == 1.0


def test_pair_that_alone_joins_two_districts_is_not_set_aside() -> None:
    random = np.random.default_rng(2)
    scores: Scores = {}
    for district in range(2):
        names = [f"d{district}u{at}" for at in range(8)]
        for rater in names:
            for unit in names:
                if rater != unit:
                    scores[rater, unit, ""] = {"c": 3.0 + 0.3 * random.standard_normal()}
    scores["d0u0", "d1u0", ""] = {"c": 9.0}
    scores["d1u0", "d0u0", ""] = {"c": 9.0}
    ballots = ballots_of(scores)
    robust = robust_fit(ballots)
    assert not {("d0u0", "d1u0"), ("d1u0", "d0u0")} <= aside(robust, ballots)


def test_missing_criteria_and_huge_scales_are_weighed_alike() -> None:
    scores, _ = round_of_scores(5, missing=0.2)
    scores = with_ring(scores, ("u1", "u2"), 1.0)
    ballots = ballots_of(scores)
    larger = ballots_of({key: {name: 1e9 * score for name, score in held.items()} for key, held in scores.items()})
    one, other = robust_fit(ballots), robust_fit(larger)
    assert one.fit.sd_ballot is not None
    assert other.weights == pytest.approx(one.weights, abs=1e-4)
    assert other.fit.effect / 1e9 == pytest.approx(one.fit.effect, abs=1e-4)


def test_identical_marks_and_parts_are_answered_as_in_the_plain_fit() -> None:
    same = ballots_of({(rater, unit, ""): {"c": 4.0} for rater in "abc" for unit in "abc"})
    robust = robust_fit(same)
    assert (robust.fit.reml_criterion, robust.weights.tolist(), robust.z.tolist()) == (None, [1.0] * 9, [0.0] * 9)
    with pytest.raises(DomainError) as refused:
        robust_fit(ballots_of({("a", "b", ""): {"c": 1.0}, ("b", "a", ""): {"c": 2.0}}))
    assert refused.value.code == "severity_parts"


def test_same_ballots_give_the_same_weights() -> None:
    ballots = some_ballots(9)
    assert robust_fit(ballots).weights.tolist() == robust_fit(ballots).weights.tolist()


# -- pairs -------------------------------------------------------------------------------------------------------------


def test_mutual_pairs_are_found_by_name() -> None:
    ballots = ballots_of({
        ("jia", "yi", ""): {"c": 1.0}, ("yi", "jia", ""): {"c": 2.0}, ("jia", "bing", ""): {"c": 3.0},
        ("bing", "yi", ""): {"c": 3.0}, ("yi", "bing", ""): {"c": 4.0}, ("jia", "jia", ""): {"c": 5.0}, ("x", "yi", ""): {"c": 1.0},
    })  # fmt: skip
    mutual = mutual_pairs(ballots)
    pairs = {
        frozenset((ballots.units[one], ballots.units[other]))
        for one, other in zip(mutual.one, mutual.other, strict=True)
    }
    assert pairs == {frozenset(("jia", "yi")), frozenset(("yi", "bing"))}
    assert len(mutual) == 2
    values = by_cell(mutual, ballots.mean)
    assert sorted(zip(values[mutual.there].tolist(), values[mutual.back].tolist(), strict=True)) in (
        [(1.0, 2.0), (3.0, 4.0)], [(1.0, 2.0), (4.0, 3.0)], [(2.0, 1.0), (3.0, 4.0)], [(2.0, 1.0), (4.0, 3.0)]
    )  # fmt: skip


def test_pairs_must_both_lie_off_to_one_side() -> None:
    ballots = ballots_of(
        {(one, other, ""): {"c": 1.0} for one in "abcd" for other in "abcd" if one < other or one > other}
    )
    mutual = mutual_pairs(ballots)
    of_cell = np.zeros(len(mutual.counts))
    for place, (there, back) in enumerate(
        [(3.0, 3.0), (3.0, 0.9), (3.0, -3.0), (-2.0, -2.0), (-6.0, -1.1), (0.0, 0.0)]
    ):
        of_cell[mutual.there[place]], of_cell[mutual.back[place]] = there, back
    root = np.sqrt(2.0)
    assert pair_statistics(mutual, of_cell, 0.0) == pytest.approx([6 / root, 0, 0, -4 / root, -7.1 / root, 0])
    assert leaning(mutual, of_cell, 0.0) == pytest.approx([6 / root, 0, 0, -4 / root, -3.7 / root, 0])
    assert pair_statistics(mutual, of_cell, 0.28)[0] == pytest.approx(6 / np.sqrt(2.56))


def test_reciprocity_is_found_and_rings_do_not_raise_it() -> None:
    random = np.random.default_rng(1)
    names = [f"u{at}" for at in range(40)]
    ballots = ballots_of({(one, other, ""): {"c": 1.0} for one in names for other in names if one != other})
    mutual = mutual_pairs(ballots)
    shared, own = random.standard_normal(len(mutual)), random.standard_normal(len(mutual.counts))
    of_cell = np.sqrt(0.7) * own
    for cells in (mutual.there, mutual.back):
        of_cell[cells] += np.sqrt(0.3) * shared
    honest = reciprocity(mutual, of_cell)
    assert honest == pytest.approx(0.3, abs=0.1)
    of_cell[mutual.there[:6]] = of_cell[mutual.back[:6]] = 20.0
    assert reciprocity(mutual, of_cell) == pytest.approx(honest, abs=0.04)


def test_z_is_standard_whatever_the_weight() -> None:
    """What a ballot leaves over is set right for the part of it that the fit took."""
    names = [f"u{at}" for at in range(12)]
    ballots = ballots_of({(one, other, ""): {"c": 1.0} for one in names for other in names})
    random = np.random.default_rng(3)
    weights = np.ones(len(ballots))
    weights[::10] = 0.0
    left = random.standard_normal(len(ballots))
    z, sigma = standardise(ballots, 5.0 * left, np.ones(len(ballots)), weights)
    again, same = standardise(ballots, 500.0 * left, np.ones(len(ballots)), weights)
    assert (again.tolist(), same) == (pytest.approx(z.tolist()), pytest.approx(100 * sigma))
    assert np.median(np.abs(z[weights > 0])) == pytest.approx(1 / 1.4826)
    assert standardise(ballots, np.zeros(len(ballots)), np.ones(len(ballots)), weights) == (
        pytest.approx(np.zeros(len(ballots))),
        0.0,
    )
