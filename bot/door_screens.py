"""The screens at a survey's doors: notice, age, consent to free text, no thanks, stop, the page instead. PURE.

Refuses to know what a tap on them does.
"""

from __future__ import annotations

from bot.layout import Rows, bar, fitted
from bot.question_words import wording_of
from bot.survey_buttons import (
    CONSENT,
    DECLINE,
    GUARDIAN,
    RECONSIDER,
    TEXT_NO,
    TEXT_YES,
    UNDER_AGE,
    VIEW,
    action,
    language_button,
    place_of,
)
from locales.texts import pick, text
from outbox.message import Button, Message
from surveys.conversation import Ask
from surveys.sittings import TEST, Sitting

IN = "in"
"""What the menu calls wanting to be written to again."""

_GAP = "\n\n"


def notice_screen(sitting: Sitting) -> Message:
    """What is asked, why and what is kept, before the first question; whoever agrees says how old they are."""
    language = sitting.language
    head = f"{pick(sitting.questionnaire.title, language)}\n{pick(sitting.unit_name, language)}"
    parts = [head, pick(sitting.questionnaire.notice, language).strip()]
    if sitting.stream == TEST:
        parts.insert(0, text(language, "bot.survey.trial"))
    return Message(
        fitted(_GAP.join(filter(None, parts))),
        (
            (Button(text(language, "bot.survey.agree"), action(sitting, CONSENT)),),
            (Button(text(language, "bot.survey.under_age"), action(sitting, UNDER_AGE)),),
            (Button(text(language, "bot.survey.decline"), action(sitting, DECLINE)), *language_button(sitting)),
        ),
    )


def under_age_screen(sitting: Sitting) -> Message:
    """For whoever is under fourteen: somebody who cares for them answers, or nobody does."""
    language = sitting.language
    return Message(
        text(language, "bot.survey.guardian_needed"),
        (
            (Button(text(language, "bot.survey.guardian"), action(sitting, GUARDIAN)),),
            (Button(text(language, "bot.survey.decline"), action(sitting, DECLINE)),),
            (Button(text(language, "bot.survey.to_notice"), action(sitting, RECONSIDER)),),
        ),
    )


def declined_screen(sitting: Sitting) -> Message:
    """The patient does not take part; the door stays open."""
    reconsider = Button(text(sitting.language, "bot.survey.reconsider"), action(sitting, RECONSIDER))
    return Message(text(sitting.language, "bot.survey.declined"), ((reconsider,),))


def text_consent_screen(sitting: Sitting, step: Ask) -> Message:
    """Before the first words of one's own: may they be kept? At a question with options, no leads back to them."""
    language, question = sitting.language, step.question
    place = place_of(sitting, question)
    progress = text(language, "bot.survey.progress", number=step.number, total=step.total)
    head = f"{progress}  {bar(step.number - 1, step.total)}"
    refuse = "bot.text.to_options" if question.has_options else "bot.text.no"
    ways = list(language_button(sitting, place))
    if step.previous is not None and not question.has_options:
        previous = action(sitting, VIEW, place_of(sitting, step.previous))
        ways.insert(0, Button(text(language, "bot.survey.back"), previous))
    agree = Button(text(language, "bot.text.yes"), action(sitting, TEXT_YES, place))
    no = Button(text(language, refuse), action(sitting, TEXT_NO, place))
    is_needed = question.required and not question.has_options
    ask = text(language, "bot.text.ask_needed" if is_needed else "bot.text.ask")
    rows = ((agree,), () if is_needed else (no,), tuple(ways))
    words = fitted(_GAP.join((head, wording_of(question, language), ask)))
    return Message(words, tuple(row for row in rows if row))


def page_screen(language: str, address: str | None) -> Message:
    """Patients answer on the page here: the way there."""
    if address is None:
        return Message(text(language, "bot.page_only.no_address"))
    return Message(
        text(language, "bot.page_only.text"), ((Button(text(language, "bot.page_only.open"), url=address),),)
    )


def stopped_screen(language: str, *, is_staff: bool, had_draft: bool) -> Message:
    """Somebody asks not to be written to any more; one button takes it back."""
    key = "bot.stop.staff" if is_staff else "bot.stop.draft" if had_draft else "bot.stop.done"
    return Message(text(language, key), _back_in(language))


def stopped_before_screen(language: str) -> Message:
    """The same for somebody who asked for it before and speaks again, or taps on what they left."""
    return Message(text(language, "bot.stop.still"), _back_in(language))


def _back_in(language: str) -> Rows:
    return ((Button(text(language, "bot.stop.back"), ("m", IN)),),)
