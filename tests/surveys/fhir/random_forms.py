"""Random questionnaires of every type, and people who answer them: what they take, change and pass over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from locales.errors import Reask
from surveys.conversation import Ask, accept, next_step
from surveys.structure import (
    ALL,
    ANY,
    BOOLEAN,
    CODING,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    GROUP,
    INTEGER,
    OPTIONS_ONLY,
    OPTIONS_OR_STRING,
    STRING,
    TEXT,
    TIME,
    Condition,
    Option,
    Question,
    Questionnaire,
)

CODES = ("a", "b", "c")
WORDS = {"zh": "字", "en": "word"}
VALUES = {
    BOOLEAN: ("true", "false"),
    INTEGER: ("0", "-3", "7", "12"),
    DECIMAL: ("0.10", "3.50", "-2", "99.999999999999999999"),
    DATE: ("2026-03-01", "2024-02-29", "1999-12-31"),
    TIME: ("08:30:00", "23:59:59", "00:00:00.5"),
    DATETIME: ("2026-03-01T08:30:00+08:00", "2026-03-01T00:30:00Z"),
    STRING: ("好", "not good", " x ", "e\u0301", "~a"),
    TEXT: ("好\n也好", "很好", "a"),
}
LISTED = {INTEGER: ("9", "10"), DATE: ("2026-03-01", "2026-03-02"), TIME: ("08:30:00",), STRING: ("很好", "x")}
Answers = dict[str, tuple[str, ...]]


@st.composite
def options(draw: Any, type_: str) -> tuple[Option, ...]:
    if type_ == CODING and draw(st.integers(0, 3)):
        alone = draw(st.sampled_from([None, *CODES]))
        system = draw(st.sampled_from([None, "https://renmin.example/scale"]))
        return tuple(
            Option(code, {"zh": code, "en": code * 2}, is_exclusive=code == alone, system=system) for code in CODES
        )
    listed = draw(st.sampled_from(sorted(LISTED))) if type_ == CODING else type_
    return tuple(Option(value, {}, value_type=listed) for value in LISTED[listed])


@st.composite
def conditions(draw: Any, about: Question) -> Condition:
    exists = Condition(about.id, "exists", draw(st.booleans()))
    if about.options:
        chosen = draw(st.sampled_from(about.options))
        compared = Condition(about.id, draw(st.sampled_from(["=", "!="])), chosen.code, chosen.system)
    else:
        operators = ["=", "!="] if about.type == BOOLEAN else ["=", "!=", ">", "<", ">=", "<="]
        compared = Condition(about.id, draw(st.sampled_from(operators)), draw(st.sampled_from(VALUES[about.type])))
    return draw(st.sampled_from([exists, compared, compared]))


@st.composite
def questions(draw: Any, number: int, earlier: Sequence[Question]) -> Question:
    holders = [each.id for each in earlier if each.type != DISPLAY and not each.repeats and not each.initial]
    type_ = draw(st.sampled_from([GROUP, DISPLAY, CODING, CODING, *sorted(VALUES)]))
    about = [each for each in earlier if each.is_question]
    when = draw(st.lists(st.sampled_from(about).flatmap(conditions), max_size=2)) if about else []
    said: dict[str, Any] = {
        "parent": draw(st.none() | st.sampled_from(holders)) if holders else None,
        "text": draw(st.sampled_from([{}, WORDS])),
        "enable_when": tuple(when),
        "enable_behavior": draw(st.sampled_from([ALL, ANY])),
    }
    if type_ in (GROUP, DISPLAY):
        return Question(f"i{number}", type_, **said)
    has_list = type_ == CODING or (type_ in LISTED and draw(st.booleans()))
    listed = draw(options(type_)) if has_list else ()
    is_open = has_list and draw(st.booleans())
    said |= {"options": listed, "constraint": OPTIONS_OR_STRING if is_open else OPTIONS_ONLY}
    if draw(st.booleans()):
        said |= {"repeats": True, "least": draw(st.sampled_from([None, 2])), "most": draw(st.sampled_from([None, 3]))}
    said["required"] = draw(st.booleans())
    if draw(st.integers(0, 5)) == 0:
        silent = draw(st.sampled_from(["is_hidden", "is_read_only"]))
        first = listed[0].code if listed else VALUES[type_][0].strip()
        said |= {silent: True, "initial": (first,), "least": None}
    return Question(f"i{number}", type_, **said)


@st.composite
def questionnaires(draw: Any) -> Questionnaire:
    """Sound ones: conditions look back, items stand behind what holds them, what holds others does not repeat and is no secret."""
    made: list[Question] = []
    for number in range(draw(st.integers(1, 8))):
        made.append(draw(questions(number, made)))
    ordered = tuple(_nested(made, None))
    return Questionnaire("f", "1", {"zh": "满意度", "en": "Satisfaction"}, ("zh", "en"), ordered)


@st.composite
def sittings(draw: Any) -> tuple[Questionnaire, Answers]:
    """A person who goes on, goes back, passes over and changes their mind; and what they said then."""
    questionnaire = draw(questionnaires())
    answers: Answers = {}
    for _ in range(draw(st.integers(0, 14))):
        somewhere = draw(st.none() | st.sampled_from([each.id for each in questionnaire.questions]))
        step = next_step(questionnaire, answers, at=somewhere)
        if not isinstance(step, Ask):
            break
        taken = accept(questionnaire, answers, step.question.id, draw(given_to(step.question)))
        answers = answers if isinstance(taken, Reask) else taken
    return questionnaire, answers


def given_to(question: Question) -> st.SearchStrategy[list[str]]:
    """What somebody may give, in machine form: options, own words, values, nothing."""
    if question.options:
        offered = [option.code for option in question.options]
        if question.constraint == OPTIONS_OR_STRING:
            offered += ["~自己的话", "~a"]
        return st.lists(st.sampled_from(offered), max_size=3)
    return st.lists(st.sampled_from(VALUES[question.type]), max_size=3)


def _nested(items: Sequence[Question], parent: str | None) -> list[Question]:
    """Each item followed by all that stands in it, as forms are written."""
    return [each for item in items if item.parent == parent for each in (item, *_nested(items, item.id))]
