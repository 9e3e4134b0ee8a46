"""Whether a question takes an answer of a QuestionnaireResponse: its type, its options, its bounds. PURE.

The standard's rules: a coding is one of the options when system and code are the same (no system is not "any
system"); what a list leaves open (`optionsOrString`, `optionsOrType`) is open to that type alone. Refuses to know where
the answer stands and whether the question is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.fhir.answer_form import Form, is_only_shown, own_kind
from surveys.fhir.validation_faults import Record, shown
from surveys.fhir.validation_values import KINDS, Given, order, read_given
from surveys.patterns import compile_pattern, fits
from surveys.plain_text import clean_text
from surveys.structure import (
    CODING,
    DECIMAL,
    OPTIONS_OR_STRING,
    OPTIONS_OR_TYPE,
    STRING,
    Option,
    Question,
)

Problem = tuple[str, Mapping[str, object]]
"""A code and what its sentence tells."""

VALUES = ("value", "_value")
_LONGEST_STRING = 1024 * 1024  # FHIR's own limit


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer read: what it says (None if that cannot be read), the option it chose, and what is wrong with it.

    `is_value` is False where there is no value at all.
    """

    given: Given | None
    option: Option | None = None
    problem: Problem | None = None
    is_value: bool = True


def judge_answer(form: Form, question: Question, answer: Mapping[str, Any], record: Record) -> Judged:
    """One element of `answer`, a JSON object, against its question."""
    names = sorted({name.removeprefix("_") for name in answer if name.startswith(VALUES)})
    if not names:
        return Judged(None, problem=("answer_missing_value", {}), is_value=False)
    if len(names) > 1:
        return Judged(None, problem=("several_values", {"found": shown(", ".join(names))}))
    name = names[0]
    kind = KINDS.get(name)
    if kind is None or kind not in form.kinds[question.id]:
        return Judged(None, problem=("wrong_type", {"found": shown(name), "expected": _wanted(form, question)}))
    if name not in answer:
        return _unsaid(answer[f"_{name}"], kind)
    given = read_given(kind, answer[name])
    if given is None:
        return Judged(None, problem=("value_unreadable", {"type": kind}))
    return _judge(form, question, given, record)


def _unsaid(element: Any, kind: str) -> Judged:
    """A value that is left out with a reason given in its place, as FHIR allows: nothing to hold against it."""
    if isinstance(element, dict) and isinstance(element.get("extension"), list) and element["extension"]:
        return Judged(None)
    return Judged(None, problem=("value_unreadable", {"type": kind}))


def _judge(form: Form, question: Question, given: Given, record: Record) -> Judged:
    option = _option(form, question, given)
    if option is not None:
        return Judged(given, option)
    if question.options and not _is_open_to(question, given.kind):
        said = shown(given.value or given.display or "")
        return Judged(given, problem=("not_an_option", {"answer": said, "system": shown(given.system or "–")}))
    return Judged(given, problem=_beyond_bounds(question, given, record))


def _wanted(form: Form, question: Question) -> str:
    taken = form.kinds[question.id]
    return ", ".join(name for name, kind in KINDS.items() if kind in taken)


def _is_open_to(question: Question, kind: str) -> bool:
    if question.constraint == OPTIONS_OR_STRING:
        return kind == STRING
    return question.constraint == OPTIONS_OR_TYPE and kind == own_kind(question)


def _option(form: Form, question: Question, given: Given) -> Option | None:
    options = form.options.get(question.id)
    if options is None:
        return None
    if given.kind == CODING:
        found = options.get((CODING, given.system, given.value or given.display or ""))
        return found if found is not None and is_only_shown(found) == (not given.value) else None
    found = options.get((given.kind, None, given.value))
    if found is None and given.kind == STRING:
        return options.get((STRING, None, clean_text(given.value) or ""))
    return found


def _beyond_bounds(question: Question, given: Given, record: Record) -> Problem | None:
    if given.kind == STRING:
        return _unfit_words(question, given.value, record)
    low, high = question.minimum, question.maximum
    is_below = low is not None and order(given.kind, given.value, low) == -1
    is_above = high is not None and order(given.kind, given.value, high) == 1
    if is_below or is_above:
        return "out_of_range", {"answer": shown(given.value), "low": low or "–", "high": high or "–"}
    limit = question.max_decimals
    if given.kind == DECIMAL and limit is not None and len(given.value.partition(".")[2]) > limit:
        return "too_many_decimals", {"answer": shown(given.value), "limit": limit}
    return None


def _unfit_words(question: Question, words: str, record: Record) -> Problem | None:
    longest = _LONGEST_STRING if question.max_length is None else question.max_length
    if len(words) > longest:
        return "too_long", {"limit": longest, "length": len(words)}
    if question.min_length is not None and len(words) < question.min_length:
        return "too_short", {"limit": question.min_length, "length": len(words)}
    if question.pattern is None:
        return None
    pattern = compile_pattern(question.pattern)
    if pattern is not None:
        record.spend(len(words) * (4 + len(pattern.states) // 2))
        if fits(pattern, words):
            return None
    return "bad_pattern", {"answer": shown(words), "example": shown(question.entry_format or question.pattern)}
