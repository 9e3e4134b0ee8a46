"""The chief accountant's signature 总会计师签字 under settled results (rule 100): good for one digest and no other.

A corrected settlement has another digest and needs another signature; what feeds pay leaves only when the digest that
stands is signed. Refuses to know figures: who signs changes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import Actor, may_sign_results, require
from evaluation.models import Settlement
from evaluation.office_models import Signature
from evaluation.result_approvals import refuse_unapproved
from evaluation.schemes import LOCK
from evaluation.settled import settlement_of
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

MARK = 16
"""How many characters of a digest stand for it in a button."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One settled period and its signature; `earlier` are those under digests that no longer stand."""

    period: Period
    digest: str
    revision: int
    settled_at: datetime
    by: str | None
    at: datetime | None
    earlier: int


def sign_results(session: Session, *, period: Period, digest: str, actor: Actor, now: datetime) -> Signature:
    """Sign the results of a period as they stand; `digest` is the one that was shown (whole, or its first 16).

    Signed again by anybody, the first signature stays. Errors: `not_allowed`, `not_settled`,
    `signature_digest_changed` (corrected since it was shown), `result_not_approved`.
    """
    require(may_sign_results(actor))
    serialize(session, LOCK)
    standing = settlement_of(session, period)
    if len(digest) < MARK or not standing.digest.startswith(digest):
        raise DomainError("signature_digest_changed", period=str(period))
    refuse_unapproved(session, period)
    key = {"period": str(period), "digest": standing.digest}
    values = {**key, "person_id": actor.person_id, "signed_at": now}
    if insert_new(session, Signature, values, list(key)):
        details = {"digest": standing.digest}
        record(session, actor=actor.ref, action="sign_results", subject=str(period), now=now, details=details)
    return session.get_one(Signature, (str(period), standing.digest))


def signature_of(session: Session, period: Period) -> Signature | None:
    """The signature under the results as they stand; None where nobody signed these. Errors: `not_settled`."""
    return session.get(Signature, (str(period), settlement_of(session, period).digest))


def refuse_unsigned(session: Session, period: Period) -> Signature:
    """The signature, or `result_not_signed`: what feeds pay does not leave without it."""
    found = signature_of(session, period)
    if found is None:
        raise DomainError("result_not_signed", period=str(period))
    return found


def signatures(session: Session) -> Sequence[Signed]:
    """Every settled period with its signature, the last settled first."""
    made: dict[str, list[tuple[str, str, datetime]]] = {}
    rows = select(Signature.period, Signature.digest, Person.name, Signature.signed_at).join(
        Person, Person.id == Signature.person_id
    )
    for period, digest, name, at in session.execute(rows):
        made.setdefault(period, []).append((digest, name, at))
    found = []
    for each in session.scalars(select(Settlement).order_by(Settlement.sequence.desc())):
        of_period = made.get(each.period, [])
        standing = next(((name, moment) for digest, name, moment in of_period if digest == each.digest), None)
        by, signed_at = standing if standing is not None else (None, None)
        earlier = sum(digest != each.digest for digest, _, _ in of_period)
        found.append(
            Signed(Period.parse(each.period), each.digest, each.revision, each.settled_at, by, signed_at, earlier)
        )
    return found


def count_unsigned(session: Session) -> int:
    """How many settled periods wait for a signature."""
    return sum(each.at is None for each in signatures(session))
