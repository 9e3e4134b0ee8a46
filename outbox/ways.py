"""How each way out stands: what has arrived there, what waits, and why the latest thing that did not arrive did not.

Knows states, counts, codes and times of one address or of a whole channel. Refuses to know what a message says: no
text leaves through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from outbox.models import Delivery
from outbox.policy import ATTEMPTING, HELD, OWED, REFUSED, SENT, SUPERSEDED, UNCERTAIN


@dataclass(frozen=True, slots=True)
class Way:
    """`counts` by state, a state without any absent; `code` (text `outbox.code.<code>`) of the latest failure that is
    not made good by something that arrived after it.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    arrived_at: datetime | None = None
    code: str | None = None

    @property
    def waiting(self) -> int:
        """What is still to go out by itself."""
        return self.counts.get(OWED, 0) + self.counts.get(ATTEMPTING, 0)

    @property
    def doubtful(self) -> int:
        """What waits for a person's word."""
        return self.counts.get(UNCERTAIN, 0) + self.counts.get(HELD, 0)


def way_to(session: Session, *, channel: str, address: str | None = None) -> Way:
    """How one address stands, or (without one) a whole channel."""
    here = Delivery.channel == channel
    if address is not None:
        here = and_(here, Delivery.address == address)
    counts = dict(session.execute(select(Delivery.state, func.count()).where(here).group_by(Delivery.state)).all())
    last = session.execute(
        select(Delivery.id, Delivery.settled_at)
        .where(here, Delivery.state == SENT)
        .order_by(Delivery.id.desc())
        .limit(1)
    ).one_or_none()
    return Way(counts, last.settled_at if last else None, _latest_code(session, here, last.id if last else 0))


def _latest_code(session: Session, here: ColumnElement[bool], after: int) -> str | None:
    """Why the newest delivery that did not arrive did not; nothing that lies before the newest one that did."""
    return session.scalar(
        select(Delivery.code)
        .where(here, Delivery.id > after, Delivery.state.in_((OWED, REFUSED, UNCERTAIN, HELD)))
        .where(Delivery.code.is_not(None), Delivery.code.not_in((SUPERSEDED, "predecessor_refused")))
        .order_by(Delivery.id.desc())
        .limit(1)
    )
