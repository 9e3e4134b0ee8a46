"""Triangles by halves against the library's own dense solutions."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.severity_algebra import inverse_of_lower, log_determinant, solve_lower, solve_upper


@pytest.mark.parametrize("side", [1, 2, 95, 96, 97, 193, 400])
def test_triangles_are_solved_and_inverted(side: int) -> None:
    random = np.random.default_rng(side)
    root = random.standard_normal((side, side))
    matrix = root @ root.T / side + np.eye(side)
    lower = np.linalg.cholesky(matrix)
    right = random.standard_normal((side, 3))
    assert lower @ solve_lower(lower, right) == pytest.approx(right, abs=1e-10)
    assert lower.T @ solve_upper(lower, right) == pytest.approx(right, abs=1e-10)
    inverse = inverse_of_lower(lower)
    assert inverse @ lower == pytest.approx(np.eye(side), abs=1e-10)
    assert np.triu(inverse, 1).any() == False  # noqa: E712 - numpy's own truth
    assert log_determinant(lower) == pytest.approx(np.linalg.slogdet(matrix)[1], abs=1e-9)
