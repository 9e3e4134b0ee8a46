"""A unit's own page: every point with its inputs; nobody else's."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from surveys.audiences.models import ThirdPartyImport, ThirdPartyResult
from tests.web.cast import signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def season(town):
    return town.has_a_season()


def lines_of(page):
    return {
        each.one("h3").every("text")[0].text: each
        for each in page.every("ul", class_="lines")
        for each in each.every("li")
    }


def test_representative_sees_the_scorecard_point_by_point(season, browse):
    page = signed_in(browse(season.site()), season, "li").page
    assert page.one("h1").text == "人民医院"
    score = page.one("section", class_="score").text
    assert "2026年10月 · 三级医院" in score
    assert "答卷 25 份；互评单位 5-9 个" in score
    lines = lines_of(page)
    referral = (
        lines["下转率"].text if "下转率" in lines else next(each.text for name, each in lines.items() if "转" in name)
    )
    assert "13.5 % = 81 ÷ 600" in referral
    assert "13.50 / 15" in referral
    peers = next(each.text for name, each in lines.items() if "互评" in name)
    assert "75 分 · 互评 4.0（1–5 分） · 5-9 家评分" in peers
    assert page.every("form") == page.one("footer").every("form")


def test_number_of_raters_is_a_band_for_everybody(season, browse):
    for person, code in (("li", "jia"), ("chen", "yi"), ("gao", "yi")):
        browser = signed_in(browse(season.site()), season, person)
        text = browser.opens(f"/units/{code}").text
        assert ("5-9" if code == "jia" else "10-19") in text
        assert "12 家评分" not in text
        assert "12 raters" not in browser.opens(f"/units/{code}?language=en").text


def test_unit_of_others_does_not_exist(season, browse):
    li = signed_in(browse(season.site()), season, "li")
    foreign, missing = li.get("/units/yi"), li.get("/units/no")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace("yi", "no") == missing.text
    for path in ("/units", "/units/%00", "/units/jia%20", "/units/" + "x" * 60):
        assert li.get(path).status_code in (403, 404)


def test_figure_from_fewer_than_five_patients_is_hidden_with_what_gives_it_away(hamlet, browse):
    hamlet.has_a_season(bing=(3, 1))
    browser = signed_in(browse(hamlet.site()), hamlet, "chen")
    page = browser.opens("/units/bing")
    line = next(each for name, each in lines_of(page).items() if "满意度" in name)
    assert "作答不足 5 份，不显示" in line.text
    assert "答卷不足 5 份；互评单位" in page.one("section", class_="score").text
    assert "— / " in line.text
    assert line.every("progress") == []
    part = next(each for each in page.every("section", class_="part") if "患者体验" in each.text)
    assert part.one("h2").text == "患者体验 —"
    parties = {each.one("dt").text: each.one("dd").text for each in page.one("dl", class_="facts").every("div")}
    assert parties["患者"] == "13.97"  # from a reading alone: the total does not know the answers either


def test_figure_of_a_survey_stands_with_its_evidence(season, browse):
    """Decision 3: definition, interval, how they were asked and in which window."""
    browser = signed_in(browse(season.site()), season, "li")
    line = next(each.text for name, each in lines_of(browser.page).items() if "满意度" in name and "教" not in name)
    assert "口径：线性得分（0–100），linear-0-100 · 95% 区间 68.47–88.05" in line
    assert "作答方式：网页 25 · 统计期 2026-10" in line
    english = browser.opens("/units/jia?language=en").text
    assert "95 % interval 68.47–88.05" in english
    assert "no response is held out of the points" in english


def test_third_parties_are_a_stream_of_their_own(hamlet, browse):
    """Rule 97: with their names and definitions, and never in a figure of ours."""
    hamlet.has_a_season()
    before = signed_in(browse(hamlet.site()), hamlet, "li").opens("/units/jia").one("section", class_="score").text
    with hamlet.database.transaction() as session:
        session.add(
            ThirdPartyImport(id="k", file_digest="d", rows=[], created_at=hamlet.now, expires_at=hamlet.now + HOUR,
                             made_by="person:chen", imported_at=hamlet.now)
        )  # fmt: skip
        session.flush()
        for source, definition, score, n in (("<b>省调查</b>", "topbox", 91, 400), ("另一家", "~综合满意度", 12, 4)):
            session.add(
                ThirdPartyResult(unit_code="jia", period="2026-10", source=source, definition=definition,
                                 score=Fraction(score), n=n, low=None, high=None, import_id="k")
            )  # fmt: skip
    page = signed_in(browse(hamlet.site()), hamlet, "li").opens("/units/jia")
    told = page.one("section", **{"aria-labelledby": "third-party"})
    assert told.one("h2").text == "第三方结果（单列，不与本医联体的调查合并）"
    assert [each.text for each in told.every("li")] == [
        "第三方 · <b>省调查</b> · 最高档占比（%）：91.00，样本 400",
        "第三方 · 另一家 · 综合满意度：作答不足 5 份，不显示",
    ]
    assert page.one("section", class_="score").text == before


def test_month_that_was_not_settled_is_told(season, browse):
    chen = signed_in(browse(season.site()), season, "chen")
    assert chen.get("/units/jia?period=2026-10").status_code == 200
    assert chen.get("/units/jia?period=2026-09").status_code == 404
    assert chen.get("/units/jia?period=%00").status_code == 422


def test_before_the_first_settlement_there_is_nothing_to_show(town, browse):
    li = signed_in(browse(town.site()), town, "li")
    assert (li.path, "还没有结算过的月份" in li.page.text) == ("/units/jia", True)


def test_units_are_listed_by_tier_for_those_who_see_them_all(season, browse):
    page = signed_in(browse(season.site()), season, "gao").opens("/units")
    assert [each.text for each in page.one("main").every("h2")] == ["三级医院", "二级医院", "社区中心"]
    assert [each["href"] for each in page.every("ul", class_="columns")[0].every("a")] == ["/units/jia"]
