"""Questionnaire versions: drafts that may still change, launched ones frozen for ever, looked up by kind of visit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from locales.errors import DomainError
from storage.audit import record
from storage.base import canonical
from storage.database import insert_new
from surveys.definition import parse_questionnaire
from surveys.document import to_document
from surveys.fitness import unfit
from surveys.models import Answer, Invitation, QuestionnaireVersion, Response
from surveys.structure import Questionnaire

_MOST_REMEMBERED = 100
_remembered: dict[str, Questionnaire] = {}  # by digest of the content: the same digest is the same questionnaire


def apply_questionnaire(
    session: Session, *, document: Mapping[str, Any], now: datetime, actor: str = "command_line"
) -> bool:
    """Make a checked document the questionnaire in use for its kinds of visit; False if it is so already.

    A draft is stored beside those in use and may be applied again with other content; applied without `is_draft` it is
    launched. What was launched is frozen: other content under its number raises `questionnaire_version_frozen`. A
    document that was not checked and does not parse, or may not be asked, raises the code of its first finding.
    """
    questionnaire = _parsed(document)
    findings = unfit(questionnaire, file="")
    if findings:
        raise DomainError(findings[0].code, **findings[0].details)
    values = {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "digest": digest_of(questionnaire),
        "content": to_document(questionnaire),
        "kinds": list(questionnaire.kinds),
        "is_draft": questionnaire.is_draft,
        "applied_at": now,
    }
    is_new = insert_new(session, QuestionnaireVersion, values, ["id", "version"])
    if not is_new and not _apply_again(session, questionnaire, values):
        return False
    record(
        session,
        actor=actor,
        action="apply_questionnaire",
        subject=f"questionnaire:{questionnaire.id}:{questionnaire.version}",
        now=now,
        details={
            "digest": values["digest"],
            "kinds": ", ".join(questionnaire.kinds),
            "draft": "yes" if questionnaire.is_draft else "no",
        },
    )
    return True


def for_kind(session: Session, kind: str) -> Questionnaire | None:
    """The questionnaire for a kind of visit: the one applied last among those that serve it."""
    found = in_use(session, kind)
    return load(session, *found) if found is not None else None


def in_use(session: Session, kind: str) -> tuple[str, str] | None:
    """Id and version of the questionnaire for a kind of visit, or None. A draft is never in use."""
    versions = session.execute(
        select(QuestionnaireVersion.id, QuestionnaireVersion.version, QuestionnaireVersion.kinds)
        .where(QuestionnaireVersion.is_draft.is_(False))
        .order_by(
            QuestionnaireVersion.applied_at.desc(),
            QuestionnaireVersion.id.desc(),
            QuestionnaireVersion.version.desc(),
        )
    )
    return next(((id_, version) for id_, version, kinds in versions if kind in kinds), None)


def load(session: Session, questionnaire_id: str, version: str) -> Questionnaire:
    """One version, or `questionnaire_unknown`. Frozen content is parsed once and remembered by its digest."""
    digest = _digest(session, questionnaire_id, version)
    if digest is None:
        raise DomainError("questionnaire_unknown", questionnaire=questionnaire_id, version=version)
    return load_digest(session, questionnaire_id, version, digest)


def load_digest(session: Session, questionnaire_id: str, version: str, digest: str) -> Questionnaire:
    """The same for a caller who has read the digest with something else, as the hot path does."""
    questionnaire = _remembered.get(digest)
    if questionnaire is None:
        content = session.scalars(
            select(QuestionnaireVersion.content).where(
                QuestionnaireVersion.id == questionnaire_id, QuestionnaireVersion.version == version
            )
        ).one()
        questionnaire = _parsed(content)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[digest] = questionnaire
    return questionnaire


def digest_of(questionnaire: Questionnaire) -> str:
    """SHA-256 of the canonical document."""
    return hashlib.sha256(canonical(to_document(questionnaire)).encode()).hexdigest()


def _apply_again(session: Session, questionnaire: Questionnaire, values: Mapping[str, Any]) -> bool:
    """Bring a version that exists to `values`, if it may be changed; False if there is nothing to change."""
    this_version = (QuestionnaireVersion.id == questionnaire.id) & (
        QuestionnaireVersion.version == questionnaire.version
    )
    stored = session.execute(
        select(QuestionnaireVersion.digest, QuestionnaireVersion.is_draft).where(this_version).with_for_update()
    ).one()
    is_same = stored.digest == values["digest"]
    if not stored.is_draft:
        if not is_same:
            raise DomainError(
                "questionnaire_version_frozen", questionnaire=questionnaire.id, version=questionnaire.version
            )
        if all(in_use(session, kind) == (questionnaire.id, questionnaire.version) for kind in questionnaire.kinds):
            return False
    elif is_same:
        return False
    else:
        _forget_trials(session, questionnaire)
    session.execute(update(QuestionnaireVersion).where(this_version).values(**values))
    return True


def _forget_trials(session: Session, questionnaire: Questionnaire) -> None:
    """The answers of testers fit a draft only as it was."""
    invited = select(Invitation.id).where(
        Invitation.questionnaire_id == questionnaire.id, Invitation.questionnaire_version == questionnaire.version
    )
    trials = select(Response.id).where(Response.invitation_id.in_(invited))
    session.execute(delete(Answer).where(Answer.response_id.in_(trials)))
    session.execute(update(Response).where(Response.invitation_id.in_(invited)).values(revision=Response.revision + 1))


def _digest(session: Session, questionnaire_id: str, version: str) -> str | None:
    return session.scalar(
        select(QuestionnaireVersion.digest).where(
            QuestionnaireVersion.id == questionnaire_id, QuestionnaireVersion.version == version
        )
    )


def _parsed(document: Mapping[str, Any]) -> Questionnaire:
    questionnaire, findings = parse_questionnaire(document, file="")
    if questionnaire is None:
        raise DomainError(findings[0].code, **findings[0].details)
    return questionnaire
