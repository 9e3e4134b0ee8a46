"""Whether an item of a response is asked, given the answers around it. PURE.

The standard's rule where a group stands several times: an item looks to the nearest answers. It goes up to the first
item that holds both itself and the question its condition names, and takes the answers within that one. Any answer of
several suffices; where there is none, only `exists = false` holds. Refuses to know how the response was written.
"""

from __future__ import annotations

from collections.abc import Iterable

from surveys.fhir.answer_form import Form
from surveys.fhir.validation_faults import Record
from surveys.fhir.validation_reading import Answered, Node, Where
from surveys.fhir.validation_values import order
from surveys.structure import (
    ANY,
    AT_LEAST,
    AT_MOST,
    CODING,
    EQUAL,
    EXISTS,
    GREATER,
    LESS,
    NOT_EQUAL,
    OTHER,
    STRING,
    Condition,
    Question,
)

_A_COMPARISON = 3  # work
_HOLDING = {
    EQUAL: (0,),
    NOT_EQUAL: (-1, 1),
    GREATER: (1,),
    LESS: (-1,),
    AT_LEAST: (0, 1),
    AT_MOST: (-1, 0),
}

Within = tuple[str, int]
"""A question, and the place (by identity; 0 is the whole response) within which it was answered."""


class Conditions:
    """The answers that conditions ask about, found by where they stand. Each condition is decided once a place."""

    def __init__(self, form: Form, nodes: Iterable[Node], record: Record) -> None:
        self._form = form
        self._record = record
        self._answers: dict[Within, list[Answered]] = {}
        self._decided: dict[tuple[str, int, int], bool] = {}
        for node in nodes:
            scopes = form.scopes_of.get(node.question.id)
            if scopes is not None and node.answers:
                self._keep(node, scopes)

    def is_enabled(self, question: Question, where: Where) -> bool:
        """Whether `question` is asked in this place of the response.

        What it stands in is not looked at: an item that is not asked has nothing in it.
        """
        if not question.enable_when:
            return True
        held = (
            self._holds(question, number, condition, self._place(question, condition, where))
            for number, condition in enumerate(question.enable_when)
        )
        return any(held) if question.enable_behavior == ANY else all(held)

    def _keep(self, node: Node, scopes: frozenset[str | None]) -> None:
        """Files the answers under every place in which a condition may look for them."""
        about = node.question.id
        values = [answer for answer in node.answers if answer.judged.is_value]
        if about in scopes:
            self._file((about, id(node)), values)
        if None in scopes:
            self._file((about, 0), values)
        where = node.where
        while where.node is not None:
            self._record.spend(1)
            if where.node.question.id in scopes:
                self._file((about, id(where.under or where.node)), values)
            where = where.node.where

    def _file(self, within: Within, values: list[Answered]) -> None:
        self._record.spend(len(values))
        self._answers.setdefault(within, []).extend(values)

    def _place(self, question: Question, condition: Condition, where: Where) -> int:
        scope = self._form.scopes[question.id, condition.question]
        if scope is None:
            return 0
        while where.node is not None and where.parent_id != scope:
            self._record.spend(1)
            where = where.node.where
        assert where.node is not None  # only items in their place are asked about
        return id(where.node if scope == condition.question else where.under or where.node)

    def _holds(self, question: Question, number: int, condition: Condition, place: int) -> bool:
        key = (question.id, number, place)
        if key not in self._decided:
            self._decided[key] = self._decide(condition, self._answers.get((condition.question, place), ()))
        return self._decided[key]

    def _decide(self, condition: Condition, answers: Iterable[Answered]) -> bool:
        if condition.operator == EXISTS:
            return any(True for _ in answers) == condition.value
        return any(self._is_so(condition, answer) for answer in answers)

    def _is_so(self, condition: Condition, answer: Answered) -> bool:
        self._record.spend(_A_COMPARISON)
        given, option = answer.judged.given, answer.judged.option
        if given is None:
            return False
        about, wanted = self._form.by_id[condition.question], str(condition.value)
        said = given.value if option is None else option.code
        if given.kind == CODING:
            is_same = said == wanted and condition.system in (None, given.system)
            return is_same if condition.operator == EQUAL else condition.operator == NOT_EQUAL and not is_same
        if about.has_options and option is None and given.kind == STRING:
            return _compared_words(about, said, wanted) in _HOLDING[condition.operator]
        return order(given.kind, said, wanted) in _HOLDING[condition.operator]


def _compared_words(about: Question, words: str, wanted: str) -> int | None:
    """Own words where options were offered, compared as they are stored; a condition may name them with or without
    the mark they are stored with.
    """
    stored = f"{OTHER}{words}"
    return 0 if wanted in (words, stored) else order(about.type, stored, wanted)
