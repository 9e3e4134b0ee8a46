"""The office's acts in chat: each first shows what it would do to whom, then a button does or proposes it.

Knows the screens and buttons of the conversation "c" that change something, in private and in the office's group: the
button carries what it is about, who taps it is asked anew. What an act does, what it is refused for and when two have
to agree is `scheduler.act_plans`' and `scheduler.office_acts`' to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.command_words import moment_in, month_in
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted, in_rows
from bot.turn import Turn
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from consortium.units import zone
from locales.errors import DomainError
from outbox.message import Button, Message
from reviews.models import ReviewRound
from reviews.round_changes import refuse_extension
from reviews.rounds import open_round_of
from scheduler.act_months import months_to_draft, months_to_settle
from scheduler.act_notices import act_title, proposal_buttons, proposal_message
from scheduler.act_plans import (
    ACTS,
    DIGEST_DIGITS,
    DRAFT,
    EXTEND,
    SETTLEMENT,
    Plan,
    moment_of,
    moment_written,
    plan_act,
)
from scheduler.act_wording import done_text, plan_text
from scheduler.models import OfficeAct
from scheduler.office_acts import decide_act, do_act, name_of, plan_of_act, propose_act, standing_act

LETTER = "c"
SHOW, DO, PROPOSE, STATUS = "w", "y", "p", "s"

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_DAYS_OFFERED = (1, 2, 3, 7)
_ROOM = LONGEST_TEXT - 300
_MOST_MONTHS = 6


def command(name: str, turn: Turn, rest: str) -> Reply:
    """`/open 2026-10`, `/extend 2026-11-05 18:00`: what it would do, or what there is to choose from."""
    require(may_run_season(turn.known_actor()))
    if name == EXTEND:
        return Reply(_extend_screen(turn, rest))
    return Reply(_act_screen(turn, name, month_in(rest)))


def shown(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button that leads to an act: (command, month, moment), the last two may be empty."""
    require(may_run_season(turn.known_actor()))
    name, period, moment = _about(fields)
    if name == EXTEND and not moment:
        return Reply(_choose_moment(turn, _extensible(turn)), edits=True)
    if name == EXTEND:
        return Reply(_plan_screen(turn, name, period, {"closes_at": moment}), edits=True)
    return Reply(_act_screen(turn, name, period), edits=True)


