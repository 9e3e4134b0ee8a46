"""Robots and webhooks against strict servers: what arrives, what each failure proves, and that no secret is told."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import socket
from datetime import timedelta

import pytest

from delivery.limits import SECOND, Share
from delivery.outgoing import ReadyButton
from delivery.senders import hooks
from delivery.senders.hook_platform import Where
from delivery.senders.hooks import HookSender
from outbox.outcomes import NotSent, Refused, RetryAt, Sent, Uncertain
from tests.channel_doubles import HookDouble
from tests.delivery.senders.hooked import FAST, HOSTILE, PAPER, PIXEL, PLATFORMS, at, now, outgoing, send

SECRET = "SEC000000000000000000000"
LINK = ((ReadyButton("看全文", url="https://pingjia.example/bulletins/2026-10"),),)
ROBOTS = ["wecom", "dingtalk", "feishu"]
ALL = [*ROBOTS, "webhook"]


def words(double: HookDouble) -> list[str]:
    """What people read, whatever the platform calls it."""
    return [
        content[1] if kind == "card" else content["text"] if isinstance(content, dict) else content
        for kind, content in double.arrived
    ]


# what arrives


@pytest.mark.parametrize("platform", ALL)
def test_text_arrives_as_it_is_whatever_it_holds(platform):
    texts = [HOSTILE, "第一行\n\n第三行", "{" * 50]
    with HookDouble(platform, secret=SECRET) as double:
        ends = send(platform, at(double), *(outgoing(text, delivery=n) for n, text in enumerate(texts, 1)))
    assert ends == [Sent(None)] * 3
    assert words(double) == texts


@pytest.mark.parametrize(
    ("platform", "secret"), [("dingtalk", SECRET), ("feishu", SECRET), ("webhook", "whsec_c2VjcmV0")]
)
def test_signature_is_good_and_a_wrong_secret_is_refused(platform, secret):
    with HookDouble(platform, secret=secret) as double:
        ends = send(platform, at(double), *(outgoing(f"{n}", delivery=n) for n in range(6)))
        [wrong] = send(platform, Where(double.url, secret + "x"), outgoing("no"))
        [unsigned] = send(platform, Where(double.url, None), outgoing("no"))
    refused = Refused("key_refused" if platform == "webhook" else "security_refused")
    assert (ends, wrong, unsigned, len(double.arrived)) == ([Sent(None)] * 6, refused, refused, 6)


def test_sign_of_dingtalk_is_encoded_once():
    """Six moments at least one of whose signs holds `+` or `/` would betray a second encoding; here it is looked at."""
    with HookDouble("dingtalk", secret=SECRET) as double:
        send("dingtalk", at(double), *(outgoing(str(n)) for n in range(8)))
    signs = [call.path.partition("sign=")[2] for call in double.calls]
    assert all("%25" not in sign and "+" not in sign and "/" not in sign for sign in signs)


@pytest.mark.parametrize(("platform", "limit"), [("wecom", 2048), ("dingtalk", 16_000), ("feishu", 16_000)])
def test_limit_is_counted_in_bytes_and_kept_before_calling(platform, limit):
    fits = "评" * (limit // 3) + "a" * (limit % 3)
    with HookDouble(platform) as double:
        ends = send(platform, at(double), outgoing(fits), outgoing(fits + "a"))
    assert ends == [Sent(None), Refused("too_long")]
    assert (words(double), len(double.calls)) == ([fits], 1)


@pytest.mark.parametrize("platform", ["dingtalk", "feishu"])
def test_whole_request_is_kept_within_what_the_platform_takes(platform):
    with HookDouble(platform) as double:
        [end] = send(platform, at(double), outgoing('\n\\"' * 5300))  # each of them is two bytes in JSON
    assert (end, double.calls) == (Refused("too_long"), [])


def test_wecom_shows_pictures_and_files_as_messages_of_their_own():
    with HookDouble("wecom") as double:
        ends = send(
            "wecom", at(double), outgoing("", picture=PIXEL, alt="排名"), outgoing("", document=PAPER), outgoing("十月"),
            outgoing("十月", picture=PIXEL), outgoing("", picture=b"\x89PNG" + b"x" * 2_100_000),
            outgoing("", picture=PIXEL, document=PAPER),
        )  # fmt: skip
    assert ends == [
        Sent(None), Sent(None), Sent(None), Refused("too_long"), Refused("file_too_large"), Refused("file_refused"),
    ]  # fmt: skip
    assert double.arrived == [("image", PIXEL), ("file", ("bulletin.pdf", PAPER)), ("text", "十月")]


@pytest.mark.parametrize("platform", ["dingtalk", "feishu"])
def test_picture_that_cannot_be_shown_gives_way_to_its_words(platform):
    with HookDouble(platform) as double:
        ends = send(
            platform, at(double), outgoing("十月", picture=PIXEL, alt="甲第一"), outgoing("", picture=PIXEL, alt="甲第一"),
            outgoing("甲第一。", picture=PIXEL, alt="甲第一"), outgoing("", picture=PIXEL),
        )  # fmt: skip
    assert words(double) == ["甲第一\n\n十月", "甲第一", "甲第一。"]
    assert ends[3] == Refused("file_refused")


def test_addresses_to_open_are_buttons_on_a_card_and_lines_elsewhere():
    found = {}
    for platform in ALL:
        with HookDouble(platform) as double:
            assert send(platform, at(double), outgoing("十月", title="协同简报", buttons=LINK)) == [Sent(None)]
            [(_, found[platform])] = double.arrived
    line = "十月\n看全文 https://pingjia.example/bulletins/2026-10"
    assert (found["wecom"], found["dingtalk"]) == (line, line)
    assert found["feishu"] == ("协同简报", "十月", [("看全文", "https://pingjia.example/bulletins/2026-10")])
    assert found["webhook"]["links"] == [{"text": "看全文", "url": "https://pingjia.example/bulletins/2026-10"}]
    assert found["webhook"]["title"] == "协同简报"


def test_webhook_brings_everything_at_once_and_is_known_by_its_delivery():
    message = outgoing("十月", picture=PIXEL, alt="甲第一", document=PAPER, delivery=17)
    with HookDouble("webhook", secret=SECRET) as double:
        ends = send("webhook", at(double), message, message)
    assert (ends, len(double.calls)) == ([Sent(None)] * 2, 2)
    [(name, document)] = double.arrived  # the receiver left out what it had
    assert name == "delivery-17"
    assert document["picture"]["alt"] == "甲第一"
    assert set(document) == {"type", "channel", "text", "picture", "document"}


# what failures prove


@pytest.mark.parametrize(
    ("platform", "code", "end"),
    [
        ("wecom", 93000, Refused("key_refused")),
        ("wecom", 45009, RetryAt),
        ("wecom", 45002, Refused("too_long")),
        ("wecom", 40009, Refused("file_too_large")),
        ("wecom", -1, Uncertain("server_error")),
        ("wecom", 77777, Refused("bad_request")),
        ("dingtalk", 310000, Refused("security_refused")),
        ("dingtalk", 400101, Refused("key_refused")),
        ("dingtalk", 400102, Refused("robot_stopped")),
        ("dingtalk", 400013, Refused("gone")),
        ("dingtalk", 410100, RetryAt),
        ("dingtalk", 130101, RetryAt),
        ("dingtalk", 430102, Refused("content_refused")),
        ("feishu", 19001, Refused("key_refused")),
        ("feishu", 19021, Refused("security_refused")),
        ("feishu", 19024, Refused("security_refused")),
        ("feishu", 11232, RetryAt),
        ("feishu", 9499, Refused("bad_request")),
    ],
)
def test_code_in_the_body_of_a_200_is_read(platform, code, end):
    with HookDouble(platform) as double:
        double.faults.append(("refuse", code))
        before = now()
        [found] = send(platform, at(double), outgoing())
    assert double.arrived == []
    if end is RetryAt:
        assert found.code == "flood"
        assert timedelta(seconds=59) < found.at - before < timedelta(seconds=70)
    else:
        assert found == end


@pytest.mark.parametrize("platform", ALL)
@pytest.mark.parametrize(
    ("fault", "end", "arrives"),
    [
        ("lost", Uncertain("no_answer"), 1),
        ("dropped", Uncertain("no_answer"), 0),
        ("redirect", Refused("redirected"), 0),
        (("status", 500), Uncertain("server_error"), 0),
        (("status", 502), Uncertain("server_error"), 0),
    ],
)
def test_fault_on_the_way_is_what_it_proves_and_nothing_is_called_twice(platform, fault, end, arrives):
    with HookDouble(platform) as double:
        double.faults.append(fault)
        [found] = send(platform, at(double), outgoing())
    assert (found, len(double.arrived), len(double.calls)) == (end, arrives, 1)


@pytest.mark.parametrize("platform", ROBOTS)
@pytest.mark.parametrize("fault", ["garbled", ("status", 200), ("status", 404), ("status", 403)])
def test_answer_without_a_code_proves_nothing(platform, fault):
    with HookDouble(platform) as double:
        double.faults.append(fault)
        assert send(platform, at(double), outgoing()) == [Uncertain("answer_unreadable")]


@pytest.mark.parametrize(
    ("status", "pause", "end"),
    [
        (200, None, Sent(None)), (204, None, Sent(None)), (410, None, Refused("gone")), (404, None, Refused("gone")),
        (401, None, Refused("key_refused")), (413, None, Refused("file_too_large")), (418, None, Refused("bad_request")),
        (599, None, Uncertain("server_error")), (503, None, Uncertain("server_error")), (503, "120", 120), (429, None, 60),
        (429, "7", 7), (429, "tomorrow", 60), (429, "9" * 30, 60), (429, "0", 1), (429, "999999", 86_400),
    ],
)  # fmt: skip
def test_status_is_the_answer_of_a_webhook(status, pause, end):
    with HookDouble("webhook") as double:
        double.faults.append(("status", status))
        double.retry_after = pause
        before = now()
        [found] = send("webhook", at(double), outgoing())
    if isinstance(end, int):
        assert (type(found), found.code) == (RetryAt, "flood")
        assert abs((found.at - before).total_seconds() - end) < 5
    else:
        assert found == end


def test_nobody_listening_means_not_sent():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/hook"
        assert send("webhook", Where(url), outgoing()) == [NotSent("unreachable")]
    assert send("webhook", Where("https://nowhere.invalid/hook"), outgoing()) == [NotSent("unreachable")]
    assert send("webhook", Where("gopher://127.0.0.1/hook"), outgoing()) == [NotSent("unreachable")]


def test_server_that_stalls_leaves_it_in_doubt(monkeypatch):
    monkeypatch.setattr(hooks, "_READ", 0.2)
    with HookDouble("feishu") as double:
        double.faults.append("stall")
        assert send("feishu", at(double), outgoing()) == [Uncertain("no_answer")]


@pytest.mark.parametrize("fault", ["lost", "garbled", "dropped", ("status", 500), ("refuse", -1)])
def test_upload_that_fails_shows_nobody_anything_and_may_be_repeated(fault):
    with HookDouble("wecom") as double:
        double.faults.append(fault)
        ends = send("wecom", at(double), outgoing("", document=PAPER), outgoing("", document=PAPER))
    assert ends == [NotSent("unreachable"), Sent(None)]
    assert [kind for kind, _ in double.arrived] == ["file"]


def test_upload_that_is_refused_is_refused():
    with HookDouble("wecom") as double:
        double.faults += [("refuse", 93000), ("refuse", 45009)]
        ends = send("wecom", at(double), outgoing("", document=PAPER), outgoing("", document=PAPER))
    assert (ends[0], type(ends[1])) == (Refused("key_refused"), RetryAt)


@pytest.mark.parametrize("platform", ALL)
def test_what_was_sent_cannot_be_changed(platform):
    with HookDouble(platform) as double:
        assert send(platform, at(double), outgoing("new", edits="17")) == [Refused("cannot_edit")]
    assert double.calls == []


@pytest.mark.parametrize("end", [Refused("channel_unknown"), NotSent("secret_unreadable"), Refused("rehearsal")])
def test_channel_that_is_not_to_be_had_ends_the_attempt(end):
    assert send("wecom", end, outgoing()) == [end]


def test_call_past_its_time_is_not_made():
    with HookDouble("wecom") as double:
        assert send("wecom", at(double), outgoing(start_by=now())) == [NotSent("lease_lost")]
    assert double.calls == []


# turns


def test_robot_gets_no_more_than_its_minute_takes_and_others_are_not_held_up():
    share = Share(per_second=1000, chat_gap=1, group_limit=3, group_window=60 * SECOND)
    with HookDouble("wecom") as double:
        double.platform.limit = 3
        many = [outgoing(str(n)) for n in range(5)]
        ends = send("wecom", at(double), *many, outgoing("else", address="other"), share=share)
    assert [type(end) for end in ends] == [Sent, Sent, Sent, RetryAt, RetryAt, RetryAt]
    assert (ends[3].code, ends[5].code) == ("paced", "flood")  # the double counts both as one robot
    assert len(double.arrived) == 3


def test_robot_that_says_too_fast_rests():
    async def play(double: HookDouble):
        async def find(address: str) -> Where:
            return at(double)

        sender = HookSender(PLATFORMS["feishu"], find=find, clock=now, share=FAST)
        double.faults.append(("refuse", 11232))
        ends = [await sender.send(outgoing(address=address)) for address in ("a", "b", "a")]
        pace = sender.pace()
        await sender.close()
        return ends, pace

    with HookDouble("feishu") as double:
        ends, pace = asyncio.run(play(double))
    assert [getattr(end, "code", None) for end in ends] == ["flood", None, "paced"]
    assert (pace.pause, set(pace.resting)) == (0.0, {"a"})
    assert pace.resting["a"] > 50


def test_shares_are_those_of_the_platforms():
    shares = {name: (one.share.group_limit, one.share.group_window // SECOND) for name, one in PLATFORMS.items()}
    assert shares == {"wecom": (20, 60), "dingtalk": (20, 60), "feishu": (100, 60), "webhook": (60, 60)}
    assert PLATFORMS["feishu"].share.chat_gap * 5 > SECOND  # never more than five a second


def test_longest_call_covers_every_timeout():
    parts = hooks._PATIENCE + hooks._UPLOAD + hooks._POOL + hooks._CONNECT + hooks._WRITE + hooks._READ
    assert parts < HookSender.longest_call <= 40


# secrets


@pytest.mark.parametrize("platform", ALL)
def test_nothing_at_any_level_of_logging_holds_address_secret_or_text(platform, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with HookDouble(platform, secret=SECRET) as double:
        double.faults += ["garbled", "lost", ("refuse", 12345), ("status", 500)]
        where = at(double)
        send(platform, where, *(outgoing("绝密的内容") for _ in range(5)))
        send(platform, dataclasses.replace(where, url="http://127.0.0.1:1/k?key=693a91f6"), outgoing("绝密的内容"))
    key = double.platform.address.rpartition("/" if platform in {"feishu", "webhook"} else "=")[2]
    said = caplog.text + "".join(capsys.readouterr()) + repr(where)
    assert [word for word in (key, SECRET, "绝密", "693a91f6") if word in said] == []


def test_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with HookDouble("wecom") as double:
        assert send("wecom", at(double), outgoing()) == [Sent(None)]
