"""How many answers were doubted, in words: a share in percent, a line for a unit's own page. PURE.

Rounding happens here and nowhere before: half away from zero, once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from locales.numbers import rounded
from locales.texts import text


class Rate(Protocol):
    """A unit's month: `holds.HoldRate`."""

    @property
    def answers(self) -> int: ...
    @property
    def flagged(self) -> int: ...
    @property
    def released(self) -> int: ...
    @property
    def rate(self) -> Fraction | None: ...


def share_text(share: Fraction | None) -> str:
    """A share in percent, to one decimal; a dash where there is nothing to share."""
    return "—" if share is None else f"{rounded(100 * share, 1)}%"


def rate_line(rate: Rate, *, month: str, language: str) -> str:
    """One sentence; `month` is its name."""
    return text(
        language,
        "held.line_of",
        month=month,
        answers=rate.answers,
        flagged=rate.flagged,
        rate=share_text(rate.rate),
        released=rate.released,
    )
