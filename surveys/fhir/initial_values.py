"""The answers with which an item begins, there and back. PURE.

FHIR says them by marking options (`initialSelected`) or by naming values (`initial`); real forms do both, and so does
this. What is chosen comes in the order of the options, own words last. Refuses to know what an initial answer is used
for.
"""

from __future__ import annotations

from typing import Any

from surveys.fhir.elements import Element, Raw, Report, shown
from surveys.fhir.extensions import carry_companions, carry_extensions, is_harmless_inside
from surveys.fhir.named_answers import Asked, asked, read_named, write_named
from surveys.structure import Question


def read_initial(element: Element, question: Question, chosen: tuple[str, ...], first: str) -> tuple[str, ...]:
    """The initial answers of an item: the options chosen beforehand, and the values named. `first`: the language."""
    about = asked(question)
    raws = element.tables("initial")
    named = [_read(element.within(raw), about) for raw in raws]
    values = ordered(about, (*chosen, *(each for each in named if each is not None)))
    if len(values) > 1 and not question.repeats:
        element.refuse("initial" if raws else "initialSelected", "fhir_initial_too_many")
    if raws and _divided(about, values, first) != (raws, frozenset(chosen)):
        element.keep("initial", raws)
    return values


def ordered(about: Asked, values: tuple[str, ...]) -> tuple[str, ...]:
    """Options in their order, each once; then the rest as it came."""
    if not about.options:
        return values
    given = dict.fromkeys(values)
    return (*(code for code in about.options if code in given), *(each for each in given if each not in about.options))


def write_initial(question: Question, first: str) -> tuple[list[Any], frozenset[str]]:
    """The list of `initial`, and the codes of the options to be marked."""
    about = asked(question)
    carried = question.carried.get("initial")
    if isinstance(carried, list) and all(isinstance(each, dict) for each in carried):
        named = [_read(Element(each, None, Report()), about) for each in carried]
        values = tuple(each for each in named if each is not None)
        marked = frozenset(each for each in question.initial if each not in values)
        if marked <= about.options.keys() and ordered(about, (*marked, *values)) == question.initial:
            return carried, marked
    return _divided(about, question.initial, first)


def _divided(about: Asked, values: tuple[str, ...], first: str) -> tuple[list[Any], frozenset[str]]:
    """Values to be named, and options to be marked."""
    named = [_written(about, each, first) for each in values if each not in about.options]
    return named, frozenset(each for each in values if each in about.options)


def _read(element: Element, about: Asked) -> str | None:
    """The answer that one `initial` names; None after a refusal, or if it names none."""
    given = [name for name in element.raw if name.startswith("value") and element.has(name)]
    values = [element.take(name) for name in given]
    carry_extensions(element)
    carry_companions(element)
    element.carry("id", "fhir_comments")
    element.refuse_unread()
    if element.raw.get("valueString") == "":  # what programs write where nothing was typed
        return None
    named = read_named(about, given[0].removeprefix("value"), values[0]) if len(given) == 1 else None
    if not about.question.is_question or not is_harmless_inside(element, {"value": values}):
        return None
    if named is None or not named.is_allowed:
        element.refuse("initial", "fhir_initial_malformed", value=shown(values[0]) if values else "")
        return None
    return named.value


def _written(about: Asked, value: str, first: str) -> Raw:
    suffix, raw = write_named(about, value, None, first)
    return {f"value{suffix}": raw}
