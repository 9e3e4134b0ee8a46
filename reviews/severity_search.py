"""PURE: finding the variances at which the REML criterion is least; each may be 0.

Steps follow the exact slope and the average information, mended by what the last two steps taught (symmetric rank one),
so that few evaluations are needed, for each is dear where units are many. A ratio that would fall below 0 stops there
and leaves only if the criterion falls that way. Knows ratios. Refuses to know ballots.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reviews.severity_ballots import Floats, Truths, sums_by
from reviews.severity_likelihood import Slope, Solved, slope_at, solve_at
from reviews.severity_model import Model

Progress = Callable[[], object]
"""Called after each dear evaluation."""

LARGEST_RATIO = 1e9
"""Where errors are next to nothing beside raters or units the criterion flattens; no step goes further."""

_MOST_STEPS, _MOST_HALVINGS = 200, 40
FINE, ENOUGH, ROUGH = 1e-10, 1e-5, 3e-2
"""How near, as shares of the variances: of small models, of large ones, and where weights will change anyway."""

LARGE = 400
"""From this side an evaluation takes tenths of a second; and the average information is so near the true one that a
step leaves less than a tenth of itself."""

_ROUNDS = 40  # of averaging raters and units in turn, for a first guess


def find_ratios(
    model: Model, start: Floats | None = None, progress: Progress | None = None, *, rough: bool = False
) -> Solved:
    """The model solved at the ratios that fit best, sought from `start` or from a guess by moments."""
    progress = progress or (lambda: None)
    is_large = min(model.sides) >= LARGE
    tolerance = (ROUGH if rough else ENOUGH) if is_large else FINE
    starts = [guess(model) if start is None else np.minimum(start, LARGEST_RATIO)]
    if start is None and min(model.sides) <= 12:  # noqa: PLR2004 - so few levels may have two valleys
        starts.append(np.ones_like(starts[0]))
    return min(
        (_descend(model, each, progress, tolerance, trusting=is_large) for each in starts),
        key=lambda solved: solved.criterion,
    )


def guess(model: Model) -> Floats:
    """Ratios by moments: raters and units by least squares, their spread beyond what errors alone would give."""
    weights = 1.0 / model.fixed
    out = sums_by(model.eliminated, weights, model.sides[0])
    kept = sums_by(model.kept, weights, model.sides[1])
    effects = np.zeros(model.sides[1])
    others = np.zeros(model.sides[0])
    for _ in range(_ROUNDS):
        left = weights * (model.y - effects[model.kept])
        others = sums_by(model.eliminated, left, model.sides[0]) / out
        left = weights * (model.y - others[model.eliminated])
        effects = sums_by(model.kept, left, model.sides[1]) / kept
        effects -= effects.mean()
    residual = model.y - others[model.eliminated] - effects[model.kept]
    degrees = max(1, len(model.y) - sum(model.sides) + 1)
    error = max(float(weights @ np.square(residual)) / degrees, 1e-6)
    found = [
        float(np.var(each)) / error - float((1.0 / sums).mean()) for each, sums in ((others, out), (effects, kept))
    ]
    if model.free is None:
        return np.clip(found, 0.01, 1e4)
    single = max(model.extra / max(1, model.observations - len(model.y)), 1e-6)
    between = max(error - single, 0.05 * error) / float(weights.mean())
    scaled = [each * error / single for each in found]
    return np.clip([*scaled, between / single], 0.01, 1e4)


def _descend(model: Model, start: Floats, progress: Progress, tolerance: float, *, trusting: bool) -> Solved:
    now = solve_at(model, start)
    slope = slope_at(model, now)
    lessons: list[tuple[Floats, Floats]] = []
    for _ in range(_MOST_STEPS):
        progress()
        step = _step(now.ratios, slope, lessons)
        if (np.abs(step) <= tolerance * (now.ratios + 1e-3)).all():
            return now
        now.factors.lighten()  # one set of large matrices at a time
        found = _along(model, now, step)
        if found is None:
            return now
        if trusting and (np.abs(step) <= 10.0 * tolerance * (now.ratios + 1e-3)).all():
            return found
        new_slope = slope_at(model, found)
        lessons = [*lessons[-1:], (found.ratios - now.ratios, new_slope.first - slope.first)]
        now, slope = found, new_slope
    return now


def _step(ratios: Floats, slope: Slope, lessons: list[tuple[Floats, Floats]]) -> Floats:
    """Where to go from here, within the bounds."""
    free = ~((ratios <= 0.0) & (slope.first >= 0.0))
    curvature = _mended(slope.second, lessons)
    step = _newton(curvature, slope.first, free)
    if step is None:
        step = _newton(slope.second, slope.first, free)
    if step is None:
        step = np.where(free, -slope.first * (ratios + 0.01) / (np.abs(slope.first) + 1.0), 0.0)
    hits = free & (ratios + step < 0.0)
    if hits.any() and (free & ~hits).any():  # the others go where they belong once these lie at the bound
        held = np.where(hits, -ratios, 0.0)
        rest = _newton(slope.second, slope.first + slope.second @ held, free & ~hits)
        step = step if rest is None else np.where(hits, -ratios, rest)
    longest = 9.0 * ratios + 1.0
    target = np.clip(ratios + np.clip(step, -longest, longest), 0.0, LARGEST_RATIO)
    return target - ratios


def _newton(curvature: Floats, first: Floats, free: Truths) -> Floats | None:
    """The step of the free ratios, or None where the curvature shows no valley."""
    step = np.zeros_like(first)
    if not free.any():
        return step
    part = curvature[np.ix_(free, free)]
    try:
        np.linalg.cholesky(part)
    except np.linalg.LinAlgError:
        return None
    step[free] = np.linalg.solve(part, -first[free])
    return step if np.isfinite(step).all() else None


def _mended(curvature: Floats, lessons: list[tuple[Floats, Floats]]) -> Floats:
    for moved, changed in lessons:
        missed = changed - curvature @ moved
        share = float(missed @ moved)
        if abs(share) > 1e-8 * float(np.linalg.norm(missed) * np.linalg.norm(moved)):
            curvature = curvature + np.outer(missed, missed) / share
    return curvature


def _along(model: Model, now: Solved, step: Floats) -> Solved | None:
    """The first point on the way that is no worse, the step halved as often as it takes; None if there is none."""
    noise = 1e-12 * (1.0 + abs(now.criterion))
    for _ in range(_MOST_HALVINGS):
        found = solve_at(model, now.ratios + step)
        if found.criterion <= now.criterion + noise:
            return found
        step = step / 2.0
    return None
