"""Taking back a released edition 撤回: proposed with a reason by one person of the office, agreed to by another.

A proposal holds for a day. What was sent is changed to say so, why, and which edition stands; the archive keeps the
edition and marks it. Refuses to know how messages are changed: that is `bulletins.sent_editions`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bulletins.content import from_json
from bulletins.editions import RELEASED, edition, lock_of, subject_of
from bulletins.models import Bulletin, Retraction
from bulletins.release_notices import ask_for_retraction, tell_of_retraction
from bulletins.sent_editions import Effect, take_back_messages
from consortium.one_line import one_line
from consortium.permissions import Actor, may_propose_release, may_release, require
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize

PROPOSED, DONE, WITHDRAWN = "proposed", "done", "withdrawn"
LIFETIME = timedelta(hours=24)
SHORTEST_REASON, LONGEST_REASON = 10, 300  # characters: it goes into every chat


def propose_retraction(session: Session, *, actor: Actor, bulletin_id: int, reason: str, now: datetime) -> Retraction:
    """Propose to take a released edition back, and ask the others of the office; the proposal holds for a day.

    Errors: `not_allowed`, `bulletin_unknown`, `retraction_reason_length`, `retraction_not_released`,
    `retraction_done_already`, `retraction_proposed_already`.
    """
    require(may_propose_release(actor))
    written = tidy_reason(reason)
    bulletin = refuse_proposal(session, bulletin_id=bulletin_id, now=now)
    _set(session, (Retraction.bulletin_id == bulletin_id) & (Retraction.state == PROPOSED), {"state": WITHDRAWN})
    made = Retraction(
        bulletin_id=bulletin.id, reason=written, state=PROPOSED, proposed_by=actor.person_id, proposed_at=now,
        expires_at=now + LIFETIME,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _record(session, actor, "propose_retraction", bulletin, made, now=now)
    ask_for_retraction(session, retraction=made, content=from_json(bulletin.content), actor=actor, now=now)
    return made


def refuse_proposal(session: Session, *, bulletin_id: int, now: datetime) -> Bulletin:
    """The edition, if its retraction can be proposed now; raises what `propose_retraction` would but for its reason."""
    serialize(session, lock_of(edition(session, bulletin_id)))
    bulletin = edition(session, bulletin_id)
    if bulletin.state != RELEASED:
        raise DomainError("retraction_not_released", period=bulletin.period, edition=bulletin.edition)
    standing = retraction_of(session, bulletin_id)
    if standing is not None and standing.state == DONE:
        raise DomainError("retraction_done_already", period=bulletin.period, edition=bulletin.edition)
    if standing is not None and now < standing.expires_at:
        raise DomainError("retraction_proposed_already", period=bulletin.period, edition=bulletin.edition)
    return bulletin


def agree_retraction(session: Session, *, actor: Actor, retraction_id: int, now: datetime) -> Effect:
    """Another person agrees: the edition is taken back, and what was sent says so; what that changes.

    Errors, each with nothing changed: `not_allowed`, `retraction_unknown`, `retraction_done_already`,
    `retraction_withdrawn_already`, `retraction_own`, `retraction_expired`.
    """
    found, bulletin = _held(session, actor, retraction_id)
    _refuse(found, bulletin, actor, now)
    is_free = (
        (Retraction.id == found.id)
        & (Retraction.state == PROPOSED)
        & (Retraction.proposed_by != actor.person_id)
        & (Retraction.expires_at > now)
    )
    if not _set(session, is_free, {"state": DONE, "agreed_by": actor.person_id, "agreed_at": now}):
        _refuse(retraction(session, found.id), bulletin, actor, now)  # somebody was quicker by a moment
        raise DomainError("retraction_done_already", period=bulletin.period, edition=bulletin.edition)
    done = retraction(session, found.id)
    effect = take_back_messages(session, retraction=done, bulletin=bulletin, now=now)
    counts = {"changed": effect.changed, "called_off": effect.called_off, "told": effect.told}
    _record(session, actor, "agree_retraction", bulletin, done, now=now, **counts)
    tell_of_retraction(session, retraction=done, content=from_json(bulletin.content), actor=actor, now=now)
    return effect


def withdraw_retraction(session: Session, *, actor: Actor, retraction_id: int, now: datetime) -> Retraction:
    """Take the proposal back; anybody of the office may, while nobody has agreed.

    Errors: `not_allowed`, `retraction_unknown`, `retraction_done_already`, `retraction_withdrawn_already`.
    """
    found, bulletin = _held(session, actor, retraction_id)
    if not _set(session, (Retraction.id == found.id) & (Retraction.state == PROPOSED), {"state": WITHDRAWN}):
        raise _over(found, bulletin)
    withdrawn = retraction(session, found.id)
    _record(session, actor, "withdraw_retraction", bulletin, withdrawn, now=now)
    tell_of_retraction(session, retraction=withdrawn, content=from_json(bulletin.content), actor=actor, now=now)
    return withdrawn


def retraction(session: Session, retraction_id: int) -> Retraction:
    """One by its number as it stands now, or `retraction_unknown`."""
    found = session.get(Retraction, retraction_id, populate_existing=True)
    if found is None:
        raise DomainError("retraction_unknown")
    return found


def retraction_of(session: Session, bulletin_id: int) -> Retraction | None:
    """What was proposed or done about an edition; None where nothing was, or it was withdrawn."""
    return session.scalar(
        select(Retraction)
        .where(Retraction.bulletin_id == bulletin_id, Retraction.state != WITHDRAWN)
        .execution_options(populate_existing=True)
    )


def waiting_retractions(session: Session, now: datetime) -> list[Retraction]:
    """Proposals that another person may agree to, the oldest first."""
    return list(
        session.scalars(
            select(Retraction)
            .where(Retraction.state == PROPOSED, Retraction.expires_at > now)
            .order_by(Retraction.id)
            .execution_options(populate_existing=True)
        )
    )


def tidy_reason(written: str) -> str:
    """The reason on one line; `retraction_reason_length` unless 10–300 characters."""
    reason = one_line(written)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise DomainError("retraction_reason_length", length=len(reason), low=SHORTEST_REASON, high=LONGEST_REASON)
    return reason


def _held(session: Session, actor: Actor, retraction_id: int) -> tuple[Retraction, Bulletin]:
    """The proposal and its edition; nobody else changes them until this transaction ends."""
    require(may_propose_release(actor))
    bulletin = edition(session, retraction(session, retraction_id).bulletin_id)
    serialize(session, lock_of(bulletin))
    return retraction(session, retraction_id), bulletin


def _refuse(found: Retraction, bulletin: Bulletin, actor: Actor, now: datetime) -> None:
    if found.state != PROPOSED:
        raise _over(found, bulletin)
    if not may_release(actor, proposed_by=found.proposed_by):
        raise DomainError("retraction_own")
    if now >= found.expires_at:
        raise DomainError("retraction_expired", period=bulletin.period, edition=bulletin.edition)


def _over(found: Retraction, bulletin: Bulletin) -> DomainError:
    if found.state == DONE:
        return DomainError("retraction_done_already", period=bulletin.period, edition=bulletin.edition)
    return DomainError("retraction_withdrawn_already")


def _set(session: Session, condition: ColumnElement[bool], values: dict[str, object]) -> bool:
    """Change a proposal if it stands as `condition` says: that is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(Retraction)
        .where(condition)
        .values(**values)
        .returning(Retraction.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _record(
    session: Session, actor: Actor, action: str, bulletin: Bulletin, about: Retraction, *, now: datetime, **more: int
) -> None:
    """The trail knows a retraction by its number, never by its words."""
    details = {"retraction": about.id, **more}
    record(session, actor=actor.ref, action=action, subject=subject_of(bulletin), now=now, details=details)
