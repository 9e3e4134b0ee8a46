"""The questionnaire of hospital stays that ships: its scales, its ways, and its figures from real answers."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest

from consortium.periods import Period
from locales.errors import Reask
from surveys.conversation import Ask, accept, asked, next_step, review
from surveys.questionnaires import apply_questionnaire, in_use
from surveys.responses import send_response
from surveys.structure import Questionnaire, find_question
from surveys.tallies import counts, recount, satisfaction
from tests.surveys.cast import JIA, LEFT, NOW, OUTPATIENT, fill, found_consortium, parsed, said

DOCUMENT = tomllib.loads(OUTPATIENT.with_name("inpatient.toml").read_text(encoding="utf-8"), parse_float=Decimal)
STAY = {
    "nurse_kind": "4", "nurse_says": "3", "bell_used": "true", "bell_answered": "2", "doctor_lets_finish": "4",
    "doctor_reasons": "na", "doctor_family": "1", "clean": "4", "night": "3", "pain": "false", "new_medicine": "no",
    "explained": ("medicines", "follow_up"), "after_care": "3", "went_to": "home", "overall": "8",
}  # fmt: skip


def inpatient() -> Questionnaire:
    return parsed(DOCUMENT)


def test_frequencies_have_four_points_and_what_did_not_happen_has_none():
    for question in inpatient().questions:
        if question.dimension is not None:
            scores = [option.score for option in question.options]
            assert scores[:4] == [Fraction(point) for point in (1, 2, 3, 4)]
            assert all(option.score is None and option.code == "na" for option in question.options[4:])
            assert question.required
    first = find_question(inpatient(), "nurse_kind")
    assert first is not None
    assert [option.text["zh"] for option in first.options] == ["从未", "有时", "经常", "总是"]


def test_every_dimension_is_asked_about_and_the_overall_mark_is_a_number():
    questionnaire = inpatient()
    assert [dimension.code for dimension in questionnaire.dimensions] == [
        "nursing", "doctors", "environment", "medicines", "discharge",
    ]  # fmt: skip
    for dimension in questionnaire.dimensions:
        assert sum(question.dimension == dimension.code for question in questionnaire.questions) >= 2
    overall = find_question(questionnaire, "overall")
    assert overall is not None
    assert (overall.type, overall.minimum, overall.maximum, overall.is_overall) == ("integer", "0", "10", True)


@pytest.mark.parametrize(
    ("screener", "answer", "follow_ups"),
    [
        ("bell_used", "true", ["bell_answered"]),
        ("bell_used", "false", []),
        ("pain", "true", ["pain_relief"]),
        ("pain", "false", []),
        ("new_medicine", "yes", ["medicine_purpose", "medicine_effects"]),
        ("new_medicine", "no", []),
        ("new_medicine", "unsure", []),
        ("went_to", "unit", ["handed_over"]),
        ("went_to", "home", []),
    ],
)
def test_follow_ups_are_asked_only_of_those_concerned(screener, answer, follow_ups):
    all_follow_ups = {"bell_answered", "pain_relief", "medicine_purpose", "medicine_effects", "handed_over"}
    path = [question.id for question in asked(inpatient(), {screener: (answer,)})]
    assert [each for each in path if each in all_follow_ups] == follow_ups


def test_notice_says_how_many_questions_there_are_at_most():
    most = {"bell_used": "true", "pain": "true", "new_medicine": "yes", "went_to": "unit"}
    assert len(asked(inpatient(), said(most))) == 20
    assert "20" in inpatient().notice["zh"]
    assert "20" in inpatient().notice["en"]


def test_headings_lead_to_the_first_question_of_each_part():
    step = next_step(inpatient(), {})
    assert isinstance(step, Ask)
    assert (step.question.id, [item.id for item in step.leads]) == ("nurse_kind", ["intro", "about_nurses"])
    later = next_step(inpatient(), {}, at="doctor_lets_finish")
    assert isinstance(later, Ask)
    assert [item.id for item in later.leads] == ["about_doctors"]


def test_none_of_these_stands_alone_and_the_mark_has_its_range():
    assert accept(inpatient(), {}, "explained", ["none", "living"]) == Reask("answer_exclusive")
    assert accept(inpatient(), {}, "explained", ["living", "medicines"]) == {"explained": ("medicines", "living")}
    assert accept(inpatient(), {}, "overall", ["11"]) == Reask("answer_out_of_range", {"low": "0", "high": "10"})


def test_both_languages_are_complete_and_differ():
    questionnaire = inpatient()
    texts = [questionnaire.title, questionnaire.notice, questionnaire.thanks]
    texts += [question.text for question in questionnaire.questions]
    texts += [option.text for question in questionnaire.questions for option in question.options]
    assert all(set(text) == {"zh", "en"} and text["zh"] != text["en"] for text in texts)


def test_stay_is_answered_counted_and_scored_by_hand(session):
    found_consortium(session)
    apply_questionnaire(session, document={**DOCUMENT, "kinds": ["outpatient"]}, now=LEFT)
    assert in_use(session, "outpatient") == ("inpatient", "1")
    response = fill(session, STAY, "v1")
    assert review(inpatient(), said(STAY)).missing == ()
    send_response(session, response_id=response, receipt_code="one", now=NOW)
    october = Period.parse("2026-10")
    tallied = {(key.question_id, key.option_code): n for key, n in counts(session, period=october).items()}
    assert counts(session, period=october) == recount(session, period=october)
    assert tallied["explained", "medicines"] == tallied["explained", "follow_up"] == 1
    assert (tallied["overall", "8"], tallied["bell_used", "true"]) == (1, 1)
    figures = satisfaction(session, period=october)[JIA]
    # nursing: 100, 66⅔, 33⅓; doctors: 100, none, 0; environment: 100, 66⅔; medicines: none; discharge: 66⅔
    third = Fraction(100, 3)
    assert figures.dimensions == {
        "nursing": 2 * third, "doctors": Fraction(50), "environment": Fraction(250, 3), "medicines": None,
        "discharge": 2 * third,
    }  # fmt: skip
    assert figures.overall == 80
    assert figures.score == (3 * 100 + 3 * 2 * third + third) / 8
