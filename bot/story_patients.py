"""A patient's story in chat: offered with the thanks for a survey, agreed to, written in one message.

Nothing that was said here stays with the chat: the button carries a number that is kept nowhere, the prompt forgets it
with the first words, and the words go straight to where no chat stands beside them. Refuses to know who the patient is
and which survey it was.
"""

from __future__ import annotations

from bot.inbound import Reply
from bot.objection_desk import mark_of
from bot.prompts import ask_for_words, forget_prompt
from bot.turn import Turn
from bulletins.stories import PATIENT, story_by_receipt
from bulletins.story_decisions import offer_patient_story
from bulletins.story_passes import receipt_for
from bulletins.story_texts import story_words_of
from bulletins.story_wording import consent_words
from bulletins.story_words import CONSENT, LONGEST, SHORTEST, parted
from bulletins.wording import name_in
from consortium.units import all_units
from locales.errors import DomainError
from locales.texts import text
from outbox.message import Button, Message

LETTER, PURPOSE = "t", "story"
OFFER, AGREE, NOT_NOW = "p", "g", "q"
NO_UNIT = "-"
AS_PATIENT = "p"


def offer_button(language: str, number: str, unit_code: str) -> Button:
    """The quiet offer beneath the thanks."""
    return Button(text(language, "stories.patient.button"), (LETTER, OFFER, number, mark_of(unit_code)))


def offer_screen(turn: Turn, number: str, unit_mark: str) -> Reply:
    """What becomes of a story, and the yes to it, in a message of its own: the one above shows a receipt."""
    code = _unit_of(turn, unit_mark)
    names = {each.code: each.name for each in all_units(turn.session)}
    rows = []
    if code is not None:
        named = turn.text("stories.patient.with_unit", unit=name_in(names[code], turn.language, code))
        rows.append((Button(named, (LETTER, AGREE, number, unit_mark)),))
    rows.append((Button(turn.text("stories.patient.without_unit"), (LETTER, AGREE, number, NO_UNIT)),))
    rows.append((Button(turn.text("stories.patient.not_now"), (LETTER, NOT_NOW)),))
    said = "\n\n".join((turn.text("stories.patient.offer"), consent_words(turn.language, is_patient=True)))
    return Reply(Message(said, tuple(rows)))


def agreed(turn: Turn, number: str, unit_mark: str, *, asks: bool = True) -> Reply:
    """After the yes: ask for the words."""
    if story_by_receipt(turn.session, receipt_for(turn.context.secret, number)) is not None:
        raise DomainError("story_offered_already")
    code = _unit_of(turn, unit_mark)
    if asks:
        ask_for_words(turn, purpose=PURPOSE, subject=f"{AS_PATIENT} {number} {code or NO_UNIT}")
    return Reply(Message(turn.text("stories.patient.write", low=SHORTEST, high=LONGEST)), edits=True)


def not_now(turn: Turn) -> Reply:
    """No story."""
    forget_prompt(turn)
    return Reply(Message(turn.text("stories.patient.never_mind")), edits=True)


def written(turn: Turn, number: str, unit_code: str, words: str) -> Reply:
    """The story: handed in as it is, with its receipt."""
    body, byline = parted(words)
    receipt = receipt_for(turn.context.secret, number)
    made = offer_patient_story(
        turn.session, words=body, byline=byline, unit_code=None if unit_code == NO_UNIT else unit_code,
        language=turn.language, consent=CONSENT, receipt=receipt, now=turn.now,
    )  # fmt: skip
    forget_prompt(turn)
    assert made.teller == PATIENT
    return Reply(offered_screen(turn, story_words_of(turn.session, made, turn.language), receipt))


def offered_screen(turn: Turn, story: str, receipt: str) -> Message:
    """It has arrived: how it would be printed, and the receipt."""
    page = f"{(turn.context.public_url or '').rstrip('/')}/stories/receipt"
    return Message(turn.text("stories.offered", story=story, code=receipt, page=page))


def _unit_of(turn: Turn, unit_mark: str) -> str | None:
    return next((each.code for each in all_units(turn.session) if mark_of(each.code) == unit_mark), None)
