"""The door of the chat: main menu and help by role, links that people open, the language (rules of getting in).

Knows what each role is offered and how a bind link joins an account to a person. Refuses to know how the offered
things work. What a link's payload is, is found by looking it up: a patient's ticket first, then a bind link.
"""

from __future__ import annotations

import dataclasses
import re

from sqlalchemy import select

from bot import (
    action_desk,
    alert_desk,
    approval_desk,
    command_help,
    count_desk,
    duty_desk,
    explain_desk,
    honour_desk,
    objection_answers,
    objection_desk,
    opting_out,
    panel_desk,
    patients,
    reading_desk,
    signature_desk,
    visit_desk,
    visit_screens,
    vote_desk,
)
from bot.accounts import ask_office_to_confirm
from bot.door_screens import IN, stopped_before_screen
from bot.inbound import Reply
from bot.turn import Turn
from consortium import chats
from consortium.links import BIND, is_link, use_bind_link
from consortium.models import Account
from consortium.people import actor_of
from consortium.permissions import (
    REPRESENTATIVE,
    Actor,
    may_manage_people,
    may_run_season,
    require,
)
from locales.errors import DomainError
from locales.texts import LANGUAGES, text
from outbox.message import Button, Message
from surveys.fielding.optouts import has_opted_out

MENU, HELP, LANGUAGE, SURVEY = "menu", "help", "lang", "survey"

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def open_link(turn: Turn, payload: str) -> Reply:
    """`/start PAYLOAD`: a patient's ticket or a bind link; anything else is `ticket_unknown`."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    if not _PAYLOAD.fullmatch(payload):
        raise DomainError("ticket_unknown")
    try:
        return patients.open_ticket(turn, payload)
    except DomainError as error:
        if error.code != "ticket_unknown" or not is_link(turn.session, token=payload, purpose=BIND):
            raise
    return _bind(turn, payload)


def home(turn: Turn, *, edits: bool = False) -> Reply:
    """What the speaker can do here: the menu of their roles, the open survey, or where to find a link."""
    if not turn.is_private:
        return Reply(Message(turn.text("bot.group.help")))
    if turn.actor is not None:
        return Reply(_menu(turn, turn.actor), edits=edits)
    draft = patients.draft_of(turn)
    if draft is not None:
        return dataclasses.replace(patients.current(turn, draft), edits=False, place=None)
    if has_opted_out(turn.session, channel=turn.said.channel, account=turn.said.account):
        return Reply(stopped_before_screen(turn.language), edits=edits)
    waiting = turn.session.scalar(
        select(Account.id).where(Account.channel == turn.said.channel, Account.account == turn.said.account)
    )
    return Reply(Message(turn.text("bot.link.waiting" if waiting is not None else "bot.stranger")))


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of the menu."""
    verb = fields[1] if len(fields) > 1 else MENU
    if verb == SURVEY:
        draft = patients.draft_of(turn)
        if draft is not None:
            return patients.current(turn, draft)
    if verb == IN and turn.is_private:
        return opting_out.back_in(turn)
    if verb == LANGUAGE:
        return language_choice(turn)
    if verb == HELP:
        helped = command_help.help_screen(turn)
        return Reply(helped.screen, edits=True)
    return home(turn, edits=True)


def language_command(turn: Turn) -> Reply:
    """`/language`: in the middle of a survey the other language at once, the same place; else a choice."""
    draft = patients.draft_of(turn) if turn.is_private else None
    switched = patients.switch_language(turn, draft) if draft is not None else None
    if switched is None:
        return language_choice(turn)
    return dataclasses.replace(switched, edits=False, place=None)


def language_choice(turn: Turn) -> Reply:
    """The languages by their own names."""
    buttons = tuple(Button(text(each, "bot.language.name"), ("l", each)) for each in LANGUAGES)
    return Reply(Message(turn.text("bot.language.choose"), (buttons,)), edits=True)


def language_chosen(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """The chat is spoken to in this language from now on; a group's language is the office's affair."""
    language = fields[1] if len(fields) > 1 else ""
    if language not in LANGUAGES:
        raise DomainError("button_expired")
    if not turn.is_private:
        require(may_manage_people(turn.known_actor()))
    _speak(turn, language)
    chosen = turn.in_language(language)
    confirmation = chosen.text("bot.language.chosen")
    if turn.is_private and turn.actor is not None:
        return Reply(_menu(chosen, turn.actor), edits=True, toast=confirmation)
    return Reply(Message(confirmation), edits=True)


def _speak(turn: Turn, language: str) -> None:
    chats.set_language(turn.session, chat=turn.chat, language=language, actor=turn.speaker, now=turn.now)


def _bind(turn: Turn, token: str) -> Reply:
    """Join this account to the link's person: at once, or once an office person has confirmed it."""
    bound = use_bind_link(
        turn.session,
        token=token,
        channel=turn.said.channel,
        account=turn.said.account,
        display_name=turn.said.display_name,
        now=turn.now,
    )
    person = actor_of(turn.session, bound.person_id)
    spoken = turn.in_language(turn.chat.language or person.language)
    if not bound.confirmed:
        ask_office_to_confirm(turn, bound.account_id)
        return Reply(Message(spoken.text("bot.link.waiting")))
    return Reply(Message(spoken.text("bot.link.bound", name=person.name)), more=(_menu(spoken, person),))


def _menu(turn: Turn, actor: Actor) -> Message:
    rows = []
    if patients.draft_of(turn) is not None:
        rows.append(Button(turn.text("bot.menu.survey"), ("m", SURVEY)))
    if REPRESENTATIVE in actor.roles:
        rows.append(Button(turn.text("bot.menu.ballots"), ("b", "u")))
    rows += explain_desk.menu_buttons(turn, actor)
    rows += reading_desk.menu_buttons(turn, actor)
    rows += alert_desk.menu_buttons(turn, actor)
    rows += objection_desk.menu_buttons(turn, actor)
    rows += panel_desk.menu_buttons(turn, actor)
    rows += count_desk.waiting_buttons(turn, actor)
    rows += objection_answers.menu_buttons(turn, actor)
    rows += honour_desk.menu_buttons(turn, actor)
    rows += approval_desk.menu_buttons(turn, actor)
    for desk in (vote_desk, action_desk, duty_desk, signature_desk):
        rows += desk.menu_buttons(turn, actor)
    if may_run_season(actor):
        rows.append(Button(turn.text("bot.menu.office"), ("o", "menu")))
    if visit_desk.may_send(turn):
        rows.append(Button(turn.text("visits.menu"), ("v", visit_screens.HOW)))
    rows.append(Button(turn.text("bot.menu.bulletin"), ("o", "read")))
    rows.append(Button(turn.text("bot.menu.language"), ("m", LANGUAGE)))
    rows.append(Button(turn.text("bot.menu.help"), ("m", HELP)))
    return Message(turn.text("bot.menu.title", name=actor.name), tuple((button,) for button in rows))
