"""Are a questionnaire's conditions sound: about questions that exist, comparable, and in no circle? PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from surveys.enabling import needed_by
from surveys.graph import in_circles
from surveys.structure import (
    BOOLEAN,
    CODING,
    EQUAL,
    EXISTS,
    NOT_EQUAL,
    OPERATORS,
    Condition,
    Question,
    Questionnaire,
)
from surveys.values import is_stored

ConditionFault = tuple[int, str, str, str, Mapping[str, object]]
"""Place of the item, its id, key, code, details."""

_Fault = tuple[str, str, Mapping[str, object]]


def condition_faults(questionnaire: Questionnaire) -> Iterator[ConditionFault]:
    """What is wrong with the conditions, item after item."""
    by_id = {item.id: item for item in questionnaire.questions}
    circling = in_circles({item.id: tuple(needed_by(item)) for item in questionnaire.questions})
    for place, item in enumerate(questionnaire.questions):
        for number, condition in enumerate(item.enable_when):
            about = by_id.get(condition.question)
            if item.id in circling and condition.question in circling:
                fault: _Fault | None = ("question", "questionnaire_condition_circular", {"value": condition.question})
            elif about is None:
                fault = ("question", "questionnaire_condition_dangling", {"value": condition.question})
            elif not about.is_question:
                fault = ("question", "questionnaire_condition_on_group", {"value": condition.question})
            else:
                fault = _fault(condition, about)
            if fault is not None:
                key, code, details = fault
                yield place, item.id, f"enable_when[{number}].{key}", code, details


def _fault(condition: Condition, about: Question) -> _Fault | None:
    """What is wrong with a condition about a question that there is."""
    operator, value = condition.operator, condition.value
    if operator not in OPERATORS:
        return "operator", "value_unknown", {"value": operator, "allowed": ", ".join(OPERATORS)}
    if operator == EXISTS:
        return None if isinstance(value, bool) else ("value", "truth_expected", {})
    if operator not in {EQUAL, NOT_EQUAL} and not _has_order(about):
        return "operator", "questionnaire_condition_unordered", {"operator": operator, "type": about.type}
    if isinstance(value, str) and (about.type == CODING or is_stored(about.type, value)):
        return None
    return "value", "questionnaire_value_of_other_type", {"value": value, "type": about.type}


def _has_order(about: Question) -> bool:
    """Whether one answer can be more than another; codes cannot, but numbers and dates that are chosen can."""
    if about.type == CODING:
        return about.has_options and about.options[0].value_type != CODING
    return about.type != BOOLEAN
