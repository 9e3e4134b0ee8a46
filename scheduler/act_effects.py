"""Doing what a plan says: the use case of each act, and whom it tells.

Knows which use case an act is. Who may want it, and whether two have, was asked before. Settling takes long and reads
files: it is ordered here and done by the schedule within a minute, which tells the office how it went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from bulletins.editions import latest
from bulletins.notices import tell
from bulletins.wording import name_in, period_name
from consortium.people import representatives
from consortium.permissions import Actor
from consortium.units import unit, zone
from locales.errors import DomainError
from locales.texts import text
from outbox.message import Button, Message
from reviews.round_changes import extend_round
from reviews.rounds import close_round, local_time, round_of
from reviews.rounds import subject as round_subject
from scheduler.act_plans import DRAFT, EXTEND, OPEN, REMIND, SETTLEMENT, SHUT, Plan, moment_of, moment_written
from scheduler.jobs import Inputs, Run, draft_step, open_step, timetable_of
from scheduler.occurrences import note_due
from scheduler.telling import invite_raters, remind_raters
from scheduler.timetable import CLOSE, RUN, SETTLE, Due, due_time
from storage.audit import record


def carry_out(session: Session, *, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    """Do it; what came of it, as the places of the text `acts.done.<command>`."""
    return _EFFECTS[plan.command](session, plan, actor, now)


def _open(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    run = Run(plan.period, now, now, Inputs(cooperation=plan.content), actor=actor.ref)
    open_step(session, run)
    told = 0
    if plan.facts["invites_at"] is None:
        round_ = round_of(session, plan.period)
        assert round_ is not None
        told = invite_raters(session, round_=round_, due_at=now, now=now)
    return {"told": told}


def _remind(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    round_ = round_of(session, plan.period)
    assert round_ is not None
    units = _codes(plan, "units")
    told = remind_raters(session, round_=round_, units=units, due_at=now, now=now)
    details = {"units": len(units), "told": told}
    subject = round_subject(str(plan.period))
    record(session, actor=actor.ref, action="remind_raters", subject=subject, now=now, details=details)
    return {"told": told, "units": len(units)}


def _extend(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    """The new time has a run of its own, if the timetable closes rounds at all; who was invited is told of it."""
    closes_at = moment_of(plan.arguments["closes_at"])
    extend_round(session, period=plan.period, closes_at=closes_at, actor=actor.ref, now=now)
    if due_time(timetable_of(session), job=CLOSE, period=plan.period, zone=zone(session)) is not None:
        note_due(session, runs=[Due(CLOSE, closes_at, plan.period, RUN)], now=now)
    told = sum(_tell_new_time(session, plan, code, now) for code in _codes(plan, "units"))
    return {"told": told, "closes": local_time(session, closes_at)}


def _close(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    close_round(session, period=plan.period, actor=actor.ref, now=now)
    return {}


def _settle(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    due_at = now.replace(microsecond=0)
    if not note_due(session, runs=[Due(SETTLE, due_at, plan.period, RUN)], now=now):
        raise DomainError("act_ordered", period=str(plan.period))
    record(session, actor=actor.ref, action="order_settlement", subject=str(plan.period), now=now)
    return {}


def _draft(session: Session, plan: Plan, actor: Actor, now: datetime) -> dict[str, object]:
    draft_step(session, Run(plan.period, now, now, actor=actor.ref))
    made = latest(session, plan.period)
    assert made is not None
    return {"bulletin": made.id}


_EFFECTS: Mapping[str, Callable[[Session, Plan, Actor, datetime], dict[str, object]]] = MappingProxyType({
    OPEN: _open, REMIND: _remind, EXTEND: _extend, SHUT: _close, SETTLEMENT: _settle, DRAFT: _draft,
})  # fmt: skip


def _tell_new_time(session: Session, plan: Plan, unit_code: str, now: datetime) -> int:
    """Tell the representatives of a unit that was invited until when they can score now."""
    name, before = unit(session, unit_code).name, moment_of(str(plan.facts["from"]))
    after = moment_of(plan.arguments["closes_at"])

    def message(language: str) -> Message:
        said = text(
            language,
            "acts.new_time",
            unit=name_in(name, language, unit_code),
            month=period_name(plan.period, language),
            before=local_time(session, before),
            after=local_time(session, after),
        )
        button = Button(text(language, "scheduler.to_list"), ("b", "l", unit_code, "0"))
        return Message(said, ((button,),))

    key = f"extend:{plan.period}:{moment_written(after)}:{unit_code}"
    people = representatives(session, unit_code)
    return tell(session, people=people, key=key, kind="notice", message=message, now=now)


def _codes(plan: Plan, name: str) -> list[str]:
    found = plan.facts[name]
    assert isinstance(found, list)
    return [str(each) for each in found]
