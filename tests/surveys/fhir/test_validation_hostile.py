"""Any JSON at all: nothing raises, nothing hangs, and what is said about it is safe to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.fhir.answers import to_response
from surveys.fhir.validation import validate, validation_document
from surveys.fhir.validation_faults import MOST_FAULTS
from surveys.structure import CODING, INTEGER, OPTIONS_OR_STRING, Condition, Option, Questionnaire
from tests.surveys.fhir.forms import choice, coding, faults, form, group, item, question, response, when, words
from tests.surveys.fhir.random_forms import Answers, sittings
from tests.surveys.hostile import HOSTILE

_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.sampled_from([*HOSTILE, "item", "answer", "linkId", "valueString", "QuestionnaireResponse"]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["linkId", "item", "answer", "valueString", "valueCoding", "_valueDate", "extension", "", "x"]
            ),
            inside,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(_VALUES)
@settings(deadline=None)
def test_no_value_raises(anything: Any) -> None:
    form_ = form(group("g"), question("q", parent="g"), choice("c", required=True, constraint=OPTIONS_OR_STRING))

    for answered in (anything, response() | {"item": anything}, response(status=anything)):
        assert validate(form_, answered) != [] or answered is not anything


def _broken(whole: Any, path: list[int], value: Any) -> Any:
    """The document with one place in it replaced."""
    if not path or not isinstance(whole, dict | list) or not whole:
        return value
    keys = sorted(whole) if isinstance(whole, dict) else list(range(len(whole)))
    key = keys[path[0] % len(keys)]
    copied: Any = dict(whole) if isinstance(whole, dict) else list(whole)
    copied[key] = _broken(whole[key], path[1:], value)
    return copied


@given(sittings(), st.lists(st.integers(0, 7), max_size=9), _VALUES)
@settings(max_examples=60, deadline=None)
def test_a_valid_response_broken_anywhere_raises_nothing(
    sitting: tuple[Questionnaire, Answers], path: list[int], value: Any
) -> None:
    questionnaire, answers = sitting
    whole = to_response(
        questionnaire, answers, status="completed", authored=None, language="en", response_id="r", version="5.0"
    )
    document = validation_document(questionnaire, _broken(whole, path, value), "en")

    assert document["valid"] == (document["errors"] == [])
    assert json.loads(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_anywhere_is_answered_with_a_plain_sentence(text: str) -> None:
    placed = [
        item(text, words("x")),
        item("q", words(text)),
        item("q", {text: "x"}),
        item("q", {"valueString": "x", text: "y"}),
        item("c", coding(text)),
        item("c", coding("a", text)),
        {"linkId": "q", text: "x"},
    ]
    form_ = form(question(max_length=1, pattern="[0-9]"), choice("c"))
    whole = [response(each) for each in placed] + [response(status=text), response(questionnaire=f"urn:{text}")]

    for answered in whole:
        for error in validation_document(form_, answered, "zh")["errors"]:
            assert all(character.isprintable() for character in error["message"] + (error["linkId"] or ""))
            error["message"].encode()
            assert len(error["message"]) < 400


def test_faults_are_counted_out() -> None:
    found = faults(form(question()), response(*[item(f"x{n}", words("y")) for n in range(5000)]))

    assert len(found) == MOST_FAULTS + 1
    assert found.count((None, "more_faults")) == 1


def test_a_long_link_id_is_cut() -> None:
    (found,) = validate(form(question()), response(item("x" * 100_000, words("y"))))

    assert (found.link_id, len(found.message("zh")) < 200) == ("x" * 255, True)


def nested(depth: int, name: str = "item") -> dict[str, Any]:
    deepest: dict[str, Any] = {"linkId": "g"}
    for _ in range(depth):
        deepest = {"linkId": "g", name: [deepest]}
    return deepest


@pytest.mark.parametrize("name", ["item", "answer"])
def test_a_deep_response_is_refused_without_going_down(name: str) -> None:
    found = faults(form(group("g"), question(parent="g")), response(nested(50_000, name)))

    assert found != []
    assert {code for _, code in found} <= {"wrong_nesting", "unknown_item", "element_unknown"}


def test_a_form_may_be_as_deep_as_its_response() -> None:
    deep = form(*[group(f"g{n}", parent=f"g{n - 1}" if n else None) for n in range(4000)], question(parent="g3999"))
    inside = item("q", words("x"))
    for n in reversed(range(4000)):
        inside = item(f"g{n}", items=[inside])

    assert faults(deep, response(inside)) == []


REPEATED = form(
    group("g", repeats=True), question("a", parent="g"), question("b", parent="g", required=True, **when("a", "=", "x"))
)
VISIT = item("g", items=[item("a", words("x")), item("b", words("y"))])
ASKING = form(
    question("t", INTEGER, repeats=True),
    *[
        question(f"q{n}", enable_when=tuple(Condition("t", ">", str(m)) for m in range(100)), enable_behavior="any")
        for n in range(2000)
    ],
)


@pytest.mark.parametrize(
    ("form_", "make"),
    [
        (form(question(repeats=True)), lambda: response(item("q", *[words("好")] * 100_000))),
        (REPEATED, lambda: response(*[VISIT] * 50_000)),
        (REPEATED, lambda: response(*[item("g")] * 300_000)),
        (form(question(repeats=True)), lambda: response(item("q", *[words("好" * 1_000_000)] * 4))),
        (form(question(pattern="(a|b|ab)*c{0,200}d?", repeats=True)), lambda: response(item("q", words("ab" * 10**6)))),
        (form(question(pattern="(a?){400}", repeats=True)), lambda: response(item("q", *[words("a" * 400)] * 3000))),
        (
            ASKING,
            lambda: response(
                item("t", *[{"valueInteger": -n} for n in range(10_000)]),
                *[item(f"q{n}", words("x")) for n in range(2000)],
            ),
        ),
        (
            form(choice(repeats=True, options=tuple(Option(f"c{n}", {}) for n in range(2000)))),
            lambda: response(item("q", *[coding(f"c{n % 2000}", None) for n in range(60_000)])),
        ),
        (form(question()), lambda: response(item("q", {f"value{n}": 1 for n in range(200_000)}))),
        (form(question()), lambda: response() | {f"x{n}": 1 for n in range(200_000)}),
        (form(question()), lambda: response() | {"item": [1] * 1_000_000}),
    ],
)
def test_megabytes_are_judged_in_time(form_: Questionnaire, make: Callable[[], dict[str, Any]]) -> None:
    """No clock is asserted: work that grows faster than the response would take minutes here, and be seen."""
    assert len(validate(form_, make())) <= MOST_FAULTS + 1


def test_a_large_honest_response_is_judged_whole() -> None:
    assert faults(REPEATED, response(*[VISIT] * 5000)) == []


@pytest.mark.parametrize("value", [Decimal("1e999999999"), Decimal("-1e-999999999"), Decimal("NaN"), 10**4000])
def test_numbers_without_end_are_no_answers(value: Any) -> None:
    bounded = form(question(type_="decimal", minimum="0", maximum="10", max_decimals=2))

    assert faults(bounded, response(item("q", {"valueDecimal": value}))) == [("q", "value_unreadable")]


def test_a_condition_that_compares_a_number_with_what_is_none_does_not_hold() -> None:
    numbers = choice("a", options=(Option("9", {}, value_type=INTEGER),), constraint=OPTIONS_OR_STRING)
    later = item("later", words("x"))
    answered = response(item("a", {"valueInteger": 9}), later)

    for operator in ("=", "!=", ">"):
        assert faults(form(numbers, question("later", **when("a", operator, "many"))), answered) == [
            ("later", "answer_to_disabled")
        ]


def test_a_choice_with_a_strange_carried_coding_is_still_told_by_its_code() -> None:
    odd = choice(type=CODING, options=(Option("a", {}, carried={"valueCoding": {"version": "1"}}),))

    assert faults(form(odd), response(item("q", coding("a", None)))) == []
