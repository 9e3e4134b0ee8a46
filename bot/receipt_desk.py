"""The receipt in chat: its code shows one's own answers, gives a copy and takes them back until the month is settled.

A wrong code, and any code after several wrong ones, gets one and the same sentence. What counts as wrong tries is read
off the updates of this chat, which keep no content. Refuses to know whose answers they are.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

from sqlalchemy import func, select

from bot import receipt_screens as screens
from bot import story_receipts
from bot.inbound import Reply
from bot.models import HandledUpdate
from bot.turn import Turn
from consortium.units import patients_may_chat, zone
from evaluation.models import Settlement
from evaluation.schemes import LOCK
from locales.errors import DomainError
from outbox.message import Message
from storage.database import serialize
from surveys.receipts import read_receipt_code
from surveys.responses import response_by_receipt, withdraw_response
from surveys.sittings import Sitting

COMMAND = "receipt"
_UNFOUND = "receipt_unfound"
_WRONG_CODES = 5
_WITHIN = timedelta(hours=1)
_WRITTEN = re.compile(r"\s*[0-9A-Za-z]{4}[-–—－ ][0-9A-Za-z]{4}[-–—－ ][0-9A-Za-z]{4}\s*", re.ASCII)


def code_in(words: str, *, is_answering: bool) -> str | None:
    """The receipt code that these words are, in its one form. In the middle of a survey only words that look like one.

    Twelve letters may be an answer: there a code has its hyphens (or spaces), letters and figures.
    """
    code = read_receipt_code(_unhyphened(words))
    if code is None or not is_answering:
        return code
    looks_like_one = _WRITTEN.fullmatch(words) and re.search("[0-9]", words) and re.search("[A-Za-z]", words)
    return code if looks_like_one else None


def command(turn: Turn, written: str) -> Reply:
    """`/receipt`, with or without a code."""
    if not turn.is_private:
        raise DomainError("only_in_private")
    if not written:
        return Reply(Message(turn.text("bot.receipt.how")))
    code = read_receipt_code(_unhyphened(written))
    return _tried(turn, code or "")


def typed(turn: Turn, code: str) -> Reply:
    """A code that was typed."""
    return _tried(turn, code)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of a receipt's screen; it is signed, so its code was right once."""
    _, verb, code, page = (*fields, "", "", "")[:4]
    if not turn.is_private:
        raise DomainError("button_expired")
    sitting = _found(turn, code)
    if verb == screens.SHOW:
        return Reply(_answers(turn, sitting, code, int(page) if page.isdecimal() else 0), edits=True)
    if verb == screens.COPY:
        return Reply(more=() if sitting.withdrawn else _copy(turn, sitting))
    if verb == screens.ASK:
        is_final = sitting.withdrawn or _is_settled(turn, sitting)
        return Reply(
            _answers(turn, sitting, code, 0) if is_final else screens.ask_screen(turn.language, code), edits=True
        )
    if verb == screens.WITHDRAW:
        serialize(turn.session, LOCK)  # no settlement may count what goes away at the same moment
        gone = withdraw_response(turn.session, receipt_code=code, is_settled=_is_settled(turn, sitting), now=turn.now)
        return Reply(screens.withdrawn_screen(turn.language, gone), edits=True)
    raise DomainError("button_expired")


def again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated tap, changing nothing: the answers as they stand."""
    code = (*fields, "", "", "")[2]
    return Reply(_answers(turn, _found(turn, code), code, 0), edits=True)


def _tried(turn: Turn, code: str) -> Reply:
    """Look a typed code up, unless too many were wrong: a right one then gets the sentence of a wrong one."""
    story = None if _is_guessing(turn) else story_receipts.answered(turn, code)
    if story is not None:
        return story
    if not patients_may_chat(turn.session):
        return Reply(Message(turn.text("bot.receipt.on_page")))
    if _is_guessing(turn):
        raise DomainError(_UNFOUND)
    return Reply(_answers(turn, _found(turn, code), code, 0))


def _found(turn: Turn, code: str) -> Sitting:
    return response_by_receipt(turn.session, receipt_code=code)


def _answers(turn: Turn, sitting: Sitting, code: str, page: int) -> Message:
    if sitting.withdrawn:
        return screens.withdrawn_screen(turn.language, sitting)
    return screens.answers_screen(
        turn.language,
        _spoken(turn, sitting),
        code,
        sent=_sent(turn, sitting),
        is_settled=_is_settled(turn, sitting),
        page=page,
    )


def _copy(turn: Turn, sitting: Sitting) -> tuple[Message, ...]:
    return screens.copy_of(turn.language, _spoken(turn, sitting), sent=_sent(turn, sitting))


def _spoken(turn: Turn, sitting: Sitting) -> Sitting:
    """The response in the language of this chat, where its questionnaire speaks it."""
    speaks = turn.language in sitting.questionnaire.languages
    return dataclasses.replace(sitting, language=turn.language) if speaks else sitting


def _is_settled(turn: Turn, sitting: Sitting) -> bool:
    """Whether the month that counts these answers is settled."""
    return turn.session.scalar(select(Settlement.period).where(Settlement.period == sitting.period)) is not None


def _sent(turn: Turn, sitting: Sitting) -> str:
    assert sitting.sent_at is not None
    return f"{sitting.sent_at.astimezone(zone(turn.session)):%Y-%m-%d %H:%M}"


def _is_guessing(turn: Turn) -> bool:
    wrong = turn.session.scalars(
        select(func.count())
        .select_from(HandledUpdate)
        .where(
            HandledUpdate.at > turn.now - _WITHIN,
            HandledUpdate.bot == turn.said.bot,
            HandledUpdate.chat == turn.said.chat,
            HandledUpdate.outcome == _UNFOUND,
        )
    ).one()
    return wrong >= _WRONG_CODES


def _unhyphened(words: str) -> str:
    return re.sub("[-–—－]", "-", words)
