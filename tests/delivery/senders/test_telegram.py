"""What each way a call can go proves, against a strict Bot API server and against answers no such server gives."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from delivery.limits import Share
from delivery.outgoing import Moved, Outgoing, ReadyButton
from delivery.senders import telegram
from delivery.senders.telegram import TelegramSender
from locales.errors import DomainError
from outbox.message import encode_action
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from tests.telegram_double import TOKEN, AnswerLost, ClosedBefore, Garbled, ServerError, Stall, TelegramDouble, TooMany

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
FAST = Share(per_second=1000, chat_gap=1, group_limit=1000, group_window=1)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601805a346d0000000049454e44ae426082"
)


@pytest.fixture
def tg() -> Iterator[TelegramDouble]:
    with TelegramDouble() as double:
        double.person(1001, "Mei").opens("/start")
        yield double


def outgoing(
    address: object = 1001, text: str = "请评价这次就诊", *, buttons=(), picture=None, alt="", start_by=None
) -> Outgoing:
    return Outgoing(str(address), text, buttons, picture, alt, start_by or NOON + timedelta(seconds=20))


@contextlib.asynccontextmanager
async def sender_to(api: str, *, share: Share = FAST, clock=lambda: NOON) -> AsyncIterator[TelegramSender]:
    sender = TelegramSender(token=TOKEN, api=api, clock=clock, share=share)
    try:
        yield sender
    finally:
        await sender.close()


def send(api: str, *messages: Outgoing, share: Share = FAST) -> list:
    async def play() -> list:
        async with sender_to(api, share=share) as sender:
            return [await sender.send(message) for message in messages]

    return asyncio.run(play())


def texts(tg: TelegramDouble, chat: int) -> list[str]:
    return [message.text for message in tg.delivered(chat)]


# what arrives


def test_text_arrives_as_it_is_with_its_buttons(tg):
    data = encode_action(b"k" * 32, "1001", ("o", "rel", "17", "a" * 40))
    rows = ((ReadyButton("同意发布", data=data),), (ReadyButton("网页", url="https://pingjia.example/jb"),))
    text = "<b>not bold</b> *_[x](y)_* & https://pingjia.example 😀"
    [end] = send(tg.url, outgoing(text=text, buttons=rows))
    [message] = tg.delivered(1001)
    assert end == Sent(str(message.id))
    assert message.text == text
    assert [(one["text"], one.get("callback_data"), one.get("url")) for one in message.buttons] == [
        ("同意发布", data, None),
        ("网页", None, "https://pingjia.example/jb"),
    ]
    [call] = tg.calls_of("sendMessage")
    assert "parse_mode" not in call.payload
    preview = call.payload["link_preview_options"]
    assert (json.loads(preview) if isinstance(preview, str) else preview) == {"is_disabled": True}


def test_picture_arrives_with_its_caption(tg):
    ends = send(
        tg.url,
        outgoing(text="十月简报", picture=PIXEL, buttons=((ReadyButton("网页", url="https://pingjia.example"),),)),
        outgoing(text="", picture=PIXEL, alt="各单位得分"),
    )
    photos = tg.delivered(1001)
    assert ends == [Sent(str(photo.id)) for photo in photos]
    assert [(photo.kind, photo.text, photo.upload.content, photo.upload.name) for photo in photos] == [
        ("photo", "十月简报", PIXEL, "picture.png"),
        ("photo", "各单位得分", PIXEL, "picture.png"),
    ]


@pytest.mark.parametrize(("picture", "limit"), [(None, 4096), (PIXEL, 1024)])
def test_limits_are_counted_in_utf16_units_and_kept_before_calling(tg, picture, limit):
    fits, long = "😀" * (limit // 2), "😀" * (limit // 2) + "。"
    ends = send(tg.url, outgoing(text=fits, picture=picture), outgoing(text=long, picture=picture))
    assert [type(ends[0]), ends[1]] == [Sent, Refused("too_long")]
    assert texts(tg, 1001) == [fits]
    assert len(tg.calls) == 1


# what is refused


def test_chats_that_cannot_be_written_to_are_told_apart(tg):
    blocker, stranger, gone = tg.person(1002, "Li"), tg.person(1003, "Wang"), tg.person(1004, "Zhao")
    for person in (blocker, gone):
        person.opens("/start")
    blocker.blocks_bot()
    gone.deletes_account()
    group = tg.group(-55, "绩效群")
    blocker.unblocks_bot()
    blocker.opens("/start")
    blocker.adds_bot_to(group)
    blocker.removes_bot_from(group)
    blocker.blocks_bot()
    ends = send(tg.url, *(outgoing(address) for address in (blocker.id, stranger.id, gone.id, group.id, 99999)))
    assert ends == [Refused("blocked"), Refused("blocked"), Refused("gone"), Refused("blocked"), Refused("gone")]


def test_group_that_upgraded_is_followed(tg):
    mei, group = tg.person(1005, "Mei"), tg.group(-55, "绩效群")
    mei.opens("/start")
    mei.adds_bot_to(group)
    group.upgrades(mei)
    assert send(tg.url, outgoing(-55), outgoing(group.id)) == [
        Moved(str(group.id)),
        Sent(str(tg.delivered(group.id)[-1].id)),
    ]


def test_bad_message_is_refused_and_telegrams_words_are_not_logged(tg):
    button = ReadyButton("secret label", url="http://secret-host-of-the-message")
    with structlog.testing.capture_logs() as lines:
        assert send(tg.url, outgoing(text="secret text", buttons=((button,),))) == [Refused("bad_request")]
    assert [line["event"] for line in lines] == ["telegram_call_failed"]
    assert "secret" not in str(lines)
    assert "1001" not in str(lines)


def test_bare_error_name_of_telegram_is_logged(tg):
    with structlog.testing.capture_logs() as lines:
        [end] = send(tg.url, outgoing(buttons=((ReadyButton("x", data="x" * 65),),)))
    assert end == Refused("bad_request")
    assert lines[0]["name"].upper() == "BUTTON_DATA_INVALID"


@pytest.mark.parametrize("address", ["", "abc", "1001; drop", "１００１", "--5", "@", "9" * 40])
def test_malformed_address_is_refused_without_a_call(tg, address):
    assert send(tg.url, outgoing(address)) == [Refused("address_malformed")]
    assert tg.calls == []


def test_text_that_no_request_can_carry_is_refused(tg):
    assert send(tg.url, outgoing(text="broken \ud83d name")) == [Refused("bad_request")]
    assert texts(tg, 1001) == []


def test_wrong_token_leaves_everything_owed(tg):
    async def play():
        sender = TelegramSender(token="7:wrong", api=tg.url, clock=lambda: NOON)
        try:
            return await sender.send(outgoing())
        finally:
            await sender.close()

    assert asyncio.run(play()) == NotSent("token_refused")


# what is broken off


@pytest.mark.parametrize(
    ("fault", "end", "arrived"),
    [
        (AnswerLost(), Uncertain("no_answer"), 1),
        (ClosedBefore(), Uncertain("no_answer"), 0),
        (Garbled(), Uncertain("answer_unreadable"), 1),
        (Garbled(b'{"ok":true,"result":true}'), Uncertain("answer_unreadable"), 1),
        (Garbled(b""), Uncertain("answer_unreadable"), 1),
        (ServerError(500), Uncertain("server_error"), 0),
        (ServerError(502, "Bad Gateway"), Uncertain("server_error"), 0),
        (TooMany(37), RetryAt(NOON + timedelta(seconds=37), "flood"), 0),
    ],
)  # fmt: skip
def test_fault_is_what_it_proves_and_nothing_is_called_twice(tg, fault, end, arrived):
    tg.fails("sendMessage", fault)
    assert send(tg.url, outgoing()) == [end]
    assert (len(tg.calls_of("sendMessage")), len(texts(tg, 1001))) == (1, arrived)


def test_answer_that_comes_too_late_is_uncertain(tg, monkeypatch):
    monkeypatch.setattr(telegram, "_READ", 0.2)
    tg.fails("sendMessage", Stall(2))
    assert send(tg.url, outgoing()) == [Uncertain("no_answer")]
    assert len(texts(tg, 1001)) == 1


def test_nobody_listening_means_not_sent(tg):
    url = tg.url
    with tg.outage():
        assert send(url, outgoing()) == [NotSent("no_connection")]
    assert [type(end) for end in send(url, outgoing())] == [Sent]


def test_unknown_host_means_not_sent():
    assert send("http://no-such-host.invalid", outgoing()) == [NotSent("no_connection")]


def test_server_that_does_not_accept_means_not_sent(monkeypatch):
    monkeypatch.setattr(telegram, "_CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as fillers:
        address = listener.getsockname()
        for _ in range(4):  # the queue of the listener is full: the next connection waits for its turn
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        assert send(f"http://127.0.0.1:{address[1]}", outgoing()) == [NotSent("no_connection")]


def test_occupied_pool_means_not_sent(tg, monkeypatch):
    monkeypatch.setattr(telegram, "_POOL", 0.1)
    monkeypatch.setattr(telegram, "_READ", 1.0)
    tg.person(1002, "Li").opens("/start")
    tg.fails("sendMessage", Stall(5), chat=1001)

    async def play():
        sender = TelegramSender(token=TOKEN, api=tg.url, clock=lambda: NOON, share=FAST, connections=1)
        try:
            return await asyncio.gather(sender.send(outgoing(1001)), sender.send(outgoing(1002)))
        finally:
            await sender.close()

    assert asyncio.run(play()) == [Uncertain("no_answer"), NotSent("no_connection")]


@contextlib.asynccontextmanager
async def canned(status: str, body: bytes) -> AsyncIterator[str]:
    """A server that gives one and the same answer to everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        await reader.readexactly(length)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


