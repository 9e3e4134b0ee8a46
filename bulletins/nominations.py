"""Nominations 提名 for an honour: opened by the office, made by people of the units, each passing the gate or barred.

The gate is asked when somebody is nominated, and again when voting opens: whoever is barred then may not be voted for.
A person is nominated by people of their own unit, who answer for it that they belong there. Rule 48.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bulletins.eligibility import bars
from bulletins.honour_gate import Gate, gate_from_json, gate_to_json
from bulletins.honour_models import Honour, Nomination
from bulletins.honour_notices import tell_of_opening
from bulletins.honours import CANCELLED, NOMINATING, PERSON, honour
from consortium.honour_kinds import NOMINATORS, HonourKind, from_stored
from consortium.one_line import one_line
from consortium.people import units_of
from consortium.periods import Period
from consortium.permissions import OFFICE, Actor, may_run_season, require
from consortium.units import installation, unit, zone
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize

ELIGIBLE, BARRED, WITHDRAWN = "eligible", "barred", "withdrawn"
SHORTEST_WORDS, LONGEST_WORDS, LONGEST_NAME = 10, 300, 40
LONGEST_NOMINATING, LONGEST_VOTING = 60, 30  # days
MOST_NOMINATIONS = 39
"""What one poll can offer, beside "none of them"."""

_SPACED = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def kinds(session: Session) -> tuple[HonourKind, ...]:
    """The honours of the configuration."""
    return from_stored(installation(session).review)


def may_nominate(actor: Actor) -> bool:
    """People of units, and the office."""
    return bool(actor.roles & set(NOMINATORS))


def open_honour(
    session: Session, *, code: str, period: Period, nominate_days: int, vote_days: int, actor: Actor, now: datetime
) -> Honour:
    """Open an honour of the configuration for a period; representatives and heads are told. Both ends are midnights of
    the consortium's calendar.

    Errors: `not_allowed`, `honour_kind_unknown`, `honour_period_unfit`, `honour_period_ahead`, `honour_days`,
    `honour_open_already`.
    """
    require(may_run_season(actor))
    kind = next((each for each in kinds(session) if each.code == code), None)
    if kind is None:
        raise DomainError("honour_kind_unknown")
    if not kind.fits(period):
        raise DomainError("honour_period_unfit", period=str(period))
    if period.start(zone(session)) > now:
        raise DomainError("honour_period_ahead", period=str(period))
    if not (1 <= nominate_days <= LONGEST_NOMINATING and 1 <= vote_days <= LONGEST_VOTING):
        raise DomainError("honour_days", nominate=LONGEST_NOMINATING, vote=LONGEST_VOTING)
    serialize(session, f"honour:{code}:{period}")
    end = end_of_day(session, now, nominate_days)
    gate = {**gate_to_json(Gate(kind.minimum, two_years=kind.two_years)), "voters": list(kind.voters)}
    values = {
        "code": code, "name": dict(kind.name), "goes_to": kind.goes_to, "period": str(period), "places": kind.places,
        "gate": gate, "state": NOMINATING, "opened_by": actor.ref, "opened_at": now, "nominate_until": end,
        "vote_until": end_of_day(session, now, nominate_days + vote_days), "poll_id": None, "result": None,
        "decided_at": None,
    }  # fmt: skip
    if not insert_new(session, Honour, values, ["code", "period"]) and not _opened_again(session, values):
        raise DomainError("honour_open_already", period=str(period))
    made = session.scalars(select(Honour).where(Honour.code == code, Honour.period == str(period))).one()
    session.refresh(made)
    details = {"code": code, "period": str(period), "nominate_until": end.isoformat()}
    _record(session, actor.ref, "open_honour", made, now, **details)
    tell_of_opening(session, made, now)
    return made


def cancel_honour(session: Session, *, honour_id: int, actor: Actor | str, now: datetime) -> Honour:
    """Give an honour up before anybody votes. Errors: `not_allowed`, `honour_unknown`, `honour_not_nominating`."""
    if isinstance(actor, Actor):
        require(may_run_season(actor))
    changed = session.scalar(
        update(Honour)
        .where(Honour.id == honour_id, Honour.state == NOMINATING)
        .values(state=CANCELLED)
        .returning(Honour.id)
        .execution_options(synchronize_session=False)
    )
    found = honour(session, honour_id)
    if changed is None:
        raise DomainError("honour_not_nominating")
    _record(session, actor.ref if isinstance(actor, Actor) else actor, "cancel_honour", found, now)
    return found


def nominate(
    session: Session, *, honour_id: int, unit_code: str, candidate: str, words: str, actor: Actor, now: datetime
) -> Nomination:
    """Nominate a unit, or a person of one's own unit. Barred is kept too, with its reason: the gate is asked again.

    Errors: `not_allowed`, `honour_unknown`, `nominating_over`, `unit_unknown`, `nomination_name`,
    `nomination_own_people`, `nomination_words_length`, `nominated_already`, `nominations_full`.
    """
    require(may_nominate(actor))
    serialize(session, f"honour:{honour_id}")
    found = honour(session, honour_id)
    refuse_nominating(found, now)
    unit(session, unit_code)
    name = candidate_name(session, found, unit_code, candidate, actor)
    written = tidy_reason(words)
    bar = bars(session, gate=gate_of(found), period=Period.parse(found.period)).get(unit_code)
    standing = nominations(session, honour_id)
    if len(standing) >= MOST_NOMINATIONS:
        raise DomainError("nominations_full", most=MOST_NOMINATIONS)
    key = {"honour_id": honour_id, "unit_code": unit_code, "candidate": name}
    values = {
        "words": written, "nominated_by": actor.person_id, "nominated_at": now,
        "state": BARRED if bar is not None else ELIGIBLE, "bar": bar,
    }  # fmt: skip
    if not insert_new(session, Nomination, {**key, **values}, list(key)):
        is_free = (Nomination.honour_id == honour_id) & (Nomination.unit_code == unit_code)
        is_free &= (Nomination.candidate == name) & (Nomination.state == WITHDRAWN)
        if not _set(session, is_free, values):
            raise DomainError("nominated_already")
    made = session.scalars(
        select(Nomination)
        .where(*(getattr(Nomination, column) == value for column, value in key.items()))
        .execution_options(populate_existing=True)
    ).one()
    _record(session, actor.ref, "nominate", found, now, nomination=made.id, unit=unit_code, bar=bar or "")
    return made


def withdraw_nomination(session: Session, *, nomination_id: int, actor: Actor, now: datetime) -> Nomination:
    """Take a nomination back, as long as nominations are taken: whoever made it, or the office.

    Errors: `not_allowed`, `nomination_unknown`, `nominating_over`, `nomination_withdrawn`.
    """
    found = nomination(session, nomination_id)
    require(may_run_season(actor) or found.nominated_by == actor.person_id)
    of = honour(session, found.honour_id)
    refuse_nominating(of, now)
    is_standing = (Nomination.id == nomination_id) & (Nomination.state != WITHDRAWN)
    if not _set(session, is_standing, {"state": WITHDRAWN, "bar": None}):
        raise DomainError("nomination_withdrawn")
    _record(session, actor.ref, "withdraw_nomination", of, now, nomination=nomination_id)
    return nomination(session, nomination_id)


def ask_gate_again(session: Session, found: Honour) -> list[Nomination]:
    """Ask the gate about every nomination that stands; those that pass now. Others are barred, with their reason."""
    now_barred = bars(session, gate=gate_of(found), period=Period.parse(found.period))
    for each in nominations(session, found.id):
        bar = now_barred.get(each.unit_code)
        each.state, each.bar = (ELIGIBLE, None) if bar is None else (BARRED, bar)
    session.flush()
    return [each for each in nominations(session, found.id) if each.state == ELIGIBLE]


def passing(session: Session, found: Honour) -> list[Nomination]:
    """The nominations that pass the gate as things are now, whatever they did before; changes nothing."""
    now_barred = bars(session, gate=gate_of(found), period=Period.parse(found.period))
    return [each for each in nominations(session, found.id) if now_barred.get(each.unit_code) is None]


def nomination(session: Session, nomination_id: int) -> Nomination:
    """One nomination as it stands now, or `nomination_unknown`."""
    found = session.get(Nomination, nomination_id, populate_existing=True)
    if found is None:
        raise DomainError("nomination_unknown")
    return found


def nominations(session: Session, honour_id: int) -> list[Nomination]:
    """Those that stand, eligible or barred, in the order in which they were made."""
    rows = select(Nomination).where(Nomination.honour_id == honour_id, Nomination.state != WITHDRAWN)
    return list(session.scalars(rows.order_by(Nomination.id)))


def gate_of(found: Honour) -> Gate:
    """What the honour asks for, as it did when it was opened."""
    return gate_from_json(found.gate)


def candidate_name(session: Session, found: Honour, unit_code: str, candidate: str, actor: Actor) -> str:
    """The name of a person as it is kept, "" for the unit itself; who may put it forward is checked here."""
    if found.goes_to != PERSON:
        return ""
    name = _SPACED.sub("", one_line(candidate))
    if not 1 < len(name) <= LONGEST_NAME:
        raise DomainError("nomination_name", high=LONGEST_NAME)
    if OFFICE not in actor.roles and unit_code not in units_of(session, actor.person_id):
        raise DomainError("nomination_own_people")
    return name


def tidy_reason(words: str) -> str:
    """Why somebody is nominated, on one line; `nomination_words_length` unless 10–300 characters."""
    written = one_line(words)
    if not SHORTEST_WORDS <= len(written) <= LONGEST_WORDS:
        raise DomainError("nomination_words_length", length=len(written), low=SHORTEST_WORDS, high=LONGEST_WORDS)
    return written


def refuse_nominating(found: Honour, now: datetime) -> None:
    """`nominating_over` unless nominations are taken."""
    if found.state != NOMINATING or now >= found.nominate_until:
        raise DomainError("nominating_over")


def end_of_day(session: Session, now: datetime, days: int) -> datetime:
    """The midnight after so many whole days on the consortium's calendar."""
    place = zone(session)
    today = now.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days + 1)


def _opened_again(session: Session, values: dict[str, object]) -> bool:
    """One that was given up is opened anew, without its nominations."""
    changed = session.scalar(
        update(Honour)
        .where(Honour.code == values["code"], Honour.period == values["period"], Honour.state == CANCELLED)
        .values(**values)
        .returning(Honour.id)
        .execution_options(synchronize_session=False)
    )
    if changed is not None:
        session.execute(delete(Nomination).where(Nomination.honour_id == changed))
    return changed is not None


def _set(session: Session, condition: object, values: dict[str, object]) -> bool:
    changed = session.scalar(
        update(Nomination)
        .where(condition)  # type: ignore[arg-type]
        .values(**values)
        .returning(Nomination.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def _record(session: Session, actor: str, action: str, found: Honour, now: datetime, **details: object) -> None:
    record(session, actor=actor, action=action, subject=f"honour:{found.id}", now=now, details=details)
