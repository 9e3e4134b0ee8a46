"""The committee's decision on results 结果审定: whether a period needs one, and how it stands (rule 20).

Knows the rule of the scheme, and that a decision is about the figures as they are settled: a corrected settlement needs
another one. Refuses to know who is told; what members say and how a decision is closed is `evaluation.approval_voices`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import COMMITTEE
from evaluation.elements import TWO_THIRDS, Approval
from evaluation.models import SchemeVersion, Settlement
from evaluation.office_models import ApprovalVoice, ResultApproval
from evaluation.schemes import scheme_version
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

OPEN, APPROVED, RETURNED = "open", "approved", "returned"
NOT_NEEDED, NOT_ASKED = "not_needed", "not_asked"
APPROVE, RETURN = ("approve", "return")
MARK_DIGITS = 12
"""How much of a settlement's digest a button carries."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one member said, when, and why where the results go back."""

    person_id: str
    name: str
    says: str
    words: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the decision on the results of a period stands, as they are settled now.

    `state` is "not_needed" (the scheme does not ask, or nothing is settled), "not_asked" (it is not opened yet),
    "open", "approved" or "returned"; `id` and `digest` name what is decided upon, where it was opened.
    """

    needed: bool
    state: str
    quorum: int
    voices: tuple[Voice, ...] = ()
    majority: str = ""
    id: int | None = None
    digest: str = ""

    @property
    def approving(self) -> int:
        """How many of the voices approve."""
        return sum(voice.says == APPROVE for voice in self.voices)

    @property
    def has_quorum(self) -> bool:
        return len(self.voices) >= self.quorum


def is_carried(*, approving: int, voices: int, majority: str) -> bool:
    """Whether so many of the voices approve the results: more than half, or two thirds of them or more. PURE."""
    return 3 * approving >= 2 * voices > 0 if majority == TWO_THIRDS else 2 * approving > voices


def approval_of(session: Session, period: Period) -> Standing:
    """How the decision on a period stands."""
    settlement = session.get(Settlement, str(period), populate_existing=True)
    rule = rule_of(session, settlement) if settlement is not None else None
    if settlement is None or rule is None:
        return Standing(needed=False, state=NOT_NEEDED, quorum=0)
    found = _newest(session, settlement.period, settlement.digest)
    if found is None:
        return Standing(True, NOT_ASKED, rule.quorum, majority=rule.majority, digest=settlement.digest)
    return Standing(
        True, found.state, found.quorum, voices_of(session, found.id), rule.majority, found.id, found.digest
    )


def refuse_unapproved(session: Session, period: Period) -> None:
    """`result_not_approved` where the scheme asks for the committee's decision and these results have none."""
    standing = approval_of(session, period)
    if standing.needed and standing.state != APPROVED:
        raise DomainError("result_not_approved", period=str(period))


def open_approval(session: Session, *, period: Period, actor: str, now: datetime) -> ResultApproval | None:
    """Put the results as they are settled before the committee, if the scheme asks and they are not yet; the decision
    that stands, None where none is asked for. Errors: none; a period that is not settled has nothing to decide on.
    """
    serialize(session, _lock(period))
    settlement = session.get(Settlement, str(period), populate_existing=True)
    rule = rule_of(session, settlement) if settlement is not None else None
    if settlement is None or rule is None:
        return None
    found = _newest(session, settlement.period, settlement.digest)
    return found or put_before(session, settlement, rule, number=1, why=None, actor=actor, now=now)


def put_before(
    session: Session, settlement: Settlement, rule: Approval, *, number: int, why: str | None, actor: str, now: datetime
) -> ResultApproval:
    """A decision of this number on the results as settled, open; the one that is there if somebody was quicker."""
    values = {
        "period": settlement.period, "digest": settlement.digest, "number": number, "asked_why": why,
        "quorum": rule.quorum, "state": OPEN, "opened_by": actor, "opened_at": now,
    }  # fmt: skip
    is_new = insert_new(session, ResultApproval, values, ["period", "digest", "number"])
    made = _newest(session, settlement.period, settlement.digest)
    assert made is not None
    if is_new:
        details = {"digest": made.digest[:MARK_DIGITS], "number": made.number, "quorum": made.quorum}
        record(session, actor=actor, action="open_approval", subject=subject_of(made), now=now, details=details)
    return made


