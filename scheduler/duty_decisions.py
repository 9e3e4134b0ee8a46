"""Duty of the office changing hands, with whom it concerns told (rule 30).

Who may, and who is on duty, is `consortium.duties`' to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consortium.duties import hand_over_duty, take_duty
from consortium.permissions import Actor
from scheduler.duty_notices import tell_of_handover


def take_and_tell(session: Session, *, actor: Actor, now: datetime) -> None:
    """Take over, and tell whoever was on duty. Errors: those of `duties.take_duty`."""
    before = take_duty(session, actor=actor, now=now)
    tell_of_handover(session, to=before, by=actor, occasion="taken", now=now)


def hand_over_and_tell(session: Session, *, to: str, actor: Actor, now: datetime) -> None:
    """Hand over, and tell whoever gets it. Errors: those of `duties.hand_over_duty`."""
    hand_over_duty(session, to=to, actor=actor, now=now)
    tell_of_handover(session, to=to, by=actor, occasion="handed", now=now)
