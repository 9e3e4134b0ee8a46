"""What must hold in the tables of bulletins at any time; each check names what it found, for `doctor`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.content import document_hash
from bulletins.models import Bulletin, Rendering
from locales.errors import Finding

_FILE = "database"


def check_bulletins(session: Session) -> list[Finding]:
    """Every edition is what its hash says, and no picture of an edition shows another content."""
    found = session.execute(
        select(Bulletin.id, Bulletin.period, Bulletin.edition, Bulletin.content, Bulletin.content_hash)
    )
    findings = [
        Finding(_FILE, f"bulletin:{period}/{edition}", "bulletin_content_differs")
        for _, period, edition, content, content_hash in found.all()
        if document_hash(content) != content_hash
    ]
    pictures = session.execute(
        select(Bulletin.period, Bulletin.edition, Rendering.kind)
        .join(Bulletin, Bulletin.id == Rendering.bulletin_id)
        .where(Bulletin.state == "released", Rendering.content_hash != Bulletin.content_hash)
    )
    return findings + [
        Finding(_FILE, f"bulletin:{period}/{edition}", "bulletin_picture_differs", {"kind": kind})
        for period, edition, kind in pictures
    ]
