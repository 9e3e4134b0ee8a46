"""The document: the same to the byte as it was stored, and read back as the same questionnaire."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

from hypothesis import given

from storage.base import canonical
from surveys.coherence import clashes
from surveys.definition import parse_questionnaire
from surveys.document import to_document, written_json
from surveys.fitness import unfit
from surveys.questionnaires import digest_of
from surveys.structure import Option, Question, Questionnaire
from tests.surveys.cast import free_text, outpatient, parsed, scored, small_document
from tests.surveys.random_forms import WORDS, questionnaires

STORED = "ea61a7c1a93c1f44002f6651ec61c323788bc320ff130c8b9f3d0f108ee506cc"
"""The digest under which installations keep version 1 of the outpatient questionnaire."""


def test_outpatient_is_what_installations_have_stored_to_the_byte():
    assert digest_of(outpatient()) == STORED


def test_text_without_a_limit_of_its_own_is_stored_with_the_usual_one_as_ever():
    questionnaire = parsed(small_document(free_text("a")))
    assert to_document(questionnaire)["questions"] == [
        {"id": "a", "type": "text", "text": {"zh": "a", "en": "a"}, "required": False, "max_length": 500}
    ]


def test_text_of_a_form_that_sets_no_limit_stays_without_one():
    form = Questionnaire("f", "", WORDS, ("zh", "en"), (Question("a", "text", WORDS),))
    document = to_document(form)
    assert document["questions"][0]["max_length"] == 0
    assert parse_questionnaire(document, file="f") == (form, [])


def test_document_says_only_what_differs_from_the_default():
    question = to_document(parsed(small_document(scored("a", "x", 1, "2.5"))))["questions"][0]
    assert set(question) == {"id", "type", "text", "required", "options", "dimension"}
    assert question["type"] == "choice"
    assert [option.get("score") for option in question["options"]] == [1, "2.5", None]


def test_score_is_written_without_loss():
    options = (
        Option("a", WORDS, Fraction("0.000000000001")),
        Option("b", WORDS, Fraction(-1000)),
        Option("c", WORDS, Fraction(-1, 3)),
    )
    form = Questionnaire("f", "1", WORDS, ("zh", "en"), (Question("a", "coding", WORDS, options=options),))
    assert [option["score"] for option in to_document(form)["questions"][0]["options"]] == [
        "0.000000000001",
        -1000,
        "-1/3",
    ]
    assert parse_questionnaire(to_document(form), file="f") == (form, [])


@given(questionnaires())
def test_random_questionnaires_are_sound_and_survive_their_document(questionnaire):
    assert clashes(questionnaire) == []
    assert parse_questionnaire(to_document(questionnaire), file="q") == (questionnaire, [])


@given(questionnaires())
def test_random_questionnaires_survive_the_database(questionnaire):
    stored = json.loads(canonical(to_document(questionnaire)), parse_float=Decimal)
    assert parse_questionnaire(stored, file="q") == (questionnaire, [])
    assert unfit(questionnaire, file="q") == unfit(parse_questionnaire(stored, file="q")[0], file="q")


def test_carried_json_keeps_digits_and_order():
    carried = {"b": Decimal("1.500"), "a": [True, None, {"x": '\u2028"'}], "n": 10**20}
    written = written_json(carried)
    assert written == '{"b": 1.500, "a": [true, null, {"x": "\u2028\\""}], "n": 100000000000000000000}'
    assert json.loads(written, parse_float=Decimal) == carried
