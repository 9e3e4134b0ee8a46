"""Questionnaire versions: applied once, frozen for ever, looked up by kind of visit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locales.errors import DomainError
from storage.audit import record
from storage.base import canonical
from storage.database import insert_new
from surveys.definition import parse_questionnaire
from surveys.models import QuestionnaireVersion
from surveys.structure import Questionnaire, to_document

_MOST_REMEMBERED = 100
_remembered: dict[str, Questionnaire] = {}  # by digest of the content: the same digest is the same questionnaire


def apply_questionnaire(
    session: Session, *, document: Mapping[str, Any], now: datetime, actor: str = "command_line"
) -> bool:
    """Make a checked document the questionnaire in use for its kinds of visit; False if it is so already.

    A version that exists is frozen: other content under its number raises `questionnaire_version_frozen`. A document
    that was not checked and does not parse raises the code of its first finding.
    """
    questionnaire = _parsed(document)
    content = to_document(questionnaire)
    values = {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "digest": digest_of(questionnaire),
        "content": content,
        "kinds": list(questionnaire.kinds),
        "applied_at": now,
    }
    if not insert_new(session, QuestionnaireVersion, values, ["id", "version"]):
        stored = _digest(session, questionnaire.id, questionnaire.version)
        if stored != values["digest"]:
            raise DomainError(
                "questionnaire_version_frozen", questionnaire=questionnaire.id, version=questionnaire.version
            )
        if all(in_use(session, kind) == (questionnaire.id, questionnaire.version) for kind in questionnaire.kinds):
            return False
        session.execute(
            update(QuestionnaireVersion)
            .where(QuestionnaireVersion.id == questionnaire.id, QuestionnaireVersion.version == questionnaire.version)
            .values(applied_at=now)
        )
    record(
        session,
        actor=actor,
        action="apply_questionnaire",
        subject=f"questionnaire:{questionnaire.id}:{questionnaire.version}",
        now=now,
        details={"digest": values["digest"], "kinds": ", ".join(questionnaire.kinds)},
    )
    return True


def for_kind(session: Session, kind: str) -> Questionnaire | None:
    """The questionnaire for a kind of visit: the one applied last among those that serve it."""
    found = in_use(session, kind)
    return load(session, *found) if found is not None else None


def in_use(session: Session, kind: str) -> tuple[str, str] | None:
    """Id and version of the questionnaire for a kind of visit, or None."""
    versions = session.execute(
        select(QuestionnaireVersion.id, QuestionnaireVersion.version, QuestionnaireVersion.kinds).order_by(
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
