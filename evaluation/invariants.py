"""What must hold in settled periods at any time; each check names what it found, for `doctor` and `verify`.

Knows frozen rows only, and computes them again from themselves; and that two agreed where peers were left out. Refuses
to look at readings, surveys or rounds: what was frozen must not depend on them any more.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.digests import Frozen, frozen_digest
from evaluation.freezing import Values, frozen_total, line_agrees
from evaluation.models import PeerWaiver, SchemeVersion, Settlement
from evaluation.scorecards import frozen_cards, frozen_lines, settlement_of, settlements
from evaluation.scoring import PEERS_WAIVED
from locales.errors import Finding

_FILE = "database"


def check_evaluation(session: Session) -> list[Finding]:
    """Every settled period adds up, carries its digest, and the chain of digests has no gap."""
    findings = _chain_findings(settlements(session))
    for settlement in settlements(session):
        findings += frozen_totals_agree(session, Period.parse(settlement.period))
        findings += _digest_findings(session, settlement)
        findings += _waiver_findings(session, settlement)
    return findings


def frozen_totals_agree(session: Session, period: Period) -> list[Finding]:
    """The disagreements of a settled period: totals that are not the sum of their lines, lines that do not follow
    from their own figures. Empty when all is well; `not_settled` for another period (rule 36: falsified figures).
    """
    settlement_of(session, period)
    by_unit: dict[str, list[Values]] = defaultdict(list)
    findings = []
    for row in frozen_lines(session, str(period)):
        by_unit[row["unit_code"]].append(row)
        if not line_agrees(row):
            key = f"score_line {period}/{row['unit_code']}/{row['indicator']}"
            findings.append(Finding(_FILE, key, "frozen_line_disagrees"))
    return findings + [
        Finding(_FILE, f"scorecard {period}/{card['unit_code']}", "frozen_total_disagrees")
        for card in frozen_cards(session, str(period))
        if card["total"] != frozen_total(by_unit[card["unit_code"]])
    ]


def _digest_findings(session: Session, settlement: Settlement) -> list[Finding]:
    scheme = session.get_one(SchemeVersion, (settlement.scheme_year, settlement.scheme_version))
    frozen = Frozen(
        period=settlement.period,
        scheme_year=scheme.year,
        scheme_version=scheme.version,
        scheme_digest=scheme.digest,
        previous_digest=settlement.previous_digest,
    )
    rows = frozen_cards(session, settlement.period), frozen_lines(session, settlement.period)
    if settlement.digest == frozen_digest(frozen, *rows):
        return []
    return [Finding(_FILE, f"settlement {settlement.period}", "settlement_digest_differs")]


def _waiver_findings(session: Session, settlement: Settlement) -> list[Finding]:
    """Peers are left out of a month only where two people of the office agreed to it."""
    waiver = session.get(PeerWaiver, settlement.period)
    rows = frozen_lines(session, settlement.period)
    is_waived = any(row["reason"] == PEERS_WAIVED for row in rows)
    if (not is_waived and waiver is None) or (waiver is not None and waiver.second_by is not None):
        return []
    return [Finding(_FILE, f"settlement {settlement.period}", "settlement_waiver_missing")]


def _chain_findings(chain: list[Settlement]) -> list[Finding]:
    previous = [None, *(settlement.digest for settlement in chain)]
    return [
        Finding(_FILE, f"settlement {settlement.period}", "settlement_chain_broken")
        for settlement, digest in zip(chain, previous, strict=False)
        if settlement.previous_digest != digest
    ]
