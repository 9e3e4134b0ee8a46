"""Honours in chat: the office opens one, people nominate, everybody votes once, the office decides the list."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from bulletins.honour_models import Honour, Nomination
from consortium.honour_kinds import HonourKind, to_stored
from consortium.models import Person, Role
from consortium.office_models import PollSlip
from consortium.units import installation
from locales.errors import DomainError, explain
from outbox.message import Button, Message
from outbox.models import Delivery
from scheduler.jobs import advance_honours
from storage.audit import AuditRow

REASON = "全年接收下转病人最多，随访一个不漏。"
KINDS = (
    HonourKind("model_unit", {"zh": "协同标兵单位", "en": "Model unit"}, "unit", "month", 1, None, two_years=False,
               voters=("representative", "head")),
    HonourKind("star", {"zh": "协同之星", "en": "Star"}, "person", "month", 2, Fraction(85), two_years=False,
               voters=("representative", "staff")),
)  # fmt: skip


@pytest.fixture
def honours(consortium):
    with consortium.transaction() as session:
        found = installation(session)
        found.review = found.review | {"honours": to_stored(KINDS)}
        for person, role, unit in (("he", "staff", "bing"), ("yuan", "head", "jia")):
            session.add(Person(id=person, name=person, language="zh", active=True))
            session.flush()
            session.add(Role(person_id=person, role=role, unit_code=unit))
    return consortium


@pytest.fixture
def people(honours, phone, bind):
    def make(name, number):
        device = phone(name, number)
        bind(device, name)
        return device

    return make


@pytest.fixture
def chen(people):
    return people("chen", "201")


def opens(chen, name="协同标兵单位"):
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("评优")
    chen.taps(next(label for label in chen.buttons if label.startswith("开启评优") and name in label))
    chen.taps("2026年9月")
    assert "会通知" in chen.screen
    chen.taps("开启并通知")


def nominates(device, unit="社区中心", words=REASON):
    device.says("/honours")
    device.taps(device.buttons[0])
    device.taps("提名")
    device.taps(unit)
    device.says(words)


def row(consortium, model):
    with consortium.transaction() as session:
        return session.scalars(select(model)).one()


def test_the_whole_way_in_chat(chen, people, honours):
    li, wang = people("li", "301"), people("wang", "302")
    opens(chen)
    with honours.transaction() as session:
        told = {each.address for each in session.scalars(select(Delivery)) if each.dedupe_key.startswith("honour:")}
    assert told == {"301", "302"}
    nominates(li)
    assert "提名：社区中心" in li.screen
    assert "合格。投票开始时再核一次" in li.screen
    li.taps_twice("提交提名")
    assert row(honours, Nomination).unit_code == "bing"
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("评优")
    chen.taps(chen.buttons[0])
    assert "合格的 1 个提名进入投票，会通知 3 位投票人" in chen.screen
    chen.taps("现在开始投票")
    wang.says("/language")
    wang.taps("中文")
    wang.taps("评优（1 项进行中）")
    wang.taps(wang.buttons[0])
    wang.taps("投票")
    assert wang.buttons == ["社区中心", "都不选", "返回"]
    wang.taps("社区中心")
    assert wang.screen == "投给 社区中心？投出后不能改。"
    wang.taps_twice("投出这一票")
    assert wang.toast == explain("zh", DomainError("already_voted"))
    slip = row(honours, PollSlip)
    assert any(slip.slip in said for said in wang.said)
    with honours.transaction() as session:
        honour = session.scalars(select(Honour)).one()
        advance_honours(session, actor="schedule", now=honour.vote_until)
    chen.now = honour.vote_until + timedelta(hours=1)
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("评优")
    chen.taps(chen.buttons[0])
    assert "第 1 名：社区中心" in chen.screen
    assert "投票的不足 5 人" in chen.screen
    chen.taps_twice("按这个名单确定")
    assert row(honours, Honour).result["winners"] == [{"candidate": "", "nomination": 1, "place": 1, "unit": "bing"}]
    wang.says("/honours")
    wang.taps(wang.buttons[0])
    assert "· 社区中心" in wang.screen
    wang.taps("海报")
    poster = list(wang.messages.values())[-1]
    assert (poster.picture, poster.alt) == ("honour:1:zh", "协同标兵单位 · 2026年9月海报：社区中心")


def test_a_star_is_named_with_the_first_line_and_barred_with_the_reason(chen, people, honours):
    he = people("he", "401")
    opens(chen, "协同之星")
    he.says("/honours")
    he.taps(he.buttons[0])
    he.taps("提名")
    assert he.buttons == ["社区中心", "返回"]
    he.taps("社区中心")
    he.says(f"张 三\n{REASON}")
    assert "提名：张三（社区中心）" in he.screen
    assert "不合格，这一期还没有结算" in he.screen
    he.taps("提交提名")
    made = row(honours, Nomination)
    assert (made.candidate, made.state, made.bar) == ("张三", "barred", "not_settled")
    chen.says("/start")
    chen.taps("绩效办")
    chen.taps("评优")
    chen.taps(chen.buttons[0])
    assert "现在开始投票" not in chen.buttons
    chen.taps("本期不评")
    assert row(honours, Honour).state == "cancelled"


def test_words_that_do_not_do_and_a_way_back(chen, people, honours):
    li = people("li", "301")
    opens(chen)
    nominates(li, words="短")
    assert li.said[-1].startswith("理由要写 10 到 300 个字")
    li.says(REASON)
    li.taps("取消")
    li.says(REASON)  # nothing is asked any more
    with honours.transaction() as session:
        assert session.scalars(select(Nomination)).all() == []


def test_nobody_but_the_office_opens_and_decides(chen, people, honours):

    li = people("li", "301")
    opens(chen)
    for action in (
        ("h", "o"),
        ("h", "d", "1"),
        ("h", "t", "1"),
        ("h", "x", "1"),
        ("h", "f", "1", "x"),
        ("h", "e", "1"),
    ):
        li.messages["9"] = Message("x", ((Button("x", action),),))
        li.taps("x", ref="9")
        assert li.toast == explain("zh", DomainError("not_allowed"))
    assert row(honours, Honour).state == "nominating"


def test_patients_have_no_part_in_it(chen, phone, honours):
    opens(chen)
    mei = phone("Mei", "111")
    mei.says("/honours")
    assert "评优" not in mei.said[-1]
    ref, button = chen.find(chen.buttons[0])
    assert ref
    mei.messages["9"] = chen.messages[ref]
    mei.taps(button.text, ref="9")
    assert mei.toast == explain("zh", DomainError("not_allowed"))


def test_a_repeated_update_votes_and_opens_nothing_more(chen, people, honours):
    opens(chen)
    chen.again()
    with honours.transaction() as session:
        assert len(session.scalars(select(Honour)).all()) == 1
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "open_honour")).all()) == 1
