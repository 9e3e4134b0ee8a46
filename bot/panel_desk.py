"""The expert panel in chat: a unit's indicators one by one, marks in the buttons until the ballot is sealed (rule 18).

Knows the way from the list of units to the receipt. Keeps nothing between two taps; whether the speaker is an expert
and may mark this unit is asked anew at every tap. The files themselves are on the page, to which a button leads.
"""

from __future__ import annotations

import dataclasses
import secrets

from bot import panel_screens as screens
from bot.ballot_screens import NOT_YET
from bot.inbound import Reply
from bot.layout import Rows
from bot.sheet_links import page_link
from bot.turn import Turn
from consortium.periods import Period
from consortium.permissions import Actor, may_mark_units, require
from locales.errors import DomainError, Reask, explain
from outbox.message import Button, Message
from reviews.panel_ballots import PanelTaskView, cast_panel_ballot, criteria_for, panel_task_of, panel_tasks
from reviews.panel_evidence import evidence_of
from reviews.panel_models import Panel
from reviews.panel_rounds import open_panel_of
from reviews.rounds import local_time, takes_ballots

PAGE = "/panel"
_KILO = 1024
_UNKNOWN = DomainError("button_expired")


def menu_buttons(turn: Turn, actor: Actor) -> list[Button]:
    """The entry of the main menu, for experts; the actor may have become known only in this turn."""
    return [Button(turn.text("panel.menu"), (screens.LETTER, screens.UNITS))] if may_mark_units(actor) else []


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of the panel's screens."""
    if not turn.is_private:
        raise _UNKNOWN
    _, verb, subject, marks, extra = (*fields, "", "", "", "")[:5]
    if verb == screens.UNITS:
        return units_screen(turn, int(subject) if subject.isdecimal() else 0)
    if verb == screens.LINK:
        require(may_mark_units(turn.known_actor()))
        return page_link(turn, PAGE)
    if not subject.isdecimal():
        raise _UNKNOWN
    sheet = _sheet(turn, int(subject), marks)
    if verb == screens.LOOK and extra.isdecimal() and int(extra) < len(sheet.criteria):
        return Reply(screens.indicator_screen(turn.language, sheet, int(extra)), edits=True)
    if verb == screens.MARK:
        return Reply(_following(turn, sheet), edits=True)
    if verb == screens.SEND and extra.isdecimal():
        return _cast(turn, sheet, int(extra))
    raise _UNKNOWN


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: the same screen, or, after sending or a link, the list as a new message."""
    if len(fields) > 1 and fields[1] in (screens.SEND, screens.LINK):
        return dataclasses.replace(units_screen(turn, 0), edits=False)
    return tapped(turn, fields)


def is_looking(fields: tuple[str, ...]) -> bool:
    """Whether this button only shows a screen: repeated, it shows it again."""
    return len(fields) > 1 and fields[1] in (screens.UNITS, screens.LOOK, screens.MARK)


def is_sending(fields: tuple[str, ...]) -> bool:
    """Whether this button sends a ballot: its message may show the receipt by now."""
    return fields[:2] == (screens.LETTER, screens.SEND)


def units_screen(turn: Turn, number: int) -> Reply:
    """Which units the speaker marks in the panel that is open now, or that there is none."""
    actor = turn.known_actor()
    require(may_mark_units(actor))
    panel = open_panel_of(turn.session)
    if panel is None or not takes_ballots(panel, turn.now):
        return Reply(screens.nothing_screen(turn.language, turn.text("panel.none")), edits=True)
    tasks = panel_tasks(turn.session, period=Period.parse(panel.period), person_id=actor.person_id)
    if not tasks:
        sentence = turn.text("panel.no_tasks", period=panel.period)
        return Reply(screens.nothing_screen(turn.language, sentence), edits=True)
    closes = local_time(turn.session, panel.closes_at) if panel.closes_at is not None else None
    drawn = screens.units_screen(
        turn.language, period=panel.period, closes=closes, tasks=tasks, number=number, ways=_ways(turn)
    )
    return Reply(drawn, edits=True)


def _ways(turn: Turn) -> Rows:
    """The button to the page; none where this installation has no address."""
    if not turn.context.public_url:
        return ()
    return ((Button(turn.text("panel.chat.page"), (screens.LETTER, screens.LINK)),),)


def _sheet(turn: Turn, task_id: int, marks: str) -> screens.Sheet:
    task = panel_task_of(turn.session, actor=turn.known_actor(), task_id=task_id, now=turn.now)
    criteria = criteria_for(turn.session.get_one(Panel, task.period), task.unit_code)
    marks = marks or NOT_YET * len(criteria)
    if not criteria or not screens.are_answers_so_far(marks, len(criteria)):
        raise _UNKNOWN
    files: dict[str, list[tuple[str, int]]] = {}
    for each in evidence_of(turn.session, period=Period.parse(task.period), unit_code=task.unit_code):
        files.setdefault(each.indicator, []).append((each.name, -(-each.size // _KILO)))
    return screens.Sheet(task, criteria, marks, files)


def _following(turn: Turn, sheet: screens.Sheet) -> Message:
    if sheet.gap is not None:
        return screens.indicator_screen(turn.language, sheet, sheet.gap)
    return screens.review_screen(turn.language, sheet)


def _cast(turn: Turn, sheet: screens.Sheet, casts: int) -> Reply:
    """Seal and store; then the next unit without a ballot. Draws the ballot's id, which says nothing about it."""
    if sheet.gap is not None:
        raise _UNKNOWN
    if casts != sheet.task.casts:
        return Reply(toast=explain(turn.language, Reask("ballot_already_sent")))  # the receipt stays as it is
    receipt = cast_panel_ballot(
        turn.session,
        actor=turn.known_actor(),
        task_id=sheet.task.id,
        marks=sheet.marks,
        casts=casts,
        ballot_id=secrets.token_urlsafe(32),
        now=turn.now,
    )
    done = screens.receipt_screen(turn.language, sheet.task, receipt.code)
    return Reply(done, edits=True, more=(_next(turn, sheet.task),))


def _next(turn: Turn, task: PanelTaskView) -> Message:
    tasks = panel_tasks(turn.session, period=Period.parse(task.period), person_id=task.person_id)
    place = next(number for number, each in enumerate(tasks, start=1) if each.id == task.id)
    following = next((each for each in tasks[place:] + tasks[:place] if not each.done), None)
    if following is not None:
        return _following(turn, _sheet(turn, following.id, ""))
    listed = units_screen(turn, 0).screen
    assert listed is not None
    return listed
