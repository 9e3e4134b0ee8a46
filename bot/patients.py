"""The survey in chat: what a tap or typed words do to a response, and the screen that follows.

Knows the way from ticket to thanks. What is asked next is `surveys.conversation`, what is stored `surveys.responses`,
how it looks `bot.survey_screens`. Refuses to know who the patient is. A tap that carries an older revision changes
nothing: the person is told and sees the screen as it is now.
"""

from __future__ import annotations

import dataclasses

from sqlalchemy import delete, select

from bot import survey_screens as screens
from bot.inbound import Reply
from bot.models import TextPrompt
from bot.turn import Turn
from consortium.chats import set_language
from consortium.links import new_token
from locales.errors import DomainError, Reask, explain
from outbox.message import Message
from storage.database import upsert
from surveys import responses
from surveys.conversation import SKIPPED, Ask, next_step
from surveys.conversation import review as review_of
from surveys.receipts import new_receipt_code
from surveys.sittings import Sitting
from surveys.structure import CHOICE, Question

_UNKNOWN = DomainError("button_expired")


def open_ticket(turn: Turn, ticket: str) -> Reply:
    """Begin or go on with the response behind a ticket, in a new message. Draws the response's id."""
    sitting = responses.open_ticket(
        turn.session,
        ticket=ticket,
        mode="chat",
        channel=turn.said.channel,
        account=turn.said.account,
        new_id=new_token(),
        now=turn.now,
    )
    if turn.actor is None and sitting.language != turn.language:
        _speak(turn, sitting.language)
    return dataclasses.replace(_shown(turn, sitting), edits=False, place=None)


def draft_of(turn: Turn) -> Sitting | None:
    """The response that the speaker has open in this chat and can still send, if any."""
    found = responses.sitting_in_chat(turn.session, channel=turn.said.channel, account=turn.said.account)
    return found if found is not None and turn.now < found.expires_at else None


def current(turn: Turn, sitting: Sitting) -> Reply:
    """The response as it stands, changing nothing: for repeated updates, refusals and coming back."""
    return _shown(turn, sitting)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of a survey's screen."""
    sitting = _sitting_of(turn, fields)
    _, _, revision, verb, *places = (*fields, "", "")
    if sitting.sent:  # a toast alone: the message may be showing the receipt code, which nothing must paint over
        return Reply(toast=explain(sitting.language, Reask("response_sent")))
    if verb == screens.LANGUAGE:
        return _switched(turn, sitting, places[0], _question_at(sitting, places[1]).id if places[1] else None)
    if revision != str(sitting.revision):
        return _told(turn, sitting, Reask("button_stale"))
    if verb in (screens.CONSENT, screens.DECLINE, screens.RECONSIDER):
        return _before_the_first_question(turn, sitting, verb)
    if not sitting.consented:
        raise DomainError("consent_missing")
    return _moved_on(turn, sitting, verb, places)


def _moved_on(turn: Turn, sitting: Sitting, verb: str, places: list[str]) -> Reply:
    """A tap on a screen that is up to date, with consent given."""
    if verb == screens.SEND:
        return _sent(turn, sitting)
    if verb == screens.REVIEW:
        return _reviewed(turn, sitting, _number(places[0]))
    question = _question_at(sitting, places[0])
    if verb == screens.VIEW:
        return _shown(turn, sitting, at=question.id)
    if verb not in (screens.ANSWER, screens.SKIP):
        raise _UNKNOWN
    value = SKIPPED if verb == screens.SKIP else _option_at(question, places[1])
    return _recorded(turn, sitting, question, value, sitting.revision)


