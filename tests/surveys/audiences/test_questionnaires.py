"""The four questionnaires of other audiences: blind, fit to be asked, as long as their notices say."""

from __future__ import annotations

import re
import tomllib

import pytest

from consortium.periods import Period
from surveys.definition import parse_questionnaire
from surveys.document import to_document
from surveys.fhir.reading import read
from surveys.fhir.writing import VERSIONS, to_fhir
from surveys.measurement import measures
from surveys.questionnaires import apply_questionnaire, for_kind
from surveys.responses import Sent, send_response
from surveys.toml_writing import to_toml
from tests.surveys.audiences.cast import NAMES, begin, document, invite_staff
from tests.surveys.cast import JIA, NOW, choice, found_consortium, parsed, said, small_document


@pytest.mark.parametrize("name", NAMES)
def test_questionnaire_is_blind_and_may_be_asked(name):
    questionnaire = parsed(document(name))
    assert (questionnaire.id, questionnaire.kinds, questionnaire.is_blind) == (name, (name,), True)
    assert questionnaire.languages == ("zh", "en")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_notice_says_how_many_questions_there_are(name, language):
    questionnaire = parsed(document(name))
    found = re.search(r"共 (\d+) 题|(\d+) questions", questionnaire.notice[language])
    assert found is not None
    assert int(found[1] or found[2]) == len(questionnaire.questions)


@pytest.mark.parametrize("name", NAMES)
def test_every_dimension_is_asked_about(name):
    questionnaire = parsed(document(name))
    asked = {question.dimension for question in questionnaire.questions if question.dimension}
    assert asked == {dimension.code for dimension in questionnaire.dimensions}


def test_workload_of_staff_is_asked_in_bands_that_do_not_meet():
    hours = next(question for question in parsed(document("staff")).questions if question.id == "hours")
    assert [option.code for option in hours.options] == ["8", "10", "12", "more"]
    assert all(option.score is None for option in hours.options)


@pytest.mark.parametrize("name", NAMES)
def test_blindness_survives_every_form_of_writing(name):
    questionnaire = parsed(document(name))
    assert parsed(to_document(questionnaire)) == questionnaire
    assert parsed(tomllib.loads(to_toml(questionnaire))) == questionnaire
    for version in VERSIONS:
        again, refusals = read(to_fhir(questionnaire, version=version))
        assert refusals == []
        assert again is not None
        assert again.is_blind


def test_questionnaire_that_is_not_blind_says_nothing_about_it():
    plain = parsed(small_document(choice("a")))
    assert "blind" not in to_document(plain)
    assert "urn:tongping:blind" not in str(to_fhir(plain, version="fhir-r5"))
    assert parsed(small_document(choice("a"), blind=False)) == plain


def test_blind_is_a_truth_value():
    _, findings = parse_questionnaire(small_document(choice("a"), blind="yes"), file="q.toml")
    assert [finding.key for finding in findings] == ["blind"]


def test_fhir_refuses_blindness_that_is_no_truth_value():
    form = to_fhir(parsed(document("pulse")), version="fhir-r5")
    for extension in form["extension"]:
        if extension["url"] == "urn:tongping:blind":
            extension["valueBoolean"] = "true"
    again, refusals = read(form)
    assert again is None
    assert [refusal.code for refusal in refusals] == ["fhir_element_malformed"]


@pytest.mark.parametrize("name", NAMES)
def test_survey_of_each_audience_is_answered_and_measured(session, name):
    found_consortium(session)
    apply_questionnaire(session, document=document(name), now=NOW)
    questionnaire = for_kind(session, name)
    assert questionnaire is not None
    invite_staff(session, "E1", kind=name)
    answers = said({question.id: question.options[0].code for question in questionnaire.questions if question.options})
    response = begin(session, "E1", answers)
    assert send_response(session, response_id=response, receipt_code="c", now=NOW) == Sent("c")
    measured = measures(session, period=Period(2026, 10))[JIA][name]
    assert (measured.score.score, measured.score.n, measured.score.invited) == (100, 1, 1)
    assert all(figure.score == 100 for figure in measured.dimensions.values())
