"""What a count left, as it is on record (rule 21): scores, intervals and figures on single criteria, all coarse.

Knows rows of counted rounds. Refuses to know ballots: `reviews.count_ballots` opens them, and `reviews.count_writing`
writes what is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from reviews.models import PeerCriterion, PeerResult, ReviewRound


@dataclass(frozen=True, slots=True)
class PeerScore:
    """A unit's score, 0–100 on the step that may be shown, or None; `raters` is the low end of its band, 0 below five.

    Rank (1 is best), its interval and the band `upper`, `middle` or `lower` are within the unit's tier; None where
    there is none.
    """

    score: Fraction | None
    raters: int
    definition: str
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    band: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count did: ballots that count (replaced ones left out), receipts that are void, units it looked at, units
    that have a score, and the root of the published receipts.
    """

    ballots: int
    void: int
    units: int
    scored: int
    root: str


def peer_scores(session: Session, period: Period) -> dict[str, PeerScore]:
    """The peer scores of a month by unit code; empty before the count."""
    rows = session.scalars(
        select(PeerResult).where(PeerResult.period == str(period)).execution_options(populate_existing=True)
    )
    scores = {
        row.unit_code: PeerScore(row.score, row.raters, row.definition, row.rank, row.rank_low, row.rank_high, row.band)
        for row in rows
    }
    return dict(sorted(scores.items()))


def peer_criteria(session: Session, period: Period) -> dict[str, dict[str, Fraction]]:
    """Unit code → criterion → its figure, 0–100 and coarse; units that eight raters scored, after the count."""
    rows = session.execute(
        select(PeerCriterion.unit_code, PeerCriterion.criterion, PeerCriterion.score)
        .where(PeerCriterion.period == str(period))
        .order_by(PeerCriterion.unit_code, PeerCriterion.criterion)
    )
    found: dict[str, dict[str, Fraction]] = {}
    for unit, criterion, score in rows:
        found.setdefault(unit, {})[criterion] = score
    return found


def counted_of(session: Session, round_: ReviewRound) -> Counted:
    """What the count of a counted round found."""
    units, scored = session.execute(
        select(func.count(), func.count(PeerResult.score)).where(PeerResult.period == round_.period)
    ).one()
    return Counted(round_.ballots_counted or 0, round_.ballots_void or 0, units, scored, round_.root or "")
