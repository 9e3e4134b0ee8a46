"""The two libraries the product uses, unchanged, against the double: what each makes of every kind of answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram.types import BufferedInputFile

from tests.telegram_double import AnswerLost, ClosedBefore, Garbled, ServerError, Stall, TelegramDouble, TooMany
from tests.telegram_double import malformed as bad
from tests.telegram_double.conftest import PIXEL
from tests.telegram_double.library_clients import Aiogram, Client, aiogram_client, ptb_client

MEI, GROUP = 1001, -5001


Story = Callable[[Client], Awaitable[Any]]
Tell = Callable[[Story], Any]


@pytest.fixture(params=[aiogram_client, ptb_client], ids=["aiogram", "ptb"])
def tell(tg: TelegramDouble, request: pytest.FixtureRequest) -> Tell:
    """Runs a story with a client of one library, then of the other, against a fresh double."""

    def told(story: Story, token: str = tg.token) -> Any:
        async def run() -> Any:
            async with request.param(tg.url, token) as client:
                return await story(client)

        return asyncio.run(run())

    return told


@pytest.fixture
def mei(tg: TelegramDouble) -> Any:
    person = tg.person(MEI, "Mei")
    person.opens("/start")
    return person


def texts(tg: TelegramDouble, chat: int = MEI) -> list[str]:
    return [message.text for message in tg.delivered(chat)]


def test_who_am_i(tell: Tell) -> None:
    assert tell(lambda client: client.me()) == "tongping_bot"


def test_a_wrong_token_is_known_as_one(tg: TelegramDouble, tell: Any) -> None:
    async def story(client: Client) -> None:
        with pytest.raises(client.errors["token"]):
            await client.me()

    tell(story, token="1234:AAF-another_bot_0123456789_another_bot")


def test_sending_and_editing(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    async def story(client: Client) -> None:
        number = await client.send(MEI, "<b>第 1 题</b> &amp;")
        await client.edit(MEI, number, "第 2 题")

    tell(story)
    (message,) = tg.delivered(MEI)
    assert (message.text, message.history[0].text) == ("第 2 题", "第 1 题 &")
    assert message.history[0].entities == ({"type": "bold", "offset": 0, "length": 5},)


def test_buttons_taps_and_answers(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    async def story(client: Client) -> None:
        await client.ask(MEI, "满意吗？", "满意", "不满意")
        query = mei.taps("满意")["callback_query"]
        await client.answer(query["id"], "收到")
        with pytest.raises(client.errors["bad"], match=r"(?i)query is too old"):
            await client.answer(query["id"], "收到")

    tell(story)
    assert mei.toasts == ["收到"]
    assert tg.delivered(MEI)[0].buttons[1] == {"text": "不满意", "callback_data": "d:不满意"}


def test_pictures_and_albums_are_uploaded(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    async def story(client: Client) -> None:
        await client.photo(MEI, "图")
        assert await client.album(MEI, "甲", "乙") == 2

    tell(story)
    sent = tg.delivered(MEI)
    assert [message.upload.content for message in sent if message.upload] == [PIXEL] * 3
    assert [message.text for message in sent] == ["图", "甲", "乙"]


def test_updates_are_read_and_confirmed(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    mei.sends("好")
    mei.blocks_bot()

    async def story(client: Client) -> list[list[int]]:
        first = await client.updates(None, 0)
        return [first, await client.updates(first[-1] + 1, 0)]

    got = tell(story)
    assert [len(updates) for updates in got] == [3, 0]


def test_every_refusal_is_the_right_exception(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    async def story(client: Client) -> None:
        number = await client.send(MEI, "x")
        with pytest.raises(client.errors["bad"], match=r"(?i)not modified"):
            await client.edit(MEI, number, "x")
        with pytest.raises(client.errors["bad"], match=r"(?i)not found"):
            await client.send(4711, "x")
        with pytest.raises(client.errors["bad"], match=r"(?i)can't parse entities"):
            await client.send(MEI, "<b>x")
        tg.person(1002, "Li")
        with pytest.raises(client.errors["forbidden"], match=r"(?i)can't initiate conversation"):
            await client.send(1002, "x")
        mei.blocks_bot()
        with pytest.raises(client.errors["forbidden"], match=r"(?i)blocked by the user"):
            await client.send(MEI, "x")

    tell(story)


def test_flood_control_tells_when(tg: TelegramDouble, mei: Any, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    tg.fails("sendMessage", TooMany(7))

    async def story(client: Client) -> Exception:
        with pytest.raises(client.errors["flood"]) as caught:
            await client.send(MEI, "x")
        return caught.value

    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    wait = tell(story).retry_after
    assert (wait if isinstance(wait, int) else wait.total_seconds()) == 7
    assert texts(tg) == []


def test_an_upgraded_group_is_followed(tg: TelegramDouble, tell: Tell) -> None:
    chen, group = tg.person(1003, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    group.upgrades(chen)

    async def story(client: Client) -> Exception:
        with pytest.raises(client.errors["upgraded"]) as caught:
            await client.send(GROUP, "x")
        await client.send(group.id, "简报")
        return caught.value

    error = tell(story)
    assert group.id in {getattr(error, "migrate_to_chat_id", None), getattr(error, "new_chat_id", None)}
    assert texts(tg, group.id) == ["简报"]


@pytest.mark.parametrize(
    ("fault", "error", "copies"),
    [
        (AnswerLost(), "network", 1),
        (ClosedBefore(), "network", 0),
        (Stall(5), "network", 1),
        (Garbled(), "garbled", 1),
        (ServerError(), "server", 0),
    ],
    ids=["answer lost", "closed before", "stalled", "garbled", "500"],
)
def test_a_fault_is_one_call_and_at_most_one_copy(
    tg: TelegramDouble, tell: Tell, fault: Any, error: str, copies: int
) -> None:
    tg.person(MEI, "Mei").opens("/start")
    tg.fails("sendMessage", fault)

    async def story(client: Client) -> None:
        with pytest.raises(client.errors[error]):
            await client.send(MEI, "x")

    tell(story)
    assert texts(tg) == ["x"] * copies
    assert len(tg.calls_of("sendMessage")) == 1


def test_nobody_there_is_a_network_error(tg: TelegramDouble, mei: Any, tell: Tell) -> None:
    async def story(client: Client) -> None:
        with tg.outage(), pytest.raises(client.errors["network"]):
            await client.send(MEI, "x")
        await client.send(MEI, "y")

    tell(story)
    assert texts(tg) == ["y"]


@pytest.mark.parametrize(
    "body", [bad.forward_without_name(MEI), bad.reply_to_empty_story(MEI)], ids=["forward", "story"]
)
def test_one_malformed_update_blocks_a_library_that_polls_by_itself(
    tg: TelegramDouble, mei: Any, tell: Tell, body: Any
) -> None:
    tg.inject(body)

    async def story(client: Client) -> None:
        for _ in range(2):
            with pytest.raises(client.errors["malformed"]):
                await client.updates(None, 0)

    tell(story)
    assert tg.pending_updates == 2


@pytest.mark.parametrize("opened", [aiogram_client, ptb_client], ids=["aiogram", "ptb"])
def test_two_pollers_conflict(tg: TelegramDouble, opened: Any) -> None:
    async def story() -> None:
        async with opened(tg.url, tg.token) as first, opened(tg.url, tg.token) as second:
            older = asyncio.create_task(first.updates(None, 30))
            while tg.world.polls == 0:  # noqa: ASYNC110 - the poller is on its way
                await asyncio.sleep(0)
            newer = asyncio.create_task(second.updates(None, 30))
            with pytest.raises(first.errors["conflict"]):
                await older
            tg.person(MEI, "Mei").opens("/start")
            assert len(await newer) == 1

    asyncio.run(story())


def test_aiogram_reads_every_shape_the_double_makes(tg: TelegramDouble) -> None:
    """Strictly: pydantic refuses a shape with a missing field."""
    chen, group = tg.person(1003, "Chen"), tg.group(GROUP, "甲")
    chen.adds_bot_to(group)
    chen.sends_in(group, "/help")
    group.upgrades(chen)
    chen.removes_bot_from(group)
    chen.opens("/start")
    chen.corrects("/start x")
    chen.blocks_bot()
    chen.unblocks_bot()

    async def story() -> None:
        async with aiogram_client(tg.url, tg.token) as client:
            assert isinstance(client, Aiogram)
            assert len(await client.updates(None, 0)) == 10
            assert (await client.bot.get_chat(1003)).first_name == "Chen"
            assert (await client.bot.get_chat_member(1003, 1003)).status == "member"
            assert (await client.bot.get_webhook_info()).pending_update_count == 10
            document = await client.bot.send_document(1003, BufferedInputFile(b"%PDF", "简报.pdf"))
            assert document.document is not None
            assert document.document.file_name == "简报.pdf"

    asyncio.run(story())
