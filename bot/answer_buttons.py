"""The buttons that answer a question: options, boxes to tick, a keypad of small numbers, days near today. PURE.

Long options stand as a numbered list in the text, with buttons that show the numbers; many are turned over in pages.
Refuses to know the words around them and what a tap does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.layout import Rows, by_length, in_rows, page_of, page_turners, shorten, width
from bot.survey_buttons import ANSWER, DAY, KEY, OWN_WORDS, PROPOSED, TOGGLE, VIEW, action, place_of
from locales.texts import text
from outbox.message import Button
from surveys.conversation import Ask
from surveys.sittings import Sitting
from surveys.structure import BOOLEAN, DATE, INTEGER, OPTIONS_ONLY, OTHER, Question, find_option
from surveys.values import compare, is_stored
from surveys.wording import choices

PER_PAGE = 10
_ALL_AT_ONCE = 12  # so many options need no pages
_WIDEST_BUTTON = 36  # columns: what is wider is cut off on a phone
_NUMBERS_ACROSS = 5
_KEYS_ACROSS = 6
_MOST_KEYS = 11
_LONGEST_LISTED = 120
_LONGEST_OWN = 30
_DAYS = ((0, "bot.survey.today"), (-1, "bot.survey.yesterday"), (-2, "bot.survey.day_before"))
_DAYS_AHEAD = ((0, "bot.survey.today"), (1, "bot.survey.tomorrow"), (2, "bot.survey.day_after"))


@dataclass(frozen=True, slots=True)
class Look:
    """How a question is looked at: the page of its options (None: where the answer is), or its own words being asked
    for; `said` is what was just understood of typed words. `today` is needed for questions about days.
    """

    page: int | None = None
    is_own: bool = False
    said: str = ""
    today: date | None = None


def is_chosen_from(question: Question) -> bool:
    """Whether there are answers to tap: options, or yes and no."""
    return question.has_options or question.type == BOOLEAN


def takes_own_words(question: Question) -> bool:
    """Whether something else than the options may be answered."""
    return question.has_options and question.constraint != OPTIONS_ONLY


def keypad(question: Question) -> range | None:
    """The whole numbers that a question takes, if they are few enough for a button each."""
    low, high = question.minimum, question.maximum
    if question.type != INTEGER or question.has_options or low is None or high is None:
        return None
    if not (is_stored(INTEGER, low) and is_stored(INTEGER, high)):
        return None
    numbers = range(int(low), int(high) + 1)
    return numbers if 1 < len(numbers) <= _MOST_KEYS else None


def near_days(question: Question, today: date | None) -> list[tuple[date, str]]:
    """The days that get a button, with the key of their name: around today, as far as they may be answered."""
    if question.type != DATE or question.has_options or today is None:
        return []
    is_ahead = question.minimum is not None and compare(DATE, question.minimum, today.isoformat()) in (0, 1)
    days = [(today + timedelta(days=away), key) for away, key in (_DAYS_AHEAD if is_ahead else _DAYS)]
    return [(day, key) for day, key in days if _is_in_range(question, day)]


def are_numbered(question: Question, language: str) -> bool:
    """Whether the options stand in the text, with numbers, because some are too long for a button."""
    return any(width(label) > _WIDEST_BUTTON for _, label in choices(question, language))


def option_list(sitting: Sitting, step: Ask, look: Look) -> str:
    """The options of this page with their numbers; "" where the buttons say it all."""
    question, language = step.question, sitting.language
    if look.is_own or not are_numbered(question, language):
        return ""
    lines = []
    for number, (code, label) in _on_page(question, step, language, look):
        listed = text(language, "bot.survey.listed", number=number + 1, label=shorten(label, _LONGEST_LISTED))
        lines.append(_marked(question, step, code, listed, language))
    return "\n".join(lines)


def answer_rows(sitting: Sitting, step: Ask, look: Look) -> Rows:
    """All that can be tapped as an answer."""
    question = step.question
    if look.is_own:
        return ()
    if is_chosen_from(question):
        return _choices(sitting, step, look)
    place = place_of(sitting, question)
    keys, days = keypad(question), near_days(question, look.today)
    rows: Rows = ()
    if keys is not None:
        buttons = [
            Button(_key(step, number, sitting.language), action(sitting, KEY, place, offset))
            for offset, number in enumerate(keys)
        ]
        rows = in_rows(buttons, _KEYS_ACROSS if len(buttons) > _NUMBERS_ACROSS else len(buttons))
    elif days:
        named = [Button(text(sitting.language, key), action(sitting, DAY, place, day)) for day, key in days]
        rows = (tuple(named),)
    return (*rows, *_proposal(sitting, step))


def _choices(sitting: Sitting, step: Ask, look: Look) -> Rows:
    question, language = step.question, sitting.language
    place = place_of(sitting, question)
    numbered = are_numbered(question, language)
    buttons = []
    for number, (code, label) in _on_page(question, step, language, look):
        marked = _marked(question, step, code, str(number + 1) if numbered else label, language)
        buttons.append(Button(marked, _tap(sitting, step, place, number, code)))
    rows = in_rows(buttons, _NUMBERS_ACROSS) if numbered else by_length(buttons)
    _, page = page_of(choices(question, language), _page(question, step, look), _page_size(question))
    turners = page_turners(
        page,
        action(sitting, VIEW, place),
        earlier=text(language, "bot.page.earlier"),
        later=text(language, "bot.page.later"),
    )
    return (*rows, *turners, *_own(sitting, step), *(_proposal(sitting, step) if question.repeats else ()))


def _tap(sitting: Sitting, step: Ask, place: int, number: int, code: str) -> tuple[str, ...]:
    """One of several carries what it is to become, so that a tap that arrives twice is one."""
    if not step.question.repeats:
        return action(sitting, ANSWER, place, number)
    return action(sitting, TOGGLE, place, number, 0 if code in (step.answer or ()) else 1)


def _marked(question: Question, step: Ask, code: str, label: str, language: str) -> str:
    is_chosen = code in (step.answer or ())
    if question.repeats:
        return text(language, "bot.survey.ticked" if is_chosen else "bot.survey.unticked", label=label)
    return text(language, "bot.chosen", label=label) if is_chosen else label


def _own(sitting: Sitting, step: Ask) -> Rows:
    """What was written instead of an option, to tap away where there are several; and the way to write."""
    question, language = step.question, sitting.language
    if not takes_own_words(question):
        return ()
    place, rows = place_of(sitting, question), []
    for number, value in enumerate(own_values(question, step.answer)):
        label = text(language, "bot.survey.own", words=shorten(value.removeprefix(OTHER), _LONGEST_OWN))
        if question.repeats:
            ticked = text(language, "bot.survey.ticked", label=label)
            rows.append((Button(ticked, action(sitting, TOGGLE, place, len(question.options) + number, 0)),))
    return (*rows, (Button(text(language, "bot.survey.write_own"), action(sitting, OWN_WORDS, place)),))


def own_values(question: Question, answer: Sequence[str] | None) -> list[str]:
    """The answers that are none of the options."""
    return [value for value in answer or () if find_option(question, value) is None] if question.has_options else []


def _proposal(sitting: Sitting, step: Ask) -> Rows:
    """The author's proposal, taken with a tap; an option that is proposed has its own button."""
    if not step.question.initial or step.answer is not None:
        return ()
    place = place_of(sitting, step.question)
    return ((Button(text(sitting.language, "bot.survey.take_proposed"), action(sitting, PROPOSED, place)),),)


def _key(step: Ask, number: int, language: str) -> str:
    is_chosen = str(number) in (step.answer or ()) and not step.question.repeats
    return text(language, "bot.chosen", label=number) if is_chosen else str(number)


def _on_page(question: Question, step: Ask, language: str, look: Look) -> list[tuple[int, tuple[str, str]]]:
    """The options of the page in view, each with its place among all."""
    offered = list(enumerate(choices(question, language)))
    shown, _ = page_of(offered, _page(question, step, look), _page_size(question))
    return list(shown)


def _page(question: Question, step: Ask, look: Look) -> int:
    """The page asked for, or the one with the answer."""
    if look.page is not None:
        return look.page
    codes = [option.code for option in question.options]
    chosen = next((codes.index(value) for value in step.answer or () if value in codes), 0)
    return chosen // _page_size(question)


def _page_size(question: Question) -> int:
    return _ALL_AT_ONCE if len(question.options) <= _ALL_AT_ONCE else PER_PAGE


def _is_in_range(question: Question, day: date) -> bool:
    low, high, own = question.minimum, question.maximum, day.isoformat()
    is_early = low is not None and compare(DATE, own, low) == -1
    is_late = high is not None and compare(DATE, own, high) == 1
    return not is_early and not is_late
