"""Commands that lead to desks which exist: release, objections, alerts, deliveries, who is on duty.

In private each opens its desk. In the office's group only what everybody there may read is said (editions, numbers,
due dates), and where the rest is. Refuses to decide anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot import bulletin_desk, doubtful_deliveries, duty_desk, objection_answers, office
from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted
from bot.turn import Turn
from bulletins.editions import content_of, waiting
from bulletins.wording import edition_name, one_line
from consortium.duties import on_duty_now
from consortium.permissions import (
    may_be_on_duty,
    may_decide_objections,
    may_read_drafts,
    may_run_season,
    may_see_season,
    require,
)
from evaluation.alerts import open_alerts
from evaluation.objections import open_objections
from outbox.message import Button, Message
from outbox.overview import count_by_state
from reviews.rounds import local_time
from scheduler import watch_notices
from scheduler.objection_wording import due_of, unit_name

_MOST = 12
_STATES = ("owed", "attempting", "uncertain", "held", "refused", "sent")


def release(turn: Turn, _rest: str) -> Reply:
    """What waits to be proposed or released: the only one at once, as it will arrive; else the list."""
    require(may_read_drafts(turn.known_actor()))
    standing = waiting(turn.session)
    if not turn.is_private:
        lines = [
            turn.text(
                "lists.edition",
                name=edition_name(content_of(each), turn.language),
                state=turn.text(f"bot.bulletin.state.{each.state}"),
            )
            for each in standing
        ]
        return _told(turn, "lists.release" if lines else "lists.release_none", lines)
    if not standing:
        return Reply(Message(turn.text("lists.release_none"), (_home(turn),)))
    if len(standing) == 1:
        return bulletin_desk.preview(turn, standing[0].id)
    return _opened(bulletin_desk.list_screen(turn, 0))


def objections(turn: Turn, _rest: str) -> Reply:
    """Objections that wait, the first due first; their words are for private chats."""
    require(may_decide_objections(turn.known_actor()))
    if turn.is_private:
        return _opened(objection_answers.look_screen(turn, ""))
    lines = [
        turn.text(
            "lists.objection",
            number=each.number,
            unit=unit_name(turn.session, each.unit_code, turn.language),
            due=due_of(each, turn.language),
        )
        for each in open_objections(turn.session)
    ]
    return _told(turn, "lists.objections" if lines else "lists.objections_none", lines)


def alerts(turn: Turn, _rest: str) -> Reply:
    """Alerts that nobody has seen; in the group how many of each unit."""
    require(may_run_season(turn.known_actor()))
    if turn.is_private:
        return _opened(office.tapped(turn, ("o", watch_notices.ALERTS)))
    by_unit = Counter(each.unit_code for each in open_alerts(turn.session))
    lines = [
        turn.text("lists.alert", unit=unit_name(turn.session, code, turn.language), count=count)
        for code, count in sorted(by_unit.items())
    ]
    return _told(turn, "lists.alerts" if lines else "lists.alerts_none", lines)


def deliveries(turn: Turn, _rest: str) -> Reply:
    """How many messages stand in which state, and those in doubt with their buttons; in the group the numbers alone."""
    require(may_run_season(turn.known_actor()))
    states = count_by_state(turn.session)
    lines = [
        turn.text("lists.state", state=turn.text(f"lists.state.{state}"), count=states[state])
        for state in _STATES
        if states.get(state)
    ]
    if not turn.is_private:
        return _told(turn, "lists.deliveries" if lines else "lists.deliveries_none", lines)
    said = turn.text("lists.deliveries" if lines else "lists.deliveries_none")
    overview = Message("\n".join([said, *(f"· {line}" for line in lines)]))
    if not any(states.get(state) for state in doubtful_deliveries.WAITING):
        return Reply(Message(overview.text, (_home(turn),)))
    doubts = doubtful_deliveries.list_screen(turn, 0)
    assert doubts.screen is not None
    return Reply(overview, more=(doubts.screen,))


def duty(turn: Turn, _rest: str) -> Reply:
    """Who of the office is on duty, and since when; the office's own people in private with what they may do."""
    actor = turn.known_actor()
    require(may_see_season(actor))
    if turn.is_private and may_be_on_duty(actor):
        return _opened(duty_desk.duty_screen(turn))
    found = on_duty_now(turn.session)
    if found is None:
        said = turn.text("lists.duty_none")
    else:
        person, since = found
        said = turn.text("lists.duty", name=one_line(person.name), since=local_time(turn.session, since))
    return Reply(Message(said))


DESKS: Mapping[str, Callable[[Turn, str], Reply]] = {
    "release": release, "objections": objections, "alerts": alerts, "deliveries": deliveries, "duty": duty,
}  # fmt: skip


def _opened(reply: Reply) -> Reply:
    """A desk's screen as the answer to a command: a message of its own."""
    return replace(reply, edits=False)


def _told(turn: Turn, key: str, lines: list[str]) -> Reply:
    """A short list for the group, and that its desk is in private."""
    left = len(lines) - _MOST
    shown = [f"· {line}" for line in lines[:_MOST]] + ([turn.text("lists.more", count=left)] if left > 0 else [])
    parts = [turn.text(key), *shown, *([turn.text("lists.in_private")] if lines else [])]
    return Reply(Message(fitted("\n".join(parts), LONGEST_TEXT)))


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
