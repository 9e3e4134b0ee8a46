"""What a survey's form brings: the fields of each question, read into the values that `accept` takes. PURE.

Fields are named by the place of their question, since a question's own id may be any words: `a.3` holds its answers,
`o.3` own words beside options; `shown` names the places that stood on the page. What is typed is understood as in chat.
Refuses to know what is asked now, what is stored, and how a field looks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from locales.errors import DomainError, Reask
from surveys.structure import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    OTHER,
    TEXT,
    TIME,
    WRITTEN,
    Question,
    Questionnaire,
)
from surveys.typed import understand

ANSWER, OWN = "a.", "o."
SHOWN, ADD, TEXT_CONSENT, TEXT_SHOWN = "shown", "add", "text", "text_shown"
PREFIXES = (ANSWER, OWN)

RADIOS, BOXES, SCALE = "radios", "boxes", "scale"
LINE, AREA, NATIVE_DATE, NATIVE_TIME, NATIVE_MOMENT = "line", "area", "date", "time", "datetime-local"
CHOSEN = (RADIOS, BOXES, SCALE)

LONGEST_SCALE = 11
"""How many whole numbers still stand in a row to choose from: 0 to 10."""

_NATIVE = {DATE: NATIVE_DATE, TIME: NATIVE_TIME, DATETIME: NATIVE_MOMENT, TEXT: AREA}
_PLACE = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


Lists = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """What stood in the fields of one question, exactly as it came."""

    values: tuple[str, ...] = field(default=(), repr=False)
    own: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Brought:
    """A whole form: the fields as they came, the values read from them, and what could not be read; by question id."""

    given: Mapping[str, Given]
    values: Mapping[str, tuple[str, ...]]
    faults: Mapping[str, Reask]


def control(question: Question) -> str:
    """How a question is answered on the page: chosen among radios, boxes or a short scale, or typed into a field."""
    if question.options or question.type == BOOLEAN:
        return BOXES if question.repeats else RADIOS
    if scale(question):
        return SCALE
    return _NATIVE.get(question.type, LINE)


def scale(question: Question) -> range:
    """The whole numbers to choose from where there are few; empty where the number is typed."""
    if question.type != INTEGER or question.repeats or question.options:
        return range(0)
    if question.minimum is None or question.maximum is None:
        return range(0)
    low, high = int(question.minimum), int(question.maximum)
    return range(low, high + 1) if high - low < LONGEST_SCALE else range(0)


def takes_own_words(question: Question) -> bool:
    """Whether an answer beside the options offered can be written."""
    return bool(question.options) and question.constraint != OPTIONS_ONLY


def keeps_words(question: Question) -> bool:
    """Whether what patients write in their own words is kept for it, which they agree to apart."""
    if question.options:
        return question.constraint == OPTIONS_OR_STRING
    return question.type in WRITTEN


def read_fields(questionnaire: Questionnaire, lists: Lists, *, stored: Lists, language: str, now: datetime) -> Brought:
    """The answers of a form; `()` passes over. A required question that was never answered and is left empty stays out.

    `lists` are the fields by name, `stored` the answers so far by question, `now` is the present moment in the
    consortium's time zone, in which people speak of days and hours.
    Errors: `unknown_field` for a place that takes no answers, `field_twice` for a second value where one is taken.
    """
    given = _given(questionnaire, lists)
    values: dict[str, tuple[str, ...]] = {}
    faults: dict[str, Reask] = {}
    for question_id, (question, fields) in given.items():
        read = _read(question, fields, language, now)
        if isinstance(read, Reask):
            faults[question_id] = read
        elif read or not question.required or question_id in stored:
            values[question_id] = read
    return Brought({name: fields for name, (_, fields) in given.items()}, values, faults)


def places(questionnaire: Questionnaire) -> dict[str, int]:
    """Where each item stands, by its id."""
    return {question.id: place for place, question in enumerate(questionnaire.questions)}


def _given(questionnaire: Questionnaire, lists: Lists) -> dict[str, tuple[Question, Given]]:
    """The fields of every question that was shown or brought something, in the order of the questionnaire."""
    touched = {place for place in map(_place, lists.get(SHOWN, ())) if place is not None}
    for name in lists:
        if name.startswith(PREFIXES):
            place = _place(name[len(ANSWER) :])
            if place is None or not _is_answerable(questionnaire, place, own=name.startswith(OWN)):
                raise DomainError("unknown_field", field=name[:40])
            touched.add(place)
    found = {}
    for place in sorted(touched):
        if not _is_answerable(questionnaire, place):
            continue  # a page drawn before: it says no more than what it showed
        question = questionnaire.questions[place]
        fields = Given(lists.get(f"{ANSWER}{place}", ()), lists.get(f"{OWN}{place}", ()))
        if not question.repeats and (len(fields.values) > 1 or len(fields.own) > 1):
            raise DomainError("field_twice", field=f"{ANSWER if len(fields.values) > 1 else OWN}{place}")
        found[question.id] = (question, fields)
    return found


def _is_answerable(questionnaire: Questionnaire, place: int, *, own: bool = False) -> bool:
    if place >= len(questionnaire.questions):
        return False
    question = questionnaire.questions[place]
    is_open = question.is_question and not question.is_hidden and not question.is_read_only
    return is_open and (not own or takes_own_words(question))


def _read(question: Question, given: Given, language: str, now: datetime) -> tuple[str, ...] | Reask:
    if control(question) in CHOSEN:
        return _chosen(question, given, language, now)
    return _typed(question, given, language, now)


def _chosen(question: Question, given: Given, language: str, now: datetime) -> tuple[str, ...] | Reask:
    """The codes, and own words if they were chosen, or if nothing else was. Words that name an option choose it."""
    chosen = [code for code in given.values if code]
    codes = tuple(code for code in chosen if code != OTHER)
    written = [words for words in given.own if words.strip()]
    if not takes_own_words(question) or not (OTHER in chosen or (written and not codes)):
        return tuple(chosen)
    if not written:
        return Reask("answer_words_missing")
    own = _understood(question, written, language, now)
    return own if isinstance(own, Reask) else codes + own


def _typed(question: Question, given: Given, language: str, now: datetime) -> tuple[str, ...] | Reask:
    """What stands in fields to type into; empty ones say nothing."""
    written = [words for words in given.values if words.strip()]
    return tuple(written) if question.type in WRITTEN else _understood(question, written, language, now)


def _understood(question: Question, written: list[str], language: str, now: datetime) -> tuple[str, ...] | Reask:
    """Each field read by itself, as the same words are in chat."""
    single = replace(question, repeats=False, least=None, most=None)
    values: tuple[str, ...] = ()
    for words in written:
        read = understand(single, words, language, now=now)
        if isinstance(read, Reask):
            return read
        values += read
    return values


def _place(written: str) -> int | None:
    return int(written) if _PLACE.fullmatch(written) else None
