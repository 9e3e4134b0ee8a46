"""PURE: the REML criterion at given variances, with slope, curvature and effects (Bates et al. 2015, eq. 41).

Variances are ratios to sigma², which is profiled out: (of the eliminated factor, of the kept one, eta). With D = 1 + gp
the eliminated block and S = diag(q) − W'(g/D)W what it leaves of the kept one, A = I + hS is the only dense matrix.
The slope is exact; the curvature is the average information, which meets the true one as ballots grow many. Either
ratio may be 0. Knows no search and no names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reviews.severity_algebra import inverse_of_lower, log_determinant, solve_lower, solve_upper
from reviews.severity_ballots import Floats, Indices, sums_by
from reviews.severity_model import Model

_INVERT_AT_ONCE = 128  # below this side the inverse costs less than care for the triangle


@dataclass(frozen=True, slots=True)
class Solved:
    """The model at given ratios, in the scale of its y; `criterion` is in that of the scores."""

    ratios: Floats
    criterion: float
    mu: float
    sigma_squared: float
    eliminated: Floats
    kept: Floats
    residual: Floats
    factors: Factors
    ones: tuple[Floats, Floats]
    ones_information: float


@dataclass(frozen=True, slots=True)
class Slope:
    """How the criterion falls: first derivatives by the ratios, and the average information."""

    first: Floats
    second: Floats


class Factors:
    """The blocks of the mixed model equations at given ratios, the costly ones made when they are asked for."""

    def __init__(self, model: Model, ratios: Floats) -> None:
        self.model = model
        self.ratios = ratios
        free = 0.0 if model.free is None else ratios[2] * model.free
        self.weights: Floats = 1.0 / (model.fixed + free)
        out, kept = model.sides
        pattern = model.pattern
        self.eliminated_sums = sums_by(model.eliminated, self.weights, out)
        self.kept_sums = sums_by(model.kept, self.weights, kept)
        self.cells = sums_by(pattern.cell, self.weights, len(pattern.kept))
        self.block: Floats = 1.0 + ratios[0] * self.eliminated_sums
        self.shrink: Floats = ratios[0] / self.block
        self.dense: Floats | None = None
        if pattern.place is None:
            self.dense = np.zeros((out, kept))
            self.dense[pattern.eliminated, pattern.kept] = self.cells
        self.information = self._product(-self.shrink)
        self.information[np.diag_indices(kept)] += self.kept_sums
        matrix = ratios[1] * self.information
        matrix[np.diag_indices(kept)] += 1.0
        self.lower: Floats = np.linalg.cholesky(matrix)
        self._matrix = matrix if kept <= _INVERT_AT_ONCE else None

    @cached_property
    def inverse_lower(self) -> Floats:
        return inverse_of_lower(self.lower)

    @cached_property
    def inverse(self) -> Floats:
        """A⁻¹."""
        if self._matrix is not None:
            return np.linalg.inv(self._matrix)
        return self.inverse_lower.T @ self.inverse_lower

    @cached_property
    def crossed(self) -> Floats:
        """(W A⁻¹) at each cell."""
        pattern = self.model.pattern
        if self.dense is not None:
            return (self.dense @ self.inverse)[pattern.eliminated, pattern.kept]
        assert pattern.first is not None
        assert pattern.second is not None
        gathered = self.inverse.ravel()[self.model.pattern.place] * self.cells[pattern.second]
        return sums_by(pattern.first, gathered, len(self.cells))

    def lighten(self) -> None:
        """Let go of the large matrices that only the slope needed."""
        for name in ("inverse", "inverse_lower", "crossed"):
            self.__dict__.pop(name, None)

    def log_determinant(self) -> float:
        """Log |V| over sigma², ballots together."""
        return float(np.log(self.block).sum() - np.log(self.weights).sum()) + log_determinant(self.lower)

    def solve(self, columns: Floats) -> tuple[Floats, Floats, Floats]:
        """V⁻¹F of columns of ballots, and the eliminated and kept effects that F predicts."""
        model = self.model
        weighted = self.weights[:, None] * columns
        eliminated, kept = (
            _sums(weighted, model.eliminated, model.sides[0]),
            _sums(weighted, model.kept, model.sides[1]),
        )
        right = kept - self._down(self.shrink[:, None] * eliminated)
        of_kept = self.ratios[1] * self._apply_inverse(right)
        of_eliminated = self.shrink[:, None] * (eliminated - self.across(of_kept))
        fitted = of_eliminated[model.eliminated] + of_kept[model.kept]
        return weighted - self.weights[:, None] * fitted, of_eliminated, of_kept

    def across(self, kept: Floats) -> Floats:
        """W times columns of kept effects."""
        if self.dense is not None:
            return self.dense @ kept
        pattern = self.model.pattern
        return _sums(self.cells[:, None] * kept[pattern.kept], pattern.eliminated, self.model.sides[0])

    def _down(self, eliminated: Floats) -> Floats:
        if self.dense is not None:
            return self.dense.T @ eliminated
        pattern = self.model.pattern
        return _sums(self.cells[:, None] * eliminated[pattern.eliminated], pattern.kept, self.model.sides[1])

    def _apply_inverse(self, right: Floats) -> Floats:
        if self._matrix is not None:
            return self.inverse @ right
        if "inverse" in self.__dict__:
            return self.inverse @ right
        return solve_upper(self.lower, solve_lower(self.lower, right))

    def _product(self, middle: Floats) -> Floats:
        """W' diag(middle) W."""
        if self.dense is not None:
            return self.dense.T @ (middle[:, None] * self.dense)
        pattern, side = self.model.pattern, self.model.sides[1]
        assert pattern.first is not None
        assert pattern.second is not None
        assert pattern.place is not None
        scaled = middle[pattern.eliminated] * self.cells
        values = scaled[pattern.first] * self.cells[pattern.second]
        return sums_by(pattern.place, values, side * side).reshape(side, side)


