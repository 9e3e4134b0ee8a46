"""One-vote veto 一票否决: a unit's score made void for a period, because figures were falsified (rule 36).

Proposed by the office or an auditor with reason and evidence, decided by somebody else of the committee, lifted by the
committee with a reason. In a period that is not settled it acts when it is; a settled one is settled again, and the
others close up. A veto is for just its period: of a month it says nothing of the quarter or the year, for which the
committee may decide apart. Refuses to know who is told.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from consortium.models import Unit
from consortium.one_line import one_line
from consortium.periods import Period
from consortium.permissions import Actor, may_decide_veto, may_propose_veto, require
from evaluation.corrections import resettle
from evaluation.models import Scorecard, Settlement, Veto
from evaluation.schemes import LOCK
from evaluation.vetoed import IN_FORCE, LIFTED, PROPOSED, REFUSED
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

SHORTEST, LONGEST = 10, 500  # characters of a reason, and of what it rests on
_MARK_DIGITS = 12


def propose_veto(
    session: Session, *, period: Period, unit_code: str, reason: str, evidence: str, actor: Actor, now: datetime
) -> Veto:
    """Propose to make a unit's score of a period void. Errors: `not_allowed`, `veto_words_length`,
    `veto_unit_unknown`, `veto_no_scorecard`, `veto_standing` (proposed or in force already).
    """
    require(may_propose_veto(actor))
    written = {"reason": tidy_words(reason, "reason"), "evidence": tidy_words(evidence, "evidence")}
    serialize(session, LOCK)
    _refuse_unit(session, period, unit_code)
    values: dict[str, object] = {
        "period": str(period), "unit_code": unit_code, "state": PROPOSED, **written,
        "proposed_by": actor.person_id, "proposed_at": now, "decided_by": None, "decided_at": None,
        "lifted_by": None, "lifted_at": None, "lifted_why": None,
    }  # fmt: skip
    if not insert_new(session, Veto, values, ["period", "unit_code"]):
        is_over = Veto.state.in_((REFUSED, LIFTED))  # an earlier one is history, and stands in the trail
        if not _set(session, period, unit_code, is_over, values):
            raise DomainError("veto_standing", period=str(period), unit=unit_code)
    made = _standing(session, period, unit_code)
    _record(session, actor, "propose_veto", made, now)
    return made


def decide_veto(
    session: Session, *, period: Period, unit_code: str, mark: str, is_upheld: bool, actor: Actor, now: datetime
) -> Veto:
    """The committee upholds a proposal or refuses it; a settled period is settled again when it is upheld.

    Errors: `not_allowed`, `veto_own_decision`, `veto_over` (decided already, or another proposal by now).
    """
    require(may_decide_veto(actor, proposed_by=None))
    serialize(session, LOCK)
    standing = _marked(session, period, unit_code, mark, PROPOSED)
    if not may_decide_veto(actor, proposed_by=standing.proposed_by):
        raise DomainError("veto_own_decision")
    values = {"state": IN_FORCE if is_upheld else REFUSED, "decided_by": actor.person_id, "decided_at": now}
    if not _set(session, period, unit_code, Veto.state == PROPOSED, values):
        raise DomainError("veto_over", period=str(period))
    decided = _standing(session, period, unit_code)
    _record(session, actor, "decide_veto", decided, now, state=decided.state)
    if is_upheld:
        _settle_again(session, period, unit_code, actor, now)
    return decided


def lift_veto(
    session: Session, *, period: Period, unit_code: str, mark: str, reason: str, actor: Actor, now: datetime
) -> Veto:
    """The committee takes a veto back; a settled period is settled again. Errors: `not_allowed`, `veto_words_length`,
    `veto_over`.
    """
    require(may_decide_veto(actor, proposed_by=None))
    why = tidy_words(reason, "lifting")
    serialize(session, LOCK)
    _marked(session, period, unit_code, mark, IN_FORCE)
    values = {"state": LIFTED, "lifted_by": actor.person_id, "lifted_at": now, "lifted_why": why}
    if not _set(session, period, unit_code, Veto.state == IN_FORCE, values):
        raise DomainError("veto_over", period=str(period))
    lifted = _standing(session, period, unit_code)
    _record(session, actor, "lift_veto", lifted, now)
    _settle_again(session, period, unit_code, actor, now)
    return lifted


def vetoes(session: Session) -> list[Veto]:
    """Every veto, the newest first."""
    return list(session.scalars(select(Veto).order_by(Veto.proposed_at.desc(), Veto.period.desc(), Veto.unit_code)))


def veto_in_force(session: Session, *, period: Period, unit_code: str) -> Veto | None:
    """The veto that makes a unit's score of a period void, or None."""
    found = session.get(Veto, (str(period), unit_code), populate_existing=True)
    return found if found is not None and found.state == IN_FORCE else None


def veto_mark(veto: Veto) -> str:
    """What a button or form carries: another proposal for the same unit and period has another mark."""
    words = (veto.period, veto.unit_code, veto.reason, veto.proposed_at.astimezone(UTC).isoformat())
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:_MARK_DIGITS]


def tidy_words(written: str, field: str) -> str:
    """Words on one line, without invisible characters; `veto_words_length` unless 10–500."""
    words = one_line(written)
    if not SHORTEST <= len(words) <= LONGEST:
        raise DomainError("veto_words_length", field=field, length=len(words), low=SHORTEST, high=LONGEST)
    return words


def _refuse_unit(session: Session, period: Period, unit_code: str) -> None:
    if session.get(Unit, unit_code) is None:
        raise DomainError("veto_unit_unknown", unit=unit_code)
    if session.get(Settlement, str(period)) is not None and session.get(Scorecard, (str(period), unit_code)) is None:
        raise DomainError("veto_no_scorecard", period=str(period), unit=unit_code)


def _marked(session: Session, period: Period, unit_code: str, mark: str, state: str) -> Veto:
    """The veto that somebody looked at, if it still stands so."""
    found = session.get(Veto, (str(period), unit_code), populate_existing=True)
    if found is None or found.state != state or veto_mark(found) != mark:
        raise DomainError("veto_over", period=str(period))
    return found


def _standing(session: Session, period: Period, unit_code: str) -> Veto:
    return session.get_one(Veto, (str(period), unit_code), populate_existing=True)


def _set(
    session: Session, period: Period, unit_code: str, condition: ColumnElement[bool], values: dict[str, object]
) -> bool:
    """Change the veto if it stands as `condition` says: that is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(Veto)
        .where(Veto.period == str(period), Veto.unit_code == unit_code, condition)
        .values(**values)
        .returning(Veto.period)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _settle_again(session: Session, period: Period, unit_code: str, actor: Actor, now: datetime) -> None:
    if session.get(Scorecard, (str(period), unit_code)) is not None:
        resettle(session, period=period, actor=actor.ref, now=now)


def _record(session: Session, actor: Actor, action: str, veto: Veto, now: datetime, **details: object) -> None:
    """The trail knows a veto by its mark, never by its words."""
    details["mark"] = veto_mark(veto)
    subject = f"veto:{veto.period}:{veto.unit_code}"
    record(session, actor=actor.ref, action=action, subject=subject, now=now, details=details)
