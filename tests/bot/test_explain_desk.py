"""The scorecard in chat: Li sees her own hospital's, point by point; Chen chooses a unit; nobody sees what is not theirs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.explain_desk import _pages
from bulletins.cutting import utf16_length
from consortium.periods import Period
from evaluation.indicators import ImportReport, import_readings
from evaluation.scorecards import settle_period
from locales.errors import DomainError, explain
from outbox.message import Button, encode_action
from tests.bot.phone import SECRET
from tests.cast import NOW
from tests.evaluation.cast import JIA_READINGS, Season, csv, example

AUGUST, SEPTEMBER = Period(2026, month=8), Period(2026, month=9)
IN_TIME = datetime(2026, 8, 20, tzinfo=UTC)
UNKNOWN = explain("zh", DomainError("unit_unknown", unit="yi"))


@pytest.fixture
def settled(consortium):
    """August and September are settled; in September one referral more came back."""
    with consortium.transaction() as session:
        Season(session).is_scored_by(example())
        for month, more in ((AUGUST, "81"), (SEPTEMBER, "82")):
            rows = [row.replace("2026-10", str(month)).replace(",81,", f",{more},") for row in JIA_READINGS]
            report = import_readings(session, content=csv(*rows), file="x.csv", actor="person:chen", now=IN_TIME)
            assert isinstance(report, ImportReport)
            settle_period(session, period=month, actor="person:chen", now=NOW)
    return consortium


@pytest.fixture
def li(settled, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    return li


@pytest.fixture
def chen(settled, phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


def test_representative_sees_total_dimensions_and_every_line(li):
    li.starts()
    li.taps("成绩单")
    assert li.screen.splitlines()[0] == "人民医院 · 三级医院 · 2026-09"
    assert "医疗质量" in li.screen
    assert li.buttons == ["医疗质量", "运营效率", "患者体验", "协同程度", "能力建设", "◀ 2026-08", "‹ 主菜单"]
    li.taps("协同程度")
    assert li.screen.splitlines()[0] == "人民医院 · 2026年9月"
    assert "· 下转率：13.67 %（82 ÷ 600）；0 为 0 分、15 为满分，达成 91.11 %，得 13.67 / 15 分" in li.screen
    li.taps("返回成绩单")
    li.taps("◀ 2026-08")
    assert "2026-08" in li.screen.splitlines()[0]
    li.taps("协同程度")
    assert "13.5 %（81 ÷ 600）" in li.screen


def test_screens_fit_a_small_phone(li):
    li.says("/explain")
    screens = [li.screen]
    for dimension in ("医疗质量", "运营效率", "患者体验", "协同程度", "能力建设"):
        li.taps(dimension)
        screens.append(li.screen)
        assert max(len(row) for row in li.message.buttons) <= 2
        li.taps("返回成绩单")
    assert max(map(utf16_length, screens)) < 1500


def test_command_takes_a_unit_and_a_month(chen):
    chen.says("/explain 2026-08 jia")
    assert chen.screen.splitlines()[0] == "人民医院 · 三级医院 · 2026-08"
    chen.says("/explain 2026-07 jia")
    assert chen.screen == "人民医院 在 2026年7月 没有成绩单。"


def test_office_chooses_a_unit(chen):
    chen.starts()
    chen.taps("绩效办")
    chen.taps("各单位成绩单")
    assert chen.buttons == ["人民医院", "二院", "社区中心", "‹ 主菜单"]
    chen.taps("社区中心")
    assert chen.screen.splitlines()[0] == "社区中心 · 基层医疗卫生机构 · 2026-09"
    assert chen.buttons[-2:] == ["其他单位", "‹ 主菜单"]


def test_a_unit_that_is_not_the_speakers_does_not_exist(li, phone):
    li.says("/explain yi")
    assert UNKNOWN in li.said
    for action in (("k", "yi"), ("k", "yi", "26-09", "0"), ("k", ".", "0"), ("k", "nobody", "26-09")):
        li.does(li.tap(li.newest, Button("?", action)))
        assert "二院" not in li.screen
    mei = phone("Mei", "111")
    mei.says("/explain jia")
    assert "总分" not in mei.screen


def test_odd_buttons_are_refused_in_one_sentence(li):
    li.says("/explain")
    before = li.screen
    for action in (("k", "jia", "26-13"), ("k", "jia", "26-09", "99"), ("k", "jia", "x"), ("k", "jia", "26-07", "0")):
        li.does(li.tap(li.newest, Button("?", action)))
        assert li.screen == before
        assert li.toast


def test_longest_codes_fit_a_button():
    encode_action(SECRET, "1", ("k", "a" * 40, "26-Q4", "4", "9"))


def test_nothing_settled_is_said(consortium, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    li.says("/explain")
    assert li.screen == "还没有结算过的考核期。"


def test_long_dimensions_are_cut_between_lines():
    lines = [f"· {'一' * 300}" if place % 2 == 0 else "  说明" for place in range(20)]
    pages = _pages(lines)
    assert len(pages) == 4
    assert [line for page in pages for line in page] == lines
    assert all(page[0].startswith("·") for page in pages)
