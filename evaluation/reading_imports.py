"""Tables of readings that were looked over on a page and wait for a yes: the very bytes, for two hours.

What is confirmed is what was looked over, and it is held against the record once more. Refuses to read a table.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from evaluation.models import ReadingImport
from locales.errors import DomainError
from storage.audit import record

LIFETIME = timedelta(hours=2)


def keep_table(session: Session, *, content: bytes, new_id: str, actor: str, now: datetime) -> str:
    """Put a table aside and return its digest; what the same person put aside before and did not import gives way."""
    gone = (ReadingImport.made_by == actor) | (ReadingImport.expires_at <= now)
    session.execute(delete(ReadingImport).where(gone, ReadingImport.imported_at.is_(None)))
    digest = hashlib.sha256(content).hexdigest()
    session.add(
        ReadingImport(
            id=new_id, file_digest=digest, content=content, created_at=now, expires_at=now + LIFETIME, made_by=actor,
            imported_at=None,
        )
    )  # fmt: skip
    session.flush()
    record(session, actor=actor, action="keep_reading_table", subject=f"readings:{new_id}", now=now,
           details={"digest": digest})  # fmt: skip
    return digest


def kept_table(session: Session, *, import_id: str, actor: str, now: datetime) -> bytes:
    """The bytes that were put aside; `reading_table_gone` where they are not there for this person any more."""
    return _kept(session, import_id, actor, now)[1]


def close_table(session: Session, *, import_id: str, actor: str, now: datetime) -> None:
    """The table has been imported: its bytes are forgotten, and a second yes finds nothing."""
    kept, _ = _kept(session, import_id, actor, now)
    kept.content, kept.imported_at = None, now
    session.flush()


def _kept(session: Session, import_id: str, actor: str, now: datetime) -> tuple[ReadingImport, bytes]:
    kept = session.get(ReadingImport, import_id[:40], with_for_update=True, populate_existing=True)
    if kept is None or kept.made_by != actor or kept.content is None or now >= kept.expires_at:
        raise DomainError("reading_table_gone")
    if hashlib.sha256(kept.content).hexdigest() != kept.file_digest:
        raise DomainError("reading_table_gone")
    return kept, kept.content
