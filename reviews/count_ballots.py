"""From the sealed table of a closed round to the ballots that count (rule 21): read, then opened in memory.

Knows single marks in memory only, while a count lasts. Reading takes a transaction; opening needs none, and minutes for
tens of thousands. An error says which round it is and never what stood in a ballot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.periods import Period
from consortium.units import installation
from locales.errors import DomainError
from reviews.ballot_store import store_name, stored_ballots
from reviews.counting import Opened, Participation, Record, Sorted, sort_ballots
from reviews.models import Assignment, ReviewRound
from reviews.results import Counted, counted_of
from reviews.rounds import CLOSED, COUNTED, ERASED, criteria_of, refused
from reviews.sealing import BallotContent, open_private_key, receipt_of, thumbprint, unseal_with

Progress = Callable[[int, int], None]
"""Called while ballots are opened: how many are, of how many."""

_OFTEN = 50  # ballots between two calls


class SealedBallots(Protocol):
    """What opening needs to know: of which month the ballots are, to which key they are sealed, what is on record."""

    @property
    def period(self) -> str: ...
    @property
    def public_key(self) -> str: ...
    @property
    def record(self) -> Record: ...
    @property
    def sealed(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A closed round as a count needs it: frozen terms, participation, sealed texts and the tiers of its units."""

    period: str
    public_key: str
    auditor_key: str | None
    criteria: tuple[str, ...]
    thresholds: Mapping[str, int]
    record: Record = field(repr=False)
    sealed: tuple[str, ...] = field(repr=False)
    tiers: Mapping[str, str]

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the round, whether they score or are scored, sorted."""
        return tuple(sorted(self.tiers))


def ballots_to_count(session: Session, *, period: Period) -> Uncounted | Counted:
    """What there is to count in a closed round; of a counted one, what was found.

    Errors: `round_unknown`, `round_is_open`; and with their number, since both are tampering, `ballots_missing` (fewer
    are stored than were cast) and `ballots_added` (more).
    """
    round_ = session.scalar(
        select(ReviewRound).where(ReviewRound.period == str(period)).execution_options(populate_existing=True)
    )
    if round_ is not None and round_.state in (COUNTED, ERASED):
        return counted_of(session, round_)
    if round_ is None or round_.state != CLOSED:
        raise refused(session, str(period))
    assignments = _participation(session, round_.period)
    sealed = stored_as_cast(session, store_name(round_.period), assignments, period=round_.period)
    criteria = tuple(criterion.code for criterion in criteria_of(round_))
    assert round_.token_key is not None  # it goes with the ballots, after the count
    return Uncounted(
        period=round_.period,
        public_key=round_.public_key,
        auditor_key=installation(session).review.get("auditor_key") or None,
        criteria=criteria,
        thresholds=round_.thresholds,
        record=Record(round_.period, assignments, len(criteria), round_.token_key),
        sealed=sealed,
        tiers=_tiers(session, assignments),
    )


def stored_as_cast(
    session: Session, store: str, assignments: Mapping[int, Participation], *, period: str
) -> tuple[str, ...]:
    """The sealed texts of a store, exactly as many as were cast; else `ballots_missing` or `ballots_added`."""
    sealed = stored_ballots(session, store)
    missing = sum(task.casts for task in assignments.values()) - len(sealed)
    if missing:
        code = "ballots_missing" if missing > 0 else "ballots_added"
        raise DomainError(code, period=period, ballots=abs(missing))
    return tuple(sealed)


def open_ballots(uncounted: SealedBallots, *, private_key: str, progress: Progress | None = None) -> Sorted:
    """Open every ballot and sort out which count; one that does not open is void.

    Errors: `review_key_invalid`, `review_key_mismatch` (not this round's key).
    """
    key = open_private_key(private_key)
    if thumbprint(uncounted.public_key) != key.thumbprint():
        needed = thumbprint(uncounted.public_key)
        raise DomainError("review_key_mismatch", period=uncounted.period, thumbprint=needed)
    return sort_ballots(_opened(uncounted, key, progress), uncounted.record)


def _opened(uncounted: SealedBallots, key: RSAKey, progress: Progress | None) -> Iterator[Opened]:
    of = len(uncounted.sealed)
    for number, sealed in enumerate(uncounted.sealed, start=1):
        yield Opened(receipt_of(sealed), _open_or_none(key, sealed))
        if progress is not None and (number % _OFTEN == 0 or number == of):
            progress(number, of)


def _open_or_none(key: RSAKey, sealed: str) -> BallotContent | None:
    try:
        return unseal_with(key, sealed)
    except DomainError:
        return None  # void: its receipt is published as such


def _participation(session: Session, period: str) -> dict[int, Participation]:
    rows = session.execute(
        select(Assignment.id, Assignment.rater, Assignment.target, Assignment.casts).where(Assignment.period == period)
    )
    return {id_: Participation(rater, target, casts) for id_, rater, target, casts in rows}


def _tiers(session: Session, assignments: Mapping[int, Participation]) -> dict[str, str]:
    units = {unit for task in assignments.values() for unit in (task.rater, task.target)}
    tiers = dict(session.execute(select(Unit.code, Unit.tier)).all())
    return {unit: tiers[unit] for unit in sorted(units)}
