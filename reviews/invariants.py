"""What must hold in the tables of rounds at any time; each check names what it found, for `doctor`.

Knows rows and their numbers. Refuses to open a ballot: whether marks are what was cast is seen at the count.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consortium.disclosure import MINIMUM_FOR_COMMENTS
from locales.errors import DomainError, Finding
from reviews.ballot_store import count_ballots, has_store, store_name, stored_ballots
from reviews.erasure import counted_rounds_are_erased
from reviews.models import Assignment, PeerComment, PeerCriterion, PeerResult, PublishedReceipts, ReviewRound
from reviews.receipt_lists import read_lists, root_of
from reviews.rounds import CLOSED, COUNTED, ERASED, OPEN, subject
from reviews.sealing import SEALED_LENGTH

_FILE = "database"


def check_reviews(session: Session) -> list[Finding]:
    """Everything below, one after the other."""
    return [finding for check in CHECKS for finding in check(session)]


def erased_rounds_hold_no_ballots(session: Session) -> list[Finding]:
    """An erased round has no ballot left, nor the key of its tokens."""
    erased = session.execute(
        select(ReviewRound.period, ReviewRound.token_key)
        .where(ReviewRound.state == ERASED)
        .order_by(ReviewRound.period)
    )
    return [
        _finding(period, "erased_round_has_ballots", ballots=count_ballots(session, store_name(period)))
        for period, token_key in erased
        if has_store(session, store_name(period)) or token_key is not None
    ]


def ballots_match_participation(session: Session) -> list[Finding]:
    """Until its ballots are dropped a round has exactly as many as were cast."""
    casts = _by_period(session, select(Assignment.period, func.sum(Assignment.casts)).group_by(Assignment.period))
    return [
        _finding(period, "ballots_differ_from_casts", ballots=stored, casts=casts.get(period, 0))
        for period, stored in _stored(session)
        if stored != casts.get(period, 0)
    ]


def sealed_texts_have_one_length(session: Session) -> list[Finding]:
    """No ballot stands out by its length."""
    odd = [
        (period, sum(len(sealed) != SEALED_LENGTH for sealed in stored_ballots(session, store_name(period))))
        for period, _ in _stored(session)
    ]
    return [_finding(period, "ballot_of_odd_length", ballots=count) for period, count in odd if count]


def results_belong_to_counted_rounds(session: Session) -> list[Finding]:
    """There is a result if and only if the round was counted."""
    results = _by_period(session, select(PeerResult.period, func.count()).group_by(PeerResult.period))
    rounds = session.execute(select(ReviewRound.period, ReviewRound.state).order_by(ReviewRound.period))
    return [
        _finding(period, "results_do_not_fit_round", results=results.get(period, 0))
        for period, state in rounds
        if (state in (COUNTED, ERASED)) != (period in results)
    ]


def details_have_enough_raters(session: Session) -> list[Finding]:
    """Figures on criteria stand only where there is a score, and comments only from ten raters on."""
    scored = select(PeerResult.unit_code).where(
        PeerResult.period == PeerCriterion.period,
        PeerResult.unit_code == PeerCriterion.unit_code,
        PeerResult.raters > 0,
    )
    commented = select(PeerResult.unit_code).where(
        PeerResult.period == PeerComment.period,
        PeerResult.unit_code == PeerComment.unit_code,
        PeerResult.raters >= MINIMUM_FOR_COMMENTS,
    )
    criteria = session.execute(
        select(PeerCriterion.period, PeerCriterion.unit_code).where(~scored.exists()).distinct()
    ).all()
    comments = session.execute(
        select(PeerComment.period, PeerComment.unit_code).where(~commented.exists()).distinct()
    ).all()
    return [_finding(period, "details_of_too_few", unit=unit) for period, unit in sorted({*criteria, *comments})]


def receipts_fit_their_root(session: Session) -> list[Finding]:
    """What is published is what was counted: the lists, their root and their numbers."""
    rounds = session.execute(
        select(ReviewRound, PublishedReceipts.published)
        .outerjoin(PublishedReceipts, PublishedReceipts.period == ReviewRound.period)
        .where(ReviewRound.root.is_not(None) | PublishedReceipts.published.is_not(None))
        .order_by(ReviewRound.period)
    )
    return [_finding(round_.period, "receipts_changed") for round_, published in rounds if not _fits(round_, published)]


def keys_are_used_once(session: Session) -> list[Finding]:
    """On PostgreSQL, where erased ballots may lie on in logs and backups, a round has a key of its own."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    before = set(session.scalars(select(ReviewRound.public_key).where(ReviewRound.state == ERASED)))
    under_way = session.execute(
        select(ReviewRound.period, ReviewRound.public_key)
        .where(ReviewRound.state.in_((OPEN, CLOSED)))
        .order_by(ReviewRound.period)
    )
    return [_finding(period, "review_key_used_before") for period, key in under_way if key in before]


CHECKS: tuple[Callable[[Session], list[Finding]], ...] = (
    erased_rounds_hold_no_ballots,
    ballots_match_participation,
    sealed_texts_have_one_length,
    counted_rounds_are_erased,
    results_belong_to_counted_rounds,
    details_have_enough_raters,
    receipts_fit_their_root,
    keys_are_used_once,
)


def _stored(session: Session) -> list[tuple[str, int]]:
    """How many ballots every round has that still must have its table: all but erased ones and those being erased."""
    rounds = session.execute(select(ReviewRound.period, ReviewRound.state).order_by(ReviewRound.period))
    return [
        (period, count_ballots(session, store_name(period)))
        for period, state in rounds
        if state in (OPEN, CLOSED) or (state == COUNTED and has_store(session, store_name(period)))
    ]


def _fits(round_: ReviewRound, published: str | None) -> bool:
    """Whether the published text is one that the count of this round wrote."""
    try:
        lists = read_lists(published or "")
    except DomainError:
        return False
    numbers = (len(lists.counted), len(lists.void))
    found = (round_.ballots_counted, round_.ballots_void)
    return (lists.period, root_of(lists), numbers) == (round_.period, round_.root, found)


def _by_period(session: Session, counts: Select[str, int]) -> dict[str, int]:
    return dict(session.execute(counts).all())


def _finding(period: str, code: str, **details: object) -> Finding:
    return Finding(_FILE, subject(period), code, details)
