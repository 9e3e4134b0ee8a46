"""What fewer than five people said is nowhere, and nothing that is published depends on it: an attacker reads it all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

import surveys
from bulletins.content import to_json
from bulletins.gathering import gather
from bulletins.rendering import bulletin_text
from consortium.periods import Period
from evaluation.explaining import explain
from evaluation.explanation_document import explanation_document
from evaluation.explanation_text import explanation_text
from evaluation.inputs import gather_inputs
from evaluation.models import Scorecard, ScoreLine, Settlement
from evaluation.schemes import scheme_for
from evaluation.scorecards import scorecards
from evaluation.scoring import NO_RESPONSES, TOO_FEW_ANSWERS
from surveys.honesty.holds import rates
from surveys.models import Tally
from surveys.questionnaires import apply_questionnaire
from surveys.results import ROLLING, results, window_of
from tests.evaluation.cast import IN_OCTOBER, OCTOBER, UNITS, Season, example, wording
from web.bulletin_views import bulletin_view
from web.unit_views import scorecard_view

YI = "yi"
INPATIENT = Path(surveys.__file__ or "").parent / "questionnaires" / "inpatient.toml"
QUARTER = (OCTOBER, Period(2026, 11), Period(2026, 12))
QUARTER_IS_OVER = datetime(2027, 1, 1, tzinfo=UTC)
Given = Mapping[str, Mapping[str, int]]
"""Question → option → how often."""


def two_surveys() -> dict[str, Any]:
    """The example scheme, in which secondary hospitals have points for inpatients too."""
    document = example()
    indicators, lines = document["indicators"], document["tiers"]["secondary"]["indicators"]
    indicators["inpatient_satisfaction"] = indicators["outpatient_satisfaction"] | {
        "questionnaire": "inpatient", "name": wording("住院患者满意度"),
    }  # fmt: skip
    lines["outpatient_satisfaction"]["points"] = 6
    lines["inpatient_satisfaction"] = {"points": 6}
    return document


@pytest.fixture
def town(season: Season) -> Season:
    season.is_set_up(document=two_surveys())
    document = tomllib.loads(INPATIENT.read_text(encoding="utf-8"), parse_float=Decimal)
    apply_questionnaire(season.session, document=document, now=IN_OCTOBER)
    return season


def say(
    session: Session, unit: str, questionnaire: str, n: int, given: Given, period: Period = OCTOBER, **modes: int
) -> None:
    """`n` responses of a month with these answers; without modes all came from the page."""
    counts = {("", ""): n, **{("", mode): count for mode, count in (modes or {"page": n}).items()}}
    counts |= {(question, option): count for question, options in given.items() for option, count in options.items()}
    for (question, option), count in counts.items():
        if count:
            session.add(
                Tally(stream="visit", period=str(period), unit_code=unit, questionnaire_id=questionnaire,
                      questionnaire_version="1", question_id=question, option_code=option, count=count)
            )  # fmt: skip
    session.flush()


def everything(season: Season) -> list[object]:
    """All that is published of a month, in every form and language, digests included; the month is opened again."""
    session = season.session
    digest = season.settles().digest
    explained = [explain(session, unit_code=unit, period=OCTOBER) for unit in UNITS]
    content = gather(session, period=OCTOBER, edition=1)
    found: list[object] = [digest, to_json(content), scorecards(session, OCTOBER)]
    for each in explained:
        found += [explanation_document(each), explanation_text(each, "zh"), scorecard_view(each, "zh")]
    for language in ("zh", "en"):
        found += [bulletin_text(content, language), bulletin_view(content, language)]
    found.append(
        [
            (each.figures, each.n, each.mode_mix)
            for each in results(session, window=window_of("2026-10", [OCTOBER]), closed=[OCTOBER])
        ]
    )
    for model in (ScoreLine, Scorecard, Settlement):
        session.execute(delete(model))
    session.expire_all()
    return found


def forget(session: Session, questionnaire: str = "inpatient") -> None:
    session.execute(delete(Tally).where(Tally.questionnaire_id == questionnaire))


HIDDEN = [
    (1, {"nurse_kind": {"4": 1}}),
    (2, {"nurse_kind": {"1": 2}, "clean": {"4": 2}}),
    (3, {}),  # nothing of what they said can be scored
    (4, {"nurse_kind": {"1": 1, "4": 3}}),
    (4, {"nurse_kind": {"1": 4}, "clean": {"1": 4}}),
]


@pytest.mark.parametrize("many", [0, 24, 30])
def test_nothing_published_depends_on_what_fewer_than_five_said(town: Season, many: int) -> None:
    """Neither their answers nor their number move any figure, total, rank, text or digest."""
    if many:
        say(town.session, YI, "outpatient", many, {"listening": {"5": many - 2, "3": 2}})
    worlds = []
    for n, given in HIDDEN:
        say(town.session, YI, "inpatient", n, given)
        worlds.append(everything(town))
        forget(town.session)
    assert all(world == worlds[0] for world in worlds)
    assert worlds[0] != everything(town)  # that somebody answered at all is said


def over_a_quarter(season: Season) -> list[object]:
    """What is published from October to December, month after month, with every window that the results page has."""
    session, found = season.session, []
    for number, period in enumerate(QUARTER):
        season.settles(period, QUARTER_IS_OVER)
        closed, unfinished = QUARTER[: number + 1], QUARTER[number + 1 :]
        found.append([explanation_document(explain(session, unit_code=unit, period=period)) for unit in UNITS])
        found.append(to_json(gather(session, period=period, edition=1)))
        for name in (*map(str, closed), "2026-Q4", "2026", ROLLING):
            window = window_of(name, closed, unfinished=unfinished)
            shown = results(session, window=window, closed=closed)
            found.append([(name, each.unit_code, each.n, each.figures, each.mode_mix, each.lines) for each in shown])
    for model in (ScoreLine, Scorecard, Settlement):
        session.execute(delete(model))
    session.expire_all()
    return found


def test_no_quarter_less_its_shown_months_tells_of_a_hidden_one(town: Season) -> None:
    """October and December are shown, November is hidden: no sum over the months depends on it."""
    worlds = []
    for n, given in HIDDEN:
        forget(town.session)
        say(town.session, YI, "inpatient", 20, {"nurse_kind": {"4": 15, "1": 5}}, QUARTER[0])
        say(town.session, YI, "inpatient", n, given, QUARTER[1])
        say(town.session, YI, "inpatient", 30, {"nurse_kind": {"4": 15, "2": 15}}, QUARTER[2])
        worlds.append(over_a_quarter(town))
    assert all(world == worlds[0] for world in worlds)
    forget(town.session)
    say(town.session, YI, "inpatient", 5, {"nurse_kind": {"4": 5}}, QUARTER[1])
    assert over_a_quarter(town) != worlds[0]


def test_five_are_told_with_everything_that_stands_beside_a_figure(town: Season) -> None:
    """The same attacker sees at once that five are another matter: the test above looks at the right things."""
    say(town.session, YI, "inpatient", 5, {"nurse_kind": {"4": 5}})
    first = everything(town)
    forget(town.session)
    say(town.session, YI, "inpatient", 5, {"nurse_kind": {"1": 5}})
    assert everything(town) != first


def test_a_dimension_that_few_answered_is_not_scored_and_another_hides_it(town: Season) -> None:
    """Twenty answered; three of them about waiting. Their three answers are in no figure of waiting."""
    everybody = {"listening": {"5": 20}, "clean": {"4": 20}, "next": {"5": 20}}
    say(town.session, YI, "outpatient", 20, everybody | {"queue": {"5": 3}})
    assert {measure: given_by(town, measure) for measure in ("waiting", "score", "overall")} == {
        "waiting": (TOO_FEW_ANSWERS, None),
        "score": (None, 20),
        "overall": ("nothing_applied", 20),
    }
    others = ("environment", "communication", "continuity")
    hidden = [measure for measure in others if given_by(town, measure)[0] == TOO_FEW_ANSWERS]
    assert len(hidden) == 1
    shown = gather_after(town)
    assert sorted(code for code, figure in shown.dimensions if figure is None) == sorted([*hidden, "waiting"])


def given_by(season: Season, measure: str) -> tuple[str | None, int | None]:
    """Why the measure has no figure, and from how many it is, if the scheme names it."""
    scheme = scheme_for(season.session, Period(2026))
    indicator = replace(scheme.indicators["outpatient_satisfaction"], measure=measure)
    named = replace(scheme, indicators={indicator.code: indicator})
    given = gather_inputs(season.session, period=OCTOBER, scheme=named, units=[YI])[YI].figures[indicator.code]
    return given.reason, given.n


def gather_after(season: Season):
    season.settles()
    content = gather(season.session, period=OCTOBER, edition=1)
    return next(row.satisfaction for tier in content.tiers for row in tier.units if row.code == YI)


def test_zero_is_none_and_few_are_few(town: Season) -> None:
    """Nobody is no secret; one to four are not told apart."""
    say(town.session, YI, "outpatient", 3, {"listening": {"5": 3}})
    town.settles()
    for unit, responses, reason, n, words in (
        ("ding", 0, NO_RESPONSES, 0, "答卷 0 份"),
        (YI, None, TOO_FEW_ANSWERS, None, "答卷不足 5 份"),
    ):
        explained = explain(town.session, unit_code=unit, period=OCTOBER)
        document = explanation_document(explained)
        line = next(each for each in document["indicators"] if each["code"] == "outpatient_satisfaction")
        assert (document["responses"], line["reason"], line["n"], line["points"]) == (responses, reason, n, None)
        assert (line["value"], line["available"], line["mode_mix"], line["low"]) == (None, 0, None, None)
        assert words in explanation_text(explained, "zh")
        few = "0 responses" if n == 0 else "fewer than 5 responses"
        assert scorecard_view(explained, "en").behind.startswith(few + ";")
    rows = {row.code: row for tier in gather(town.session, period=OCTOBER, edition=1).tiers for row in tier.units}
    assert (rows["ding"].is_unanswered, rows[YI].is_unanswered) == (True, False)
    text = bulletin_text(gather(town.session, period=OCTOBER, edition=1), "zh").splitlines()
    assert "三院　没有答卷" in text
    assert "二院　不足 5 份，不公布" in text


@pytest.mark.parametrize("few", [3, 0])
def test_hidden_answers_help_nobody_to_a_rank(town: Season, few: int) -> None:
    """Twenty-four that count and three that do not are twenty-four; else a rank would tell of the three."""
    say(town.session, YI, "outpatient", 24, {"listening": {"5": 24}})
    if few:
        say(town.session, YI, "inpatient", few, {"nurse_kind": {"4": few}})
    town.settles()
    card = next(each for each in scorecards(town.session, OCTOBER) if each.unit_code == YI)
    assert (card.rank, card.responses, card.unranked_reason) == (None, 24, "too_few_responses")


def test_two_surveys_of_enough_people_make_a_rank_together(town: Season) -> None:
    say(town.session, YI, "outpatient", 20, {"listening": {"5": 20}})
    say(town.session, YI, "inpatient", 5, {"nurse_kind": {"4": 5}})
    town.settles()
    card = next(each for each in scorecards(town.session, OCTOBER) if each.unit_code == YI)
    assert (card.rank, card.responses) == (1, 25)


def test_mode_of_few_is_hidden_with_another(town: Season) -> None:
    say(town.session, YI, "outpatient", 20, {"listening": {"5": 20}}, page=17, chat=3)
    town.settles()
    explained = explain(town.session, unit_code=YI, period=OCTOBER)
    line = next(each for each in explained.lines if each.code == "outpatient_satisfaction")
    assert line.mode_mix == {"chat": None, "page": None}
    assert "作答方式：聊天 不足 5；网页 不足 5" in explanation_text(explained, "zh")


def test_figure_carries_its_evidence(town: Season) -> None:
    say(town.session, YI, "outpatient", 20, {"listening": {"5": 15, "3": 5}}, page=12, chat=8)
    town.settles()
    document = explanation_document(explain(town.session, unit_code=YI, period=OCTOBER))
    line = next(each for each in document["indicators"] if each["code"] == "outpatient_satisfaction")
    assert line["value"] == Fraction(175, 2)
    assert line["low"] < line["value"] < line["high"]
    assert {key: line[key] for key in ("n", "definition", "window", "invited", "response_rate", "mode_mix")} == {
        "n": 20, "definition": "linear-0-100", "window": "2026-10", "invited": 0, "response_rate": None,
        "mode_mix": {"chat": 8, "page": 12},
    }  # fmt: skip
    assert "window" not in next(each for each in document["indicators"] if each["code"] == "readmission")


def test_held_out_answers_are_frozen_with_the_settlement(town: Season) -> None:
    say(town.session, YI, "outpatient", 20, {"listening": {"5": 20}})
    town.session.add(
        Tally(stream="held", period=str(OCTOBER), unit_code=YI, questionnaire_id="outpatient",
              questionnaire_version="1", question_id="", option_code="", count=7)
    )  # fmt: skip
    town.session.flush()
    town.settles()
    town.session.execute(delete(Tally).where(Tally.stream == "held"))  # what retention may do later
    town.session.expire_all()
    explained = explain(town.session, unit_code=YI, period=OCTOBER)
    assert (explained.held_out, explanation_document(explained)["held_out"]) == (7, 7)
    assert "另有 7 份存疑答卷留存、未放行，不计入得分" in explanation_text(explained, "zh")
    assert scorecard_view(explained, "zh").held == ("另有 7 份存疑答卷留存、未放行，不计入得分",)
    other = explain(town.session, unit_code="ding", period=OCTOBER)
    assert "没有留存的存疑答卷" in explanation_text(other, "zh")
    assert rates(town.session, period=OCTOBER) == {}
