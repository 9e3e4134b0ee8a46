"""Which questions are asked: every operator on every type, and where a condition looks when groups stand several times."""

from __future__ import annotations

from typing import Any

import pytest

from surveys.structure import BOOLEAN, DATE, DECIMAL, INTEGER, OPTIONS_OR_STRING, STRING, TIME, Option, Question
from tests.surveys.fhir.forms import SCALE, choice, coding, faults, form, group, item, question, response, when, words

LATER = item("later", words("x"))


def is_asked(about: Question, operator: str, value: Any, *given: dict[str, Any], **said: Any) -> bool:
    """Whether `later` may be answered when `about` was answered so."""
    two = form(about, question("later", **when(about.id, operator, value, **said)))
    answered = [item(about.id, *given)] if given else []
    found = faults(two, response(*answered, LATER))
    assert found in ([], [("later", "answer_to_disabled")])
    return found == []


@pytest.mark.parametrize(
    ("type_", "name", "value", "below", "same", "above"),
    [
        (INTEGER, "valueInteger", "10", 9, 10, 11),
        (DECIMAL, "valueDecimal", "0.3", 0.29, 0.30, 0.1 + 0.2),
        (DATE, "valueDate", "2026-03-01", "2026-02-28", "2026-03-01", "2026-03-02"),
        (TIME, "valueTime", "08:30:00", "08:29:59", "08:30:00", "08:30:01"),
        (STRING, "valueString", "b", "a", "b", "c"),
    ],
)
def test_every_operator_compares_by_type(type_: str, name: str, value: str, below: Any, same: Any, above: Any) -> None:
    holding = {
        operator: [is_asked(question("q", type_), operator, value, {name: given}) for given in (below, same, above)]
        for operator in ("=", "!=", ">", "<", ">=", "<=")
    }

    assert holding == {
        "=": [False, True, False],
        "!=": [True, False, True],
        ">": [False, False, True],
        "<": [True, False, False],
        ">=": [False, True, True],
        "<=": [True, True, False],
    }


@pytest.mark.parametrize("operator", ["=", "!=", ">", "<", ">=", "<="])
def test_no_condition_holds_about_a_question_not_answered(operator: str) -> None:
    assert not is_asked(question("q", INTEGER), operator, "1")


def test_exists_asks_for_an_answer_or_for_none() -> None:
    about = question("q")

    assert [is_asked(about, "exists", wanted, *given) for wanted in (True, False) for given in ([words("x")], [])] == [
        True,
        False,
        False,
        True,
    ]


def test_an_item_without_an_answer_does_not_exist() -> None:
    two = form(question("q"), question("later", **when("q", "exists", True)))

    assert faults(two, response(item("q"), LATER)) == [("later", "answer_to_disabled")]


def test_a_truth_value_is_compared() -> None:
    about = question("q", BOOLEAN)

    assert is_asked(about, "=", "true", {"valueBoolean": True})
    assert not is_asked(about, "=", "true", {"valueBoolean": False})
    assert is_asked(about, "!=", "true", {"valueBoolean": False})


def test_a_coding_is_compared_by_code_and_by_the_system_the_condition_names() -> None:
    about = choice()

    assert is_asked(about, "=", "a", coding("a"))
    assert is_asked(about, "=", "a", coding("a"), system=SCALE)
    assert not is_asked(about, "=", "a", coding("b"), system=SCALE)
    assert not is_asked(about, "=", "a", coding("a"), system="https://erp.example")
    assert is_asked(about, "!=", "a", coding("a"), system="https://erp.example")
    assert is_asked(about, "!=", "a", coding("b"))
    assert not is_asked(about, "!=", "a", coding("a"))


@pytest.mark.parametrize("operator", [">", "<", ">=", "<="])
def test_codings_have_no_order(operator: str) -> None:
    assert not is_asked(choice(), operator, "b", coding("a"))
    assert not is_asked(choice(), operator, "b", coding("b"))
    assert not is_asked(choice(), operator, "b", coding("c"))


def test_own_words_are_compared_as_they_are_stored() -> None:
    """A condition may name them with or without the mark."""
    about = choice(constraint=OPTIONS_OR_STRING)

    assert [is_asked(about, "=", wanted, words("门口")) for wanted in ("门口", "~门口", "a", "~a")] == [
        True,
        True,
        False,
        False,
    ]
    assert [is_asked(about, "!=", wanted, words("门口")) for wanted in ("门口", "~门口", "a")] == [False, False, True]
    assert not is_asked(about, "=", "~a", coding("a"))


def test_words_offered_as_options_are_compared_as_they_are() -> None:
    about = choice(options=(Option("很好", {}, value_type=STRING), Option("不好", {}, value_type=STRING)))

    assert is_asked(about, "=", "很好", words("很好"))
    assert not is_asked(about, "=", "~很好", words("很好"))