def open_due_approvals(session: Session, *, actor: str, now: datetime) -> list[ResultApproval]:
    """Every decision that is open on results as they are settled now, opened here where it was not; oldest first."""
    asking = {
        (year, version)
        for year, version in session.execute(select(SchemeVersion.year, SchemeVersion.version))
        if scheme_version(session, year=year, version=version).approval is not None
    }
    rows = session.execute(
        select(Settlement.period, Settlement.scheme_year, Settlement.scheme_version).order_by(Settlement.sequence)
    ).all()
    for period, year, version in rows:
        if (year, version) in asking:
            open_approval(session, period=Period.parse(period), actor=actor, now=now)
    return open_approvals(session)


def open_approvals(session: Session) -> list[ResultApproval]:
    """Decisions that wait, on results as they are settled now; the oldest first."""
    return list(
        session.scalars(
            select(ResultApproval)
            .join(
                Settlement,
                (Settlement.period == ResultApproval.period) & (Settlement.digest == ResultApproval.digest),
            )
            .where(ResultApproval.state == OPEN)
            .order_by(ResultApproval.id)
            .execution_options(populate_existing=True)
        )
    )


def all_approvals(session: Session) -> list[ResultApproval]:
    """Every decision there was, the newest first."""
    return list(session.scalars(select(ResultApproval).order_by(ResultApproval.id.desc())))


def approval(session: Session, approval_id: int) -> ResultApproval:
    """One decision as it stands now, or `approval_unknown`."""
    found = session.get(ResultApproval, approval_id, populate_existing=True)
    if found is None:
        raise DomainError("approval_unknown")
    return found


def is_superseded(session: Session, found: ResultApproval) -> bool:
    """Whether the results were corrected, or put before the committee anew, after this decision was opened."""
    digest = session.scalar(select(Settlement.digest).where(Settlement.period == found.period))
    newest = _newest(session, found.period, found.digest)
    return digest != found.digest or (newest is not None and newest.id != found.id)


def voices_of(session: Session, approval_id: int) -> tuple[Voice, ...]:
    """Everybody who spoke, in the order of their last word."""
    rows = session.execute(
        select(ApprovalVoice.person_id, Person.name, ApprovalVoice.says, ApprovalVoice.words, ApprovalVoice.at)
        .join(Person, Person.id == ApprovalVoice.person_id)
        .where(ApprovalVoice.approval_id == approval_id)
        .order_by(ApprovalVoice.at, ApprovalVoice.person_id)
    )
    return tuple(Voice(*row) for row in rows)


def members_silent(session: Session, found: ResultApproval) -> list[Person]:
    """Members of the committee who have not spoken."""
    spoken = set(session.scalars(select(ApprovalVoice.person_id).where(ApprovalVoice.approval_id == found.id)))
    return [person for person in people_with_role(session, COMMITTEE) if person.id not in spoken]


def waiting_for(session: Session, person_id: str) -> Sequence[ResultApproval]:
    """Decisions on which this member has not spoken."""
    spoken = select(ApprovalVoice.approval_id).where(ApprovalVoice.person_id == person_id)
    known = set(session.scalars(spoken))
    return [each for each in open_approvals(session) if each.id not in known]


def rule_of(session: Session, settlement: Settlement) -> Approval | None:
    """What the scheme that a period was scored by asks for; None where it asks for no decision."""
    return scheme_version(session, year=settlement.scheme_year, version=settlement.scheme_version).approval


def subject_of(found: ResultApproval) -> str:
    """How the trail names a decision."""
    return f"results:{found.period}"


def lock_of(found: ResultApproval) -> str:
    """What whoever changes a decision on these results waits for."""
    return _lock(Period.parse(found.period))


def _newest(session: Session, period: str, digest: str) -> ResultApproval | None:
    newest = select(func.max(ResultApproval.number)).where(
        ResultApproval.period == period, ResultApproval.digest == digest
    )
    return session.scalar(
        select(ResultApproval)
        .where(ResultApproval.period == period, ResultApproval.digest == digest)
        .where(ResultApproval.number == newest.scalar_subquery())
        .execution_options(populate_existing=True)
    )


def _lock(period: Period) -> str:
    return f"approval:{period}"
