"""From scored units to the rows that are frozen, with their intervals; and what single months add to a score besides
its figures: who has a veto, which bonuses are paid, how sure the peers are.

Knows what a count publishes of its fit, and nothing finer. Refuses to gather figures, and to write.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.composite import drawn_totals, seed_of, with_intervals
from evaluation.elements import Scheme
from evaluation.freezing import Standing, card_values, line_values
from evaluation.models import ScoreLine
from evaluation.schemes import scheme_digest
from evaluation.settled import Rows
from reviews.models import PeerFit
from surveys.shown import months_of

Documents = Sequence[Sequence[dict[str, Any]]]


def scored_rows(
    session: Session, *, name: str, scheme: Scheme, standings: Sequence[Standing], documents: Documents
) -> Rows:
    """Scorecards and lines of units that were scored by one scheme, for the period of that name; `documents` are those
    of the peers, by month.
    """
    cards = card_values(name, scheme, standings)
    seed = seed_of(name, scheme_digest(session, scheme))
    drawn = drawn_totals(scheme, standings, documents, seed=seed)
    lines = [row for standing in standings for row in line_values(name, scheme, standing)]
    return Rows(with_intervals(cards, drawn), lines)


def peer_documents(session: Session, months: Collection[Period]) -> list[list[dict[str, Any]]]:
    """What the counts of these months publish of their fits, month by month."""
    found: dict[str, list[dict[str, Any]]] = {str(month): [] for month in sorted(months)}
    rows = session.execute(
        select(PeerFit.period, PeerFit.estimates)
        .where(PeerFit.period.in_(list(found)))
        .order_by(PeerFit.period, PeerFit.part)
    )
    for period, estimates in rows:
        found[period].append(estimates)
    return list(found.values())


def paid_bonuses(session: Session, period: Period) -> dict[str, frozenset[str]]:
    """Unit → the bonuses that it has had in settled months of the same calendar year outside the period (rule 58)."""
    own = {str(month) for month in months_of(period)}
    year = [str(month) for month in months_of(Period(period.year)) if str(month) not in own]
    rows = session.execute(
        select(ScoreLine.unit_code, ScoreLine.indicator, ScoreLine.points).where(
            ScoreLine.period.in_(year), ScoreLine.is_bonus.is_(True), ScoreLine.points.is_not(None)
        )
    )
    paid: dict[str, set[str]] = {}
    for unit, indicator, points in rows:
        if points is not None and points > 0:
            paid.setdefault(unit, set()).add(indicator)
    return {unit: frozenset(codes) for unit, codes in paid.items()}
