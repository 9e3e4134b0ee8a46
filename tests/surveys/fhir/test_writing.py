"""Written as either version and read again, a questionnaire is the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings

from surveys.fhir.writing import to_fhir
from surveys.structure import CODING, OPTIONS_OR_STRING, OPTIONS_OR_TYPE, STRING, Option, Question, Questionnaire
from tests.surveys.fhir.drawn import questionnaires
from tests.surveys.fhir.samples import HL7, accepted, choice, coding, extension, form, item, there_and_back, translation

R5_ITEM = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item."


@settings(max_examples=60, deadline=None)
@given(questionnaires())
def test_both_versions_give_the_questionnaire_back(questionnaire: Questionnaire) -> None:
    by_r4 = there_and_back(questionnaire, "fhir-r4")
    by_r5 = there_and_back(questionnaire, "fhir-r5")

    assert by_r4 == questionnaire
    assert by_r5 == questionnaire


@settings(max_examples=60, deadline=None)
@given(questionnaires())
def test_a_way_through_the_other_version_loses_nothing(questionnaire: Questionnaire) -> None:
    through_r5 = there_and_back(there_and_back(questionnaire, "fhir-r4") or questionnaire, "fhir-r5")

    assert through_r5 is not None
    assert to_fhir(through_r5, version="fhir-r4") == to_fhir(questionnaire, version="fhir-r4")


def of(*questions: Question, **fields: object) -> Questionnaire:
    return Questionnaire("outpatient", "1", {"zh": "问卷"}, ("zh",), questions, **fields)  # type: ignore[arg-type]


def written(question: Question, version: str) -> dict[str, object]:
    items = to_fhir(of(question), version=version)["item"]
    return dict(items[0])


def test_choice_is_named_as_each_version_names_it() -> None:
    closed = Question("q", CODING, options=(Option("a", {"zh": "甲"}),))
    open_ = replace(closed, constraint=OPTIONS_OR_STRING)

    assert [written(each, "fhir-r4")["type"] for each in (closed, open_)] == ["choice", "open-choice"]
    assert [written(each, "fhir-r5")["type"] for each in (closed, open_)] == ["coding", "coding"]
    assert [written(each, "fhir-r5")["answerConstraint"] for each in (closed, open_)] == [
        "optionsOnly",
        "optionsOrString",
    ]
    assert "answerConstraint" not in written(open_, "fhir-r4")


def test_what_only_r5_can_say_is_an_extension_in_r4() -> None:
    question = Question("q", STRING, constraint=OPTIONS_OR_TYPE, carried={"disabledDisplay": "protected"})

    assert written(question, "fhir-r5") == {
        "linkId": "q", "type": "string", "disabledDisplay": "protected", "answerConstraint": "optionsOrType",
    }  # fmt: skip
    assert written(question, "fhir-r4")["extension"] == [
        {"url": f"{R5_ITEM}answerConstraint", "valueCode": "optionsOrType"},
        {"url": f"{R5_ITEM}disabledDisplay", "valueCode": "protected"},
    ]
    assert "disabledDisplay" not in written(question, "fhir-r4")


def test_scores_are_ordinal_values_in_r4_and_item_weights_in_r5() -> None:
    question = Question("q", CODING, options=(Option("a", {"zh": "甲"}, Fraction(5, 2)),))

    assert written(question, "fhir-r4")["answerOption"] == [
        {
            "extension": [{"url": f"{HL7}ordinalValue", "valueDecimal": Decimal("2.5")}],
            "valueCoding": {"code": "a", "display": "甲"},
        }
    ]
    assert written(question, "fhir-r5")["answerOption"] == [
        {
            "extension": [{"url": f"{HL7}itemWeight", "valueDecimal": Decimal("2.5")}],
            "valueCoding": {"code": "a", "display": "甲"},
        }
    ]


def test_own_facts_are_extensions_of_our_own() -> None:
    form_ = to_fhir(
        of(Question("q", STRING), notice={"zh": "说明"}, notice_version="3", kinds=("outpatient",)), version="fhir-r4"
    )

    assert form_["url"] == "urn:tongping:questionnaire:outpatient"
    assert form_["extension"] == [
        {"url": "urn:tongping:notice", "extension": [{"url": "zh", "valueString": "说明"}]},
        {"url": "urn:tongping:notice-version", "valueString": "3"},
        {"url": "urn:tongping:kind", "valueString": "outpatient"},
    ]


@pytest.mark.parametrize("version", ["", "4.0", "fhir-r3", "FHIR-R4"])
def test_another_version_is_a_fault_of_ours(version: str) -> None:
    with pytest.raises(ValueError, match="no such version"):
        to_fhir(of(), version=version)


R4_FORM = form(
    item("g", "group", text="One", _text={"extension": [translation("sw", "Moja")]}, item=[
        item(
            "g.1", "decimal", prefix="1.", required=True,
            extension=[
                extension("minValue", Decimal("0.50"), "Decimal"),
                extension("questionnaire-unit", {"system": "http://unitsofmeasure.org", "code": "kg", "version": "2.1"}, "Coding"),
                extension("rendering-style", "color: green"),
            ],
            code=[{"system": "http://loinc.org", "code": "29463-7", "display": "Weight"}],
        ),
        choice(
            "g.2",
            coding("a", "A", id="c1", system="http://x", version="1", _display={"extension": [translation("sw", "Ah")]}),
            coding(None, "Only shown"),
            {"valueString": "Other", "_valueString": {"extension": [translation("sw", "Nyingine")]}, "initialSelected": True},
            enableWhen=[{"question": "g.1", "operator": ">", "answerInteger": 3}],
            type="open-choice", repeats=True,
        ),
    ]),
    item(
        "h", "display", text="Help", code=[{"code": "x"}],
        enableBehavior="any",
        enableWhen=[
            {"id": "w", "question": "g.2", "operator": "=", "answerCoding": {"code": "a", "display": "A", "version": "1"}},
            {"question": "g.2", "operator": "=", "answerCoding": {"display": "Only shown"}},
            {"question": "g.2", "operator": "!=", "answerString": "my own words"},
        ],
        extension=[extension("questionnaire-itemControl", {"coding": [{"code": "help"}], "text": "Help"}, "CodeableConcept")],
    ),
    id="rich", language="en", url="http://example.org/q", version="7", title="Rich", status="retired",
    publisher="Somebody", contact=[{"telecom": [{"value": "x"}]}], useContext={"code": "as it came"},
    _publisher={"extension": [translation("sw", "Mtu")]}, text={"status": "additional"},
)  # fmt: skip


def same(one: object, other: object) -> bool:
    """Equal, in whatever order the extensions stand."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(any(same(each, its) for its in other) for each in one)
    return one == other


