"""A QuestionnaireResponse as a tree beside its form: what stands where, and what was answered there. PURE.

Goes through the response once, without recursion, however deep it is. Notes what is not FHIR's JSON, items that the
form does not have there, and values that a question does not take. Only what stands in its place enters the tree.
Refuses to know which questions are asked and which must be answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surveys.fhir.answer_form import Form, first_words
from surveys.fhir.validation_answers import VALUES, Judged, judge_answer
from surveys.fhir.validation_faults import Record, shown
from surveys.fhir.validation_values import is_text
from surveys.structure import DISPLAY, GROUP, Question

_A_NODE = 10  # work
_ITEM_WORDS = ("id", "linkId", "definition", "text")
_ITEM_ELEMENTS = frozenset({*_ITEM_WORDS, *(f"_{word}" for word in _ITEM_WORDS), "extension", "answer", "item"})
_ANSWER_ELEMENTS = frozenset({"id", "_id", "extension", "item"})

Placed = dict[str, list["Node"]]
"""What stands directly in one place: item id → the items of that id."""


@dataclass(slots=True)
class Answered:
    """One answer, and what stands under it."""

    judged: Judged
    items: Placed = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Node:
    """One item of the response in its place: what it answers, its answers, and for a group what stands in it."""

    question: Question
    where: Where
    answers: list[Answered] = field(default_factory=list)
    items: Placed = field(default_factory=dict)
    holds_items: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """In which item something stands, and under which of its answers; the response itself where there is no item."""

    node: Node | None = None
    under: Answered | None = None

    @property
    def parent_id(self) -> str | None:
        """The item of the form that this is within."""
        return None if self.node is None else self.node.question.id


@dataclass(slots=True)
class _Unread:
    """A list of items still to be read: where they stand, and where to put them."""

    where: Where
    raw: list[dict[str, Any]]
    into: Placed


def read_tree(form: Form, response: Mapping[str, Any], record: Record) -> tuple[Placed, list[Node]]:
    """What stands in the response itself, and every node of the tree, those above before those below."""
    top: Placed = {}
    nodes: list[Node] = []
    lists = [_Unread(Where(), _objects(None, "item", response, record), top)]
    while lists:
        unread = lists.pop()
        furthest = -1
        for raw in unread.raw:
            record.spend(_A_NODE)
            question = _question(form, unread.where.parent_id, raw, record)
            if question is None:
                continue
            if form.order[question.id] < furthest:
                record.add(question.id, "wrong_order")
            furthest = max(furthest, form.order[question.id])
            node = Node(question, unread.where)
            unread.into.setdefault(question.id, []).append(node)
            nodes.append(node)
            lists.extend(_read_item(form, node, raw, record))
    return top, nodes


def _question(form: Form, within: str | None, raw: Mapping[str, Any], record: Record) -> Question | None:
    """What the item answers, if the form has it in this place."""
    link_id = raw.get("linkId")
    if not isinstance(link_id, str) or not is_text(link_id):
        record.add(within, "link_id_missing")
        return None
    if "modifierExtension" in raw:
        record.add(link_id, "modifier_extension")
    _check_elements(link_id, raw, _ITEM_ELEMENTS, record)
    if any(word in raw and not (isinstance(raw[word], str) and raw[word]) for word in _ITEM_WORDS):
        record.add(link_id, "malformed", element="text")
    question = form.by_id.get(link_id)
    if question is None:
        record.add(link_id, "unknown_item")
        return None
    _compare_text(question, raw, record)
    if question.parent != within:
        record.add(link_id, "wrong_nesting")
        return None
    return question


def _compare_text(question: Question, raw: Mapping[str, Any], record: Record) -> None:
    """A text that is repeated is the form's own; translations stand beside it. An item that says nothing may say it in
    any words: it answers nothing.
    """
    text = raw.get("text")
    is_said = "answer" in raw or "item" in raw
    if is_said and isinstance(text, str) and text and text != first_words(question):
        record.add(question.id, "text_differs", found=shown(text), expected=shown(first_words(question) or "–"))


def _read_item(form: Form, node: Node, raw: Mapping[str, Any], record: Record) -> list[_Unread]:
    """The node's answers; returned is what stands below and is still to be read."""
    question = node.question
    answers = _objects(question.id, "answer", raw, record)
    items = _objects(question.id, "item", raw, record)
    if question.type == GROUP:
        if answers:
            record.add(question.id, "wrong_nesting")
        node.holds_items = bool(items)
        return [_Unread(Where(node), items, node.items)]
    if items:
        record.add(question.id, "wrong_nesting")
    if question.type == DISPLAY:
        if answers:
            record.add(question.id, "answer_to_display")
        return []
    return [each for answer in answers for each in _read_answer(form, node, answer, record)]


def _read_answer(form: Form, node: Node, raw: Mapping[str, Any], record: Record) -> list[_Unread]:
    record.spend(_A_NODE)
    question = node.question
    if "modifierExtension" in raw:
        record.add(question.id, "modifier_extension")
    judged = judge_answer(form, question, raw, record)
    if judged.problem is not None:
        code, details = judged.problem
        record.add(question.id, code, **details)
    values = {name for name in raw if name.startswith(VALUES)}
    _check_elements(question.id, raw, _ANSWER_ELEMENTS | values, record)
    given = Answered(judged)
    node.answers.append(given)
    items = _objects(question.id, "item", raw, record)
    return [_Unread(Where(node, given), items, given.items)] if items else []


def _objects(link_id: str | None, name: str, raw: Mapping[str, Any], record: Record) -> list[dict[str, Any]]:
    """The objects in a list of FHIR's JSON, which is never empty; [] where there is no such list."""
    if name not in raw:
        return []
    found = raw[name]
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) and each for each in found):
        record.add(link_id, "malformed", element=name)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return found


def _check_elements(link_id: str, raw: Mapping[str, Any], known: frozenset[str] | set[str], record: Record) -> None:
    unknown = [name for name in raw if name not in known and name != "modifierExtension"]
    if unknown:
        record.add(link_id, "element_unknown", element=shown(unknown[0]))
