"""PURE: fair scores: what an average rater would have given each unit, by the crossed mixed model on ballots.

`plain_fit` is the bare model, as lme4 fits `score ~ 1 + (1|rater) + (1|unit)` to ballot means, or with a rater-by-unit
term to single scores where criteria are missing. `severity_robust.robust_fit` is the one that counts. A unit's score is
mu + its effect; a rater's severity is its effect on the scores it gives, so a stern one has a negative one.
Knows ballots. Refuses to rank parts that no common rater joins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from locales.errors import DomainError
from reviews.assignment_graph import parts_of_units
from reviews.rank_intervals import Places, places
from reviews.severity_algebra import solve_upper
from reviews.severity_ballots import Ballots, Floats, is_connected
from reviews.severity_likelihood import Solved
from reviews.severity_model import Model, lay_out
from reviews.severity_search import Progress, find_ratios

FEWEST = 2
"""Raters and units: with one of either nothing tells severity from worth."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model. Effects are in the order of the names, all figures in the scale of the scores.

    `sd_residual` is of a ballot mean, or of a single score where there is an `sd_ballot`. Without any spread in the
    scores there is nothing to fit: no criterion, all effects 0, and `solved` is None.
    """

    raters: tuple[str, ...]
    units: tuple[str, ...]
    mu: float
    sd_rater: float
    sd_unit: float
    sd_residual: float
    sd_ballot: float | None
    reml_criterion: float | None
    severity: Floats
    effect: Floats
    model: Model
    solved: Solved | None

    @property
    def score(self) -> Floats:
        return self.mu + self.effect


def plain_fit(ballots: Ballots, *, progress: Progress | None = None) -> Fit:
    """The bare model, every ballot at its full weight. Errors: those of `require_one_part`, `severity_too_large`."""
    require_one_part(ballots)
    return fit_model(lay_out(ballots), ballots.raters, ballots.units, progress=progress)


def require_one_part(ballots: Ballots) -> None:
    """`severity_too_few` below two raters or two units, `severity_parts` with the parts where there are several."""
    if min(len(ballots.raters), len(ballots.units)) < FEWEST:
        raise DomainError("severity_too_few", raters=len(ballots.raters), units=len(ballots.units))
    if not is_connected(ballots):
        pairs = zip(ballots.rater.tolist(), ballots.unit.tolist(), strict=True)
        parts = parts_of_units((ballots.raters[rater], ballots.units[unit]) for rater, unit in pairs)
        raise DomainError("severity_parts", parts=[list(part) for part in parts], count=len(parts))


def fit_model(
    model: Model,
    raters: tuple[str, ...],
    units: tuple[str, ...],
    *,
    start: Floats | None = None,
    progress: Progress | None = None,
    rough: bool = False,
) -> Fit:
    """A model that was laid out, fitted; a `rough` fit of many units is near enough to be weighed again."""
    if not model.scale:
        flat = (np.zeros(len(raters)), np.zeros(len(units)))
        sd_ballot = 0.0 if model.has_ballot_term else None
        return Fit(raters, units, model.centre, 0.0, 0.0, 0.0, sd_ballot, None, *flat, model, None)
    return named(find_ratios(model, start, progress, rough=rough), model, raters, units)


def named(solved: Solved, model: Model, raters: tuple[str, ...], units: tuple[str, ...]) -> Fit:
    """A solved model in the scale of the scores, raters and units in their places."""
    sigma = float(np.sqrt(solved.sigma_squared)) * model.scale
    spreads = sigma * np.sqrt(solved.ratios)
    pairs = ((solved.eliminated, spreads[0]), (solved.kept, spreads[1]))
    (severity, sd_rater), (effect, sd_unit) = pairs if model.units_are_kept else pairs[::-1]
    return Fit(
        raters,
        units,
        model.centre + model.scale * solved.mu,
        float(sd_rater),
        float(sd_unit),
        sigma,
        float(spreads[2]) if model.has_ballot_term else None,
        solved.criterion,
        model.scale * severity,
        model.scale * effect,
        model,
        solved,
    )


def unit_covariance(fit: Fit) -> Floats:
    """The posterior covariance of the unit effects, mu unknown: a row and a column a unit."""
    model, solved = fit.model, fit.solved
    if solved is None:
        return np.zeros((len(fit.units), len(fit.units)))
    factors, ones = solved.factors, solved.ones[1 if model.units_are_kept else 0]
    covariance: Floats = solved.ratios[1] * factors.inverse
    if not model.units_are_kept:
        carried = factors.shrink[:, None] * factors.across(np.eye(model.sides[1]))
        covariance = carried @ covariance @ carried.T
        covariance[np.diag_indices(len(covariance))] += factors.shrink
    covariance = covariance + np.outer(ones, ones) / solved.ones_information
    return covariance * (solved.sigma_squared * model.scale**2)


def draw_effects(fit: Fit, number: int, random: np.random.Generator) -> Floats | None:
    """Unit effects drawn from their joint posterior, a column a draw; None where they do not differ at all."""
    model, solved = fit.model, fit.solved
    if solved is None or not fit.sd_unit:
        return None
    factors = solved.factors
    of_mu = random.standard_normal(number) / np.sqrt(solved.ones_information)
    wanders = solve_upper(factors.lower, random.standard_normal((model.sides[1], number)))
    of_kept = np.sqrt(solved.ratios[1]) * wanders - np.outer(solved.ones[1], of_mu)
    if not model.units_are_kept:
        carried = np.outer(factors.eliminated_sums, of_mu) + factors.across(of_kept)
        own = random.standard_normal((model.sides[0], number))
        of_kept = np.sqrt(factors.shrink)[:, None] * own - factors.shrink[:, None] * carried
    spread = float(np.sqrt(solved.sigma_squared)) * model.scale
    drawn: Floats = fit.effect[:, None] + spread * of_kept
    return drawn


def place_units(fit: Fit, *, interval: float, draws: int, random: np.random.Generator) -> Places:
    """Ranks of the units, with intervals from that many joint draws, and bands."""
    return places(fit.effect, draw_effects(fit, draws, random), interval=interval)
