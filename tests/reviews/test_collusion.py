"""What is flagged: rings, pairs, brigades, lines; and honest rounds left in peace."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from reviews.collusion import (
    BRIGADE,
    INFLATED_PAIR,
    ONE_VALUE,
    RETALIATING_PAIR,
    RING,
    STRAIGHT_LINE,
    Flag,
    Thresholds,
    calibrate,
    grown,
    habits,
    honest_rounds,
    kept_pairs,
    least_share,
    watch,
)
from reviews.collusion_rounds import Honest, own_figures, round_of
from reviews.severity_ballots import ballots_of
from reviews.severity_robust import robust_fit
from tests.reviews.textbook_reml import round_of_scores

Scores = dict[tuple[str, str, str], dict[str, float]]
RING_MEMBERS = ("u1", "u5", "u9")


@cache
def honest(seed: int = 22, missing: float = 0.0) -> Scores:
    return round_of_scores(seed, missing=missing)[0]


def every(value: float) -> dict[str, float]:
    return {f"c{at}": value for at in range(5)}


def flags(scores: Scores, seed: int = 1) -> tuple[Flag, ...]:
    ballots = ballots_of(scores)
    return watch(ballots, robust_fit(ballots), np.random.default_rng(seed))


def named(found: tuple[Flag, ...]) -> set[tuple[str, frozenset[str]]]:
    return {(flag.kind, frozenset(flag.members)) for flag in found}


def test_honest_rounds_are_left_in_peace() -> None:
    found = [flag for seed in range(20, 26) for flag in flags(honest(seed))]
    assert len(found) <= 1, found


def test_ring_is_found_with_its_members_and_nobody_else() -> None:
    ring = {(one, other, ""): every(5.0) for one in RING_MEMBERS for other in RING_MEMBERS if one != other}
    found = flags(honest() | ring)
    assert (RING, frozenset(RING_MEMBERS)) in named(found)
    assert all(set(flag.members) <= set(RING_MEMBERS) for flag in found)


def test_ring_of_five_is_one_ring() -> None:
    members = ("u1", "u5", "u9", "u12", "u20")
    scores = round_of_scores(3, sd_unit=0.3)[0]
    ring = {(one, other, ""): every(5.0) for one in members for other in members if one != other}
    rings = [flag for flag in flags(scores | ring) if flag.kind == RING]
    assert rings
    assert all(set(flag.members) <= set(members) for flag in rings)
    assert max(len(flag.members) for flag in rings) >= 4


def test_close_pair_makes_no_ring_with_a_bystander() -> None:
    for seed in range(30, 36):
        scores = dict(round_of_scores(seed, steps=False)[0])
        for key in (("u2", "u3", ""), ("u3", "u2", "")):
            scores[key] = dict.fromkeys(scores.get(key, every(0)), 9.0)
        found = flags(scores)
        assert (INFLATED_PAIR, frozenset(("u2", "u3"))) in named(found)
        assert [flag for flag in found if flag.kind == RING] == []


def test_pair_at_war_is_found() -> None:
    found = flags(honest() | {("u2", "u3", ""): every(1.0), ("u3", "u2", ""): every(1.0)})
    assert (RETALIATING_PAIR, frozenset(("u2", "u3"))) in named(found)
    (flag,) = [flag for flag in found if flag.kind == RETALIATING_PAIR]
    assert flag.statistic < flag.threshold < -3.5


def test_one_sided_spite_is_no_pair() -> None:
    found = flags(honest() | {("u2", "u3", ""): every(1.0)})
    assert [flag for flag in found if {"u2", "u3"} & set(flag.members)] == []


def test_brigade_names_its_victim_first() -> None:
    found = flags(honest() | {(rater, "u4", ""): every(1.0) for rater in RING_MEMBERS})
    (flag,) = [flag for flag in found if flag.kind == BRIGADE]
    assert flag.members[0] == "u4"
    assert set(RING_MEMBERS) <= set(flag.members[1:])
    assert flag.statistic > flag.threshold


def test_brigade_of_raters_who_are_no_units_is_found_too() -> None:
    scores = round_of_scores(2, 20, 12)[0]
    found = flags(scores | {(f"r{at}", "u4", ""): every(1.0) for at in range(4)})
    assert any(flag.kind == BRIGADE and flag.members[0] == "u4" for flag in found)


@pytest.mark.parametrize("value", [1.0, 3.0, 5.0])
def test_one_value_for_all_is_a_straight_line_too(value: float) -> None:
    found = flags({key: every(value) if key[0] == "u7" else held for key, held in honest().items()})
    assert {(STRAIGHT_LINE, frozenset(["u7"])), (ONE_VALUE, frozenset(["u7"]))} <= named(found)
    assert {flag.members for flag in found if flag.kind in {STRAIGHT_LINE, ONE_VALUE}} == {("u7",)}


def test_line_with_small_noise_is_found() -> None:
    random = np.random.default_rng(1)
    line = {
        key: {name: float(random.choice([3.0, 4.0])) for name in held} if key[0] == "u7" else held
        for key, held in honest().items()
    }
    assert (STRAIGHT_LINE, frozenset(["u7"])) in named(flags(line))


def test_flags_are_the_same_on_any_numeric_scale() -> None:
    ring = {(one, other, ""): every(5.0) for one in RING_MEMBERS for other in RING_MEMBERS if one != other}
    scores = honest() | ring
    percent = {key: {name: 25.0 * (score - 1) for name, score in held.items()} for key, held in scores.items()}
    assert named(flags(percent)) == named(flags(scores))


def test_missing_criteria_are_watched_alike() -> None:
    scores = honest(2, 0.2) | {("u2", "u3", ""): every(1.0), ("u3", "u2", ""): every(1.0)}
    assert (RETALIATING_PAIR, frozenset(("u2", "u3"))) in named(flags(scores))


def test_same_seed_gives_the_same_flags() -> None:
    scores = honest() | {("u2", "u3", ""): every(1.0), ("u3", "u2", ""): every(1.0)}
    assert flags(scores) == flags(scores)


def test_rounds_without_spread_or_with_little_are_not_judged() -> None:
    assert flags({(one, other, ""): {"c": 4.0} for one in "abcd" for other in "abcd" if one != other}) == ()
    few = {(rater, unit, ""): {"c": float(at)} for at, (rater, unit) in enumerate((r, u) for r in "pqr" for u in "ab")}
    assert flags(few) == ()


def test_scale_without_steps_is_watched() -> None:
    scores = round_of_scores(5, steps=False)[0]
    assert len(flags(scores)) <= 1
    low = min(score for held in scores.values() for score in held.values())
    war = {("u2", "u3", ""): every(low), ("u3", "u2", ""): every(low)}
    assert (RETALIATING_PAIR, frozenset(("u2", "u3"))) in named(flags(scores | war))


# -- thresholds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "expected", "threshold"), [(260, 0.06, 3.5), (2400, 0.06, 4.05), (260, 0.008, 4.0), (2400, 0.008, 4.5)]
)
def test_thresholds_grow_with_the_number_of_pairs(pairs: int, expected: float, threshold: float) -> None:
    assert grown(pairs, expected) == pytest.approx(threshold, abs=0.03)
    assert grown(2 * pairs, expected) > grown(pairs, expected)


@pytest.mark.parametrize(
    ("raters", "share"), [(2, 0.9), (26, 0.9), (100, 0.9), (1000, 0.94), (3000, 0.959), (10**9, 1.0)]
)
def test_share_of_one_value_grows_with_the_number_of_raters(raters: int, share: float) -> None:
    assert least_share(raters) == pytest.approx(share, abs=1e-3)


def limits(scores: Scores) -> Thresholds:
    ballots = ballots_of(scores)
    return calibrate(round_of(ballots, robust_fit(ballots)), np.random.default_rng(1))


def test_thresholds_are_never_laxer_than_the_growing_ones() -> None:
    found = limits(honest())
    pairs = sum((other, one, "") in honest() for one, other, _ in honest()) // 2
    assert found.inflated >= grown(pairs, 0.06)
    assert found.retaliating >= grown(pairs, 0.008)
    assert (found.ring >= 4.2, found.brigade >= 3.0, found.line <= 0.5, found.share >= 0.9) == (True,) * 4


def test_raters_who_all_give_one_value_make_one_value_honest() -> None:
    """Where everybody is full of praise, full marks are nobody's fault."""
    random = np.random.default_rng(4)
    scores = {
        (f"u{one}", f"u{other}", ""): {f"c{at}": 5.0 if random.random() < 0.95 else 4.0 for at in range(5)}
        for one in range(15)
        for other in range(15)
        if one != other
    }
    assert [flag for flag in flags(scores) if flag.kind == ONE_VALUE] == []


