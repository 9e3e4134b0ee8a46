"""Pages of figures: who sees whose, closed months only, small numbers, comments from ten on, lines that break."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evaluation.schemes import apply_scheme
from surveys.models import Tally
from tests.evaluation.cast import example
from tests.surveys.results_cast import patients_answer
from tests.web.cast import LONG_AGO, signed_in
from web import closed_months

UNIT = "/units/jia/results"


def fielded(town, count=12, month=10, **more):
    with town.database.transaction() as session:
        patients_answer(session, count, month, **more)
    return town


def opened(browse, town, person="chen", path=UNIT, **more):
    return signed_in(browse(town.site(), **more), town, person).opens(path)


def test_a_unit_sees_bars_with_intervals_and_all_beside_them(town, browse):
    fielded(town, 26)
    page = opened(browse, town, "li")
    drawn = page.every("svg", role="img")
    assert "100.00" in drawn[0]["aria-label"]
    assert "95" in drawn[0]["aria-label"]
    facts = [each.text for each in page.one("dl", class_="result-facts").every("dd")]
    assert facts == ["26", "26", "100.00 %", "网页 26", "2026-10", "linear-0-100"]
    assert "不排名" not in page.one("section", class_="results").one("h2").text
    assert len(page.one("section", class_="results").every("div", class_="result-bar")) > 4


def test_a_small_unit_is_hidden_and_a_middling_one_is_not_ranked(town, browse):
    fielded(town, 4)
    assert "人数太少，不显示" in opened(browse, town).text
    assert "100.00" not in opened(browse, town).text
    fielded(town, 6, words="x")
    assert "人数太少，不排名" in opened(browse, town).text


@pytest.mark.parametrize(("person", "path", "status"), [
    ("chen", UNIT, 200), ("li", UNIT, 200), ("sun", UNIT, 200), ("gao", UNIT, 200), ("wang", UNIT, 404), ("he", UNIT, 404),
    ("chen", "/surveys/results", 200), ("sun", "/surveys/results", 200), ("li", "/surveys/results", 403),
    ("chen", "/units/nothing/results", 404), ("chen", "/units/%3Cb%3E/results", 404),
    ("chen", f"{UNIT}?period=2026-13", 422), ("chen", f"{UNIT}?definition=best", 404),
    ("chen", f"{UNIT}?period=1999", 422), ("chen", f"{UNIT}?period=2031-Q1", 200), ("chen", f"{UNIT}?period=rolling", 200),
])  # fmt: skip
def test_who_sees_what(hamlet, browse, person, path, status):
    fielded(hamlet, 5)
    assert signed_in(browse(hamlet.site()), hamlet, person).get(path).status_code == status


def test_nobody_signed_in_sees_nothing(hamlet, browse):
    for path in (UNIT, "/surveys/results", "/surveys/previews"):
        assert browse(hamlet.site()).get(path).status_code == 401


def test_before_its_settlement_no_figure_is_shown(town, browse, monkeypatch):
    fielded(fielded(town, 9, 9), 8, 10)
    with town.database.transaction() as session:
        apply_scheme(session, document=example(), now=LONG_AGO)
    page = opened(browse, town)
    assert page.one("select", id="period").every("option") != []
    assert "没有可以显示的作答" in page.text
    monkeypatch.setattr(closed_months, "settlements", lambda _: [SimpleNamespace(period="2026-09")])
    page = opened(browse, town)
    assert [each["value"] for each in page.one("select", id="period").every("option")] == [
        "2026-09", "2026-Q3", "rolling"
    ]  # fmt: skip
    assert page.every("dd")[0].text == "9"
    for name in ("2026-10", "2026-Q4", "2026"):
        assert "没有可以显示的作答" in opened(browse, town, path=f"{UNIT}?period={name}").text


def test_the_running_month_is_never_shown(town, browse):
    fielded(fielded(town, 9, 10), 8, 11)
    assert opened(browse, town).every("dd")[0].text == "9"
    assert "没有可以显示的作答" in opened(browse, town, path=f"{UNIT}?period=2026-11").text


def test_the_office_sees_every_unit_in_the_order_of_the_configuration(town, browse):
    fielded(fielded(town, 5), 30, unit="yi")
    page = opened(browse, town, path="/surveys/results")
    names = [each.text for each in page.one("ul", class_="lines").every("h3")]
    assert names == ["人民医院 人数太少，不排名", "二院"]


def test_comments_come_from_ten_answers_on_and_are_escaped(town, browse):
    fielded(town, 9, words="<script>alert(1)</script>")
    assert opened(browse, town, "li").every("blockquote") == []
    fielded(town, 1, words="第十条")
    page = opened(browse, town, "li")
    words = [each.text for each in page.every("blockquote")]
    assert len(words) == 10
    assert "<script>alert(1)</script> 3" in words
    assert page.every("script") == []
    assert not [each for each in words if "2026" in each]
    assert len(opened(browse, town, "chen").every("blockquote")) == 10
    for other in ("sun", "gao"):
        assert opened(browse, town, other).every("blockquote") == []
    assert opened(browse, town, "li", f"{UNIT}?period=rolling").every("blockquote") == []


def test_a_line_of_months_is_drawn_and_told(town, browse):
    fielded(fielded(fielded(town, 5, 8), 6, 9), 8, 10)
    page = opened(browse, town, "li")
    figure = page.one("figure", class_="trend")
    assert len(figure.every("circle")) == 3
    assert len(figure.every("polyline")) == 1
    assert "2026-09 为 100.00" in figure.one("title").text
    assert opened(browse, town, "li", "/units/jia/results?language=en").one("h1").text.endswith("What patients said")


def test_a_line_breaks_where_another_mode_answers(town, browse):
    fielded(fielded(town, 40, 9), 40, 10)
    with town.database.transaction() as session:
        for row in session.query(Tally).filter(Tally.period == "2026-10", Tally.option_code == "page"):
            row.option_code = "chat"
    figure = opened(browse, town, "li").one("figure", class_="trend")
    assert len(figure.every("path", class_="break")) == 1
    assert "2026-10" in figure.one("figcaption").one("li").text
    assert figure.every("polyline") == []


def test_posters_stand_apart_and_say_so(town, browse):
    fielded(town, 5)
    with town.database.transaction() as session:
        for name, option in (("", ""), ("", "page"), ("overall", "1")):
            session.add(
                Tally(period="2026-10", unit_code="jia", questionnaire_id="outpatient", questionnaire_version="1",
                      question_id=name, option_code=option, count=7, stream="poster")
            )  # fmt: skip
    sections = opened(browse, town, "li").every("section", class_="results")
    assert ["海报扫码" in each.one("h2").text for each in sections] == [False, True]
    assert "永远不计入得分点" in sections[1].text


def test_nothing_answered_is_said(hamlet, browse):
    assert "没有可以显示的作答" in opened(browse, hamlet, path="/surveys/results").text
    assert "没有可以显示的作答" in opened(browse, hamlet).text


def test_looking_changes_nothing(town, browse):
    fielded(town)
    browser = signed_in(browse(town.site()), town, "chen")
    before = town.everything()
    for path in (UNIT, "/surveys/results", f"{UNIT}?period=2026&definition=nps", f"{UNIT}?definition=positive"):
        assert browser.get(path).status_code == 200
    assert town.everything() == before
