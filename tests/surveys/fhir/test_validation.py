"""A whole response: what is required, what is asked, how often, and how faults are told."""

from __future__ import annotations

import pytest

from locales.texts import LANGUAGES
from surveys.fhir.validation import validation_document
from surveys.structure import ANY, BOOLEAN, CODING, EXISTS, INTEGER, TEXT, Condition
from tests.surveys.fhir.forms import (
    choice,
    codes,
    coding,
    faults,
    form,
    group,
    item,
    question,
    response,
    when,
    words,
)

ONE = form(question())
GOOD = item("q", words("好"))


def test_an_answered_form_is_valid() -> None:
    assert faults(ONE, response(GOOD)) == []


def test_a_form_without_answers_is_valid_where_nothing_is_required() -> None:
    assert faults(ONE, response()) == []


def test_a_draft_may_be_answered() -> None:
    draft = form(question(type_=CODING), is_draft=True)

    assert faults(draft, response(item("q", coding("x", "https://any.example", display="X")))) == []


# what is required


def test_a_required_question_must_be_answered() -> None:
    required = form(question(required=True))

    assert faults(required, response()) == [("q", "required_missing")]
    assert faults(required, response(item("q"))) == [("q", "required_missing")]
    assert faults(required, response(GOOD)) == []


@pytest.mark.parametrize(
    ("status", "is_wanted"),
    [("completed", True), ("amended", True), ("in-progress", False), ("stopped", False), ("entered-in-error", False)],
)
def test_only_completed_responses_must_be_complete(status: str, *, is_wanted: bool) -> None:
    required = form(
        question(required=True),
        group("g", required=True),
        question("few", repeats=True, least=2, parent="g"),
    )
    wanted = faults(required, response(item("g", items=[item("few", words("x"))]), status=status))

    assert wanted == ([("q", "required_missing"), ("few", "too_few")] if is_wanted else [])
    assert (faults(required, response(item("g"), status=status)) != []) == is_wanted


def test_what_is_required_in_a_group_counts_once_the_group_is_there() -> None:
    optional = form(group("g"), question("in", parent="g", required=True), question("other", parent="g"))

    assert faults(optional, response()) == []
    assert faults(optional, response(item("g", items=[item("other", words("x"))]))) == [("in", "required_missing")]
    assert faults(optional, response(item("g"))) == [("in", "required_missing")]


def test_a_required_group_must_hold_something() -> None:
    required = form(group("g", required=True), question("in", parent="g"))

    assert faults(required, response()) == [("g", "required_missing")]
    assert faults(required, response(item("g"))) == [("g", "required_missing")]
    assert faults(required, response(item("g", items=[item("in", words("x"))]))) == []


def test_what_is_required_under_a_question_counts_for_each_answer() -> None:
    under = form(question(repeats=True), question("why", parent="q", required=True))

    assert faults(under, response()) == []
    assert faults(under, response(item("q", words("x")))) == [("why", "required_missing")]
    assert faults(under, response(item("q", words("x", item("why", words("z"))), words("y")))) == [
        ("why", "required_missing")
    ]


def test_every_group_that_repeats_must_be_complete() -> None:
    repeated = form(group("g", repeats=True), question("in", parent="g", required=True))
    full, empty = item("g", items=[item("in", words("x"))]), item("g")

    assert faults(repeated, response(full, full)) == []
    assert faults(repeated, response(full, empty, empty)) == [("in", "required_missing"), ("in", "required_missing")]


def test_a_question_that_is_not_asked_is_not_required() -> None:
    asked_later = form(question("a", BOOLEAN), question("b", required=True, **when("a", "=", "true")))

    assert faults(asked_later, response()) == []
    assert faults(asked_later, response(item("a", {"valueBoolean": False}))) == []
    assert faults(asked_later, response(item("a", {"valueBoolean": True}))) == [("b", "required_missing")]


def test_hidden_and_read_only_questions_may_be_answered() -> None:
    silent = form(question("a", is_hidden=True), question("b", is_read_only=True))

    assert faults(silent, response(item("a", words("x")), item("b", words("y")))) == []


def test_a_hidden_question_is_required_all_the_same() -> None:
    assert faults(form(question(is_hidden=True, required=True)), response()) == [("q", "required_missing")]


# what is asked


def test_an_answer_to_a_disabled_question_is_refused() -> None:
    on_yes = form(question("a", BOOLEAN), question("b", TEXT, **when("a", "=", "true")))
    answer = item("b", words("x"))

    assert faults(on_yes, response(item("a", {"valueBoolean": True}), answer)) == []
    assert faults(on_yes, response(item("a", {"valueBoolean": False}), answer)) == [("b", "answer_to_disabled")]
    assert faults(on_yes, response(answer)) == [("b", "answer_to_disabled")]
    assert faults(on_yes, response(answer, status="in-progress")) == [("b", "answer_to_disabled")]


