"""Settling without peers 不计互评: proposed for a reason, agreed to by two different people of the office.

Knows who has agreed, and that a count comes first: what it finds voids a proposal. The two are a constraint of the
table. Refuses to know how people are asked, and what a month is scored from. Rules 2 and 21.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.one_line import one_line
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from evaluation.models import PeerWaiver, Settlement
from evaluation.refusals import is_counted, refuse_month, round_state
from evaluation.schemes import LOCK
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

SHORTEST_REASON, LONGEST_REASON = 10, 500  # characters
_MARK_DIGITS = 12


def propose_waiver(
    session: Session, *, period: Period, reason: str, proposer: Actor | str, is_round_expected: bool, now: datetime
) -> PeerWaiver:
    """Propose to settle the month without its peer scores. A person of the office who proposes has agreed as the first
    of the two; the command line (a name such as "command_line") has not.

    `is_round_expected`: the month should have had a round, though there is none. Errors: `not_allowed`,
    `waiver_reason_length`, those of `refuse_month`, `waiver_round_counted`, `waiver_no_round`,
    `waiver_proposed_already`, `waiver_agreed_already`.
    """
    if isinstance(proposer, Actor):
        require(may_run_season(proposer))
    written = tidy_reason(reason)
    serialize(session, LOCK)
    refuse_month(session, period, now)
    state = round_state(session, period)
    _refuse_counted(state, period)
    if state is None and not is_round_expected:
        raise DomainError("waiver_no_round", period=str(period))
    person = proposer.person_id if isinstance(proposer, Actor) else None
    by = proposer.ref if isinstance(proposer, Actor) else proposer
    values = {
        "period": str(period), "reason": written, "proposed_by": by, "proposed_at": now,
        "first_by": person, "first_at": now if person is not None else None, "second_by": None, "second_at": None,
    }  # fmt: skip
    if not insert_new(session, PeerWaiver, values, ["period"]):
        standing = waiver_of(session, period)
        assert standing is not None
        code = "waiver_agreed_already" if is_agreed(standing) else "waiver_proposed_already"
        raise DomainError(code, period=str(period))
    made = waiver_of(session, period)
    assert made is not None
    _record(session, by, "propose_waiver", made, now)
    return made


def agree_to_waiver(session: Session, *, period: Period, mark: str, actor: Actor, now: datetime) -> PeerWaiver:
    """One of the office agrees with the proposal that has this mark; with the second one the month may be settled.

    Errors: `not_allowed`, `waiver_over` (withdrawn, or never there), those of `refuse_month`, `waiver_round_counted`,
    `waiver_own_agreement` (the first cannot be the second), `waiver_agreed_already`.
    """
    standing = _standing(session, period, mark, actor, now)
    person = actor.person_id
    is_first = _set(session, standing, PeerWaiver.first_by.is_(None), {"first_by": person, "first_at": now})
    if not is_first:
        is_second = PeerWaiver.second_by.is_(None) & (PeerWaiver.first_by != person)
        if not _set(session, standing, is_second, {"second_by": person, "second_at": now}):
            raise _not_agreed(session, period, person)
    agreed = waiver_of(session, period)
    assert agreed is not None
    _record(session, actor.ref, "agree_to_waiver", agreed, now, place=1 if is_first else 2)
    return agreed


def withdraw_waiver(session: Session, *, period: Period, mark: str, actor: Actor, now: datetime) -> None:
    """Take the proposal back, agreed to or not, as long as the month is not settled. Anybody of the office may.

    Errors: `not_allowed`, `waiver_over`, those of `refuse_month`, `waiver_round_counted`.
    """
    standing = _standing(session, period, mark, actor, now)
    _remove(session, standing)
    _record(session, actor.ref, "withdraw_waiver", standing, now)


def waiver_of(session: Session, period: Period) -> PeerWaiver | None:
    """The proposal of a month as it stands in the table; of a settled month, what it was settled by."""
    return session.get(PeerWaiver, str(period), populate_existing=True)


def standing_waiver(session: Session, period: Period) -> PeerWaiver | None:
    """The proposal that people may still agree to or take back: of a month not settled, its round not counted."""
    found = waiver_of(session, period)
    if found is None or session.get(Settlement, str(period)) is not None:
        return None
    return None if is_counted(round_state(session, period)) else found


def standing_waivers(session: Session) -> list[PeerWaiver]:
    """The same of every month, the oldest month first."""
    periods = session.scalars(
        select(PeerWaiver.period).where(PeerWaiver.period.not_in(select(Settlement.period))).order_by(PeerWaiver.period)
    ).all()
    found = (standing_waiver(session, Period.parse(period)) for period in periods)
    return [each for each in found if each is not None]


def take_up_waiver(session: Session, *, period: Period, state: str | None, actor: str, now: datetime) -> bool:
    """Whether the month that is being settled goes without its peers: two agreed, and no count came first.

    Only for whoever settles, who holds the round in `state`. A proposal that does not come to pass is removed.
    """
    found = waiver_of(session, period)
    if found is None:
        return False
    if is_agreed(found) and not is_counted(state):
        return True
    if is_counted(state) or state is None:
        _remove(session, found)
        _record(session, actor, "void_waiver", found, now)
    return False


def reason_waived(session: Session, period: Period) -> str | None:
    """Why a settled month was settled without its peers; None where it was not."""
    found = waiver_of(session, period)
    return found.reason if found is not None and session.get(Settlement, str(period)) is not None else None


def is_agreed(waiver: PeerWaiver) -> bool:
    """Whether two have agreed."""
    return waiver.second_by is not None


def waiver_mark(waiver: PeerWaiver) -> str:
    """By what a button knows the proposal: another reason, proposer or moment has another mark."""
    moment = waiver.proposed_at.astimezone(UTC).isoformat()
    content = f"{waiver.period}\x00{waiver.reason}\x00{waiver.proposed_by}\x00{moment}"
    return hashlib.sha256(content.encode()).hexdigest()[:_MARK_DIGITS]


def agreed_names(session: Session, waiver: PeerWaiver) -> list[str]:
    """Who has agreed so far, by name."""
    return [person_name(session, each) for each in (waiver.first_by, waiver.second_by) if each is not None]


def proposer_name(session: Session, waiver: PeerWaiver) -> str | None:
    """Who proposed it, by name; None where it was done at the command line."""
    kind, _, person = waiver.proposed_by.partition(":")
    return person_name(session, person) if kind == "person" else None


def person_name(session: Session, person_id: str) -> str:
    """A person's name, or the id of one who is no longer on record."""
    person = session.get(Person, person_id)
    return person.name if person is not None else person_id


