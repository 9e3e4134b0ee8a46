"""Figures of blind surveys as pages show them: rounded here, the interval beside each."""

from __future__ import annotations

from dataclasses import dataclass

from locales.numbers import rounded
from locales.texts import pick
from surveys.audiences.groups import GroupFigures
from surveys.intervals import Estimate, interval
from surveys.structure import Questionnaire

Shown = tuple[str, str] | None
"""A figure and its interval; None where there is none, or none that may be shown."""


@dataclass(frozen=True, slots=True)
class FiguresView:
    """One group, or the whole unit (`name` None; "" are those without a group). `n` None: hidden."""

    name: str | None
    n: int | None
    score: Shown
    dimensions: tuple[tuple[str, Shown], ...]


def figures_view(found: GroupFigures, form: Questionnaire, language: str) -> FiguresView:
    """A group, or the unit, with every dimension of the questionnaire."""
    names = {dimension.code: pick(dimension.name, language) for dimension in form.dimensions}
    dimensions = tuple((name, _shown(found.dimensions.get(code))) for code, name in names.items())
    return FiguresView(found.name, found.n, _shown(found.score), dimensions)


def _shown(estimate: Estimate | None) -> Shown:
    if estimate is None:
        return None
    ends = interval(estimate)
    return rounded(estimate.value, 1), f"{rounded(ends.low, 1)}–{rounded(ends.high, 1)}"
