"""A unit's own page: every point with its inputs; nobody else's."""

from __future__ import annotations

import pytest

from tests.web.cast import signed_in


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
    assert "75 分 · 5-9 家评分" in peers
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
    assert "不足 5 份，不公布" in line.text
    assert "— / " in line.text
    assert line.every("progress") == []
    part = next(each for each in page.every("section", class_="part") if "患者体验" in each.text)
    assert part.one("h2").text == "患者体验 —"
    parties = {each.one("dt").text: each.one("dd").text for each in page.one("dl", class_="facts").every("div")}
    assert parties["患者"] == "—"


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
