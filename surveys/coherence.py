"""Do the parts of a questionnaire fit together? Ids once, no circles, bounds in order, scores with two ends. PURE.

The same for every way in: a fault names the item and the key, and each reader says it in its own terms. Whether the
questionnaire may be asked here is not judged (`fitness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from consortium.document import Findings
from surveys.conditions import condition_faults
from surveys.patterns import compile_pattern
from surveys.structure import (
    BOOLEAN,
    CODING,
    DISPLAY,
    INTEGER,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    OTHER,
    TYPES,
    Question,
    Questionnaire,
)
from surveys.values import compare, is_stored

WIDEST_SCALE = 100
"""How far apart the ends of a whole number may lie for its answers to be counted one by one."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that contradicts something else. `place` and `item` say which question; None is the form itself."""

    place: int | None
    item: str | None
    key: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict)


def check(questionnaire: Questionnaire, findings: Findings) -> None:
    """Add a finding for everything that contradicts something else in the same questionnaire."""
    for clash in clashes(questionnaire):
        key = clash.key if clash.place is None else f"questions[{clash.place}].{clash.key}"
        findings.add(key, clash.code, **clash.details)


def clashes(questionnaire: Questionnaire) -> list[Clash]:
    """All of them, item after item."""
    found = list(_of_order(questionnaire))
    for place, question in enumerate(questionnaire.questions):
        found += [Clash(place, question.id, *fault) for fault in _of_question(question)]
    if len({question.id for question in questionnaire.questions}) == len(questionnaire.questions):
        found += [Clash(*fault) for fault in condition_faults(questionnaire)]  # else nobody knows whom they name
    found += _of_figures(questionnaire)
    return found


def has_two_ends(question: Question) -> bool:
    """Whether its answers can be measured: options of different scores, yes and no, or a number with near bounds."""
    if question.type == BOOLEAN:
        return True
    if question.has_options:
        return len({option.score for option in question.options} - {None}) > 1
    return is_counted_number(question) and compare(INTEGER, question.minimum or "", question.maximum or "") == -1


def is_counted_number(question: Question) -> bool:
    """Whether it asks for a whole number out of at most a hundred and one."""
    low, high = question.minimum or "", question.maximum or ""
    if question.type != INTEGER or question.has_options or not (is_stored(INTEGER, low) and is_stored(INTEGER, high)):
        return False
    return 0 <= int(high) - int(low) <= WIDEST_SCALE


Fault = tuple[str, str, Mapping[str, object]]
"""Key, code, details."""


def _of_order(questionnaire: Questionnaire) -> Iterator[Clash]:
    """Every id once; an item stands behind the one that holds it, with nothing foreign in between."""
    seen: dict[str, Question] = {}
    holders: dict[str, None] = {}  # the item before and all that hold it, outermost first
    for place, item in enumerate(questionnaire.questions):
        if item.id in seen:
            yield Clash(place, item.id, "id", "value_twice", {"value": item.id})
        holder = seen.get(item.parent) if item.parent is not None else None
        seen.setdefault(item.id, item)
        if item.parent is None:
            holders = {item.id: None}
        elif holder is None or item.parent == item.id:
            yield Clash(place, item.id, "parent", "questionnaire_parent_unknown", {"value": item.parent})
        elif holder.type == DISPLAY:
            yield Clash(place, item.id, "parent", "questionnaire_parent_is_text", {"value": item.parent})
        elif item.parent not in holders:
            yield Clash(place, item.id, "parent", "questionnaire_parent_apart", {"value": item.parent})
        else:
            while next(reversed(holders)) != item.parent:
                holders.popitem()
            holders[item.id] = None


def _of_question(question: Question) -> Iterator[Fault]:
    if question.type not in TYPES:
        yield "type", "value_unknown", {"value": question.type, "allowed": ", ".join(TYPES)}
        return
    yield from _of_options(question)
    yield from _of_bounds(question)
    if question.pattern is not None and compile_pattern(question.pattern) is None:
        yield "pattern", "pattern_unsafe", {}
    if not question.repeats and len(question.initial) > 1:
        yield "initial", "questionnaire_repeats_missing", {}
    codes = {option.code for option in question.options}
    for value in question.initial:
        if value not in codes and not _could_be_answer(question, value):
            yield "initial", "questionnaire_value_of_other_type", {"value": value, "type": question.type}


def _of_options(question: Question) -> Iterator[Fault]:
    """No code twice or in the way of own words; each of the type of the answers."""
    seen: set[str] = set()
    for place, option in enumerate(question.options):
        key = f"options[{place}].code"
        if option.code in seen:
            yield key, "value_twice", {"value": option.code}
        seen.add(option.code)
        if option.code.startswith(OTHER):
            yield key, "questionnaire_option_reserved", {"value": option.code}
        if question.type != CODING and not is_stored(question.type, option.code):
            yield key, "questionnaire_value_of_other_type", {"value": option.code, "type": question.type}
    if question.options and (not question.is_question or question.type == BOOLEAN):
        yield "options", "questionnaire_options_needless", {"type": question.type}


def _of_bounds(question: Question) -> Iterator[Fault]:
    for key, value in (("minimum", question.minimum), ("maximum", question.maximum)):
        if value is not None and not is_stored(question.type, value):
            yield key, "questionnaire_value_of_other_type", {"value": value, "type": question.type}


def _could_be_answer(question: Question, value: str) -> bool:
    """Of a value that is no option."""
    if question.has_options and question.constraint == OPTIONS_ONLY:
        return False
    if question.has_options and question.constraint == OPTIONS_OR_STRING:
        return value.startswith(OTHER)
    is_listed = question.type == CODING and question.has_options  # a code of elsewhere is told by its list alone
    return not is_listed and is_stored(question.type, value)


def _of_figures(questionnaire: Questionnaire) -> Iterator[Clash]:
    """Scores, dimensions, the overall impression."""
    codes = [dimension.code for dimension in questionnaire.dimensions]
    overall: str | None = None
    for place, question in enumerate(questionnaire.questions):
        if question.is_scored and not has_two_ends(question):
            yield Clash(place, question.id, "options", "questionnaire_scores_missing")
        if question.is_scored and question.repeats:
            yield Clash(place, question.id, "repeats", "questionnaire_scored_repeats")
        if question.dimension is not None and question.dimension not in codes:
            details = {"value": question.dimension}
            yield Clash(place, question.id, "dimension", "questionnaire_dimension_unknown", details)
        if question.is_overall and question.dimension is not None:
            yield Clash(place, question.id, "is_overall", "questionnaire_overall_in_dimension")
        if question.is_overall and overall is not None:
            yield Clash(place, question.id, "is_overall", "questionnaire_overall_twice", {"first": overall})
        overall = overall or (question.id if question.is_overall else None)
    used = {question.dimension for question in questionnaire.questions}
    for place, code in enumerate(codes):
        if code in codes[:place]:
            yield Clash(None, None, f"dimensions[{place}].code", "value_twice", {"value": code})
        if code not in used:
            yield Clash(None, None, f"dimensions[{place}].code", "questionnaire_dimension_unused", {"value": code})
