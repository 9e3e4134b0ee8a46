"""What people type instead of tapping, read as an answer to one question, in both languages. PURE.

The result is what `conversation.accept` takes: codes, "true" and "false", figures, ISO dates, or the words themselves.
Whatever could mean two things is asked for again: an answer understood wrongly in silence is worse than none. Whoever
shows the next screen repeats what was understood. Refuses to know whether the answer is in range: `accept` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from locales.errors import Reask
from locales.texts import pick
from surveys.plain_text import clean_text, is_blank
from surveys.structure import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NUMBERS,
    OPTIONS_ONLY,
    OPTIONS_OR_TYPE,
    OTHER,
    TIME,
    WRITTEN,
    Question,
)
from surveys.typed_dates import read_date
from surveys.typed_moments import read_moment
from surveys.typed_numbers import plain
from surveys.typed_options import NO, YES, read_options
from surveys.typed_times import read_time
from surveys.typed_units import read_amount

_BETWEEN = re.compile("[、;；\n]+")
"""Between several numbers, dates or times; a comma may stand inside one."""


def understand(
    question: Question, words: str, language: str, *, now: datetime, is_numbered: bool = False
) -> tuple[str, ...] | Reask:
    """The values that these words give as an answer, or why they are none.

    `now` is the present moment in the time zone in which people speak; `is_numbered` says that the options are shown
    with numbers. Several values come only for a question that repeats. Words of every language of the questionnaire are
    taken; where two languages disagree, those of `language`, in which the question is shown. Reasks: `words_expected`,
    `answer_unreadable` and the codes `typed_…`.
    """
    cleaned = clean_text(words)
    if cleaned is None:
        return Reask("answer_unreadable")
    if is_blank(cleaned):
        return Reask("words_expected")
    if question.has_options:
        return _chosen(question, cleaned, language, now, is_numbered=is_numbered)
    if question.type == BOOLEAN:
        return _yes_or_no(cleaned)
    if question.type in WRITTEN or question.type not in _READERS:
        return (cleaned,)
    return _each(question, cleaned, now)


def _chosen(
    question: Question, words: str, language: str, now: datetime, *, is_numbered: bool
) -> tuple[str, ...] | Reask:
    """Options; where own words are taken, too, whatever is no option is in one's own words."""
    seen = {option.code: [pick(option.text, language) or option.code] for option in question.options}
    labels = {option.code: list(option.text.values()) or [option.code] for option in question.options}
    found = read_options(question, seen, words, is_numbered=is_numbered)
    if isinstance(found, Reask):
        found = read_options(question, labels, words, is_numbered=is_numbered)
    if not isinstance(found, Reask) or question.constraint == OPTIONS_ONLY or found.code == "typed_only_one":
        return found
    if question.constraint == OPTIONS_OR_TYPE and question.type in _READERS:
        return _each(question, words, now)
    return _mixed(question, labels, words) if question.repeats else (OTHER + words,)


def _mixed(question: Question, labels: Mapping[str, Sequence[str]], words: str) -> tuple[str, ...]:
    """Options among one's own words, as in a list; words without any option in them are not taken apart."""
    parts = [part.strip() for part in _BETWEEN.split(words) if part.strip()]
    named = [read_options(question, labels, part, is_numbered=False) for part in parts]
    if all(isinstance(each, Reask) for each in named):
        return (OTHER + words,)
    values: list[str] = []
    for part, each in zip(parts, named, strict=True):
        values += [OTHER + part] if isinstance(each, Reask) else each
    return tuple(dict.fromkeys(values))


def _yes_or_no(words: str) -> tuple[str, ...] | Reask:
    said = plain(words)
    if said in YES:
        return ("true",)
    return ("false",) if said in NO else Reask("typed_not_yes_or_no")


def _each(question: Question, words: str, now: datetime) -> tuple[str, ...] | Reask:
    """One value; several where the question repeats, as long as each can be read."""
    reads = _READERS[question.type]
    parts = [part for part in _BETWEEN.split(words) if part.strip()] if question.repeats else [words]
    values: list[str] = []
    for part in parts or [words]:
        value = reads(question, part, now)
        if isinstance(value, Reask):
            return value
        values.append(value)
    return tuple(values)


def _number(question: Question, words: str, _: datetime) -> str | Reask:
    number = read_amount(question, words)
    if number is not None:
        return number
    if question.unit is not None:
        unit = question.unit.text or question.unit.code
        return Reask("typed_not_this_amount", {"unit": unit})
    return Reask("typed_not_whole" if question.type == INTEGER else "typed_not_a_number")


def _date(_: Question, words: str, now: datetime) -> str | Reask:
    found = read_date(words, now.date())
    return found.isoformat() if isinstance(found, date) else found


def _time(_: Question, words: str, __: datetime) -> str | Reask:
    found = read_time(words)
    return found.isoformat() if isinstance(found, time) else found


def _moment(_: Question, words: str, now: datetime) -> str | Reask:
    return read_moment(words, now)


_READERS: dict[str, Callable[[Question, str, datetime], str | Reask]] = {
    **dict.fromkeys(NUMBERS, _number),
    DATE: _date,
    TIME: _time,
    DATETIME: _moment,
}
