"""All units beside each other, for those who may see them; the consortium over time, for everybody inside."""

from __future__ import annotations

import pytest

from tests.web.cast import signed_in
from tests.web.months_cast import has_three_months


def facts(section):
    return {each.one("dt").text: each.one("dd").text for each in section.one("dl").every("div")}


def test_indicator_shows_every_unit_with_target_and_points(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "chen").opens("/indicators/down_referral")
    rows = {row.one("th").text: [cell.text for cell in row.every("td")] for row in page.every("tbody")[0].every("tr")}
    assert rows == {"人民医院": ["13.5 %", "81 ÷ 600", "15", "未达标", "13.50 / 15"]}
    whole = next(each for each in page.every("section") if each.attributes.get("aria-labelledby") == "whole")
    assert facts(whole) == {"合并计算": "13.5 %", "各单位平均": "13.5 %", "有数据的单位": "1"}


def test_an_earlier_month_can_be_chosen(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "sun").opens("/indicators/down_referral?period=2026-08")
    assert "10 %" in page.text
    assert "60 ÷ 600" in page.text


def test_tiers_are_held_against_each_other(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "gao").opens("/indicators/readmission")
    gaps = next(each for each in page.every("section") if each.attributes.get("aria-labelledby") == "gaps")
    assert "二级医院与三级医院相差 -3.00" in gaps.text  # 6 % there, 3 % here


def test_single_units_are_for_those_who_see_the_season(town, browse):
    has_three_months(town)
    li = signed_in(browse(town.site()), town, "li")
    assert [li.get(path).status_code for path in ("/indicators", "/indicators/down_referral")] == [403, 403]


@pytest.mark.parametrize("path", ["/indicators/nothing", "/indicators/%00", "/trend?each=week"])
def test_what_there_is_not_is_no_page(town, browse, path):
    has_three_months(town)
    assert signed_in(browse(town.site()), town, "chen").get(path).status_code == 404


def test_list_of_indicators_is_by_dimension(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "chen").opens("/indicators")
    assert page.every("section")[0].one("h2").text == "医疗质量"
    assert any(each.attributes.get("href") == "/indicators/down_referral" for each in page.every("a"))


def test_consortium_over_time_hides_from_units_what_few_units_make_up(town, browse):
    """Three units: one could subtract itself and know the other two's sum."""
    has_three_months(town)
    site = town.site()
    office = signed_in(browse(site), town, "chen").opens("/trend")
    assert any(each.attributes.get("aria-label") == "下转率" for each in office.every("section"))
    unit = signed_in(browse(site), town, "li").opens("/trend")
    assert unit.every("svg") == []
    assert "少于 5 家" in unit.text


def test_pages_are_empty_before_the_first_settlement(town, browse):
    chen = signed_in(browse(town.site()), town, "chen")
    for path in ("/indicators", "/trend"):
        assert "还没有结算过的周期" in chen.opens(path).text
    assert chen.get("/indicators/down_referral").status_code == 404
