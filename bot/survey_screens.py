"""The screens of a survey from the first question to the thanks, drawn from a sitting. PURE.

Knows how question, review and thanks look. What a question's words and buttons are is in `question_words` and
`answer_buttons`; what stands before the first question in `door_screens`. Refuses to know how answers are taken.
"""

from __future__ import annotations

from bot.answer_buttons import Look, answer_rows, is_chosen_from, own_values
from bot.answer_words import answer_words
from bot.layout import LONGEST_TEXT, Rows, fitted, in_rows, page_of, page_turners, shorten
from bot.question_words import question_words, wording_of
from bot.survey_buttons import (
    DONE,
    REVIEW,
    SEND,
    SKIP,
    TAKE_AWAY,
    VIEW,
    action,
    language_button,
    place_of,
)
from bulletins.cutting import utf16_length
from locales.errors import explain
from locales.texts import pick, text
from outbox.message import Button, Message
from surveys.conversation import Ask, Entry, Review
from surveys.sittings import TEST, Sitting
from surveys.structure import WRITTEN

__all__ = ["Look", "question_screen", "review_screen", "sent_screen", "thanks_screen"]

_ENTRIES = 20  # answers on one page of the review
_NUMBERS_ACROSS = 5
_LONGEST_ENTRY = 60
_FAULTS_SHOWN = 3
_ROOM_FOR_TRAILING = 40
_GAP = "\n\n"


def question_screen(sitting: Sitting, step: Ask, look: Look | None = None) -> Message:
    """One question, with the answer given so far marked. Questions about days need `Look.today` for their buttons."""
    look = look or Look()
    return Message(
        question_words(sitting, step, look), (*answer_rows(sitting, step, look), *_ways_on(sitting, step, look))
    )


def review_screen(sitting: Sitting, review: Review, page_number: int = 0, *, said: str = "") -> Message:
    """Every answer, each with a number that leads to it; the way to send only when nothing is missing or too little."""
    language = sitting.language
    entries, page = page_of(review.entries, page_number, _ENTRIES)
    first = page.number * _ENTRIES + 1
    lines = [_entry_lines(sitting, number, entry) for number, entry in enumerate(entries, start=first)]
    numbers = [
        Button(str(number), action(sitting, VIEW, place_of(sitting, entry.question)))
        for number, entry in enumerate(entries, start=first)
    ]
    turners = page_turners(
        page,
        action(sitting, REVIEW),
        earlier=text(language, "bot.page.earlier"),
        later=text(language, "bot.page.later"),
    )
    send: Rows = ((Button(text(language, "bot.survey.send"), action(sitting, SEND)),),)
    if review.missing or review.faults:
        send = ()
    last_row = language_button(sitting)
    rows = (*in_rows(numbers, _NUMBERS_ACROSS), *turners, *send, *((last_row,) if last_row else ()))
    head = [said] if said else []
    if sitting.stream == TEST:
        head.append(text(language, "bot.survey.trial"))
    parts = [*head, text(language, "bot.survey.review"), "\n".join(lines), *_foot(review, language)]
    return Message(fitted(_GAP.join(_with_trailing(sitting, review, parts))), rows)


def thanks_screen(sitting: Sitting, receipt_code: str, offers: Rows = ()) -> Message:
    """The answers have arrived; the code is shown now and never again; `offers` lead on. A trial keeps nothing."""
    thanks = pick(sitting.questionnaire.thanks, sitting.language).strip()
    if sitting.stream == TEST:
        return Message(_GAP.join(filter(None, (thanks, text(sitting.language, "bot.survey.trial_over")))))
    said = _GAP.join(filter(None, (thanks, text(sitting.language, "bot.survey.receipt", code=receipt_code))))
    return Message(said, offers)


def sent_screen(sitting: Sitting) -> Message:
    """A response that was sent before: thanks, without the code, which is kept nowhere."""
    thanks = pick(sitting.questionnaire.thanks, sitting.language).strip()
    return Message(_GAP.join(filter(None, (thanks, text(sitting.language, "bot.survey.receipt_gone")))))


