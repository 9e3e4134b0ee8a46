"""What is open in forms that are deep, long or wrong: decided without a stack, in little time, or refused."""

from __future__ import annotations

import time

import pytest

from surveys.coherence import clashes
from surveys.conversation import asked, complete, next_step
from surveys.enabling import holds, in_order_of_dependence, stand
from surveys.structure import Condition, Question, Questionnaire

WORDS = {"zh": "字", "en": "word"}
MANY = 5000


def form(*questions: Question) -> Questionnaire:
    return Questionnaire("f", "1", WORDS, ("zh", "en"), questions)


def whenever(number: int) -> tuple[Condition, ...]:
    return (Condition(f"q{number}", "=", "true"),)


def chain_ahead(length: int) -> Questionnaire:
    """Every question waits for the next one; only the last is open at first."""
    return form(
        *(
            Question(f"q{n}", "boolean", WORDS, enable_when=whenever(n + 1) if n + 1 < length else ())
            for n in range(length)
        )
    )


def nest(length: int) -> Questionnaire:
    return form(*(Question(f"q{n}", "boolean", WORDS, parent=f"q{n - 1}" if n else None) for n in range(length)))


def test_chain_of_thousands_that_looks_ahead_is_decided_without_a_stack():
    questionnaire = chain_ahead(MANY)
    everything = {f"q{n}": ("true",) for n in range(MANY)}
    started = time.process_time()
    assert clashes(questionnaire) == []
    assert [question.id for question in asked(questionnaire, {})] == [f"q{MANY - 1}"]
    assert len(asked(questionnaire, everything)) == MANY
    half = {**everything, f"q{MANY // 2}": ("false",)}
    assert len(asked(questionnaire, half)) == MANY - MANY // 2
    assert time.process_time() - started < 2


def test_nest_of_thousands_is_decided_without_a_stack():
    questionnaire = nest(MANY)
    assert clashes(questionnaire) == []
    assert len(asked(questionnaire, {f"q{n}": ("true",) for n in range(MANY)})) == MANY
    assert len(asked(questionnaire, {f"q{n}": ("true",) for n in range(10)})) == 11
    assert len(complete(questionnaire, {"q1": ("true",)})) == 0


def test_circle_is_refused_but_hangs_nobody_who_was_not_asked():
    questionnaire = form(
        Question("q0", "boolean", WORDS, enable_when=whenever(1)),
        Question("q1", "boolean", WORDS, enable_when=whenever(0)),
        Question("q2", "boolean", WORDS, enable_when=whenever(2)),
    )
    assert asked(questionnaire, {f"q{n}": ("true",) for n in range(3)}) == ()
    next_step(questionnaire, {})


def test_order_of_dependence_puts_everybody_after_whom_they_wait_for():
    questionnaire = chain_ahead(6)
    assert [item.id for item in in_order_of_dependence(questionnaire.questions)] == [f"q{n}" for n in range(5, -1, -1)]
    plain = nest(6)
    assert in_order_of_dependence(plain.questions) is plain.questions  # nothing to do


def test_standing_tells_open_said_silent_and_hidden():
    questionnaire = form(
        Question("g", "group", WORDS, is_hidden=True),
        Question("h", "integer", WORDS, parent="g", initial=("1",)),
        Question("r", "integer", WORDS, is_read_only=True, initial=("2",)),
        Question("a", "boolean", WORDS),
        Question("b", "boolean", WORDS, parent="a"),
    )
    found = stand(questionnaire, {"a": ("true",), "h": ("9",)})
    assert (found.open, found.said) == (
        {"g", "h", "r", "a", "b"},
        {"h": ("1",), "r": ("2",), "a": ("true",)},
    )
    assert (found.silent, found.hidden) == ({"g", "h", "r"}, {"g", "h"})


@pytest.mark.parametrize(
    ("operator", "value", "is_held"), [("exists", False, True), ("exists", True, False), ("=", "x", False)]
)
def test_condition_about_nobody_holds_only_if_it_wants_nobody(operator, value, is_held):
    assert holds(Condition("nobody", operator, value), None, ()) is is_held
    assert holds(Condition("nobody", operator, value), None, ("x",)) is (operator == "exists" and value is True)