REFUSED = {"ok": False, "error_code": 400, "description": "Bad Request: x"}


@pytest.mark.parametrize(
    ("status", "body", "end"),
    [
        ("403 Forbidden", b"<html>a proxy says no</html>", Uncertain("answer_unreadable")),
        ("404 Not Found", b"", Uncertain("answer_unreadable")),
        ("302 Found", b"", Uncertain("answer_unreadable")),
        ("200 OK", b'{"ok":false,"description":"x"}', Uncertain("answer_unreadable")),
        ("200 OK", b'{"ok":true,"result":{"message_id":"5"}}', Uncertain("answer_unreadable")),
        ("200 OK", b"[" * 100_000, Uncertain("answer_unreadable")),
        ("200 OK", b'{"ok":true,"result":{"message_id":5,"date":"x","chat":7}}', Uncertain("sender_fault")),
        ("503 Unavailable", b'{"ok":false}', Uncertain("server_error")),
        ("503 Unavailable", json.dumps(REFUSED | {"parameters": {"retry_after": 8}}).encode(), RetryAt(NOON + timedelta(seconds=8), "flood")),
        ("429 Too Many", json.dumps(REFUSED).encode(), RetryAt(NOON + timedelta(seconds=5), "flood")),
        ("429 Too Many", json.dumps(REFUSED | {"parameters": {"retry_after": -3}}).encode(), RetryAt(NOON + timedelta(seconds=1), "flood")),
        ("429 Too Many", json.dumps(REFUSED | {"parameters": {"retry_after": 10**30}}).encode(), RetryAt(NOON + timedelta(days=1), "flood")),
        ("429 Too Many", json.dumps(REFUSED | {"parameters": {"retry_after": "soon"}}).encode(), RetryAt(NOON + timedelta(seconds=5), "flood")),
        ("429 Too Many", b"slow down", Uncertain("answer_unreadable")),
        ("400 Bad Request", json.dumps(REFUSED | {"description": "Bad Request: not enough rights to send text messages to the chat"}).encode(), Refused("no_rights")),
        ("400 Bad Request", json.dumps(REFUSED | {"description": "Bad Request: CHAT_WRITE_FORBIDDEN"}).encode(), Refused("no_rights")),
        ("400 Bad Request", json.dumps(REFUSED | {"description": "Bad Request: PEER_ID_INVALID"}).encode(), Refused("gone")),
        ("403 Forbidden", json.dumps(REFUSED | {"description": "Forbidden: the group chat was deleted"}).encode(), Refused("gone")),
        ("400 Bad Request", json.dumps(REFUSED | {"parameters": {"migrate_to_chat_id": -100777}}).encode(), Moved("-100777")),
        ("409 Conflict", json.dumps(REFUSED).encode(), Uncertain("sender_fault")),
        ("401 Unauthorized", json.dumps(REFUSED).encode(), NotSent("token_refused")),
    ],
)  # fmt: skip
def test_unusual_answers_are_judged_by_what_they_prove(status, body, end):
    async def play():
        async with canned(status, body) as url, sender_to(url) as sender:
            return await sender.send(outgoing())

    assert asyncio.run(play()) == end


