"""Where patients do not answer in chat, every way in leads to the page, and nothing is taken."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.models import TextPrompt
from bot.turn import Context
from locales.errors import DomainError, explain
from locales.texts import text
from surveys.fielding.versions import make_test_link
from surveys.models import Answer, Response, Ticket
from surveys.questionnaires import apply_questionnaire
from surveys.responses import view_ticket
from tests.bot.forms import EVERY_KIND
from tests.bot.phone import everything_stored
from tests.cast import NOW, found_consortium

AGREE = "同意并开始（我已满14周岁）"


@pytest.fixture
def switch(consortium, review_keys):
    """Applies the consortium anew with `patients.chat` as given."""

    def to(chat):
        review = {"public_key": review_keys[1], "key_file": "review.key"}
        with consortium.transaction() as session:
            found_consortium(session, review=review, patients={"chat": chat})

    return to


def address(phone):
    (button,) = [button for row in phone.message.buttons for button in row if button.url is not None]
    return button.url


def leads_somewhere(database, url):
    with database.transaction() as session:
        return view_ticket(session, ticket=url.rsplit("/", 1)[1], now=NOW)


def test_link_opened_in_chat_leads_to_the_page_with_a_fresh_ticket(switch, phone, ticket, consortium):
    switch(False)
    mei, made = phone("Mei", "111"), ticket()
    mei.starts(made)
    assert mei.said == [text("zh", "bot.page_only.text")]
    assert mei.buttons == ["打开问卷网页"]
    url = address(mei)
    assert url.startswith("https://tongping.example/s/")
    assert made not in url
    assert leads_somewhere(consortium, url).unit_code == "jia"
    with consortium.transaction() as session:
        assert session.scalars(select(Response)).all() == []
        assert len(session.scalars(select(Ticket)).all()) == 2
    assert url.rsplit("/", 1)[1].encode() not in everything_stored(consortium)


def test_used_unknown_and_expired_links_are_said_as_always(switch, phone, ticket):
    switch(False)
    mei = phone("Mei", "111")
    mei.starts("ticket-999999999999999")
    assert mei.said[-1].startswith("这个问卷链接无效")
    mei.starts(ticket(days_ago=43))
    assert mei.said[-1].startswith("这份问卷已过作答期限")


def test_draft_begun_in_chat_goes_on_on_the_page(switch, phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps(AGREE)
    mei.taps("非常满意")
    place, old = mei.find("跳过")
    switch(False)
    mei.does(mei.tap(place, old))
    assert len(mei.messages) == 1  # in place of the question
    assert leads_somewhere(consortium, address(mei)).answers == {"clean": ("5",)}
    for words in ("很好", "是"):
        mei.says(words)
        assert mei.said[-1] == text("zh", "bot.page_only.text")
    mei.starts()
    assert mei.said[-1] == text("zh", "bot.page_only.text")
    mei.says("/language")
    assert mei.said[-1] == text("en", "bot.page_only.text")
    mei.says("/language")
    with consortium.transaction() as session:
        row = session.scalars(select(Response)).one()
        assert dict(session.execute(select(Answer.question_id, Answer.value)).all()) == {"clean": "5"}
    assert row.revision == 1
    mei.does(mei.tap("1", type(old)("…", ("s", row.id, "1", "x"))))
    assert mei.said[-1] == text("zh", "bot.page_only.text")
    switch(True)
    mei.does(mei.tap(place, old))
    assert mei.messages[place].text.startswith("第 3 题")


def test_receipt_leads_to_the_page_too(switch, phone, consortium):
    switch(False)
    mei = phone("Mei", "111")
    mei.says("7Q2M-0KXD-94TB")
    assert mei.said == [text("zh", "bot.receipt.on_page")]


def test_without_an_address_of_the_page_the_sentence_says_where_to_get_it(switch, phone, ticket, monkeypatch):
    switch(False)
    monkeypatch.setattr("tests.bot.phone.Context", lambda secret, now, url, name: Context(secret, now))
    mei = phone("Mei", "111")
    mei.starts(ticket(language="en"))
    assert mei.said == [text("en", "bot.page_only.no_address")]


def test_trial_of_a_draft_says_so_and_leaves_nothing_behind(phone, consortium):
    draft = {**EVERY_KIND, "questions": EVERY_KIND["questions"][1:2], "is_draft": True}
    draft["questions"] = [{key: value for key, value in draft["questions"][0].items() if key != "parent"}]
    with consortium.transaction() as session:
        apply_questionnaire(session, document=draft, now=NOW)
        make_test_link(
            session, questionnaire=("kinds", "1"), language="zh", ticket="trial-0000000000000001", new_id="t1",
            actor="person:chen", now=NOW,
        )  # fmt: skip
    mei = phone("Mei", "111")
    mei.starts("trial-0000000000000001")
    assert mei.screen.startswith("【试答】")
    mei.taps(AGREE)
    mei.says("是")
    assert mei.screen.startswith("✓ 已记下：是\n\n【试答】")
    place, send = mei.find("提交")
    mei.taps("提交")
    assert mei.screen == "谢谢您！\n\n试答结束，没有保留任何作答，也没有回执码。"
    for table in (Answer, Response, Ticket, TextPrompt):
        with consortium.transaction() as session:
            assert session.scalars(select(table)).all() == []
    mei.again()
    mei.does(mei.tap(place, send))
    assert mei.toast == explain("zh", DomainError("response_unknown"))
    assert mei.messages[place].text.startswith("谢谢您！")
