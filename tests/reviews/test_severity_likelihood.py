"""The criterion and its slope at given variances, the dense way and through pairs, against dense matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from locales.errors import DomainError
from reviews import severity_model
from reviews.severity_likelihood import slope_at, solve_at
from reviews.severity_model import LARGEST_KEPT, Model, lay_out, model_of
from tests.reviews.textbook_reml import some_ballots, textbook

WORLDS = [
    {"raters": 9, "units": 7, "share": 0.5},
    {"raters": 7, "units": 9, "share": 0.5},
    {"raters": 9, "units": 9, "missing": 0.3},
    {"raters": 7, "units": 12, "missing": 0.3, "share": 0.4},
]


def model(world: dict[str, object], *, weights: bool) -> Model:
    ballots = some_ballots(3, **world)  # type: ignore[arg-type]
    random = np.random.default_rng(1)
    return lay_out(ballots, random.uniform(0.2, 1.0, len(ballots)) if weights else None)


def dense(model: Model, ratios: np.ndarray) -> float:
    """The criterion from V itself."""
    free = 0 if model.free is None else ratios[2] * model.free
    covariance = np.diag(model.fixed + free)
    covariance += ratios[0] * (model.eliminated[:, None] == model.eliminated)
    covariance += ratios[1] * (model.kept[:, None] == model.kept)
    inverse = np.linalg.inv(covariance)
    information, degrees = inverse.sum(), model.observations - 1
    left = model.y - (inverse @ model.y).sum() / information
    squares = model.extra + left @ inverse @ left
    determinant = np.linalg.slogdet(covariance)[1]
    return determinant + np.log(information) + degrees * (1 + np.log(2 * np.pi * squares / degrees)) + model.constant


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("through_pairs", [False, True])
@pytest.mark.parametrize("world", WORLDS, ids=str)
@pytest.mark.parametrize(
    "ratios", [(0.7, 0.4, 0.3), (0.0, 0.5, 0.0), (2.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1e4, 1e-4, 5.0)]
)
def test_criterion_and_slope_are_those_of_the_dense_matrix(
    monkeypatch: pytest.MonkeyPatch,
    ratios: tuple[float, ...],
    world: dict[str, object],
    *,
    through_pairs: bool,
    weights: bool,
) -> None:
    if through_pairs:
        monkeypatch.setattr(severity_model, "_DENSE_CELLS", 0)
    laid = model(world, weights=weights)
    assert (laid.pattern.place is not None) == through_pairs
    at = np.array(ratios[: 3 if laid.has_ballot_term else 2])
    solved = solve_at(laid, at)
    assert solved.criterion == pytest.approx(dense(laid, at), rel=1e-11, abs=1e-9)
    slope = slope_at(laid, solved)
    for place in range(len(at)):
        step = 1e-5 * (at[place] + 0.1) * np.eye(len(at))[place]
        rise = (dense(laid, at + step) - dense(laid, at - step)) / (2 * step[place])
        assert slope.first[place] == pytest.approx(rise, rel=1e-4, abs=1e-4)
    assert np.linalg.eigvalsh(slope.second).min() > -1e-6 * np.abs(slope.second).max()


def test_many_levels_are_factored_in_halves_to_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    laid = lay_out(some_ballots(2, 150, 140, share=0.08, criteria=2))
    at = np.array([0.6, 0.8])
    solved = solve_at(laid, at)
    slope = slope_at(laid, solved)
    solved.factors.lighten()
    columns = np.random.default_rng(1).standard_normal((len(laid.y), 2))
    light = solved.factors.solve(columns)[0]
    monkeypatch.setattr("reviews.severity_likelihood._INVERT_AT_ONCE", 1000)
    once = solve_at(laid, at)
    assert once.criterion == pytest.approx(solved.criterion, rel=1e-12)
    assert slope_at(laid, once).first == pytest.approx(slope.first, rel=1e-8, abs=1e-7)
    assert once.factors.solve(columns)[0] == pytest.approx(light, abs=1e-9)


def test_scores_of_incomplete_ballots_stand_each_by_itself() -> None:
    """Ballot means with their sizes give the criterion of the single scores."""
    ballots = some_ballots(4, 6, 6, missing=0.4)
    laid = lay_out(ballots)
    ratios = np.array([0.5, 0.8, 0.6])
    given = ratios if laid.units_are_kept else ratios[[1, 0, 2]]
    theta = np.sqrt(ratios)
    assert solve_at(laid, given).criterion == pytest.approx(textbook(ballots).criterion(theta), rel=1e-11)


def test_larger_factor_is_eliminated() -> None:
    tall, wide = lay_out(some_ballots(1, 12, 5)), lay_out(some_ballots(1, 5, 12))
    assert (tall.units_are_kept, tall.sides, wide.units_are_kept, wide.sides) == (True, (12, 5), False, (12, 5))


def test_scores_without_spread_have_no_scale() -> None:
    ballots = some_ballots(1, 4, 4)
    same = replace(ballots, mean=np.full(len(ballots), 1e6), scores=np.full(len(ballots.scores), 1e6))
    assert lay_out(same).scale == 0.0


def test_two_factors_beyond_the_limit_are_refused() -> None:
    side = LARGEST_KEPT + 1
    names = np.arange(side)
    with pytest.raises(DomainError) as refused:
        model_of(
            names,
            names,
            (side, side),
            np.ones(side),
            fixed=np.ones(side),
            free=None,
            extra=0,
            observations=side,
            constant=0,
        )
    assert (refused.value.code, refused.value.details) == ("severity_too_large", {"limit": LARGEST_KEPT})
