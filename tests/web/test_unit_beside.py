"""What stands beside a scorecard: the tier's median, where it gives nobody away, movement, three months as one."""

from __future__ import annotations

from fractions import Fraction

from consortium.models import Unit
from tests.web.cast import signed_in
from tests.web.months_cast import NEXT, has_three_months

HANDS = ("zi", "chou", "yin", "mao")


def grown(town, number):
    """More tertiary hospitals that report their referrals in October: what the median is of."""
    with town.database.transaction() as session:
        for position, code in enumerate(HANDS[:number], start=20):
            session.add(Unit(code=code, name={"zh": f"{code}医院", "en": code}, tier="tertiary", district="", ownership="",
                             position=position, active=True))  # fmt: skip
    return town


def settled(town, number):
    grown(town, number)
    more = [f"{code},2026-10,down_referral,{10 + at},100," for at, code in enumerate(HANDS[:number])]
    return has_three_months(town, october=more)


def line(page, name):
    return next(each.text for each in page.every("li") if each.every("h3") and each.one("h3").text.startswith(name))


def test_unit_sees_the_median_of_five_and_not_of_four(hamlet, browse):
    """Jia has 13.5 %, the others 10 to 13 %: from the median of few, one could solve for another's."""
    settled(hamlet, 3)
    site = hamlet.site()
    assert "中位数" not in line(signed_in(browse(site), hamlet, "li").opens("/units/jia"), "下转率")
    assert "同层级中位数 11.5 %（4 家）" in line(signed_in(browse(site), hamlet, "chen").opens("/units/jia"), "下转率")


def test_unit_sees_the_median_of_five(hamlet, browse):
    settled(hamlet, 4)
    page = signed_in(browse(hamlet.site()), hamlet, "li").opens("/units/jia")
    assert "同层级中位数 12 %（5 家）" in line(page, "下转率")


def test_movement_is_said_only_against_the_month_before(town, browse):
    has_three_months(town)
    li = signed_in(browse(town.site()), town, "li")
    assert "与 2026-09 的差别在波动范围内" in li.opens("/units/jia").one("section", class_="score").text
    assert "波动" not in li.opens("/units/jia?period=2026-08").one("section", class_="score").text


def test_three_months_are_one_named_so_and_settled_nowhere(town, browse):
    has_three_months(town)
    li = signed_in(browse(town.site()), town, "li")
    page = li.opens("/units/jia")
    rolling = next(each for each in page.every("details") if "近三个月" in each.text)
    assert "2026-08–2026-10" in rolling.text
    share = Fraction(60 + 72 + 81, 3 * 600)  # 213 ÷ 1800 of 15 %
    assert f"{float(share * 100):.2f} %" in rolling.text
    assert "不单独结算" in rolling.text
    assert all("近三个月" not in each.text for each in li.opens("/units/jia?period=2026-09").every("details"))


def test_figures_say_how_and_when_they_came_in(town, browse):
    has_three_months(town)
    page = signed_in(browse(town.site()), town, "li").opens("/units/jia")
    assert f"文件导入（{NEXT[10]:%Y-%m-%d} 08:00）" in line(page, "下转率")
