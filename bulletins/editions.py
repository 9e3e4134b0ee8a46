"""Editions 版次 of the bulletin: drafted, proposed by one person, released by another, corrected by a new edition.

Knows who may do what when. A proposal is bound to the person who made it, to the content by its hash, and to a day;
it needs the results as they are settled, and where the scheme asks the committee's approval (rule 20). A released
edition never changes. Refuses to know how a bulletin reads or looks; what a release owes to the groups is
`bulletins.publication`, taking one back `bulletins.retractions`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bulletins.approval_notices import put_before_committee
from bulletins.content import BulletinContent, document_hash, from_json, to_json
from bulletins.content import content_hash as hash_of
from bulletins.gathering import gather
from bulletins.models import Bulletin
from bulletins.publication import owe_to_groups
from bulletins.release_notices import HASH_DIGITS, ask_for_release
from bulletins.sent_editions import mark_corrected
from bulletins.wording import plain_text
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, may_propose_release, may_release, require
from evaluation.result_approvals import refuse_unapproved
from evaluation.settled import settlement_of
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

DRAFT, PROPOSED, RELEASED = "draft", "proposed", "released"
PROPOSAL_LIFETIME = timedelta(hours=24)
LONGEST_NOTE = 500


def draft(session: Session, *, period: Period, actor: str, now: datetime) -> Bulletin:
    """The draft of a settled month, made if there is none; `not_settled` otherwise. Where the scheme asks for it, the
    results are put before the committee.

    Again: the same edition. If what it draws from reads otherwise now (a unit's name, for instance), an edition that
    is not released yet takes the new content, and a proposal of the old one is void.
    """
    serialize(session, _lock(period))
    standing = latest(session, period)
    put_before_committee(session, period=period, actor=actor, now=now)
    if standing is None:
        return _new_edition(session, gather(session, period=period, edition=1), actor, now)
    if standing.state != RELEASED:
        _refresh(session, standing, actor, now)
    return edition(session, standing.id)


def correct(session: Session, *, period: Period, actor: Actor, note: str, now: datetime) -> Bulletin:
    """A new edition that says what it corrects; the released one stays in the archive.

    Errors: `not_allowed`, `bulletin_note_missing`, `bulletin_note_too_long`, `bulletin_unknown`, and
    `bulletin_not_released` while the latest edition can still be changed itself.
    """
    require(may_propose_release(actor))
    cleaned = plain_text(note)
    if not cleaned:
        raise DomainError("bulletin_note_missing")
    if len(cleaned) > LONGEST_NOTE:
        raise DomainError("bulletin_note_too_long", limit=LONGEST_NOTE)
    serialize(session, _lock(period))
    standing = latest(session, period)
    if standing is None:
        raise DomainError("bulletin_unknown")
    if standing.state != RELEASED:
        raise DomainError("bulletin_not_released", period=str(period), edition=standing.edition)
    content = gather(session, period=period, edition=standing.edition + 1, note=cleaned)
    put_before_committee(session, period=period, actor=actor.ref, now=now)
    return _new_edition(session, content, actor.ref, now)


def amend(session: Session, *, period: Period, note: str, actor: str, now: datetime) -> Bulletin | None:
    """After figures of the month were corrected: a new edition with this note where one was released, else the draft
    brought up to date, its note the longer; None where the month has no bulletin yet.
    """
    serialize(session, _lock(period))
    put_before_committee(session, period=period, actor=actor, now=now)
    standing = latest(session, period)
    if standing is None:
        return None
    if standing.state == RELEASED:
        content = gather(session, period=period, edition=standing.edition + 1, note=plain_text(note))
        return _new_edition(session, content, actor, now)
    longer = f"{standing.note}\n{plain_text(note)}" if standing.note else standing.note
    _refresh(session, standing, actor, now, note=longer)
    return edition(session, standing.id)


def propose(session: Session, *, actor: Actor, bulletin_id: int, now: datetime) -> Bulletin:
    """Propose the release and ask the others of the office for theirs; the proposal holds for a day.

    Errors: `not_allowed`, `bulletin_unknown`, `bulletin_already_proposed`, `bulletin_already_released`,
    `bulletin_results_changed` (corrected since, and this edition does not say so), `result_not_approved`.
    """
    require(may_propose_release(actor))
    seen = edition(session, bulletin_id)
    serialize(session, lock_of(seen))
    if seen.state != RELEASED:
        _refuse_results(session, seen)
    is_free = (Bulletin.state == DRAFT) | ((Bulletin.state == PROPOSED) & (Bulletin.expires_at <= now))
    expires_at = now + PROPOSAL_LIFETIME
    values = {"state": PROPOSED, "proposed_by": actor.person_id, "proposed_at": now, "expires_at": expires_at}
    if not _step(session, bulletin_id, is_free, values):
        raise _not_proposed(session, edition(session, bulletin_id))
    proposed = edition(session, bulletin_id)
    details = {"hash": proposed.content_hash, "expires_at": expires_at.isoformat()}
    record(session, actor=actor.ref, action="propose_bulletin", subject=subject_of(proposed), now=now, details=details)
    ask_for_release(session, bulletin=proposed, content=content_of(proposed), actor=actor, now=now)
    return proposed


def release(session: Session, *, actor: Actor, bulletin_id: int, content_hash: str, now: datetime) -> int:
    """Release what another person has proposed; the number of deliveries now owed to the groups.

    `content_hash` is the hash of what the releasing person saw, or at least its first `HASH_DIGITS` digits. Errors,
    each with nothing changed: `not_allowed`, `bulletin_unknown`, `bulletin_already_released`, `bulletin_not_proposed`,
    `bulletin_own_proposal`, `bulletin_changed`, `bulletin_proposal_expired`, `bulletin_results_changed`,
    `result_not_approved`.
    """
    require(OFFICE in actor.roles)
    serialize(session, lock_of(edition(session, bulletin_id)))
    seen = edition(session, bulletin_id)
    _refuse_release(session, seen, actor, content_hash, now)
    is_as_seen = (
        (Bulletin.state == PROPOSED)
        & (Bulletin.content_hash == seen.content_hash)
        & (Bulletin.proposed_by != actor.person_id)
        & (Bulletin.expires_at > now)
    )
    values = {"state": RELEASED, "released_by": actor.person_id, "released_at": now}
    if not _step(session, bulletin_id, is_as_seen, values):  # somebody was quicker by a moment
        _refuse_release(session, edition(session, bulletin_id), actor, content_hash, now)
        raise DomainError("bulletin_changed")
    released_now = edition(session, bulletin_id)
    deliveries = owe_to_groups(session, released_now.id, content_of(released_now), now)
    mark_corrected(session, by=released_now, now=now)
    details = {"hash": released_now.content_hash, "deliveries": deliveries}
    record(
        session, actor=actor.ref, action="release_bulletin", subject=subject_of(released_now), now=now, details=details
    )
    return deliveries


def edition(session: Session, bulletin_id: int) -> Bulletin:
    """One edition by its id as it stands now, or `bulletin_unknown`."""
    found = session.get(Bulletin, bulletin_id, populate_existing=True)
    if found is None:
        raise DomainError("bulletin_unknown")
    return found


def content_of(bulletin: Bulletin) -> BulletinContent:
    """What an edition says."""
    return from_json(bulletin.content)


def latest(session: Session, period: Period) -> Bulletin | None:
    """The newest edition of a month, in whatever state; None if there is none."""
    return session.scalar(
        select(Bulletin)
        .where(Bulletin.period == str(period))
        .order_by(Bulletin.edition.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def released(session: Session) -> list[Bulletin]:
    """Every released edition, the newest month first and the newest edition first: the archive."""
    return list(
        session.scalars(
            select(Bulletin).where(Bulletin.state == RELEASED).order_by(Bulletin.period.desc(), Bulletin.edition.desc())
        )
    )


def waiting(session: Session) -> list[Bulletin]:
    """Editions that wait for somebody: drafts and proposals, oldest first."""
    return list(session.scalars(select(Bulletin).where(Bulletin.state != RELEASED).order_by(Bulletin.id)))


def _new_edition(session: Session, content: BulletinContent, actor: str, now: datetime) -> Bulletin:
    values: dict[str, Any] = {
        "period": content.period, "edition": content.edition, "state": DRAFT, "content": to_json(content),
        "content_hash": hash_of(content), "note": content.note, "created_by": actor, "created_at": now,
    }  # fmt: skip
    is_new = insert_new(session, Bulletin, values, ["period", "edition"])
    made = session.scalars(
        select(Bulletin).where(Bulletin.period == content.period, Bulletin.edition == content.edition)
    ).one()
    if is_new:
        record(
            session,
            actor=actor,
            action="draft_bulletin",
            subject=subject_of(made),
            now=now,
            details={"hash": made.content_hash},
        )
    return made


def _refresh(session: Session, standing: Bulletin, actor: str, now: datetime, *, note: str | None = None) -> None:
    """Bring an unreleased edition to what it draws from as it is now; the same again changes nothing. A `note` takes
    the place of its own.
    """
    said = note or standing.note
    content = gather(session, period=Period.parse(standing.period), edition=standing.edition, note=said)
    if hash_of(content) == standing.content_hash:
        return
    values = {
        "state": DRAFT, "content": to_json(content), "content_hash": hash_of(content),
        "note": said, "proposed_by": None, "proposed_at": None, "expires_at": None,
    }  # fmt: skip
    if _step(session, standing.id, Bulletin.state != RELEASED, values):
        record(
            session,
            actor=actor,
            action="redraft_bulletin",
            subject=subject_of(standing),
            now=now,
            details={"hash": hash_of(content)},
        )


def _step(session: Session, bulletin_id: int, condition: ColumnElement[bool], values: dict[str, Any]) -> bool:
    """Change an edition if it stands as `condition` says: the condition is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(Bulletin)
        .where(Bulletin.id == bulletin_id, condition)
        .values(**values)
        .returning(Bulletin.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _refuse_release(session: Session, bulletin: Bulletin, actor: Actor, seen_hash: str, now: datetime) -> None:
    """Say why an edition cannot be released by this person, from the gravest reason to the smallest."""
    if bulletin.state == RELEASED:
        raise _already_released(session, bulletin)
    if bulletin.state == DRAFT:
        raise DomainError("bulletin_not_proposed", period=bulletin.period, edition=bulletin.edition)
    if not may_release(actor, proposed_by=bulletin.proposed_by):
        raise DomainError("bulletin_own_proposal")
    is_seen = len(seen_hash) >= HASH_DIGITS and bulletin.content_hash.startswith(seen_hash)
    if not is_seen or document_hash(bulletin.content) != bulletin.content_hash:
        raise DomainError("bulletin_changed")
    if bulletin.expires_at is None or now >= bulletin.expires_at:
        raise DomainError("bulletin_proposal_expired", period=bulletin.period, edition=bulletin.edition)
    _refuse_results(session, bulletin)


def _refuse_results(session: Session, bulletin: Bulletin) -> None:
    """An edition says the figures as they are settled, and they are approved where the scheme asks for it."""
    period = Period.parse(bulletin.period)
    if settlement_of(session, period).digest != bulletin.content["digest"]:
        raise DomainError("bulletin_results_changed", period=bulletin.period, edition=bulletin.edition)
    refuse_unapproved(session, period)


def _not_proposed(session: Session, bulletin: Bulletin) -> DomainError:
    if bulletin.state == RELEASED:
        return _already_released(session, bulletin)
    return DomainError("bulletin_already_proposed", by=_name(session, bulletin.proposed_by))


def _already_released(session: Session, bulletin: Bulletin) -> DomainError:
    by = _name(session, bulletin.released_by)
    return DomainError("bulletin_already_released", period=bulletin.period, edition=bulletin.edition, by=by)


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def subject_of(bulletin: Bulletin) -> str:
    """How the trail names an edition."""
    return f"bulletin:{bulletin.period}:{bulletin.edition}"


def lock_of(bulletin: Bulletin) -> str:
    """What whoever changes editions of its month waits for."""
    return _lock(Period.parse(bulletin.period))


def _lock(period: Period) -> str:
    return f"bulletin:{period}"
