"""What must hold in settled periods at any time; each check names what it found, for `doctor`.

Knows frozen rows only, and computes them again from themselves; and that two agreed where peers were left out. Refuses
to look at readings, surveys or rounds: what was frozen must not depend on them any more. `verify` looks at more.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.proof import quick_findings, read_record
from evaluation.proof_points import total_findings
from evaluation.settled import frozen_cards, frozen_lines, settlement_of
from locales.errors import Finding


def check_evaluation(session: Session) -> list[Finding]:
    """Every settled period adds up, carries its digest, and the chain of digests has no gap."""
    return list(quick_findings(session, read_record(session)))


def frozen_totals_agree(session: Session, period: Period) -> list[Finding]:
    """The disagreements of a settled period: totals that are not the sum of their lines, lines that do not follow
    from their own figures. Empty when all is well; `not_settled` for another period (rule 36: falsified figures).
    """
    settlement_of(session, period)
    return list(total_findings(frozen_cards(session, str(period)), frozen_lines(session, str(period))))
