"""Holding 留存: doubted answers leave the points, and come back when two people say so. Rule T3 of the threats we know.

A held response stays what it is: sent, with its receipt, withdrawn by its patient as any other. Only the stream changes
in which it counts, and the tallies with it. Whether a month is settled the caller says (`is_settled`): from then on
nothing moves. Refuses to know what a signal is made from (`signals`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consortium.periods import Period
from consortium.permissions import Actor, may_run_season, require
from locales.errors import DomainError
from storage.audit import record
from storage.database import serialize
from surveys.honesty.gathering import Common, gather_common, gather_unit
from surveys.honesty.models import Hold
from surveys.honesty.signals import Suspicion, suspicions
from surveys.models import RESPONSES, Response
from surveys.sittings import HELD, SENT, VISIT, sitting
from surveys.tallies import count_response, uncount_response

DOUBTED, PROPOSED, RELEASED, KEPT = "held", "proposed", "released", "kept"
OUT = (DOUBTED, PROPOSED, KEPT)  # states in which a response carries no points
_SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class HeldResponse:
    """A doubted response as those see it who decide: why it is doubted, never what was answered."""

    response_id: str
    unit_code: str
    signals: Mapping[str, int]
    state: str
    held_at: datetime
    proposed_by: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class HoldRate:
    """How many of a unit's answers to visits were doubted in a month, and how many of those were released."""

    answers: int
    flagged: int
    released: int

    @property
    def rate(self) -> Fraction | None:
        """Flagged ÷ answers; None without answers."""
        return Fraction(self.flagged, self.answers) if self.answers else None


def examine(
    session: Session, *, period: Period, is_settled: bool, now: datetime, visits: Mapping[str, int] | None = None
) -> int:
    """Look through a month and hold what is doubted; how many were newly held. Again holds only what is new.

    `visits` is how many visits another source counted for a unit. Errors: `hold_settled`, `period_not_month`.
    """
    common = gather_common(session, period=period)
    counted = visits or {}
    return sum(
        examine_unit(session, common=common, unit_code=unit, is_settled=is_settled, now=now, visits=counted.get(unit))
        for unit in common.units
    )


def examine_unit(
    session: Session, *, common: Common, unit_code: str, is_settled: bool, now: datetime, visits: int | None = None
) -> int:
    """The same for one unit, for whoever works in short transactions."""
    _refuse_settled(common.period, is_settled=is_settled)
    serialize(session, _lock(common.period))
    judged = suspicions(gather_unit(session, common=common, unit_code=unit_code, visits=visits))
    known = set(
        session.scalars(select(Hold.response_id).where(Hold.period == str(common.period), Hold.unit_code == unit_code))
    )
    new = [each for each in judged if each.is_flagged and each.response_id not in known]
    return sum(_hold(session, each, now) for each in sorted(new, key=lambda each: each.response_id))


def propose_release(
    session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, is_settled: bool, now: datetime
) -> None:
    """One person finds that these answers should count after all. Another has to agree.

    Errors: `not_allowed`, `hold_settled`, `hold_unknown`, `hold_decided` for one that is proposed or released already.
    """
    for hold in _holds(session, period, response_ids, actor, is_settled=is_settled):
        if hold.state not in (DOUBTED, KEPT):
            raise DomainError("hold_decided")
        hold.state, hold.proposed_by, hold.proposed_at = PROPOSED, actor.person_id, now
        hold.decided_by, hold.decided_at = None, None
        _record(session, actor.ref, "propose_release_of_answers", hold, now)
    session.flush()


def confirm_release(
    session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, is_settled: bool, now: datetime
) -> None:
    """Another person agrees, and the answers count. Errors as above, `hold_not_proposed`, `hold_same_person`."""
    for hold in _holds(session, period, response_ids, actor, is_settled=is_settled):
        if hold.state == RELEASED:
            raise DomainError("hold_decided")  # somebody was faster
        if hold.state != PROPOSED:
            raise DomainError("hold_not_proposed")
        if hold.proposed_by == actor.person_id:
            raise DomainError("hold_same_person")
        if _move(session, hold.response_id, VISIT) is None:
            raise DomainError("hold_unknown")
        hold.state, hold.decided_by, hold.decided_at = RELEASED, actor.person_id, now
        _record(session, actor.ref, "release_answers", hold, now)
    session.flush()


def keep_out(
    session: Session, *, period: Period, response_ids: Sequence[str], actor: Actor, is_settled: bool, now: datetime
) -> None:
    """Somebody has looked and agrees with the doubt. Until settlement it can still be proposed for release.

    Errors as above; `hold_decided` for one that is released or kept out already.
    """
    for hold in _holds(session, period, response_ids, actor, is_settled=is_settled):
        if hold.state not in (DOUBTED, PROPOSED):
            raise DomainError("hold_decided")
        hold.state, hold.proposed_by, hold.proposed_at = KEPT, None, None
        hold.decided_by, hold.decided_at = actor.person_id, now
        _record(session, actor.ref, "keep_answers_out", hold, now)
    session.flush()


