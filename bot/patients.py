"""The survey in chat: from the link to the thanks, which part of it a tap or typed words belong to.

What is asked next is `surveys.conversation`, what is stored `surveys.responses`, how it looks `bot.survey_screens`.
Refuses to know who the patient is. A tap that carries an older revision changes nothing: the person is told and sees
the screen as it is now; only boxes of the question in view may be ticked faster than it is drawn.
"""

from __future__ import annotations

import dataclasses

from bot import survey_buttons as tap
from bot.answer_buttons import Look
from bot.consents import decided, decided_about_text
from bot.doors import door_reply, has_stopped, to_the_page
from bot.inbound import Reply
from bot.layout import Rows
from bot.story_patients import offer_button
from bot.survey_answers import answered
from bot.survey_answers import typed as answered_in_words
from bot.survey_place import forget_place, place_in_chat
from bot.survey_screens import sent_screen, thanks_screen
from bot.survey_view import reviewed, shown, told
from bot.turn import Turn
from consortium.chats import set_language
from consortium.links import new_token
from consortium.units import patients_may_chat
from locales.errors import DomainError, Reask, explain
from outbox.message import Message
from surveys import responses
from surveys.honesty.senders import note_sender
from surveys.honesty.staff import note_refused_staff, refuse_own_staff
from surveys.receipts import new_receipt_code
from surveys.sittings import POSTER, VISIT, Sitting
from surveys.wording import choices

_BEFORE = (tap.CONSENT, tap.GUARDIAN, tap.UNDER_AGE, tap.DECLINE, tap.RECONSIDER)
STAFF_OF_UNIT = "staff_of_unit"
_OF_PATIENTS = (VISIT, POSTER)
_FIELDS_OF_LANGUAGE = 6  # the button of a reminder has no place, and one less


def open_ticket(turn: Turn, ticket: str) -> Reply:
    """Begin or go on with the response behind a ticket, in a new message. Draws the response's id.

    Where patients do not answer in chat, nothing is opened: the reply leads to the page.
    """
    try:
        if not patients_may_chat(turn.session):
            return to_the_page(turn, _seen(turn, ticket))
        sitting = responses.open_ticket(
            turn.session,
            ticket=ticket,
            mode="chat",
            channel=turn.said.channel,
            account=turn.said.account,
            new_id=new_token(),
            now=turn.now,
        )
    except DomainError as error:
        if error.code != STAFF_OF_UNIT:
            raise
        return _refused_to_staff(turn, ticket, error)
    if turn.actor is None and sitting.language != turn.language:
        _speak(turn, sitting.language)
    return dataclasses.replace(_as_it_stands(turn, sitting), edits=False, place=None)


def draft_of(turn: Turn) -> Sitting | None:
    """The response that the speaker has open in this chat and can still send, if any."""
    found = responses.sitting_in_chat(turn.session, channel=turn.said.channel, account=turn.said.account)
    if found is None or turn.now >= found.expires_at or has_stopped(turn, found):
        return None
    return found


def current(turn: Turn, sitting: Sitting) -> Reply:
    """The response as it stands, changing nothing: for repeated updates, refusals and coming back."""
    return door_reply(turn, sitting) or _as_it_stands(turn, sitting)