def entry_words(sitting: Sitting, number: int, entry: Entry, *, is_whole: bool = False) -> str:
    """A question and its answer on two lines, shortened for a screen or whole for a copy."""
    language = sitting.language
    asked = wording_of(entry.question, language)
    answered = answer_words(entry.question, entry.answer, language)
    if not is_whole:
        asked, answered = shorten(asked, _LONGEST_ENTRY), shorten(answered, _LONGEST_ENTRY)
    return text(language, "bot.survey.entry", number=number, question=asked, answer=answered)


def _ways_on(sitting: Sitting, step: Ask, look: Look) -> Rows:
    """Back, skip, clear and on: skip where nothing is required, on where there is an answer to leave as it is."""
    language, question, ways = sitting.language, step.question, []
    place = place_of(sitting, question)
    if look.is_own:
        ways.append(Button(text(language, "bot.survey.to_options"), action(sitting, VIEW, place)))
    elif step.previous is not None:
        ways.append(Button(text(language, "bot.survey.back"), action(sitting, VIEW, place_of(sitting, step.previous))))
    if step.answer is None and not question.required:
        ways.append(Button(text(language, "bot.survey.skip"), action(sitting, SKIP, place)))
    if step.answer and not look.is_own:
        ways += _less(sitting, step, place)
    if step.answer and question.repeats:
        ways.append(Button(text(language, "bot.survey.done"), action(sitting, DONE, place)))
    elif step.answer is not None:
        ways.append(_onward(sitting, step))
    second = language_button(sitting, place)
    return tuple(row for row in (tuple(ways), second) if row)


def _less(sitting: Sitting, step: Ask, place: int) -> list[Button]:
    """Taking back: the last of several that were typed, or the whole answer where none is required. Options that were
    ticked are taken back one by one.
    """
    language, question = sitting.language, step.question
    if question.repeats:
        is_typed = not is_chosen_from(question)
        away = Button(text(language, "bot.survey.take_away"), action(sitting, TAKE_AWAY, place))
        return [away] if is_typed else []
    if question.required:
        return []
    is_text = own_values(question, step.answer) if question.has_options else question.type in WRITTEN
    key = "bot.survey.remove" if is_text else "bot.survey.clear"
    return [Button(text(language, key), action(sitting, SKIP, place))]


def _onward(sitting: Sitting, step: Ask) -> Button:
    if step.following is None:
        return Button(text(sitting.language, "bot.survey.to_review"), action(sitting, REVIEW, 0))
    target = place_of(sitting, step.following)
    return Button(text(sitting.language, "bot.survey.next"), action(sitting, VIEW, target))


def _entry_lines(sitting: Sitting, number: int, entry: Entry) -> str:
    return entry_words(sitting, number, entry)


def _foot(review: Review, language: str) -> list[str]:
    """What keeps the answers from being sent, or how to go on."""
    foot = []
    if review.missing:
        foot.append(text(language, "bot.survey.missing", numbers=_numbers_missing(review, language)))
    numbers = {entry.question.id: number for number, entry in enumerate(review.entries, start=1)}
    for question_id, fault in list(review.faults.items())[:_FAULTS_SHOWN]:
        sentence = explain(language, fault)
        foot.append(text(language, "bot.survey.fault", number=numbers[question_id], sentence=sentence))
    return foot or [text(language, "bot.survey.review_ready")]


def _with_trailing(sitting: Sitting, review: Review, parts: list[str]) -> list[str]:
    """The texts behind the last question stand before the foot, as far as there is room."""
    room = LONGEST_TEXT - utf16_length(_GAP.join(parts)) - len(_GAP)
    trailing = _GAP.join(wording_of(item, sitting.language) for item in review.trailing if item.text)
    if not trailing or room < _ROOM_FOR_TRAILING:
        return parts
    place = 2 + parts.index(text(sitting.language, "bot.survey.review"))
    return [*parts[:place], fitted(trailing, room), *parts[place:]]


def _numbers_missing(review: Review, language: str) -> str:
    missing = {question.id for question in review.missing}
    numbers = [str(number) for number, entry in enumerate(review.entries, start=1) if entry.question.id in missing]
    return text(language, "bot.comma").join(numbers)
