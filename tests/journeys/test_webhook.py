"""The same story by webhook: the secret, redelivery, order, and what happens while nobody takes the updates."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Founder
from tests.journeys.installation import Installation
from tests.journeys.survey_walk import (
    ALL_WELL,
    ALL_WELL_STORED,
    SATISFIED,
    SEND,
    SO_SO,
    VERY,
    answers_all,
    begins,
    chooses,
    state_of,
    stored_answers,
)
from tests.telegram_double import Person, TelegramDouble

pytestmark = pytest.mark.journey
SECRET = "the-secret-of-the-webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
_accounts = count(2001)


def free_port() -> int:
    """A port that was free a moment ago: the webhook's address must be known before the server starts."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture(scope="module")
def house(found_once: Founder, tg: TelegramDouble, database_address: str | None) -> Iterator[Installation]:
    port = free_port()
    house = found_once(
        tg,
        database_url=database_address,
        PORT=str(port),
        TELEGRAM_WEBHOOK_URL=f"http://127.0.0.1:{port}/telegram/webhook",
        TELEGRAM_WEBHOOK_SECRET=SECRET,
    )
    house.secrets.append(SECRET)
    house.serves()
    tg.until(lambda: tg.world.webhook is not None, what="a webhook")
    yield house
    house.stops()
    assert tg.calls_of("getUpdates") == []
    house.is_sound()


@pytest.fixture
def mei(tg: TelegramDouble) -> Person:
    return tg.person(next(_accounts), "Mei")


def delivers(house: Installation, body: bytes, *headers: tuple[str, str | bytes]) -> int:
    """A delivery to the webhook by somebody; the status."""
    url = f"{house.base_url}/telegram/webhook"
    given = [("Content-Type", "application/json"), *headers]
    return httpx.post(url, content=body, headers=given, trust_env=False, timeout=20).status_code


def start_update(number: int, account: int, words: str) -> bytes:
    """An update in which somebody sends these words."""
    person = {"id": account, "is_bot": False, "first_name": "?"}
    chat = {"id": account, "type": "private", "first_name": "?"}
    message = {"message_id": 1, "date": 1_800_000_000, "chat": chat, "from": person, "text": words}
    return json.dumps({"update_id": number, "message": message}).encode()


def test_patient_goes_from_link_to_receipt_by_webhook(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    survey = house.encounter("jia", "hooked")
    answers_all(mei, survey.start)
    assert len(mei.messages()) == 1
    assert stored_answers(house, "hooked") == ALL_WELL_STORED
    assert tg.world.webhook is not None
    assert tg.world.webhook.secret == SECRET


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((HEADER, ""),),
        ((HEADER, "the-secret-of-the-webhooK"),),
        ((HEADER, "秘密".encode()),),
        ((HEADER, SECRET), (HEADER, SECRET)),
        (("Authorization", f"Bearer {SECRET}"),),
    ],
)
def test_webhook_believes_nobody_without_the_secret(house: Installation, headers: Any, mei: Person) -> None:
    before = house.rows("select count(*) from handled_update")
    assert delivers(house, start_update(5, mei.id, "/start"), *headers) == 401
    assert delivers(house, b"{" * 100_000, *headers) == 401
    assert house.rows("select count(*) from handled_update") == before


def test_webhook_lets_go_what_nobody_can_read_and_refuses_what_is_too_long(house: Installation) -> None:
    secret = (HEADER, SECRET)
    for body in (b"", b"no json", b"[]", b"{}", b'{"update_id": "7"}', b"[" * 50_000, b"\xff\xfe"):
        assert delivers(house, body, secret) == 200, body[:20]
    assert delivers(house, b" " * 2_000_000, secret) == 413


def test_update_delivered_again_and_again_acts_once(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    survey = house.encounter("jia", "again")
    begins(mei, survey.start)
    with tg.held_updates(copies=3, shuffle_seed=5):
        update = mei.taps(SO_SO)
    mei.waits_for("第 2 题")
    chooses(mei, SATISFIED)
    tg.repeats(update, times=3)
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    mei.waits_until_taps_are_answered()
    assert "第 3 题" in mei.last_message().text
    assert stored_answers(house, "again") == {"clean": "3", "signs": "4"}


def test_words_of_one_chat_are_handled_in_their_order(house: Installation, tg: TelegramDouble) -> None:
    """Six people, each with three texts under way at once: the first of each is the comment."""
    people = [tg.person(next(_accounts), f"P{number}") for number in range(6)]
    surveys = [house.encounter("yi", f"order-{number}") for number in range(6)]
    for person, survey in zip(people, surveys, strict=True):
        begins(person, survey.start)
        chooses(person, *ALL_WELL[:-1])
    with tg.held_updates():
        for number, person in enumerate(people):
            for words in ("第一句", "第二句", "第三句"):
                person.sends(f"{words} {number}")
    for number, person in enumerate(people):
        tg.until(lambda person=person: len(person.messages()) == 3, what="two refusals", chat=person.id)
        assert stored_answers(house, f"order-{number}")["comment"] == f"第一句 {number}"


def test_updates_wait_while_nobody_takes_them(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    """Killed in the middle, and back: what came meanwhile is taken in order, by the bot that has just woken up."""
    survey = house.encounter("jia", "nobody-there")
    first = begins(mei, survey.start)
    house.is_killed()
    mei.taps(VERY, message=first)
    mei.sends("有人吗")
    house.serves()
    mei.waits_for("第 2 题")
    mei.waits_for("这一题请点选项作答")
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    chooses(mei, *ALL_WELL[1:], SEND)
    mei.waits_for("谢谢您")
    assert stored_answers(house, "nobody-there") == ALL_WELL_STORED
    assert state_of(house, "nobody-there") == ("sent", "chat", None)


def test_update_is_acknowledged_after_its_commit(house: Installation, tg: TelegramDouble, mei: Person) -> None:
    """The database is busy, the update is at the door, and we die: Telegram still has it."""
    survey = house.encounter("jia", "busy")
    first = begins(mei, survey.start)
    with house.stored.is_locked():
        update = mei.taps(VERY, message=first)
        tg.until(lambda: is_at_the_door(tg, update), what="the delivery")
        for _ in range(3):  # time enough for an answer that does not wait
            assert httpx.get(f"{house.base_url}/healthz", trust_env=False, timeout=20).status_code == 200
        assert tg.pending_updates == 1
        house.is_killed()
    house.serves()
    mei.waits_for("第 2 题")
    assert stored_answers(house, "busy") == {"clean": "5"}


def is_at_the_door(tg: TelegramDouble, update: dict[str, Any]) -> bool:
    """Whether the update has been brought, at least once."""
    with tg.world.lock:
        waiting = [each for each in tg.world.queue.pending if each.update_id == update["update_id"]]
        return all(each.in_flight for each in waiting)
