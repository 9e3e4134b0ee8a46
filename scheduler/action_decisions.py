"""What people do about actions, with whom it concerns told: the unit plans and reports, the office opens and cancels.

Who may do what, and when it is too late, is `evaluation.actions`' to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor
from evaluation.actions import cancel_action, finish_action, open_action, plan_action
from evaluation.office_models import Action
from scheduler.action_notices import tell_office, tell_unit

PLAN, DONE, CANCEL = ACTS = ("plan", "done", "cancel")


def act_on(session: Session, *, act: str, action_id: int, words: str, actor: Actor, now: datetime) -> Action:
    """One of `ACTS`, with its words. Errors: those of `evaluation.actions`."""
    if act == PLAN:
        return plan_action(session, action_id=action_id, words=words, actor=actor, now=now)
    if act == DONE:
        found = finish_action(session, action_id=action_id, words=words, actor=actor, now=now)
        tell_office(session, found, "done", f"{found.rounds}", now)
        return found
    found = cancel_action(session, action_id=action_id, reason=words, actor=actor, now=now)
    tell_unit(session, found, "cancelled", "-", now)
    return found


def open_and_tell(
    session: Session, *, unit_code: str, indicator: str, period: Period, words: str, workdays: int, actor: Actor,
    now: datetime,
) -> Action:  # fmt: skip
    """The office opens one, and the unit is told. Errors: those of `actions.open_action`."""
    found = open_action(
        session, unit_code=unit_code, indicator=indicator, period=period, words=words, workdays=workdays, actor=actor,
        now=now,
    )  # fmt: skip
    tell_unit(session, found, "opened", "-", now)
    return found
