"""Indicators fed by other audiences and by third parties: the group minimum, streams that never mix, names in explain."""

from __future__ import annotations

from fractions import Fraction

import pytest

from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from evaluation.inputs import gather_inputs
from evaluation.scheme import parse_scheme
from evaluation.scorecards import settle_period
from evaluation.scoring import NO_RESPONSES, NOT_COLLECTED, TOO_FEW_ANSWERS, Input
from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from surveys.models import Tally
from surveys.questionnaires import apply_questionnaire
from tests.evaluation.cast import CHEN, IN_OCTOBER, OCTOBER, example, faults, indicator, parsed, small
from tests.surveys.audiences.cast import NAMES, document

THIRD = {"input": "third_party", "surveyor": "省卫健委", "definition": "topbox", "target": 100}
LINES = {"own": {"points": 10}, "third": {"points": 10}}
UNIT = "jia"


def scheme(**more: object):
    return small(
        {
            "own": indicator(input="survey", questionnaire="staff", measure="overall", target=100),
            "third": indicator(**{**THIRD, **more}),
        },
        LINES,
    )


def tallied(session, questionnaire: str, n: int, code: str = "5") -> None:
    for key, count in {("", ""): n, ("", "page"): n, ("overall", code): n}.items():
        session.add(
            Tally(stream="visit", period=str(OCTOBER), unit_code=UNIT, questionnaire_id=questionnaire,
                  questionnaire_version="1", question_id=key[0], option_code=key[1], count=count)
        )  # fmt: skip
    session.flush()


def found(session, score: object, n: int, *, source: str = "省卫健委", definition: str = "topbox", period=OCTOBER):
    if session.get(ThirdPartyImport, "k") is None:
        session.add(
            ThirdPartyImport(id="k", file_digest="d", rows=[], created_at=IN_OCTOBER,
                             expires_at=IN_OCTOBER.replace(year=2027), made_by=CHEN, imported_at=IN_OCTOBER)
        )  # fmt: skip
        session.flush()
    session.add(
        ThirdPartyResult(unit_code=UNIT, period=str(period), source=source, definition=definition,
                         score=Fraction(str(score)), n=n, low=None, high=None, import_id="k")
    )  # fmt: skip
    session.flush()


@pytest.fixture
def staffed(season):
    document_ = example()
    document_["indicators"]["teaching_satisfaction"] |= THIRD | {"target": 90}
    season.is_set_up(document=document_)
    for name in NAMES:
        apply_questionnaire(season.session, document=document(name), now=IN_OCTOBER)
    return season.session


def inputs(session, written=None):
    return gather_inputs(session, period=OCTOBER, scheme=parsed(written or scheme()), units=[UNIT])[UNIT]


def told(given: Input) -> tuple[object, ...]:
    """The figure, why there is none, and from how many."""
    return given.value, given.reason, given.n


@pytest.mark.parametrize(("n", "expected"), [(5, (100, None, 5)), (4, (None, TOO_FEW_ANSWERS, None))])
def test_blind_survey_counts_from_five_answers_on(staffed, n, expected):
    tallied(staffed, "staff", n)
    assert told(inputs(staffed).figures["own"]) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name != "pulse"])
def test_every_audience_may_feed_an_indicator(staffed, name):
    written = scheme()
    written["indicators"]["own"]["questionnaire"] = name
    tallied(staffed, name, 6, "4")
    assert told(inputs(staffed, written).figures["own"]) == (75, None, 6)


def test_pulse_feeds_by_its_dimension(staffed):
    written = scheme()
    written["indicators"]["own"] |= {"questionnaire": "pulse", "measure": "shared"}
    for key, count in {("", ""): 5, ("", "page"): 5, ("want", "5"): 5}.items():
        staffed.add(
            Tally(stream="visit", period=str(OCTOBER), unit_code=UNIT, questionnaire_id="pulse",
                  questionnaire_version="1", question_id=key[0], option_code=key[1], count=count)
        )  # fmt: skip
    staffed.flush()
    assert told(inputs(staffed, written).figures["own"]) == (100, None, 5)


def test_answers_of_staff_do_not_make_patients(staffed):
    tallied(staffed, "staff", 40)
    assert inputs(staffed).responses == 0


def test_third_party_is_taken_by_its_very_name_and_definition(staffed):
    found(staffed, "92.5", 400)
    found(staffed, "10", 9000, definition="nps")
    found(staffed, "20", 9000, source="别家")
    found(staffed, "30", 9000, period=Period(2026, 9))
    tallied(staffed, "staff", 50)
    gathered = inputs(staffed).figures
    assert {code: told(given) for code, given in gathered.items()} == {
        "own": (100, None, 50),
        "third": (Fraction("92.5"), None, 400),
    }


def test_missing_and_small_third_party_results_say_why(staffed):
    assert told(inputs(staffed).figures["third"]) == (None, NOT_COLLECTED, None)
    assert inputs(staffed).figures["own"].reason == NO_RESPONSES
    found(staffed, "92", 4)
    assert told(inputs(staffed).figures["third"]) == (None, TOO_FEW_ANSWERS, None)


def test_third_parties_own_words_are_a_definition(staffed):
    found(staffed, "92", 40, definition="~综合满意度")
    assert inputs(staffed, scheme(definition="~综合满意度")).figures["third"].value == 92


@pytest.mark.parametrize(
    "more", [{"definition": "topbx"}, {"surveyor": " 省卫健委"}, {"surveyor": ""}, {"definition": "~"}]
)
def test_scheme_refuses_what_names_no_stream(more):
    [(key, _)] = faults(scheme(**more))
    assert key == f"indicators.third.{next(iter(more))}"


@pytest.mark.parametrize("key", ["surveyor", "definition"])
def test_scheme_demands_both_names_and_takes_them_nowhere_else(key):
    lacking = scheme()
    del lacking["indicators"]["third"][key]
    assert [where for where, _ in faults(lacking)] == [f"indicators.third.{key}"]
    wrong = scheme()
    wrong["indicators"]["own"] |= {"input": "reading", "questionnaire": "", "measure": "", key: "topbox"}
    assert f"indicators.own.{key}" in [where for where, _ in faults(wrong)]
    assert parse_scheme(scheme(), file="s")[1] == []


@pytest.mark.parametrize(("language", "words"), [("zh", "第三方 · 省卫健委 · "), ("en", "Third party · 省卫健委 · ")])
def test_explanation_names_the_stream(staffed, language, words):
    found(staffed, "92.5", 400)
    settle_period(staffed, period=OCTOBER, now=IN_OCTOBER.replace(month=11, day=2), actor=CHEN)
    explanation = explain(staffed, unit_code=UNIT, period=OCTOBER)
    streams = {line.code: (line.surveyor, line.definition, line.n) for line in explanation.lines if line.surveyor}
    assert streams == {"teaching_satisfaction": ("省卫健委", "topbox", 400)}
    lines = {line["code"]: line for line in explanation_document(explanation)["indicators"]}
    assert lines["teaching_satisfaction"]["surveyor"] == "省卫健委"
    assert "surveyor" not in lines["down_referral"]
    [foreign] = explanation_document(explanation)["third_party"]
    assert foreign == {
        "surveyor": "省卫健委", "definition": "topbox", "value": Fraction("92.5"), "n": 400, "low": None, "high": None,
    }  # fmt: skip
    shown = explanation_text(explanation, language).splitlines()
    assert [line[:2] for line in shown if words in line] == ["· ", "· "]  # its line in the scheme, and the list of all
    assert shown[-1].count(words) == 0