def tapped(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A button of a survey's screen."""
    sitting = _sitting_of(turn, fields)
    if sitting.sent or sitting.withdrawn:  # a toast alone: the message may be showing the receipt code
        return Reply(toast=explain(sitting.language, Reask("response_sent")))
    return door_reply(turn, sitting) or _tapped(turn, sitting, fields)


def tapped_again(turn: Turn, fields: tuple[str, ...]) -> Reply:
    """A repeated or refused tap, changing nothing: the response as it stands.

    Once it is sent, only the tap that sent it is answered, in a new message: the old one may show the receipt code.
    """
    sitting = _sitting_of(turn, fields)
    if not sitting.sent and not sitting.withdrawn:
        return current(turn, sitting)
    return Reply(sent_screen(sitting)) if fields[3] == tap.SEND else Reply()


def typed(turn: Turn, sitting: Sitting, words: str) -> Reply:
    """Words: the answer to the question in view; else one sentence and the screen."""
    return door_reply(turn, sitting) or answered_in_words(turn, sitting, words)


def switch_language(turn: Turn, sitting: Sitting) -> Reply | None:
    """The other language, the same place; None if the questionnaire speaks only one."""
    other = tap.other_language(sitting)
    return _switched(turn, sitting, other, None) if other is not None else None


def _seen(turn: Turn, ticket: str) -> Sitting:
    """What is behind a ticket that is not opened here; staff of its unit are refused all the same."""
    seen = responses.view_ticket(turn.session, ticket=ticket, now=turn.now)
    refuse_own_staff(turn.session, sitting=seen, channel=turn.said.channel, account=turn.said.account)
    return seen


def _refused_to_staff(turn: Turn, ticket: str, error: DomainError) -> Reply:
    """Nobody answers for the unit they work for. Said here and not raised: that it was tried stays on the trail."""
    unit_code = responses.view_ticket(turn.session, ticket=ticket, now=turn.now).unit_code
    note_refused_staff(turn.session, unit_code=unit_code, now=turn.now)
    return Reply(Message(explain(turn.language, error)))


def _tapped(turn: Turn, sitting: Sitting, fields: tuple[str, ...]) -> Reply:
    """A tap on a draft that goes on here."""
    _, _, revision, verb, *places = (*fields, "", "")
    if verb == tap.RESUME or (verb == tap.LANGUAGE and len(fields) < _FIELDS_OF_LANGUAGE):
        return _as_it_stands(turn, sitting)
    if verb == tap.LANGUAGE:
        return _switched(turn, sitting, places[0], tap.question_at(sitting, places[1]).id if places[1] else None)
    if revision != str(sitting.revision) and not _is_in_view(turn, sitting, verb, places):
        return told(turn, sitting, Reask("button_stale"), at=place_in_chat(turn, sitting))
    return decided(turn, sitting, verb) if verb in _BEFORE else _moved(turn, sitting, verb, places)


def _moved(turn: Turn, sitting: Sitting, verb: str, places: list[str]) -> Reply:
    """A tap on a screen that is up to date."""
    if not sitting.consented:
        raise DomainError("consent_missing")
    match verb:
        case tap.SEND:
            return _sent(turn, sitting)
        case tap.REVIEW:
            return reviewed(turn, sitting, tap.number_in(places[0]))
        case tap.TEXT_YES | tap.TEXT_NO:
            return decided_about_text(turn, sitting, verb, places[0])
        case tap.VIEW:
            look = Look(page=tap.number_in(places[1])) if places[1] else None
            return shown(turn, sitting, at=tap.question_at(sitting, places[0]).id, look=look)
        case _:
            return answered(turn, sitting, tap.question_at(sitting, places[0]), verb, places[1:])


def _as_it_stands(turn: Turn, sitting: Sitting) -> Reply:
    return shown(turn, sitting, at=place_in_chat(turn, sitting))


def _is_in_view(turn: Turn, sitting: Sitting, verb: str, places: list[str]) -> bool:
    """Whether a box was ticked while the screen was being drawn anew: the button says what it is to become."""
    if verb != tap.TOGGLE:
        return False
    question = tap.question_at(sitting, places[0])
    is_option = tap.number_in(places[1]) < len(choices(question, sitting.language))
    return is_option and place_in_chat(turn, sitting) == question.id


def _sent(turn: Turn, sitting: Sitting) -> Reply:
    """Send the response. Draws the receipt code; only its hash is kept."""
    place = sitting.message_ref
    forget_place(turn)  # before: of a trial nothing is left that it could point to
    attempt = turn.session.begin_nested()
    note_sender(
        turn.session,
        response_id=sitting.response_id,
        sender=f"{turn.said.channel}:{turn.said.account}",
        key=turn.context.secret,
        now=turn.now,
    )
    outcome = responses.send_response(
        turn.session, response_id=sitting.response_id, receipt_code=new_receipt_code(), now=turn.now
    )
    if isinstance(outcome, Reask):
        attempt.rollback()  # nothing was sent: nobody has sent it
        return told(turn, sitting, outcome)
    attempt.commit()
    thanks = thanks_screen(sitting, outcome.receipt_code, _offers(sitting))
    return Reply(thanks, edits=True, place=turn.said.message_ref or place)


def _offers(sitting: Sitting) -> Rows:
    """To a patient, the offer to tell a story; its button has a number drawn now that nothing keeps."""
    if sitting.stream not in _OF_PATIENTS or sitting.questionnaire.is_blind:
        return ()
    return ((offer_button(sitting.language, new_token(), sitting.unit_code),),)


def _switched(turn: Turn, sitting: Sitting, language: str, at: str | None) -> Reply:
    place = at if at is not None else place_in_chat(turn, sitting)
    changed = responses.set_language(turn.session, response_id=sitting.response_id, language=language, now=turn.now)
    _speak(turn, language)
    return door_reply(turn, changed) or shown(turn, changed, at=place)


def _speak(turn: Turn, language: str) -> None:
    """The chat follows the language of its survey, also after the thanks."""
    set_language(turn.session, chat=turn.chat, language=language, actor=turn.speaker, now=turn.now)


def _sitting_of(turn: Turn, fields: tuple[str, ...]) -> Sitting:
    """The response a button belongs to. Its chat is proven by the signature; a draft must still be this account's."""
    if len(fields) < 4 or not turn.is_private:  # noqa: PLR2004 - conversation, response, revision, verb
        raise DomainError("button_expired")
    sitting = responses.sitting(turn.session, response_id=fields[1])
    is_draft = not sitting.sent and not sitting.withdrawn
    if is_draft and (sitting.channel, sitting.account) != (turn.said.channel, turn.said.account):
        raise DomainError("ticket_taken")
    return sitting