def solve_at(model: Model, ratios: Floats) -> Solved:
    """The criterion and the effects at given ratios."""
    factors = Factors(model, ratios)
    columns = np.column_stack((np.ones_like(model.y), model.y))
    projected, eliminated, kept = factors.solve(columns)
    ones_information = float(projected[:, 0].sum())
    mu = float(projected[:, 1].sum()) / ones_information
    residual = projected[:, 1] - mu * projected[:, 0]
    squares = model.extra + _penalised(model, factors, residual)
    degrees = model.observations - 1
    sigma_squared = squares / degrees
    criterion = (
        factors.log_determinant()
        + float(np.log(ones_information))
        + degrees * (1.0 + float(np.log(2.0 * np.pi * max(sigma_squared, 1e-300))))
        + model.constant
    )
    return Solved(
        ratios,
        criterion,
        mu,
        sigma_squared,
        eliminated[:, 1] - mu * eliminated[:, 0],
        kept[:, 1] - mu * kept[:, 0],
        residual,
        factors,
        (eliminated[:, 0], kept[:, 0]),
        ones_information,
    )


def slope_at(model: Model, solved: Solved) -> Slope:
    """The derivatives of the criterion by the ratios, where it was solved."""
    factors = solved.factors
    ones = factors.weights * (1.0 - solved.ones[0][model.eliminated] - solved.ones[1][model.kept])
    degrees = model.observations - 1
    squares = degrees * solved.sigma_squared
    directions = _directions(model, solved.residual)
    of_ones = _directions(model, ones)
    explained = np.array([float(solved.residual @ each) for each in directions])
    lost = np.array([float(ones @ each) for each in of_ones]) / solved.ones_information
    first = _traces(model, factors) - lost - explained / solved.sigma_squared
    columns = np.column_stack(directions)
    projected = factors.solve(columns)[0] - ones[:, None] * ((ones @ columns) / solved.ones_information)
    inner = columns.T @ projected
    second = degrees * (inner / squares - np.outer(explained, explained) / squares**2)
    return Slope(first, (second + second.T) / 2.0)


def _traces(model: Model, factors: Factors) -> Floats:
    """The traces of V⁻¹ with each variance's own matrix."""
    eliminated = model.pattern.eliminated
    of_kept = float(np.vdot(factors.inverse, factors.information))
    met = sums_by(eliminated, factors.cells * factors.crossed, model.sides[0])
    kept_ratio = factors.ratios[1]
    of_eliminated = float((factors.eliminated_sums / factors.block - kept_ratio * met / factors.block**2).sum())
    if model.free is None:
        return np.array([of_eliminated, of_kept])
    weights = factors.weights
    spread = (factors.shrink + factors.shrink**2 * kept_ratio * met)[model.eliminated]
    spread = spread + kept_ratio * np.diagonal(factors.inverse)[model.kept]
    joint = kept_ratio * factors.crossed[model.pattern.cell]
    spread = spread - 2.0 * factors.shrink[model.eliminated] * joint
    of_free = float((model.free * (weights - weights**2 * spread)).sum())
    return np.array([of_eliminated, of_kept, of_free])


def _directions(model: Model, vector: Floats) -> list[Floats]:
    """Each variance's own matrix times a vector of ballots."""
    out = sums_by(model.eliminated, vector, model.sides[0])[model.eliminated]
    kept = sums_by(model.kept, vector, model.sides[1])[model.kept]
    return [out, kept] if model.free is None else [out, kept, model.free * vector]


def _penalised(model: Model, factors: Factors, residual: Floats) -> float:
    """The form y'Py as a sum of squares, so that nothing cancels when the fit is close."""
    out = sums_by(model.eliminated, residual, model.sides[0])
    kept = sums_by(model.kept, residual, model.sides[1])
    squares = np.square(residual) @ (1.0 / factors.weights)
    return float(squares + factors.ratios[0] * (out @ out) + factors.ratios[1] * (kept @ kept))


def _sums(columns: Floats, groups: Indices, number: int) -> Floats:
    return np.column_stack([sums_by(groups, column, number) for column in columns.T])
