"""PURE: a round's marks, its figures and a quarter's as JSON values, for the way to the child process and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from reviews.figures import Mark, QuarterFigures, QuarterUnit, RoundFigures, UnitFigure


def request_of(
    marks: Sequence[Mark],
    *,
    units: Sequence[str],
    criteria: Sequence[str],
    tiers: Mapping[str, str],
    unranked: Collection[str],
    thresholds: Mapping[str, int],
    seed: int,
) -> dict[str, Any]:
    """All that `round_figures` takes."""
    return {
        "marks": [[mark.rater, mark.target, mark.marks] for mark in marks],
        "units": list(units),
        "criteria": list(criteria),
        "tiers": dict(tiers),
        "unranked": sorted(unranked),
        "thresholds": dict(thresholds),
        "seed": seed,
    }


def request_from(document: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `round_figures` again."""
    return {**document, "marks": [Mark(*each) for each in document["marks"]]}


def figures_document(figures: RoundFigures) -> dict[str, Any]:
    """Figures as JSON values; fractions as `a/b`."""
    return {
        "definition": figures.definition,
        "units": [_plain(unit) for unit in figures.units],
        "fits": list(figures.fits),
        "residue": figures.residue,
    }


def figures_from(document: Mapping[str, Any]) -> RoundFigures:
    """The figures of a document."""
    units = tuple(unit_from(unit) for unit in document["units"])
    return RoundFigures(document["definition"], units, tuple(document["fits"]), document["residue"])


def unit_from(document: Mapping[str, Any]) -> UnitFigure:
    """One unit's figures."""
    score = document["score"]
    criteria = {code: Fraction(value) for code, value in document["criteria"].items()}
    return UnitFigure(**{**document, "score": None if score is None else Fraction(score), "criteria": criteria})


def _plain(unit: UnitFigure) -> dict[str, Any]:
    criteria = {code: str(value) for code, value in unit.criteria.items()}
    return {**asdict(unit), "score": None if unit.score is None else str(unit.score), "criteria": criteria}


def quarter_document(figures: QuarterFigures) -> dict[str, Any]:
    """A quarter's figures as JSON values."""
    units = [{**asdict(unit), "score": str(unit.score)} for unit in figures.units]
    return {**asdict(figures), "months": list(figures.months), "units": units}


def quarter_from(document: Mapping[str, Any]) -> QuarterFigures:
    """The quarter's figures of a document."""
    units = tuple(QuarterUnit(**{**unit, "score": Fraction(unit["score"])}) for unit in document["units"])
    return QuarterFigures(**{**document, "months": tuple(document["months"]), "units": units})