def has_answers(session: Session, *, period: Period) -> bool:
    """Whether there is anything in a month that could be doubted."""
    statement = select(Response.id).where(
        Response.period == str(period), Response.state == SENT, Response.stream.in_((VISIT, HELD))
    )
    return session.scalar(statement.limit(1)) is not None


def held_responses(session: Session, *, period: Period, unit_code: str | None = None) -> list[HeldResponse]:
    """What was doubted in a month and is not withdrawn, heaviest first, in whatever state."""
    statement = (
        select(Hold)
        .join(Response, Response.id == Hold.response_id)
        .where(Hold.period == str(period), Response.state == SENT)
    )
    if unit_code is not None:
        statement = statement.where(Hold.unit_code == unit_code)
    found = [
        HeldResponse(
            hold.response_id, hold.unit_code, hold.signals, hold.state, hold.held_at, hold.proposed_by, hold.decided_by
        )
        for hold in session.scalars(statement)
    ]
    return sorted(found, key=lambda hold: (hold.unit_code, -sum(hold.signals.values()), hold.response_id))


def rates(session: Session, *, period: Period) -> dict[str, HoldRate]:
    """By unit, for every unit with answers to visits in the month."""
    rows = session.execute(
        select(Response.unit_code, Hold.state, func.count())
        .outerjoin(Hold, Hold.response_id == Response.id)
        .where(Response.state == SENT, Response.stream.in_((VISIT, HELD)), Response.period == str(period))
        .group_by(Response.unit_code, Hold.state)
        .order_by(Response.unit_code)
    )
    counts: dict[str, dict[str | None, int]] = {}
    for unit_code, state, count in rows:
        counts.setdefault(unit_code, {})[state] = count
    return {
        unit_code: HoldRate(
            answers=sum(states.values()),
            flagged=sum(count for state, count in states.items() if state is not None),
            released=states.get(RELEASED, 0),
        )
        for unit_code, states in counts.items()
    }


def _hold(session: Session, suspicion: Suspicion, now: datetime) -> bool:
    """Take a response out of the points; False if its patient has withdrawn it in the meantime."""
    moved = _move(session, suspicion.response_id, HELD)
    if moved is None:
        return False
    period, unit_code = moved
    hold = Hold(
        response_id=suspicion.response_id,
        period=period,
        unit_code=unit_code,
        signals=dict(suspicion.signals),
        state=DOUBTED,
        held_at=now,
    )
    session.add(hold)
    session.flush()
    _record(session, _SCHEDULE, "hold_answers", hold, now)
    return True


def _move(session: Session, response_id: str, stream: str) -> tuple[str, str] | None:
    """Count a response in another stream; its month and unit, or None if it does not count at all any more."""
    found = sitting(session, response_id=response_id, lock=True)
    if not found.sent or found.withdrawn or found.period is None:
        return None
    for count, of in ((uncount_response, found.stream), (count_response, stream)):
        count(
            session,
            period=found.period,
            unit_code=found.unit_code,
            mode=found.mode,
            questionnaire=found.questionnaire,
            answers=found.answers,
            stream=of,
        )
    session.execute(update(RESPONSES).where(RESPONSES.c.id == response_id).values(stream=stream))
    return found.period, found.unit_code


def _holds(
    session: Session, period: Period, response_ids: Sequence[str], actor: Actor, *, is_settled: bool
) -> list[Hold]:
    """The holds of these responses, for change; all of them or an error."""
    require(may_run_season(actor))
    _refuse_settled(period, is_settled=is_settled)
    serialize(session, _lock(period))
    wanted = sorted(set(response_ids))
    found = session.scalars(
        select(Hold)
        .join(Response, Response.id == Hold.response_id)
        .where(Hold.response_id.in_(wanted), Hold.period == str(period), Response.state == SENT)
        .order_by(Hold.response_id)
    ).all()
    if len(found) != len(wanted) or not wanted:
        raise DomainError("hold_unknown")
    return list(found)


def _refuse_settled(period: Period, *, is_settled: bool) -> None:
    if not period.is_month:
        raise DomainError("period_not_month", period=str(period))
    if is_settled:
        raise DomainError("hold_settled", period=str(period))


def _lock(period: Period) -> str:
    return f"holds:{period}"


def _record(session: Session, actor: str, action: str, hold: Hold, now: datetime) -> None:
    details = {"unit": hold.unit_code, "period": hold.period, "signals": ", ".join(sorted(hold.signals))}
    record(session, actor=actor, action=action, subject=f"response:{hold.response_id}", now=now, details=details)
