"""Chen and Zhao drive a month by commands: in private and in the office's group, with buttons, and with two people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consortium.models import Chat, Installation, Role
from consortium.periods import Period
from locales.errors import DomainError, explain
from outbox.deliveries import enqueue
from outbox.message import Message, from_json
from outbox.models import Delivery
from reviews.rounds import round_of
from scheduler.models import Occurrence
from tests.cast import NOW
from tests.scheduler.cast import EXAMPLE

GROUP = "-500"


def said(code, language="zh", **details):
    return explain(language, DomainError(code, **details))


@pytest.fixture
def world(round_of_october):
    """October's round is open until the 20th at ten; the example timetable is applied; there is an office group."""
    with round_of_october.transaction() as session:
        session.execute(update(Installation).values(schedule=EXAMPLE))
        session.add(
            Chat(channel="telegram", address=GROUP, kind="group", title="绩效办", state="active", purpose="office",
                 seen_at=NOW)
        )  # fmt: skip
    return round_of_october


@pytest.fixture
def chen(world, phone, bind):
    device = phone("Chen", "201")
    bind(device, "chen")
    return device


@pytest.fixture
def zhao(world, phone, bind):
    device = phone("Zhao", "202")
    bind(device, "zhao")
    return device


@pytest.fixture
def li(world, phone, bind):
    device = phone("Li", "301")
    bind(device, "li")
    return device


def in_group(device, phone):
    """The same person, in the office's group."""
    return phone(device.name, device.account, chat=GROUP, title="绩效办")


def owed(database, address):
    with database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.address == address).order_by(Delivery.id)).all()
        return [from_json(row.message) for row in rows]


def round_now(database):
    with database.transaction() as session:
        found = round_of(session, Period.parse("2026-10"))
        return found.state, found.closes_at


def test_status_says_where_the_month_stands_and_what_comes_next(chen, li):
    chen.says("/status")
    assert chen.screen.split("\n") == [
        "【2026年10月】",
        "互评：进行中，0 家已完成，共 3 家",
        "截止时间：2026-10-20 10:00",
        "还没有完成（3 家）：人民医院、二院、社区中心",
        "患者答卷：0 份",
        "",
        "下一步：等待评分；可以 /remind、/extend，到时 /close（时间表会在 2026-10-20 10:00 自动执行）",
    ]
    assert chen.buttons == ["提醒", "延长", "关闭", "2026-09", "2026-11", "‹ 绩效办"]
    chen.taps("2026-11")
    assert "互评：还没有开启。" in chen.screen
    chen.says("/status 2026年9月")
    assert chen.screen.startswith("【2026年9月】")
    chen.says("/status nonsense")
    assert chen.said[-1] == said("command_month_malformed", written="nonsense")


def test_reminding_shows_first_and_acts_once(chen, li, world):
    chen.says("/remind")
    assert "将提醒 1 家还没有完成的单位：人民医院。" in chen.screen
    assert owed(world, "301") == []
    chen.taps_twice("发出提醒")
    assert chen.screen == "已提醒 1 家单位（1 个聊天）。"
    assert len(owed(world, "301")) == 1
    chen.taps("本月状态")
    chen.taps("提醒")
    assert chen.toast == said("act_nobody_reachable")


def test_extending_by_words_or_by_buttons(chen, li, world):
    chen.says("/extend")
    assert chen.buttons[:2] == ["延长 1 天（到 10-21 10:00）", "延长 2 天（到 10-22 10:00）"]
    chen.taps("延长 2 天（到 10-22 10:00）")
    assert "截止时间从 2026-10-20 10:00 改为 2026-10-22 10:00。" in chen.screen
    chen.says("/extend 10-23 18：30")
    assert "改为 2026-10-23 18:30。" in chen.screen
    chen.taps("延长截止时间")
    assert "截止时间已改为 2026-10-23 18:30" in chen.screen
    assert round_now(world)[1].isoformat() == "2026-10-23T10:30:00+00:00"
    with world.transaction() as session:
        assert [(run.job, run.period) for run in session.scalars(select(Occurrence))] == [("close", "2026-10")]
    for words, code, details in (
        ("/extend soon", "command_time_malformed", {"written": "soon"}),
        ("/extend 2026-02-30", "command_time_malformed", {"written": "2026-02-30"}),
        ("/extend 2026-10-22 10:00", "closing_not_later", {"closes_at": "2026-10-23 18:30"}),
        ("/extend 2027-10-22", "closing_too_far", {"days": 31}),
    ):
        chen.says(words)
        assert chen.said[-1] == said(code, **details)


