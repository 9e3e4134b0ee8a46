"""Taking an edition back in chat, how an edition looks in other channels, and which part of it is in doubt."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bulletins.models import Retraction
from bulletins.publication import parts_of
from consortium.models import Chat
from locales.errors import DomainError, explain
from outbox.message import Button, from_json
from outbox.models import Delivery
from tests.bulletins.samples import group_of_26
from tests.cast import NOW

REASON = "结算前有一个数字录错了"


def said(code, **details):
    return explain("zh", DomainError(code, **details))


@pytest.fixture
def places(consortium, draft_of_october):
    """Besides the group that speaks English: a robot of WeCom, one of DingTalk, a mailbox."""
    with consortium.transaction() as session:
        for channel, address, title in (
            ("wecom", "staff", "职工群"), ("dingtalk", "board", ""), ("email", "a@example.org", ""),
        ):  # fmt: skip
            session.add(Chat(channel=channel, address=address, kind="group", title=title, state="active",
                             purpose="bulletin", language=None, seen_at=NOW))  # fmt: skip
    return consortium


@pytest.fixture
def chen(places, phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


@pytest.fixture
def zhao(places, phone, bind):
    zhao = phone("Zhao", "202")
    bind(zhao, "zhao")
    return zhao


def looks(device):
    device.says("/start")
    device.taps("绩效办")
    device.taps("协同简报")
    device.taps(next(label for label in device.buttons if "协同简报（" in label))


def release(chen, zhao, database):
    looks(chen)
    chen.taps("提议发布")
    looks(zhao)
    zhao.taps("发布")
    with database.transaction() as session:
        session.execute(
            update(Delivery).where(Delivery.kind == "bulletin", Delivery.channel == "telegram")
            .values(state="sent", settled_at=NOW, message_ref="77")
        )  # fmt: skip


def rows(database, *conditions):
    with database.transaction() as session:
        return session.scalars(select(Delivery).where(*conditions).order_by(Delivery.id)).all()


def test_a_draft_says_where_it_goes_and_how_it_looks_there(chen, places, draft_of_october):
    looks(chen)
    assert "将发往 4 处" in chen.screen
    for name in ("Telegram 1 处", "企业微信 1 处", "钉钉 1 处", "邮件 1 处"):
        assert name in chen.screen
    assert "在Telegram中的样子" not in chen.buttons  # as it looks here
    for channel, label in (
        ("wecom", "在企业微信中的样子"),
        ("dingtalk", "在钉钉中的样子"),
        ("email", "在邮件中的样子"),
    ):
        before = len(chen.messages)
        chen.taps(label)
        shown = list(chen.messages.values())[before:]
        parts = [message for _, message in parts_of(draft_of_october, group_of_26(), "zh", channel)]
        assert f"共 {len(parts)} 条消息" in shown[0].text
        words = "\n".join(message.text for message in shown[1:-1])
        assert [line for part in parts for line in part.text.splitlines() if line not in words] == []
        assert sum(message.picture is not None for message in shown) == sum(part.picture is not None for part in parts)
    assert "附件：PDF（打印版）" in words
    assert "标题：2026年10月协同简报" in words
    chen.taps("提议发布")  # what can be done stands below every preview


def test_a_channel_nobody_uses_is_not_shown(chen, draft_of_october):
    looks(chen)
    for channel in ("feishu", "nothing", ""):
        chen.does(chen.tap(chen.newest, Button("x", ("o", "bulc", str(draft_of_october), channel))))
        assert chen.toast == said("button_expired")


def test_an_edition_is_taken_back_by_two(chen, zhao, places, draft_of_october):
    release(chen, zhao, places)
    looks(chen)
    chen.taps("撤回这一版……")
    chen.says("太短了")
    assert chen.said[-1] == said("retraction_reason_length", length=3, low=10, high=300)
    chen.says(REASON)
    assert "条已发消息改为撤回说明" in chen.screen
    with places.transaction() as session:
        assert session.scalars(select(Retraction)).all() == []  # not before the yes
    chen.taps_twice("提议撤回")
    assert "陈静 提议撤回2026年10月协同简报" in chen.screen
    assert "同意撤回" not in chen.buttons
    (asked,) = [row for row in rows(places, Delivery.address == "202") if row.dedupe_key.startswith("retraction:")]
    zhao.shows(from_json(asked.message), None)
    zhao.taps("查看影响并决定")
    assert REASON in zhao.screen
    zhao.taps_twice("同意撤回")
    with places.transaction() as session:
        assert [row.state for row in session.scalars(select(Retraction))] == ["done"]
    changed = rows(places, Delivery.edits_id.is_not(None))
    assert len(changed) == len(parts_of(draft_of_october, group_of_26(), "en"))
    assert "Taken back" in from_json(changed[0].message).text
    assert {row.code for row in rows(places, Delivery.channel == "wecom")} == {"retracted"}  # was not sent yet
    looks(zhao)
    assert zhao.screen.startswith("【已撤回】2026年10月协同简报\n")
    zhao.taps("查看影响并决定")
    assert "已于 2026-10-08 10:00 撤回（陈静 提议，赵磊 同意）" in zhao.screen
    assert zhao.buttons[-1] == "‹ 协同简报"
    chen.says("/start")
    chen.taps("最新协同简报")
    assert chen.said[-1] == "还没有发布过协同简报。"


def test_a_proposal_is_found_in_the_list_and_withdrawn(chen, zhao, places):
    release(chen, zhao, places)
    looks(chen)
    chen.taps("撤回这一版……")
    chen.says(REASON)
    chen.taps("提议撤回")
    zhao.says("/start")
    zhao.taps("绩效办")
    zhao.taps("协同简报")
    zhao.taps("撤回提议：2026年10月协同简报")
    zhao.taps("取消这个提议")
    assert zhao.screen.startswith("这个提议已取消。")
    with places.transaction() as session:
        assert [row.state for row in session.scalars(select(Retraction))] == ["withdrawn"]
    assert rows(places, Delivery.edits_id.is_not(None)) == []


def test_others_take_nothing_back(chen, zhao, places, phone, bind, draft_of_october):
    release(chen, zhao, places)
    li = phone("Li", "301")
    bind(li, "li")
    for action in (("o", "rask", str(draft_of_october)), ("o", "ret", "1"), ("o", "ragr", "1"), ("o", "rwd", "1"),
                   ("o", "bulc", str(draft_of_october), "wecom")):  # fmt: skip
        li.does(li.tap("1", Button("x", action)))
        assert li.toast == said("not_allowed")
    chen.does(chen.tap("1", Button("x", ("o", "ryes", str(draft_of_october), "0" * 8))))
    assert chen.toast == said("button_expired")
    with places.transaction() as session:
        assert session.scalars(select(Retraction)).all() == []


def test_what_is_in_doubt_is_named_by_part_place_and_time(chen, zhao, places):
    release(chen, zhao, places)
    looks(chen)
    chen.taps("撤回这一版……")
    chen.says(REASON)
    chen.taps("提议撤回")
    doubtful = {"state": "uncertain", "doubts": 1, "attempts": 1, "settled_at": None}
    with places.transaction() as session:
        for channel in ("wecom", "dingtalk", "email"):
            first = session.scalars(select(Delivery).where(Delivery.channel == channel).order_by(Delivery.id)).all()[-1]
            session.execute(update(Delivery).where(Delivery.id == first.id).values(**doubtful))
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("可能已发出（3）")
    assert "2026年10月协同简报 · 排名图 → 职工群（企业微信），2026-10-08 10:00" in chen.screen
    assert "2026年10月协同简报 · 第 1 条文字 → a@example.org（邮件），2026-10-08 10:00" in chen.screen
    assert "（钉钉）" in chen.screen
    assert chen.screen.count("2026年10月协同简报") == 3
    chen.taps("1. 再发一次")
    assert len(rows(places, Delivery.state == "uncertain")) == 2


def test_a_change_in_doubt_is_named_as_such(chen, zhao, places):
    release(chen, zhao, places)
    looks(chen)
    chen.taps("撤回这一版……")
    chen.says(REASON)
    chen.taps("提议撤回")
    (asked,) = [row for row in rows(places, Delivery.address == "202") if row.dedupe_key.startswith("retraction:")]
    zhao.shows(from_json(asked.message), None)
    zhao.taps("查看影响并决定")
    zhao.taps("同意撤回")
    with places.transaction() as session:
        change = session.scalars(select(Delivery).where(Delivery.edits_id.is_not(None)).order_by(Delivery.id)).first()
        session.execute(
            update(Delivery).where(Delivery.id == change.id).values(state="uncertain", doubts=1, attempts=1)
        )
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("可能已发出（1）")
    assert "第 1 条文字（改动已发的消息） → Staff（Telegram）" in chen.screen
    chen.taps("1. 已收到")
    assert rows(places, Delivery.state == "uncertain") == []
