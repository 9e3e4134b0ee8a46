"""Drawings of figures in time as places on a sheet of 400 × 210: lines that break, intervals, a target. PURE.

Knows numbers and where they lie; the template draws them, and the words beside them say the same. Refuses to know what
the figures mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluation.series import TimedFigure, breaks_of, stretches
from locales.numbers import plain, rounded

WIDTH, HEIGHT = 400, 210
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 22, 34

_STEPS = (1, 2, 5, 10)
_MARKS = 4  # about so many lines of the scale


@dataclass(frozen=True, slots=True)
class Dot:
    """One period: where it stands, and where its figure and the ends of its interval do (None: there is none)."""

    period: str
    x: int
    y: int | None
    low: int | None
    high: int | None
    value: str
    interval: str
    note: str


@dataclass(frozen=True, slots=True)
class BreakMark:
    """A break: its number in the drawing, where it stands, from which period on, and the reasons in words."""

    number: int
    x: int
    period: str
    reasons: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """A drawing. `marks` are the lines of the scale: place and number; `target` is where the newest target lies."""

    dots: tuple[Dot, ...]
    paths: tuple[str, ...]
    breaks: tuple[BreakMark, ...]
    marks: tuple[tuple[int, str], ...]
    target: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Scale:
    """What lies at the bottom and at the top of the sheet; reversed for places, where 1 is the best."""

    bottom: Fraction
    top: Fraction
    marks: tuple[Fraction, ...]

    def y(self, value: Fraction) -> int:
        """Where a number lies, never outside the sheet."""
        share = (value - self.bottom) / (self.top - self.bottom)
        inside = min(max(share, Fraction(0)), Fraction(1))
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * inside)


def line_chart(
    figures: Sequence[TimedFigure],
    *,
    reasons: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    is_place: bool = False,
    separator: str = ", ",
    write: Callable[[Fraction], str] = rounded,
) -> LineChart | None:
    """Figures as a drawing; None where none has a value. `reasons` are the words of breaks, `notes` those of what is
    missing, by code; `write` says how a figure is written.
    """
    if all(figure.value is None for figure in figures):
        return None
    scale = _scale(figures, is_place=is_place)
    step = Fraction(WIDTH - LEFT - RIGHT, max(len(figures) - 1, 1))
    places = [LEFT + int(at * step) for at in range(len(figures))]
    dots = tuple(
        _dot(figure, x, scale, write=plain if is_place else write, notes=notes or {})
        for figure, x in zip(figures, places, strict=True)
    )
    paths = tuple(" ".join(f"{dots[at].x},{dots[at].y}" for at in each) for each in stretches(figures) if len(each) > 1)
    breaks = tuple(
        BreakMark(number, places[each.at], figures[each.at].period, separator.join(reasons[r] for r in each.reasons))
        for number, each in enumerate(breaks_of(figures), start=1)
    )
    aim = next((figure.target for figure in reversed(figures) if figure.value is not None), None)
    target = (scale.y(aim), plain(aim)) if aim is not None and scale.bottom <= aim <= scale.top else None
    return LineChart(dots, paths, breaks, tuple((scale.y(mark), plain(mark)) for mark in scale.marks), target)


def round_scale(low: Fraction, high: Fraction) -> Scale:
    """A scale from a round number at or below `low` to one at or above `high`, with round marks between."""
    span = high - low if high > low else max(abs(high), Fraction(1))
    step = _round_step(span / _MARKS)
    bottom = (low // step) * step
    top = -((-high) // step) * step
    if high == low:
        bottom, top = bottom - step, top + step
    count = int((top - bottom) / step)
    return Scale(bottom, top, tuple(bottom + step * at for at in range(count + 1)))


def _round_step(least: Fraction) -> Fraction:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`."""
    power = Fraction(1)
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    return next(power * each for each in _STEPS if power * each >= least)


def _scale(figures: Iterable[TimedFigure], *, is_place: bool) -> Scale:
    known = [end for each in figures if each.value is not None for end in (each.value, each.low, each.high)]
    values = [each for each in known if each is not None]
    if not is_place:
        return round_scale(min(values), max(values))
    worst = max(*values, Fraction(2))
    marks = (Fraction(1), worst) if worst <= _STEPS[2] else (Fraction(1), Fraction(round((1 + worst) / 2)), worst)
    return Scale(worst, Fraction(1), marks)


def _dot(
    figure: TimedFigure, x: int, scale: Scale, *, write: Callable[[Fraction], str], notes: Mapping[str, str]
) -> Dot:
    if figure.value is None:
        return Dot(figure.period, x, None, None, None, "—", "", notes.get(figure.reason or "", ""))
    low, high, interval = None, None, ""
    if figure.low is not None and figure.high is not None:
        low, high = scale.y(figure.low), scale.y(figure.high)
        interval = f"{write(figure.low)}–{write(figure.high)}"
    return Dot(figure.period, x, scale.y(figure.value), low, high, write(figure.value), interval, "")
