"""Actions 整改 (rule 117): what a unit does about a red indicator, until when, and whether the next figure is better.

An indicator of a ranked unit is red when its line earned a smaller share of its points than the scheme's `[actions]`
say, or missed its target where they ask for that. A month that is settled opens an action for each, and looks again at
those that wait for it: what was done and passes is closed, what was done and is red still goes another round. Without
`[actions]` there are only those that the office opens. Refuses to know how people are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from consortium.people import actor_of, unit_people
from consortium.periods import Period
from consortium.permissions import Actor, may_carry_out, may_manage_actions, may_see_unit, require
from consortium.units import unit
from consortium.workdays import calendar_of, due_date, local_date
from evaluation.elements import Actions, Scheme
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.office_models import Action
from evaluation.schemes import scheme_version
from locales.errors import DomainError
from storage.audit import record
from storage.database import insert_new, serialize
from surveys.plain_text import clean_text, is_blank

OPEN, DONE, CLOSED, CANCELLED = STATES = ("open", "done", "closed", "cancelled")
STANDING = (OPEN, DONE)
RED, MANUAL = "red", "manual"
LONGEST_WORDS = 1000
MOST_WORKDAYS = 120

_LOCK = "actions"
_WHOLE = Fraction(1)
_PERCENT = 100


def is_red(line: ScoreLine, rule: Actions) -> bool:
    """Whether a settled line calls for an action: no points to earn or no figure never does, nor a bonus."""
    if line.share is None or line.scheme_points <= 0 or line.is_bonus:
        return False
    if line.share < rule.below / _PERCENT:
        return True
    return rule.targets and line.target is not None and line.share < _WHOLE


def follow_settlement(session: Session, *, period: Period, scheme: Scheme, actor: str, now: datetime) -> list[Action]:
    """What a settled month means for actions: look again at those that wait for it, then open one for every red
    indicator without one; the new ones. Done again for the same month it changes nothing.

    A corrected month is looked at when it is the newest; what it opened before stays.
    """
    rule = scheme.actions or Actions()
    serialize(session, _LOCK)
    standing = _standing(session)
    if scheme.actions is None and not standing:
        return []
    lines = _lines(session, period)
    for found in standing:
        if found.recheck_period <= str(period):
            _recheck(session, found, lines.get((found.unit_code, found.indicator)), period, rule, actor, now)
    if scheme.actions is None:
        return []
    made = []
    for (unit_code, indicator), line in lines.items():
        if is_red(line, rule) and not _is_known(session, unit_code, indicator, period):
            opened = _open(session, unit_code, indicator, period, RED, None, rule.workdays, actor, now)
            made += [opened] if opened is not None else []
    return made


def follow_settlements(session: Session, *, actor: str, now: datetime) -> list[Action]:
    """The same for the month settled last, for whoever was not there when it was settled."""
    month = _newest_month(session)
    if month is None:
        return []
    newest = session.get_one(Settlement, str(month))
    scheme = scheme_version(session, year=newest.scheme_year, version=newest.scheme_version)
    return follow_settlement(session, period=month, scheme=scheme, actor=actor, now=now)


def open_action(
    session: Session, *, unit_code: str, indicator: str, period: Period, words: str, workdays: int, actor: Actor,
    now: datetime,
) -> Action:  # fmt: skip
    """The office opens one about an indicator of a unit's settled month, with words for what is asked.

    Errors: `not_allowed`, `unit_unknown`, `action_indicator_unknown`, `action_days_out_of_range`,
    `action_words_missing`, `action_words_too_long`, `action_open_already`.
    """
    require(may_manage_actions(actor))
    unit(session, unit_code)
    written = tidy_words(words)
    if not 1 <= workdays <= MOST_WORKDAYS:
        raise DomainError("action_days_out_of_range", most=MOST_WORKDAYS)
    serialize(session, _LOCK)
    if not period.is_month or session.get(ScoreLine, (str(period), unit_code, indicator)) is None:
        raise DomainError("action_indicator_unknown")
    made = _open(session, unit_code, indicator, period, MANUAL, written, workdays, actor.ref, now)
    if made is None:
        raise DomainError("action_open_already")
    return made


def plan_action(session: Session, *, action_id: int, words: str, actor: Actor, now: datetime) -> Action:
    """The unit says what it will do; who says it owns the action from then on. Again while it is open, it is replaced.

    Errors: `action_unknown` (also for whoever is not of the unit), `action_words_missing`, `action_words_too_long`,
    `action_not_open`.
    """
    found = _own(session, action_id, actor)
    written = tidy_words(words)
    if found.state == OPEN and found.words == written and found.owner_id == actor.person_id:
        return found
    values = {"words": written, "owner_id": actor.person_id}
    return _changed(session, found, values, Action.state == OPEN, "plan_action", actor.ref, now)


def finish_action(session: Session, *, action_id: int, words: str, actor: Actor, now: datetime) -> Action:
    """The unit says that it is done, and what was done: the next settled month shows whether it helped.

    Errors: `action_unknown`, `action_words_missing`, `action_words_too_long`, `action_not_planned` (nobody has said
    what is to be done), `action_not_open`.
    """
    found = _own(session, action_id, actor)
    written = tidy_words(words)
    if found.state == DONE and found.done_words == written:
        return found
    if found.words is None:
        raise DomainError("action_not_planned")
    values = {"state": DONE, "done_words": written, "done_by": actor.person_id, "done_at": now}
    return _changed(session, found, values, Action.state == OPEN, "finish_action", actor.ref, now)


def cancel_action(session: Session, *, action_id: int, reason: str, actor: Actor, now: datetime) -> Action:
    """The office gives one up and says why. Errors: `not_allowed`, `action_unknown`, `action_words_missing`,
    `action_words_too_long`, `action_not_open`.
    """
    require(may_manage_actions(actor))
    found = action(session, action_id)
    values = {
        "state": CANCELLED, "done_words": tidy_words(reason), "done_by": actor.person_id, "done_at": now,
        "closed_at": now,
    }  # fmt: skip
    return _changed(session, found, values, Action.state.in_(STANDING), "cancel_action", actor.ref, now)


def action(session: Session, action_id: int) -> Action:
    """One action as it stands now, or `action_unknown`."""
    found = session.get(Action, action_id, populate_existing=True)
    if found is None:
        raise DomainError("action_unknown")
    return found


def action_for(session: Session, action_id: int, actor: Actor) -> Action:
    """One action as somebody may see it, or `action_unknown`."""
    found = action(session, action_id)
    if not may_see_unit(actor, found.unit_code):
        raise DomainError("action_unknown")
    return found


def actions(session: Session, *, states: Iterable[str] = STATES, units: Iterable[str] | None = None) -> list[Action]:
    """Actions in these states (of these units), what is due first at the top."""
    rows = select(Action).where(Action.state.in_(tuple(states)))
    if units is not None:
        rows = rows.where(Action.unit_code.in_(tuple(units)))
    ordered = rows.order_by(Action.due_on, Action.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def open_actions(session: Session, unit_code: str) -> list[Action]:
    """What a unit still has to do or to show, what is due first at the top."""
    return actions(session, states=STANDING, units=(unit_code,))


def overdue_actions(session: Session, today: date) -> list[Action]:
    """Open actions of all units whose day is over."""
    return [each for each in actions(session, states=(OPEN,)) if is_overdue(each, today)]


def is_overdue(found: Action, today: date) -> bool:
    """Whether nobody has said that it is done, and its day is over."""
    return found.state == OPEN and found.due_on < today


def tidy_words(written: str) -> str:
    """What somebody wrote as it may be kept; `action_words_missing` or `action_words_too_long`."""
    cleaned = clean_text(written) or ""
    if is_blank(cleaned):
        raise DomainError("action_words_missing")
    if len(cleaned) > LONGEST_WORDS:
        raise DomainError("action_words_too_long", length=len(cleaned), limit=LONGEST_WORDS)
    return cleaned


def _newest_month(session: Session) -> Period | None:
    """The last of the settled months."""
    periods = (Period.parse(each) for each in session.scalars(select(Settlement.period)))
    return max((each for each in periods if each.is_month), default=None)


def _lines(session: Session, period: Period) -> dict[tuple[str, str], ScoreLine]:
    """The lines of the ranked units of a settled month."""
    rows = session.scalars(
        select(ScoreLine)
        .join(Scorecard, (Scorecard.period == ScoreLine.period) & (Scorecard.unit_code == ScoreLine.unit_code))
        .where(ScoreLine.period == str(period), Scorecard.rank.is_not(None))
        .order_by(Scorecard.position, ScoreLine.position)
    )
    return {(line.unit_code, line.indicator): line for line in rows}


def _standing(session: Session) -> list[Action]:
    rows = select(Action).where(Action.state.in_(STANDING)).order_by(Action.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _recheck(  # noqa: PLR0917 - the facts of one look
    session: Session, found: Action, line: ScoreLine | None, period: Period, rule: Actions, actor: str, now: datetime
) -> None:
    """Close it, send it round again, or wait for a month with a figure."""
    following = str(period.next())
    if line is None or line.share is None or found.state == OPEN:
        _changed(session, found, {"recheck_period": following}, Action.id == found.id, None, actor, now)
        return
    if not is_red(line, rule):
        values: dict[str, Any] = {"state": CLOSED, "closed_at": now}
        _changed(session, found, values, Action.state == DONE, "close_action", actor, now)
        return
    due = due_date(local_date(session, now), rule.workdays, calendar_of(session))
    values = {"state": OPEN, "rounds": found.rounds + 1, "recheck_period": following, "due_on": due.date}
    _changed(session, found, values, Action.state == DONE, "reopen_action", actor, now, period=str(period))


def _is_known(session: Session, unit_code: str, indicator: str, period: Period) -> bool:
    """Whether this red figure has had its action, or one about it stands."""
    about = (Action.unit_code == unit_code) & (Action.indicator == indicator)
    either = Action.state.in_(STANDING) | (Action.period == str(period))
    return session.scalar(select(Action.id).where(about, either).limit(1)) is not None


def _open(  # noqa: PLR0917 - the facts of one row
    session: Session, unit_code: str, indicator: str, period: Period, origin: str, words: str | None, workdays: int,
    actor: str, now: datetime,
) -> Action | None:  # fmt: skip
    """A new action; None where one about the same indicator stands."""
    if open_about(session, unit_code, indicator) is not None:
        return None
    today = local_date(session, now)
    owners = unit_people(session, unit_code)
    leading = [each for each in owners if unit_code in actor_of(session, each.id).leads] or owners
    values: dict[str, Any] = {
        "number": _next_number(session, today.year), "unit_code": unit_code, "indicator": indicator,
        "period": str(period), "origin": origin, "words": words, "owner_id": leading[0].id if leading else None,
        "due_on": due_date(today, workdays, calendar_of(session)).date,
        "recheck_period": str(max(period, _newest_month(session) or period).next()),
        "state": OPEN, "rounds": 1, "opened_by": actor, "opened_at": now,
    }  # fmt: skip
    while not insert_new(session, Action, values, ["number"]):  # somebody was quicker by a moment
        values["number"] = _next_number(session, today.year)
    made = open_about(session, unit_code, indicator)
    assert made is not None
    _record(session, actor, "open_action", made, now, origin=origin, due_on=made.due_on.isoformat())
    return made


def open_about(session: Session, unit_code: str, indicator: str) -> Action | None:
    """The action that stands about an indicator of a unit."""
    rows = select(Action).where(
        Action.unit_code == unit_code, Action.indicator == indicator, Action.state.in_(STANDING)
    )
    return session.scalars(rows).first()


def _next_number(session: Session, year: int) -> str:
    numbers = session.scalars(select(Action.number).where(Action.number.startswith(f"A{year}-")))
    return f"A{year}-{max((int(number.partition('-')[2]) for number in numbers), default=0) + 1:03d}"


def _own(session: Session, action_id: int, actor: Actor) -> Action:
    found = action(session, action_id)
    if not may_carry_out(actor, found.unit_code):
        raise DomainError("action_unknown")
    return found


def _changed(  # noqa: PLR0917 - the facts of one change
    session: Session, found: Action, values: dict[str, Any], condition: ColumnElement[bool], act: str | None,
    actor: str, now: datetime, **details: object,
) -> Action:  # fmt: skip
    """Change it if it stands as `condition` says: that is in the UPDATE, so of two one comes late."""
    changed = session.scalar(
        update(Action)
        .where(Action.id == found.id, condition)
        .values(**values)
        .returning(Action.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise DomainError("action_not_open", number=found.number)
    standing = action(session, found.id)
    if act is not None:
        _record(session, actor, act, standing, now, **details)
    return standing


def _record(session: Session, actor: str, act: str, found: Action, now: datetime, **details: object) -> None:
    """The trail knows which action it was, never its words."""
    about = {"unit": found.unit_code, "indicator": found.indicator, "period": found.period, "round": found.rounds}
    record(session, actor=actor, action=act, subject=f"action:{found.number}", now=now, details=about | details)
