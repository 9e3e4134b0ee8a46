"""Acts that two people have to want, on their pages: proposed once, agreed to by another, never one's own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from reviews.rounds import close_round
from scheduler.models import Occurrence, OfficeAct
from tests.scheduler.acting import actions, plan_of, state
from tests.scheduler.cast import OCTOBER
from tests.web.act_desk import (
    PATH,
    agreed,
    alert,
    begun,
    buttons,
    click_again,
    count,
    done,
    opened,
    press,
    said,
    seated,
    shown,
)


@pytest.fixture
def office(database, tmp_path):
    return begun(database, tmp_path)


@pytest.fixture
def voting(office):
    return opened(office)


@pytest.fixture
def sits(browse):
    return lambda here, person: seated(browse, here, person)


def test_closing_early_is_proposed_once_and_done_by_another(voting, sits):
    chen, zhao = sits(voting, "chen"), sits(voting, "zhao")
    chen.opens(f"{PATH}/close")
    assert buttons(chen) == [("propose", "提议，请另一位同意")]
    press(chen, "propose")
    assert chen.path.startswith(f"{PATH}/proposals/1")
    assert done(chen) == "已提议，并通知了绩效办的其他同事。"
    assert buttons(chen) == [("refuse", "撤回提议")]
    told = len(voting.told("102"))
    click_again(chen)
    assert done(chen) == "您已经提议过，没有重复提议。"
    assert (count(voting, OfficeAct), len(voting.told("102"))) == (1, told)
    chen.opens(f"{PATH}/close")
    assert buttons(chen) == []  # it stands: what else is there to press
    chen.post(f"{PATH}/proposals/1", agreed(chen, voting))
    assert (chen.status, alert(chen)) == (409, "没有执行任何操作。" + said("act_own"))
    assert state(voting)[0] == "open"
    page = zhao.opens(PATH)
    assert "陈 提议，2026-10-23 09:30 前有效。" in page.text
    zhao.opens(f"{PATH}/close")
    assert buttons(zhao) == []
    zhao.opens(zhao.page.one("main").one("section", class_="attention").one("a")["href"])
    _, zh, _ = plan_of(voting, "close")
    assert shown(zhao) == " ".join(zh.split())
    assert buttons(zhao) == [("agree", "同意并执行"), ("refuse", "不同意")]
    press(zhao, "agree")
    assert state(voting)[0] == "closed"
    assert done(zhao) == "2026年10月 互评已关闭，接着是计票。"
    assert "由 陈 提议，赵 同意。" in zhao.page.text
    click_again(zhao)
    assert (zhao.status, alert(zhao)) == (409, "没有执行任何操作。" + said("act_over"))
    assert [what for _, what in actions(voting)].count("close_round") == 1
    assert voting.told("101")[-1] == "赵 已同意“关闭 2026年10月 互评”，已经执行。"


def test_a_proposal_is_refused_by_another_or_taken_back(voting, sits):
    chen, zhao = sits(voting, "chen"), sits(voting, "zhao")
    for number, (who, act, words) in enumerate(
        [(zhao, "refuse", "陈 提议；赵 不同意"), (chen, "refuse", "陈 提议；由 陈 撤回")], start=1
    ):
        chen.opens(f"{PATH}/close")
        press(chen, "propose")
        who.opens(f"{PATH}/proposals/{number}")
        press(who, act)
        assert words in who.page.text
        assert buttons(who) == []
        click_again(who)
        assert who.status == 409
    assert "没有等待同意的提议。" in zhao.opens(PATH).text
    assert state(voting)[0] == "open"
    assert "Not done" in zhao.opens(f"{PATH}/proposals/1?language=en").text


def test_what_changed_since_it_was_shown_is_told_and_not_done(voting, sits):
    chen, zhao = sits(voting, "chen"), sits(voting, "zhao")
    chen.opens(f"{PATH}/close")
    voting.votes("jia")
    press(chen, "propose")
    assert (chen.status, alert(chen)[:15]) == (409, "情况已经变化，没有执行任何操作")
    assert count(voting, OfficeAct) == 0
    press(chen, "propose")  # the plan below is the one of now
    zhao.opens(f"{PATH}/proposals/1")
    voting.votes("yi")
    press(zhao, "agree")
    assert alert(zhao) == "“关闭 2026年10月 互评”的情况已经变化，没有执行；请 陈 重新查看后再提议。"
    assert state(voting)[0] == "open"
    chen.opens(f"{PATH}/close")
    press(chen, "propose")
    with voting.database.transaction() as session:
        close_round(session, period=OCTOBER, actor="test", now=voting.clock())
    zhao.opens(f"{PATH}/proposals/2")
    assert "情况已经变化" in zhao.page.text
    assert buttons(zhao) == [("refuse", "不同意")]
    assert "round_is_closed" not in chen.opens(f"{PATH}/close").text
    assert buttons(chen) == []


def test_who_proposes_what_another_has_proposed_meanwhile_is_led_there(voting, sits):
    chen, zhao = sits(voting, "chen"), sits(voting, "zhao")
    chen.opens(f"{PATH}/close")
    zhao.opens(f"{PATH}/close")
    press(chen, "propose")
    press(zhao, "propose")
    assert (zhao.status, alert(zhao)) == (409, "没有执行任何操作：陈 已经提议过同一件事，请查看那项提议。")
    assert zhao.page.one("main").one("section", class_="attention").one("a")["href"] == f"{PATH}/proposals/1"
    assert (buttons(zhao), count(voting, OfficeAct)) == ([], 1)
    voting.votes("jia")
    zhao.opens(f"{PATH}/close")
    assert buttons(zhao) == []
    assert "情况已经变化" in zhao.opens(f"{PATH}/proposals/1").text
    assert buttons(zhao) == [("refuse", "不同意")]
    chen.opens(f"{PATH}/close")
    press(chen, "propose")  # who proposes what it is by now replaces what they proposed before
    assert chen.path.startswith(f"{PATH}/proposals/2")
    assert "已撤回" in chen.opens(f"{PATH}/proposals/1").text


def test_a_proposal_that_ran_out_says_so(voting, sits):
    chen = sits(voting, "chen")
    chen.opens(f"{PATH}/close")
    press(chen, "propose")
    voting.clock.passes(hours=24)
    zhao = sits(voting, "zhao")  # sessions do not last so long
    zhao.opens(f"{PATH}/proposals/1")
    assert "陈 的提议只到 2026-10-23 09:30 有效" in zhao.page.text
    assert buttons(zhao) == [("refuse", "不同意")]
    zhao.post(f"{PATH}/proposals/1", agreed(zhao, voting))
    assert (zhao.status, alert(zhao)) == (409, "没有执行任何操作。" + said("act_expired"))
    assert "没有等待同意的提议。" in zhao.opens(PATH).text
    zhao.opens(f"{PATH}/close")
    assert buttons(zhao) == [("propose", "提议，请另一位同意")]


def test_several_months_to_settle_are_a_choice(office, sits):
    office.clock.moves_to("2026-12-03 09:00")
    chen, zhao = sits(office, "chen"), sits(office, "zhao")
    page = chen.opens(f"{PATH}/settle")
    assert [(each["href"], each.text) for each in page.one("main").every("a", class_="button")] == [
        (f"{PATH}/settle?period=2026-10", "2026年10月"), (f"{PATH}/settle?period=2026-11", "2026年11月"),
    ]  # fmt: skip
    chen.opens(f"{PATH}/settle?period=2026-11")
    assert chen.heading == "结算 2026年11月"
    assert "个应报数据没有到" in shown(chen)
    press(chen, "propose")
    zhao.opens(f"{PATH}/proposals/1")
    press(zhao, "agree")
    assert done(zhao).startswith("2026年11月 的结算已下达")
    ordered = select(Occurrence.period).where(Occurrence.job == "settle", Occurrence.state == "due")
    with office.database.transaction() as session:
        assert session.scalars(ordered).all() == ["2026-11"]
    chen.opens(f"{PATH}/settle?period=2026-11")
    assert said("act_ordered", period="2026-11") in chen.page.text
