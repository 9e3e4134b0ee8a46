"""Attempts to deliver: begun with a lease before the call, settled after it, put in doubt when nobody came back.

Knows which attempt of which delivery runs and how it ended; what follows from an end is `outbox.policy`. Refuses to
know how a channel works and what a message means; it never sends.

What was interrupted between `claim` and `settle` is never quietly owed again: it may have arrived. `now` is the clock
of whoever delivers; leases and waits are compared with nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, func, not_, or_, select, update
from sqlalchemy.orm import Session

from outbox.message import Message, from_json
from outbox.models import Delivery
from outbox.outcomes import Outcome, Refused, Sent, Uncertain
from outbox.policy import ATTEMPTING, HELD, KINDS, OWED, REFUSED, SENT, SUPERSEDED, accepts, after_attempt
from storage.audit import record
from storage.database import serialize

_AT_A_TIME = {"bulletin": 1}  # a crash leaves at most this many of a kind in doubt
_SPARE = 4  # rows looked at for each one wanted, as some share an address

# Built once, for they run with every message; on the table, not the class, as no Delivery object is wanted.
_D = cast("Table", Delivery.__table__)
_BEFORE, _EDITED = _D.alias("before"), _D.alias("edited")
_DUE = (
    select(_D.c.id, _D.c.address, _D.c.message, _D.c.edits_id, _EDITED.c.message_ref, _EDITED.c.message.label("edited"))
    .select_from(_D.outerjoin(_BEFORE, _D.c.after_id == _BEFORE.c.id).outerjoin(_EDITED, _D.c.edits_id == _EDITED.c.id))
    .where(_D.c.state == OWED, _D.c.channel == bindparam("channel"), _D.c.kind == bindparam("kind"))
    .where(_D.c.address.not_in(bindparam("avoid", expanding=True)))
    .where(or_(_D.c.not_before.is_(None), _D.c.not_before <= bindparam("now")))
    .where(or_(_D.c.after_id.is_(None), _BEFORE.c.state == SENT))
    .where(or_(_D.c.edits_id.is_(None), _EDITED.c.state == SENT))
    .order_by(_D.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_D, skip_locked=True)  # SQLite has one writer, and SQLAlchemy leaves it out there
)
_DUE_BUT = _DUE.where(not_(_D.c.dedupe_key.startswith(bindparam("withheld"))))
_UNDER_WAY = select(func.count()).where(
    _D.c.state == ATTEMPTING, _D.c.channel == bindparam("channel"), _D.c.kind == bindparam("kind")
)
_BEGIN = (
    update(_D)
    .where(_D.c.id == bindparam("its_id"), _D.c.state == OWED)
    .values(state=ATTEMPTING, attempts=_D.c.attempts + 1, lease_until=bindparam("until"), not_before=None)
    .returning(_D.c.attempts)
)
_LATEST = (
    select(_D.c.kind, _D.c.channel, _D.c.state, _D.c.doubts, _D.c.edits_id)
    .where(_D.c.id == bindparam("its_id"), _D.c.attempts == bindparam("attempt"))
    .with_for_update()
)
_INTERRUPTED = (
    select(_D.c.id, _D.c.attempts)
    .where(_D.c.state == ATTEMPTING, _D.c.lease_until <= bindparam("now"))
    .order_by(_D.c.id)
    .with_for_update(skip_locked=True)
)

_Waiting = Row[Any, Any, Any, Any, Any, Any]  # id, address, message, edits_id; reference and message of what it edits


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt to make: whose it is by `id` and `attempt`, and what goes where.

    `edits` is the channel's own name of the message that is to be replaced (None: a message of its own), and
    `edits_file` whether that one holds a picture or a document.
    """

    id: int
    attempt: int
    channel: str
    address: str
    kind: str
    message: Message
    edits: str | None = None
    edits_file: bool = False


def claim(
    session: Session,
    *,
    now: datetime,
    lease: timedelta,
    limit: int,
    channel: str,
    avoid: Collection[str] = (),
    withheld: str = "",
) -> list[Claimed]:
    """Begin up to `limit` attempts, each written down with a lease before anything is sent.

    Notices come first, then bulletins (one at a time in the whole channel), invitations, reminders; within these the
    oldest first, one for an address at a time, none for the addresses to `avoid`. What is not yet due, whose
    predecessor is not sent, or whose dedupe key begins with `withheld` (letters and signs that mean nothing to LIKE)
    stays where it is.
    """
    claimed: list[Claimed] = []
    for kind in KINDS:
        wanted = limit - len(claimed)
        if wanted > 0 and kind in _AT_A_TIME:
            serialize(session, f"outbox.{channel}.{kind}")
            under_way = session.execute(_UNDER_WAY, {"channel": channel, "kind": kind}).scalar_one()
            wanted = min(wanted, _AT_A_TIME[kind] - under_way)
        if wanted <= 0:
            continue
        passed_over = [*avoid, *(one.address for one in claimed)]
        due = {"channel": channel, "kind": kind, "avoid": passed_over, "now": now, "most": wanted * _SPARE}
        found = session.execute(_DUE_BUT, due | {"withheld": withheld}) if withheld else session.execute(_DUE, due)
        rows = _one_for_an_address(found.all())
        claimed.extend(_begin(session, rows[:wanted], channel=channel, kind=kind, now=now, lease=lease))
    return claimed


