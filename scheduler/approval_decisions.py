"""What is done about the committee's decision on results, whole: a member speaks, it is closed, it is asked for again;
with the people who are told, all in one transaction.

Who may do what, and what a decision comes to, is `evaluation.approval_voices`' to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.approval_notices import ask_committee, tell_of_closing, tell_of_quorum
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.approval_voices import ask_again, close_approval, speak_on_results
from evaluation.office_models import ResultApproval


def speak(
    session: Session, *, approval_id: int, mark: str, says: str, words: str | None, actor: Actor, now: datetime
) -> ResultApproval:
    """Say it, and tell the office once enough members have spoken. Errors: those of `speak_on_results`."""
    found = speak_on_results(session, approval_id=approval_id, mark=mark, says=says, words=words, actor=actor, now=now)
    tell_of_quorum(session, found=found, now=now)
    return found


def close(
    session: Session, *, approval_id: int, mark: str, minutes: str, actor: Actor, now: datetime
) -> ResultApproval:
    """Close it and tell committee and office. Errors: those of `close_approval`."""
    found = close_approval(session, approval_id=approval_id, mark=mark, minutes=minutes, actor=actor, now=now)
    tell_of_closing(session, found=found, actor=actor, now=now)
    return found


def put_again(session: Session, *, period: Period, why: str, actor: Actor, now: datetime) -> ResultApproval:
    """Put results that went back before the committee again, and ask it. Errors: those of `ask_again`."""
    found = ask_again(session, period=period, why=why, actor=actor, now=now)
    ask_committee(session, found=found, now=now)
    return found
