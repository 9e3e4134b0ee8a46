"""The search: same end from any start, few evaluations, bounds kept."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.severity_likelihood import slope_at
from reviews.severity_model import lay_out
from reviews.severity_search import LARGEST_RATIO, find_ratios, guess
from tests.reviews.textbook_reml import some_ballots


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_every_start_ends_in_one_place(missing: float) -> None:
    model = lay_out(some_ballots(3, 20, 18, share=0.5, missing=missing))
    end = find_ratios(model)
    for start in (0.0, 1e-4, 1.0, 50.0):
        other = find_ratios(model, np.full(len(end.ratios), start))
        assert other.criterion == pytest.approx(end.criterion, abs=1e-9)
        assert other.ratios == pytest.approx(end.ratios, rel=1e-6, abs=1e-8)


def test_end_is_flat_or_at_a_bound() -> None:
    for seed in range(12):
        model = lay_out(some_ballots(seed, 8, 8, sd_unit=0.05 * (seed % 3), share=0.6, steps=False))
        end = find_ratios(model)
        slope = slope_at(model, end).first
        at_bound = end.ratios == 0.0
        assert (end.ratios >= 0.0).all()
        assert np.abs(slope[~at_bound]).max(initial=0.0) < 1e-4
        assert (slope[at_bound] >= 0.0).all()


def test_large_rounds_take_few_evaluations() -> None:
    evaluations: list[None] = []
    find_ratios(lay_out(some_ballots(1, 120, 120, share=0.15)), progress=lambda: evaluations.append(None))
    assert 1 <= len(evaluations) <= 8


def test_guess_lies_near_the_end() -> None:
    model = lay_out(some_ballots(1, 40, 40, share=0.5, steps=False))
    assert guess(model) == pytest.approx(find_ratios(model).ratios, rel=0.3)


def test_scores_without_error_stop_at_the_limit() -> None:
    model = lay_out(some_ballots(1, 6, 6, criteria=1, sd_ballot=0.0, sd_score=0.0, steps=False))
    end = find_ratios(model)
    assert (end.ratios <= LARGEST_RATIO).all()
    assert np.isfinite(end.criterion)
