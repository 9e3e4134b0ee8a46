"""What leaves a confined process is what went in, whole."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from surveys.packing import pack, unpack
from surveys.refusals import Checked, Refusal
from surveys.structure import Dimension, Option, Question, Questionnaire, Unit
from tests.surveys.random_forms import questionnaires


def travelled(checked: Checked) -> Checked:
    return unpack(json.loads(json.dumps(pack(checked))))


@given(questionnaires())
def test_any_questionnaire_arrives_whole(form):
    assert travelled(Checked(form)) == Checked(form)


def test_everything_that_a_form_can_say_arrives():
    options = (
        Option("a", {"zh": "甲"}, Fraction(1, 3), is_exclusive=True, system="http://x", prefix="1.", carried={"x": [1, None]}),
    )  # fmt: skip
    form = Questionnaire(
        "f", "1", {"zh": "题"}, ("zh", "en"),
        (
            Question("a", "coding", options=options, repeats=True, least=0, most=2, initial=("a",), carried={"y": {"z": 0.5}}),
            Question("b", "coding", options=options, is_hidden=True, dimension="d"),
            Question("c", "decimal", unit=Unit("kg", text="公斤"), minimum="0", max_decimals=0),
        ),
        notice={"zh": "说明"}, notice_version="2", thanks={"en": "Thanks"}, dimensions=(Dimension("d", {"zh": "维"}),),
        kinds=("inpatient",), url="https://x/y", is_draft=True, carried={"v": False},
    )  # fmt: skip
    assert travelled(Checked(form)) == Checked(form)


def test_what_is_carried_keeps_its_numbers_and_its_names():
    carried = {"decimal": {"table": [Decimal("1.50"), 0.5, {"decimal": "x"}]}, "table": {}}
    form = Questionnaire("f", "1", {}, ("zh",), (Question("q", "text", carried=carried),), carried=carried)
    assert travelled(Checked(form)) == Checked(form)
    assert str(travelled(Checked(form)).questionnaire.carried["decimal"]["table"][0]) == "1.50"


def test_a_shared_list_of_options_is_written_once_and_stays_shared():
    options = tuple(Option(str(place), {"zh": "选项"}) for place in range(100))
    form = Questionnaire(
        "f", "1", {}, ("zh",), tuple(Question(f"q{place}", "coding", options=options) for place in range(50))
    )
    assert len(json.dumps(pack(Checked(form)))) < 20_000
    first, *others = travelled(Checked(form)).questionnaire.questions
    assert all(other.options is first.options for other in others)


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(None, "file", "file_empty"),
        Refusal("survey!C7", "relevant", "xlsform_expression_unsupported", {"part": "1 + 1"}),
        Refusal("", "名", "value_twice", {"value": "好", "count": 3}),
    ],
)
def test_refusals_arrive_with_their_details(refusal):
    assert travelled(Checked(None, (refusal,))) == Checked(None, (refusal,))
