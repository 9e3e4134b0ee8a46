"""Writing what a count found (rule 21): all of it in one transaction, or nothing.

Knows results as coarse as they may be shown, receipts, and comments without their writers. Refuses to know marks: what
stays of them is in `RoundFigures`, and in a residue that is sealed already. Of two counts at once one writes; the other
is told what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from consortium.periods import Period
from locales.errors import DomainError
from reviews.comments import cut_comment
from reviews.count_ballots import Uncounted
from reviews.counting import Sorted
from reviews.criteria import no_dealings
from reviews.figures import RoundFigures
from reviews.models import (
    PeerComment,
    PeerCriterion,
    PeerFit,
    PeerResidue,
    PeerResult,
    PublishedReceipts,
    ReviewRound,
)
from reviews.receipt_lists import lists_text, receipt_lists, root_of
from reviews.results import Counted, counted_of
from reviews.rounds import COUNTED, ERASED, advance, subject
from reviews.sealing import BallotContent
from storage.audit import record

ROUNDS_KEPT = 4
"""A residue goes when so many later rounds are counted."""


def write_count(
    session: Session,
    *,
    uncounted: Uncounted,
    found: Sorted,
    figures: RoundFigures,
    residue: str | None,
    new_id: Callable[[], str],
    actor: str,
    now: datetime,
) -> Counted:
    """Results, figures, fits, receipts, comments and the sealed residue; the round is counted from then on.

    `new_id` gives random texts, the ids of comments. A round that somebody else has counted meanwhile stays as it is,
    and what was found there comes back. Errors: `round_unknown`, `round_is_open`.
    """
    period = uncounted.period
    lists = receipt_lists(Period.parse(period), found)
    counted = Counted(
        ballots=len(found.counted),
        void=len(found.void),
        units=len(figures.units),
        scored=sum(unit.score is not None for unit in figures.units),
        root=root_of(lists),
    )
    earlier = _advance_or_earlier(session, period, counted, now)
    if earlier is not None:
        return earlier
    session.execute(insert(PublishedReceipts), {"period": period, "published": lists_text(lists)})
    _write_figures(session, period, figures)
    _write_comments(session, period, found.ballots, figures, new_id)
    if residue is not None:
        session.execute(insert(PeerResidue), {"period": period, "sealed": residue})
    _drop_old_residues(session)
    details = {
        "ballots": counted.ballots,
        "void": counted.void,
        "units": counted.units,
        "definition": figures.definition,
        "root": counted.root,
    }
    record(session, actor=actor, action="count_round", subject=subject(period), now=now, details=details)
    return counted


def _advance_or_earlier(session: Session, period: str, counted: Counted, now: datetime) -> Counted | None:
    """Take the step; None, or what another count found that took it first."""
    values = {
        "counted_at": now,
        "ballots_counted": counted.ballots,
        "ballots_void": counted.void,
        "root": counted.root,
    }
    try:
        advance(session, period=period, to=COUNTED, values=values)
    except DomainError:
        round_ = session.get(ReviewRound, period, populate_existing=True)
        if round_ is None or round_.state not in (COUNTED, ERASED):
            raise
        return counted_of(session, round_)
    return None


def _write_figures(session: Session, period: str, figures: RoundFigures) -> None:
    results: list[dict[str, Any]] = [
        {
            "period": period,
            "unit_code": unit.unit,
            "raters": unit.raters,
            "score": unit.score,
            "definition": figures.definition,
            "rank": unit.rank,
            "rank_low": unit.rank_low,
            "rank_high": unit.rank_high,
            "band": unit.band,
        }
        for unit in figures.units
    ]
    criteria = [
        {"period": period, "unit_code": unit.unit, "criterion": criterion, "score": score}
        for unit in figures.units
        for criterion, score in sorted(unit.criteria.items())
    ]
    fits = [
        {"period": period, "part": part, "estimates": estimates} for part, estimates in enumerate(figures.fits, start=1)
    ]
    for model, rows in ((PeerResult, results), (PeerCriterion, criteria), (PeerFit, fits)):
        if rows:
            session.execute(insert(model), rows)


def _write_comments(
    session: Session,
    period: str,
    ballots: Iterable[BallotContent],
    figures: RoundFigures,
    new_id: Callable[[], str],
) -> None:
    """Comments on units that enough raters scored, by those who scored them; in the order of their random ids."""
    taking = {unit.unit for unit in figures.units if unit.takes_comments}
    texts = sorted(  # before ids are drawn: not even the order of chance knows who wrote what
        (ballot.target, cut_comment(ballot.comment))
        for ballot in ballots
        if ballot.target in taking and ballot.marks != no_dealings(len(ballot.marks))
    )
    rows = [
        {"id": new_id(), "period": period, "unit_code": unit, "comment": comment} for unit, comment in texts if comment
    ]
    if rows:
        session.execute(insert(PeerComment), sorted(rows, key=lambda row: row["id"]))


def _drop_old_residues(session: Session) -> None:
    """Residues go when four later rounds are counted."""
    later = aliased(ReviewRound)
    counted_later = (
        select(func.count())
        .where(later.period > PeerResidue.period, later.state.in_((COUNTED, ERASED)))
        .scalar_subquery()
    )
    session.execute(
        delete(PeerResidue).where(counted_later >= ROUNDS_KEPT).execution_options(synchronize_session=False)
    )
