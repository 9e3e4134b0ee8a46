"""How updates reach a webhook: in order, with the secret, and again until it takes them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.telegram_double import TelegramDouble
from tests.telegram_double.conftest import Api
from tests.telegram_double.hangup import HttpThread

MEI = 1001


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


# webhook


class Hook:
    """A bot's webhook: answers what it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], str | None]] = []
        self.answers: list[Response] = []
        self.gate = threading.Event()
        self.gate.set()
        self.most_at_once = 0
        self._at_once = 0
        self.address = ""

    async def __call__(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.to_thread(self.gate.wait, 10)
        self._at_once -= 1
        self.got.append((body, request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        return self.answers.pop(0) if self.answers else Response()

    @property
    def texts(self) -> list[str]:
        return texts([body for body, _ in self.got])


@contextmanager
def listening() -> Iterator[Hook]:
    hook = Hook()
    done = asyncio.sleep

    async def nothing_to_end() -> None:
        await done(0)

    thread = HttpThread(Starlette(routes=[Route("/hook", hook.__call__, methods=["POST"])]), {}, nothing_to_end)
    thread.start()
    hook.address = f"http://127.0.0.1:{thread.port}/hook"
    yield hook
    hook.gate.set()
    thread.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as heard:
        yield heard


def test_a_webhook_gets_updates_in_order_with_the_secret(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    mei = tg.person(MEI, "Mei")
    mei.sends("0")
    assert api.result("setWebhook", url=hook.address, secret_token="s-E_1") is True
    for number in range(1, 9):
        mei.sends(str(number))
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    assert hook.texts == list("012345678")
    assert {secret for _, secret in hook.got} == {"s-E_1"}


def test_a_webhook_gets_an_update_again_until_it_takes_it(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    hook.answers = [Response(status_code=code) for code in (500, 404, 302)]
    api.result("setWebhook", url=hook.address)
    mei = tg.person(MEI, "Mei")
    mei.sends("1")
    mei.sends("2")
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    assert hook.texts == ["1", "1", "1", "1", "2"]
    assert {secret for _, secret in hook.got} == {None}
    info = api.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == (hook.address, 0)
    assert info["last_error_message"] == "Wrong response from the webhook: 302"


def test_a_dead_webhook_keeps_everything_for_later(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    api.result("setWebhook", url="http://127.0.0.1:9/hook", max_connections=3)
    tg.person(MEI, "Mei").sends("1")
    tg.until(lambda: "last_error_message" in api.result("getWebhookInfo"), what="a failed delivery")
    assert api.result("getWebhookInfo")["pending_update_count"] == 1
    assert api.result("getWebhookInfo")["max_connections"] == 3
    api.result("setWebhook", url=hook.address)
    tg.until(lambda: tg.pending_updates == 0, what="the delivery")
    assert hook.texts == ["1"]


def test_one_chat_waits_for_itself_while_others_go_on(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    hook.gate.clear()
    api.result("setWebhook", url=hook.address, max_connections=2)
    people = [tg.person(MEI + number, f"P{number}") for number in range(4)]
    for person in people:
        person.sends("1")
        person.sends("2")
    tg.until(lambda: hook.most_at_once == 2, what="two deliveries at once")
    hook.gate.set()
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    assert hook.most_at_once == 2
    for person in people:
        assert texts([body for body, _ in hook.got if body["message"]["chat"]["id"] == person.id]) == ["1", "2"]


def test_a_webhook_may_ask_for_patience(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    hook.answers = [Response(status_code=503, headers={"Retry-After": "1"})]
    api.result("setWebhook", url=hook.address)
    tg.person(MEI, "Mei").sends("1")
    tg.until(lambda: len(hook.got) == 2, what="the second delivery")
    assert hook.texts == ["1", "1"]


def test_a_webhook_may_answer_with_a_call(tg: TelegramDouble, api: Api, hook: Hook) -> None:
    hook.answers = [
        JSONResponse({"method": "sendMessage", "chat_id": MEI, "text": "收到"}),
        JSONResponse({"method": "deleteWebhook"}),
        Response("{", media_type="application/json"),
    ]
    api.result("setWebhook", url=hook.address)
    mei = tg.person(MEI, "Mei")
    mei.sends("1")
    mei.waits_for("收到")
    mei.sends("2")
    mei.sends("3")
    tg.until(lambda: tg.pending_updates == 0, what="all deliveries")
    assert api.result("getWebhookInfo")["url"] == hook.address


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"secret_token": "空"}, "secret token contains unallowed characters"),
        ({"secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"secret_token": "a" * 257}, "secret token is too long"),
        ({"url": "http://a.example/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://a.example/hook"}, "bad webhook: Failed to resolve host"),
    ],
)
def test_a_bad_webhook_is_refused(tg: TelegramDouble, api: Api, wish: dict[str, str], sentence: str) -> None:
    refused = api.refusal("setWebhook", **{"url": "http://127.0.0.1:9/hook", **wish})
    assert refused == f"Bad Request: {sentence}"
    assert api.result("getWebhookInfo")["url"] == ""


def test_pending_updates_can_be_dropped(tg: TelegramDouble, api: Api) -> None:
    tg.person(MEI, "Mei").sends("1")
    api.result("deleteWebhook", drop_pending_updates=False)
    assert tg.pending_updates == 1
    api.result("deleteWebhook", drop_pending_updates=True)
    assert tg.pending_updates == 0


def test_a_webhook_names_its_kinds(tg: TelegramDouble, api: Api) -> None:
    api.result("setWebhook", url="http://127.0.0.1:9/hook", allowed_updates=["message"])
    assert api.result("getWebhookInfo")["allowed_updates"] == ["message"]
