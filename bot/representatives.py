"""Blind scoring in chat: one unit at a time, marks in the buttons until the ballot is sealed (rules 21 and 22).

Knows the way from the list of units to the receipt. Keeps nothing between two taps: the server learns the marks only
with the tap that carries them, and stores them only sealed. Whether the speaker may score for this unit and whether the
round is open is asked anew at every tap.
"""

from __future__ import annotations

import dataclasses
import secrets

from sqlalchemy import select

from bot import ballot_screens as screens
from bot.inbound import Reply
from bot.sheet_links import LINK, sheet_link, sheet_rows
from bot.turn import Turn
from consortium.models import Unit
from consortium.periods import Period
from consortium.permissions import may_cast_ballot, require
from consortium.units import all_units, unit
from locales.errors import DomainError, Reask, explain
from locales.texts import pick
from outbox.message import Message
from reviews.ballots import AssignmentView, assignments_of, cast_ballot, next_assignment, task_of
from reviews.criteria import Criterion
from reviews.models import Assignment, ReviewRound
from reviews.rounds import criteria_of, local_time, open_round_of, raters_missing, takes_ballots

_UNKNOWN = DomainError("button_expired")


def units_screen(turn: Turn) -> Reply:
    """The units the speaker represents: the list of the only one, or a choice among several."""
    units = _own_units(turn)
    if len(units) == 1:
        return task_list(turn, units[0].code, 0)
    choices = [(each.code, pick(each.name, turn.language)) for each in units]
    return Reply(screens.unit_choice(turn.language, choices), edits=True)


def task_list(turn: Turn, unit_code: str, page: int) -> Reply:
    """Whom a unit is to score in the round that is open now, or that there is none."""
    require(may_cast_ballot(turn.known_actor(), unit_code))
    round_ = open_round_of(turn.session)
    if round_ is None or not takes_ballots(round_, turn.now):
        return Reply(screens.nothing_to_score(turn.language, turn.text("bot.ballot.no_round")), edits=True)
    period = Period.parse(round_.period)
    tasks = assignments_of(turn.session, period=period, unit_code=unit_code)
    name = pick(unit(turn.session, unit_code).name, turn.language)
    if not tasks:
        sentence = turn.text("bot.ballot.no_tasks", period=round_.period, unit=name)
        return Reply(screens.nothing_to_score(turn.language, sentence), edits=True)
    screen = screens.task_list(
        turn.language,
        unit_code=unit_code,
        unit_name=name,
        period=round_.period,
        closes=local_time(turn.session, round_.closes_at) if round_.closes_at is not None else None,
        tasks=tasks,
        missing=_missing(turn, period),
        page_number=page,
        ways=sheet_rows(turn),
    )
    return Reply(screen, edits=True)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of a scoring screen."""
    if not turn.is_private:
        raise _UNKNOWN
    _, verb, subject, marks, extra = (*fields, "", "", "", "")[:5]
    if verb == screens.UNITS:
        return units_screen(turn)
    if verb == screens.LIST:
        return task_list(turn, subject, int(marks) if marks.isdecimal() else 0)
    if verb == LINK:
        return sheet_link(turn)
    if not subject.isdecimal():
        raise _UNKNOWN
    task = task_of(turn.session, actor=turn.known_actor(), assignment_id=int(subject), now=turn.now)
    criteria = _criteria(turn, task)
    marks = marks or screens.NOT_YET * len(criteria)
    if not screens.are_marks_so_far(marks, len(criteria)):
        raise _UNKNOWN
    if verb == screens.LOOK and extra.isdecimal() and int(extra) < len(criteria):
        return Reply(_criterion(turn, task, criteria, marks, int(extra)), edits=True)
    if verb == screens.MARK:
        return Reply(_following(turn, task, criteria, marks), edits=True)
    if verb == screens.SEND:
        return _cast(turn, task, criteria, marks, extra)
    raise _UNKNOWN


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: the same screen again, or, after sending, the list with what is done.

    The list comes as a new message: the old one may show the receipt. So does the list where a link to the page was
    asked for: a link is made once.
    """
    if len(fields) > 1 and fields[1] == LINK:
        return dataclasses.replace(units_screen(turn), edits=False)
    if is_sending(fields) and fields[2].isdecimal():
        task = task_of(turn.session, actor=turn.known_actor(), assignment_id=int(fields[2]), now=turn.now)
        return dataclasses.replace(task_list(turn, task.rater, 0), edits=False)
    return tapped(turn, fields)


