"""Figures of units from the tallies: by hand, by definition, by questionnaire, with who was invited."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from consortium.periods import Period
from surveys.fielding import dispositions
from surveys.measurement import OVERALL, SCORE, measures
from surveys.questionnaires import apply_questionnaire
from surveys.responses import send_response
from surveys.scoring import LINEAR, MEAN5, POSITIVE, TOPBOX
from surveys.tallies import satisfaction
from surveys.trends import SCALE, trend
from tests.surveys.cast import BEST, JIA, LEFT, NOW, YI, fill, invite_visit, scored, small_document

OCTOBER, NOVEMBER = Period.parse("2026-10"), Period.parse("2026-11")


def sent(session, answers, visit, *, unit=JIA, now=NOW) -> None:
    response = fill(session, answers, visit, unit=unit, now=now)
    send_response(session, response_id=response, receipt_code=f"code {unit} {visit}", now=now)


def test_figures_by_every_definition_say_what_they_are(ready):
    sent(ready, {**BEST, "clean": "4", "signs": "na", "overall": "4"}, "v1")
    sent(ready, {**BEST, "clean": "3", "overall": "2"}, "v2")
    found = {
        name: measures(ready, period=OCTOBER, definition=name)[JIA]["outpatient"]
        for name in (LINEAR, TOPBOX, POSITIVE, MEAN5)
    }
    assert {name: each.dimensions["environment"].score for name, each in found.items()} == {
        LINEAR: (Fraction("62.5") + 100) / 2,
        TOPBOX: Fraction(50),
        POSITIVE: Fraction(50),
        MEAN5: Fraction(85),
    }
    assert found[LINEAR].overall.score == 50
    overall = found[LINEAR].overall
    assert (overall.n, overall.invited, overall.mode_mix, overall.window, overall.definition) == (
        2,
        2,
        {"page": 2},
        "2026-10",
        LINEAR,
    )
    assert overall.low < 50 < overall.high
    assert found[LINEAR].of(SCORE) == found[LINEAR].score
    assert found[LINEAR].of(OVERALL) == overall
    assert found[LINEAR].of("waiting") == found[LINEAR].dimensions["waiting"]
    assert found[LINEAR].of("nothing") is None


def test_figures_are_those_of_the_bulletin(ready):
    for place, mark in enumerate("54321"):
        sent(ready, {**BEST, "clean": mark, "overall": mark}, f"v{place}")
    own, told = measures(ready, period=OCTOBER)[JIA]["outpatient"], satisfaction(ready, period=OCTOBER)[JIA]
    assert (own.score.score, own.overall.score) == (told.score, told.overall)
    assert {code: each.score for code, each in own.dimensions.items()} == told.dimensions


def test_who_was_invited_and_who_could_not_answer(ready):
    sent(ready, BEST, "v1")
    for place in range(3):
        invite_visit(ready, f"w{place}", ticket=f"ticket w{place}")
    dispositions.note(ready, invitation_id="i-jia-w0", disposition=dispositions.INELIGIBLE, now=NOW)
    invite_visit(ready, "y1", unit=YI, ticket="ticket y1")
    found = measures(ready, period=OCTOBER)
    score = found[JIA]["outpatient"].score
    assert (score.n, score.invited, score.response_rate) == (1, 3, Fraction(1, 3))
    nobody = found[YI]["outpatient"].score
    assert (nobody.score, nobody.n, nobody.invited, nobody.low) == (None, 0, 1, None)
    assert measures(ready, period=NOVEMBER) == {}


def test_questionnaires_are_never_pooled_and_versions_are(ready):
    sent(ready, BEST, "v1")
    apply_questionnaire(ready, document=small_document(scored("a", "x"), id="other"), now=LEFT + timedelta(hours=1))
    sent(ready, {"a": "1"}, "v2")
    apply_questionnaire(
        ready, document=small_document(scored("a", "x"), id="other", version="2"), now=LEFT + timedelta(hours=2)
    )
    for place in range(3):
        sent(ready, {"a": "5"}, f"w{place}")
    found = measures(ready, period=OCTOBER)[JIA]
    assert {name: (each.score.score, each.score.n) for name, each in found.items()} == {
        "outpatient": (100, 1), "other": (75, 4),
    }  # fmt: skip


def test_a_trend_breaks_where_the_questions_change(ready):
    apply_questionnaire(ready, document=small_document(scored("a", "x")), now=LEFT + timedelta(hours=1))
    september = Period.parse("2026-09")
    sent(ready, {"a": "3"}, "v1")
    november = NOW + timedelta(days=31)
    apply_questionnaire(
        ready,
        document=small_document(scored("a", "x"), scored("b", "x"), version="2"),
        now=november - timedelta(days=2),
    )
    sent(ready, {"a": "5", "b": "5"}, "v2", now=november)
    assert measures(ready, period=september) == {}
    lines = trend(measures(ready, period=period)[JIA]["small"].score for period in (OCTOBER, NOVEMBER))
    assert [([(each.window, each.score) for each in line.figures], line.breaks) for line in lines] == [
        ([("2026-10", 50)], ()),
        ([("2026-11", 100)], (SCALE,)),
    ]


def test_figures_of_few_are_named_with_the_one_that_would_give_them_away(ready):
    """Nine answered, three of them about what came next: neither that dimension nor the least answered of the others."""
    for place in range(9):
        sent(ready, dict(BEST) if place < 3 else {**BEST, "next": "na", "handover": "na"}, f"v{place}")
    found = measures(ready, period=OCTOBER)[JIA]["outpatient"]
    assert len(found.too_few) == 2
    assert "continuity" in found.too_few
    assert not {"score", "overall"} & found.too_few
    assert found.score.n == 9


@pytest.mark.parametrize(("n", "too_few"), [(4, True), (5, False)])
def test_everything_is_of_few_below_five(ready, n, too_few):
    for place in range(n):
        sent(ready, BEST, f"v{place}")
    found = measures(ready, period=OCTOBER)[JIA]["outpatient"]
    names = {"score", "overall", *found.dimensions}
    assert found.too_few == (frozenset(names) if too_few else frozenset())
