"""What a command of the office would do, before it is done: to which month, to whom, and how many have to want it.

Knows the acts by their names and what each is refused for. A plan is worked out anew each time it is shown, agreed to
or carried out; its digest says whether it is still the one that was seen. Refuses to do anything, and to know chats:
texts are `act_wording`'s, the doing is `act_effects`'.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from bulletins.editions import PROPOSED, RELEASED, latest
from consortium.people import representatives
from consortium.periods import Period
from consortium.units import all_units, zone
from evaluation.missing_readings import missing_readings
from evaluation.models import Settlement
from evaluation.schemes import scheme_for
from evaluation.scorecards import refuse_settlement
from locales.errors import DomainError
from reviews.assignment_tables import read_cooperation
from reviews.cooperation import cooperating_pairs
from reviews.models import ReviewRound
from reviews.round_changes import extensions_of, refuse_extension
from reviews.rounds import (
    local_time,
    open_round_of,
    plan_of,
    progress,
    raters_missing,
    refuse_second_round,
    refused,
    review_key,
    round_of,
    takes_ballots,
    usual_raters,
)
from scheduler.act_months import months_to_draft, months_to_settle
from scheduler.act_reach import REMINDER_PAUSE, chats_by_channel, told_units
from scheduler.input_files import input_files, read_file
from scheduler.jobs import timetable_of
from scheduler.models import Occurrence
from scheduler.occurrences import DUE, RUNNING
from scheduler.timetable import CLOSE, INVITE, SETTLE, due, due_time
from storage.base import canonical

REMIND, OPEN, EXTEND, SHUT, SETTLEMENT, DRAFT = "remind", "open", "extend", "close", "settle", "draft"
ACTS = (OPEN, REMIND, EXTEND, SHUT, SETTLEMENT, DRAFT)

EARLY, LATE, AGAIN, MISSING = "early", "late", "again", "missing"
"""Why a second person has to agree: the round would end before its time, its time has passed, it was moved before,
figures are missing.
"""

DIGEST_DIGITS = 12
"""How much of a plan's digest a button carries."""

_SEED = 0  # up to thirty units nothing is drawn, beyond that every draw has as many tasks


