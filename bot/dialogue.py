"""The dialogue: one thing said → one transaction → one reply. Independent of any framework.

Is this update new? Who speaks? Which conversation does it belong to? What was said is handled once: its number is
recorded in the transaction of its effect, and a repeated one changes nothing and draws the current screen again. A
broken rule rolls back what the conversation did, is told in one clear sentence, and the update stays handled.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import (
    action_desk,
    alert_desk,
    approval_desk,
    ballot_receipts,
    command_desks,
    duty_desk,
    explain_desk,
    explained_desk,
    groups,
    honour_desk,
    menu,
    objection_answers,
    objection_desk,
    office,
    opting_out,
    panel_desk,
    patients,
    reading_desk,
    receipt_desk,
    representatives,
    retraction_desk,
    signature_desk,
    story_desk,
    visit_desk,
    vote_desk,
)
from bot.inbound import GROUP, Inbound, Reply, WantedFile
from bot.models import HandledUpdate
from bot.prompts import prompt_of
from bot.turn import Context, Turn, begin_turn
from locales.errors import DomainError, Finding, Reask, explain
from outbox.message import Message, decode_action
from storage.database import insert_new, serialize
from surveys.fielding.visit_files import VisitRow
from surveys.sittings import Sitting

__all__ = ["Context", "respond", "respond_to_file", "respond_to_list"]

_DONE = "done"
_NUMBER_BYTES = 8
_ABOUT_THE_CHAT = ("join", "left", "migrate")
_TAPPED: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    "s": patients.tapped,
    "b": representatives.tapped,
    "o": office.tapped,
    "m": menu.tapped,
    "r": receipt_desk.tapped,
    "v": visit_desk.tapped,
    "e": panel_desk.tapped,
    "k": explain_desk.tapped,
    "j": objection_desk.tapped,
    "f": reading_desk.tapped,
    "x": alert_desk.tapped,
    "t": story_desk.tapped,
    "h": honour_desk.tapped,
    "q": approval_desk.tapped,
    "c": command_desks.tapped,
    "l": menu.language_chosen,
    "a": action_desk.tapped,
    "d": duty_desk.tapped,
    "g": signature_desk.tapped,
    "p": vote_desk.tapped,
}
_AGAIN: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    "s": patients.tapped_again,
    "b": representatives.again,
    "o": office.again,
    "r": receipt_desk.again,
    "v": visit_desk.again,
    "e": panel_desk.again,
    "k": explain_desk.tapped,
    "j": objection_desk.again,
    "f": reading_desk.again,
    "x": alert_desk.again,
    "t": story_desk.again,
    "h": honour_desk.again,
    "q": approval_desk.again,
    "c": command_desks.again,
    "a": action_desk.again,
    "d": duty_desk.again,
    "g": signature_desk.again,
    "p": vote_desk.again,
}

_SENDS: Mapping[str, Callable[[tuple[str, ...]], bool]] = {
    "b": representatives.is_sending,
    "e": panel_desk.is_sending,
    "p": vote_desk.is_sending,
}
"""Of the conversations in which ballots are sent: whether a button sends one."""

_WRITTEN: Mapping[str, Callable[[Turn, str, str], Reply]] = {
    objection_desk.PURPOSE: objection_desk.written,
    objection_answers.PURPOSE: objection_answers.written,
    reading_desk.FIGURE: reading_desk.written,
    reading_desk.EVIDENCE: reading_desk.written_instead,
    alert_desk.PURPOSE: alert_desk.written,
    story_desk.PURPOSE: story_desk.written,
    honour_desk.PURPOSE: honour_desk.written,
    alert_desk.REASON_PURPOSE: alert_desk.reason_written,
    explained_desk.PURPOSE: explained_desk.answer_written,
    approval_desk.RETURN_PURPOSE: approval_desk.reason_written,
    approval_desk.MINUTES_PURPOSE: approval_desk.minutes_written,
    approval_desk.AGAIN_PURPOSE: approval_desk.why_written,
    retraction_desk.PURPOSE: retraction_desk.written,
    action_desk.PURPOSE: action_desk.written,
    duty_desk.PURPOSE: duty_desk.written,
    vote_desk.PURPOSE: vote_desk.written,
}
"""By the purpose of a prompt: the desk that takes the words, with the prompt's subject. It forgets the prompt."""

_LOOKS: Mapping[str, Callable[[tuple[str, ...]], bool]] = {
    "b": representatives.is_looking,
    "e": panel_desk.is_looking,
    "p": vote_desk.is_looking,
}
"""Of the same conversations: whether a button only shows a screen on the way to a ballot."""