def test_words_in_place_of_a_date_are_neither_equal_nor_unequal_to_one() -> None:
    about = choice(type=DATE, options=(Option("2026-03-01", {}, value_type=DATE),), constraint=OPTIONS_OR_STRING)

    assert [is_asked(about, operator, "2026-03-01", words("不记得")) for operator in ("=", "!=", ">")] == [False] * 3


def test_any_answer_of_several_suffices() -> None:
    about = choice(repeats=True)

    assert is_asked(about, "=", "b", coding("a"), coding("b"))
    assert is_asked(about, "!=", "a", coding("a"), coding("b"))
    assert not is_asked(about, "!=", "a", coding("a"), coding("a"))


def test_options_that_are_numbers_compare_as_numbers() -> None:
    about = choice(options=tuple(Option(str(n), {}, value_type=INTEGER) for n in (9, 10)))

    assert is_asked(about, ">", "9", {"valueInteger": 10})
    assert not is_asked(about, ">", "9", {"valueInteger": 9})


def test_a_condition_may_look_ahead() -> None:
    ahead = form(question("a", **when("b", "=", "y")), question("b"))

    assert faults(ahead, response(item("a", words("x")), item("b", words("y")))) == []
    assert faults(ahead, response(item("a", words("x")), item("b", words("n")))) == [("a", "answer_to_disabled")]


# where groups stand several times

PAIR = (question("who", parent="g"), question("why", parent="g", **when("who", "=", "x")))
REPEATED = form(group("g", repeats=True), *PAIR)


def visit(*items: dict[str, Any]) -> dict[str, Any]:
    return item("g", items=list(items))


def test_a_condition_looks_within_its_own_group_first() -> None:
    asked, not_asked = item("who", words("x")), item("who", words("y"))
    why = item("why", words("z"))

    assert faults(REPEATED, response(visit(asked, why), visit(not_asked))) == []
    assert faults(REPEATED, response(visit(asked), visit(not_asked, why))) == [("why", "answer_to_disabled")]
    assert faults(REPEATED, response(visit(asked), visit(why))) == [("why", "answer_to_disabled")]


def test_what_is_required_is_decided_in_each_group() -> None:
    required = form(
        group("g", repeats=True), PAIR[0], question("why", parent="g", required=True, **when("who", "=", "x"))
    )
    answered = response(visit(item("who", words("y"))), visit(item("who", words("x"))))

    assert faults(required, answered) == [("why", "required_missing")]


def test_a_condition_looks_to_the_group_around_both() -> None:
    deep = form(
        group("day", repeats=True),
        question("mood", parent="day"),
        group("meal", parent="day", repeats=True),
        question("taste", parent="meal", **when("mood", "=", "x")),
    )
    meal = item("meal", items=[item("taste", words("z"))])

    def day(mood: str, *meals: dict[str, Any]) -> dict[str, Any]:
        return item("day", items=[item("mood", words(mood)), *meals])

    assert faults(deep, response(day("x", meal, meal), day("y"))) == []
    assert faults(deep, response(day("x"), day("y", meal, meal))) == [("taste", "answer_to_disabled")] * 2


def test_a_condition_of_the_top_looks_into_every_group() -> None:
    over = form(group("g", repeats=True), PAIR[0], question("later", **when("who", "=", "x")))

    assert faults(over, response(visit(item("who", words("y"))), visit(item("who", words("x"))), LATER)) == []
    assert faults(over, response(visit(item("who", words("y"))), LATER)) == [("later", "answer_to_disabled")]


def test_a_condition_in_a_group_looks_out_to_the_top() -> None:
    out = form(question("a"), group("g", repeats=True), question("in", parent="g", **when("a", "=", "x")))
    inside = visit(item("in", words("z")))

    assert faults(out, response(item("a", words("x")), inside, inside)) == []
    assert faults(out, response(inside)) == [("in", "answer_to_disabled")]


def test_a_question_under_a_question_may_depend_on_it() -> None:
    under = form(question("a"), question("b", parent="a", **when("a", "=", "x")))

    assert faults(under, response(item("a", words("x", item("b", words("z")))))) == []
    assert faults(under, response(item("a", words("y", item("b", words("z")))))) == [("b", "answer_to_disabled")]


def test_questions_under_one_answer_look_to_each_other_there() -> None:
    under = form(
        question("a", repeats=True), question("b", parent="a"), question("c", parent="a", **when("b", "=", "x"))
    )
    c = item("c", words("z"))
    yes, no = item("b", words("x")), item("b", words("y"))

    assert faults(under, response(item("a", words("1", yes, c), words("2", no)))) == []
    assert faults(under, response(item("a", words("1", yes), words("2", no, c)))) == [("c", "answer_to_disabled")]


def test_an_answer_that_cannot_be_read_holds_nothing() -> None:
    two = form(question("a", INTEGER), question("later", **when("a", "!=", "1")))

    assert faults(two, response(item("a", {"valueInteger": "2"}), LATER)) == [
        ("a", "value_unreadable"),
        ("later", "answer_to_disabled"),
    ]