@dataclass(frozen=True, slots=True)
class Plan:
    """One act as it would be done now. `facts` are what is shown of it, without words, as JSON takes them.

    `second` is why another person has to agree, None where one is enough.
    """

    command: str
    period: Period
    arguments: Mapping[str, str]
    facts: Mapping[str, object]
    second: str | None = None
    content: bytes | None = field(default=None, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of all that is shown: another month, moment or unit has another one."""
        shown = {
            "command": self.command, "period": str(self.period), "arguments": dict(self.arguments),
            "facts": dict(self.facts), "second": self.second,
        }  # fmt: skip
        return hashlib.sha256(canonical(shown).encode()).hexdigest()


def plan_act(
    session: Session, *, command: str, period: Period | None, arguments: Mapping[str, str], now: datetime
) -> Plan:
    """What the act would do now; without a `period` to the month that it is about.

    Errors: what the act would be refused for, and `act_no_round`, `act_round_over`, `act_nobody_missing`,
    `act_reminded_lately`, `act_nobody_reachable`, `act_nothing_to_settle`, `act_nothing_to_draft`, `act_ordered`,
    `act_drafted`, `act_proposed`.
    """
    return _PLANNERS[command](session, period, arguments, now)


def _plan_remind(session: Session, period: Period | None, _arguments: Mapping[str, str], now: datetime) -> Plan:
    round_ = _open_round(session, period)
    month = Period.parse(round_.period)
    if not takes_ballots(round_, now):
        raise DomainError("act_round_over", period=str(month))
    missing = raters_missing(session, month)
    if not missing:
        raise DomainError("act_nobody_missing", period=str(month))
    lately = told_units(session, month, ("remind",), since=now - REMINDER_PAUSE)
    waiting = [unit for unit in missing if unit not in lately]
    if not waiting:
        raise DomainError("act_reminded_lately", hours=REMINDER_PAUSE.seconds // 3600)
    chats = {unit: chats_by_channel(session, representatives(session, unit)) for unit in waiting}
    reachable = [unit for unit in waiting if chats[unit]]
    if not reachable:
        raise DomainError("act_nobody_reachable")
    facts = {
        "units": reachable,
        "lately": [unit for unit in missing if unit in lately],
        "unreachable": [unit for unit in waiting if not chats[unit]],
        "channels": _summed(chats.values()),
        "closes_at": _written(round_.closes_at),
    }
    return Plan(REMIND, month, {}, facts)


def _plan_open(session: Session, period: Period | None, _arguments: Mapping[str, str], now: datetime) -> Plan:
    month = period or Period.month_of(now, zone(session))
    if not month.is_month:
        raise DomainError("period_not_month", period=str(month))
    refuse_second_round(session, month)
    review_key(session)
    timetable, place = timetable_of(session), zone(session)
    closes_at = due_time(timetable, job=CLOSE, period=month, zone=place)
    if closes_at is not None and closes_at <= now:
        raise DomainError("closing_in_the_past", closes_at=local_time(session, closes_at))
    content, pairs = None, cooperating_pairs(session, month)
    if not pairs:
        content = _cooperation_content(session)
        pairs = _pairs_in(session, month, content)
    plan = plan_of(session, month, pairs, raters=usual_raters(session), seed=_SEED)
    until = closes_at or month.bounds(place)[1]
    later = [run.due_at for run in due(timetable, after=now, until=max(until, now), zone=place)
             if run.job == INVITE and run.period == month]  # fmt: skip
    raters = sorted({task.rater for task in plan.tasks})
    people = {person.id: person for unit in raters for person in representatives(session, unit)}
    facts = {
        "closes_at": _written(closes_at),
        "assignments": len(plan.tasks),
        "units": len(raters),
        "invites_at": _written(later[0] if later else None),
        "channels": {} if later else chats_by_channel(session, people.values()),
        "from_file": content is not None,
        "pairs": hashlib.sha256(canonical(sorted(pairs)).encode()).hexdigest(),  # whoever cooperated, not just how many
    }
    return Plan(OPEN, month, {}, facts, content=content)


def _plan_extend(session: Session, period: Period | None, arguments: Mapping[str, str], now: datetime) -> Plan:
    month = Period.parse(_open_round(session, period).period)
    closes_at = moment_of(arguments["closes_at"])
    round_ = refuse_extension(session, period=month, closes_at=closes_at, now=now)
    assert round_.closes_at is not None
    moves = extensions_of(session, month)
    units = sorted(told_units(session, month, ("invite", "remind", "extend")))
    people = {person.id: person for unit in units for person in representatives(session, unit)}
    facts = {
        "from": _written(round_.closes_at),
        "to": _written(closes_at),
        "moves": moves,
        "units": units,
        "channels": chats_by_channel(session, people.values()),
    }
    second = LATE if now >= round_.closes_at else AGAIN if moves else None
    return Plan(EXTEND, month, {"closes_at": moment_written(closes_at)}, facts, second)


def _plan_close(session: Session, period: Period | None, _arguments: Mapping[str, str], now: datetime) -> Plan:
    round_ = _open_round(session, period)
    month = Period.parse(round_.period)
    units = [each.unit_code for each in progress(session, month)]
    facts = {
        "closes_at": _written(round_.closes_at),
        "missing": raters_missing(session, month),
        "units": len(units),
    }
    return Plan(SHUT, month, {}, facts, EARLY if takes_ballots(round_, now) else None)


def _plan_settle(session: Session, period: Period | None, _arguments: Mapping[str, str], now: datetime) -> Plan:
    month = period or next(iter(months_to_settle(session, now)), None)
    if month is None:
        raise DomainError("act_nothing_to_settle")
    refuse_settlement(session, period=month, now=now)
    scheme_for(session, month)
    ordered = session.scalar(
        select(Occurrence.due_at).where(
            Occurrence.job == SETTLE,
            Occurrence.period == str(month),
            Occurrence.state.in_((DUE, RUNNING)),
            Occurrence.due_at <= now,
        )
    )
    if ordered is not None:
        raise DomainError("act_ordered", period=str(month))
    missing = missing_readings(session, month)
    facts = {"missing": [[each.unit_code, each.indicator] for each in missing]}
    return Plan(SETTLEMENT, month, {}, facts, MISSING if missing else None)


def _plan_draft(session: Session, period: Period | None, _arguments: Mapping[str, str], _now: datetime) -> Plan:
    month = period or next(iter(months_to_draft(session)), None)
    if month is None:
        raise DomainError("act_nothing_to_draft")
    if session.get(Settlement, str(month)) is None:
        raise DomainError("act_not_settled", period=str(month))
    standing = latest(session, month)
    if standing is not None:
        codes = {RELEASED: "act_released", PROPOSED: "act_proposed"}
        raise DomainError(codes.get(standing.state, "act_drafted"), period=str(month))
    return Plan(DRAFT, month, {}, {"edition": 1})


_PLANNERS: Mapping[str, Callable[[Session, Period | None, Mapping[str, str], datetime], Plan]] = MappingProxyType({
    OPEN: _plan_open,
    REMIND: _plan_remind,
    EXTEND: _plan_extend,
    SHUT: _plan_close,
    SETTLEMENT: _plan_settle,
    DRAFT: _plan_draft,
})  # fmt: skip


def moment_written(moment: datetime) -> str:
    """A moment as an argument and a button carry it: to the minute, in UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M")


def moment_of(written: str) -> datetime:
    """The moment again; `button_expired` for anything else."""
    try:
        return datetime.strptime(written, "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise DomainError("button_expired") from None


def _open_round(session: Session, period: Period | None) -> ReviewRound:
    """The round that is open, or why there is none; the month only says which one is meant."""
    if period is None:
        found = open_round_of(session)
        if found is None:
            raise DomainError("act_no_round")
        return found
    round_ = round_of(session, period)
    standing = open_round_of(session)
    if round_ is None or standing is None or standing.period != round_.period:
        raise refused(session, str(period))
    return round_


def _cooperation_content(session: Session) -> bytes:
    """The file that the timetable names; `act_no_cooperation` or `schedule_file_unreadable`."""
    path = input_files(session).cooperation
    if path is None:
        raise DomainError("act_no_cooperation")
    content = read_file(path)
    if content is None:
        raise DomainError("schedule_file_unreadable", file=path.name)
    return content


def _pairs_in(session: Session, month: Period, content: bytes) -> list[tuple[str, str]]:
    """The pairs of the month in the file, between units that take part; `schedule_cooperation_refused`."""
    units = {unit.code for unit in all_units(session)}
    entries, findings = read_cooperation(content, file="cooperation", units=units, for_record=True)
    if findings:
        code = "schedule_cooperation_refused"
        raise DomainError(code, file="cooperation", faults=len(findings), key=findings[0].key)
    return sorted({(each.unit_a, each.unit_b) for each in entries if each.period == str(month)})


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total = sum((Counter(count) for count in counts), Counter[str]())
    return dict(sorted(total.items()))


def _written(moment: datetime | None) -> str | None:
    return moment_written(moment) if moment is not None else None