def respond(session: Session, inbound: Inbound, *, context: Context) -> Reply:
    """Answer one thing said. Never raises DomainError; the caller commits, then sends the reply."""
    if inbound.chat_kind == GROUP and inbound.kind in ("text", "other"):
        return Reply()  # what people say to each other is none of the bot's affair, and leaves no row
    serialize(session, f"chat:{inbound.channel}:{inbound.chat}")
    is_new = _is_new(session, inbound, context)
    if inbound.kind in _ABOUT_THE_CHAT:
        return groups.changed(session, inbound, context) if is_new else Reply()
    turn = begin_turn(session, inbound, context)
    if not is_new:
        return _spoken(turn, _again(turn))
    try:
        with session.begin_nested():
            reply = _converse(turn)
            session.flush()
    except DomainError as error:
        _note_outcome(session, inbound, context, error.code)
        reply = _refused(turn, error)
    return _spoken(turn, reply)


def respond_to_list(
    session: Session,
    inbound: Inbound,
    *,
    context: Context,
    wanted: WantedFile,
    visits: Sequence[VisitRow],
    findings: Sequence[Finding],
) -> Reply:
    """Answer a list of visits that `respond` wanted, now that it was fetched and read; as `respond`, never raises
    DomainError. It comes later than what it belongs to: who speaks and what they may is asked anew.
    """
    serialize(session, f"chat:{inbound.channel}:{inbound.chat}")
    turn = begin_turn(session, inbound, context)
    try:
        with session.begin_nested():
            reply = visit_desk.looked_over(turn, wanted=wanted, visits=visits, findings=findings)
            session.flush()
    except DomainError as error:
        return Reply(more=(Message(explain(turn.language, error)),))
    return reply


def respond_to_file(
    session: Session, inbound: Inbound, *, context: Context, wanted: WantedFile, content: bytes
) -> Reply:
    """The same for the evidence of a figure."""
    serialize(session, f"chat:{inbound.channel}:{inbound.chat}")
    turn = begin_turn(session, inbound, context)
    try:
        with session.begin_nested():
            reply = reading_desk.fetched(turn, wanted, content)
            session.flush()
    except DomainError as error:
        return Reply(more=(Message(explain(turn.language, error)),))
    return reply


def _converse(turn: Turn) -> Reply:
    said = turn.said
    match said.kind:
        case "start":
            return menu.open_link(turn, said.content) if said.content else menu.home(turn)
        case "command":
            return command_desks.answered(turn, said.content)
        case "tap":
            return _tap(turn, decode_action(turn.context.secret, said.chat, said.content))
        case "file":
            return _file(turn)
        case _:
            return _words(turn)


def _tap(turn: Turn, fields: tuple[str, ...]) -> Reply:
    tapped = _TAPPED.get(fields[0])
    if tapped is None:
        raise DomainError("button_expired")
    return tapped(turn, fields)


def _file(turn: Turn) -> Reply:
    """Evidence that was asked for; a list of visits, from whoever may send them; no answer to a survey."""
    if reading_desk.takes_file(turn):
        return reading_desk.received(turn)
    is_patient = turn.is_private and not visit_desk.may_send(turn) and patients.draft_of(turn) is not None
    return _words(turn) if is_patient else visit_desk.received(turn)


def _words(turn: Turn) -> Reply:
    """A word that stops everything, a receipt code, else an answer to the survey that is open; without one the menu."""
    is_text = turn.said.kind == "text"
    if is_text and opting_out.is_stop(turn.said.content):
        return opting_out.stopped(turn)
    if turn.said.kind == "other" and reading_desk.takes_file(turn):
        return reading_desk.received(turn)
    draft = patients.draft_of(turn)
    found = _receipt(turn, draft)
    if found is not None:
        return found
    if draft is None:
        return _prompted(turn) if is_text and turn.is_private else menu.home(turn)
    if not is_text:
        return dataclasses.replace(
            patients.current(turn, draft), toast=explain(draft.language, Reask("only_words_and_buttons"))
        )
    return patients.typed(turn, draft, turn.said.content)


def _prompted(turn: Turn) -> Reply:
    """Words for the desk that asked for them; without one the menu."""
    prompt = prompt_of(turn)
    written = _WRITTEN.get(prompt.purpose) if prompt is not None else None
    return written(turn, prompt.subject, turn.said.content) if written is not None and prompt else menu.home(turn)


def _receipt(turn: Turn, draft: Sitting | None) -> Reply | None:
    """The answer to a receipt that was typed, a ballot's or a patient's; None for words that are none."""
    if turn.said.kind != "text" or not turn.is_private:
        return None
    named = ballot_receipts.named_code(turn.said.content)
    words = turn.said.content if named is None else named
    ballot = ballot_receipts.code_in(words, is_answering=named is None and draft is not None)
    if ballot is not None:
        return ballot_receipts.answered(turn, ballot)
    is_answering = named is None and (draft is not None or turn.actor is not None)
    code = receipt_desk.code_in(words, is_answering=is_answering)
    if code is not None:
        return receipt_desk.typed(turn, code)
    if named is None or draft is not None:
        return None
    return ballot_receipts.answered(turn, named) if ballot_receipts.is_meant(named) else receipt_desk.command(turn, "")


