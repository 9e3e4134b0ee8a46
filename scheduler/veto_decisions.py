"""What people do about a veto: propose it, decide it, lift it; with whom to tell, and the bulletin that says otherwise.

Who may do what, and settling again, is `evaluation.vetoes`' to say. A bulletin of the month that was released gets a
corrected edition, to be released by two like any other; a draft is brought up to date.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bulletins.editions import amend
from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.models import Veto
from evaluation.scorecards import settlements
from evaluation.vetoes import decide_veto, lift_veto, propose_veto
from locales.texts import text
from scheduler.veto_notices import tell_of_lifted_veto, tell_of_veto, tell_of_veto_proposal, veto_names

_NOTE_LANGUAGE = "zh"  # a correction's note is one text, as the office writes it


def propose(
    session: Session, *, period: Period, unit_code: str, reason: str, evidence: str, actor: Actor, now: datetime
) -> Veto:
    """Propose it and ask the committee. Errors: those of `vetoes.propose_veto`."""
    veto = propose_veto(
        session, period=period, unit_code=unit_code, reason=reason, evidence=evidence, actor=actor, now=now
    )
    tell_of_veto_proposal(session, veto=veto, actor=actor, now=now)
    return veto


def decide(
    session: Session, *, period: Period, unit_code: str, mark: str, is_upheld: bool, actor: Actor, now: datetime
) -> Veto:
    """Uphold or refuse; where it is upheld, tell the unit. Errors: those of `vetoes.decide_veto`."""
    veto = decide_veto(
        session, period=period, unit_code=unit_code, mark=mark, is_upheld=is_upheld, actor=actor, now=now
    )
    if is_upheld:
        tell_of_veto(session, veto=veto, now=now)
        _amend(session, veto, "vetoes.note.in_force", actor, now)
    return veto


def lift(
    session: Session, *, period: Period, unit_code: str, mark: str, reason: str, actor: Actor, now: datetime
) -> Veto:
    """Take it back and tell the unit. Errors: those of `vetoes.lift_veto`."""
    veto = lift_veto(session, period=period, unit_code=unit_code, mark=mark, reason=reason, actor=actor, now=now)
    tell_of_lifted_veto(session, veto=veto, now=now)
    _amend(session, veto, "vetoes.note.lifted", actor, now)
    return veto


def _amend(session: Session, veto: Veto, key: str, actor: Actor, now: datetime) -> None:
    """The bulletin of a settled month says what holds now."""
    period = Period.parse(veto.period)
    if not period.is_month or veto.period not in {each.period for each in settlements(session)}:
        return
    unit, _ = veto_names(session, veto, _NOTE_LANGUAGE)
    amend(session, period=period, note=text(_NOTE_LANGUAGE, key, unit=unit), actor=actor.ref, now=now)
