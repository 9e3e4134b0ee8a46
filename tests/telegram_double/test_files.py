"""Files that people send: announced in the update, described by getFile, fetched by the path it gave; and strictly so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aiogram.types import BufferedInputFile, ReplyParameters

from tests.telegram_double import AnswerLost, ClosedBefore, Garbled, ServerError, TelegramDouble
from tests.telegram_double.conftest import Api
from tests.telegram_double.files import LARGEST_DOWNLOAD
from tests.telegram_double.library_clients import aiogram_client

LI, GROUP = 4001, -5001
TABLE = b"visit,kind\nV1,outpatient\n"


@pytest.fixture
def li(tg: TelegramDouble) -> Any:
    return tg.person(LI, "Li")


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
        yield client


def fetched(http: httpx.Client, tg: TelegramDouble, path: str, token: str | None = None) -> httpx.Response:
    return http.get(f"{tg.url}/file/bot{token or tg.token}/{path}")


def test_a_document_is_announced_described_and_fetched(tg, api: Api, http, li) -> None:
    document = li.sends_file("名单.csv", TABLE, caption="十月")["message"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == ("名单.csv", "text/csv", 25)
    found = api.result("getFile", file_id=document["file_id"])
    assert (found["file_id"], found["file_unique_id"]) == (document["file_id"], document["file_unique_id"])
    assert (found["file_size"], found["file_path"]) == (25, "documents/file_0.csv")
    answer = fetched(http, tg, found["file_path"])
    assert (answer.status_code, answer.content) == (200, TABLE)
    assert [(call.method, call.outcome) for call in tg.calls] == [("getFile", "ok"), ("file", "ok")]


def test_the_update_may_say_nothing_or_something_wrong_of_the_size_and_name(tg, api: Api, li) -> None:
    silent = li.sends_file("", TABLE, mime="", told_size=-1)["message"]["document"]
    assert set(silent) == {"file_id", "file_unique_id"}
    assert li.sends_file("x.csv", TABLE, told_size=7)["message"]["document"]["file_size"] == 7


def test_a_path_is_good_for_an_hour_and_only_for_the_bot(http) -> None:
    now = [1_000_000.0]
    with TelegramDouble(clock=lambda: now[0]) as tg:
        api = Api(http, tg.url, tg.token)
        document = tg.person(LI, "Li").sends_file("x.csv", TABLE)["message"]["document"]
        assert fetched(http, tg, "documents/file_0.csv").status_code == 404
        path = api.result("getFile", file_id=document["file_id"])["file_path"]
        assert fetched(http, tg, path, token="1234:AAF-another_bot").status_code == 401
        now[0] += 3599
        assert fetched(http, tg, path).content == TABLE
        now[0] += 1
        assert fetched(http, tg, path).json() == {"ok": False, "error_code": 404, "description": "Not Found"}


def test_get_file_refuses_what_the_real_server_refuses(tg, api: Api, li) -> None:
    assert api.refusal("getFile") == "Bad Request: file_id not specified"
    assert api.refusal("getFile", file_id="BQAC-made-up") == "Bad Request: invalid file_id"
    large = li.sends_file("x.csv", bytes(LARGEST_DOWNLOAD + 1))["message"]["document"]
    assert api.refusal("getFile", file_id=large["file_id"]) == "Bad Request: file is too big"
    just = li.sends_file("x.csv", bytes(LARGEST_DOWNLOAD))["message"]["document"]
    assert api.result("getFile", file_id=just["file_id"])["file_size"] == LARGEST_DOWNLOAD


def test_what_goes_wrong_on_the_wire_can_be_scripted(tg, api: Api, http, li) -> None:
    path = api.result("getFile", file_id=li.sends_file("x.csv", TABLE)["message"]["document"]["file_id"])["file_path"]
    for fault in (ClosedBefore(), AnswerLost()):
        tg.fails("file", fault)
        with pytest.raises(httpx.RemoteProtocolError):
            fetched(http, tg, path)
    tg.fails("file", ServerError(502))
    assert fetched(http, tg, path).status_code == 502
    tg.fails("file", Garbled())
    assert fetched(http, tg, path).content == TABLE[:12]
    assert fetched(http, tg, path).content == TABLE


def test_groups_show_the_bot_only_documents_that_concern_it(tg, api: Api, li) -> None:
    group = tg.group(GROUP, "群")
    li.adds_bot_to(group)
    assert li.sends_file("x.csv", TABLE, group=group) == {}
    assert li.sends_file("x.csv", TABLE, group=group, caption="@tongping_bot")["message"]["caption"] == "@tongping_bot"


def test_a_tap_shows_the_document_its_message_answers_until_that_is_deleted(tg, li) -> None:
    sent = li.sends_file("x.csv", TABLE)["message"]

    async def asks() -> None:
        async with aiogram_client(tg.url, tg.token) as client:
            await client.bot.send_message(  # type: ignore[attr-defined]
                LI, "哪个单位？", reply_parameters=ReplyParameters(message_id=sent["message_id"]),
                reply_markup={"inline_keyboard": [[{"text": "甲", "callback_data": "v"}]]},
            )  # fmt: skip

    asyncio.run(asks())
    answered = li.taps("甲")["callback_query"]["message"]["reply_to_message"]
    assert (answered["message_id"], answered["document"]) == (sent["message_id"], sent["document"])
    li.deletes()
    assert "reply_to_message" not in li.taps("甲")["callback_query"]["message"]


def test_aiogram_sends_a_document_with_a_caption_and_fetches_one(tg, li) -> None:
    received = li.sends_file("名单.csv", TABLE)["message"]["document"]

    async def story() -> bytes:
        async with aiogram_client(tg.url, tg.token) as client:
            bot = client.bot  # type: ignore[attr-defined]
            await bot.send_document(LI, BufferedInputFile(b"PK..", "链接.xlsx"), caption="3 条")
            found = await bot.get_file(received["file_id"])
            return (await bot.download_file(found.file_path)).read()

    assert asyncio.run(story()) == TABLE
    (message,) = tg.delivered(LI)
    assert (message.kind, message.text, message.upload.name, message.upload.content) == (
        "document", "3 条", "链接.xlsx", b"PK..",
    )  # fmt: skip
