"""The screens of a survey, drawn from a sitting. PURE.

Knows how notice, question, review and thanks look. Refuses to know how answers are taken. A button carries the
response, the revision it was drawn with, a verb, and the places of question and option in the questionnaire.
"""

from __future__ import annotations

from bot.layout import Rows, bar, by_length, in_rows, page_of, page_turners, shorten
from locales.texts import LANGUAGES, pick, text
from outbox.message import Button, Message
from surveys.conversation import SKIPPED, Ask, Entry, Review
from surveys.sittings import Sitting
from surveys.structure import CHOICE, Question, find_option

CONSENT, DECLINE, RECONSIDER = "y", "n", "w"
ANSWER, SKIP, VIEW, REVIEW, SEND, LANGUAGE = "a", "k", "v", "r", "x", "g"

_ENTRIES = 20  # answers on one page of the review
_NUMBERS_ACROSS = 5
_LONGEST_ENTRY = 60
_LONGEST_SHOWN_ANSWER = 600


def notice_screen(sitting: Sitting) -> Message:
    """What is asked, why and what is kept, before the first question."""
    language = sitting.language
    head = f"{pick(sitting.questionnaire.title, language)}\n{pick(sitting.unit_name, language)}"
    return Message(
        f"{head}\n\n{pick(sitting.questionnaire.notice, language).strip()}",
        (
            (Button(text(language, "bot.survey.agree"), action(sitting, CONSENT)),),
            (Button(text(language, "bot.survey.decline"), action(sitting, DECLINE)), *language_button(sitting)),
        ),
    )


def declined_screen(sitting: Sitting) -> Message:
    """The patient does not take part; the door stays open."""
    reconsider = Button(text(sitting.language, "bot.survey.reconsider"), action(sitting, RECONSIDER))
    return Message(text(sitting.language, "bot.survey.declined"), ((reconsider,),))


def question_screen(sitting: Sitting, step: Ask) -> Message:
    """One question, with the answer given so far marked."""
    language, question = sitting.language, step.question
    progress = text(language, "bot.survey.progress", number=step.number, total=step.total)
    parts = [f"{progress}  {bar(step.number - 1, step.total)}", pick(question.text, language)]
    if question.type != CHOICE:
        parts.append(_how_to_write(sitting, step))
    return Message("\n\n".join(parts), (*_options(sitting, step), *_ways_on(sitting, step)))


def review_screen(sitting: Sitting, review: Review, page_number: int = 0) -> Message:
    """Every answer, each with a number that leads to it; the way to send only when nothing is missing."""
    language = sitting.language
    entries, page = page_of(review.entries, page_number, _ENTRIES)
    first = page.number * _ENTRIES + 1
    lines = [_entry_lines(sitting, number, entry) for number, entry in enumerate(entries, start=first)]
    numbers = [
        Button(str(number), action(sitting, VIEW, place_of(sitting, entry.question)))
        for number, entry in enumerate(entries, start=first)
    ]
    head, foot = text(language, "bot.survey.review"), text(language, "bot.survey.review_ready")
    send: Rows = ((Button(text(language, "bot.survey.send"), action(sitting, SEND)),),)
    if review.missing:
        foot = text(language, "bot.survey.missing", numbers=_numbers_missing(review, language))
        send = ()
    turners = page_turners(
        page,
        action(sitting, REVIEW),
        earlier=text(language, "bot.page.earlier"),
        later=text(language, "bot.page.later"),
    )
    last_row = language_button(sitting)
    rows = (*in_rows(numbers, _NUMBERS_ACROSS), *turners, *send, *((last_row,) if last_row else ()))
    return Message("\n\n".join([head, "\n".join(lines), foot]), rows)


def thanks_screen(sitting: Sitting, receipt_code: str) -> Message:
    """The answers have arrived; the code is shown now and never again."""
    thanks = pick(sitting.questionnaire.thanks, sitting.language).strip()
    return Message(f"{thanks}\n\n{text(sitting.language, 'bot.survey.receipt', code=receipt_code)}")


def sent_screen(sitting: Sitting) -> Message:
    """A response that was sent before: thanks, without the code, which is kept nowhere."""
    thanks = pick(sitting.questionnaire.thanks, sitting.language).strip()
    return Message(f"{thanks}\n\n{text(sitting.language, 'bot.survey.receipt_gone')}")


