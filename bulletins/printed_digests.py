"""Whether the digest that a bulletin prints is that of a settlement of its period, one that stands or was replaced."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.models import Bulletin
from evaluation.models import Settlement, SupersededSettlement
from locales.errors import Finding

_FILE = "database"


def check_printed_digests(session: Session) -> list[Finding]:
    """Every edition prints a digest of the chain (rules 74, 125)."""
    known = {
        (period, digest)
        for table in (Settlement, SupersededSettlement)
        for period, digest in session.execute(select(table.period, table.digest))
    }
    found = session.execute(select(Bulletin.period, Bulletin.edition, Bulletin.content))
    return [
        Finding(_FILE, f"bulletin:{period}/{edition}", "bulletin_digest_unknown")
        for period, edition, content in found
        if not isinstance(content, dict) or (period, content.get("digest")) not in known
    ]
