"""PURE: a quarter from what its months published: estimates and covariances, joined by `severity_quarter.combine`.

A rater's view of a unit is taken to be alike from month to month by half, which is printed. What is joined is published
already, so a quarter can tell nothing new; it is shown on the same steps. Knows the documents of `figures_fit`. Refuses
to know a round's ballots, which are gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from consortium.disclosure import classed, on_step, score_of_mark
from reviews.assignment_graph import parts_of_units
from reviews.figures import QuarterFigures, QuarterUnit
from reviews.figures_fit import (
    DRAWS,
    HUNDREDTHS,
    INTERVAL,
    Place,
    covariance_of,
    estimates_of,
    joint_draws,
    step_variance,
    tier_places,
)
from reviews.severity_ballots import Floats
from reviews.severity_pairs import MONTHS_ALIKE
from reviews.severity_quarter import Published, combine

Document = Mapping[str, Any]

_DIGITS = 9  # beyond these, machines differ


@dataclass(frozen=True, slots=True)
class _Joined:
    """Units that the months tell apart: a mean mark each, and the covariance of these marks."""

    units: tuple[str, ...]
    marks: Floats
    covariance: Floats


def quarter_of_months(quarter: str, months: Mapping[str, Sequence[Document]]) -> QuarterFigures:
    """The quarter from the documents of its months, in their order. ValueError without any unit."""
    documents = [document for month in months.values() for document in month]
    seen = _by_unit(documents)
    if not seen:
        msg = "no unit has a score in any month"
        raise ValueError(msg)
    groups = [_join(units, documents) for units in _groups(documents)]
    marks = {unit: _mean(own) for unit, own in seen.items()}
    for group in groups:
        marks |= {
            unit: Fraction(str(round(mark, _DIGITS)))
            for unit, mark in zip(group.units, group.marks.tolist(), strict=True)
        }
    shown = {unit: classed(on_step(mark, _step(seen[unit]))) for unit, mark in marks.items()}
    places = _places(groups, shown, documents)
    tiers = _tiers(documents)
    return QuarterFigures(
        quarter,
        documents[-1]["definition"],
        tuple(month for month, own in months.items() if own),
        round(100 * MONTHS_ALIKE),
        INTERVAL,
        DRAWS,
        tuple(_unit(unit, tiers, len(seen[unit]), shown[unit], places) for unit in sorted(seen)),
    )


def _unit(unit: str, tiers: Mapping[str, str], months: int, mark: Fraction, places: Mapping[str, Place]) -> QuarterUnit:
    rank, low, high, band = places.get(unit) or (None, None, None, None)
    ranked = sum(tiers[other] == tiers[unit] for other in places)
    return QuarterUnit(unit, tiers[unit], months, score_of_mark(mark), rank, low, high, band, ranked)


def _by_unit(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """What is published of each unit, month by month."""
    seen: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        for unit in document["units"]:
            seen[unit["unit"]].append(unit)
    return seen


def _tiers(documents: Iterable[Document]) -> dict[str, str]:
    """The tier of each unit, as it was last."""
    return {unit["unit"]: unit["tier"] for document in documents for unit in document["units"]}


def _mean(own: Sequence[Document]) -> Fraction:
    return Fraction(sum(unit["estimate"] for unit in own), len(own) * HUNDREDTHS)


def _step(own: Sequence[Document]) -> Fraction:
    """The longest step on which the unit stood."""
    return Fraction(max(unit["step"] for unit in own), HUNDREDTHS)


def _groups(documents: Sequence[Document]) -> tuple[tuple[str, ...], ...]:
    """The units that one month or another tells apart, in groups that some month joins."""
    return parts_of_units(
        (f"{at}", unit["unit"])
        for at, document in enumerate(documents)
        if document["covariance"] is not None
        for unit in document["units"]
    )


def _join(units: Sequence[str], documents: Sequence[Document]) -> _Joined:
    """The months of one group as one, on the level of all estimates of its units."""
    own = [each for each in documents if len(each["units"]) > 1 and each["units"][0]["unit"] in units]
    joined = combine([_published(document) for document in own])
    at = {unit: place for place, unit in enumerate(joined.units)}
    estimates = np.concatenate([estimates_of(document) for document in own])
    effects = [joined.effect[at[unit["unit"]]] for document in own for unit in document["units"]]
    steps, times = np.zeros(len(joined.units)), np.zeros(len(joined.units))
    for document in own:
        places = [at[unit["unit"]] for unit in document["units"]]
        steps[places] += step_variance(document)
        times[places] += 1.0
    level = float(estimates.mean() - np.mean(effects))
    return _Joined(joined.units, level + joined.effect, joined.covariance + np.diag(steps / times**2))


def _published(document: Document) -> Published:
    """A document as the figures of one round; one that saw no difference says so."""
    units = tuple(unit["unit"] for unit in document["units"])
    covariance = covariance_of(document)
    mu, number = document["mu"] / HUNDREDTHS, len(units)
    if covariance is None:
        return Published(units, mu, np.zeros(number), np.zeros((number, number)), 0.0)
    estimates = estimates_of(document)
    return Published(units, mu, estimates - estimates.mean(), covariance, document["sd_unit"] / HUNDREDTHS)


def _places(
    groups: Sequence[_Joined], shown: Mapping[str, Fraction], documents: Sequence[Document]
) -> dict[str, Place]:
    """Places in tiers that are ranked in every month and lie in one group."""
    tiers = _tiers(documents)
    homes = defaultdict(set)
    home = {unit: number for number, group in enumerate(groups) for unit in group.units}
    for unit, tier in tiers.items():
        homes[tier].add(home.get(unit))
    unranked = {tier for document in documents for tier in document["unranked"]}
    unranked |= {tier for tier, numbers in homes.items() if len(numbers) > 1}
    found: dict[str, Place] = {}
    for number, group in enumerate(groups):
        random = np.random.default_rng([int(documents[-1]["seed"]), number])
        coarse = np.array([float(shown[unit]) for unit in group.units])
        drawn = joint_draws(group.marks, group.covariance, random)
        found |= tier_places({unit: tiers[unit] for unit in group.units}, coarse, drawn, unranked)
    return found