def tidy_reason(written: str) -> str:
    """The reason on one line, in normal form, without invisible characters; `waiver_reason_length` unless 10–500."""
    reason = one_line(written)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise DomainError("waiver_reason_length", length=len(reason), low=SHORTEST_REASON, high=LONGEST_REASON)
    return reason


def _standing(session: Session, period: Period, mark: str, actor: Actor, now: datetime) -> PeerWaiver:
    """The proposal with this mark, if something can still be done about it."""
    require(may_run_season(actor))
    serialize(session, LOCK)
    refuse_month(session, period, now)
    found = waiver_of(session, period)
    if found is None or waiver_mark(found) != mark:
        raise DomainError("waiver_over", period=str(period))
    _refuse_counted(round_state(session, period), period)
    return found


def _refuse_counted(state: str | None, period: Period) -> None:
    if is_counted(state):
        raise DomainError("waiver_round_counted", period=str(period))


def _same(waiver: PeerWaiver) -> ColumnElement[bool]:
    return (
        (PeerWaiver.period == waiver.period)
        & (PeerWaiver.proposed_at == waiver.proposed_at)
        & (PeerWaiver.reason == waiver.reason)
    )


def _set(session: Session, waiver: PeerWaiver, condition: ColumnElement[bool], values: dict[str, object]) -> bool:
    """Change the proposal if it stands as `condition` says: that is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(PeerWaiver)
        .where(_same(waiver), condition)
        .values(**values)
        .returning(PeerWaiver.period)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _remove(session: Session, waiver: PeerWaiver) -> None:
    session.execute(delete(PeerWaiver).where(_same(waiver)).execution_options(synchronize_session=False))
    session.expunge(waiver)


def _not_agreed(session: Session, period: Period, person: str) -> DomainError:
    """Why an agreement changed nothing."""
    standing = waiver_of(session, period)
    if standing is None:
        return DomainError("waiver_over", period=str(period))
    if is_agreed(standing):
        return DomainError("waiver_agreed_already", period=str(period))
    assert standing.first_by == person
    return DomainError("waiver_own_agreement", period=str(period))


def _record(session: Session, actor: str, action: str, waiver: PeerWaiver, now: datetime, **details: object) -> None:
    """The trail knows a proposal by its mark, never by its words."""
    details["mark"] = waiver_mark(waiver)
    record(session, actor=actor, action=action, subject=f"settlement:{waiver.period}", now=now, details=details)
