"""PURE: from the marks of a panel on one indicator of one unit to the figure that may be published (rule 18).

An expert knows one mark, the own one, and how many experts there are. With one of k marks known, the sum of the others
follows from the exact mean, and where that sum is the lowest or the highest possible every single mark is known. So the
mean is rounded, and it is pooled at both ends as far as needed that one mark less or more of the others always fits as
well: the upper end begins at 5 − 5/k or below, the lower one ends at 1 + 5/k or above. What k it was is not published,
only which of three sizes of panel. What is pooled is read in the unit's favour. Knows marks in memory. Refuses to know
who gave them; and nothing helps against k − 1 experts who put theirs together: that is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from reviews.criteria import MARKS

DEFINITION = "panel-mean-1"
MINIMUM_EXPERTS = 3
"""The smallest panel whose figure may be shown at all; a scheme may ask for more."""
MOST_INDICATORS = 12
"""That experts mark: all marks of one unit must fit into a button of a chat."""
OR_LESS, EXACTLY, OR_MORE = "less", "exactly", "more"

_LOWEST, _HIGHEST = int(MARKS[0]), int(MARKS[-1])
_HALF, _TENTH = Fraction(1, 2), Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class PanelFigure:
    """A mean as it may be published: `mark` on the scale of 1–5, and whether it stands for that mark, for that or
    less, or for that or more.
    """

    mark: Fraction
    reach: str

    @property
    def score(self) -> Fraction:
        """0–100: what is pooled counts as its best."""
        return self.stands_for[1]

    @property
    def stands_for(self) -> tuple[Fraction, Fraction]:
        """The lowest and the highest mean, 0–100, that is shown as this one; where nothing is pooled, twice itself."""
        own = 100 * (self.mark - _LOWEST) / (_HIGHEST - _LOWEST)
        return Fraction(0) if self.reach == OR_LESS else own, Fraction(100) if self.reach == OR_MORE else own


@dataclass(frozen=True, slots=True)
class _Size:
    """Panels from `experts` on: how finely their means are rounded, and where the pooled ends begin."""

    experts: int
    step: Fraction
    low: Fraction
    high: Fraction


_SIZES = (
    _Size(8, _TENTH, low=Fraction(17, 10), high=Fraction(43, 10)),
    _Size(5, _HALF, low=Fraction(2), high=Fraction(4)),
    _Size(MINIMUM_EXPERTS, _HALF, low=Fraction(5, 2), high=Fraction(7, 2)),
)


def panel_figure(marks: Iterable[str], *, minimum: int = MINIMUM_EXPERTS) -> PanelFigure | None:
    """The figure of the experts who had a basis to judge; None if they are fewer than `minimum` (or than three)."""
    given = [int(mark) for mark in marks if mark in MARKS]
    if len(given) < max(minimum, MINIMUM_EXPERTS):
        return None
    size = next(size for size in _SIZES if len(given) >= size.experts)
    rounded = _half_up(Fraction(sum(given), len(given)), size.step)
    if rounded >= size.high:
        return PanelFigure(size.high, OR_MORE)
    if rounded <= size.low:
        return PanelFigure(size.low, OR_LESS)
    return PanelFigure(rounded, EXACTLY)


def _half_up(value: Fraction, step: Fraction) -> Fraction:
    return step * ((value / step + _HALF) // 1)
