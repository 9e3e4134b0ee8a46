"""Stories on the office's desk in chat: what waits, one whole with what to look at twice, choose it or not.

Words are never edited. Who may choose, and how many a month takes, is `bulletins.story_decisions`' to say.
"""

from __future__ import annotations

import re

from sqlalchemy import select

from bot.inbound import Reply
from bot.layout import page_of, page_turners, shorten
from bot.turn import Turn
from bulletins.honour_models import Story
from bulletins.stories import MOST_TOLD, OFFERED, chosen_for, stories_in, story
from bulletins.story_decisions import choose_story, decline_story, open_months
from bulletins.story_texts import story_state, story_words_of
from bulletins.story_words import warnings_in
from bulletins.wording import period_name
from consortium.models import Person
from consortium.periods import Period
from consortium.permissions import may_run_season, require
from locales.errors import DomainError
from outbox.message import Button, Message

LETTER, OFFICE_VERB = "t", "sto"
LIST, LOOK, CHOOSE, DECLINE = "o", "l", "c", "n"
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_LABEL = 50


def office_offers(turn: Turn) -> list[tuple[str, str]]:
    """The entry of the office's menu, while something waits."""
    waiting = len(stories_in(turn.session, (OFFERED,)))
    return [(turn.text("stories.office.menu", count=waiting), OFFICE_VERB)] if waiting else []


def list_screen(turn: Turn, page_number: str = "") -> Reply:
    """What waits for the office, the newest first."""
    require(may_run_season(turn.known_actor()))
    number = int(page_number) if page_number.isascii() and page_number.isdecimal() else 0
    found, page = page_of(stories_in(turn.session, (OFFERED,)), number)
    rows = [(Button(shorten(each.words or "", _LABEL), (LETTER, LOOK, str(each.id))),) for each in found]
    turners = page_turners(
        page, (LETTER, LIST), earlier=turn.text("bot.page.earlier"), later=turn.text("bot.page.later")
    )
    said = turn.text("stories.office.intro", most=MOST_TOLD) if rows else turn.text("stories.office.none")
    return Reply(Message(said, (*rows, *turners, _home(turn))), edits=True)


def look_screen(turn: Turn, written: str) -> Reply:
    """One story whole, as it would be printed, with its warnings and what can be done."""
    require(may_run_season(turn.known_actor()))
    found = story(turn.session, _number(written))
    parts = [story_words_of(turn.session, found, turn.language), story_state(found, turn.language)]
    parts += _warnings(turn, found)
    rows = []
    if found.state == OFFERED:
        months = open_months(turn.session, turn.now)
        for each in months:
            name = period_name(each, turn.language)
            parts.append(
                turn.text(
                    "stories.office.choose_what",
                    period=name,
                    chosen=len(chosen_for(turn.session, each)),
                    most=MOST_TOLD,
                )
            )
            choose = turn.text("stories.office.choose_for", period=name)
            rows.append((Button(choose, (LETTER, CHOOSE, written, str(each))),))
        if not months:
            parts.append(turn.text("stories.office.no_month"))
        rows.append((Button(turn.text("stories.office.decline"), (LETTER, DECLINE, written)),))
    return Reply(Message("\n\n".join(parts), (*rows, _back(turn))), edits=True)


def chosen(turn: Turn, written: str, month: str) -> Reply:
    """Into the month's bulletin."""
    if not _MONTH.fullmatch(month):
        raise DomainError("button_expired")
    period = Period.parse(month)
    choose_story(turn.session, story_id=_number(written), period=period, actor=turn.known_actor(), now=turn.now)
    said = turn.text("stories.office.chosen_now", period=period_name(period, turn.language))
    return Reply(Message(said, (_back(turn),)), edits=True)


def declined(turn: Turn, written: str) -> Reply:
    """Not into any."""
    decline_story(turn.session, story_id=_number(written), actor=turn.known_actor(), now=turn.now)
    return Reply(Message(turn.text("stories.office.declined_now"), (_back(turn),)), edits=True)


def _warnings(turn: Turn, found: Story) -> list[str]:
    names = turn.session.scalars(select(Person.name)).all()
    warned = warnings_in(found.words or "", names)
    if not warned:
        return []
    lines = [turn.text("stories.warning.title"), *(f"· {turn.text(f'stories.warning.{code}')}" for code in warned)]
    return ["\n".join(lines)]


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal()):
        raise DomainError("button_expired")
    return int(written)


def _back(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("stories.back"), (LETTER, LIST)),)


def _home(turn: Turn) -> tuple[Button, ...]:
    return (Button(turn.text("bot.office.back"), ("o", "menu")),)