def done(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """The button that does what one person is enough for."""
    actor = turn.known_actor()
    name, period, moment = _about(fields)
    plan, outcome = do_act(
        turn.session,
        command=name,
        subject=str(period),
        arguments={"closes_at": moment} if moment else {},
        digest=_field(fields, 5),
        actor=actor,
        now=turn.now,
    )
    return Reply(_done_screen(turn, plan, outcome), edits=True)


def proposed(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """The button that asks another person; in the group the message itself is then what is to be agreed to."""
    actor = turn.known_actor()
    name, period, moment = _about(fields)
    act = propose_act(
        turn.session,
        command=name,
        subject=str(period),
        arguments={"closes_at": moment} if moment else {},
        digest=_field(fields, 5),
        actor=actor,
        now=turn.now,
    )
    return Reply(_standing_screen(turn, act), edits=True)


def looked_at(turn: Turn, act_id: int) -> Reply:
    """One proposal that waits, whole."""
    require(may_run_season(turn.known_actor()))
    return Reply(_standing_screen(turn, standing_act(turn.session, act_id)), edits=True)


def decided(turn: Turn, act_id: int, digest: str, *, agrees: bool) -> Reply:
    """A second person's word on a proposal, or the first one's that takes it back."""
    actor = turn.known_actor()
    decision = decide_act(turn.session, act_id=act_id, agrees=agrees, digest=digest, actor=actor, now=turn.now)
    act, title = decision.act, act_title(decision.act, turn.language)
    if decision.changed:
        by = name_of(turn.session, act.proposed_by)
        return Reply(
            Message(turn.text("acts.changed", title=title, by=by), (status_row(turn, act.subject),)), edits=True
        )
    if not agrees or decision.plan is None:
        said = turn.text(f"acts.is_{act.state}", title=title, name=actor.name)
        return Reply(Message(said, (status_row(turn, act.subject),)), edits=True)
    return Reply(_done_screen(turn, decision.plan, decision.outcome, by=act), edits=True)


def again(turn: Turn) -> Reply:
    """A repeated tap on a button that acts: that it has been done; nothing is done twice."""
    require(may_run_season(turn.known_actor()))
    return Reply(Message(turn.text("acts.done_before"), (status_row(turn, ""),)), edits=True)


def status_row(turn: Turn, period: str) -> tuple[Button, ...]:
    """The way back to where the month stands."""
    return (Button(turn.text("acts.button.status"), (LETTER, STATUS, period)),)


def _act_screen(turn: Turn, name: str, period: Period | None) -> Message:
    """A plan, or the months to choose from where there are several and none was named."""
    if period is None and name in {SETTLEMENT, DRAFT}:
        found = months_to_settle(turn.session, turn.now) if name == SETTLEMENT else months_to_draft(turn.session)
        if len(found) > 1:
            buttons = [Button(str(each), (LETTER, SHOW, name, str(each))) for each in found[:_MOST_MONTHS]]
            return Message(turn.text("acts.which_month"), (*in_rows(buttons, 2), status_row(turn, "")))
    return _plan_screen(turn, name, period, {})


def _extend_screen(turn: Turn, rest: str) -> Message:
    round_ = _extensible(turn)
    assert round_.closes_at is not None
    moment = moment_in(rest, before=round_.closes_at, zone=zone(turn.session))
    if moment is None:
        return _choose_moment(turn, round_)
    return _plan_screen(turn, EXTEND, Period.parse(round_.period), {"closes_at": moment_written(moment)})


def _extensible(turn: Turn) -> ReviewRound:
    """The open round, if its closing time can move at all."""
    round_ = open_round_of(turn.session)
    if round_ is None:
        raise DomainError("act_no_round")
    if round_.closes_at is None:
        raise DomainError("round_without_end", period=round_.period)
    return round_


def _choose_moment(turn: Turn, round_: ReviewRound) -> Message:
    """Some later closing times, at the time of day of the present one, on the consortium's own clock."""
    assert round_.closes_at is not None
    place, period = zone(turn.session), Period.parse(round_.period)
    standing = round_.closes_at.astimezone(place)
    buttons = []
    for days in _DAYS_OFFERED:
        moment = standing + timedelta(days=days)  # by the wall clock: the offset is worked out anew below
        try:
            refuse_extension(turn.session, period=period, closes_at=moment, now=turn.now)
        except DomainError:
            continue
        label = turn.text("acts.extend.choice", days=days, moment=moment.strftime("%m-%d %H:%M"))
        buttons.append(Button(label, (LETTER, SHOW, EXTEND, round_.period, moment_written(moment))))
    said = turn.text("acts.extend.choose", moment=standing.strftime("%Y-%m-%d %H:%M"))
    return Message(said, (*in_rows(buttons, 1), status_row(turn, round_.period)))


def _plan_screen(turn: Turn, name: str, period: Period | None, arguments: dict[str, str]) -> Message:
    """What would happen to whom, and the button that does it or asks another person."""
    plan = plan_act(turn.session, command=name, period=period, arguments=arguments, now=turn.now)
    about = (name, str(plan.period), plan.arguments.get("closes_at", ""), plan.digest[:DIGEST_DIGITS])
    verb, key = (DO, f"acts.button.do.{name}") if plan.second is None else (PROPOSE, "acts.button.propose")
    act = Button(turn.text(key), (LETTER, verb, *about))
    said = fitted(plan_text(turn.session, plan, turn.language), _ROOM)
    return Message(said, ((act,), status_row(turn, str(plan.period))))


def _standing_screen(turn: Turn, act: OfficeAct) -> Message:
    """A proposal with its two buttons; what it would do now may be nothing any more."""
    by = name_of(turn.session, act.proposed_by)
    try:
        plan = plan_of_act(turn.session, act, now=turn.now)
    except DomainError:
        said = turn.text("acts.changed", title=act_title(act, turn.language), by=by)
        return Message(said, (proposal_buttons(act, turn.language)[-1], status_row(turn, act.subject)))
    message = proposal_message(turn.session, act, plan, by, turn.language)
    return Message(fitted(message.text, _ROOM), (*message.buttons, status_row(turn, act.subject)))


def _done_screen(turn: Turn, plan: Plan, outcome: Mapping[str, object], *, by: OfficeAct | None = None) -> Message:
    """That it has been done, by whom where others read it, and the way to what comes next."""
    lines = [done_text(plan, turn.language, outcome)]
    name = turn.known_actor().name
    if by is not None:
        lines.append(turn.text("acts.by_two", first=name_of(turn.session, by.proposed_by), second=name))
    elif not turn.is_private:
        lines.append(turn.text("acts.by_one", name=name))
    rows = [status_row(turn, str(plan.period))]
    if plan.command == DRAFT and turn.is_private:
        rows.insert(0, (Button(turn.text("acts.button.preview"), ("o", "bul", str(outcome["bulletin"]))),))
    return Message("\n".join(lines), tuple(rows))


def _about(fields: tuple[str, ...]) -> tuple[str, Period, str]:
    """Command, month and moment of a button; what cannot be read is of another version of the program."""
    name, written, moment = _field(fields, 2), _field(fields, 3), _field(fields, 4)
    if moment:
        moment_of(moment)
    if name not in ACTS or not _MONTH.fullmatch(written):
        raise DomainError("button_expired")
    return name, Period.parse(written), moment


def _field(fields: tuple[str, ...], place: int) -> str:
    return fields[place] if len(fields) > place else ""