def test_connection_that_says_no_http_is_uncertain():
    async def play():
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            writer.write(b"SSH-2.0-OpenSSH\r\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server, sender_to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as sender:
            return await sender.send(outgoing())

    assert asyncio.run(play()) == Uncertain("no_answer")


# turns


def test_call_past_its_time_is_not_made(tg):
    [end] = send(tg.url, outgoing(start_by=NOON))
    assert end == NotSent("lease_lost")
    assert tg.calls == []


def test_chat_that_rests_is_told_so_instead_of_waiting(tg):
    async def play():
        async with sender_to(tg.url, share=Share(chat_gap=60_000_000_000)) as sender:
            first = await sender.send(outgoing())
            resting = dict(sender.pace().resting)
            return first, resting, await sender.send(outgoing())

    first, resting, second = asyncio.run(play())
    assert isinstance(first, Sent)
    assert list(resting) == ["1001"]
    assert (type(second), second.code) == (RetryAt, "paced")
    assert timedelta(seconds=50) < second.at - NOON <= timedelta(seconds=60)
    assert len(tg.calls) == 1


def test_flood_answer_rests_the_chat_and_not_the_others(tg):
    tg.person(1002, "Li").opens("/start")
    tg.fails("sendMessage", TooMany(30), chat=1001)

    async def play():
        async with sender_to(tg.url) as sender:
            ends = [await sender.send(outgoing(address)) for address in (1001, 1001, 1002)]
            return ends, sender.pace()

    ends, pace = asyncio.run(play())
    assert [getattr(end, "code", "sent") for end in ends] == ["flood", "paced", "sent"]
    assert (pace.pause < 1, list(pace.resting)) == (True, ["1001"])
    assert len(tg.calls) == 2


# secrets


def test_nothing_at_any_level_of_logging_holds_token_text_or_address(tg, caplog):
    tg.fails("sendMessage", Garbled(b"secret echo"), call=2)
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        send(tg.url, outgoing(text="secret text"), outgoing(text="secret text"), outgoing(99999, text="secret text"))
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]  # the double's
    said = str(ours) + str(lines)
    for secret in (TOKEN, TOKEN.partition(":")[2], "secret", "1001", "99999", "%3A"):
        assert secret not in said


