"""A survey's figure by the definition that the scheme chose, with everything that stands beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from evaluation.explaining import explain
from evaluation.explanation_text import explanation_text
from evaluation.inputs import gather_inputs
from evaluation.scheme import Scheme
from evaluation.scoring import NOTHING_APPLIED, Input
from surveys.models import Invitation, Tally
from surveys.questionnaires import apply_questionnaire
from tests.evaluation.cast import IN_OCTOBER, JIA, OCTOBER, Season, changed, example, indicator, parsed, small
from tests.surveys.cast import scored, small_document

TEN = range(11)


def scheme(definition: str, questionnaire: str = "outpatient", measure: str = "score") -> Scheme:
    told = {"input": "survey", "questionnaire": questionnaire, "measure": measure, "definition": definition}
    return parsed(small({"own": indicator(**told, floor=-10 if definition == "nps" else 0)}, {"own": {"points": 1}}))


def given(session: Session, scheme_: Scheme) -> Input:
    return gather_inputs(session, period=OCTOBER, scheme=scheme_, units=[JIA])[JIA].figures["own"]


def invited(session: Session, count: int, questionnaire: str = "outpatient", version: str = "1") -> None:
    """So many visits ended in October and were invited."""
    for number in range(count):
        session.add(
            Invitation(
                id=f"i-{questionnaire}-{number}", unit_code=JIA, visit=f"{questionnaire}-{number}", kind="outpatient",
                discharged_at=IN_OCTOBER, language="zh", questionnaire_id=questionnaire, questionnaire_version=version,
                created_at=IN_OCTOBER, expires_at=IN_OCTOBER + timedelta(days=42),
            )
        )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("linear-0-100", Fraction(175, 2)),  # (15 · 100 + 5 · 50) ÷ 20
        ("topbox", Fraction(75)),
        ("positive", Fraction(75)),  # three is the middle, not above it
        ("mean5", Fraction(90)),  # 100 · 4.5 ÷ 5
        ("nps", None),  # not on a scale of five
    ],
)
def test_figure_is_made_by_the_chosen_definition(season: Season, definition: str, value: Fraction | None) -> None:
    season.is_set_up().answers(JIA, fives=15, threes=5)
    invited(season.session, 40)
    found = given(season.session, scheme(definition))
    assert (found.value, found.definition, found.n, found.invited) == (value, definition, 20, 40)
    if value is None:
        assert (found.reason, found.low, found.mode_mix) == (NOTHING_APPLIED, None, None)
    else:
        assert found.low < value < found.high
        assert found.mode_mix == {"page": 20}


def test_net_promoter_score_may_be_below_nought(season: Season) -> None:
    season.is_set_up()
    document = small_document(scored("recommend", None, *TEN, is_overall=True), scored("kind", "care"))
    apply_questionnaire(season.session, document=document, now=IN_OCTOBER)
    counts = {("", ""): 10, ("", "chat"): 10, ("recommend", "10"): 2, ("recommend", "8"): 3, ("recommend", "6"): 5}
    for (question, option), count in counts.items():
        season.session.add(
            Tally(stream="visit", period=str(OCTOBER), unit_code=JIA, questionnaire_id="small",
                  questionnaire_version="1", question_id=question, option_code=option, count=count)
        )  # fmt: skip
    season.session.flush()
    found = given(season.session, scheme("nps", "small", "overall"))
    assert (found.value, found.n) == (-30, 10)
    assert -100 <= found.low < -30 < found.high <= 100
    assert given(season.session, scheme("topbox", "small", "overall")).value == 20


def test_definition_is_frozen_and_told_with_its_evidence(season: Season) -> None:
    """Decision 3: definition, interval, n, invited, response rate, modes and window, in both languages."""
    document = changed(example(), "indicators.outpatient_satisfaction.definition", "topbox")
    season.is_set_up(document=document).answers(JIA, fives=15, threes=5)
    invited(season.session, 32)
    season.settles()
    explained = explain(season.session, unit_code=JIA, period=OCTOBER)
    line = next(each for each in explained.lines if each.code == "outpatient_satisfaction")
    assert (line.value, line.definition, line.response_rate) == (75, "topbox", Fraction(5, 8))
    chinese = explanation_text(explained, "zh").splitlines()
    place = next(number for number, row in enumerate(chinese) if row.startswith("· 门诊患者满意度："))
    assert chinese[place].startswith("· 门诊患者满意度：75 分（答卷 20 份）；50 为 0 分、95 为满分")
    assert chinese[place + 1] == (
        "  口径：最高档占比（%），topbox · 95% 区间 53.12–88.82 · 邀请 32 人，应答率 62.50 % · 作答方式：网页 20 · "
        "统计期 2026-10"
    )
    english = explanation_text(explained, "en")
    for words in ("topbox", "95 % interval 53.12–88.82", "32 invited, response rate 62.50 %", "page 20", "2026-10"):
        assert words in english


def test_one_survey_may_feed_two_indicators_by_two_definitions(season: Season) -> None:
    season.is_set_up().answers(JIA, fives=15, threes=5)
    by_linear = scheme("linear-0-100")
    both = replace(
        by_linear,
        indicators={
            **by_linear.indicators,
            "other": replace(scheme("topbox").indicators["own"], code="other"),
        },
    )
    figures = gather_inputs(season.session, period=OCTOBER, scheme=both, units=[JIA])[JIA].figures
    assert {code: (each.value, each.definition) for code, each in figures.items()} == {
        "own": (Fraction(175, 2), "linear-0-100"),
        "other": (75, "topbox"),
    }
