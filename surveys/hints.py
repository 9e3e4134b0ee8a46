"""What is said beneath a question to help with answering it. PURE.

Two sources: the question's own hint, and texts that FHIR nests in a question and marks as its help, its prompt or the
ends of its scale. Those belong to the question, whether it is answered or not, and stand nowhere else. Refuses to know
how a hint looks.
"""

from __future__ import annotations

from surveys.structure import DISPLAY, Question, Questionnaire, Wording

CONTROLS = ("help", "prompt", "flyover", "lower", "upper", "unit")
"""The FHIR codes by which a nested text says that it belongs to its question."""


def hints_of(questionnaire: Questionnaire, question: Question) -> tuple[Wording, ...]:
    """The hints of a question in their order, its own first; each in all its languages."""
    own = (question.hint,) if question.hint else ()
    return (*own, *(item.text for item in _candidates(questionnaire) if item.parent == question.id and item.text))


def helping(questionnaire: Questionnaire) -> frozenset[str]:
    """The ids of the texts that are shown as part of a question, and so nowhere else."""
    found = _candidates(questionnaire)
    if not found:
        return frozenset()
    questions = {item.id for item in questionnaire.questions if item.is_question}
    return frozenset(item.id for item in found if item.parent in questions)


def _candidates(questionnaire: Questionnaire) -> list[Question]:
    """Texts so marked. One with conditions, or a hidden one, is no help to everybody and stays a text of its own."""
    return [
        item
        for item in questionnaire.questions
        if item.type == DISPLAY and item.control in CONTROLS and not item.enable_when and not item.is_hidden
    ]
