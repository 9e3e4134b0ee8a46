"""What the committee is asked about results, and what committee and office are told of its decision (rule 20).

Buttons carry the decision's number and the first digits of the results' digest. Refuses to decide anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.notices import tell
from bulletins.wording import period_name
from consortium.models import Person
from consortium.people import people_with_role
from consortium.periods import Period
from consortium.permissions import COMMITTEE, OFFICE, Actor
from consortium.workdays import local_date
from evaluation.approval_voices import outcome_of
from evaluation.office_models import ResultApproval
from evaluation.result_approvals import (
    APPROVED,
    MARK_DIGITS,
    OPEN,
    approval_of,
    members_silent,
    open_approval,
    open_due_approvals,
)
from locales.texts import text
from outbox.message import Button, Message

CONVERSATION = "q"
LOOK, APPROVE, RETURN = "look", "yes", "back"
"""What these buttons do, in the chat's conversation "q"."""


def put_before_committee(session: Session, *, period: Period, actor: str, now: datetime) -> ResultApproval | None:
    """Open the decision on a settled period where the scheme asks for one, and ask the committee, each member once."""
    found = open_approval(session, period=period, actor=actor, now=now)
    if found is not None and found.state == OPEN:
        ask_committee(session, found=found, now=now)
    return found


def ask_committee(session: Session, *, found: ResultApproval, now: datetime) -> int:
    """Ask every member; how many chats."""
    people = people_with_role(session, COMMITTEE)
    return _tell(session, people, f"approval:{found.id}", lambda language: question(found, language), now)


def remind_committee(session: Session, *, actor: str, now: datetime) -> int:
    """Open what is due, ask whom nobody has asked, and once a day remind those who have not spoken; how many chats."""
    return sum(_remind(session, found, now) for found in open_due_approvals(session, actor=actor, now=now))


def tell_of_quorum(session: Session, *, found: ResultApproval, now: datetime) -> int:
    """Tell the office, once, that enough members have spoken: the decision can be closed."""
    standing = approval_of(session, Period.parse(found.period))
    if standing.id != found.id or not standing.has_quorum:
        return 0

    def message(language: str) -> Message:
        said = text(
            language,
            f"approvals.quorum_{outcome_of(standing)}",
            period=period_name(Period.parse(found.period), language),
            voices=len(standing.voices),
            approving=standing.approving,
        )
        return Message(said, ((_look(found, language),),))

    return _tell(session, people_with_role(session, OFFICE), f"approval-quorum:{found.id}", message, now)


def tell_of_closing(session: Session, *, found: ResultApproval, actor: Actor, now: datetime) -> int:
    """Tell committee and office what was decided, but not whoever closed it."""

    def message(language: str) -> Message:
        key = "approvals.closed_approved" if found.state == APPROVED else "approvals.closed_returned"
        said = text(language, key, period=period_name(Period.parse(found.period), language), by=actor.name)
        return Message(said, ((_look(found, language),),))

    both = {person.id: person for role in (COMMITTEE, OFFICE) for person in people_with_role(session, role)}
    others = [person for person_id, person in sorted(both.items()) if person_id != actor.person_id]
    return _tell(session, others, f"approval-closed:{found.id}", message, now)


def question(found: ResultApproval, language: str, kind: str = "question") -> Message:
    """The question as a member gets it: what is to be decided, and the buttons to look, approve, send back."""
    said = text(
        language,
        f"approvals.{kind}",
        period=period_name(Period.parse(found.period), language),
        digest=found.digest[:MARK_DIGITS],
        quorum=found.quorum,
    )
    if found.asked_why is not None:
        said += "\n" + text(language, "approvals.asked_again", why=found.asked_why)
    mark = found.digest[:MARK_DIGITS]
    approve = Button(text(language, "approvals.approve"), (CONVERSATION, APPROVE, str(found.id), mark))
    back = Button(text(language, "approvals.return"), (CONVERSATION, RETURN, str(found.id), mark))
    return Message(said, ((_look(found, language),), (approve,), (back,)))


def _remind(session: Session, found: ResultApproval, now: datetime) -> int:
    silent, today = members_silent(session, found), local_date(session, now)
    is_new = local_date(session, found.opened_at) == today
    key = f"approval:{found.id}" if is_new else f"approval-remind:{found.id}:{today.isoformat()}"
    kind = "question" if is_new else "reminder"
    return _tell(session, silent, key, lambda language: question(found, language, kind), now)


def _look(found: ResultApproval, language: str) -> Button:
    return Button(text(language, "approvals.look"), (CONVERSATION, LOOK, str(found.id)))


def _tell(
    session: Session, people: Iterable[Person], key: str, message: Callable[[str], Message], now: datetime
) -> int:
    return tell(session, people=people, key=key, kind="notice", message=message, now=now)