def is_looking(fields: tuple[str, ...]) -> bool:
    """Whether this button only shows a screen: repeated, it shows it again."""
    return len(fields) > 1 and fields[1] in (screens.UNITS, screens.LIST, screens.MARK, screens.LOOK)


def is_sending(fields: tuple[str, ...]) -> bool:
    """Whether this button sends a ballot: its message may show the receipt by now."""
    return len(fields) > 2 and fields[1] == screens.SEND  # noqa: PLR2004 - "b", verb, task


def _cast(turn: Turn, task: AssignmentView, criteria: tuple[Criterion, ...], marks: str, casts: str) -> Reply:
    """Seal and store. A button drawn before the last ballot for this unit sends nothing: a double tap is one ballot.

    Draws the ballot's id, which says nothing about it.
    """
    if casts != str(_casts(turn, task)):
        return Reply(toast=explain(turn.language, Reask("ballot_already_sent")))  # the receipt stays as it is
    receipt = cast_ballot(
        turn.session,
        actor=turn.known_actor(),
        assignment_id=task.id,
        marks=marks,
        ballot_id=secrets.token_urlsafe(32),
        now=turn.now,
    )
    return Reply(
        screens.receipt_screen(turn.language, task=task, code=receipt.code),
        edits=True,
        more=(_after_casting(turn, task, criteria),),
    )


def _after_casting(turn: Turn, task: AssignmentView, criteria: tuple[Criterion, ...]) -> Message:
    """The next unit without a ballot, or the list when all are done."""
    following = next_assignment(turn.session, period=Period.parse(task.period), unit_code=task.rater, after=task.id)
    if following is not None:
        return _criterion(turn, following, criteria, screens.NOT_YET * len(criteria), 0)
    done = task_list(turn, task.rater, 0).screen
    assert done is not None
    return done


def _following(turn: Turn, task: AssignmentView, criteria: tuple[Criterion, ...], marks: str) -> Message:
    gap = screens.next_gap(marks)
    if gap is not None:
        return _criterion(turn, task, criteria, marks, gap)
    casts = _casts(turn, task)
    return screens.review_screen(turn.language, task=task, criteria=criteria, marks=marks, casts=casts)


def _criterion(turn: Turn, task: AssignmentView, criteria: tuple[Criterion, ...], marks: str, place: int) -> Message:
    return screens.criterion_screen(turn.language, task=task, criteria=criteria, marks=marks, place=place)


def _criteria(turn: Turn, task: AssignmentView) -> tuple[Criterion, ...]:
    return criteria_of(turn.session.get_one(ReviewRound, task.period))


def _missing(turn: Turn, period: Period) -> list[str]:
    """The names of the units that have not done all their tasks: the only thing anybody learns of a round."""
    codes = set(raters_missing(turn.session, period))
    return [pick(each.name, turn.language) for each in all_units(turn.session) if each.code in codes]


def _casts(turn: Turn, task: AssignmentView) -> int:
    return turn.session.scalars(select(Assignment.casts).where(Assignment.id == task.id)).one()


def _own_units(turn: Turn) -> list[Unit]:
    """The units the speaker may score for now, in their order; `not_representative` if none."""
    actor = turn.known_actor()
    units = [each for each in all_units(turn.session) if may_cast_ballot(actor, each.code)]
    if not units:
        raise DomainError("not_representative")
    return units