@pytest.mark.parametrize("token", ["", "token", "1:", ":A", "1:A/../x", "1:A b", "1:A\n", "{token}"])
def test_malformed_token_is_refused_at_the_start(token):
    with pytest.raises(DomainError) as fault:
        TelegramSender(token=token, api="https://api.telegram.org", clock=lambda: NOON)
    assert (fault.value.code, dict(fault.value.details)) == ("telegram_token_malformed", {})


@pytest.mark.parametrize(
    "api", ["", "api.telegram.org", "ftp://x", "http://", "http://x?y", "http://x/{token}", "http://x y"]
)
def test_malformed_address_of_the_server_is_refused_at_the_start(api):
    with pytest.raises(DomainError) as fault:
        TelegramSender(token=TOKEN, api=api, clock=lambda: NOON)
    assert (fault.value.code, dict(fault.value.details)) == ("telegram_api_malformed", {"api": api})


def test_slash_at_the_end_of_the_servers_address_does_no_harm(tg):
    assert [type(end) for end in send(tg.url + "/", outgoing())] == [Sent]


def test_proxy_of_the_environment_is_not_used_for_this_machine(tg, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert [type(end) for end in send(tg.url, outgoing())] == [Sent]


def test_longest_call_covers_every_timeout():
    parts = telegram._PATIENCE + telegram._POOL + telegram._CONNECT + telegram._UPLOAD + telegram._READ
    assert parts < TelegramSender.longest_call <= 40


# the name


def name_of(api: str, token: str = TOKEN) -> str | None:
    return asyncio.run(telegram.user_name(token=token, api=api))


def test_name_of_the_bot_is_told(tg):
    assert name_of(tg.url) == "tongping_bot"
    assert [call.method for call in tg.calls] == ["getMe"]


def test_name_is_unknown_while_nobody_answers(tg):
    url = tg.url
    tg.fails("getMe", ServerError(500))
    assert name_of(url) is None
    tg.fails("getMe", TooMany(5))
    assert name_of(url) is None
    with structlog.testing.capture_logs() as lines:
        assert name_of(url, "7:wrong") is None
    assert "wrong" not in str(lines)
    with tg.outage():
        assert name_of(url) is None
    with pytest.raises(DomainError, match="telegram_token_malformed"):
        name_of(url, "nonsense")


# documents and edits


def test_document_arrives_with_its_caption(tg):
    paper = replace(outgoing(text="十月简报"), document=b"%PDF-1.7 x")
    both = replace(paper, picture=PIXEL)
    ends = send(tg.url, paper, both)
    [message] = tg.delivered(1001)
    assert ends == [Sent(str(message.id)), Refused("file_refused")]
    assert (message.kind, message.text, message.upload.name, message.upload.content) == (
        "document", "十月简报", "bulletin.pdf", b"%PDF-1.7 x",
    )  # fmt: skip


def test_message_is_replaced_in_its_place(tg):
    rows = ((ReadyButton("网页", url="https://pingjia.example"),),)
    words, photo, paper = send(
        tg.url, outgoing(text="a", buttons=rows), outgoing(text="b", picture=PIXEL),
        replace(outgoing(text="c"), document=b"%PDF-1"),
    )  # fmt: skip
    new = PIXEL + b"\x00"
    ends = send(
        tg.url,
        replace(outgoing(text="A"), edits=words.ref),
        replace(outgoing(text="B"), edits=photo.ref, edits_file=True),
        replace(outgoing(text="C"), edits=paper.ref, edits_file=True, document=b"%PDF-2"),
        replace(outgoing(text="D", picture=new), edits=photo.ref, edits_file=True),
    )
    assert ends == [Sent(words.ref), Sent(photo.ref), Sent(paper.ref), Sent(photo.ref)]
    shown = [(one.text, one.upload.content if one.upload else None) for one in tg.delivered(1001)]
    assert shown == [("A", None), ("D", new), ("C", b"%PDF-2")]
    assert (tg.delivered(1001)[0].buttons, len(tg.delivered(1001))) == ((), 3)
    assert [call.method for call in tg.calls[3:]] == [
        "editMessageText", "editMessageCaption", "editMessageMedia", "editMessageMedia",
    ]  # fmt: skip


def test_edit_that_changes_nothing_has_succeeded(tg):
    [words] = send(tg.url, outgoing(text="a"))
    assert send(tg.url, replace(outgoing(text="a"), edits=words.ref)) == [Sent(words.ref)]


def test_edit_of_what_is_not_there_is_refused_and_the_chat_stays(tg):
    [words] = send(tg.url, outgoing(text="a"))
    ends = send(
        tg.url,
        replace(outgoing(text="x"), edits="999"),
        replace(outgoing(text="x"), edits="not a number"),
        replace(outgoing(text="x"), edits=words.ref, edits_file=True),
        replace(outgoing(text="x", picture=PIXEL), edits=words.ref),
        replace(outgoing(text="评" * 1025), edits=words.ref, edits_file=True),
    )
    assert ends == [*[Refused("cannot_edit")] * 4, Refused("too_long")]
    assert texts(tg, 1001) == ["a"]


@pytest.mark.parametrize(
    ("fault", "end"), [(AnswerLost(), Uncertain("no_answer")), (ServerError(), Uncertain("server_error"))]
)
def test_edit_whose_answer_is_lost_is_in_doubt(tg, fault, end):
    [words] = send(tg.url, outgoing(text="a"))
    tg.fails("editMessageText", fault)
    assert send(tg.url, replace(outgoing(text="b"), edits=words.ref)) == [end]
