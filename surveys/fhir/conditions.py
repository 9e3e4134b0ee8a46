"""When an item is asked (`enableWhen`), there and back. PURE.

Knows what a condition may say about a question of a type. A condition that says more than we would write (the display
of its coding) is carried, and given back as long as it still means the same. Refuses to know whether conditions go
round in circles (`reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveys.fhir.elements import Element, Raw, Report, carriable, shown
from surveys.fhir.extensions import carry_companions, carry_extensions, is_harmless_inside
from surveys.fhir.named_answers import Asked, read_named, write_named
from surveys.structure import ALL, ANY, BOOLEAN, CODING, EQUAL, EXISTS, NOT_EQUAL, OPERATORS, Condition, Question

Known = Mapping[str, Asked | None]
"""Every linkId of the form → its question; None for an item that could not be read."""

_TYPES_WITHOUT_ORDER = (BOOLEAN, CODING)


def read_conditions(element: Element, known: Known, first: str) -> tuple[tuple[Condition, ...], str]:
    """The conditions of an item, and how they join."""
    raws = element.tables("enableWhen")
    behavior = element.word("enableBehavior", (ALL, ANY))
    if len(raws) > 1 and behavior is None:
        element.refuse("enableBehavior", "fhir_behavior_missing")
    if behavior is not None and not raws:
        element.keep("enableBehavior", behavior)
    read = [read_condition(element.within(raw), known) for raw in raws]
    conditions = tuple(each for each in read if each is not None)
    if len(conditions) == len(raws):
        extras = [_extra(element, raw, each, known, first) for raw, each in zip(raws, conditions, strict=True)]
        if any(extras):
            element.keep("enableWhen", extras)
    return conditions, behavior or ALL


def read_condition(element: Element, known: Known) -> Condition | None:
    """One condition; None after a refusal."""
    question = element.string("question")
    operator = element.word("operator", OPERATORS)
    answers = [name for name in element.raw if name.startswith("answer") and element.has(name)]
    values = [element.take(name) for name in answers]
    carry_extensions(element)
    carry_companions(element)
    element.carry("id", "fhir_comments")
    element.refuse_unread()
    if question is None or operator is None or len(answers) != 1:
        element.refuse("enableWhen", "fhir_condition_malformed", value=shown(question))
        return None
    about = _about(element, question, known)
    if about is None:
        return None
    return _condition(element, about, operator, answers[0].removeprefix("answer"), values[0])


def write_conditions(question: Question, known: Known, first: str) -> dict[str, Any]:
    """`enableWhen` and, where it matters, `enableBehavior`."""
    extras = question.carried.get("enableWhen", [])
    written = [
        _given_back(each, extras[number] if number < len(extras) else None, known, first)
        for number, each in enumerate(question.enable_when)
    ]
    behavior = question.enable_behavior
    is_said = len(written) > 1 or (written and behavior == ANY)
    return {**({"enableWhen": written} if written else {}), **({"enableBehavior": behavior} if is_said else {})}


def _about(element: Element, question: str, known: Known) -> Asked | None:
    """The question that a condition names."""
    if question not in known:
        element.refuse("enableWhen", "fhir_condition_dangling", value=shown(question))
        return None
    if question == element.link_id:
        element.refuse("enableWhen", "fhir_condition_itself")
        return None
    about = known[question]
    if about is not None and not about.question.is_question:
        element.refuse("enableWhen", "fhir_condition_not_a_question", value=shown(question))
        return None
    return about


def _condition(element: Element, about: Asked, operator: str, suffix: str, raw: Any) -> Condition | None:
    id_ = about.question.id
    if operator == EXISTS:
        if suffix == "Boolean" and isinstance(raw, bool):
            return Condition(id_, operator, raw)
        element.refuse("enableWhen", "fhir_condition_exists", value=shown(id_))
        return None
    named = read_named(about, suffix, raw) if is_harmless_inside(element, {"answer": raw}) else None
    if named is None:
        element.refuse("enableWhen", "fhir_condition_answer", value=shown(id_))
        return None
    if operator not in (EQUAL, NOT_EQUAL) and about.question.type in _TYPES_WITHOUT_ORDER and not about.plain:
        element.refuse("enableWhen", "fhir_condition_order", value=shown(id_))
        return None
    return Condition(id_, operator, named.value, named.system)


def _written(condition: Condition, known: Known, first: str) -> dict[str, Any]:
    target: dict[str, Any] = {"question": condition.question, "operator": condition.operator}
    about = known.get(condition.question)
    if isinstance(condition.value, bool) or about is None:
        return {**target, "answerBoolean": condition.value}
    suffix, value = write_named(about, condition.value, condition.system, first)
    return {**target, f"answer{suffix}": value}


def _extra(element: Element, raw: Raw, condition: Condition, known: Known, first: str) -> Any:
    """The condition as it stood, if we would write it otherwise."""
    try:
        return None if _written(condition, known, first) == raw else carriable(raw)
    except ValueError:
        element.refuse("enableWhen", "fhir_condition_malformed", value=shown(condition.question))
        return None


def _given_back(condition: Condition, extra: Any, known: Known, first: str) -> Any:
    if isinstance(extra, dict) and read_condition(Element(extra, None, Report()), known) == condition:
        return extra
    return _written(condition, known, first)
