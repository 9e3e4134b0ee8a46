"""Proposals to release held answers, each as the one act it was: who agrees, agrees with what was proposed together.

A proposal is known by its moment and its proposer: a short mark, fit for a button. It says which answers wait for a
second person, and of which units; never what was answered. What follows from a decision is `holds`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from locales.errors import DomainError
from surveys.honesty.holds import PROPOSED
from surveys.honesty.models import Hold
from surveys.models import Response
from surveys.sittings import SENT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"(?P<micros>[0-9]{1,17})-(?P<who>[0-9a-f]{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person found should count after all, as far as it still waits. `units`: unit → how many answers."""

    period: Period
    mark: str
    proposed_by: str
    proposed_at: datetime
    response_ids: tuple[str, ...]
    units: Mapping[str, int]


def open_proposals(session: Session, *, period: Period) -> list[Proposal]:
    """Everything of a month that waits for a second person, oldest first."""
    acts: dict[tuple[datetime, str], list[Hold]] = {}
    for hold in _proposed(session, period):
        assert hold.proposed_at is not None
        assert hold.proposed_by is not None
        acts.setdefault((hold.proposed_at, hold.proposed_by), []).append(hold)
    return [_proposal(period, at, by, holds) for (at, by), holds in sorted(acts.items())]


def open_proposal(session: Session, *, period: Period, mark: str) -> Proposal:
    """The one with this mark; `hold_proposal_over` if nothing of it waits any more, or there never was one."""
    if _MARK.fullmatch(mark):
        for proposal in open_proposals(session, period=period):
            if proposal.mark == mark:
                return proposal
    raise DomainError("hold_proposal_over")


def proposal_mark(proposed_at: datetime, proposed_by: str) -> str:
    """A proposal's moment to the microsecond, and a few digits for its proposer: at most 26 characters."""
    micros = (proposed_at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}-{hashlib.sha256(proposed_by.encode()).hexdigest()[:8]}"


def _proposed(session: Session, period: Period) -> Iterable[Hold]:
    return session.scalars(
        select(Hold)
        .join(Response, Response.id == Hold.response_id)
        .where(Hold.period == str(period), Hold.state == PROPOSED, Response.state == SENT)
        .order_by(Hold.unit_code, Hold.response_id)
    )


def _proposal(period: Period, at: datetime, by: str, holds: list[Hold]) -> Proposal:
    return Proposal(
        period=period,
        mark=proposal_mark(at, by),
        proposed_by=by,
        proposed_at=at,
        response_ids=tuple(hold.response_id for hold in holds),
        units=dict(Counter(hold.unit_code for hold in holds)),
    )
