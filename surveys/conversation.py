"""How one response goes on: questionnaire + answers → the next question, or the review. PURE, no stored cursor.

Chat, page and simulator all ask here, so they walk the same path and keep the same answers. An answer that a later
correction makes needless is dropped at once. Refuses to know who answers, where it is shown and how it is stored; what
opens a question is known to `enabling`, what an answer may be to `values`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from locales.errors import Reask
from surveys.enabling import Answers, Standing, stand
from surveys.hints import helping
from surveys.structure import DISPLAY, GROUP, Question, Questionnaire, find_option, find_question
from surveys.values import read_value

SKIPPED: tuple[str, ...] = ()
"""The answer of somebody who passed over an optional question."""

MOST_ANSWERS = 50  # to one question, where its author sets no bound


@dataclass(frozen=True, slots=True)
class Ask:
    """The question to show now, where it stands among those asked, and what was answered so far.

    `answer` is None where nothing was answered. `leads` are the headings and texts that stand before the question.
    """

    question: Question
    number: int
    total: int
    answer: tuple[str, ...] | None
    previous: str | None
    following: str | None
    leads: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the review: None is not answered, `SKIPPED` passed over."""

    question: Question
    answer: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Review:
    """Every question asked with its answer; what is missing and what is not enough yet must be mended before sending.

    `trailing` are the texts that stand behind the last question.
    """

    entries: tuple[Entry, ...]
    missing: tuple[Question, ...]
    faults: Mapping[str, Reask]
    trailing: tuple[Question, ...]


