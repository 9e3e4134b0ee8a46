"""What members of the committee say about results, and closing the decision with its minutes 审定纪要 (rule 20).

A member approves or sends back with a reason, and may say otherwise until it is closed. Closing needs the quorum and is
bound to the voices that whoever closes it has seen. Refuses to know screens, and who is told.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from consortium.one_line import one_line
from consortium.periods import Period
from consortium.permissions import Actor, may_close_approval, may_run_season, may_speak_on_results, require
from evaluation.office_models import ApprovalVoice, ResultApproval
from evaluation.result_approvals import (
    APPROVED,
    MARK_DIGITS,
    OPEN,
    RETURN,
    RETURNED,
    Standing,
    approval,
    approval_of,
    is_carried,
    is_superseded,
    lock_of,
    put_before,
    rule_of,
    subject_of,
    voices_of,
)
from evaluation.settled import settlement_of
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize, upsert
from surveys.plain_text import clean_text, is_blank

SHORTEST_WORDS, LONGEST_WORDS = 5, 500  # characters of a reason
LONGEST_MINUTES = 4000


def speak_on_results(
    session: Session, *, approval_id: int, mark: str, says: str, words: str | None, actor: Actor, now: datetime
) -> ResultApproval:
    """One member's word, in the place of the one before; the same again changes nothing.

    `mark` is the digest of the results that were looked at, or its first `MARK_DIGITS`. Errors: `not_allowed`,
    `approval_unknown`, `approval_closed`, `approval_superseded`, and `approval_words_length` for results that go back.
    """
    require(may_speak_on_results(actor))
    said = tidy_words(words) if says == RETURN else None
    found = _held(session, approval_id, mark)
    before = session.get(ApprovalVoice, (found.id, actor.person_id), populate_existing=True)
    if before is not None and (before.says, before.words) == (says, said):
        return found
    values = {"says": says, "words": said, "at": now}
    key = {"approval_id": found.id, "person_id": actor.person_id}
    upsert(session, ApprovalVoice, key | values, conflict=list(key), update=values)
    details = {"says": says, "digest": found.digest[:MARK_DIGITS], "number": found.number}
    record(session, actor=actor.ref, action="speak_on_results", subject=subject_of(found), now=now, details=details)
    return found


def refuse_speaking(session: Session, *, approval_id: int, mark: str, actor: Actor) -> None:
    """Raise what `speak_on_results` would, before somebody writes a reason."""
    require(may_speak_on_results(actor))
    _held(session, approval_id, mark)


def close_approval(
    session: Session, *, approval_id: int, mark: str, minutes: str, actor: Actor, now: datetime
) -> ResultApproval:
    """Close the decision by the voices that were looked at (`voices_mark`), with its minutes.

    Errors: `not_allowed`, `approval_unknown`, `approval_closed`, `approval_superseded`, `approval_no_quorum`,
    `approval_voices_changed`, `approval_minutes_missing`, `approval_minutes_too_long`.
    """
    written = tidy_minutes(minutes)
    found = closable(session, approval_id=approval_id, mark=mark, actor=actor)
    standing = approval_of(session, Period.parse(found.period))
    values = {
        "state": outcome_of(standing), "minutes": written, "closed_by": actor.person_id, "closed_at": now,
    }  # fmt: skip
    closed = session.scalar(
        update(ResultApproval)
        .where(ResultApproval.id == found.id, ResultApproval.state == OPEN)
        .values(**values)
        .returning(ResultApproval.id)
        .execution_options(synchronize_session=False)
    )
    if closed is None:  # somebody was quicker by a moment
        raise DomainError("approval_closed")
    details = {
        "state": values["state"], "approving": standing.approving, "voices": len(standing.voices),
        "quorum": standing.quorum, "digest": found.digest[:MARK_DIGITS], "number": found.number,
    }  # fmt: skip
    record(session, actor=actor.ref, action="close_approval", subject=subject_of(found), now=now, details=details)
    return approval(session, found.id)


def closable(session: Session, *, approval_id: int, mark: str, actor: Actor) -> ResultApproval:
    """The decision that may be closed by these voices now; raises what `close_approval` would but for its minutes."""
    require(may_close_approval(actor))
    found = _held(session, approval_id, None)
    voices = voices_of(session, found.id)
    if len(voices) < found.quorum:
        raise DomainError("approval_no_quorum", voices=len(voices), quorum=found.quorum)
    if voices_mark(session, found) != mark:
        raise DomainError("approval_voices_changed")
    return found


def outcome_of(standing: Standing) -> str:
    """What a decision with these voices comes to: "approved" or "returned"."""
    voices = len(standing.voices)
    carried = is_carried(approving=standing.approving, voices=voices, majority=standing.majority)
    return APPROVED if carried else RETURNED


def ask_again(session: Session, *, period: Period, why: str, actor: Actor, now: datetime) -> ResultApproval:
    """Put results that went back before the committee again as they stand; the office says why.

    Errors: `not_allowed`, `not_settled`, `approval_not_returned`, `approval_words_length`.
    """
    require(may_run_season(actor))
    reason = tidy_words(why)
    serialize(session, f"approval:{period}")
    settlement = settlement_of(session, period)
    standing, rule = approval_of(session, period), rule_of(session, settlement)
    if standing.state != RETURNED or standing.id is None or rule is None:
        raise DomainError("approval_not_returned", period=str(period))
    number = approval(session, standing.id).number + 1
    return put_before(session, settlement, rule, number=number, why=reason, actor=actor.ref, now=now)


def voices_mark(session: Session, found: ResultApproval) -> str:
    """By what a button or form knows the voices: another voice, or another word, has another mark."""
    said = [f"{voice.person_id}\0{voice.says}\0{voice.words or ''}" for voice in voices_of(session, found.id)]
    return hashlib.sha256("\1".join(sorted(said)).encode()).hexdigest()[:MARK_DIGITS]


def tidy_words(written: str | None) -> str:
    """A reason on one line; `approval_words_length` unless 5–500 characters."""
    words = one_line(written or "")
    if not SHORTEST_WORDS <= len(words) <= LONGEST_WORDS:
        raise DomainError("approval_words_length", length=len(words), low=SHORTEST_WORDS, high=LONGEST_WORDS)
    return words


def tidy_minutes(written: str) -> str:
    """Minutes as they may be kept, lines and all; `approval_minutes_missing` or `approval_minutes_too_long`."""
    minutes = clean_text(written) or ""
    if is_blank(minutes):
        raise DomainError("approval_minutes_missing")
    if len(minutes) > LONGEST_MINUTES:
        raise DomainError("approval_minutes_too_long", length=len(minutes), limit=LONGEST_MINUTES)
    return minutes


def _held(session: Session, approval_id: int, mark: str | None) -> ResultApproval:
    """The decision, open and on results as they are settled now; nobody else changes it until this transaction ends."""
    serialize(session, lock_of(approval(session, approval_id)))
    found = approval(session, approval_id)
    if is_superseded(session, found):
        raise DomainError("approval_superseded", period=found.period)
    if found.state != OPEN:
        raise DomainError("approval_closed")
    if mark is not None and (len(mark) < MARK_DIGITS or not found.digest.startswith(mark)):
        raise DomainError("approval_superseded", period=found.period)
    return found
