"""Groups: the office is asked what a group is for; nobody else's tap acts; groups come, go and move."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.models import HandledUpdate
from consortium.models import Chat, Unit
from locales.errors import DomainError, explain
from outbox.deliveries import enqueue
from outbox.message import Message, from_json
from outbox.models import Delivery
from tests.cast import NOW

NOT_ALLOWED = explain("zh", DomainError("not_allowed"))


@pytest.fixture
def chen(phone, bind):
    chen = phone("Chen", "201")
    bind(chen, "chen")
    return chen


@pytest.fixture
def group(phone):
    """The group as Chen sees it."""
    return phone("Chen", "201", chat="-500", title="协作大群")


def chat(database, address="-500"):
    with database.transaction() as session:
        return session.scalars(select(Chat).where(Chat.address == address)).one()


def joins(device):
    device.does(device.inbound(kind="join"))


def notices(database, address):
    with database.transaction() as session:
        rows = session.scalars(select(Delivery).where(Delivery.address == address).order_by(Delivery.id)).all()
        return [from_json(row.message) for row in rows]


def test_office_person_is_asked_in_the_group_at_once(chen, group, consortium):
    joins(group)
    assert group.screen == "机器人已加入群“协作大群”。这个群用来做什么？"
    assert group.buttons == ["接收协同简报", "绑定到一个单位", "设为绩效办工作群", "暂不使用"]
    group.taps("接收协同简报")
    assert group.screen == "群“协作大群”将接收协同简报。"
    assert chat(consortium).purpose == "bulletin"
    assert notices(consortium, "201") == []


def test_group_is_bound_to_a_unit_and_changed_again(chen, group, consortium):
    joins(group)
    group.taps("绑定到一个单位")
    assert group.buttons == ["人民医院", "二院", "社区中心", "‹ 返回"]
    group.taps("二院")
    assert group.screen == "群“协作大群”已绑定到二院。"
    assert (chat(consortium).purpose, chat(consortium).unit_code) == ("unit", "yi")
    group.taps("更改用途")
    group.taps("暂不使用")
    assert (chat(consortium).purpose, chat(consortium).unit_code) == (None, None)


def test_the_offices_own_group_answers_its_commands(chen, group, phone, bind, consortium):
    joins(group)
    group.taps("设为绩效办工作群")
    assert group.screen == "群“协作大群”是绩效办工作群：可以在这里用指令办理每月工作，发 /help 看说明。"
    assert (chat(consortium).purpose, chat(consortium).unit_code) == ("office", None)
    group.says("/status")
    assert group.said[-1].startswith("【2026年10月】")
    li = phone("Li", "301", chat="-500")
    bind(phone("Li", "301"), "li")
    li.messages = dict(group.messages)
    li.taps("更改用途")
    assert li.toast == NOT_ALLOWED
    group.taps("更改用途")
    group.taps("暂不使用")
    group.says("/status")
    assert group.said[-1] == "这个指令请在与我的私聊或绩效办工作群里使用。"


def test_others_who_add_the_bot_make_the_office_be_asked(chen, phone, consortium):
    group = phone("Wang", "999", chat="-500", title="协作大群")
    joins(group)
    assert group.said == ["大家好！绩效办会设定本群的用途。"]
    (question,) = notices(consortium, "201")
    chen.shows(question, None)
    chen.taps("接收协同简报")
    assert chat(consortium).purpose == "bulletin"


def test_only_the_offices_taps_act(chen, group, phone, consortium):
    joins(group)
    wang = phone("Wang", "999", chat="-500", title="协作大群")
    wang.messages = dict(group.messages)
    wang.taps("接收协同简报")
    assert wang.toast == NOT_ALLOWED
    assert wang.messages == group.messages
    assert chat(consortium).purpose is None


def test_long_unit_codes_and_many_units_fit_the_buttons(chen, group, consortium):
    with consortium.transaction() as session:
        for number in range(30):
            code = f"{'x' * 36}_{number:02d}"
            session.add(
                Unit(
                    code=code, name={"zh": f"中心{number:02d}", "en": f"Centre {number:02d}"}, tier="primary",
                    district="", ownership="", position=100 + number, active=True,
                )
            )  # fmt: skip
    joins(group)
    group.taps("绑定到一个单位")
    for _ in range(4):
        group.taps("下一页 ›")
    group.taps("中心29")
    assert chat(consortium).unit_code == f"{'x' * 36}_29"


def test_group_that_moves_keeps_its_purpose_and_what_it_is_owed(chen, group, consortium):
    joins(group)
    group.taps("接收协同简报")
    with consortium.transaction() as session:
        enqueue(
            session, dedupe_key="k", channel="telegram", address="-500", kind="bulletin", message=Message("x"), now=NOW
        )
    for _ in range(2):  # both chats say so
        group.does(group.inbound(kind="migrate", content="-1000000000500"))
    moved = chat(consortium, "-1000000000500")
    assert (moved.purpose, moved.state) == ("bulletin", "active")
    with consortium.transaction() as session:
        assert session.scalars(select(Delivery.address).where(Delivery.kind == "bulletin")).one() == "-1000000000500"
        assert session.scalar(select(func.count()).select_from(Chat).where(Chat.kind == "group")) == 1


def test_group_that_takes_the_bot_back_is_not_asked_again(chen, group, consortium):
    joins(group)
    group.taps("接收协同简报")
    group.does(group.inbound(kind="left", content="gone"))
    assert chat(consortium).state == "gone"
    joins(group)
    assert chat(consortium).state == "active"
    assert group.said[-1] == "群“协作大群”将接收协同简报。"


def test_repeated_join_asks_once(chen, phone, consortium):
    group = phone("Wang", "999", chat="-500", title="协作大群")
    joins(group)
    group.again()
    assert group.said == ["大家好！绩效办会设定本群的用途。"]
    assert len(notices(consortium, "201")) == 1


def test_what_people_say_in_groups_is_not_read_and_leaves_no_row(group, consortium):
    group.says("大家好")
    group.does(group.inbound(kind="other"))
    assert group.messages == {}
    with consortium.transaction() as session:
        assert session.scalar(select(func.count()).select_from(HandledUpdate)) == 0
        assert session.scalar(select(func.count()).select_from(Chat)) == 0


def test_tickets_and_surveys_stay_out_of_groups(group, ticket, consortium):
    group.starts(ticket())
    assert group.said == ["请在与我的私聊中打开这个链接，不要在群里打开。"]
    group.says("/help")
    assert group.said[-1].startswith("这里是医联体的评价机器人。群里只接收通知和协同简报")


def test_language_of_a_group_is_the_offices_affair(chen, group, phone, consortium):
    wang = phone("Wang", "999", chat="-500", title="协作大群")
    wang.says("/language")
    wang.taps("English")
    assert wang.toast == NOT_ALLOWED
    group.messages = dict(wang.messages)
    group.taps("English")
    assert group.said == ["Fine, English from now on."]
    assert chat(consortium).language == "en"


def test_hostile_titles_stay_on_one_line(chen, phone, consortium):
    group = phone("Chen", "201", chat="-500", title="a\nb\u202e<b>{name}%s{0.__class__}")
    joins(group)
    assert group.screen.startswith("机器人已加入群“a b<b>{name}%s{0.__class__}”。")


def test_office_buttons_do_not_work_in_groups(chen, group):
    from outbox.message import Button

    joins(group)
    for action in (("o", "menu"), ("o", "lnk", "li", "w"), ("b", "u"), ("m", "menu")):
        before = dict(group.messages)
        group.does(group.tap(group.newest, Button("x", action)))
        if action[0] != "m":
            assert group.toast == explain("zh", DomainError("button_expired"))
            assert group.messages == before