def settle(session: Session, *, delivery_id: int, attempt: int, outcome: Outcome, now: datetime) -> bool:
    """Write down how an attempt ended; False, and nothing changes, if the delivery has moved on since.

    `attempt` is the fence: an attempt that is not the latest says nothing. Late certainty about the latest one is
    taken even after its lease ran out (`outbox.policy.accepts`).
    """
    found = session.execute(_LATEST, {"its_id": delivery_id, "attempt": attempt}).one_or_none()
    if found is None or not accepts(found.state, outcome):
        return False
    following = after_attempt(
        outcome, kind=found.kind, attempt=attempt, doubts=found.doubts, now=now, is_edit=found.edits_id is not None
    )
    if following.state == OWED and _is_superseded(session, delivery_id, found.edits_id):
        following = replace(following, state=REFUSED, code=SUPERSEDED, not_before=None)
    is_over = following.state in (SENT, REFUSED)
    session.execute(
        update(_D)
        .where(_D.c.id == delivery_id)
        .values(
            state=following.state,
            code=following.code,
            doubts=following.doubts,
            not_before=following.not_before,
            lease_until=None,
            settled_at=now if is_over else None,
            message_ref=outcome.ref if isinstance(outcome, Sent) else None,
        )
    )
    details = {"channel": found.channel, "kind": found.kind, "state": following.state, "attempt": attempt}
    _audit_end(session, delivery_id, now, details | {"code": following.code or ""})
    if following.state == REFUSED:
        _refuse_what_follows(session, delivery_id, now)
    return True


def recover_interrupted(session: Session, *, now: datetime) -> int:
    """Put every attempt whose lease ran out in doubt, as `Uncertain("interrupted")`; return how many there were.

    Nobody knows whether an interrupted attempt arrived. Run at start-up and regularly by whoever delivers.
    """
    interrupted = session.execute(_INTERRUPTED, {"now": now}).all()
    doubtful = Uncertain("interrupted")
    return sum(
        settle(session, delivery_id=one.id, attempt=one.attempts, outcome=doubtful, now=now) for one in interrupted
    )


def _one_for_an_address(rows: Sequence[_Waiting]) -> list[_Waiting]:
    """The oldest row of each address: two calls under way to one chat could overtake each other."""
    oldest: dict[str, _Waiting] = {}
    for row in rows:
        oldest.setdefault(row.address, row)
    return list(oldest.values())


def _begin(
    session: Session,
    rows: Sequence[_Waiting],
    *,
    channel: str,
    kind: str,
    now: datetime,
    lease: timedelta,
) -> list[Claimed]:
    """Turn each row that is still owed into an attempt; a stored message that cannot be read is refused."""
    begun = []
    for row in rows:
        attempt = session.execute(_BEGIN, {"its_id": row.id, "until": now + lease}).scalar_one_or_none()
        if attempt is None:
            continue
        try:
            message = from_json(row.message)
        except (KeyError, TypeError, ValueError, AttributeError):
            unreadable = Refused("message_unreadable")
            settle(session, delivery_id=row.id, attempt=attempt, outcome=unreadable, now=now)
            continue
        if row.edits_id is not None and row.message_ref is None:  # a person's word, not the channel's, that it arrived
            settle(session, delivery_id=row.id, attempt=attempt, outcome=Refused("cannot_edit"), now=now)
            continue
        has_file = not {"picture", "document"}.isdisjoint(row.edited or ())
        begun.append(Claimed(row.id, attempt, channel, row.address, kind, message, row.message_ref, has_file))
    return begun


def _refuse_what_follows(session: Session, delivery_id: int, now: datetime) -> None:
    """Parts that come after a refused one, and what would have changed it, are refused with it, link by link."""
    refused: Sequence[int] = [delivery_id]
    while refused:
        followers = session.execute(
            update(_D)
            .where(or_(_D.c.after_id.in_(refused), _D.c.edits_id.in_(refused)), _D.c.state.in_((OWED, HELD)))
            .values(state=REFUSED, code="predecessor_refused", settled_at=now, not_before=None)
            .returning(_D.c.id, _D.c.channel, _D.c.kind)
        ).all()
        for one in followers:
            details = {"channel": one.channel, "kind": one.kind, "state": REFUSED, "code": "predecessor_refused"}
            _audit_end(session, one.id, now, details)
        refused = [one.id for one in followers]


def _is_superseded(session: Session, delivery_id: int, edits: int | None) -> bool:
    """Whether a later edit of the same message is on its way: this one may not come after it."""
    if edits is None:
        return False
    return (
        session.execute(select(_D.c.id).where(_D.c.edits_id == edits, _D.c.id > delivery_id).limit(1)).first()
        is not None
    )


def _audit_end(session: Session, delivery_id: int, now: datetime, details: dict[str, object]) -> None:
    """Write the audit row of an attempt that ended, or of a part that will not be attempted."""
    record(
        session, actor="outbox", action="settle_delivery", subject=f"delivery:{delivery_id}", now=now, details=details
    )