def action(sitting: Sitting, verb: str, *places: object) -> tuple[str, ...]:
    """What a button of this sitting carries."""
    return ("s", sitting.response_id, str(sitting.revision), verb, *(str(place) for place in places))


def place_of(sitting: Sitting, question: Question | str) -> int:
    """Where a question (or the one of this id) stands in the questionnaire, from 0."""
    wanted = question if isinstance(question, str) else question.id
    return [each.id for each in sitting.questionnaire.questions].index(wanted)


def other_language(sitting: Sitting) -> str | None:
    """The language one may switch to, or None if the questionnaire speaks only one."""
    spoken = [language for language in LANGUAGES if language in sitting.questionnaire.languages]
    return next((language for language in spoken if language != sitting.language), None)


def language_button(sitting: Sitting, place: object = "") -> tuple[Button, ...]:
    """A button with the other language's own name; `place` is the question to come back to."""
    other = other_language(sitting)
    return (Button(text(other, "bot.language.name"), action(sitting, LANGUAGE, other, place)),) if other else ()


def answer_text(question: Question, answer: str | None, language: str) -> str:
    """An answer in words: the option's, what was written, or that there is none."""
    if answer is None:
        return text(language, "surveys.answer.none")
    if answer == SKIPPED:
        return text(language, "surveys.answer.skipped")
    option = find_option(question, answer) if question.type == CHOICE else None
    return pick(option.text, language) if option is not None else answer


def _how_to_write(sitting: Sitting, step: Ask) -> str:
    limit = step.question.max_length
    if not step.answer:
        return text(sitting.language, "bot.survey.write", limit=limit)
    written = shorten(step.answer, _LONGEST_SHOWN_ANSWER)
    return text(sitting.language, "bot.survey.write_again", written=written, limit=limit)


def _options(sitting: Sitting, step: Ask) -> Rows:
    place = place_of(sitting, step.question)
    buttons = []
    for number, option in enumerate(step.question.options):
        label = pick(option.text, sitting.language)
        marked = text(sitting.language, "bot.chosen", label=label) if option.code == step.answer else label
        buttons.append(Button(marked, action(sitting, ANSWER, place, number)))
    return by_length(buttons)


def _ways_on(sitting: Sitting, step: Ask) -> Rows:
    """Back, skip and on: skip where nothing is required, on only where there is an answer to leave as it is."""
    language, ways = sitting.language, []
    if step.previous is not None:
        target = place_of(sitting, step.previous)
        ways.append(Button(text(language, "bot.survey.back"), action(sitting, VIEW, target)))
    if step.answer is None and not step.question.required:
        target = place_of(sitting, step.question)
        ways.append(Button(text(language, "bot.survey.skip"), action(sitting, SKIP, target)))
    if step.answer and not step.question.required and step.question.type != CHOICE:
        target = place_of(sitting, step.question)
        ways.append(Button(text(language, "bot.survey.remove"), action(sitting, SKIP, target)))
    if step.answer is not None:
        ways.append(_onward(sitting, step))
    second = language_button(sitting, place_of(sitting, step.question))
    return tuple(row for row in (tuple(ways), second) if row)


def _onward(sitting: Sitting, step: Ask) -> Button:
    if step.following is None:
        return Button(text(sitting.language, "bot.survey.to_review"), action(sitting, REVIEW, 0))
    target = place_of(sitting, step.following)
    return Button(text(sitting.language, "bot.survey.next"), action(sitting, VIEW, target))


def _entry_lines(sitting: Sitting, number: int, entry: Entry) -> str:
    language = sitting.language
    asked = shorten(pick(entry.question.text, language), _LONGEST_ENTRY)
    answered = shorten(answer_text(entry.question, entry.answer, language), _LONGEST_ENTRY)
    return text(language, "bot.survey.entry", number=number, question=asked, answer=answered)


def _numbers_missing(review: Review, language: str) -> str:
    missing = {question.id for question in review.missing}
    numbers = [str(number) for number, entry in enumerate(review.entries, start=1) if entry.question.id in missing]
    return text(language, "bot.comma").join(numbers)
