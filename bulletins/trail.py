"""The trail of an edition: drafted, approved, proposed, released, corrected, taken back; who did it and when.

Read from the audit rows, which say nothing of contents. Refuses to know how a step is put into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.editions import subject_of
from bulletins.models import Bulletin
from consortium.models import Person
from storage.audit import AuditRow

ABOUT_EDITION = (
    "draft_bulletin", "redraft_bulletin", "propose_bulletin", "release_bulletin", "propose_retraction",
    "agree_retraction", "withdraw_retraction",
)  # fmt: skip
ABOUT_RESULTS = ("open_approval", "speak_on_results", "close_approval", "correct_settlement")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done (an action of the trail, with what a voice or a decision said), by whom, when."""

    action: str
    outcome: str
    person: str
    actor: str
    at: datetime


def trail_of(session: Session, bulletin: Bulletin) -> list[Step]:
    """The steps of an edition and of the results it says, the oldest first; those on results up to its release."""
    subjects = {
        subject_of(bulletin): ABOUT_EDITION,
        f"results:{bulletin.period}": ABOUT_RESULTS,
        bulletin.period: ABOUT_RESULTS,
    }
    rows = session.execute(
        select(AuditRow.at, AuditRow.actor, AuditRow.action, AuditRow.subject, AuditRow.details)
        .where(AuditRow.subject.in_(subjects), AuditRow.action.in_((*ABOUT_EDITION, *ABOUT_RESULTS)))
        .order_by(AuditRow.id)
    )
    steps = []
    for row in rows:
        is_of_edition = row.subject == subject_of(bulletin)
        is_later = bulletin.released_at is not None and row.at > bulletin.released_at
        if row.action in subjects[row.subject] and (is_of_edition or not is_later):
            outcome = str(row.details.get("says") or row.details.get("state") or "")
            steps.append(Step(row.action, outcome, _person(session, row.actor), row.actor, row.at))
    return steps


def _person(session: Session, actor: str) -> str:
    """The name behind `person:<id>`; "" for the schedule or the command line."""
    kind, _, person_id = actor.partition(":")
    found = session.get(Person, person_id) if kind == "person" else None
    return found.name if found is not None else ""
