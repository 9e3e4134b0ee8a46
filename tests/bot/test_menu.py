"""The door: menus and help by role, bind links, the language, strangers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from consortium.links import BIND, WEB, make_link
from consortium.models import Account, Chat
from locales.errors import DomainError, explain
from tests.cast import NOW


def said(code, language="zh"):
    return explain(language, DomainError(code))


def link(database, person, token, purpose=BIND):
    with database.transaction() as session:
        make_link(session, person_id=person, purpose=purpose, made_by=None, token=token, now=NOW)
    return token


def accounts(database):
    with database.transaction() as session:
        rows = session.execute(select(Account.person_id, Account.account).where(Account.confirmed_at.is_not(None)))
        return dict(rows.all())


def test_stranger_is_told_where_to_get_in(phone, consortium):
    other = phone("Mallory", "666")
    for words in ("/start", "你好", "/menu", "/whatever"):
        other.says(words)
        assert other.said[-1].startswith("您好！这里是医联体的评价机器人。")
    other.says("/help")
    assert other.said[-1].startswith("打开医院发给您的问卷链接")


def test_stranger_is_spoken_to_in_the_telephones_language(phone, consortium):
    other = phone("Mallory", "666", language="en-GB")
    other.says("hello")
    assert other.said[-1].startswith("Hello! This is the evaluation bot")
    other.starts("nonsense")
    assert other.said[-1] == said("ticket_unknown", "en")


def test_bind_link_of_the_command_line_acts_at_once(phone, consortium):
    li = phone("Li", "301")
    li.starts(link(consortium, "li", "bind-token-0000000001"))
    assert li.said[0] == "李敏，您好！这个账号已经绑定到您本人，现在可以使用了。"
    assert li.buttons == ["互评打分", "成绩单", "预警和书面说明", "提出异议", "最新协同简报", "语言 / Language", "帮助"]
    assert accounts(consortium) == {"li": "301"}
    with consortium.transaction() as session:
        chat = session.scalars(select(Chat)).one()
        assert (chat.person_id, chat.title) == ("li", "")


def test_bind_link_works_once_and_for_seven_days(phone, consortium):
    token = link(consortium, "li", "bind-token-0000000001")
    phone("Li", "301").starts(token)
    other = phone("Mallory", "666")
    other.starts(token)
    assert other.said == [said("link_used")]
    late = phone("Late", "667")
    late.now = NOW + timedelta(days=7)
    late.starts(link(consortium, "wang", "bind-token-0000000002"))
    assert late.said == [said("link_expired")]
    assert accounts(consortium) == {"li": "301"}


def test_account_of_somebody_else_does_not_take_a_second_person(phone, consortium):
    li = phone("Li", "301")
    li.starts(link(consortium, "li", "bind-token-0000000001"))
    token = link(consortium, "wang", "bind-token-0000000002")
    li.starts(token)
    assert li.said[-1] == said("account_taken")
    wang = phone("Wang", "302")
    wang.starts(token)  # the link was not spent by the refusal
    assert accounts(consortium) == {"li": "301", "wang": "302"}


def test_web_link_does_not_bind(phone, consortium):
    other = phone("Mallory", "666")
    other.starts(link(consortium, "chen", "web-token-00000000001", WEB))
    assert other.said == [said("ticket_unknown")]
    assert accounts(consortium) == {}


def test_new_account_replaces_the_former(phone, consortium):
    old, new = phone("Li", "301"), phone("Li", "302")
    old.starts(link(consortium, "li", "bind-token-0000000001"))
    new.starts(link(consortium, "li", "bind-token-0000000002"))
    old.says("/start")
    assert old.said[-1].startswith("您好！这里是医联体的评价机器人。")
    assert accounts(consortium) == {"li": "302"}


@pytest.mark.parametrize(
    ("person", "offers"),
    [
        ("li", ["互评打分", "成绩单", "预警和书面说明", "提出异议", "最新协同简报", "语言 / Language", "帮助"]),
        ("chen", ["绩效办", "最新协同简报", "语言 / Language", "帮助"]),
        (
            "wang",
            [
                "Score other units",
                "Scorecard",
                "Alerts and explanations",
                "Raise an objection",
                "Latest bulletin",
                "Language / 语言",
                "Help",
            ],
        ),
    ],
)
def test_menu_by_role(phone, bind, person, offers):
    device = phone(person, "300")
    bind(device, person)
    assert device.buttons == offers


def test_help_by_role(phone, bind):
    chen, li = phone("Chen", "201"), phone("Li", "301")
    bind(chen, "chen")
    bind(li, "li")
    chen.says("/help")
    assert "/release　预览、提议、发布简报" in chen.screen
    assert "逐项打 1 到 5 分" not in chen.screen
    li.taps("帮助")
    assert "逐项打 1 到 5 分" in li.screen
    li.taps("‹ 主菜单")
    assert li.screen == "李敏，您好！请选择："


def test_language_of_a_person_and_of_a_stranger(phone, bind, consortium):
    li = phone("Li", "301")
    bind(li, "li")
    li.says("/language")
    assert li.buttons == ["中文", "English"]
    li.taps("English")
    assert (li.screen, li.toast) == ("Hello 李敏! What would you like to do?", "Fine, English from now on.")
    other = phone("Mallory", "666")
    other.says("/language")
    other.taps("English")
    other.says("hm")
    assert other.said[-1].startswith("Hello! This is the evaluation bot")
    with consortium.transaction() as session:
        assert dict(session.execute(select(Chat.address, Chat.language)).all()) == {"301": "en", "666": "en"}


def test_a_person_with_an_open_survey_finds_it_in_the_menu(phone, bind, ticket):
    li = phone("Li", "301")
    bind(li, "li")
    li.starts(ticket(unit="yi"))
    assert li.screen.startswith("门诊问卷")
    li.says("/start")
    assert li.buttons[0] == "继续填写问卷"
    li.taps("继续填写问卷")
    assert li.screen.startswith("门诊问卷")


def test_commands_are_read_however_they_are_typed(phone, consortium):
    other = phone("Mallory", "666")
    for words in ("/HELP", "/help@tongping_bot", "  /help  "):
        other.says(words)
        assert other.said[-1].startswith("打开医院发给您的问卷链接")
