"""Which units pass the gate of an honour, from what is settled and on record (rules 36, 44, 45 and 48).

Reads only; the comparison itself is `bulletins.honour_gate`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.honour_gate import Gate, UnitFacts, bar_of, standard_year
from bulletins.honours import vetoed_within
from consortium.models import Unit
from consortium.periods import Period
from evaluation.membership import membership
from evaluation.models import Scorecard, Settlement
from evaluation.ranking import VETOED
from evaluation.standings import YEARS, Standard, YearTotal, two_year_standard


def bars(session: Session, *, gate: Gate, period: Period) -> dict[str, str | None]:
    """Unit → why it is barred from an honour with this gate for this period (None: it is eligible), for every unit that
    takes part, in the order of the configuration.
    """
    units = list(session.scalars(select(Unit).order_by(Unit.position)))
    is_settled = session.get(Settlement, str(period)) is not None
    rows = select(Scorecard.unit_code, Scorecard.total).where(Scorecard.period == str(period))
    totals = {code: total for code, total in session.execute(rows)}  # noqa: C416 - rows are no pairs
    vetoed = vetoed_within(session, period)
    standards = _standards(session, standard_year(period)) if gate.two_years else {}
    return {
        each.code: bar_of(
            gate,
            UnitFacts(
                is_member=each.active and membership(each.joined_on, each.left_on, period).days > 0,
                is_settled=is_settled,
                has_scorecard=each.code in totals,
                is_vetoed=each.code in vetoed,
                total=totals.get(each.code),
                standard=standards.get(each.code),
            ),
        )
        for each in units
    }


def _standards(session: Session, year: int) -> Mapping[str, Standard]:
    """The standard of two years of every unit that has a settled one of them."""
    years = [str(year - back) for back in range(YEARS)]
    found: dict[str, dict[int, YearTotal]] = {}
    rows = session.execute(
        select(Scorecard.unit_code, Scorecard.period, Scorecard.total, Scorecard.unranked_reason).where(
            Scorecard.period.in_(years)
        )
    )
    for code, period, total, reason in rows:
        found.setdefault(code, {})[int(period)] = YearTotal(total, is_vetoed=reason == VETOED)
    return {code: two_year_standard(totals, year=year) for code, totals in found.items()}
