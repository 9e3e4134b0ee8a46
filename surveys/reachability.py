"""Can everything that must be answered be answered at all? For those who ask with a questionnaire. PURE.

A required item that nobody is asked must bring its answer along. A required group must come with something in it, as a
response without it is not valid: so one question in it is asked and required whenever the group is. Refuses to know
languages and lengths.
"""

from __future__ import annotations

from collections.abc import Iterator

from surveys.enabling import stand
from surveys.structure import GROUP, Question, Questionnaire

UNASKED, HOLLOW = "questionnaire_required_unasked", "questionnaire_group_hollow"


def unreachable(questionnaire: Questionnaire) -> Iterator[tuple[int, str]]:
    """(place of a required item, why it could not be fulfilled)."""
    silent = stand(questionnaire, {}).silent
    certain = _certain_within(questionnaire, silent)
    for place, item in enumerate(questionnaire.questions):
        if not item.required:
            continue
        if item.is_question and item.id in silent and not item.initial:
            yield place, UNASKED
        elif item.type == GROUP and item.id not in certain:
            yield place, HOLLOW


def _certain_within(questionnaire: Questionnaire, silent: frozenset[str]) -> set[str]:
    """The items directly in which something always has an answer once they are open: from the end, inside first."""
    certain: set[str] = set()
    for item in reversed(questionnaire.questions):
        if item.parent is not None and not item.enable_when and _is_certain(item, silent, certain):
            certain.add(item.parent)
    return certain


def _is_certain(item: Question, silent: frozenset[str], certain: set[str]) -> bool:
    if item.type == GROUP:
        return item.id in certain
    return item.is_question and bool(item.initial if item.id in silent else item.required)
