"""How far the season is, month by month: responses, the blind round, settlement, bulletin.

Knows numbers of responses and who has taken part in a round. There is no interim figure of satisfaction or of peers in
here, for anyone: what is not gathered cannot be shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bulletins import editions
from consortium.periods import Period
from consortium.units import unit_names, zone
from evaluation.scorecards import settlement_of
from locales.errors import DomainError
from reviews.rounds import OPEN, progress, round_of, units_without_prospect
from surveys.tallies import satisfaction
from web.season import shown_count, shown_total

NO_ROUND, NOT_SETTLED, NO_BULLETIN = "none", "open", "none"


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One unit in one month. `assigned` is 0 where there is no round, or none for this unit."""

    code: str
    name: str
    responses: int
    invited: int
    assigned: int
    done: int

    @property
    def is_missing(self) -> bool:
        return self.done < self.assigned

    @property
    def shown_responses(self) -> str:
        return shown_count(self.responses)

    @property
    def shown_invited(self) -> str:
        return shown_count(self.invited)


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month in work. States: the round's or "none"; "settled" or "open"; the newest edition's or "none"."""

    period: str
    responses: int
    invited: int
    round_state: str
    closes_at: datetime | None
    settled: bool
    bulletin_state: str
    bulletin_id: int | None
    units: tuple[UnitProgress, ...]
    without_prospect: tuple[str, ...]

    @property
    def shown_responses(self) -> str:
        return shown_total([unit.responses for unit in self.units])

    @property
    def shown_invited(self) -> str:
        return shown_total([unit.invited for unit in self.units])

    @property
    def missing(self) -> tuple[UnitProgress, ...]:
        return tuple(unit for unit in self.units if unit.is_missing)

    @property
    def raters(self) -> int:
        return sum(unit.assigned > 0 for unit in self.units)


def months_in_work(session: Session, *, now: datetime, language: str) -> list[MonthView]:
    """The running month and the one before it, which is being settled and told."""
    current = Period.month_of(now, zone(session))
    names = unit_names(session, language)
    return [_month(session, period, names) for period in (current, current.previous())]


def owed_by(months: Sequence[MonthView]) -> dict[str, dict[str, int]]:
    """By unit: `done`, the ballots that it has yet to cast in open rounds, and `answers`, those of the running month
    (only units that invite).
    """
    ballots: dict[str, int] = {}
    for month in months:
        if month.round_state == OPEN:
            for unit in month.missing:
                ballots[unit.code] = ballots.get(unit.code, 0) + unit.assigned - unit.done
    answers = {unit.code: unit.responses for unit in months[0].units if unit.invited} if months else {}
    return {"done": ballots, "answers": answers}


def _month(session: Session, period: Period, names: Mapping[str, str]) -> MonthView:
    answered = satisfaction(session, period=period)
    round_ = round_of(session, period)
    taken_part = {each.unit_code: each for each in progress(session, period)}
    bulletin = editions.latest(session, period)
    units = []
    for code, name in names.items():
        numbers, tasks = answered.get(code), taken_part.get(code)
        units.append(
            UnitProgress(
                code=code,
                name=name,
                responses=numbers.n if numbers is not None else 0,
                invited=numbers.invited if numbers is not None else 0,
                assigned=tasks.assigned if tasks is not None else 0,
                done=tasks.done if tasks is not None else 0,
            )
        )
    return MonthView(
        period=str(period),
        responses=sum(unit.responses for unit in units),
        invited=sum(unit.invited for unit in units),
        round_state=round_.state if round_ is not None else NO_ROUND,
        closes_at=round_.closes_at if round_ is not None else None,
        settled=_is_settled(session, period),
        bulletin_state=bulletin.state if bulletin is not None else NO_BULLETIN,
        bulletin_id=bulletin.id if bulletin is not None else None,
        units=tuple(units),
        without_prospect=tuple(names.get(code, code) for code in units_without_prospect(session, period)),
    )


def _is_settled(session: Session, period: Period) -> bool:
    try:
        settlement_of(session, period)
    except DomainError:
        return False
    return True
