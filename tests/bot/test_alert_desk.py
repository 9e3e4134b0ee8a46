"""Alerts and written explanations in chat: a notice's button, words typed, accepted or returned by the office."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from consortium.models import Role
from evaluation.follow_up_models import Alert, WrittenExplanation
from evaluation.schemes import apply_scheme
from locales.errors import DomainError, explain
from outbox.message import Button, Message, from_json
from outbox.models import Delivery
from scheduler.watch_notices import tell_of_alerts, tell_of_asked
from tests.bot.phone import everything_stored
from tests.cast import NOW
from tests.evaluation.cast import example

WHAT = "下转率为 5 %，超出 10 % 到 25 % 的范围。"


@pytest.fixture
def here(consortium):
    """Jia owes an explanation for September, and has an alert and two missing figures; Yi has its own."""
    with consortium.transaction() as session:
        apply_scheme(session, document=example(), now=NOW)
        rows = [
            WrittenExplanation(unit_code=unit, indicator="down_referral", period="2026-09", value=Fraction(5),
                               low=Fraction(10), high=Fraction(25), state="asked", asked_at=NOW,
                               due_on=date(2026, 10, 22), is_provisional=False)
            for unit in ("jia", "yi")
        ]  # fmt: skip
        usual = {"look": "running", "side": "low", "usual": "80", "lowest": "78", "highest": "83", "months": 9}
        alerts = [
            Alert(kind=kind, unit_code=unit, indicator=indicator, period="2026-09", details=details, raised_at=NOW)
            for kind, unit, indicator, details in (
                ("change", "jia", "readmission", usual), ("feed", "jia", "core_systems", {}),
                ("feed", "jia", "average_stay", {}), ("range", "jia", "down_referral", {"value": "5", "low": "10", "high": "25"}),
                ("change", "yi", "readmission", usual),
            )
        ]  # fmt: skip
        session.add_all([*rows, *alerts])
    return consortium


@pytest.fixture
def people(phone, bind):
    def person(name, account):
        device = phone(name.title(), account)
        bind(device, name)
        return device

    return {name: person(name, str(300 + number)) for number, name in enumerate(("li", "wang", "chen", "zhao"))}


def arrives(device, database):
    """The newest notice owed to this phone lands on its screen."""
    with database.transaction() as session:
        row = session.scalars(select(Delivery).where(Delivery.address == device.chat).order_by(Delivery.id)).all()[-1]
    device.messages[f"notice{row.id}"] = from_json(row.message)
    return f"notice{row.id}"


def owed(database, unit="jia"):
    with database.transaction() as session:
        return session.scalars(select(WrittenExplanation).where(WrittenExplanation.unit_code == unit)).one()


def refusal(code, **details):
    return explain("zh", DomainError(code, **details))


def test_the_unit_explains_by_the_button_of_the_notice_and_the_office_accepts(here, people):
    li, chen = people["li"], people["chen"]
    with here.transaction() as session:
        tell_of_asked(session, asked=[session.scalars(select(WrittenExplanation)).first()], now=NOW)
    ref = arrives(li, here)
    assert WHAT in li.messages[ref].text
    li.taps("写说明", ref=ref)
    assert "状态：待说明" in li.messages[ref].text
    li.taps("写说明", ref=ref)
    li.says("设备检修\n已修好")
    assert owed(here).words == "设备检修\n已修好"
    assert li.said[-1] == "书面说明已收到，绩效办会审阅。"
    ref = arrives(chen, here)
    assert chen.messages[ref].text.endswith("设备检修\n已修好")
    chen.taps("查看", ref=ref)
    chen.taps("接受", ref=ref)
    assert chen.toast == "已接受，单位会收到通知。"
    assert owed(here).state == "accepted"
    assert li.messages[arrives(li, here)].text.startswith("书面说明已接受")


def test_the_office_returns_it_with_a_word_and_the_unit_writes_anew(here, people):
    li, chen = people["li"], people["chen"]
    writes(li, "检修")
    chen.taps("书面说明（待审 1）", ref=office(chen))
    chen.taps("人民医院 · 下转率 · 2026年9月")
    chen.taps("退回")
    chen.says("请写改进措施")
    assert chen.said[-1] == "已退回，单位会收到通知。"
    assert (owed(here).state, owed(here).answer) == ("returned", "请写改进措施")
    ref = arrives(li, here)
    assert "退回理由：请写改进措施" in li.messages[ref].text
    li.taps("写说明", ref=ref)
    li.taps("重写说明", ref=ref)
    li.says("检修,加了一台")
    assert (owed(here).state, owed(here).words) == ("given", "检修,加了一台")


def test_words_that_changed_since_are_not_accepted_by_an_old_button(here, people):
    li, chen = people["li"], people["chen"]
    writes(li, "检修")
    chen.taps("书面说明（待审 1）", ref=office(chen))
    chen.taps("人民医院 · 下转率 · 2026年9月")
    writes(li, "另外的话", label="重写说明")
    chen.taps("接受")
    assert chen.toast == refusal("explanation_decided")
    assert owed(here).state == "given"


def test_the_menu_says_how_many_wait_and_a_unit_sees_its_own_only(here, people):
    li = people["li"]
    li.says("/menu")
    assert "预警和书面说明（待写 1）" in li.buttons
    li.taps("预警和书面说明（待写 1）")
    assert li.buttons[0] == "下转率 · 2026年9月 · 2026-10-22"
    li.taps("预警（4）")
    assert "31 天再入院率明显低于本单位以往。本月还没过完，数值在结算后公布。此前 9 个月" in li.screen
    assert "核心制度落实率没有数据" in li.screen
    assert [each for each in li.buttons if each.startswith("说明情况")] != []
    assert "二院" not in li.screen


def test_a_reason_is_typed_and_the_office_reads_it(here, people):
    li, zhao = people["li"], people["zhao"]
    li.says("/menu")
    li.taps("预警和书面说明（待写 1）")
    li.taps("预警（4）")
    li.taps("说明情况：31 天再入院率")
    li.says("系统切换")
    assert li.said[-1] == "情况说明已收到，绩效办能看到。"
    assert "31 天再入院率：系统切换" in zhao.messages[arrives(zhao, here)].text


def test_another_units_button_opens_nothing(here, people):
    wang, li = people["wang"], people["li"]
    with here.transaction() as session:
        mine = session.scalars(select(Alert.id).where(Alert.unit_code == "jia")).first()
    for action in (
        ("x", "e", str(owed(here).id)),
        ("x", "w", str(owed(here).id)),
        ("x", "r", str(mine)),
        ("x", "e", "99"),
    ):
        wang.does(wang.tap(*made(wang, *action)))
        assert wang.toast in {
            explain("en", DomainError("explanation_unknown")),
            explain("en", DomainError("alert_unknown")),
        }
    for action in (("x", "e", ""), ("x", "q"), ("x", "w", "9" * 30)):
        li.does(li.tap(*made(li, *action)))
        assert li.toast == refusal("button_expired")
    li.does(li.tap(*made(li, "o", "expok", str(owed(here).id), "x")))
    assert li.toast == refusal("not_allowed")
    chen = people["chen"]
    chen.does(chen.tap(*made(chen, "x", "l")))
    assert chen.toast == refusal("not_allowed")


def test_the_office_marks_what_it_saw(here, people):
    chen = people["chen"]
    chen.taps("预警（5）", ref=office(chen))
    assert "未阅的预警，共 5 条" in chen.screen
    assert "· 人民医院 · 2026年9月：2 项指标没有数据。" in chen.screen
    chen.taps("标为已阅")
    assert chen.toast == "已标为已阅。"
    with here.transaction() as session:
        assert {row.seen_by for row in session.scalars(select(Alert))} == {"chen"}
    assert chen.screen.endswith("没有未阅的预警。")


def test_the_same_update_again_changes_nothing(here, people):
    li = people["li"]
    writes(li, "检修")
    before = owed(here).given_at
    li.again()
    assert owed(here).given_at == before
    with here.transaction() as session:
        assert len(session.scalars(select(Delivery).where(Delivery.dedupe_key.like("explain-given%"))).all()) == 2


def test_who_lost_the_role_cannot_finish(here, people):
    li = people["li"]
    li.says("/menu")
    li.taps("预警和书面说明（待写 1）")
    li.taps("下转率 · 2026年9月 · 2026-10-22")
    li.taps("写说明")
    with here.transaction() as session:
        session.delete(session.scalars(select(Role).where(Role.person_id == "li")).one())
    li.says("写好了")
    assert owed(here).words is None


def test_a_notice_of_many_fits_and_no_button_holds_what_was_written(here, people):
    with here.transaction() as session:
        tell_of_alerts(session, alerts=session.scalars(select(Alert).where(Alert.kind == "feed")).all(), now=NOW)
    li = people["li"]
    li.taps("查看", ref=arrives(li, here))
    writes(li, "不能写进按钮的话")
    assert "不能写进按钮的话" not in str([row.message.get("buttons") for row in deliveries(here)])
    assert everything_stored(here).count("不能写进按钮的话".encode()) > 0


def deliveries(database):
    with database.transaction() as session:
        return session.scalars(select(Delivery)).all()


def writes(li, words, label="写说明"):
    li.does(li.tap(*made(li, "x", "e", "1")))
    li.taps(label)
    li.says(words)


def office(device):
    """The office's menu, on the newest message."""
    device.says("/menu")
    device.taps("绩效办")
    return device.newest


def made(device, *action):
    """A button as it would have been drawn in this chat, on a message of its own."""
    button = Button("x", action)
    device.messages["made"] = Message("x", ((button,),))
    return "made", button