def test_honest_rounds_look_like_the_round() -> None:
    ballots = ballots_of(honest(3))
    seen = round_of(ballots, robust_fit(ballots))
    own, simulator, random = own_figures(seen), Honest(seen), np.random.default_rng(1)
    rounds = [simulator.round(random) for _ in range(30)]
    assert np.mean([each.of_cell.std() for each in rounds]) == pytest.approx(own.of_cell.std(), abs=0.1)
    middle = np.mean([np.nanquantile(each.line, 0.1) for each in rounds])
    assert middle == pytest.approx(np.nanquantile(own.line, 0.1), abs=0.12)
    shares = np.mean([np.nanmedian(each.one_value) for each in rounds])
    assert shares == pytest.approx(np.nanmedian(own.one_value), abs=0.08)


def test_small_rounds_are_compared_with_more_honest_ones() -> None:
    large = ballots_of({(f"r{at}", f"u{at % 7}", ""): {"c": 1.0} for at in range(150_000)})
    assert (honest_rounds(ballots_of(honest())), honest_rounds(large)) == (400, 60)


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_pairs_beyond_two_and_a_half_are_kept() -> None:
    ballots = ballots_of(honest() | {("u2", "u3", ""): every(1.0), ("u3", "u2", ""): every(1.0)})
    kept = {frozenset(pair[:2]): pair[2] for pair in kept_pairs(ballots, robust_fit(ballots))}
    assert kept[frozenset(("u2", "u3"))] < -4
    assert all(abs(statistic) > 2.5 for statistic in kept.values())
    assert len(kept) < 20


def test_habit_is_three_of_the_last_four_rounds_to_one_side() -> None:
    friends, foes = ("jia", "yi", 2.9), ("bing", "ding", -3.1)
    assert habits([[friends], [friends], [foes]]) == {}
    assert habits([[friends, foes], [("yi", "jia", 2.6)], [], [friends, foes]]) == {("jia", "yi"): INFLATED_PAIR}
    assert habits([[foes]] * 3) == {("bing", "ding"): RETALIATING_PAIR}
    assert habits([[friends], [("jia", "yi", -2.7)], [friends], []]) == {}
    assert habits([[friends], [friends], [friends], [], [], []]) == {}
