"""Three rounds as one: against one fit of all, with what is alike counted once, and covering nine in ten."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.severity import plain_fit, unit_covariance
from reviews.severity_ballots import ballots_of
from reviews.severity_quarter import Published, combine, place_quarter, published
from tests.reviews.textbook_reml import round_of_scores, some_ballots

SEVERAL = 26


def month(
    random: np.random.Generator,
    worth: np.ndarray,
    severity: np.ndarray,
    views: np.ndarray,
    alike: float,
    share: float = 0.9,
) -> Published:
    scores = {
        (f"u{rater}", f"u{unit}", ""): {
            "c": 3.5
            + worth[unit]
            + severity[rater]
            + 0.4 * (np.sqrt(alike) * views[rater, unit] + np.sqrt(1 - alike) * random.standard_normal())
        }
        for rater in range(SEVERAL)
        for unit in range(SEVERAL)
        if rater != unit and random.random() < share
    }
    return published(plain_fit(ballots_of(scores)))


def covered(alike: float, assumed: float, runs: int = 25) -> tuple[float, float]:
    """How many true places the quarter's 90 % intervals hold, and how wide they are."""
    random = np.random.default_rng(11)
    held, width = [], []
    for _ in range(runs):
        worth, severity = 0.45 * random.standard_normal(SEVERAL), 0.36 * random.standard_normal(SEVERAL)
        views = random.standard_normal((SEVERAL, SEVERAL))
        quarter = combine([month(random, worth, severity, views, alike) for _ in range(3)], alike=assumed)
        true = np.array([worth[int(unit[1:])] for unit in quarter.units])
        place = 1 + (true[:, None] < true).sum(axis=1)
        places = place_quarter(quarter, interval=0.9, draws=400, random=random)
        held.append(np.mean((np.array(places.low) <= place) & (place <= np.array(places.high))))
        width.append(np.mean(np.subtract(places.high, places.low)))
    return float(np.mean(held)), float(np.mean(width))


def test_intervals_of_a_quarter_hold_what_they_say() -> None:
    held, _ = covered(0.5, 0.5)
    assert 0.9 < held < 0.99


def test_views_taken_for_new_when_they_are_not_make_intervals_too_narrow() -> None:
    honest, wide = covered(0.9, 0.9, runs=12)
    sure, narrow = covered(0.9, 0.0, runs=12)
    assert narrow < wide
    assert sure < honest


def test_one_round_is_itself() -> None:
    fit = plain_fit(some_ballots(1))
    alone = combine([published(fit)])
    assert alone.effect == pytest.approx(fit.effect, abs=1e-8)
    assert alone.covariance == pytest.approx(unit_covariance(fit), abs=1e-8)
    assert (alone.mu, alone.sd_unit) == pytest.approx((fit.mu, fit.sd_unit))


def test_rounds_wholly_alike_teach_nothing_new() -> None:
    one = published(plain_fit(some_ballots(1)))
    same = combine([one, one, one], alike=1.0)
    assert same.effect == pytest.approx(one.effect, abs=1e-7)
    assert same.covariance == pytest.approx(one.covariance, abs=1e-7)


def test_new_views_narrow_the_posterior() -> None:
    one = published(plain_fit(some_ballots(1)))
    level = np.eye(26) - 1 / 26  # what is common to all, no round can tell
    traces = [np.trace(level @ combine([one, one, one], alike=alike).covariance) for alike in (0.0, 0.5, 1.0)]
    assert traces == sorted(traces)
    assert traces[0] == pytest.approx(traces[2] / 3, rel=0.1)
    assert traces[1] == pytest.approx(traces[2] / 1.5, rel=0.1)


def test_unit_that_joins_late_is_there_with_less_certainty() -> None:
    scores, _ = round_of_scores(1)
    whole = published(plain_fit(ballots_of(scores)))
    fewer = published(plain_fit(ballots_of({key: held for key, held in scores.items() if "u3" not in key})))
    quarter = combine([fewer, fewer, whole])
    assert set(quarter.units) == set(whole.units)
    level = np.eye(26) - 1 / 26
    doubt = np.diag(level @ quarter.covariance @ level)
    assert doubt[quarter.units.index("u3")] == max(doubt)
    assert max(doubt) > 1.4 * np.median(doubt)


def test_round_without_any_difference_pulls_to_the_middle() -> None:
    one = published(plain_fit(some_ballots(1)))
    flat = Published(one.units, one.mu, np.zeros(26), np.zeros((26, 26)), 0.0)
    assert np.abs(combine([one, flat]).effect).max() <= np.abs(one.effect).max() + 1e-9
    nothing = combine([flat, flat])
    assert (nothing.effect.tolist(), nothing.sd_unit) == ([0.0] * 26, 0.0)
    places = place_quarter(nothing, interval=0.9, draws=100, random=np.random.default_rng(1))
    assert (set(places.rank), set(places.low), set(places.high)) == ({1}, {1}, {26})


def test_no_rounds_are_no_quarter() -> None:
    with pytest.raises(ValueError, match="no rounds"):
        combine([])
