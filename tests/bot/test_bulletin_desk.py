"""Two people release a bulletin in chat: Chen proposes what she saw, Zhao releases exactly that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bulletins.content import content_hash, to_json
from bulletins.models import Bulletin
from bulletins.publication import parts_of
from consortium.models import Role
from locales.errors import DomainError, explain
from outbox.message import Button, from_json
from outbox.models import Delivery
from tests.bulletins.samples import group_of_26
from tests.cast import NOW


def said(code, **details):
    return explain("zh", DomainError(code, **details))


@pytest.fixture
def draft(draft_of_october):
    return draft_of_october


@pytest.fixture
def chen(draft, phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


@pytest.fixture
def zhao(draft, phone, bind):
    zhao = phone("Zhao", "202")
    bind(zhao, "zhao")
    return zhao


def looks(device):
    device.says("/start")
    device.taps("绩效办")
    device.taps("协同简报")
    device.taps(next(label for label in device.buttons if "协同简报" in label and "（" in label))


def state(database):
    with database.transaction() as session:
        return session.scalars(select(Bulletin.state)).one()


def owed(database, address):
    with database.transaction() as session:
        return session.scalars(select(Delivery).where(Delivery.address == address).order_by(Delivery.id)).all()


def test_preview_is_what_will_arrive(chen, draft):
    looks(chen)
    expected = [message for _, message in parts_of(draft, group_of_26(), "zh")]
    shown = list(chen.messages.values())
    assert shown[-1 - len(expected) : -1] == expected
    assert expected[-1].picture == f"bulletin:{draft}:zh"
    assert chen.buttons == ["提议发布", "‹ 协同简报"]
    assert content_hash(group_of_26())[:12] in chen.screen


def test_two_people_release_and_the_group_is_owed_each_part_once(chen, zhao, consortium, draft):
    looks(chen)
    chen.taps("提议发布")
    assert "已由 陈静 提议发布，2026-10-09 10:00 前须由绩效办另一位人员发布" in chen.screen
    assert chen.buttons == ["‹ 协同简报"]  # not her own proposal
    (asked,) = owed(consortium, "202")
    zhao.shows(from_json(asked.message), None)
    zhao.taps("查看全文")
    assert zhao.buttons == ["发布", "‹ 协同简报"]
    zhao.taps("发布")
    assert state(consortium) == "released"
    expected = [message for _, message in parts_of(draft, group_of_26(), "en")]
    assert [from_json(row.message) for row in owed(consortium, "-900")] == expected
    assert f"共 {len(expected)} 条消息正在发往各群" in zhao.said[-1]


def test_release_from_the_notice_works_without_looking(chen, zhao, consortium):
    looks(chen)
    chen.taps("提议发布")
    (asked,) = owed(consortium, "202")
    zhao.shows(from_json(asked.message), None)
    zhao.taps_twice("发布")
    assert state(consortium) == "released"
    assert zhao.toast == said("bulletin_already_released", period="2026-10", edition=1, by="赵磊")
    assert len({row.dedupe_key for row in owed(consortium, "-900")}) == len(owed(consortium, "-900"))


def test_nobody_releases_their_own_proposal(chen, consortium, draft):
    looks(chen)
    chen.taps("提议发布")
    digest = content_hash(group_of_26())[:12]
    chen.does(chen.tap(chen.newest, Button("x", ("o", "rel", str(draft), digest))))
    assert chen.toast == said("bulletin_own_proposal")
    assert state(consortium) == "proposed"


def test_double_tap_on_propose_is_one_proposal(chen, consortium):
    looks(chen)
    chen.taps_twice("提议发布")
    assert chen.toast == said("bulletin_already_proposed", by="陈静")
    assert len(owed(consortium, "202")) == 0  # Zhao has no chat with the bot
    assert state(consortium) == "proposed"


def test_changed_content_is_neither_proposed_nor_released_unseen(chen, zhao, consortium, draft):
    looks(chen)
    other = group_of_26(edition=1, note=None, aims={"zh": "别的", "en": "Other"})
    changed = {"content": to_json(other), "content_hash": content_hash(other)}
    with consortium.transaction() as session:
        session.execute(update(Bulletin).values(**changed))
    chen.taps("提议发布")
    assert chen.toast == said("bulletin_changed")
    assert state(consortium) == "draft"
    looks(chen)
    chen.taps("提议发布")
    zhao.does(zhao.tap(zhao.newest, Button("x", ("o", "rel", str(draft), content_hash(group_of_26())[:12]))))
    assert zhao.toast == said("bulletin_changed")
    assert state(consortium) == "proposed"


def test_expired_proposal_is_refused_and_can_be_made_again(chen, zhao, consortium):
    looks(chen)
    chen.taps("提议发布")
    looks(zhao)
    zhao.now = NOW + timedelta(days=1)
    zhao.taps("发布")
    assert zhao.toast == said("bulletin_proposal_expired", period="2026-10", edition=1)
    looks(zhao)
    assert zhao.buttons == ["提议发布", "‹ 协同简报"]
    zhao.taps("提议发布")
    assert state(consortium) == "proposed"


def test_office_role_taken_away_between_seeing_and_releasing(chen, zhao, consortium):
    looks(chen)
    chen.taps("提议发布")
    looks(zhao)
    with consortium.transaction() as session:
        for role in session.scalars(select(Role).where(Role.person_id == "zhao")):
            session.delete(role)
    zhao.taps("发布")
    assert zhao.toast == said("not_allowed")
    assert state(consortium) == "proposed"


def test_representatives_read_only_what_was_released(chen, zhao, draft, phone, bind):
    li = phone("Li", "301")
    bind(li, "li")
    li.taps("最新协同简报")
    assert li.said[-1] == "还没有发布过协同简报。"
    for action in (("o", "bul", str(draft)), ("o", "buls", "0"), ("o", "prop", str(draft), "0" * 12)):
        li.does(li.tap(li.newest, Button("x", action)))
        assert li.toast == said("not_allowed")
    looks(chen)
    chen.taps("提议发布")
    looks(zhao)
    zhao.taps("发布")
    li.taps("最新协同简报")
    expected = [message.text for _, message in parts_of(draft, group_of_26(), "zh")]
    assert li.said[-len(expected) :] == expected


def test_strangers_read_nothing(draft, phone):
    other = phone("Mallory", "666")
    other.says("/start")
    for action in (("o", "read"), ("o", "bul", str(draft))):
        other.does(other.tap("1", Button("x", action)))
        assert other.toast == said("not_allowed")


def test_list_shows_what_waits_and_the_archive(chen, zhao):
    chen.taps("绩效办")
    chen.taps("协同简报")
    assert chen.buttons[0].endswith("（草稿）")
    chen.taps(chen.buttons[0])
    chen.taps("提议发布")
    looks(zhao)
    zhao.taps("发布")
    zhao.says("/start")
    zhao.taps("绩效办")
    zhao.taps("协同简报")
    assert zhao.buttons[0].endswith("（已发布）")
    zhao.taps(zhao.buttons[0])
    assert zhao.said[-1].endswith("已于 2026-10-08 10:00 由 赵磊 发布。")