def _refused(turn: Turn, error: DomainError) -> Reply:
    """One sentence, in the language of the survey if one is open here, and the screen as it is now."""
    draft = patients.draft_of(turn) if turn.is_private else None
    sentence = explain(draft.language if draft is not None else turn.language, error)
    return dataclasses.replace(_screen_after_refusal(turn, draft), toast=sentence)


def _screen_after_refusal(turn: Turn, draft: Sitting | None) -> Reply:
    """A survey's own screen; the menu in place of a ballot's. The office's screens stay: what they say is still so."""
    said = turn.said
    if said.kind == "text" and draft is not None:
        return patients.current(turn, draft)
    if said.kind != "tap":
        return Reply()
    try:
        fields = decode_action(turn.context.secret, said.chat, said.content)
        if fields[0] == "s":
            return patients.tapped_again(turn, fields)
    except DomainError:
        return patients.current(turn, draft) if draft is not None and said.content.startswith("s:") else Reply()
    is_sending = _SENDS.get(fields[0])
    if is_sending is not None and turn.is_private and turn.actor is not None:
        return menu.home(turn, edits=not is_sending(fields))
    return Reply()


def _again(turn: Turn) -> Reply:
    """A repeated update: the current screen once more, nothing changed; what was refused is refused again."""
    if _outcome(turn) == _DONE:
        try:
            return _current(turn)
        except DomainError as error:  # the round has closed since, a role has gone
            return _refused(turn, error)
    attempt = turn.session.begin_nested()
    try:
        _converse(turn)
        turn.session.flush()
    except DomainError as error:
        attempt.rollback()
        return _refused(turn, error)
    attempt.rollback()  # it would be taken now; but it was answered with a refusal, and that stands
    return _current(turn)


def _current(turn: Turn) -> Reply:
    """The screen that a repeated update is about, drawn without changing anything."""
    if turn.said.kind == "tap":
        fields = decode_action(turn.context.secret, turn.said.chat, turn.said.content)
        again = _AGAIN.get(fields[0])
        return again(turn, fields) if again is not None else menu.home(turn, edits=True)
    if not turn.is_private:
        return Reply()
    if turn.said.kind == "file":  # nothing was kept of it: it is fetched and looked over again
        return _file(turn)
    draft = patients.draft_of(turn)
    found = _receipt(turn, draft)
    if found is not None:
        return found
    return patients.current(turn, draft) if draft is not None else menu.home(turn)


def _outcome(turn: Turn) -> str:
    assert turn.said.update_id is not None  # only what has a number comes again
    number = noted_number(turn.context.secret, turn.said.bot, turn.said.update_id)
    return turn.session.get_one(HandledUpdate, (turn.said.bot, number)).outcome


def _spoken(turn: Turn, reply: Reply) -> Reply:
    """A sentence over a button needs a tapped button; else it is a message of its own."""
    if reply.toast is None or turn.said.kind == "tap":
        return reply
    return dataclasses.replace(reply, toast=None, more=(Message(reply.toast), *reply.more))


def _is_new(session: Session, inbound: Inbound, context: Context) -> bool:
    """Whether this update has not been seen yet; noted as seen from now on.

    How often and how long somebody taps before a ballot is sent tells whether there were marks to give. So taps that
    only show a screen of scoring leave no row, and those that send one leave the day; `noted_number` leaves no gaps.
    """
    if inbound.update_id is None:
        return True
    fields = _scoring(inbound, context)
    if fields is not None and _LOOKS[fields[0]](fields):
        return True
    sends = fields is not None and _SENDS[fields[0]](fields)
    row = {
        "bot": inbound.bot,
        "update_id": noted_number(context.secret, inbound.bot, inbound.update_id),
        "chat": inbound.chat,
        "outcome": _DONE,
        "at": context.now.replace(hour=0, minute=0, second=0, microsecond=0) if sends else context.now,
    }
    return insert_new(session, HandledUpdate, row, ["bot", "update_id"])


def noted_number(secret: bytes, bot: str, update_id: int) -> int:
    """What stands for an update's number among those handled: a keyed hash, so that nobody can count what is missing
    between two of them.
    """
    digest = hmac.new(secret, f"update:{bot}:{update_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:_NUMBER_BYTES]) >> 1


def _scoring(inbound: Inbound, context: Context) -> tuple[str, ...] | None:
    """What the tapped button of a scoring screen says; None for whatever else was said."""
    if inbound.kind != "tap":
        return None
    try:
        fields = decode_action(context.secret, inbound.chat, inbound.content)
    except DomainError:
        return None
    return fields if fields[0] in _SENDS else None


def _note_outcome(session: Session, inbound: Inbound, context: Context, code: str) -> None:
    if inbound.update_id is not None:
        number = noted_number(context.secret, inbound.bot, inbound.update_id)
        session.execute(
            update(HandledUpdate)
            .where(HandledUpdate.bot == inbound.bot, HandledUpdate.update_id == number)
            .values(outcome=code)
        )