def test_a_form_comes_back_element_for_element() -> None:
    back = to_fhir(accepted(R4_FORM), version="fhir-r4")
    own = [each for each in back.pop("extension") if each["url"] != "urn:tongping:language"]

    assert own == []
    assert same(back, R4_FORM)


def test_a_value_that_was_changed_wins_over_what_was_carried() -> None:
    questionnaire = accepted(R4_FORM)
    group, weight, several, help_ = questionnaire.questions
    changed = (
        group,
        replace(weight, minimum="9", unit=None),
        several,
        replace(help_, control="legal", enable_when=help_.enable_when[:1]),
    )
    items = to_fhir(replace(questionnaire, questions=changed), version="fhir-r4")["item"]

    assert [each["url"].removeprefix(HL7) for each in items[0]["item"][0]["extension"]] == [
        "minValue",
        "rendering-style",
    ]
    assert items[1]["extension"][-1]["valueCodeableConcept"]["coding"][0]["code"] == "legal"
    assert items[1]["enableWhen"] == [R4_FORM["item"][1]["enableWhen"][0]]


def test_a_display_that_stood_for_the_code_gets_one_when_the_text_changes() -> None:
    questionnaire = accepted(form(choice("q", coding(None, "Yes"))))
    (question,) = questionnaire.questions
    renamed = replace(question, options=(replace(question.options[0], text={"und": "Yes, please"}),))
    items = to_fhir(replace(questionnaire, questions=(renamed,)), version="fhir-r4")["item"]

    assert items[0]["answerOption"] == [{"valueCoding": {"code": "Yes", "display": "Yes, please"}}]
