"""How an answer reads: the option's words, a number with its unit, the text itself, or that there is none.

The same in chat, on the page and in exports for people.
"""

from __future__ import annotations

from locales.texts import pick, text
from surveys.retention_marks import is_removed
from surveys.structure import BOOLEAN, NUMBERS, OTHER, Question, find_option
from surveys.values import FALSE, TRUE


def answer_text(question: Question, answer: tuple[str, ...] | None, language: str) -> str:
    """An answer as a person reads it in a review. Free text is theirs: the screen that shows it escapes it."""
    if answer is None:
        return text(language, "surveys.answer.none")
    if not answer:
        return text(language, "surveys.answer.skipped")
    return text(language, "surveys.names.separator").join(_value(question, value, language) for value in answer)


def choices(question: Question, language: str) -> list[tuple[str, str]]:
    """What can be tapped, code and label: the options, or yes and no; nothing where an answer is typed."""
    if question.type == BOOLEAN:
        return [(code, text(language, f"surveys.answer.{code}")) for code in (TRUE, FALSE)]
    return [
        (option.code, " ".join(filter(None, (option.prefix, pick(option.text, language) or option.code))))
        for option in question.options
    ]


def _value(question: Question, value: str, language: str) -> str:
    if question.type == BOOLEAN and value in (TRUE, FALSE):
        return text(language, f"surveys.answer.{value}")
    option = find_option(question, value)
    if option is not None:
        return pick(option.text, language) or option.code
    if is_removed(value):
        return text(language, "retention.words_removed")
    if question.has_options and value.startswith(OTHER):
        return value[len(OTHER) :]
    if question.type in NUMBERS and question.unit is not None:
        return f"{value} {question.unit.text or question.unit.code}"
    return value
