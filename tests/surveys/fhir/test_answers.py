"""Responses written for others: FHIR's shape, nobody named, every digit kept; and always such as we would take."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.answers import to_response
from surveys.fhir.exact_json import encode
from surveys.fhir.validation import validate
from surveys.structure import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    DISPLAY,
    INTEGER,
    OPTIONS_OR_STRING,
    STRING,
    TEXT,
    TIME,
    Option,
    Question,
    Questionnaire,
)
from tests.surveys.fhir.forms import SCALE, URL, choice, form, group, question, when
from tests.surveys.fhir.random_forms import Answers

SENT = datetime(2026, 3, 1, 8, 30, 15, 999, tzinfo=timezone(timedelta(hours=8)))


def written(questionnaire: Questionnaire, answers: Answers, **said: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"status": "completed", "authored": None, "language": "zh", "response_id": None}
    return to_response(questionnaire, answers, **(usual | said))


def items(questionnaire: Questionnaire, answers: Answers, **said: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = written(questionnaire, answers, **said).get("item", [])
    return found


def answer_to(one: Question, *values: str, language: str = "zh") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = items(form(one), {one.id: values}, language=language)[0]["answer"]
    return found


# the head


def test_the_head_says_which_form_and_which_state_and_nobody() -> None:
    whole = written(form(question(), url=URL), {"q": ("好",)}, authored=SENT, response_id="r-1", language="en")

    assert whole == {
        "resourceType": "QuestionnaireResponse",
        "id": "r-1",
        "language": "en",
        "questionnaire": f"{URL}|2",
        "status": "completed",
        "authored": "2026-03-01T00:30:15Z",
        "item": [{"linkId": "q", "answer": [{"valueString": "好"}]}],
    }


def test_an_own_form_is_named_by_an_urn() -> None:
    assert written(form(question()), {})["questionnaire"] == "urn:tongping:questionnaire:f|2"


def test_a_form_without_a_version_is_named_without() -> None:
    assert written(form(question(), version="", url=URL), {})["questionnaire"] == URL


def test_what_is_unknown_is_left_out() -> None:
    assert written(form(question()), {}, language="und") == {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:tongping:questionnaire:f|2",
        "status": "completed",
    }


@pytest.mark.parametrize("said", [{"status": "sent"}, {"version": "3.0"}])
def test_a_status_or_version_that_does_not_exist_is_a_fault_of_ours(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="QuestionnaireResponse"):
        written(form(question()), {}, **said)


def test_both_versions_are_written_alike() -> None:
    one = form(question(type_=DECIMAL))

    assert written(one, {"q": ("3.50",)}, version="4.0") == written(one, {"q": ("3.50",)}, version="5.0")


# values


@pytest.mark.parametrize(
    ("type_", "stored", "value"),
    [
        (BOOLEAN, "true", {"valueBoolean": True}),
        (BOOLEAN, "false", {"valueBoolean": False}),
        (INTEGER, "-12", {"valueInteger": -12}),
        (DECIMAL, "3.50", {"valueDecimal": Decimal("3.50")}),
        (DATE, "2026-03-01", {"valueDate": "2026-03-01"}),
        (TIME, "08:30:00", {"valueTime": "08:30:00"}),
        (DATETIME, "2026-03-01T08:30:00+08:00", {"valueDateTime": "2026-03-01T08:30:00+08:00"}),
        (STRING, "~好", {"valueString": "~好"}),
        (TEXT, "两\n行", {"valueString": "两\n行"}),
    ],
)
def test_each_type_has_its_value(type_: str, stored: str, value: dict[str, Any]) -> None:
    assert answer_to(question(type_=type_), stored) == [value]


def test_decimals_keep_every_digit_in_the_file() -> None:
    one = form(question(type_=DECIMAL))
    file = encode(written(one, {"q": ("99.999999999999999990",)}))

    assert '"valueDecimal": 99.999999999999999990' in file
    assert validate(one, json.loads(file, parse_float=Decimal)) == []


def test_a_chosen_option_is_a_coding_in_the_language_of_the_response() -> None:
    spoken = choice(options=(Option("a", {"zh": "很好", "en": "Good"}, system=SCALE), Option("b", {"zh": "差"})))

    assert answer_to(spoken, "a") == [{"valueCoding": {"system": SCALE, "code": "a", "display": "很好"}}]
    assert answer_to(spoken, "a", language="en") == [{"valueCoding": {"system": SCALE, "code": "a", "display": "Good"}}]
    assert answer_to(spoken, "b", language="en") == [{"valueCoding": {"code": "b", "display": "差"}}]


def test_an_option_without_words_is_its_code() -> None:
    assert answer_to(choice(options=(Option("a", {}),)), "a") == [{"valueCoding": {"code": "a"}}]


def test_an_option_without_a_code_is_its_display() -> None:
    shown = Option("很好", {"zh": "很好", "en": "Good"}, carried={"valueCoding": {"code": None}})
    one = form(choice(options=(shown,)))

    assert answer_to(one.questions[0], "很好", language="en") == [{"valueCoding": {"display": "很好"}}]
    assert validate(one, written(one, {"q": ("很好",)})) == []


@pytest.mark.parametrize(
    ("type_", "code", "value"),
    [
        (STRING, "很好", {"valueString": "很好"}),
        (INTEGER, "5", {"valueInteger": 5}),
        (DATE, "2026-03-01", {"valueDate": "2026-03-01"}),
        (TIME, "08:30:00", {"valueTime": "08:30:00"}),
    ],
)
def test_an_option_that_is_no_coding_is_its_value(type_: str, code: str, value: dict[str, Any]) -> None:
    assert answer_to(choice(options=(Option(code, {"zh": "字"}, value_type=type_),)), code) == [value]


def test_a_code_where_the_form_has_no_list_is_a_coding() -> None:
    silent = form(choice(options=(), is_hidden=True, initial=("z",)))

    assert items(silent, {}) == [{"linkId": "q", "answer": [{"valueCoding": {"code": "z"}}]}]


def test_own_words_are_words() -> None:
    assert answer_to(choice(constraint=OPTIONS_OR_STRING), "~挂号处") == [{"valueString": "挂号处"}]


def test_several_answers_stand_in_their_order() -> None:
    several = choice(repeats=True)

    assert [each["valueCoding"]["code"] for each in answer_to(several, "a", "c")] == ["a", "c"]


# items

TREE = form(
    group("g", text={"zh": "就诊", "en": "Visit"}),
    question("d", DISPLAY, parent="g", text={"zh": "请答"}),
    question("a", BOOLEAN, parent="g", text={"zh": "等候久吗", "en": "A long wait?"}),
    question("why", parent="a", **when("a", "=", "true")),
    group("empty"),
    question("b", parent="empty"),
    question("last"),
)


def test_items_are_nested_as_in_the_form_and_only_where_something_was_said() -> None:
    assert items(TREE, {"a": ("true",), "why": ("人多",), "b": (), "last": ("好",)}) == [
        {
            "linkId": "g",
            "text": "就诊",
            "item": [
                {
                    "linkId": "a",
                    "text": "等候久吗",
                    "answer": [
                        {"valueBoolean": True, "item": [{"linkId": "why", "answer": [{"valueString": "人多"}]}]}
                    ],
                }
            ],
        },
        {"linkId": "last", "answer": [{"valueString": "好"}]},
    ]


def test_what_the_other_answers_rule_out_is_not_there() -> None:
    assert items(TREE, {"a": ("false",), "why": ("人多",)}) == [
        {
            "linkId": "g",
            "text": "就诊",
            "item": [{"linkId": "a", "text": "等候久吗", "answer": [{"valueBoolean": False}]}],
        }
    ]


def test_nothing_passed_over_and_nothing_unknown_is_there() -> None:
    assert items(TREE, {"last": (), "other": ("x",)}) == []


def test_a_text_read_in_another_language_stands_beside_the_forms_own() -> None:
    found = items(TREE, {"a": ("true",)}, language="en")[0]

    assert (found["text"], found["_text"]) == (
        "就诊",
        {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/translation",
                    "extension": [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": "Visit"}],
                }
            ]
        },
    )
    assert "_text" not in items(TREE, {"a": ("true",)}, language="sw")[0]


def test_fixed_answers_of_hidden_and_read_only_questions_are_there() -> None:
    silent = form(
        question("a", is_hidden=True, initial=("x",)),
        question("b", INTEGER, is_read_only=True, initial=("3",)),
        question("c", is_hidden=True, initial=("x",), **when("b", ">", "3")),
        question("d", initial=("only proposed",)),
    )

    assert [each["linkId"] for each in items(silent, {})] == ["a", "b"]


def test_thousands_of_items_are_written_at_once() -> None:
    deep = form(*[group(f"g{n}", parent=f"g{n - 1}" if n else None) for n in range(3000)], question(parent="g2999"))
    found = items(deep, {"q": ("好",)})
    depth = 0
    while "item" in found[0]:
        found, depth = found[0]["item"], depth + 1

    assert (depth, found) == (3000, [{"linkId": "q", "answer": [{"valueString": "好"}]}])
