"""A questionnaire as its author looks at it: each step as the chat shows it, beside the same on the page. PURE.

Drawn by the very modules that draw it for patients, from a sitting that is made up and stored nowhere. Items that the
answers tried so far do not lead to stay in view and say so. Refuses to know requests and the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.answer_buttons import Look
from bot.door_screens import notice_screen, text_consent_screen
from bot.survey_screens import question_screen, review_screen, thanks_screen
from locales.texts import text
from outbox.message import Message
from surveys.condition_words import condition_words, is_never_asked
from surveys.conversation import Ask, asked, review
from surveys.sittings import Sitting
from surveys.structure import Question, Questionnaire
from web.survey_views import Asking, ItemView, page_view

_RECEIPT = "XXXX-XXXX-XXXX"


@dataclass(frozen=True, slots=True)
class StepView:
    """One item. `screens` are the chat's (the consent to words comes before the first question that keeps them);
    `item` is the page's part, None for what nobody sees. `number` counts questions; 0 for groups and texts.
    """

    place: int
    id: str
    number: int
    kind: str
    conditions: str
    is_asked: bool
    is_never: bool
    screens: tuple[Message, ...]
    item: ItemView | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The whole walk."""

    notice: Message
    steps: tuple[StepView, ...]
    review: Message
    thanks: Message
    questions: int
    reached: int


def made_up_sitting(
    questionnaire: Questionnaire, *, language: str, now: datetime, answers: dict[str, tuple[str, ...]] | None = None
) -> Sitting:
    """A sitting of nobody: consent given, nothing stored."""
    return Sitting(
        response_id="preview",
        questionnaire=questionnaire,
        answers=answers or {},
        revision=0,
        language=language,
        consented=True,
        sent=False,
        unit_code="",
        unit_name={each: text(each, "results.preview.unit") for each in ("zh", "en")},
        mode="page",
        channel=None,
        account=None,
        message_ref=None,
        expires_at=now + timedelta(days=1),
        text_consented=True,
    )


def preview_view(sitting: Sitting, asking: Asking, *, now: datetime, zone: ZoneInfo) -> PreviewView:
    """Everything, in the language of the sitting."""
    form, language = sitting.questionnaire, sitting.language
    view = page_view(sitting, asking, language=language, zone=zone)
    items = dict(_flat(view.items))
    reached = {each.id for each in asked(form, sitting.answers)}
    steps = tuple(_steps(sitting, items, reached, now.astimezone(zone)))
    return PreviewView(
        notice=notice_screen(sitting),
        steps=steps,
        review=review_screen(sitting, review(form, sitting.answers)),
        thanks=thanks_screen(sitting, _RECEIPT),
        questions=sum(step.number > 0 for step in steps),
        reached=len(reached),
    )


def _steps(sitting: Sitting, items: dict[int, ItemView], reached: set[str], now: datetime) -> Iterable[StepView]:
    form = sitting.questionnaire
    walked = [item for item in form.questions if item.is_question and not is_never_asked(form, item)]
    leads: list[Question] = []
    has_words = False
    number = 0
    for place, item in enumerate(form.questions):
        is_never = is_never_asked(form, item)
        screens: tuple[Message, ...] = ()
        if not is_never and item.is_question:
            step = _ask(sitting, item, walked, number, tuple(leads))
            number, leads = number + 1, []
            screens = (question_screen(sitting, step, Look(today=now.date())),)
            drawn = items.get(place)
            if drawn is not None and drawn.is_written and not has_words:
                has_words = True
                screens = (text_consent_screen(sitting, step), *screens)
        elif not is_never:
            leads.append(item)
        yield StepView(
            place=place,
            id=item.id,
            number=number if screens else 0,
            kind=item.type,
            conditions=condition_words(form, item, sitting.language),
            is_asked=item.id in reached if screens else not is_never,
            is_never=is_never,
            screens=screens,
            item=None if is_never else _shown(items.get(place)),
        )


def _ask(sitting: Sitting, item: Question, walked: list[Question], number: int, leads: tuple[Question, ...]) -> Ask:
    """The step as if every question were asked of everybody."""
    return Ask(
        question=item,
        number=number + 1,
        total=len(walked),
        answer=sitting.answers.get(item.id),
        previous=walked[number - 1].id if number else None,
        following=walked[number + 1].id if number + 1 < len(walked) else None,
        leads=leads,
    )


def _shown(item: ItemView | None) -> ItemView | None:
    """In view whatever was answered, and without what stands in it: that has a step of its own."""
    return replace(item, is_shown=True, inside=()) if item is not None else None


def _flat(items: Iterable[ItemView]) -> Iterable[tuple[int, ItemView]]:
    for item in items:
        yield item.place, item
        yield from _flat(item.inside)
