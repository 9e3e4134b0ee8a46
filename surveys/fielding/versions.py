"""Trying a questionnaire 试答: the versions there are, and links that open one for a day without anything counting.

A draft is tried before it is launched; a launched version may be tried as well. What is answered through a test link
enters no figure and is removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consortium.units import all_units, unit
from locales.errors import DomainError
from locales.texts import LANGUAGES
from surveys.invitations import Invited, invite_aside
from surveys.models import Invitation, QuestionnaireVersion
from surveys.questionnaires import in_use, load
from surveys.structure import Questionnaire

LIFETIME = timedelta(hours=24)
_KIND = "test"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a questionnaire. `serves`: the kinds of visit it is in use for now."""

    questionnaire: Questionnaire
    is_draft: bool
    applied_at: datetime
    serves: tuple[str, ...]
    invited: int


def versions(session: Session) -> list[Version]:
    """Every version of every questionnaire, those applied last first."""
    rows = session.scalars(
        select(QuestionnaireVersion).order_by(
            QuestionnaireVersion.applied_at.desc(), QuestionnaireVersion.id, QuestionnaireVersion.version.desc()
        )
    ).all()
    used = {kind: in_use(session, kind) for row in rows for kind in row.kinds}
    invited = {
        (id_, version): count
        for id_, version, count in session.execute(
            select(Invitation.questionnaire_id, Invitation.questionnaire_version, func.count())
            .where(Invitation.stream != "test")
            .group_by(Invitation.questionnaire_id, Invitation.questionnaire_version)
        )
    }
    return [
        Version(
            questionnaire=load(session, row.id, row.version),
            is_draft=row.is_draft,
            applied_at=row.applied_at,
            serves=tuple(kind for kind in row.kinds if used[kind] == (row.id, row.version)),
            invited=invited.get((row.id, row.version), 0),
        )
        for row in rows
    ]


def make_test_link(
    session: Session,
    *,
    questionnaire: tuple[str, str],
    language: str,
    ticket: str,
    new_id: str,
    actor: str,
    now: datetime,
    unit_code: str | None = None,
) -> Invited:
    """A ticket by which anybody in the office can try a version for a day, as a patient of a unit (the first one).

    Errors: `questionnaire_unknown`, `invitation_language`, `unit_unknown`.
    """
    tried = load(session, *questionnaire)
    if language not in LANGUAGES or language not in tried.languages:
        raise DomainError("invitation_language", value=language[:20])
    units = [unit(session, unit_code)] if unit_code is not None else all_units(session)[:1]
    if not units:
        raise DomainError("unit_unknown", unit="")
    return invite_aside(
        session,
        stream="test",
        unit_code=units[0].code,
        visit=f"test:{new_id}",
        kind=tried.kinds[0] if tried.kinds else _KIND,
        language=language,
        questionnaire=questionnaire,
        lifetime=LIFETIME,
        ticket=ticket,
        new_id=new_id,
        actor=actor,
        now=now,
    )
