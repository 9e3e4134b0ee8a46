"""How an answer reads: the option's words, the text itself, or that there is none. The same in chat and on the page."""

from __future__ import annotations

from locales.texts import pick, text
from surveys.conversation import SKIPPED
from surveys.structure import CHOICE, Question, find_option


def answer_text(question: Question, answer: str | None, language: str) -> str:
    """An answer as a person reads it in a review. Free text is theirs: the screen that shows it escapes it."""
    if answer is None:
        return text(language, "surveys.answer.none")
    if answer == SKIPPED:
        return text(language, "surveys.answer.skipped")
    option = find_option(question, answer) if question.type == CHOICE else None
    return pick(option.text, language) if option is not None else answer