def test_a_repeated_tap_does_nothing_twice_and_says_so(chen, li, world):
    chen.says("/extend 10-22")
    chen.taps("延长截止时间")
    before = len(owed(world, "301"))
    chen.again()
    assert chen.screen == "这一步已经处理过，没有重复执行。"
    assert len(owed(world, "301")) == before


def test_closing_early_takes_two_in_private(chen, zhao, world):
    chen.says("/close")
    assert "还有 3 家没有完成（共 3 家）：人民医院、二院、社区中心。" in chen.screen
    assert chen.buttons == ["提议，请另一位同意", "本月状态"]
    chen.taps("提议，请另一位同意")
    assert chen.screen.startswith("陈静 提议如下，2026-10-09 10:00 前要另一位同事同意：")
    chen.taps("同意并执行")
    assert chen.toast == said("act_own")
    assert round_now(world)[0] == "open"
    zhao.says("/status")
    zhao.taps("待同意：关闭 2026年10月 互评")
    zhao.taps("同意并执行")
    assert zhao.screen == "2026年10月 互评已关闭，接着是计票。\n由 陈静 提议，赵磊 同意。"
    assert round_now(world)[0] == "closed"
    assert owed(world, "201")[-1].text == "赵磊 已同意“关闭 2026年10月 互评”，已经执行。"
    chen.taps("同意并执行")
    assert chen.toast == said("act_over")


def test_the_notices_buttons_are_the_second_persons(chen, zhao, world):
    chen.says("/close")
    chen.taps("提议，请另一位同意")
    zhao.shows(owed(world, "202")[-1], None)
    zhao.taps("不同意 / 撤回")
    assert zhao.screen == "赵磊 不同意：“关闭 2026年10月 互评”没有执行。"
    assert round_now(world)[0] == "open"


def test_in_the_group_only_the_offices_taps_count(chen, zhao, li, phone, world):
    here = in_group(chen, phone)
    here.says("/close")
    here.taps("提议，请另一位同意")
    theirs = in_group(li, phone)
    theirs.messages = here.messages
    theirs.taps("同意并执行")
    assert theirs.toast == said("not_allowed")
    stranger = phone("Mallory", "666", chat=GROUP)
    stranger.messages = here.messages
    stranger.taps("同意并执行")
    assert stranger.toast == said("not_allowed")
    assert round_now(world)[0] == "open"
    other = in_group(zhao, phone)
    other.messages = here.messages
    other.taps("同意并执行")
    assert other.screen.endswith("由 陈静 提议，赵磊 同意。")
    assert round_now(world)[0] == "closed"


def test_in_the_group_an_act_names_who_did_it(chen, li, phone, world):
    here = in_group(chen, phone)
    here.says("/remind")
    here.taps("发出提醒")
    assert here.screen == "已提醒 1 家单位（1 个聊天）。\n由 陈静 决定。"
    assert "‹ 绩效办" not in here.buttons


def test_a_group_that_is_not_the_offices_any_more_has_dead_buttons(chen, phone, world):
    here = in_group(chen, phone)
    here.says("/close")
    with world.transaction() as session:
        session.execute(update(Chat).where(Chat.address == GROUP).values(purpose=None))
    here.taps("提议，请另一位同意")
    assert here.toast == said("button_expired")


def test_whoever_may_not_is_told_in_private(li, phone, world):
    here = in_group(li, phone)
    before = len(owed(world, "301"))
    here.says("/close")
    assert here.said == []
    assert [message.text for message in owed(world, "301")[before:]] == [said("not_allowed")]


def test_what_changed_before_the_tap_is_refused(chen, li, zhao, phone, world):
    chen.says("/remind")
    zhao.says("/extend 10-22")
    zhao.taps("延长截止时间")
    chen.taps("发出提醒")
    assert chen.toast == said("act_changed")


def test_a_role_that_is_gone_acts_no_more(chen, li, zhao, world):
    chen.says("/remind")
    zhao.says("/close")
    zhao.taps("提议，请另一位同意")
    with world.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="auditor"))
    chen.taps("发出提醒")
    assert chen.toast == said("not_allowed")
    chen.shows(owed(world, "201")[-1], None)
    chen.taps("同意并执行")
    assert chen.toast == said("not_allowed")
    assert (round_now(world)[0], owed(world, "301")) == ("open", [])


