"""A unit's peer score as it may be shown: coarse, with a band and an interval of places. PURE values.

Refuses to know marks, raters and their number (rule 21).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from evaluation.elements import Wording

UP, DOWN, SAME = "up", "down", "same"


@dataclass(frozen=True, slots=True)
class PeerStanding:
    """One unit's peer score, 0–100 on its rounding step, with its place among the `rank_of` scored units of its tier.

    `band` and places are None where the tier has none. `criteria`: names with scores, from eight raters on. `arrow`
    against the month before is up, down or same; None where so few raters scored that one could be told from it.
    """

    score: Fraction
    rater_band: str
    band: str | None
    rank_low: int | None
    rank_high: int | None
    rank_of: int
    criteria: tuple[tuple[Wording, Fraction], ...]
    arrow: str | None
    definition: str
