"""Acts of the office that two people have to want 双人确认: proposed by one, agreed to by another, done at that moment.

Knows that a proposal is bound to what its proposer was shown, by a digest, and to a day; that the second is never the
first; and that roles are those of the moment. An act that one person is enough for is done at once. Refuses to know
what an act does (`act_plans`, `act_effects`), and chats: whom it tells is `act_notices`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.people import actor_of
from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from locales.errors import DomainError
from scheduler.act_effects import carry_out
from scheduler.act_notices import tell_of_decision, tell_of_proposal
from scheduler.act_plans import DIGEST_DIGITS, Plan, plan_act
from scheduler.models import OfficeAct
from storage.audit import record
from storage.database import serialize

PROPOSED, DONE, REFUSED, WITHDRAWN = "proposed", "done", "refused", "withdrawn"
PROPOSAL_LIFETIME = timedelta(hours=24)

_LOCK = "office_act"


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a decision. `changed`: the act would do something else now than was seen, and was not done."""

    act: OfficeAct
    plan: Plan | None = None
    outcome: Mapping[str, object] = field(default_factory=dict)
    changed: bool = False


def do_act(
    session: Session,
    *,
    command: str,
    subject: str,
    arguments: Mapping[str, str],
    digest: str,
    actor: Actor,
    now: datetime,
) -> tuple[Plan, dict[str, object]]:
    """Do what one person is enough for, if it still is what was shown (`digest`, or its first digits).

    Errors: `not_allowed`, those of `plan_act`, `act_changed`, `act_needs_second`.
    """
    plan = _as_seen(session, command, subject, arguments, digest, actor, now)
    if plan.second is not None:
        raise DomainError("act_needs_second")
    return plan, carry_out(session, plan=plan, actor=actor, now=now)


def propose_act(
    session: Session,
    *,
    command: str,
    subject: str,
    arguments: Mapping[str, str],
    digest: str,
    actor: Actor,
    now: datetime,
) -> OfficeAct:
    """Propose what two have to want, and ask the others of the office; it holds for a day.

    Proposed once more by the same person, unchanged, it is the proposal that stands, and nobody is asked again. Another
    plan of theirs about the same takes the place of what stood, and so does any of what nobody decided in time.
    Errors: `not_allowed`, those of `plan_act`, `act_changed`, `act_needs_nobody`, `act_proposed_by` (another's
    proposal stands).
    """
    plan = _as_seen(session, command, subject, arguments, digest, actor, now)
    if plan.second is None:
        raise DomainError("act_needs_nobody")
    standing = _standing(session, command, str(plan.period))
    if standing is not None:
        is_own, is_over = standing.proposed_by == actor.person_id, now >= standing.expires_at
        if not is_own and not is_over:
            raise DomainError("act_proposed_by", by=name_of(session, standing.proposed_by))
        if is_own and not is_over and standing.digest == plan.digest:
            return standing
        _decide(session, standing, WITHDRAWN, actor, now)
    act = OfficeAct(
        command=command,
        subject=str(plan.period),
        arguments=dict(plan.arguments),
        digest=plan.digest,
        state=PROPOSED,
        proposed_by=actor.person_id,
        proposed_at=now,
        expires_at=now + PROPOSAL_LIFETIME,
    )
    session.add(act)
    session.flush()
    _record(session, actor, "propose_act", act, now)
    tell_of_proposal(session, act=act, plan=plan, actor=actor, now=now)
    return act


