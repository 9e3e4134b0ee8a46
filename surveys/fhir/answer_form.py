"""A questionnaire as a tree with look-ups, for those who go through a whole response. PURE.

Knows what stands in what, in which order, and within which item a condition looks for its answers. Refuses to know what
was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.fhir.own import OWN_URL
from surveys.structure import OPTIONS_OR_STRING, STRING, TEXT, Option, Question, Questionnaire

Chosen = tuple[str, str | None, str]
"""What tells options apart: the type of the value, the system of a coding, the value."""


@dataclass(frozen=True, slots=True)
class Form:
    """`children`: item id, or None for the form itself → what stands directly in it, in order. `order`: item id → its
    place in the whole form. `options`: item id → its options by what tells them apart. `kinds`: item id →
    the types that the value of an answer may have.

    `scopes`: (item, question its condition names) → the item within which the answers count, None for the whole
    response. `scopes_of`: a question → all such items for it.
    """

    questionnaire: Questionnaire
    by_id: Mapping[str, Question]
    children: Mapping[str | None, tuple[Question, ...]]
    required: Mapping[str | None, tuple[Question, ...]]
    order: Mapping[str, int]
    options: Mapping[str, Mapping[Chosen, Option]]
    kinds: Mapping[str, frozenset[str]]
    scopes: Mapping[tuple[str, str], str | None]
    scopes_of: Mapping[str, frozenset[str | None]]


def build_form(questionnaire: Questionnaire) -> Form:
    """The look-ups of a checked questionnaire: what conditions name exists, and an item stands behind what holds it."""
    scopes = _scopes(questionnaire.questions)
    scopes_of: dict[str, set[str | None]] = {}
    for (_, about), scope in scopes.items():
        scopes_of.setdefault(about, set()).add(scope)
    children = _grouped(questionnaire.questions)
    return Form(
        questionnaire=questionnaire,
        by_id={question.id: question for question in questionnaire.questions},
        children=children,
        required={parent: tuple(each for each in items if each.required) for parent, items in children.items()},
        order={question.id: number for number, question in enumerate(questionnaire.questions)},
        options={question.id: _options(question) for question in questionnaire.questions if question.options},
        kinds={question.id: _kinds(question) for question in questionnaire.questions},
        scopes=scopes,
        scopes_of={about: frozenset(within) for about, within in scopes_of.items()},
    )


def canonical(questionnaire: Questionnaire) -> str:
    """`url|version`, by which a response names the questionnaire it answers."""
    url = questionnaire.url or f"{OWN_URL}{questionnaire.id}"
    return f"{url}|{questionnaire.version}" if questionnaire.version else url


def first_words(question: Question) -> str:
    """The text as the form itself has it, before any translation: what a response repeats. "" where it has none."""
    return next(iter(question.text.values()), "")


def is_only_shown(option: Option) -> bool:
    """Whether the option is a coding without a code, known by its display."""
    return option.carried.get("valueCoding", {}).get("code", option.code) is None


def own_kind(question: Question) -> str:
    """The type of a value of the question's own type."""
    return STRING if question.type == TEXT else question.type


def _grouped(questions: tuple[Question, ...]) -> dict[str | None, tuple[Question, ...]]:
    groups: dict[str | None, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.parent, []).append(question)
    return {parent: tuple(items) for parent, items in groups.items()}


def _options(question: Question) -> dict[Chosen, Option]:
    return {(option.value_type, option.system, option.code): option for option in question.options}


def _kinds(question: Question) -> frozenset[str]:
    words = {STRING} if question.constraint == OPTIONS_OR_STRING else set()
    return frozenset({own_kind(question), *words, *(option.value_type for option in question.options)})


def _scopes(questions: tuple[Question, ...]) -> dict[tuple[str, str], str | None]:
    """A condition looks within the nearest item that holds both its own item and the question it names, or is that one.

    The items around each item are the bits of a number; an item stands behind what holds it, so the nearest is the
    highest bit.
    """
    around: dict[str | None, int] = {None: 0}
    for number, question in enumerate(questions):
        around[question.id] = around[question.parent] | 1 << number
    scopes: dict[tuple[str, str], str | None] = {}
    for question in questions:
        for condition in question.enable_when:
            shared = around[question.parent] & around[condition.question]
            scopes[question.id, condition.question] = questions[shared.bit_length() - 1].id if shared else None
    return scopes
