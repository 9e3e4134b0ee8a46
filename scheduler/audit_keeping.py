"""How long the audit trail is kept: what is older than the configuration says goes, day by day.

Six months are the least that the law asks for, and the configuration refuses less. Some acts stay as long as what they
prove: `verify` holds settlements and schemes against them, and the story of a figure is told from them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consortium.definition import AUDIT_DAYS, KEPT_DAYS
from consortium.units import installation
from evaluation.proof_chain import SETTLING
from evaluation.proof_schemes import APPLY, MOVE
from evaluation.reading_history import ACTIONS
from storage.audit import record, remove_older

ACTOR = "schedule"
REMOVED = "remove_audit_rows"
RESTORED = "restore_database"
STAYING = frozenset({*SETTLING, APPLY, MOVE, *ACTIONS, REMOVED, RESTORED})
"""Acts that are never removed: few, and needed for as long as the figures are."""

MOST = 20_000
"""Rows of one day's removal: what is left goes the next day, and nobody waits long for it."""


def kept_days(session: Session) -> int:
    """How many days the trail is kept, never less than the law's six months."""
    written = installation(session).review.get("audit", {}).get("keep_days", AUDIT_DAYS)
    return max(int(written), KEPT_DAYS[0])


def remove_old_audit(session: Session, *, now: datetime, most: int = MOST) -> int:
    """Take away what has been kept long enough; how many rows. One row says so, if there were any."""
    until = now - timedelta(days=kept_days(session))
    count = remove_older(session, than=until, but=STAYING, most=most)
    if count:
        details = {"count": count, "until": until.date().isoformat()}
        record(session, actor=ACTOR, action=REMOVED, subject="audit", now=now, details=details)
    return count
