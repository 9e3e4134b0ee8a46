"""PURE: what the fit needs of a positive definite matrix: factor, determinant, inverse, solutions.

numpy has a Cholesky factor but nothing that uses its triangle; here triangles are halved until they are small, so that
nearly all the work is products of large blocks. Knows matrices. Refuses to know what they mean.
"""

from __future__ import annotations

import numpy as np

from reviews.severity_ballots import Floats

_SMALL = 96  # below this side a triangle is inverted as it stands


def log_determinant(lower: Floats) -> float:
    """Log |A| from the Cholesky factor of A."""
    return 2.0 * float(np.log(np.diagonal(lower)).sum())


def inverse_of_lower(lower: Floats) -> Floats:
    """The inverse of a lower triangle."""
    inverse = np.zeros_like(lower)
    _invert(lower, inverse)
    return inverse


def solve_lower(lower: Floats, right: Floats) -> Floats:
    """The x of L x = right; `right` has columns."""
    side = len(lower)
    if side <= _SMALL:
        return np.asarray(np.linalg.solve(lower, right), dtype=np.float64)
    half = side // 2
    first = solve_lower(lower[:half, :half], right[:half])
    return np.concatenate((first, solve_lower(lower[half:, half:], right[half:] - lower[half:, :half] @ first)))


def solve_upper(lower: Floats, right: Floats) -> Floats:
    """The x of L'x = right; `right` has columns."""
    side = len(lower)
    if side <= _SMALL:
        return np.asarray(np.linalg.solve(lower.T, right), dtype=np.float64)
    half = side // 2
    last = solve_upper(lower[half:, half:], right[half:])
    return np.concatenate((solve_upper(lower[:half, :half], right[:half] - lower[half:, :half].T @ last), last))


def _invert(lower: Floats, inverse: Floats) -> None:
    side = len(lower)
    if side <= _SMALL:
        inverse[:] = np.tril(np.linalg.inv(lower))
        return
    half = side // 2
    _invert(lower[:half, :half], inverse[:half, :half])
    _invert(lower[half:, half:], inverse[half:, half:])
    inverse[half:, :half] = -inverse[half:, half:] @ (lower[half:, :half] @ inverse[:half, :half])
