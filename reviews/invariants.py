"""What must hold in the tables of rounds at any time; each check names what it found, for `doctor`.

Knows rows and their numbers. Refuses to open a ballot: whether marks are what was cast is seen at the count.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_RATERS
from locales.errors import Finding
from reviews.models import Assignment, Ballot, PeerResult, ReviewRound
from reviews.rounds import COUNTED, ERASED, subject
from reviews.sealing import SEALED_LENGTH

_FILE = "database"


def check_reviews(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def erased_rounds_hold_no_ballots(session: Session) -> list[Finding]:
    """An erased round has no ballot left."""
    left = session.execute(
        select(Ballot.period, func.count())
        .join(ReviewRound, ReviewRound.period == Ballot.period)
        .where(ReviewRound.state == ERASED)
        .group_by(Ballot.period)
        .order_by(Ballot.period)
    )
    return [_finding(period, "erased_round_has_ballots", ballots=count) for period, count in left]


def ballots_match_participation(session: Session) -> list[Finding]:
    """Until a round is erased it has exactly as many ballots as were cast."""
    casts = _by_period(session, select(Assignment.period, func.sum(Assignment.casts)).group_by(Assignment.period))
    stored = _by_period(session, select(Ballot.period, func.count()).group_by(Ballot.period))
    rounds = session.scalars(select(ReviewRound.period).where(ReviewRound.state != ERASED).order_by(ReviewRound.period))
    return [
        _finding(period, "ballots_differ_from_casts", ballots=stored.get(period, 0), casts=casts.get(period, 0))
        for period in rounds
        if stored.get(period, 0) != casts.get(period, 0)
    ]


def sealed_texts_have_one_length(session: Session) -> list[Finding]:
    """No ballot stands out by its length."""
    odd = session.execute(
        select(Ballot.period, func.count())
        .where(func.length(Ballot.sealed) != SEALED_LENGTH)
        .group_by(Ballot.period)
        .order_by(Ballot.period)
    )
    return [_finding(period, "ballot_of_odd_length", ballots=count) for period, count in odd]


def results_belong_to_counted_rounds(session: Session) -> list[Finding]:
    """There is a result if and only if the round was counted."""
    results = _by_period(session, select(PeerResult.period, func.count()).group_by(PeerResult.period))
    rounds = session.execute(select(ReviewRound.period, ReviewRound.state).order_by(ReviewRound.period))
    return [
        _finding(period, "results_do_not_fit_round", results=results.get(period, 0))
        for period, state in rounds
        if (state in (COUNTED, ERASED)) != (period in results)
    ]


def scores_have_enough_raters(session: Session) -> list[Finding]:
    """A score stands where five raters or more gave marks, and nowhere else."""
    too_few = (PeerResult.raters < MINIMUM_RATERS) & PeerResult.score.is_not(None)
    not_scored = (PeerResult.raters >= MINIMUM_RATERS) & PeerResult.score.is_(None)
    wrong = session.execute(
        select(PeerResult.period, PeerResult.unit_code)
        .where(or_(too_few, not_scored))
        .order_by(PeerResult.period, PeerResult.unit_code)
    )
    return [_finding(period, "score_does_not_fit_raters", unit=unit) for period, unit in wrong]


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (
    erased_rounds_hold_no_ballots,
    ballots_match_participation,
    sealed_texts_have_one_length,
    results_belong_to_counted_rounds,
    scores_have_enough_raters,
)


def _by_period(session: Session, counts: Select[str, int]) -> dict[str, int]:
    return dict(session.execute(counts).all())


def _finding(period: str, code: str, **details: object) -> Finding:
    return Finding(_FILE, subject(period), code, details)
