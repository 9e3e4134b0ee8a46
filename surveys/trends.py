"""Figures with all that must be said beside them, and months of them as lines that break where they must. PURE.

A line goes on only while its figures mean the same: the same definition, the same questions on the same scales, much
the same mix of modes (people answer more kindly to a person than on paper, and a chat is not a page). A month without
answers has no figure; it is a gap, never nought. Rules 14, 73.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from locales.errors import DomainError
from surveys.intervals import Estimate, interval, pooled_estimate
from surveys.scoring import scale_of
from surveys.structure import Questionnaire

DEFINITION, SCALE, MODE = "definition", "scale", "mode"
"""Why a line breaks."""

MODE_SHIFT = Fraction(1, 5)
"""A mode's share of the answers may move by a fifth of all, or by what chance explains, before the line breaks."""

_Z_SQUARED = Fraction(38416, 10000)  # 1.96²: 95 %
_SEPARATOR = " – "


@dataclass(frozen=True, slots=True)
class Figure:
    """One score. None for `score` and both ends of its interval (95 %): nobody answered.

    `n` responses of `invited` in the `window` (a period, or its first and last); `mode_mix` responses by mode; `scales`
    names the questions and scales behind it.
    """

    score: Fraction | None
    n: int
    invited: int
    mode_mix: Mapping[str, int]
    window: str
    definition: str
    low: Fraction | None
    high: Fraction | None
    scales: frozenset[str] = frozenset()
    estimate: Estimate | None = field(default=None, repr=False)

    @property
    def response_rate(self) -> Fraction | None:
        """Responses ÷ invited, of the flow of the window; None where nobody was invited."""
        return Fraction(self.n, self.invited) if self.invited else None


@dataclass(frozen=True, slots=True)
class Line:
    """Figures that may be joined, in time; and why the line does not go on from the one before (empty: the first)."""

    figures: tuple[Figure, ...]
    breaks: tuple[str, ...] = ()


def figure(
    estimate: Estimate | None,
    *,
    n: int,
    invited: int,
    mode_mix: Mapping[str, int],
    window: str,
    definition: str,
    scales: Iterable[str] = (),
) -> Figure:
    """A figure with its interval."""
    ends = interval(estimate) if estimate is not None else None
    return Figure(
        score=estimate.value if estimate is not None else None,
        n=n,
        invited=invited,
        mode_mix=mode_mix,
        window=window,
        definition=definition,
        low=ends.low if ends is not None else None,
        high=ends.high if ends is not None else None,
        scales=frozenset(scales),
        estimate=estimate,
    )


def pool(figures: Iterable[Figure]) -> Figure:
    """Several units or months as one figure, each weighted by its responses; `figures_of_two_definitions`.

    ValueError for none at all. The window is the first and the last of theirs.
    """
    parts = list(figures)
    if not parts:
        msg = "nothing to pool"
        raise ValueError(msg)
    if len({part.definition for part in parts}) > 1:
        raise DomainError("figures_of_two_definitions")
    windows = sorted({part.window for part in parts})
    modes: dict[str, int] = {}
    for part in parts:
        for mode, count in part.mode_mix.items():
            modes[mode] = modes.get(mode, 0) + count
    return figure(
        pooled_estimate((part.n, part.estimate) for part in parts),
        n=sum(part.n for part in parts),
        invited=sum(part.invited for part in parts),
        mode_mix=dict(sorted(modes.items())),
        window=windows[0] if len(windows) == 1 else f"{windows[0]}{_SEPARATOR}{windows[-1]}",
        definition=parts[0].definition,
        scales=frozenset().union(*(part.scales for part in parts)),
    )


def trend(figures: Iterable[Figure]) -> tuple[Line, ...]:
    """Lines from figures in the order of time. Held against each other are a figure and the first of its line, so that
    a slow drift of modes breaks it too. A figure without a score belongs to the line it stands in.
    """
    lines: list[Line] = []
    first: Figure | None = None
    for each in figures:
        breaks = _breaks(first, each) if first is not None and each.score is not None else ()
        if not lines or breaks:
            lines.append(Line((each,), breaks))
            first = each if each.score is not None else None
        else:
            lines[-1] = Line((*lines[-1].figures, each), lines[-1].breaks)
            first = first if first is not None or each.score is None else each
    return tuple(lines)


def scales_of(questionnaire: Questionnaire) -> str:
    """What a questionnaire's figures are made from: its scored questions, where they count, and their scales."""
    parts = []
    for question in questionnaire.questions:
        scale = scale_of(question) if question.is_scored else None
        if scale is not None:
            scores = sorted(option.score for option in question.options if option.score is not None)
            steps = ",".join(str(score) for score in scores) or f"{scale.lowest}..{scale.highest}"
            parts.append(f"{question.id}/{question.dimension or '*'}={steps}")
    return f"{questionnaire.id}:{';'.join(parts)}"


def _breaks(then: Figure, now: Figure) -> tuple[str, ...]:
    found = {
        DEFINITION: then.definition != now.definition,
        SCALE: then.scales != now.scales,
        MODE: _modes_moved(then.mode_mix, now.mode_mix),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _modes_moved(then: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether a mode's share moved further than allowed and further than chance would move it."""
    before, after = sum(then.values()), sum(now.values())
    if not before or not after:
        return False
    for mode in then.keys() | now.keys():
        one, other = then.get(mode, 0), now.get(mode, 0)
        moved = abs(Fraction(one, before) - Fraction(other, after))
        share = Fraction(one + other, before + after)
        chance = _Z_SQUARED * share * (1 - share) * (Fraction(1, before) + Fraction(1, after))
        if moved > MODE_SHIFT and moved * moved > chance:
            return True
    return False