def asked(questionnaire: Questionnaire, answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers lead to and a person answers, in order."""
    return _asked(questionnaire, stand(questionnaire, answers))


def shown(questionnaire: Questionnaire, answers: Answers) -> tuple[Question, ...]:
    """The same with the headings of groups and the texts between them; a group with nothing in it is not shown, and
    what is said beneath a question (`hints`) is a part of it.
    """
    return _shown(questionnaire, stand(questionnaire, answers))


def next_step(questionnaire: Questionnaire, answers: Answers, *, at: str | None = None) -> Ask | Review:
    """The question `at` if it is asked, else the first without an answer, else the review."""
    visible = shown(questionnaire, answers)
    places = [n for n, item in enumerate(visible) if item.is_question]
    ids = [visible[n].id for n in places]
    place = ids.index(at) if at in ids else next((n for n, each in enumerate(ids) if each not in answers), None)
    if place is None:
        return _review(visible, answers)
    begin = places[place - 1] + 1 if place > 0 else 0
    return Ask(
        question=visible[places[place]],
        number=place + 1,
        total=len(ids),
        answer=answers.get(ids[place]),
        previous=ids[place - 1] if place > 0 else None,
        following=ids[place + 1] if place + 1 < len(ids) else None,
        leads=visible[begin : places[place]],
    )


def review(questionnaire: Questionnaire, answers: Answers) -> Review:
    """All that is asked with what was answered; `missing` and `faults` must be empty before sending."""
    return _review(shown(questionnaire, answers), answers)


def accept(
    questionnaire: Questionnaire, answers: Answers, question_id: str, values: Sequence[str]
) -> dict[str, tuple[str, ...]] | Reask:
    """The answers with these to one question in them and without those no longer asked; or why they cannot be taken.

    `values` are in machine form; none, or only blank ones, pass the question over. Fewer than the question wants are
    taken: the review says so. Reasks: `question_not_asked`, `answer_required`, `too_many_answers`, `answer_exclusive`,
    and those of `values.read_value`.
    """
    question = next((each for each in asked(questionnaire, answers) if each.id == question_id), None)
    if question is None:
        return Reask("question_not_asked")
    stored = read_answer(question, values)
    if isinstance(stored, Reask):
        return stored
    return only_asked(questionnaire, {**answers, question_id: stored})


def accept_page(
    questionnaire: Questionnaire, answers: Answers, brought: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Reask]]:
    """All that a page brings at once: the answers after it, and by question what could not be taken.

    What stands at a question that is not asked in the end, or at none, is left out in silence: a page without scripts
    shows every question. Since conditions may look ahead, what is asked is decided when everything was read.
    """
    taken, refused = dict(answers), {}
    for question_id, values in brought.items():
        question = find_question(questionnaire, question_id)
        if question is None or not question.is_question:
            continue
        stored = read_answer(question, values)
        if isinstance(stored, Reask):
            refused[question_id] = stored
        else:
            taken[question_id] = stored
    kept = only_asked(questionnaire, taken)
    asked_ids = {question.id for question in asked(questionnaire, kept)}
    return kept, {question_id: reask for question_id, reask in refused.items() if question_id in asked_ids}


def read_answer(question: Question, values: Sequence[str]) -> tuple[str, ...] | Reask:
    """The whole answer to one question as it is stored: options in their order on the form, each once."""
    most = _most(question)
    if len(values) > max(most, len(question.options) + 1):  # far too many are not even read
        return Reask("too_many_answers", {"most": most})
    read: list[str] = []
    for raw in values:
        value = read_value(question, raw) if raw.strip() else ""
        if isinstance(value, Reask):
            return value
        if value and not (question.has_options and value in read):
            read.append(value)
    if not read:
        return Reask("answer_required") if question.required else SKIPPED
    if len(read) > most:
        return Reask("too_many_answers", {"most": most})
    if len(read) > 1 and any(_stands_alone(question, value) for value in read):
        return Reask("answer_exclusive")
    return _in_order(question, read)


def toggled(question: Question, answer: tuple[str, ...], code: str) -> tuple[str, ...]:
    """The answer after a tap on one of several options: taken, or given back; an exclusive one stands alone."""
    if code in answer:
        return tuple(each for each in answer if each != code)
    if not question.repeats or _stands_alone(question, code):
        return (code,)
    return _in_order(question, [*(each for each in answer if not _stands_alone(question, each)), code])


def only_asked(questionnaire: Questionnaire, answers: Answers) -> dict[str, tuple[str, ...]]:
    """These answers without the ones to questions that are not asked, in the order of the questionnaire."""
    return {question.id: answers[question.id] for question in asked(questionnaire, answers) if question.id in answers}


def complete(questionnaire: Questionnaire, answers: Answers) -> dict[str, tuple[str, ...]]:
    """What is stored and exported at sending: the answers given, and the fixed ones of open items nobody is asked."""
    standing = stand(questionnaire, answers)
    whole: dict[str, tuple[str, ...]] = {}
    for question in questionnaire.questions:
        if question.id not in standing.open or not question.is_question:
            continue
        if question.id not in standing.silent:
            if question.id in answers:
                whole[question.id] = answers[question.id]
        elif question.initial:
            whole[question.id] = question.initial
    return whole


def _asked(questionnaire: Questionnaire, standing: Standing) -> tuple[Question, ...]:
    return tuple(
        item
        for item in questionnaire.questions
        if item.is_question and item.id in standing.open and item.id not in standing.silent
    )


def _shown(questionnaire: Questionnaire, standing: Standing) -> tuple[Question, ...]:
    """From the end, so that a group is met after all that stands in it."""
    found: list[Question] = []
    filled: set[str] = set()
    beneath = helping(questionnaire)
    for item in reversed(questionnaire.questions):
        if item.id not in standing.open or item.id in standing.hidden or item.id in beneath:
            continue
        takes_answers = item.is_question and item.id not in standing.silent
        if takes_answers or item.type == DISPLAY or (item.type == GROUP and item.id in filled):
            found.append(item)
            if item.parent is not None:
                filled.add(item.parent)
    return tuple(reversed(found))


def _review(visible: tuple[Question, ...], answers: Answers) -> Review:
    entries = tuple(Entry(item, answers.get(item.id)) for item in visible if item.is_question)
    faults = {
        each.question.id: Reask("too_few_answers", {"least": each.question.least})
        for each in entries
        if each.answer and each.question.least is not None and len(each.answer) < each.question.least
    }
    behind = next((n for n, item in enumerate(reversed(visible)) if item.is_question), len(visible))
    return Review(
        entries=entries,
        missing=tuple(each.question for each in entries if each.question.required and not each.answer),
        faults=faults,
        trailing=visible[len(visible) - behind :],
    )


def _most(question: Question) -> int:
    if not question.repeats:
        return 1
    return question.most if question.most is not None else max(MOST_ANSWERS, len(question.options) + 1)


def _stands_alone(question: Question, value: str) -> bool:
    option = find_option(question, value)
    return option is not None and option.is_exclusive


def _in_order(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    """Options as the form has them, own words behind: whoever taps in another order stores the same."""
    if not question.has_options:
        return tuple(values)
    places = {option.code: place for place, option in enumerate(question.options)}
    return tuple(sorted(values, key=lambda value: places.get(value, len(places))))
