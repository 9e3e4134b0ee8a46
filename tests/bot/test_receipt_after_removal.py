"""A receipt shown in chat when the time of one's own words is over."""

from __future__ import annotations

from datetime import timedelta

from surveys.retention import remove_overdue
from tests.bot.test_receipt_desk import answers, code_in

GONE = "（文字已到期删除）"


def test_receipt_and_copy_in_chat_say_that_the_text_is_gone(phone, ticket, consortium):
    mei = phone("Mei", "111")
    code = code_in(answers(phone, mei, ticket()))
    mei.now += timedelta(days=366)
    with consortium.transaction() as session:
        counts = remove_overdue(session, now=mei.now)
        assert (counts["own_words"], counts["chats"]) == (1, 1)
    mei.says(code)
    assert GONE in mei.messages[mei.newest].text
    assert "耐心" not in mei.messages[mei.newest].text
    before = set(mei.messages)
    mei.taps("复制全文")
    copy = "".join(mei.messages[ref].text for ref in set(mei.messages) - before)
    assert GONE in copy
    assert "\x1f" not in copy
