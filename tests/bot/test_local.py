"""The local channel: the same dialogue, its messages as items that a page can show."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bot.dialogue import Context
from bot.local import Said, delivered, respond_locally
from locales.errors import DomainError, explain
from locales.texts import text
from outbox.deliveries import enqueue
from outbox.message import Button, Message
from surveys.models import Answer, Response
from tests.cast import NOW

CONTEXT = Context(b"secret", NOW, "http://127.0.0.1:8000", None)


def speaks(database, account, said, language=None):
    with database.transaction() as session:
        reply = respond_locally(session, account=account, said=said, context=CONTEXT, language=language)
    json.dumps(reply.items)
    return list(reply.items)


def data(item, label):
    return next(button["data"] for row in item["buttons"] for button in row if button["text"] == label)


def test_survey_in_a_local_chat_is_one_item_edited(consortium, ticket):
    (notice,) = speaks(consortium, "patient:mei", Said("start", ticket()))
    assert notice["do"] == "send"
    (first,) = speaks(consortium, "patient:mei", Said("tap", data(notice, "同意并开始（我已满14周岁）"), notice["ref"]))
    assert (first["do"], first["ref"]) == ("edit", notice["ref"])
    (second,) = speaks(consortium, "patient:mei", Said("tap", data(first, "非常满意"), notice["ref"]))
    (third,) = speaks(consortium, "patient:mei", Said("tap", data(second, "跳过"), notice["ref"]))
    speaks(consortium, "patient:mei", Said("tap", data(third, "同意，我来写"), notice["ref"]))
    (review,) = speaks(consortium, "patient:mei", Said("text", "很好"))
    assert (review["do"], review["ref"]) == ("edit", notice["ref"])  # the survey's message, found without a tap
    (thanks,) = speaks(consortium, "patient:mei", Said("tap", data(review, "提交"), notice["ref"]))
    assert [button["text"] for row in thanks["buttons"] for button in row] == ["讲讲我的故事"]
    assert third["text"].startswith("第 3 题")
    with consortium.transaction() as session:
        assert session.scalars(select(Response.state)).one() == "sent"
        assert len(session.scalars(select(Answer)).all()) == 3


def test_toast_comes_first_and_commands_are_read(consortium, ticket):
    (notice,) = speaks(consortium, "patient:mei", Said("text", f"/start {ticket()}"))
    (toast,) = speaks(consortium, "patient:mei", Said("tap", "forged", notice["ref"]))
    assert toast == {"do": "toast", "text": explain("zh", DomainError("button_expired"))}
    (begun,) = speaks(consortium, "patient:mei", Said("tap", data(notice, "同意并开始（我已满14周岁）"), notice["ref"]))
    speaks(consortium, "patient:mei", Said("tap", data(begun, "非常满意"), notice["ref"]))
    stale, screen = speaks(consortium, "patient:mei", Said("tap", data(begun, "一般"), notice["ref"]))
    assert stale == {"do": "toast", "text": explain("zh", DomainError("button_stale"))}
    assert (screen["do"], screen["text"][:5]) == ("edit", "第 2 题")
    (helped,) = speaks(consortium, "patient:mei", Said("text", "/help"))
    assert helped["text"].startswith("打开医院发给您的问卷链接")


def test_people_of_the_consortium_have_local_accounts(consortium):
    (menu,) = speaks(consortium, "person:chen", Said("start"))
    assert next(button["text"] for row in menu["buttons"] for button in row) == "绩效办"
    (stranger,) = speaks(consortium, "person:nobody", Said("start"), "en")
    assert stranger["text"].startswith("Hello! This is the evaluation bot")


def test_button_of_one_chat_is_worthless_in_another(consortium):
    (menu,) = speaks(consortium, "person:chen", Said("start"))
    (item,) = speaks(consortium, "person:li", Said("tap", data(menu, "绩效办"), menu["ref"]))
    assert item == {"do": "toast", "text": explain("zh", DomainError("button_expired"))}


def test_deliveries_are_shown_with_buttons_for_this_chat(consortium):
    speaks(consortium, "person:chen", Said("start"))
    with consortium.transaction() as session:
        message = Message("看一下", ((Button("菜单", ("m", "menu")), Button("网页", url="https://example.org/x")),))
        enqueue(
            session, dedupe_key="k", channel="local", address="person:chen", kind="notice", message=message, now=NOW
        )
        picture = Message("图", picture="bulletin:1:zh", alt="排名")
        enqueue(
            session, dedupe_key="p", channel="local", address="person:chen", kind="bulletin", message=picture, now=NOW
        )
    with consortium.transaction() as session:
        (first, notice), (second, drawn) = delivered(session, account="person:chen", after_id=0, context=CONTEXT)
        assert [number for number, _ in delivered(session, account="person:chen", after_id=first, context=CONTEXT)] == [
            second
        ]
    assert notice["buttons"][0][1] == {"text": "网页", "url": "https://example.org/x"}
    assert (drawn["picture"], drawn["alt"]) == ("bulletin:1:zh", "排名")
    (menu,) = speaks(consortium, "person:chen", Said("tap", data(notice, "菜单"), notice["ref"]))
    assert (menu["do"], menu["ref"]) == ("edit", notice["ref"])


def test_odd_accounts_are_refused(consortium):
    for account in ("", "chen", "person:", "person:a b", "telegram:1", "patient:" + "x" * 41, "person:../x"):
        with pytest.raises(DomainError) as refused:
            speaks(consortium, account, Said("start"))
        assert refused.value.code == "local_account_malformed"


def test_where_no_files_can_be_sent_lists_of_visits_are_taken_on_the_page(consortium):
    (menu,) = speaks(consortium, "person:li", Said("start"))
    (how,) = speaks(consortium, "person:li", Said("tap", data(menu, "就诊名单"), menu["ref"]))
    assert how["text"] == text("zh", "visits.on_page")
    (typed,) = speaks(consortium, "person:li", Said("text", "/visits"))
    (helped,) = speaks(consortium, "person:li", Said("text", "/help"))
    (sent,) = speaks(consortium, "person:li", Said("file"))
    assert (typed["text"], sent["text"]) == (how["text"], how["text"])
    assert how["text"] in helped["text"]
    (refused,) = speaks(consortium, "patient:mei", Said("file"))
    assert refused["text"] == explain("zh", DomainError("visits_not_yours"))
