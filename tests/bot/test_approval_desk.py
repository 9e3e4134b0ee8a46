"""The committee decides on results in chat: Li approves what the draft shows, Sun sends back and thinks again, Chen closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bulletins.approval_notices import put_before_committee, remind_committee
from bulletins.publication import parts_of
from consortium.models import Person, Role
from consortium.periods import Period
from evaluation.models import SchemeVersion, Settlement
from evaluation.office_models import ApprovalVoice, ResultApproval
from locales.errors import DomainError, explain
from outbox.message import Button, from_json
from outbox.models import Delivery
from tests.bulletins.samples import group_of_26
from tests.cast import NOW
from tests.evaluation.cast import example

OCTOBER = Period.parse("2026-10")
REASON = "互评结果请再核对一次"
MINUTES = "第十次会议纪要：\n同意发布十月结果。"


def said(code, **details):
    return explain("zh", DomainError(code, **details))


@pytest.fixture
def asking(consortium, draft_of_october):
    """The scheme asks for two voices; Li, who represents 甲, Sun and Gao are the committee."""
    content = example() | {"approval": {"quorum": 2}}
    with consortium.transaction() as session:
        session.execute(update(SchemeVersion).values(content=content))
        for person, name in (("sun", "孙"), ("gao", "高")):
            session.add(Person(id=person, name=name, language="zh", active=True))
        session.flush()
        for person in ("li", "sun", "gao"):
            session.add(Role(person_id=person, role="committee", unit_code=None))
    return consortium


@pytest.fixture
def person(asking, phone, bind):
    accounts = {"li": "301", "sun": "401", "gao": "402", "chen": "201", "zhao": "202", "wang": "302"}

    def make(name):
        device = phone(name, accounts[name])
        bind(device, name)
        return device

    return make


@pytest.fixture
def opened(asking):
    with asking.transaction() as session:
        found = put_before_committee(session, period=OCTOBER, actor="schedule", now=NOW)
        return found.id


def standing(database):
    with database.transaction() as session:
        found = session.scalars(select(ResultApproval).order_by(ResultApproval.id.desc())).first()
        voices = session.execute(select(ApprovalVoice.person_id, ApprovalVoice.says).order_by(ApprovalVoice.person_id))
        return found.state, [tuple(row) for row in voices]


def notice(database, account):
    with database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.address == account).order_by(Delivery.id)).all()
        return [from_json(row.message) for row in rows]


def test_a_member_looks_at_the_draft_and_approves(asking, person, draft_of_october):
    li = person("li")
    with asking.transaction() as session:
        put_before_committee(session, period=OCTOBER, actor="schedule", now=NOW)
    (asked,) = notice(asking, "301")
    li.shows(asked, None)
    li.taps("查看")
    assert "已有 0 位委员表态（需要 2 位）" in li.screen
    li.taps("查看简报中的结果")
    shown = [message for _, message in parts_of(draft_of_october, group_of_26(), "zh")]
    assert list(li.messages.values())[-1 - len(shown) : -1] == shown
    li.taps("同意")
    assert li.toast == "已记下：同意。审定结束前可以改变。"
    assert "李敏：同意" in li.screen
    assert standing(asking) == ("open", [("li", "approve")])
    li.taps_twice("同意")
    assert standing(asking) == ("open", [("li", "approve")])


def test_results_go_back_in_words_after_a_yes(asking, person, opened):
    sun = person("sun")
    sun.says("/start")
    sun.taps("结果审定：等您表态（1）")
    sun.taps("退回（写理由）")
    assert "5 到 500 字" in sun.screen
    sun.says("短")
    assert sun.said[-1] == said("approval_words_length", length=1, low=5, high=500)
    sun.says(f"  {REASON}\n谢谢 ")
    assert standing(asking) == ("open", [])  # not before the yes
    assert f"{REASON} 谢谢" in sun.screen
    sun.taps("确认")
    assert standing(asking) == ("open", [("sun", "return")])
    assert f"孙：退回。理由：{REASON} 谢谢" in sun.screen
    sun.taps("同意")  # and thinks again
    assert standing(asking) == ("open", [("sun", "approve")])


def test_the_office_closes_it_with_minutes_and_everybody_is_told(asking, person, opened):
    chen, li, sun, zhao = person("chen"), person("li"), person("sun"), person("zhao")
    for device in (li, sun):
        device.says("/start")
        device.taps("结果审定：等您表态（1）")
        device.taps("同意")
    told = notice(asking, "201")[-1]
    assert "达到法定人数" in told.text
    chen.shows(told, None)
    chen.taps("查看")
    chen.taps("结束审定（写纪要）")
    assert "2 位委员已表态，2 位同意：现在结束，2026年10月的结果审定通过" in chen.screen
    chen.says(MINUTES)
    assert standing(asking)[0] == "open"
    assert MINUTES in chen.screen
    chen.taps_twice("确认")
    assert standing(asking)[0] == "approved"
    assert "审定纪要：\n" + MINUTES in chen.screen
    for account in ("202", "301", "401"):
        assert "审定通过" in notice(asking, account)[-1].text
    assert zhao is not None
    li.says("/start")
    assert [label for label in li.buttons if "审定" in label] == []


def test_minutes_of_voices_that_changed_meanwhile_are_refused(asking, person, opened):
    chen, li, sun, gao = person("chen"), person("li"), person("sun"), person("gao")
    for device in (li, sun):
        device.says("/start")
        device.taps("结果审定：等您表态（1）")
        device.taps("同意")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("结果审定（1）")
    chen.taps("结束审定（写纪要）")
    chen.says(MINUTES)
    gao.says("/start")
    gao.taps("结果审定：等您表态（1）")
    gao.taps("同意")
    chen.taps("确认")
    assert chen.toast == said("approval_voices_changed")
    assert standing(asking)[0] == "open"


def test_below_the_quorum_nobody_is_offered_to_close(asking, person, opened):
    li = person("li")
    li.says("/start")
    li.taps("结果审定：等您表态（1）")
    li.taps("同意")
    assert "结束审定（写纪要）" not in li.buttons
    li.does(li.tap(li.newest, Button("x", ("q", "cls", str(opened), "0" * 12))))
    assert li.toast == said("approval_no_quorum", voices=1, quorum=2)


def test_a_draft_that_waits_for_the_committee_cannot_be_proposed(asking, person, opened):
    chen = person("chen")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("协同简报")
    chen.taps(next(label for label in chen.buttons if "（草稿）" in label))
    assert "等待管理委员会审定：已有 0 位委员表态（需要 2 位）" in chen.screen
    assert "提议发布" not in chen.buttons
    chen.taps("查看审定")
    assert "2026年10月考核结果审定" in chen.screen
    assert "同意" not in chen.buttons  # Chen is not of the committee


def test_results_that_went_back_are_put_again_with_a_reason(asking, person, opened):
    chen, li, sun = person("chen"), person("li"), person("sun")
    for device in (li, sun):
        device.says("/start")
        device.taps("结果审定：等您表态（1）")
        device.taps("退回（写理由）")
        device.says(REASON)
        device.taps("确认")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("结果审定（1）")
    chen.taps("结束审定（写纪要）")
    assert "未达多数" in chen.screen
    chen.says(MINUTES)
    chen.taps("确认")
    assert standing(asking)[0] == "returned"
    chen.taps("再次提请审定（写说明）")
    chen.says("已复核互评，数字无误。")
    chen.taps("确认")
    assert standing(asking)[0] == "open"
    assert "已复核互评，数字无误。" in notice(asking, "301")[-1].text


def test_old_buttons_and_strangers_decide_nothing(asking, person, opened, phone):
    li, wang = person("li"), person("wang")
    mark = group_of_26().digest[:12]
    others = phone("Mallory", "666")
    others.says("/start")
    refusals = {explain(each, DomainError(code)) for each in ("zh", "en") for code in ("not_allowed", "button_expired")}
    for device in (wang, others):
        before = device.said
        for action in (("q", "list"), ("q", "look", str(opened)), ("q", "see", str(opened)),
                       ("q", "yes", str(opened), mark), ("q", "back", str(opened), mark),
                       ("q", "cls", str(opened), mark), ("q", "anew", str(opened)), ("q", "ok", str(opened), mark)):  # fmt: skip
            device.does(device.tap("1", Button("x", action)))
            assert device.toast in refusals, action
        assert device.said == before
    with asking.transaction() as session:
        session.execute(update(Settlement).values(digest="f" * 64))
    li.does(li.tap("1", Button("x", ("q", "yes", str(opened), mark))))
    assert li.toast == said("approval_superseded", period="2026-10")
    for action in (("q",), ("q", "nothing", "1"), ("q", "look", "x"), ("q", "look", "99999999999"), ("q", "look", "")):
        li.does(li.tap("1", Button("x", action)))
        assert li.toast in {said("button_expired"), None} or action == ("q",)
    assert standing(asking) == ("open", [])


def test_a_reminder_carries_the_same_buttons(asking, person, opened):
    sun = person("sun")
    with asking.transaction() as session:
        remind_committee(session, actor="schedule", now=NOW + timedelta(days=1))
    reminder = notice(asking, "401")[-1]
    assert reminder.text.startswith("提醒：")
    sun.shows(reminder, None)
    sun.taps("同意")
    assert standing(asking) == ("open", [("sun", "approve")])
