"""Figures in the order of time, and where a line of them must break. PURE.

A line goes on only while its figures mean the same: one definition, one unit of measure, answers that came by the same
ways; a total only while one scheme made it. A period without a figure is a gap, never nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

DEFINITION, UNIT, MODE, SCHEME = "definition", "unit", "mode", "scheme"
"""Why a line breaks."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a figure is a figure of. Figures of different meanings are never one line."""

    definition: str | None = None
    unit: str | None = None
    modes: frozenset[str] = frozenset()
    scheme: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class TimedFigure:
    """A figure of one period; None for `value`: nothing there, and `reason` says why. `low`, `high`: its interval."""

    period: str
    value: Fraction | None
    meaning: Meaning
    low: Fraction | None = None
    high: Fraction | None = None
    target: Fraction | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Before which figure (its place in the series) the line breaks, and why."""

    at: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a figure differs from the one before; `is_noise`: no more than the two intervals would explain."""

    by: Fraction
    is_noise: bool


def breaks_of(figures: Sequence[TimedFigure]) -> tuple[Break, ...]:
    """Every break of a series; figures without a value neither make nor hide one."""
    found: list[Break] = []
    last: Meaning | None = None
    for at, figure in enumerate(figures):
        if figure.value is None:
            continue
        reasons = _changes(last, figure.meaning) if last is not None else ()
        if reasons:
            found.append(Break(at, reasons))
        last = figure.meaning
    return tuple(found)


def stretches(figures: Sequence[TimedFigure]) -> tuple[tuple[int, ...], ...]:
    """The places of figures that may be joined: broken at breaks and at periods without a figure."""
    edges = {each.at for each in breaks_of(figures)}
    found: list[list[int]] = [[]]
    for at, figure in enumerate(figures):
        if figure.value is None or at in edges:
            found.append([])
        if figure.value is not None:
            found[-1].append(at)
    return tuple(tuple(each) for each in found if each)


def modes_of(mix: Mapping[str, int | None] | None) -> frozenset[str]:
    """By which ways the answers behind a figure came."""
    return frozenset(mix or ())


def latest_change(figures: Iterable[TimedFigure]) -> Change | None:
    """How the newest figure differs from the one before; None across a break, or without two."""
    known = [figure for figure in figures if figure.value is not None]
    if len(known) < 2 or _changes(known[-2].meaning, known[-1].meaning):  # noqa: PLR2004 - a change needs two
        return None
    before, now = known[-2], known[-1]
    assert before.value is not None
    assert now.value is not None
    by = now.value - before.value
    halves = [half for figure in (before, now) if (half := _half(figure)) is not None]
    return Change(by, is_noise=bool(halves) and by**2 <= sum((half**2 for half in halves), Fraction(0)))


def _half(figure: TimedFigure) -> Fraction | None:
    """Half of a figure's interval."""
    return None if figure.low is None or figure.high is None else (figure.high - figure.low) / 2


def _changes(before: Meaning, now: Meaning) -> tuple[str, ...]:
    pairs = (
        (DEFINITION, before.definition, now.definition),
        (UNIT, before.unit, now.unit),
        (MODE, before.modes, now.modes),
        (SCHEME, before.scheme, now.scheme),
    )
    return tuple(name for name, one, other in pairs if one != other)
