"""Keeping what a survey's page brought: the consent to words, every answer that can be taken, and what cannot.

Knows that words of one's own need their own tick, and that nothing written may get lost from the screen. Refuses to
know the way between the pages; what is stored and what is asked is decided in `surveys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from locales.errors import Reask
from surveys import responses
from surveys.conversation import asked
from surveys.sittings import Sitting
from surveys.structure import OTHER, Question, find_question
from web.forms import Form
from web.survey_fields import TEXT_CONSENT, TEXT_SHOWN, Brought, keeps_words, read_fields


@dataclass(frozen=True, slots=True)
class Saved:
    """The response after the page, and why some of it could not be taken, by question."""

    sitting: Sitting
    faults: Mapping[str, Reask]
    brought: Brought
    is_ticked: bool


def save_page(
    session: Session, *, sitting: Sitting, form: Form, language: str, local: ZoneInfo, now: datetime
) -> Saved:
    """Record all that a page brought and can be taken. Errors: those of `read_fields` and `responses.record_page`.

    `local` is the consortium's time zone, in which people speak of days and hours.
    """
    there = now.astimezone(local)
    brought = read_fields(sitting.questionnaire, form.lists, stored=sitting.answers, language=language, now=there)
    is_ticked = form[TEXT_CONSENT] != "" or (form[TEXT_SHOWN] == "" and sitting.text_consented)
    faults = dict(brought.faults)
    values = dict(brought.values)
    if is_ticked:
        sitting = responses.consent_to_text(session, response_id=sitting.response_id, now=now)
    else:
        for name in [name for name, answer in values.items() if _has_words(sitting, name, answer)]:
            faults[name] = Reask("text_consent_unticked")
            del values[name]
    sitting, refused = responses.record_page(session, response_id=sitting.response_id, answers=values, now=now)
    now_asked = {question.id for question in asked(sitting.questionnaire, sitting.answers)}
    kept = {name: reask for name, reask in (faults | refused).items() if name in now_asked}
    return Saved(sitting, kept, brought, is_ticked)


def _has_words(sitting: Sitting, name: str, answer: tuple[str, ...]) -> bool:
    question = find_question(sitting.questionnaire, name)
    return question is not None and keeps_words(question) and any(_is_own(question, value) for value in answer)


def _is_own(question: Question, value: str) -> bool:
    return value.startswith(OTHER) if question.has_options else value.strip() != ""
