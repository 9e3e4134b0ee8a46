"""Yesterday's backup is restored and started: nothing goes out by itself; on a person's word exactly that one goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outbox.deliveries import enqueue
from outbox.message import Message
from storage.database import Database
from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.visitor import Visitor
from tests.telegram_double import TelegramDouble

pytestmark = pytest.mark.journey
WORDS = ("第一条通知", "第二条通知", "第三条通知")


def owes(house: Installation, address: int) -> None:
    database = Database(house.settings["DATABASE_URL"])
    with database.transaction() as session:
        for number, words in enumerate(WORDS):
            enqueue(session, dedupe_key=f"restored:{number}", channel="telegram", address=str(address), kind="notice",
                    message=Message(words), now=datetime.now(UTC))  # fmt: skip
    database.close()


def said(telegram: TelegramDouble, chat: int) -> list[str]:
    texts = [str(call.payload.get("text", "")) for call in telegram.calls_of("sendMessage", chat=chat)]
    return [text for text in texts if text in WORDS]


def test_restored_backup_sends_nothing_until_a_person_says_so(found: Founder, telegram: TelegramDouble) -> None:
    house = found(telegram).serves()
    chen = telegram.person(8301, "Chen Jing")
    house.binds(chen=chen)
    house.stops()
    owes(house, chen.id)
    house.does("backup", "yesterday.backup")
    house.serves()
    telegram.until(lambda: len(said(telegram, chen.id)) == 3, what="three notices")
    assert house.tries("restore", "yesterday.backup", "--replace").exit_code == 2  # while it is served
    house.stops()
    refused = house.tries("restore", "yesterday.backup")
    assert (refused.exit_code, "--replace" in refused.err) == (2, True)
    answer = house.does("restore", "yesterday.backup", "--replace")
    assert "3" in answer.out
    assert house.rows("select state, code, count(*) from delivery where dedupe_key like 'restored:%' group by state, code") == [
        ("held", "restored", 3)
    ]  # fmt: skip
    house.serves()
    before = len(telegram.calls_of("sendMessage", chat=chen.id))
    chen.sends("/start")  # the bot answers, and the worker has had its looks
    telegram.until(lambda: len(telegram.calls_of("sendMessage", chat=chen.id)) > before, what="a served chat")
    assert len(said(telegram, chen.id)) == 3
    with Visitor() as visitor:
        token = house.does("login-link", "chen").line.rpartition("/")[2]
        visitor.sends(visitor.opens(f"{house.base_url}/sign-in/{token}"), token)
        page = visitor.opens(f"{house.base_url}/office/deliveries")
        (number,) = house.rows("select id from delivery where dedupe_key = 'restored:1'")[0]
        visitor.sends(page, f"/office/deliveries/{number}", {"decision": "send_again"})
    telegram.until(lambda: len(said(telegram, chen.id)) == 4, what="the one that was decided")
    assert said(telegram, chen.id)[-1] == WORDS[1]
    house.stops()
    states = "select state, count(*) from delivery where dedupe_key like 'restored:%' group by state order by state"
    assert house.rows(states) == [("held", 2), ("sent", 1)]
