"""From a configuration to what people see: worker, senders and files together, against doubles of every platform."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from consortium.application import apply_consortium
from consortium.definition import parse_consortium
from consortium.office_models import Channel
from delivery.limits import Share
from delivery.senders import dingtalk, feishu, webhook, wecom
from delivery.senders.hooks import HookSender
from delivery.senders.mail import MailSender
from delivery.ways_out import configured_senders, find_hook, find_mail
from delivery.worker import Working
from outbox.channel_limits import limits_of
from outbox.fitting import fitted
from outbox.message import Message
from outbox.outcomes import NotSent, Refused
from tests.cast import NOW, consortium_document
from tests.channel_doubles import HookDouble, MailDouble
from tests.delivery.senders.hooked import PAPER, PIXEL, now
from tests.delivery.stage import Clock, FakeChannel, count, owe, states, until, working

FAST = Share(per_second=1000, chat_gap=1, group_limit=100_000, group_window=1)
HOOKS = ("wecom", "dingtalk", "feishu", "webhook")
SECRETS = {"wecom": None, "dingtalk": "SECding", "feishu": "SECfei", "webhook": "whsec_c2VjcmV0"}
MAILBOX = "mei@hospital.example"
BULLETIN = Message(
    "十月简报\n" + "很长的一段。" * 200, (), "bulletin:17:zh", "甲第一", "协同简报", "bulletin:17:zh:edition"
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doubles(clock):
    with ExitStack() as open_doubles:
        found: dict[str, Any] = {
            name: open_doubles.enter_context(HookDouble(name, secret=SECRETS[name], clock=lambda: clock().timestamp()))
            for name in HOOKS
        }
        for name in HOOKS:
            found[name].platform.limit = 100_000
        found["email"] = open_doubles.enter_context(MailDouble(login=("office", "s3cret")))
        yield found


@pytest.fixture
def installed(database, doubles, tmp_path):
    """Every kind of channel, applied, its secrets in files."""
    channels: list[dict[str, Any]] = []
    for name in HOOKS:
        (tmp_path / f"{name}.url").write_text(doubles[name].url + "\n", encoding="utf-8")
        channels.append({"id": name, "kind": name, "url_file": f"{name}.url"})
        if SECRETS[name]:
            (tmp_path / f"{name}.secret").write_text(SECRETS[name], encoding="utf-8")
            channels[-1]["secret_file"] = f"{name}.secret"
    (tmp_path / "post.password").write_text("s3cret", encoding="utf-8")
    post = {"host": "127.0.0.1", "port": doubles["email"].port, "tls": "none", "from": "office@group.example"}
    channels.append(
        {"id": "post", "kind": "email", "to": [MAILBOX], "user": "office", "password_file": "post.password"} | post
    )
    definition, findings = parse_consortium(consortium_document(channels=channels), file="consortium.toml")
    assert findings == []
    with database.transaction() as session:
        apply_consortium(
            session, definition=definition, schedule={}, folder=str(tmp_path), actor="command_line", now=NOW
        )
    return database


def fast_senders(database, clock: Clock) -> list[Any]:
    hooks = [
        HookSender(one.PLATFORM, find=partial(find_hook, database, one.PLATFORM.channel), clock=clock, share=FAST)
        for one in (wecom, dingtalk, feishu, webhook)
    ]
    for each in hooks:
        each.look_every = 0.0
    mail = MailSender(find=partial(find_mail, database), clock=clock, share=FAST)
    mail.look_every = 0.0
    return [*hooks, mail]


async def drawn(content: bytes, key: str) -> bytes:
    assert key.startswith("bulletin:17:zh")
    return content


def test_bulletin_reaches_every_channel_in_its_own_form(installed, doubles, clock):
    for name in (*HOOKS, "email"):
        before = None
        address = MAILBOX if name == "email" else name
        for number, part in enumerate(fitted(BULLETIN, limits_of(name)), 1):
            key = f"b:{name}:{number}"
            before = owe(installed, key, kind="bulletin", channel=name, address=address, message=part, after=before)

    async def play():
        senders = fast_senders(installed, clock)
        documents = partial(drawn, PAPER)
        pictures = partial(drawn, PIXEL)
        async with working(installed, *senders, clock=clock, picture=pictures, document=documents):
            await until(lambda: count(installed, "owed", "attempting") == 0)

    asyncio.run(play())
    assert set(states(installed).values()) == {("sent", None)}
    text = BULLETIN.text
    kinds = [kind for kind, _ in doubles["wecom"].arrived]
    assert kinds == ["image", "file", "text", "text", "text"]
    assert "".join(words for kind, words in doubles["wecom"].arrived if kind == "text").replace(
        "\n", ""
    ) == text.replace("\n", "")
    assert doubles["dingtalk"].arrived == [("text", f"甲第一\n\n{text}")]
    assert doubles["feishu"].arrived == [("card", ("协同简报", f"甲第一\n\n{text}", []))]
    [(_, hook)] = doubles["webhook"].arrived
    assert (hook["text"], hook["picture"]["alt"], set(hook)) == (
        text, "甲第一", {"type", "channel", "title", "text", "picture", "document"},
    )  # fmt: skip
    [(_, mailbox, mail)] = doubles["email"].arrived
    assert (mailbox, mail["subject"], [part.get_content_type() for part in mail.iter_parts()]) == (
        MAILBOX, "协同简报", ["text/plain", "image/png", "application/pdf"],
    )  # fmt: skip


def test_messages_with_every_fault_double_nothing_and_lose_nothing(installed, doubles, clock):
    """A tenth of the calls, and every way to fail at least once, go wrong somewhere between here and there."""
    for number in range(100):
        name = (*HOOKS, "email")[number % 5]
        address = MAILBOX if name == "email" else name
        owe(installed, f"{name}:{number}", kind="notice", channel=name, address=address)
    phases = _plan_faults(doubles, random.Random(3))

    async def play():
        senders = fast_senders(installed, clock)
        quick = Working(poll=0.01, lease=1e6, recover_every=0.02)
        async with asyncio.timeout(60), working(installed, *senders, clock=clock, working=quick):
            while count(installed, "owed", "attempting"):
                if phases and not doubles["email"].faults:
                    doubles["email"].faults.update([phases.pop(0)])
                clock.jump(150)
                for sender in senders:  # the minutes pass for the clocks of the robots as well
                    sender._pacers.clear()
                await asyncio.sleep(0.05)

    asyncio.run(play())
    ended = states(installed)
    seen = Counter(_text(kind, content) for name in HOOKS for kind, content in doubles[name].arrived)
    seen.update(mail.get_content().strip() for _, _, mail in doubles["email"].arrived)
    assert (len(ended), max(seen.values())) == (100, 1)
    assert set(dict(ended.values())) == {"sent", "refused", "uncertain"}
    for key, (state, code) in ended.items():
        expected = {"sent": (1,), "refused": (0,), "uncertain": (0, 1)}[state]
        assert (seen[key] in expected, bool(code)) == (True, state != "sent"), key


def _plan_faults(doubles, lots: random.Random) -> list[tuple[str, str]]:
    """Faults for a tenth of the calls to each hook; returns those for mail, phase by phase."""
    own = {
        "wecom": [("refuse", 45009), ("refuse", 93000)], "dingtalk": [("refuse", 130101), ("refuse", 310000)],
        "feishu": [("refuse", 11232), ("refuse", 19021)], "webhook": [("status", 429), ("status", 410)],
    }  # fmt: skip
    for name in HOOKS:
        script = ["lost", "dropped", "garbled" if name != "webhook" else "redirect", ("status", 502), *own[name]]
        doubles[name].faults.extend(
            [*script, *(lots.choice(script) if lots.random() < 0.1 else None for _ in range(14))]
        )
    return [
        ("dot", "lost"),
        ("dot", "hangup"),
        ("RCPT", "450 later"),
        ("RCPT", "550 no"),
        ("MAIL", "hangup"),
        ("dot", "554 no"),
    ]


def _text(kind: str, content: Any) -> str:
    return content[1] if kind == "card" else content["text"] if isinstance(content, dict) else content


def test_new_key_in_the_file_is_used_without_a_restart(installed, doubles, tmp_path, clock):
    async def play():
        async with working(installed, *fast_senders(installed, clock), clock=clock):
            (tmp_path / "feishu.url").unlink()
            owe(installed, "a", kind="notice", channel="feishu", address="feishu")
            await until(lambda: states(installed)["a"] == ("owed", "secret_unreadable"))
            (tmp_path / "feishu.url").write_text(doubles["feishu"].url, encoding="utf-8")
            clock.jump(5)
            await until(lambda: states(installed)["a"][0] == "sent")

    asyncio.run(play())


def test_channel_that_is_no_longer_configured_refuses_what_is_owed_to_it(installed, doubles, clock):
    with installed.transaction() as session:
        session.execute(update(Channel).where(Channel.id == "wecom").values(active=False))
    owe(installed, "a", kind="bulletin", channel="wecom", address="wecom")
    owe(installed, "b", kind="bulletin", channel="email", address="nobody@hospital.example")

    async def play():
        async with working(installed, *fast_senders(installed, clock), clock=clock):
            await until(lambda: count(installed, "refused") == 2)

    asyncio.run(play())
    assert set(states(installed).values()) == {("refused", "channel_unknown")}
    assert doubles["wecom"].calls == []


def test_rehearsal_leaves_this_machine_to_nobody(installed, tmp_path):
    (tmp_path / "wecom.url").write_text("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", encoding="utf-8")
    with installed.transaction() as session:
        row = session.get(Channel, "post")
        row.settings = row.settings | {"host": "smtp.group.example"}

    async def play():
        return [
            await find_hook(installed, "wecom", "wecom", rehearsal=True),
            await find_mail(installed, MAILBOX, rehearsal=True),
            type(await find_hook(installed, "feishu", "feishu", rehearsal=True)).__name__,
            type(await find_hook(installed, "wecom", "wecom")).__name__,
        ]

    assert asyncio.run(play()) == [Refused("rehearsal"), Refused("rehearsal"), "Where", "Where"]


def test_every_kind_has_a_sender_whose_calls_end_within_the_lease(installed):
    senders = configured_senders(installed, now)
    assert [sender.channel for sender in senders] == ["wecom", "dingtalk", "feishu", "webhook", "email"]
    assert all(15 + sender.longest_call + 5 <= Working().lease for sender in senders)


def test_database_that_does_not_answer_leaves_it_owed(database, monkeypatch):
    async def fails(work):
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(database, "run", fails)
    assert asyncio.run(find_hook(database, "wecom", "x")) == NotSent("database_unreachable")


def test_idle_channels_are_left_alone_while_telegram_is_busy(installed, clock, monkeypatch):
    """Each look at a channel is a transaction: five idle ones must not be looked at with every message of another."""
    senders = configured_senders(installed, now)
    looks: Counter[str] = Counter()
    for sender in senders:
        usual = sender.pace
        monkeypatch.setattr(sender, "pace", lambda usual=usual, name=sender.channel: looks.update([name]) or usual())
    for number in range(60):
        owe(installed, f"t{number}", kind="notice", address=str(number))

    busy = FakeChannel(clock, lambda outgoing, number: asyncio.sleep(0.005))

    async def play():
        async with working(installed, busy, *senders, clock=clock):
            await until(lambda: count(installed, "sent") == 60)

    asyncio.run(play())
    assert max(looks.values()) <= 2
