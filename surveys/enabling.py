"""Which items of a questionnaire are open, given what was answered: conditions, groups, parents. PURE.

A condition about a question that is not open, not answered or passed over does not hold, except `exists` with the value
false: what was never said cannot be equal or unequal to anything. Of several answers any one suffices, for `!=` too, as
FHIR has it. Conditions may look ahead, so items are decided in the order in which they depend on each other, without
recursion: forms of thousands of links cost no stack. Refuses to know who asks and what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from surveys.structure import (
    ANY,
    AT_LEAST,
    AT_MOST,
    CODING,
    EQUAL,
    EXISTS,
    GREATER,
    GROUP,
    LESS,
    NOT_EQUAL,
    OTHER,
    Condition,
    Question,
    Questionnaire,
    find_option,
)
from surveys.values import compare

Answers = Mapping[str, tuple[str, ...]]
"""Question id → stored values in their order; () where an optional question was passed over."""

_HOLDS: Mapping[str, Callable[[int], bool]] = {
    EQUAL: lambda order: order == 0,
    NOT_EQUAL: lambda order: order != 0,
    GREATER: lambda order: order > 0,
    LESS: lambda order: order < 0,
    AT_LEAST: lambda order: order >= 0,
    AT_MOST: lambda order: order <= 0,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`open` are the ids of the items that are enabled; `said` what was answered to the open questions.

    `silent` are hidden items and those a person may not change: their initial values are their answers. `hidden` are
    those nobody sees.
    """

    open: frozenset[str]
    said: Mapping[str, tuple[str, ...]]
    silent: frozenset[str]
    hidden: frozenset[str]


def stand(questionnaire: Questionnaire, answers: Answers) -> Standing:
    """How the questionnaire stands with these answers; the one place where that is decided."""
    items = {item.id: item for item in questionnaire.questions}
    hidden, silent = _not_asked(questionnaire)
    open_: set[str] = set()
    said: dict[str, tuple[str, ...]] = {}
    for item in in_order_of_dependence(questionnaire.questions):
        if not _is_open(item, items, open_, said):
            continue
        open_.add(item.id)
        given = item.initial if item.id in silent else answers.get(item.id, ())
        if item.is_question and given:
            said[item.id] = given
    return Standing(frozenset(open_), said, silent, hidden)


def holds(condition: Condition, about: Question | None, said: tuple[str, ...]) -> bool:
    """Whether a condition holds about the answers that were given to its question; none given is ()."""
    if condition.operator == EXISTS:
        return bool(said) == condition.value
    if about is None:
        return False
    return any(_compares(condition, about, answer) for answer in said)


def needed_by(item: Question) -> Iterable[str]:
    """The items that decide whether this one is open."""
    if item.parent is not None:
        yield item.parent
    for condition in item.enable_when:
        yield condition.question


def in_order_of_dependence(items: tuple[Question, ...]) -> Iterable[Question]:
    """Every item after those that decide about it. Items in a circle, which a check refuses, come out all the same."""
    if _looks_back(items):
        return items
    by_id = {item.id: item for item in items}
    begun: set[str] = set()
    ordered: list[Question] = []
    for start in items:
        if start.id in begun:
            continue
        begun.add(start.id)
        path = [(start, iter(needed_by(start)))]
        while path:
            item, others = path[-1]
            following = next((by_id[each] for each in others if each in by_id and each not in begun), None)
            if following is None:
                ordered.append(item)
                path.pop()
            else:
                begun.add(following.id)
                path.append((following, iter(needed_by(following))))
    return ordered


def _looks_back(items: tuple[Question, ...]) -> bool:
    """The usual form: everything is decided by what stands before it."""
    seen: set[str] = set()
    for item in items:
        if any(each not in seen for each in needed_by(item)):
            return False
        seen.add(item.id)
    return True


def _not_asked(questionnaire: Questionnaire) -> tuple[frozenset[str], frozenset[str]]:
    """Hidden items with all that they hold, and besides those what nobody may change, alone or by its group."""
    hidden: set[str] = set()
    fixed: set[str] = set()
    fixed_groups: set[str] = set()
    for item in questionnaire.questions:  # an item stands behind the one that holds it
        if item.is_hidden or item.parent in hidden:
            hidden.add(item.id)
        if item.is_read_only or item.parent in fixed_groups:
            fixed.add(item.id)
            if item.type == GROUP:
                fixed_groups.add(item.id)
    return frozenset(hidden), frozenset(hidden | fixed)


def _is_open(
    item: Question, items: Mapping[str, Question], open_: set[str], said: Mapping[str, tuple[str, ...]]
) -> bool:
    if item.parent is not None:
        holder = items.get(item.parent)
        if holder is None or holder.id not in open_ or (holder.is_question and holder.id not in said):
            return False
    if not item.enable_when:
        return True
    held = (holds(each, items.get(each.question), said.get(each.question, ())) for each in item.enable_when)
    return any(held) if item.enable_behavior == ANY else all(held)


def _compares(condition: Condition, about: Question, answer: str) -> bool:
    """Own words equal what they say; a code of another system, or of none, is another code than the one named."""
    value = str(condition.value)
    if about.type != CODING and not about.has_options:
        order = compare(about.type, answer, value)
    elif answer == f"{OTHER}{value}":
        order = 0
    else:
        option = find_option(about, answer)
        type_ = about.type if about.type != CODING or option is None else option.value_type
        order = compare(type_, answer, value)
        if order == 0 and condition.system is not None and option and option.system != condition.system:
            order = 1
    return order is not None and _HOLDS[condition.operator](order)
