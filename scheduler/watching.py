"""The daily watching (rules 28, 62, 77), and what people do about it: explain, accept, return, say why.

Knows that everybody whom it concerns is told in the same transaction. What is abnormal, outside or missing, and who may
do what, is for `evaluation` to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from consortium.permissions import Actor
from evaluation.abnormal_changes import look_for_changes
from evaluation.alerts import give_reason
from evaluation.feeds import look_for_missing_feeds
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.range_explanations import (
    accept_explanation,
    ask_for_explanations,
    give_explanation,
    return_explanation,
)
from scheduler.watch_notices import (
    remind_of_explanations,
    tell_of_alerts,
    tell_of_asked,
    tell_of_decided,
    tell_of_given,
    tell_of_reason,
)


def watch(session: Session, *, actor: str, now: datetime) -> int:
    """Look at everything once; raise, ask, remind, and tell. How many alerts and explanations are new."""
    alerts = [
        *look_for_changes(session, actor=actor, now=now),
        *look_for_missing_feeds(session, actor=actor, now=now),
    ]
    asked = ask_for_explanations(session, actor=actor, now=now)
    tell_of_alerts(session, alerts=alerts, now=now)
    tell_of_asked(session, asked=asked, now=now)
    remind_of_explanations(session, now=now)
    return len(alerts) + len(asked)


def explain_figure(
    session: Session, *, explanation_id: int, words: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """The unit explains, and the office is told. Errors: those of `give_explanation`."""
    found = give_explanation(session, explanation_id=explanation_id, words=words, actor=actor, now=now)
    tell_of_given(session, found=found, now=now)
    return found


def accept_words(
    session: Session, *, explanation_id: int, mark: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """The office accepts, and the unit is told. Errors: those of `accept_explanation`."""
    found = accept_explanation(session, explanation_id=explanation_id, mark=mark, actor=actor, now=now)
    tell_of_decided(session, found=found, now=now)
    return found


def return_words(
    session: Session, *, explanation_id: int, mark: str, answer: str, actor: Actor, now: datetime
) -> WrittenExplanation:
    """The office returns it with a word, and the unit is told. Errors: those of `return_explanation`."""
    found = return_explanation(
        session, explanation_id=explanation_id, mark=mark, answer=answer, actor=actor, now=now
    )  # fmt: skip
    tell_of_decided(session, found=found, now=now)
    return found


def say_why(session: Session, *, alert_id: int, words: str, actor: Actor, now: datetime) -> Alert:
    """The unit says what lies behind an alert, and the office is told. Errors: those of `give_reason`."""
    found = give_reason(session, alert_id=alert_id, words=words, actor=actor, now=now)
    tell_of_reason(session, alert=found, now=now)
    return found
