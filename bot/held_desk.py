"""Held answers in chat: how many there are, which proposals wait, and a second person's word on one of them.

Numbers by unit and nothing else. Which answers are meant is read from a proposal's mark at the moment of the tap; who
may decide is asked anew each time. Looking at answers one by one, and proposing, is done on the page.
"""

from __future__ import annotations

import re

from bot.inbound import Reply
from bot.layout import LONGEST_TEXT, fitted, shorten
from bot.turn import Turn
from bulletins.wording import name_in, period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import may_run_season, may_see_season, require
from consortium.units import all_units
from evaluation.models import Settlement
from locales.errors import DomainError
from outbox.message import Button, Message
from scheduler.examination import months_to_examine
from scheduler.held_decisions import keep_held_out, release_held
from scheduler.held_notices import KEEP, LOOK, RELEASE, proposal_message
from surveys.honesty.holds import DOUBTED, PROPOSED, HeldResponse, held_responses, rates
from surveys.honesty.proposals import Proposal, open_proposal, open_proposals
from surveys.honesty.words import share_text

PROPOSAL = "hprop"
PAGE = "/office/held"

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_MOST_PROPOSALS = 8
_NAME = 20
_ROOM = LONGEST_TEXT - 600


def count_undecided(turn: Turn) -> int:
    """How many answers of the months that are still open wait for a person's word."""
    months = months_to_examine(turn.session, now=turn.now)
    return sum(_is_undecided(held) for month in months for held in held_responses(turn.session, period=month))


def look_screen(turn: Turn, written: str) -> Reply:
    """A month's held answers unit by unit, or those of every open month; below it what waits for a second word."""
    require(may_see_season(turn.known_actor()))
    months = (_month(written),) if written else months_to_examine(turn.session, now=turn.now)
    address = turn.context.public_url
    to_page = turn.text("held.desk.page", url=address + PAGE) if address else turn.text("held.desk.no_page")
    parts = [_month_text(turn, month) for month in months]
    proposals = [each for month in months for each in open_proposals(turn.session, period=month)]
    rows = [
        (Button(_proposal_label(turn, each), ("o", PROPOSAL, str(each.period), each.mark)),)
        for each in proposals[:_MOST_PROPOSALS]
        if not _is_settled(turn, each.period)
    ]
    said = fitted("\n\n".join(parts), _ROOM) + "\n\n" + to_page
    return Reply(Message(said, (*rows, _home(turn))), edits=True)


def proposal_screen(turn: Turn, written: str, mark: str) -> Reply:
    """One proposal, with the buttons of its notice."""
    require(may_run_season(turn.known_actor()))
    proposal = open_proposal(turn.session, period=_month(written), mark=mark)
    return Reply(proposal_message(turn.session, proposal, turn.language), edits=True)


def released(turn: Turn, written: str, mark: str) -> Reply:
    """Agree with what another person proposed."""
    return _decided(turn, written, mark, RELEASE)


def kept_out(turn: Turn, written: str, mark: str) -> Reply:
    """Agree with the doubt instead."""
    return _decided(turn, written, mark, KEEP)


def _decided(turn: Turn, written: str, mark: str, verb: str) -> Reply:
    actor = turn.known_actor()
    require(may_run_season(actor))
    proposal = open_proposal(turn.session, period=_month(written), mark=mark)
    decide = release_held if verb == RELEASE else keep_held_out
    decide(turn.session, period=proposal.period, response_ids=proposal.response_ids, actor=actor, now=turn.now)
    said = turn.text(
        "held.proposal.released" if verb == RELEASE else "held.proposal.kept",
        month=period_name(proposal.period, turn.language),
        count=len(proposal.response_ids),
    )
    look = Button(turn.text("held.look"), ("o", LOOK, str(proposal.period)))
    return Reply(Message(said, ((look,),)), edits=True)


def _month_text(turn: Turn, month: Period) -> str:
    """One line for each unit of which something was held."""
    open_by_unit: dict[str, int] = {}
    for held in held_responses(turn.session, period=month):
        open_by_unit[held.unit_code] = open_by_unit.get(held.unit_code, 0) + _is_undecided(held)
    found = rates(turn.session, period=month)
    lines = [
        turn.text(
            "held.desk.unit",
            unit=name_in(unit.name, turn.language, unit.code),
            answers=found[unit.code].answers,
            flagged=found[unit.code].flagged,
            rate=share_text(found[unit.code].rate),
            open=open_by_unit[unit.code],
        )
        for unit in all_units(turn.session)
        if unit.code in open_by_unit and unit.code in found
    ]
    head = turn.text("held.desk.text", month=period_name(month, turn.language))
    return "\n".join([head, *(lines or [turn.text("held.desk.none")])])


def _proposal_label(turn: Turn, proposal: Proposal) -> str:
    person = turn.session.get(Person, proposal.proposed_by)
    name = person.name if person is not None else proposal.proposed_by
    return turn.text("held.desk.proposal", by=shorten(name, _NAME), count=len(proposal.response_ids))


def _is_undecided(held: HeldResponse) -> bool:
    return held.state in (DOUBTED, PROPOSED)


def _is_settled(turn: Turn, month: Period) -> bool:
    return turn.session.get(Settlement, str(month)) is not None


def _month(written: str) -> Period:
    """The month in a button."""
    if not _MONTH.fullmatch(written):
        raise DomainError("button_expired")
    return Period.parse(written)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
