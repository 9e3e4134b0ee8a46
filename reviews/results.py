"""Counting a round and erasing its ballots (rule 21).

Knows single marks in memory only, between opening the ballots and adding them up; writes one row a unit. Both steps can
be run again after a crash: the count leaves everything or nothing, and a round that is counted stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import RSAKey
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import DomainError
from reviews.counting import Participation, contradictions, marks_per_unit, newest
from reviews.models import Assignment, Ballot, PeerResult, ReviewRound
from reviews.peer_mean import DEFINITION, PeerScore, peer_score
from reviews.rounds import CLOSED, COUNTED, ERASED, advance, refused, subject
from reviews.sealing import BallotContent, open_private_key, thumbprint, unseal_with
from storage.audit import record


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count did: ballots that count (replaced ones left out), units it looked at, units that have a score."""

    ballots: int
    units: int
    scored: int


def count_round(session: Session, *, period: Period, private_key: str, actor: str, now: datetime) -> Counted:
    """Open the ballots of a closed round in memory and write one result a unit; of a counted round, say what was found.

    Errors: `round_unknown`, `round_is_open`, `review_key_invalid`, `review_key_mismatch` (not this round's key), and,
    with their number and nothing written, `ballots_unreadable`, `ballots_contradict`, `ballots_missing`.
    """
    round_ = _round_for_update(session, period)
    if round_.state in (COUNTED, ERASED):
        return _as_counted(session, round_)
    if round_.state != CLOSED:
        raise refused(session, round_.period)
    contents = _open_ballots(session, round_, private_key)
    assignments = _participation(session, round_.period)
    _check(contents, round_, assignments)
    counting = newest(contents)
    marks = marks_per_unit(counting.values())
    units = sorted({unit for task in assignments.values() for unit in (task.rater, task.target)})
    scores = {unit: peer_score(marks.get(unit, ())) for unit in units}
    advance(session, period=round_.period, to=COUNTED, values={"counted_at": now, "ballots_counted": len(counting)})
    session.execute(insert(PeerResult), [_row(round_.period, unit, score) for unit, score in scores.items()])
    details = {"ballots": len(counting), "units": len(units), "definition": DEFINITION}
    record(session, actor=actor, action="count_round", subject=subject(round_.period), now=now, details=details)
    return Counted(len(counting), len(units), sum(score.score is not None for score in scores.values()))


def erase_round(session: Session, *, period: Period, actor: str, now: datetime) -> int:
    """Delete every ballot of a counted round and see that none is left; how many there were. Nothing is left to do for
    an erased round. `round_unknown` or `round_is_…` if it is not counted yet.
    """
    round_ = _round_for_update(session, period)
    if round_.state == ERASED:
        return 0
    advance(session, period=round_.period, to=ERASED, values={"erased_at": now})
    ballots = _count_ballots(session, round_.period)
    session.execute(delete(Ballot).where(Ballot.period == round_.period))
    left = _count_ballots(session, round_.period)
    if left:
        raise DomainError("ballots_left", period=round_.period, left=left)
    details = {"ballots": ballots}
    record(session, actor=actor, action="erase_round", subject=subject(round_.period), now=now, details=details)
    return ballots


def peer_scores(session: Session, period: Period) -> dict[str, PeerScore]:
    """The peer scores of a month by unit code; empty before the count. Numbers of raters are shown as bands only."""
    rows = session.scalars(
        select(PeerResult).where(PeerResult.period == str(period)).execution_options(populate_existing=True)
    )
    scores = {row.unit_code: PeerScore(row.score, row.raters, row.definition) for row in rows}
    return dict(sorted(scores.items()))


def _round_for_update(session: Session, period: Period) -> ReviewRound:
    """The round, locked: of two counts at once the second waits and finds it counted."""
    round_ = session.scalar(
        select(ReviewRound)
        .where(ReviewRound.period == str(period))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if round_ is None:
        raise refused(session, str(period))
    return round_


def _open_ballots(session: Session, round_: ReviewRound, private_key: str) -> list[BallotContent]:
    key = open_private_key(private_key)
    if thumbprint(round_.public_key) != key.thumbprint():
        raise DomainError("review_key_mismatch", period=round_.period, thumbprint=thumbprint(round_.public_key))
    sealed_texts = session.scalars(select(Ballot.sealed).where(Ballot.period == round_.period)).all()
    opened = [_open_or_none(key, sealed) for sealed in sealed_texts]
    contents = [content for content in opened if content is not None]
    if len(contents) < len(opened):
        unreadable = len(opened) - len(contents)
        raise DomainError("ballots_unreadable", period=round_.period, ballots=unreadable, of=len(opened))
    return contents


def _open_or_none(key: RSAKey, sealed: str) -> BallotContent | None:
    try:
        return unseal_with(key, sealed)
    except DomainError:
        return None  # counted by the caller, who refuses


def _participation(session: Session, period: str) -> dict[int, Participation]:
    rows = session.execute(
        select(Assignment.id, Assignment.rater, Assignment.target, Assignment.casts).where(Assignment.period == period)
    )
    return {id_: Participation(rater, target, casts) for id_, rater, target, casts in rows}


def _check(contents: list[BallotContent], round_: ReviewRound, assignments: dict[int, Participation]) -> None:
    wrong = contradictions(contents, period=round_.period, assignments=assignments, criteria_count=len(round_.criteria))
    if wrong:
        raise DomainError("ballots_contradict", period=round_.period, ballots=wrong, of=len(contents))
    missing = sum(task.casts for task in assignments.values()) - len(contents)
    if missing:
        raise DomainError("ballots_missing", period=round_.period, ballots=missing)


def _as_counted(session: Session, round_: ReviewRound) -> Counted:
    scores = peer_scores(session, Period.parse(round_.period)).values()
    assert round_.ballots_counted is not None
    return Counted(round_.ballots_counted, len(scores), sum(score.score is not None for score in scores))


def _count_ballots(session: Session, period: str) -> int:
    return session.scalar(select(func.count()).select_from(Ballot).where(Ballot.period == period)) or 0


def _row(period: str, unit: str, score: PeerScore) -> dict[str, object]:
    return {
        "period": period,
        "unit_code": unit,
        "raters": score.raters,
        "score": score.score,
        "definition": score.definition,
    }
