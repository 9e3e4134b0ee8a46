"""What must hold in settled periods at any time; each check names what it found, for `doctor`.

Knows frozen rows only, and computes them again from themselves; and that two agreed where peers were left out. Refuses
to look at readings, surveys or rounds: what was frozen must not depend on them any more. `verify` looks at more.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from evaluation.proof import quick_findings, read_record
from locales.errors import Finding


def check_evaluation(session: Session) -> list[Finding]:
    """Every settled period adds up, carries its digest, and the chain of digests has no gap."""
    return list(quick_findings(session, read_record(session)))