def test_what_failed_and_what_waits_stands_in_the_status(chen, zhao, world):
    with world.transaction() as session:
        for state, outcome in (("failed", "no_cooperation"), ("due", "round_is_open"), ("due", "pages_missing_code")):
            session.add(
                Occurrence(job="count", due_at=NOW + timedelta(hours=len(outcome)), period="2026-10", late="run",
                           state=state, fence=1, failures=1, noted_at=NOW, outcome=outcome,
                           finished_at=NOW if state == "failed" else None)
            )  # fmt: skip
        for number in range(3):
            enqueue(session, dedupe_key=f"x{number}", channel="telegram", address="9", kind="notice",
                    message=Message("x"), now=NOW)  # fmt: skip
        session.execute(update(Delivery).where(Delivery.address == "9").values(state="refused", settled_at=NOW))
        session.execute(update(Delivery).where(Delivery.dedupe_key == "x0").values(state="uncertain", settled_at=None))
    zhao.says("/close")
    zhao.taps("提议，请另一位同意")
    chen.says("/status")
    failed = chen.screen.partition("失败或延迟：\n")[2].partition("\n\n")[0].split("\n")
    assert failed[0].startswith("· 互评计票（2026-10-08 23:00）还在等：2026-10 的互评")
    assert failed[1].startswith("· 互评计票（2026-10-09 00:00）失败：")
    assert failed[2] == "· 互评计票（2026-10-09 04:00）还在等：代码 pages_missing_code"
    assert failed[3:] == ["· 1 条消息可能已发出，要人判断：/deliveries", "· 月初以来 2 条消息未能送达"]
    assert "· 赵磊 提议“关闭 2026年10月 互评”，2026-10-09 10:00 前有效" in chen.screen
    chen.says("/deliveries")
    assert "· 可能已发出：1" in chen.said[-2]
    assert "1. 再发一次" in chen.buttons


def test_steps_that_are_not_due_are_refused_in_one_sentence(chen, world):
    for words, code, details in (
        ("/open", "round_is_open", {"period": "2026-10"}),
        ("/settle", "act_nothing_to_settle", {}),
        ("/settle 2026-10", "period_not_over", {"period": "2026-10"}),
        ("/draft", "act_nothing_to_draft", {}),
        ("/draft 2026-10", "act_not_settled", {"period": "2026-10"}),
        ("/remind 2026-09", "round_unknown", {"period": "2026-09"}),
    ):
        chen.says(words)
        assert chen.said[-1] == said(code, **details)


def test_the_closing_time_that_passed_can_be_closed_by_one(chen, world):
    chen.now = NOW + timedelta(days=12)
    chen.says("/status")
    assert "截止时间 2026-10-20 10:00 已过，还没有关闭" in chen.screen
    chen.taps("关闭")
    assert chen.buttons[0] == "关闭互评"
    chen.taps("关闭互评")
    assert round_now(world)[0] == "closed"


def test_several_months_to_settle_are_a_choice(chen, world):
    chen.now = NOW + timedelta(days=70)
    chen.says("/settle")
    assert chen.buttons == ["2026-10", "2026-11", "本月状态"]
    chen.taps("2026-10")
    assert chen.toast == said("round_open", period="2026-10")


def test_release_in_private_is_the_preview_and_in_the_group_a_list(chen, draft_of_october, phone, world):
    chen.says("/release")
    assert "提议发布" in chen.buttons
    here = in_group(chen, phone)
    here.says("/release")
    assert here.screen == "等待发布的简报：\n· 2026年10月协同简报（草稿）\n内容和处理请与我私聊。"
    assert here.buttons == []


def test_english_is_complete(chen, zhao, world):
    chen.says("/language")
    chen.taps("English")
    for words in ("/status", "/close", "/extend", "/help", "/deliveries", "/duty", "/log", "/objections", "/release"):
        chen.says(words)
        assert not any("一" <= letter <= "鿿" for letter in chen.said[-1].replace("陈静", "").replace("赵磊", "")
                       .replace("李敏", "").replace("王芳", "")), chen.said[-1]  # fmt: skip
