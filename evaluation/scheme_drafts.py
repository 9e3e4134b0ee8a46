"""Schemes to come, as drafts: read from a file, copied from the newest version, looked at, given up.

A draft is checked like any scheme and has no effect on anything: no month is scored by it (rule 116). It becomes the
scheme when its file lies in the configuration and is applied, which is not done here. Rules 27 and 116.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.confined import FAILED, TOO_LARGE, TOO_SLOW, Limits, read_confined
from consortium.one_line import one_line
from consortium.permissions import Actor, may_run_season, require
from evaluation.elements import Scheme
from evaluation.follow_up_models import SchemeDraft
from evaluation.lints import check_scheme
from evaluation.models import SchemeVersion
from evaluation.scheme import parse_scheme
from evaluation.scheme_writing import next_year, plain_document
from locales.errors import DomainError, Finding
from storage.audit import record
from storage.base import canonical

LARGEST_FILE = 512 * 1024
LONGEST_NOTE = 500
MOST_DRAFTS = 50
FILE = "scheme.toml"

_PROGRAM = "evaluation.scheme_program"
_LIMITS = Limits(seconds=1.5, megabytes=256)
_SAID = {TOO_SLOW: "scheme_file_too_slow", TOO_LARGE: "scheme_file_too_slow", FAILED: "scheme_file_not_read"}


def read_scheme_file(content: bytes) -> tuple[dict[str, Any], list[Finding]]:
    """The document of a foreign file and what keeps it from being a scheme; ({}, findings) where it is no document.

    Starts a process: never within a transaction. A document that only breaks bounds comes without findings.
    """
    if not content.strip():
        return {}, [Finding(FILE, "file", "scheme_file_empty")]
    if len(content) > LARGEST_FILE:
        return {}, [Finding(FILE, "file", "scheme_file_too_large", {"limit": LARGEST_FILE // 1024})]
    found, failed = read_confined(_PROGRAM, content, limits=_LIMITS)
    if failed:
        return {}, [Finding(FILE, "file", _SAID[failed])]
    if "document" not in found:
        return {}, [Finding(FILE, "file", found["code"], found["details"])]
    document = plain_document(found["document"])
    _, findings = parse_scheme(document, file=FILE)
    return document, findings


def keep_draft(session: Session, *, document: Mapping[str, Any], note: str, actor: Actor, now: datetime) -> SchemeDraft:
    """Put a well-formed scheme aside as a draft, whatever bounds it breaks.

    Errors: `not_allowed`, `scheme_draft_malformed`, `scheme_draft_without_scheme` (there is none to stand beside),
    `scheme_draft_note_length`, `scheme_drafts_full`.
    """
    require(may_run_season(actor))
    scheme, _ = parse_scheme(document, file=FILE)
    if scheme is None:
        raise DomainError("scheme_draft_malformed")
    written = one_line(note)
    if len(written) > LONGEST_NOTE:
        raise DomainError("scheme_draft_note_length", limit=LONGEST_NOTE)
    if len(drafts(session)) >= MOST_DRAFTS:
        raise DomainError("scheme_drafts_full", limit=MOST_DRAFTS)
    base = _base(session, scheme.year)
    kept = SchemeDraft(
        year=scheme.year,
        version=scheme.version,
        based_year=base.year,
        based_version=base.version,
        content=plain_document(document),
        digest=hashlib.sha256(canonical(document).encode()).hexdigest(),
        note=written,
        made_by=actor.person_id,
        made_at=now,
    )
    session.add(kept)
    session.flush()
    _record(session, "keep_scheme_draft", kept, actor, now)
    return kept


def copy_newest(session: Session, *, actor: Actor, now: datetime) -> SchemeDraft:
    """The newest version as the first of the year after: nothing differs but the year. Errors as of `keep_draft`."""
    require(may_run_season(actor))
    newest = _newest(session)
    return keep_draft(session, document=next_year(newest.content), note="", actor=actor, now=now)


def drafts(session: Session) -> list[SchemeDraft]:
    """Every draft, the newest first."""
    return list(session.scalars(select(SchemeDraft).order_by(SchemeDraft.id.desc())))


def draft_of(session: Session, draft_id: int) -> SchemeDraft:
    """One draft, or `scheme_draft_unknown`."""
    found = session.get(SchemeDraft, draft_id)
    if found is None:
        raise DomainError("scheme_draft_unknown")
    return found


def give_up_draft(session: Session, *, draft_id: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away. Errors: `not_allowed`, `scheme_draft_unknown`."""
    require(may_run_season(actor))
    found = draft_of(session, draft_id)
    _record(session, "give_up_scheme_draft", found, actor, now)
    session.delete(found)
    session.flush()


def scheme_of(draft: SchemeDraft) -> Scheme:
    """The scheme of a draft. What was kept was well-formed; one that is so no longer is `scheme_draft_malformed`."""
    scheme, _ = parse_scheme(draft.content, file=FILE)
    if scheme is None:
        raise DomainError("scheme_draft_malformed")
    return scheme


def lacks(draft: SchemeDraft) -> list[Finding]:
    """What keeps a draft from being applied: every bound and every remark, as `scheme check` finds them."""
    return check_scheme(scheme_of(draft), file=FILE)


def _base(session: Session, year: int) -> SchemeVersion:
    """The version a draft stands beside: the newest of its own or an earlier year, else the newest there is."""
    order = (SchemeVersion.year.desc(), SchemeVersion.version.desc())
    before = session.scalars(select(SchemeVersion).where(SchemeVersion.year <= year).order_by(*order).limit(1)).first()
    return before or _newest(session)


def _newest(session: Session) -> SchemeVersion:
    order = (SchemeVersion.year.desc(), SchemeVersion.version.desc())
    found = session.scalars(select(SchemeVersion).order_by(*order).limit(1)).first()
    if found is None:
        raise DomainError("scheme_draft_without_scheme")
    return found


def _record(session: Session, action: str, draft: SchemeDraft, actor: Actor, now: datetime) -> None:
    details = {"scheme": f"{draft.year}/{draft.version}", "digest": draft.digest}
    record(session, actor=actor.ref, action=action, subject=f"scheme_draft:{draft.id}", now=now, details=details)
