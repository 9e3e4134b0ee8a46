"""The steps of a month on their pages: shown exactly, done by one, never twice, refused in one sentence."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from bulletins.models import Bulletin
from consortium.models import Installation, Role
from outbox.models import Delivery
from reviews.models import ReviewRound
from tests.evaluation.cast import OCTOBER as SETTLED
from tests.scheduler.acting import actions, plan_of, state
from tests.scheduler.cast import EXAMPLE, at
from tests.web.act_desk import PATH, alert, begun, buttons, click_again, count, done, opened, press, said, seated, shown
from tests.web.cast import signed_in


@pytest.fixture
def office(database, tmp_path):
    return begun(database, tmp_path)


@pytest.fixture
def voting(office):
    return opened(office)


@pytest.fixture
def sits(browse):
    return lambda here, person: seated(browse, here, person)


def test_steps_are_listed_with_what_they_do_and_where_the_month_stands(voting, sits):
    chen = sits(voting, "chen")
    page = chen.opens(PATH)
    [steps] = page.one("main").every("ol")
    assert [link["href"] for link in steps.every("a")] == [
        f"{PATH}/{command}" for command in ("open", "remind", "extend", "close", "settle", "draft")
    ]
    now = [item.one("a").text for item in steps.every("li") if item.every("span", class_="mark")]
    assert now == ["提醒未完成的单位（/remind）", "延长截止时间（/extend）", "关闭互评（/close）"]
    assert "没有等待同意的提议。" in page.text
    assert page.one("nav", class_="desk").every("ul")[0].every("a", href=PATH)[0].text == "本月步骤"
    english = chen.opens(f"{PATH}?language=en")
    assert "Steps of October 2026" in english.text
    assert "Nothing waits for a second person." in english.text


def test_reminding_is_shown_exactly_done_once_and_said(voting, sits):
    voting.votes("jia")
    chen = sits(voting, "chen")
    chen.opens(f"{PATH}/remind")
    _, zh, en = plan_of(voting, "remind")
    assert shown(chen) == " ".join(zh.split())
    assert buttons(chen) == [("do", "发出提醒")]
    before = len(voting.told())
    press(chen, "do")
    assert done(chen) == "已提醒 1 家单位（1 个聊天）。"
    assert len(voting.told()) == before + 1
    click_again(chen)
    assert (chen.status, alert(chen)) == (409, "没有执行任何操作。" + said("act_nobody_reachable"))
    assert buttons(chen) == []
    assert len(voting.told()) == before + 1
    assert [what for _, what in actions(voting)].count("remind_raters") == 1
    chen.opens(f"{PATH}/close?language=en")
    _, _, en = plan_of(voting, "close")
    assert shown(chen) == " ".join(en.split())


def test_opening_asks_for_nobody_else(office, sits):
    chen = sits(office, "chen")
    chen.opens(f"{PATH}/open")
    assert "6 家单位互相评分" in shown(chen)
    press(chen, "do")
    assert done(chen).startswith("2026年10月 互评已开启")
    assert state(office)[0] == "open"
    click_again(chen)
    assert chen.status == 409
    assert alert(chen).startswith("没有执行任何操作。")
    assert [what for _, what in actions(office)].count("open_round") == 1


def test_extending_asks_for_a_time_on_the_consortiums_clock(voting, sits):
    chen = sits(voting, "chen")
    field = chen.opens(f"{PATH}/extend").one("input", id="closes_at")
    assert (field["type"], field["value"]) == ("datetime-local", "2026-11-03T18:00")
    assert "时区 Asia/Shanghai" in chen.page.text
    assert buttons(chen) == []
    chen.opens(f"{PATH}/extend?closes_at=2026-11-04T17:30")
    assert "截止时间从 2026-11-02 18:00 改为 2026-11-04 17:30。" in shown(chen)
    press(chen, "do")
    assert state(voting) == ("open", at("2026-11-04 17:30"))
    assert done(chen).startswith("2026年10月 互评截止时间已改为 2026-11-04 17:30，已通知")
    click_again(chen)
    assert (chen.status, alert(chen)) == (
        409, "没有执行任何操作。" + said("closing_not_later", closes_at="2026-11-04 17:30"),
    )  # fmt: skip
    chen.opens(f"{PATH}/extend?closes_at=2026-11-05T17:30")
    assert buttons(chen) == [("propose", "提议，请另一位同意")]
    assert "截止时间已经延长过" in shown(chen)
    for written in ("nonsense", "2026-02-31T10:00", "2026-11-05T25:00", "2026-11-05T17:30:00%2B08:00"):
        page = chen.opens(f"{PATH}/extend?closes_at={written}")
        assert (chen.status, alert(chen)) == (200, "看不懂这个时间，请照 2026-11-05 18:00 的样子填写。"), written
        assert page.every("input", id="closes_at") != []
    chen.opens(f"{PATH}/extend?closes_at=2026-11-01T17:30")
    assert said("closing_not_later", closes_at="2026-11-04 17:30") in chen.page.text
    voting.clock.moves_to("2026-11-04 18:00")
    chen = sits(voting, "chen")
    assert chen.opens(f"{PATH}/extend").one("input", id="closes_at")["value"] == "2026-11-05T17:30"


def test_a_draft_is_made_once_and_leads_to_its_page(hamlet, browse):
    hamlet.has_a_season()
    with hamlet.database.transaction() as session:
        session.execute(delete(Bulletin))
    chen = signed_in(browse(hamlet.site()), hamlet, "chen")
    chen.opens(f"{PATH}/draft")
    press(chen, "do")
    assert done(chen).startswith("2026年10月 简报草稿已生成")
    link = chen.page.one("p", role="status").one("a")["href"]
    assert link == f"/office/bulletins/{hamlet.one(Bulletin).id}"
    click_again(chen)
    assert (chen.status, hamlet.count(Bulletin)) == (409, 1)
    chen.opens(f"{PATH}/draft")
    assert said("act_nothing_to_draft") in chen.page.text
    chen.opens(f"{PATH}/draft?period={SETTLED}")
    assert said("act_drafted", period="2026-10") in chen.page.text
    chen.opens(f"{PATH}/remind?language=en")
    assert said("act_no_round", "en") in chen.page.text


def test_only_the_office_is_let_in(voting, sits):
    chen, li = sits(voting, "chen"), sits(voting, "li")
    chen.opens(f"{PATH}/close")
    press(chen, "propose")
    token = li.opens("/bulletins").one("footer").one("input", name="csrf")["value"]
    plan, _, _ = plan_of(voting, "remind")
    fields = {"csrf": token, "act": "do", "period": "2026-10", "closes_at": "", "digest": plan.digest}
    for address in (PATH, f"{PATH}/close", f"{PATH}/nothing", f"{PATH}/proposals/1", f"{PATH}/proposals/99"):
        assert li.get(address).status_code == 403, address
    assert li.post(f"{PATH}/remind", fields).status_code == 403
    assert li.post(f"{PATH}/proposals/1", {"csrf": token, "act": "agree", "digest": "0" * 64}).status_code == 403
    with voting.database.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="auditor"))
    assert click_again(chen) is not None
    assert chen.status == 403
    assert count(voting, Delivery, Delivery.dedupe_key.startswith("remind:")) == 0


def test_bad_input_does_nothing(voting, sits):
    chen = sits(voting, "chen")
    token = chen.opens(PATH).one("footer").one("input", name="csrf")["value"]
    plan, _, _ = plan_of(voting, "remind")
    good = {"csrf": token, "act": "do", "period": "2026-10", "closes_at": "", "digest": plan.digest}
    for change, command, status in (
        ({"csrf": "0" * 32}, "remind", 403),
        ({"act": "x"}, "remind", 400),
        ({"period": "2026-13"}, "remind", 400),
        ({"period": "2026-09"}, "remind", 409),
        ({"digest": ""}, "remind", 409),
        ({"digest": "0" * 64}, "remind", 409),
        ({"act": "propose"}, "remind", 409),
        ({}, "extend", 400),
        ({"closes_at": "tomorrow"}, "extend", 422),
        ({}, "nothing", 404),
        ({"person": "zhao"}, "remind", 422),
    ):
        chen.post(f"{PATH}/{command}", good | change)
        assert chen.status == status, (change, command)
    for address in (f"{PATH}/nothing", f"{PATH}/close?period=x", f"{PATH}/proposals/7", f"{PATH}/proposals/{2**40}"):
        assert chen.get(address).status_code == 404, address
    decision = {"csrf": token, "act": "agree", "digest": ""}
    assert chen.post(f"{PATH}/proposals/7", decision).status_code == 404
    assert chen.post(f"{PATH}/proposals/7", decision | {"act": "x"}).status_code == 400
    for query in ("done=remind", "done=x&period=2026-10", "done=remind&period=<b>", "done=proposed"):
        assert chen.opens(f"{PATH}?{query}").every("p", role="status") == [], query
    assert [what for _, what in actions(voting) if what.endswith("_act") or what == "remind_raters"] == []


def test_without_a_closing_time_there_is_nothing_to_extend(voting, sits):
    with voting.database.transaction() as session:
        session.execute(update(ReviewRound).values(closes_at=None))
        session.execute(update(Installation).values(schedule={**EXAMPLE, "jobs": []}))
    chen = sits(voting, "chen")
    chen.opens(f"{PATH}/extend")
    assert said("round_without_end", period="2026-10") in chen.page.text
    assert chen.page.every("input", id="closes_at") == []
    chen.opens(f"{PATH}/extend?closes_at=2026-11-05T17:30")
    assert buttons(chen) == []
