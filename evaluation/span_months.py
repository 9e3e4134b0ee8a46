"""The settled months that a quarter or a year is made of, as they were frozen.

Knows which months a period needs: all of them that a scheme is in force for. Refuses to compute a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from consortium.periods import Period
from evaluation.elements import Scheme
from evaluation.freezing import Values
from evaluation.membership import Membership, days_of, together
from evaluation.models import Settlement
from evaluation.schemes import scheme_for, scheme_version
from evaluation.settled import frozen_cards, frozen_lines, lines_by_unit
from locales.errors import DomainError
from surveys.shown import months_of


@dataclass(frozen=True, slots=True)
class Month:
    """One settled month: the version that scored it, and by unit its scorecard and its lines by indicator."""

    period: Period
    version: tuple[int, int]
    cards: Mapping[str, Values]
    lines: Mapping[str, Mapping[str, Values]]

    def membership(self, unit: str) -> Membership:
        """A unit's days as a member; none of a month in which it has no scorecard."""
        first, last = days_of(self.period)
        whole = (last - first).days + 1
        card = self.cards.get(unit)
        if card is None:
            return Membership(0, whole)
        return Membership(whole if card["days"] is None else card["days"], whole)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months one after the other that one version of the scheme scores."""

    scheme: Scheme
    months: tuple[Month, ...]


def months_with_scheme(session: Session, period: Period) -> list[Period]:
    """The months of a quarter or year that a scheme is in force for; `scheme_missing` where there is none."""
    found = [month for month in months_of(period) if _has_scheme(session, month)]
    if not found:
        raise DomainError("scheme_missing", year=period.year)
    return found


def settled_months(session: Session, months: Sequence[Period], *, period: str) -> list[Month]:
    """These months as they were frozen; `span_months_missing` names those that are not settled."""
    settled = {month: session.get(Settlement, str(month)) for month in months}
    missing = [str(month) for month, found in settled.items() if found is None]
    if missing:
        raise DomainError("span_months_missing", period=period, months=", ".join(missing))
    return [_month(session, month, found) for month, found in settled.items() if found is not None]


def stretches(session: Session, months: Sequence[Month]) -> list[Stretch]:
    """The months cut where the version of the scheme changes."""
    found: list[Stretch] = []
    for month in months:
        year, version = month.version
        if found and (found[-1].scheme.year, found[-1].scheme.version) == month.version:
            found[-1] = Stretch(found[-1].scheme, (*found[-1].months, month))
        else:
            found.append(Stretch(scheme_version(session, year=year, version=version), (month,)))
    return found


def tiers_of(months: Sequence[Month]) -> dict[str, str]:
    """Unit → its tier, as it was settled last; in the order of the last scorecards, those who left behind them."""
    last: dict[str, str] = {}
    for month in reversed(months):
        for unit, card in month.cards.items():
            last.setdefault(unit, card["tier"])
    return last


def membership_over(months: Sequence[Month], unit: str) -> Membership:
    """A unit's days as a member, of the days of all these months."""
    return together(month.membership(unit) for month in months)


def months_as_member(months: Sequence[Month], unit: str) -> Fraction:
    """How many months of membership that is: a third of a month counts as a third."""
    return sum((month.membership(unit).share for month in months), Fraction(0))


def _has_scheme(session: Session, month: Period) -> bool:
    try:
        scheme_for(session, month)
    except DomainError:
        return False
    return True


def _month(session: Session, period: Period, settlement: Settlement) -> Month:
    by_unit = lines_by_unit(frozen_lines(session, str(period)))
    return Month(
        period,
        (settlement.scheme_year, settlement.scheme_version),
        {card["unit_code"]: card for card in frozen_cards(session, str(period))},
        {unit: {row["indicator"]: row for row in rows} for unit, rows in by_unit.items()},
    )
