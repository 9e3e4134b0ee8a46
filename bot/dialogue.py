"""The dialogue: one thing said → one transaction → one reply. Independent of any framework.

Is this update new? Who speaks? Which conversation does it belong to? What was said is handled once: its number is
recorded in the transaction of its effect, and a repeated one changes nothing and draws the current screen again. A
broken rule rolls back what the conversation did, is told in one clear sentence, and the update stays handled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import groups, menu, office, opting_out, patients, receipt_desk, representatives, visit_desk
from bot.inbound import GROUP, Inbound, Reply, WantedFile
from bot.models import HandledUpdate
from bot.turn import Context, Turn, begin_turn
from locales.errors import DomainError, Finding, Reask, explain
from outbox.message import Message, decode_action
from storage.database import insert_new, serialize
from surveys.fielding.visit_files import VisitRow
from surveys.sittings import Sitting

__all__ = ["Context", "respond", "respond_to_list"]

_DONE = "done"
_ABOUT_THE_CHAT = ("join", "left", "migrate")
_TAPPED: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    "s": patients.tapped,
    "b": representatives.tapped,
    "o": office.tapped,
    "m": menu.tapped,
    "r": receipt_desk.tapped,
    "v": visit_desk.tapped,
    "l": menu.language_chosen,
}
_AGAIN: Mapping[str, Callable[[Turn, tuple[str, ...]], Reply]] = {
    "s": patients.tapped_again,
    "b": representatives.again,
    "o": office.again,
    "r": receipt_desk.again,
    "v": visit_desk.again,
}


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
        _note_outcome(session, inbound, error.code)
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


def _converse(turn: Turn) -> Reply:
    said = turn.said
    match said.kind:
        case "start":
            return menu.open_link(turn, said.content) if said.content else menu.home(turn)
        case "command":
            return _command(turn, said.content)
        case "tap":
            return _tap(turn, decode_action(turn.context.secret, said.chat, said.content))
        case "file":
            return _file(turn)
        case _:
            return _words(turn)


def _command(turn: Turn, said: str) -> Reply:
    name, _, rest = said.partition(" ")
    if name == menu.HELP:
        return menu.help_screen(turn)
    if name == "language":
        return menu.language_command(turn)
    if name == receipt_desk.COMMAND:
        return receipt_desk.command(turn, rest)
    if name == opting_out.COMMAND and turn.is_private:
        return opting_out.stopped(turn)
    if name == visit_desk.COMMAND and turn.actor is not None:
        return visit_desk.how_screen(turn)
    return menu.home(turn)


def _tap(turn: Turn, fields: tuple[str, ...]) -> Reply:
    tapped = _TAPPED.get(fields[0])
    if tapped is None:
        raise DomainError("button_expired")
    return tapped(turn, fields)


def _file(turn: Turn) -> Reply:
    """A list of visits, from whoever may send them; in the middle of a survey a file is no answer."""
    is_patient = turn.is_private and not visit_desk.may_send(turn) and patients.draft_of(turn) is not None
    return _words(turn) if is_patient else visit_desk.received(turn)


def _words(turn: Turn) -> Reply:
    """A word that stops everything, a receipt code, else an answer to the survey that is open; without one the menu."""
    is_text = turn.said.kind == "text"
    if is_text and opting_out.is_stop(turn.said.content):
        return opting_out.stopped(turn)
    draft = patients.draft_of(turn)
    code = _receipt_code(turn, draft)
    if code is not None:
        return receipt_desk.typed(turn, code)
    if draft is None:
        return menu.home(turn)
    if not is_text:
        return dataclasses.replace(
            patients.current(turn, draft), toast=explain(draft.language, Reask("only_words_and_buttons"))
        )
    return patients.typed(turn, draft, turn.said.content)


def _receipt_code(turn: Turn, draft: Sitting | None) -> str | None:
    """The receipt code that was typed, if it is one."""
    if turn.said.kind != "text" or not turn.is_private:
        return None
    return receipt_desk.code_in(turn.said.content, is_answering=draft is not None or turn.actor is not None)


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
    if fields[0] == "b" and turn.is_private and turn.actor is not None:
        return menu.home(turn, edits=not representatives.is_sending(fields))
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
    code = _receipt_code(turn, draft)
    if code is not None:
        return receipt_desk.typed(turn, code)
    return patients.current(turn, draft) if draft is not None else menu.home(turn)


def _outcome(turn: Turn) -> str:
    return turn.session.get_one(HandledUpdate, (turn.said.bot, turn.said.update_id)).outcome


def _spoken(turn: Turn, reply: Reply) -> Reply:
    """A sentence over a button needs a tapped button; else it is a message of its own."""
    if reply.toast is None or turn.said.kind == "tap":
        return reply
    return dataclasses.replace(reply, toast=None, more=(Message(reply.toast), *reply.more))


def _is_new(session: Session, inbound: Inbound, context: Context) -> bool:
    if inbound.update_id is None:
        return True
    row = {
        "bot": inbound.bot,
        "update_id": inbound.update_id,
        "chat": inbound.chat,
        "outcome": _DONE,
        "at": context.now,
    }
    return insert_new(session, HandledUpdate, row, ["bot", "update_id"])


def _note_outcome(session: Session, inbound: Inbound, code: str) -> None:
    if inbound.update_id is not None:
        session.execute(
            update(HandledUpdate)
            .where(HandledUpdate.bot == inbound.bot, HandledUpdate.update_id == inbound.update_id)
            .values(outcome=code)
        )
