"""The plain fit from sums alone equals the fit of the ballots."""

from __future__ import annotations

import numpy as np
import pytest

from locales.errors import DomainError
from reviews.severity import plain_fit, unit_covariance
from reviews.severity_ballots import ballots_of
from reviews.severity_margins import margins_of, refit
from tests.reviews.textbook_reml import round_of_scores, some_ballots


@pytest.mark.parametrize(
    "world",
    [{}, {"raters": 12, "units": 20, "share": 0.4}, {"raters": 9, "units": 5, "share": 0.5}, {"raters": 4, "units": 4}],
    ids=str,
)
def test_margins_give_the_fit_again(world: dict[str, object]) -> None:
    ballots = some_ballots(4, **world)  # type: ignore[arg-type]
    fit, again = plain_fit(ballots), refit(margins_of(ballots))
    assert again.reml_criterion == pytest.approx(fit.reml_criterion, abs=4e-7)
    assert again.score == pytest.approx(fit.score, abs=4e-7)
    assert again.severity == pytest.approx(fit.severity, abs=4e-7)
    spreads = (fit.sd_rater, fit.sd_unit, fit.sd_residual)
    assert (again.sd_rater, again.sd_unit, again.sd_residual) == pytest.approx(spreads, abs=4e-7)
    assert unit_covariance(again) == pytest.approx(unit_covariance(fit), abs=1e-6)


def test_several_rounds_count_each_ballot() -> None:
    scores, _ = round_of_scores(1, 8, 8)
    again = {
        (rater, unit, "2"): {name: 6.0 - value for name, value in held.items()}
        for (rater, unit, _), held in scores.items()
    }
    ballots = ballots_of(scores | dict(list(again.items())[::2]))
    fit = plain_fit(ballots)
    assert refit(margins_of(ballots)).reml_criterion == pytest.approx(fit.reml_criterion, abs=4e-7)


def test_margins_of_26_units_are_53_numbers_and_no_ballot() -> None:
    ballots = some_ballots(1, share=1.0)
    margins = margins_of(ballots)
    assert len(margins.rater_sums) + len(margins.unit_sums) + 1 == 53
    shuffled = np.random.default_rng(1).permutation(len(ballots))
    assert not np.isin(ballots.mean[shuffled], np.concatenate((margins.rater_sums, margins.unit_sums))).any()


def test_other_ballots_with_the_same_sums_have_the_same_margins_and_fit() -> None:
    """Marks moved around a square of two raters and two units leave every sum as it was, and so the fit."""
    scores, _ = round_of_scores(2, 10, 12, criteria=1, share=1.0, steps=False)
    moved = {key: dict(held) for key, held in scores.items()}
    one, other = scores["r0", "u0", ""]["c0"], scores["r1", "u1", ""]["c0"]
    cross = scores["r0", "u1", ""]["c0"] + scores["r1", "u0", ""]["c0"]
    turn = (cross - one - other) / 2  # the square's sum of squares stays too
    for rater, unit, sign in (("r0", "u0", 1), ("r1", "u1", 1), ("r0", "u1", -1), ("r1", "u0", -1)):
        moved[rater, unit, ""]["c0"] += sign * turn
    assert abs(turn) > 0.01
    fit, other_fit = plain_fit(ballots_of(scores)), plain_fit(ballots_of(moved))
    assert margins_of(ballots_of(moved)).squares == pytest.approx(margins_of(ballots_of(scores)).squares)
    assert other_fit.effect == pytest.approx(fit.effect, abs=1e-7)


def test_missing_criteria_cannot_be_refitted_from_sums() -> None:
    with pytest.raises(DomainError) as refused:
        margins_of(some_ballots(1, 6, 6, missing=0.3))
    assert refused.value.code == "severity_margins"
