"""From the chat to the sheet: a button that opens it inside Telegram, or a link that is good once, fresh at each tap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.local import Said, respond_locally
from bot.turn import Context
from consortium.links import LIFETIME, WEB, use_web_link
from consortium.models import SignInLink
from locales.errors import DomainError
from outbox.message import Button, Message, to_json
from tests.bot.phone import SECRET
from tests.cast import NOW

HERE, BROWSER = "在这里打开评分表（一页评完）", "用浏览器打开评分表"


@pytest.fixture
def li(round_of_october, phone, bind):
    device = phone("Li", "222")
    bind(device, "li")
    device.taps("互评打分")
    return device


def button(device, label):
    return device.find(label)[1]


def test_over_https_telegram_opens_the_sheet_inside_itself(li):
    assert button(li, HERE) == Button(HERE, web_app="https://tongping.example/sheet/app")
    assert button(li, BROWSER).action == ("b", "w")


@pytest.mark.parametrize("address", ["http://tongping.example", "http://127.0.0.1:8000/"])
def test_without_https_there_is_the_link_alone(li, address):
    li.public_url = address
    li.says("/start")
    li.taps("互评打分")
    assert (HERE in li.buttons, BROWSER in li.buttons) == (False, True)


def test_without_an_address_there_is_neither(li):
    li.public_url = None
    li.says("/start")
    li.taps("互评打分")
    assert li.buttons == ["二院", "社区中心", "‹ 主菜单"]


def test_the_link_is_fresh_each_time_for_the_speaker_alone_and_leads_to_the_sheet(li, consortium):
    li.taps(BROWSER)
    li.taps(BROWSER)
    handed = [said for said in li.said if "一次性链接" in said]
    assert len(set(handed)) == 2
    for said in handed:
        address = said.splitlines()[1]
        assert address.startswith("https://tongping.example/sign-in/")
        assert address.endswith("?to=/sheet")
        token = address.removeprefix("https://tongping.example/sign-in/").partition("?")[0]
        with consortium.transaction() as session:
            assert use_web_link(session, token=token, now=NOW + LIFETIME[WEB] - timedelta(seconds=1)) == "li"
            with pytest.raises(DomainError):
                use_web_link(session, token=token, now=NOW)
    assert li.buttons[:2] == ["二院", "社区中心"]  # the list stays


def test_a_repeated_tap_makes_no_second_link(li, consortium):
    li.taps(BROWSER)
    li.again()
    with consortium.transaction() as session:
        assert len(session.scalars(select(SignInLink).where(SignInLink.purpose == WEB)).all()) == 1
    assert li.buttons[:2] == ["二院", "社区中心"]


def test_nobody_else_gets_a_link(li, phone, bind):
    chen = phone("Chen", "111")
    bind(chen, "chen")
    data = li.tap("1", Button("x", ("b", "w"))).content
    chen.does(replace(chen.inbound(kind="tap", content=data), message_ref="1"))
    assert chen.toast == "这个按钮已经失效，请发送 /start 重新打开菜单。"
    chen.does(chen.tap("1", Button("x", ("b", "w"))))
    assert "不能做这件事" in (chen.toast or "")


def test_the_simulator_gets_a_button_with_the_link(round_of_october):
    context = Context(SECRET, NOW, "http://127.0.0.1:8000")

    def does(said):
        with round_of_october.transaction() as session:
            return respond_locally(session, account="person:li", said=said, context=context).items

    def data(items, label):
        return next(
            each["data"] for item in items for row in item.get("buttons", ()) for each in row if each["text"] == label
        )

    items = does(Said("start"))
    items = does(Said("tap", data(items, "互评打分"), items[-1]["ref"]))
    items = does(Said("tap", data(items, BROWSER), items[-1]["ref"]))
    [[go]] = items[-1]["buttons"]
    assert go["url"].startswith("http://127.0.0.1:8000/sign-in/")
    assert go["url"].endswith("?to=/sheet")


def test_what_opens_inside_a_channel_is_https_and_never_owed():
    for address in ("http://tongping.example/sheet", "tg://resolve", "https://", "", "https://a b"):
        with pytest.raises(ValueError, match=r"address|inside|exactly"):
            Button("x", web_app=address)
    with pytest.raises(ValueError, match="exactly one"):
        Button("x", ("b", "w"), web_app="https://tongping.example")
    with pytest.raises(ValueError, match="replies alone"):
        to_json(Message("x", ((Button("x", web_app="https://tongping.example"),),)))
