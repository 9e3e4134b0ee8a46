"""PURE: the figures of a round, one way from marks to what is published: parts, documents, figures a unit, residue.

Ballots for a unit that has no score move nothing that is published. Knows single marks, in memory. Refuses to know who
asks; `reviews.figures` says what comes out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from consortium.disclosure import (
    MINIMUM_RATERS,
    band_floor,
    coarse_criterion,
    coarse_mark,
    may_show_comments,
    may_show_criterion,
    score_of_mark,
)
from reviews.criteria import are_legal_marks, no_dealings
from reviews.figures import DEFINITION, Mark, RoundFigures, UnitFigure
from reviews.figures_fit import Place, estimate_of, fit_document, places_in
from reviews.figures_parts import Part, Single, fitted_parts
from reviews.figures_residue import residue_text


def figures_of(
    marks: Sequence[Mark],
    *,
    units: Sequence[str],
    criteria: Sequence[str],
    tiers: Mapping[str, str],
    unranked: Collection[str],
    thresholds: Mapping[str, int],
    seed: int,
) -> RoundFigures:
    """`reviews.figures.round_figures`."""
    ballots = _by_unit(marks, units, len(criteria))
    parts = fitted_parts(_counted(ballots, thresholds))
    fits = published_fits(parts, marks, tiers=tiers, unranked=unranked, seed=seed)
    figures = published_units(parts, fits, ballots, criteria=criteria, thresholds=thresholds)
    return RoundFigures(DEFINITION, figures, fits, residue_text(parts, definition=DEFINITION, seed=seed))


def published_fits(
    parts: Sequence[Part],
    marks: Sequence[Mark],
    *,
    tiers: Mapping[str, str],
    unranked: Collection[str],
    seed: int,
) -> tuple[dict[str, Any], ...]:
    """A document a part. A tier that missing ballots have torn into parts cannot be ranked either."""
    homes = defaultdict(set)
    cast: list[list[tuple[str, str]]] = [[] for _ in parts]
    part_of = {unit: number for number, part in enumerate(parts) for unit in part.found.units}
    for unit, number in part_of.items():
        homes[tiers[unit]].add(number)
    for mark in marks:
        if mark.target in part_of:
            cast[part_of[mark.target]].append((mark.rater, mark.target))
    torn = {tier for tier, numbers in homes.items() if len(numbers) > 1}
    return tuple(
        fit_document(
            part.found,
            sorted(cast[number]),
            tiers=tiers,
            unranked=torn.union(unranked),
            seed=seed,
            part=number,
            definition=DEFINITION,
        )
        for number, part in enumerate(parts)
    )


def published_units(
    parts: Sequence[Part],
    fits: Sequence[Mapping[str, Any]],
    ballots: Mapping[str, Sequence[Single]],
    *,
    criteria: Sequence[str],
    thresholds: Mapping[str, int],
) -> tuple[UnitFigure, ...]:
    """A figure a unit, in the order of `ballots`."""
    found = {unit: mark for part in parts for unit, mark in zip(part.found.units, part.found.marks, strict=True)}
    places: dict[str, Place] = {}
    for document in fits:
        places |= places_in(document)
    return tuple(
        _unit_figure(unit, found.get(unit), places.get(unit), own, criteria=criteria, thresholds=thresholds)
        for unit, own in ballots.items()
    )


def _unit_figure(
    unit: str,
    mark: Fraction | None,
    place: Place | None,
    ballots: Sequence[Single],
    *,
    criteria: Sequence[str],
    thresholds: Mapping[str, int],
) -> UnitFigure:
    if mark is None:
        return UnitFigure(unit, 0, None, None, None, None, None, {}, takes_comments=False)
    raters = len(ballots)
    coarse = coarse_mark(mark, raters)
    assert coarse is not None
    shown = _by_criterion(estimate_of(mark, raters), ballots, criteria)
    rank, low, high, band = place or (None, None, None, None)
    return UnitFigure(
        unit,
        band_floor(raters),
        score_of_mark(coarse),
        rank,
        low,
        high,
        band,
        criteria=shown if may_show_criterion(raters, thresholds["criterion"]) else {},
        takes_comments=may_show_comments(raters, thresholds["comments"]),
    )


def _by_criterion(estimate: Fraction, ballots: Sequence[Single], criteria: Sequence[str]) -> dict[str, Fraction]:
    """Half marks a criterion around the coarse estimate, of which they tell no more than it does itself."""
    sums = [sum(int(marks[at]) for _, _, marks in ballots) for at in range(len(criteria))]
    middle = Fraction(sum(sums), len(sums))
    return {
        code: score_of_mark(coarse_criterion(estimate + (own - middle) / len(ballots)))
        for code, own in zip(criteria, sums, strict=True)
    }


def _by_unit(marks: Sequence[Mark], units: Sequence[str], criteria: int) -> dict[str, list[Single]]:
    """The ballots of each unit, without "no dealings"; in an order that says nothing."""
    ballots: dict[str, list[Single]] = {unit: [] for unit in units}
    seen = {(mark.rater, mark.target) for mark in marks}
    legal = all(mark.target in ballots and are_legal_marks(mark.marks, criteria) for mark in marks)
    if not legal or len(seen) != len(marks):
        msg = "marks that are no ballots of these units"
        raise ValueError(msg)
    for mark in sorted(marks, key=lambda each: (each.rater, each.target)):
        if mark.marks != no_dealings(criteria):
            ballots[mark.target].append((mark.rater, mark.target, mark.marks))
    return ballots


def _counted(ballots: Mapping[str, Sequence[Single]], thresholds: Mapping[str, int]) -> list[Single]:
    """The ballots of units that have a score; those of others move nothing that anybody sees."""
    minimum = max(thresholds["raters"], MINIMUM_RATERS)
    return [each for own in ballots.values() if len(own) >= minimum for each in own]