def test_a_disabled_question_may_stand_there_without_an_answer() -> None:
    on_yes = form(question("a", BOOLEAN), question("b", **when("a", "=", "true")), group("g", **when("a", "=", "true")))

    assert faults(on_yes, response(item("b") | {"text": "哪里"}, item("g"))) == []


def test_a_disabled_group_holds_nothing() -> None:
    on_yes = form(
        question("a", BOOLEAN), group("g", **when("a", "=", "true")), question("in", parent="g", required=True)
    )
    answered = item("g", items=[item("in", words("x"))])

    assert faults(on_yes, response(answered)) == [("g", "answer_to_disabled")]
    assert faults(on_yes, response(item("a", {"valueBoolean": True}), answered)) == []
    assert faults(on_yes, response()) == []


def test_several_conditions_join_as_the_form_says() -> None:
    conditions = (Condition("a", "=", "1"), Condition("b", EXISTS, True))
    every = form(question("a", INTEGER), question("b"), question("c", enable_when=conditions))
    some = form(question("a", INTEGER), question("b"), question("c", enable_when=conditions, enable_behavior=ANY))
    answered = response(item("a", {"valueInteger": 1}), item("c", words("x")))

    assert faults(every, answered) == [("c", "answer_to_disabled")]
    assert faults(some, answered) == []


# how often


def test_a_question_that_does_not_repeat_has_one_answer() -> None:
    assert codes(question(), words("x"), words("y")) == ["too_many"]
    assert codes(question(repeats=True), words("x"), words("y")) == []


def test_the_bounds_of_repeating_include_themselves() -> None:
    bounded = question(repeats=True, least=2, most=3)

    assert [codes(bounded, *[words(str(n)) for n in range(number)]) for number in (1, 2, 3, 4)] == [
        ["too_few"],
        [],
        [],
        ["too_many"],
    ]


def test_an_optional_question_with_a_least_may_be_left_out() -> None:
    assert faults(form(question(repeats=True, least=2)), response()) == []


def test_a_bound_without_repeating_allows_one() -> None:
    assert codes(question(most=5), words("x"), words("y")) == ["too_many"]


def test_a_group_repeats_only_where_the_form_says_so() -> None:
    inside = question("in", parent="g")
    stand = item("g", items=[item("in", words("x"))])

    assert faults(form(group("g"), inside), response(stand, stand)) == [("g", "item_twice")]
    assert faults(form(group("g", repeats=True), inside), response(stand, stand)) == []
    assert faults(form(group("g", repeats=True, most=2), inside), response(stand, stand, stand)) == [("g", "too_many")]
    assert faults(form(group("g", repeats=True, least=2), inside), response(stand)) == [("g", "too_few")]


def test_an_exclusive_option_stands_alone() -> None:
    plain, alone = choice(codes="ab").options
    several = choice(repeats=True, options=(plain, type(alone)(alone.code, {}, is_exclusive=True, system=alone.system)))

    assert codes(several, coding("a"), coding("b")) == ["exclusive_option"]
    assert codes(several, coding("b"), coding("a")) == ["exclusive_option"]
    assert codes(several, coding("b")) == []
    assert codes(several, coding("a"), coding("a")) == []


# what is said about it


def test_faults_come_in_the_order_of_the_form() -> None:
    nested = form(group("g"), question("in", parent="g"), question("last", INTEGER))
    answered = response(item("g", items=[item("in", words("x"), words("y"))]), item("last", words("x")), item("none"))

    assert faults(nested, answered | {"status": "done"}) == [
        (None, "bad_status"),
        ("none", "unknown_item"),
        ("in", "too_many"),
        ("last", "wrong_type"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_says_each_fault_in_a_sentence(language: str) -> None:
    document = validation_document(form(question(max_length=1)), response(item("q", words("很好"))), language)

    assert document == {
        "valid": False,
        "errors": [
            {
                "linkId": "q",
                "code": "too_long",
                "message": {
                    "zh": "“q”的答案有 2 个字符，最多 1 个：请缩短。",
                    "en": "The answer to “q” has 2 characters, at most 1 are allowed: shorten it.",
                }[language],
            }
        ],
    }


def test_the_document_of_a_valid_response_has_no_errors() -> None:
    assert validation_document(ONE, response(GOOD), "zh") == {"valid": True, "errors": []}
