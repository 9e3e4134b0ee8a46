"""Conditions: all operators, all answers, and what makes them impossible."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from surveys.fhir.writing import to_fhir
from surveys.structure import ALL, ANY, OPERATORS, Condition
from tests.surveys.fhir.samples import accepted, choice, coding, form, item, only, refused


def when(question: str, operator: str = "=", **answer: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, **answer}


def about(asked: dict[str, Any], *conditions: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """A question `a`, and an item `q` that is asked under conditions."""
    return form({**asked, "linkId": "a"}, item("q", enableWhen=list(conditions), **elements))


def condition_of(asked: dict[str, Any], **answer: Any) -> Condition:
    (condition,) = only(about(asked, when("a", **answer))).enable_when
    return condition


OPEN = choice("a", coding("x", "X"), coding(None, "Only shown"), {"valueInteger": 5}, type="open-choice")


@pytest.mark.parametrize(
    ("asked", "answer", "value", "system"),
    [
        (item(type_="boolean"), {"answerBoolean": True}, "true", None),
        (item(type_="integer"), {"answerInteger": -3}, "-3", None),
        (item(type_="decimal"), {"answerDecimal": Decimal("5.60")}, "5.60", None),
        (item(type_="decimal"), {"answerInteger": 5}, "5", None),
        (item(type_="integer"), {"answerDecimal": Decimal("5.0")}, "5", None),
        (item(type_="date"), {"answerDate": "2020-05-01"}, "2020-05-01", None),
        (item(type_="dateTime"), {"answerDateTime": "2020-05-01T00:00:00Z"}, "2020-05-01T00:00:00Z", None),
        (item(type_="dateTime"), {"answerDate": "2020-05-01"}, "2020-05-01", None),
        (item(type_="time"), {"answerTime": "08:30:00"}, "08:30:00", None),
        (item(type_="string"), {"answerString": "test"}, "test", None),
        (item(type_="text"), {"answerString": "~"}, "~", None),
        (choice("a", coding("x")), {"answerCoding": {"code": "x"}}, "x", None),
        (choice("a", coding("x")), {"answerCoding": {"system": "http://y", "code": "x"}}, "x", "http://y"),
        (choice("a", coding("x")), {"answerCoding": {"code": "nobody's"}}, "nobody's", None),
        (item(type_="choice"), {"answerCoding": {"code": "any"}}, "any", None),
        (OPEN, {"answerCoding": {"display": "Only shown"}}, "Only shown", None),
        (OPEN, {"answerString": "my own words"}, "~my own words", None),
        (OPEN, {"answerInteger": 5}, "5", None),
        (choice("a", {"valueString": "x"}), {"answerString": "x"}, "x", None),
        (choice("a", {"valueDate": "2022"}, type="date"), {"answerDate": "2022"}, "2022", None),
        (choice("a", {"valueDate": "2022"}, type="date"), {"answerDate": "2023"}, "2023", None),
    ],
)
def test_any_answer_can_be_named(asked: dict[str, Any], answer: dict[str, Any], value: str, system: str | None) -> None:
    assert condition_of(asked, **answer) == Condition("a", "=", value, system)


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_understood(operator: str) -> None:
    answer: dict[str, Any] = {"answerBoolean": False} if operator == "exists" else {"answerInteger": 3}
    (condition,) = only(about(item(type_="integer"), when("a", operator, **answer))).enable_when

    assert condition == Condition("a", operator, False if operator == "exists" else "3")


@pytest.mark.parametrize("operator", ["<", ">", "<=", ">="])
def test_words_have_an_order_codes_and_truths_have_none(operator: str) -> None:
    assert only(about(item(), when("a", operator, answerString="tes"))).enable_when
    for asked, answer in (
        (item(type_="boolean"), {"answerBoolean": True}),
        (choice("a", coding("x")), {"answerCoding": {"code": "x"}}),
    ):
        assert refused(about(asked, when("a", operator, **answer))) == [("q", "enableWhen", "condition_order")]


@pytest.mark.parametrize("operator", ["=", "<", ">="])
def test_a_number_that_is_not_offered_may_be_compared_with(operator: str) -> None:
    (condition,) = only(about(choice("a", {"valueInteger": 5}), when("a", operator, answerInteger=6))).enable_when

    assert condition == Condition("a", operator, "6")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (item(type_="boolean"), {"answerString": "true"}),
        (item(type_="boolean"), {"answerBoolean": "true"}),
        (item(type_="integer"), {"answerDecimal": Decimal("5.5")}),
        (item(type_="integer"), {"answerInteger": "5"}),
        (item(type_="date"), {"answerDate": "2020-02-30"}),
        (item(type_="string"), {"answerCoding": {"code": "x"}}),
        (item(type_="decimal"), {"answerQuantity": {"value": 1}}),
        (item(type_="string"), {"answerReference": {"reference": "x"}}),
        (choice("a", coding("x")), {"answerString": "x"}),
        (choice("a", coding("x")), {"answerInteger": 5}),
        (choice("a", coding("x")), {"answerCoding": {}}),
        (choice("a", coding("x")), {"answerCoding": {"code": 7}}),
        (choice("a", coding("x")), {"answerCoding": {"code": "x", "unknown": 1}}),
        (choice("a", coding("x")), {"answerCoding": "x"}),
        (choice("a", {"valueInteger": 5}), {"answerDate": "2026-03-01"}),
    ],
)
def test_an_answer_of_another_type_is_refused(asked: dict[str, Any], answer: dict[str, Any]) -> None:
    expected = "condition_malformed" if answer == {"answerCoding": {}} else "condition_answer"

    assert refused(about(asked, when("a", **answer))) == [("q", "enableWhen", expected)]


@pytest.mark.parametrize(
    "condition",
    [
        {"operator": "=", "answerString": "x"},
        {"question": "a", "answerString": "x"},
        {"question": "a", "operator": "="},
        {"question": "a", "operator": "=", "answerString": "x", "answerBoolean": True},
        {"question": "a", "operator": "exists"},
        {"question": "a", "operator": "=", "answerString": None},
    ],
)
def test_a_condition_has_a_question_an_operator_and_one_answer(condition: dict[str, Any]) -> None:
    assert refused(about(item(), condition)) == [("q", "enableWhen", "condition_malformed")]


@pytest.mark.parametrize("operator", ["==", "in", 7, "EXISTS"])
def test_another_operator_is_refused(operator: Any) -> None:
    assert ("q", "operator", "element_malformed") in refused(about(item(), when("a", operator, answerString="x")))


@pytest.mark.parametrize("answer", [{"answerString": "true"}, {"answerBoolean": 1}, {"answerInteger": 1}])
def test_whether_an_answer_exists_is_a_truth_value(answer: dict[str, Any]) -> None:
    assert refused(about(item(), when("a", "exists", **answer))) == [("q", "enableWhen", "condition_exists")]


def test_several_conditions_say_how_they_join() -> None:
    two = [when("a", "exists", answerBoolean=True), when("a", "=", answerString="x")]

    assert only(about(item(), *two, enableBehavior="all")).enable_behavior == ALL
    assert only(about(item(), *two, enableBehavior="any")).enable_behavior == ANY
    assert refused(about(item(), *two)) == [("q", "enableBehavior", "behavior_missing")]
    assert ("q", "enableBehavior", "element_malformed") in refused(about(item(), *two, enableBehavior="some"))


def test_a_single_condition_needs_no_word_for_it_but_may_have_one() -> None:
    one = when("a", "exists", answerBoolean=True)

    assert only(about(item(), one)).enable_behavior == ALL
    assert only(about(item(), one, enableBehavior="any")).enable_behavior == ANY


def test_a_word_without_conditions_comes_back() -> None:
    document = form(item("q", enableBehavior="any"))

    assert to_fhir(accepted(document), version="fhir-r4")["item"] == document["item"]


def test_conditions_look_ahead() -> None:
    early = item("q", enableWhen=[when("later", "exists", answerBoolean=True)])

    assert only(form(early, item("later"))).enable_when == (Condition("later", "exists", True),)


def test_a_condition_about_nothing_is_refused() -> None:
    assert refused(about(item(), when("nowhere", answerString="x"))) == [("q", "enableWhen", "condition_dangling")]


def test_a_condition_about_itself_is_refused() -> None:
    assert refused(about(item(), when("q", answerString="x"))) == [("q", "enableWhen", "condition_itself")]


@pytest.mark.parametrize("type_", ["group", "display"])
def test_groups_and_displays_have_no_answers(type_: str) -> None:
    document = about(item(type_=type_), when("a", "exists", answerBoolean=True))

    assert refused(document) == [("q", "enableWhen", "condition_not_a_question")]


def test_an_item_that_is_refused_itself_is_not_called_missing() -> None:
    document = about(item(type_="quantity"), when("a", answerQuantity={"value": 1}))

    assert refused(document) == [("a", "quantity", "type_unsupported")]


def test_circles_are_refused_for_all_that_are_in_them() -> None:
    def waits(link_id: str, *others: str) -> dict[str, Any]:
        conditions = [when(other, "!=", answerBoolean=True) for other in others]
        return item(link_id, "boolean", enableWhen=conditions, enableBehavior="all")

    document = form(
        waits("a", "c"), waits("b", "c"), waits("c", "a", "b"), waits("hangs on", "c"), item("free", "boolean")
    )

    assert refused(document) == [(each, "enableWhen", "condition_circular") for each in "abc"]


def test_a_parent_that_waits_for_its_child_is_a_circle() -> None:
    child = item("child", "boolean", item=[item("grandchild", "boolean")])
    group = item("g", "group", item=[child], enableWhen=[when("grandchild", answerBoolean=True)])

    assert refused(form(group)) == [("g", "enableWhen", "condition_circular")]


def test_a_child_may_wait_for_its_parent() -> None:
    child = item("q", enableWhen=[when("p", answerBoolean=True)])

    assert only(form(item("p", "boolean", item=[child]))).parent == "p"


def test_what_a_condition_says_besides_comes_back() -> None:
    said = when("a", answerCoding={"code": "x", "display": "X", "version": "1", "userSelected": True}, id="w")
    said["extension"] = [{"url": "http://hl7.org/fhir/StructureDefinition/designNote", "valueMarkdown": "why"}]
    document = about(choice("a", coding("x", "X")), said)

    for version in ("fhir-r4", "fhir-r5"):
        assert to_fhir(accepted(document), version=version)["item"][1]["enableWhen"] == [said]


@pytest.mark.parametrize(
    ("elements", "fault"),
    [
        ({"hasAnswer": True}, ("hasAnswer", "element_older")),
        ({"note": "x"}, ("note", "element_unknown")),
        ({"extension": [{"url": "http://x/own"}]}, ("own", "extension_unsupported")),
    ],
)
def test_anything_else_in_a_condition_is_refused(elements: dict[str, Any], fault: tuple[str, str]) -> None:
    assert refused(about(item(), when("a", answerString="x") | elements)) == [("q", *fault)]


def test_an_extension_inside_an_answer_is_refused() -> None:
    inside = {"code": "x", "_display": {"extension": [{"url": "http://x/own"}]}}

    assert ("q", "own", "extension_unsupported") in refused(
        about(choice("a", coding("x")), when("a", answerCoding=inside))
    )
