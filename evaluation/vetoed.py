"""Which units' scores are void in a period: a veto 一票否决 of the committee is in force (rule 36)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.models import Veto

PROPOSED, IN_FORCE, REFUSED, LIFTED = STATES = ("proposed", "in_force", "refused", "lifted")


def vetoed_units(session: Session, period: Period) -> frozenset[str]:
    """The units with a veto in force for just this period: one for a month says nothing of its quarter or year."""
    rows = session.scalars(select(Veto.unit_code).where(Veto.period == str(period), Veto.state == IN_FORCE))
    return frozenset(rows)