def decide_act(session: Session, *, act_id: int, agrees: bool, digest: str, actor: Actor, now: datetime) -> Decision:
    """Agree, and it is done; or refuse, which for the proposer is taking it back.

    If it would do something else now, it is not done: the proposal is over, and the proposer is told. Errors:
    `not_allowed`, `act_over`, `act_expired`, `act_own`.
    """
    require(may_run_season(actor))
    serialize(session, _LOCK)
    act = standing_act(session, act_id)
    is_own = act.proposed_by == actor.person_id
    if not agrees:
        _decide(session, act, WITHDRAWN if is_own else REFUSED, actor, now)
        _record(session, actor, "withdraw_act" if is_own else "refuse_act", act, now)
        tell_of_decision(session, act=act, actor=actor, occasion="refused", now=now)
        return Decision(act)
    if is_own:
        raise DomainError("act_own")
    if now >= act.expires_at:
        raise DomainError("act_expired")
    if not may_run_season(actor_of(session, act.proposed_by)):
        raise DomainError("act_over")
    plan = _plan_if_any(session, act, now)
    is_seen = len(digest) >= DIGEST_DIGITS and act.digest.startswith(digest)
    if plan is None or plan.digest != act.digest or not is_seen:
        _decide(session, act, REFUSED, actor, now)
        _record(session, actor, "refuse_act", act, now, reason="changed")
        tell_of_decision(session, act=act, actor=actor, occasion="changed", now=now)
        return Decision(act, plan, changed=True)
    _decide(session, act, DONE, actor, now)
    _record(session, actor, "agree_to_act", act, now)
    outcome = carry_out(session, plan=plan, actor=actor, now=now)
    tell_of_decision(session, act=act, actor=actor, occasion="done", now=now)
    return Decision(act, plan, outcome)


def standing_act(session: Session, act_id: int) -> OfficeAct:
    """A proposal that waits for somebody's word, whether or not its day is over; else `act_over`."""
    act = session.get(OfficeAct, act_id, populate_existing=True)
    if act is None or act.state != PROPOSED:
        raise DomainError("act_over")
    return act


def standing_acts(session: Session, *, now: datetime) -> list[OfficeAct]:
    """The proposals that somebody may still agree to, the oldest first."""
    found = select(OfficeAct).where(OfficeAct.state == PROPOSED, OfficeAct.expires_at > now).order_by(OfficeAct.id)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def plan_of_act(session: Session, act: OfficeAct, *, now: datetime) -> Plan:
    """What the proposal would do now. Errors: those of `plan_act`."""
    return plan_act(session, command=act.command, period=Period.parse(act.subject), arguments=_arguments(act), now=now)


def name_of(session: Session, person_id: str) -> str:
    """A person's name, or their id if they are not on record any more."""
    person = session.get(Person, person_id)
    return person.name if person is not None else person_id


def _as_seen(  # noqa: PLR0917 - what a button carries, and who taps it when
    session: Session,
    command: str,
    subject: str,
    arguments: Mapping[str, str],
    digest: str,
    actor: Actor,
    now: datetime,
) -> Plan:
    require(may_run_season(actor))
    serialize(session, _LOCK)
    plan = plan_act(session, command=command, period=Period.parse(subject), arguments=arguments, now=now)
    if len(digest) < DIGEST_DIGITS or not plan.digest.startswith(digest):
        raise DomainError("act_changed")
    return plan


def _plan_if_any(session: Session, act: OfficeAct, now: datetime) -> Plan | None:
    """The plan as it is now; None where the act cannot be done any more."""
    try:
        return plan_of_act(session, act, now=now)
    except DomainError:
        return None


def _standing(session: Session, command: str, subject: str) -> OfficeAct | None:
    return session.scalar(
        select(OfficeAct)
        .where(OfficeAct.command == command, OfficeAct.subject == subject, OfficeAct.state == PROPOSED)
        .execution_options(populate_existing=True)
    )


def _decide(session: Session, act: OfficeAct, state: str, actor: Actor, now: datetime) -> None:
    """Take the one step out of `proposed`; of two who decide at once, one comes late: `act_over`."""
    is_standing: ColumnElement[bool] = (OfficeAct.id == act.id) & (OfficeAct.state == PROPOSED)
    changed = session.scalar(
        update(OfficeAct)
        .where(is_standing)
        .values(state=state, decided_by=actor.person_id, decided_at=now)
        .returning(OfficeAct.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise DomainError("act_over")
    session.refresh(act)


def _arguments(act: OfficeAct) -> dict[str, str]:
    return {name: str(value) for name, value in act.arguments.items()}


def _record(session: Session, actor: Actor, action: str, act: OfficeAct, now: datetime, **details: object) -> None:
    about = {"command": act.command, "digest": act.digest[:DIGEST_DIGITS]}
    record(session, actor=actor.ref, action=action, subject=f"act:{act.subject}", now=now, details=about | details)