def tapped_again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated or refused tap, changing nothing: the response as it stands.

    Once it is sent, only the tap that sent it is answered, in a new message: the old one may show the receipt code.
    """
    sitting = _sitting_of(turn, fields)
    if not sitting.sent:
        return _shown(turn, sitting)
    return Reply(screens.sent_screen(sitting)) if fields[3] == screens.SEND else Reply()


def typed(turn: Turn, sitting: Sitting, words: str) -> Reply:
    """Words: the answer to a text question, if one is asked or looked back at; else one sentence and the screen."""
    if not sitting.consented:
        return _told(turn, sitting, Reask("tap_to_begin"))
    prompted = turn.session.scalar(
        select(TextPrompt.question_id).where(
            TextPrompt.channel == turn.said.channel,
            TextPrompt.chat == turn.said.chat,
            TextPrompt.response_id == sitting.response_id,
            TextPrompt.revision == sitting.revision,
        )
    )
    step = next_step(sitting.questionnaire, sitting.answers, at=prompted)
    if not isinstance(step, Ask):
        return _told(turn, sitting, Reask("tap_in_review"))
    if step.question.type == CHOICE:
        return _told(turn, sitting, Reask("tap_an_option"))
    if not words.strip():
        return _told(turn, sitting, Reask("words_expected"), at=step.question.id)
    return _recorded(turn, sitting, step.question, words, None)


def switch_language(turn: Turn, sitting: Sitting) -> Reply | None:
    """The other language, the same place; None if the questionnaire speaks only one."""
    other = screens.other_language(sitting)
    return _switched(turn, sitting, other, None) if other is not None else None


def _before_the_first_question(turn: Turn, sitting: Sitting, verb: str) -> Reply:
    if sitting.consented:  # the second half of a double tap
        return _told(turn, sitting, Reask("button_stale"))
    if verb == screens.DECLINE:
        return _in_place(turn, sitting, screens.declined_screen(sitting))
    if verb == screens.CONSENT:
        sitting = responses.give_consent(turn.session, response_id=sitting.response_id, now=turn.now)
    return _shown(turn, sitting)


def _recorded(turn: Turn, sitting: Sitting, question: Question, value: str, revision: int | None) -> Reply:
    outcome = responses.record_answer(
        turn.session,
        response_id=sitting.response_id,
        question_id=question.id,
        value=value,
        revision=revision,
        now=turn.now,
    )
    if not isinstance(outcome, Reask):
        return _shown(turn, outcome)
    if outcome.code == "button_stale":
        return _told(turn, responses.sitting(turn.session, response_id=sitting.response_id), outcome)
    return _told(turn, sitting, outcome, at=question.id)


def _sent(turn: Turn, sitting: Sitting) -> Reply:
    """Send the response. Draws the receipt code; only its hash is kept."""
    place = sitting.message_ref
    outcome = responses.send_response(
        turn.session, response_id=sitting.response_id, receipt_code=new_receipt_code(), now=turn.now
    )
    if isinstance(outcome, Reask):
        return _told(turn, sitting, outcome)
    _forget_prompt(turn)
    return Reply(screens.thanks_screen(sitting, outcome.receipt_code), edits=True, place=turn.said.message_ref or place)


def _switched(turn: Turn, sitting: Sitting, language: str, at: str | None) -> Reply:
    changed = responses.set_language(turn.session, response_id=sitting.response_id, language=language, now=turn.now)
    _speak(turn, language)
    return _shown(turn, changed, at=at)


def _speak(turn: Turn, language: str) -> None:
    """The chat follows the language of its survey, also after the thanks."""
    set_language(turn.session, chat=turn.chat, language=language, actor=turn.speaker, now=turn.now)


def _shown(turn: Turn, sitting: Sitting, *, at: str | None = None) -> Reply:
    """The one survey message, drawn anew: the question `at`, else the next without an answer, else the review."""
    if turn.now >= sitting.expires_at:
        return _in_place(turn, sitting, Message(explain(sitting.language, DomainError("ticket_expired"))))
    if not sitting.consented:
        return _in_place(turn, sitting, screens.notice_screen(sitting))
    step = next_step(sitting.questionnaire, sitting.answers, at=at)
    if not isinstance(step, Ask):
        return _in_place(turn, sitting, screens.review_screen(sitting, step))
    if at is not None:
        _note_prompt(turn, sitting, step)
    return _in_place(turn, sitting, screens.question_screen(sitting, step))


def _reviewed(turn: Turn, sitting: Sitting, page: int) -> Reply:
    _forget_prompt(turn)
    review = review_of(sitting.questionnaire, sitting.answers)
    return _in_place(turn, sitting, screens.review_screen(sitting, review, page))


def _in_place(turn: Turn, sitting: Sitting, screen: Message) -> Reply:
    """Edit the tapped message, or, after words, the one that shows the survey."""
    place = turn.said.message_ref or sitting.message_ref
    return Reply(screen, edits=True, place=place, remember=sitting.response_id, remembered=sitting.message_ref)


def _told(turn: Turn, sitting: Sitting, reask: Reask, *, at: str | None = None) -> Reply:
    """One sentence and the screen as it is."""
    return dataclasses.replace(_shown(turn, sitting, at=at), toast=explain(sitting.language, reask))


def _note_prompt(turn: Turn, sitting: Sitting, step: Ask) -> None:
    """Looking at a text question, words that follow are its answer; at anything else they are not."""
    if step.question.type == CHOICE:
        _forget_prompt(turn)
        return
    key = {"channel": turn.said.channel, "chat": turn.said.chat}
    what = {
        "response_id": sitting.response_id,
        "question_id": step.question.id,
        "revision": sitting.revision,
    }
    upsert(turn.session, TextPrompt, key | what, ["channel", "chat"], what)


def _forget_prompt(turn: Turn) -> None:
    turn.session.execute(
        delete(TextPrompt).where(TextPrompt.channel == turn.said.channel, TextPrompt.chat == turn.said.chat)
    )


def _sitting_of(turn: Turn, fields: tuple[str, ...]) -> Sitting:
    """The response a button belongs to. Its chat is proven by the signature; a draft must still be this account's."""
    if len(fields) < 4 or not turn.is_private:  # noqa: PLR2004 - conversation, response, revision, verb
        raise _UNKNOWN
    sitting = responses.sitting(turn.session, response_id=fields[1])
    if not sitting.sent and (sitting.channel, sitting.account) != (turn.said.channel, turn.said.account):
        raise DomainError("ticket_taken")
    return sitting


def _question_at(sitting: Sitting, place: str) -> Question:
    questions = sitting.questionnaire.questions
    number = _number(place)
    if number >= len(questions):
        raise _UNKNOWN
    return questions[number]


def _option_at(question: Question, place: str) -> str:
    number = _number(place)
    if number >= len(question.options):
        raise _UNKNOWN
    return question.options[number].code


def _number(written: str) -> int:
    if not written.isascii() or not written.isdecimal():
        raise _UNKNOWN
    return int(written)
