"""A unit over time: its own only, every drawing with its table, broken where figures stop meaning the same."""

from __future__ import annotations

import pytest

from tests.web.cast import signed_in
from tests.web.months_cast import has_three_months


def test_history_shows_total_place_and_every_indicator_over_time(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "li").opens("/units/jia/history")
    assert page.one("h1").text == "人民医院：历史"
    tables = page.every("table")
    places = next(each for each in tables if "名次区间" in each.text)
    assert [row.one("th").text for row in places.one("tbody").every("tr")] == ["2026-10", "2026-09", "2026-08"]
    referral = next(each for each in page.every("section") if each.attributes.get("aria-label") == "下转率")
    assert "13.50 %" in referral.text or "13.5 %" in referral.text
    assert "比上一周期高 1.50" in referral.text
    cells = [next(cell.text for cell in row.every("td")) for row in referral.one("tbody").every("tr")]
    assert cells == ["10.00", "12.00", "13.50"]
    assert len(page.every("svg")) == len([each for each in page.every("details") if "数据表" in each.text])


def test_month_without_a_figure_says_why(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "chen").opens("/units/jia/history")
    taught = next(each for each in page.every("section") if each.attributes.get("aria-label") == "基层带教满意度")
    row = taught.one("tbody").every("tr")[1]
    assert [cell.text for cell in row.every("td")] == ["—", "未采集"]


@pytest.mark.parametrize("path", ["/units/jia/history", "/units/no/history"])
def test_history_of_another_unit_does_not_exist(town, browse, path):
    has_three_months(town)
    wang = signed_in(browse(town.site()), town, "wang")
    assert wang.get(path).status_code == 404


def test_history_before_the_first_settlement_says_so(town, browse):
    page = signed_in(browse(town.site()), town, "chen").opens("/units/jia/history?each=year")
    assert "还没有结算过的周期" in page.text


def test_unknown_kind_of_period_is_no_page(town, browse):
    chen = signed_in(browse(town.site()), town, "chen")
    assert chen.get("/units/jia/history?each=week").status_code == 404


def test_history_speaks_english(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "li").opens("/units/jia/history?language=en")
    assert "1.50 above the period before" in page.text
