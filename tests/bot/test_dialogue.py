"""Each update once, whatever its order and however often; refusals change nothing; hostile words stay words."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.dialogue import Context, respond
from bot.models import HandledUpdate
from consortium.models import Chat
from locales.errors import DomainError, explain
from outbox.message import encode_action
from storage.audit import AuditRow
from surveys.models import Answer, Response
from tests.bot.phone import SECRET, everything_stored, rendered
from tests.cast import NOW

pytestmark = pytest.mark.both_databases

NAUGHTY = [
    "<b>bold</b>", "<script>alert(1)</script>", "[x](javascript:alert(1))", "{0.__class__}", "%s %n", "{{7*7}}", "${7*7}",
    "'; drop table answer; --", "=SUM(A1:A9)", "\u202egnirts", "\u0000nul\u0007", "a" * 200, "👩‍👩‍👧‍👦" * 28, "𝕏" * 200, "\ufeff",
    "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい", "  \t \n ", "../../etc/passwd", "null", "-1", "NaN", "/", "／start", "@admin", "\ud83d",
    "e\u0301" * 100, "\r\nzwei\rdrei", "𠜎𠜱𠝹", "ﷺ" * 50, "z̷̢̛a̶l̵g̶o̷" * 5,
]  # fmt: skip


def count(database, model):
    with database.transaction() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_repeated_update_changes_nothing_and_draws_the_screen_again(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.taps("同意并开始（我已满14周岁）")
    mei.taps("非常满意")
    before = (count(consortium, AuditRow), dict(mei.messages))
    for _ in range(3):
        mei.again()
        assert mei.toast is None
    assert (count(consortium, AuditRow), dict(mei.messages)) == before
    assert count(consortium, HandledUpdate) == 3


def test_repeated_first_update_draws_in_place(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    mei.again()
    assert len(mei.messages) == 1
    assert count(consortium, Response) == 1


def test_repeated_refusal_is_said_again_and_recorded_once(phone, consortium):
    mei = phone("Mei", "111")
    mei.starts("ticket-000000000000009")
    mei.again()
    assert mei.said == [explain("zh", DomainError("ticket_unknown"))] * 2
    with consortium.transaction() as session:
        assert session.execute(select(HandledUpdate.chat, HandledUpdate.outcome)).all() == [("111", "ticket_unknown")]


def test_refusal_that_would_be_taken_now_stays_a_refusal(phone, ticket, consortium):
    mei, wei = phone("Mei", "111"), phone("Wei", "222")
    mei.starts("ticket-000000000000001")
    ticket()  # made only now
    mei.again()
    assert count(consortium, Response) == 0
    wei.starts("ticket-000000000000001")
    assert wei.screen.startswith("门诊问卷")


def test_broken_rule_rolls_back_what_the_conversation_did_but_keeps_the_update(phone, consortium, monkeypatch):
    from bot import command_help

    def half_done(turn):
        turn.session.add(Chat(channel="x", address="x", kind="private", title="", state="active", seen_at=NOW))
        turn.session.flush()
        raise DomainError("not_allowed")

    monkeypatch.setattr(command_help, "help_screen", half_done)
    mei = phone("Mei", "111")
    mei.says("/help")
    assert mei.said == [explain("zh", DomainError("not_allowed"))]
    with consortium.transaction() as session:
        assert session.scalars(select(Chat.address)).all() == ["111"]
        assert session.scalars(select(HandledUpdate.outcome)).all() == ["not_allowed"]


def test_thousand_shuffled_and_repeated_updates_are_handled_once_each(phone, ticket, consortium):
    """Four people's surveys, every tap they could make, each several times, in any order: each acts at most once."""
    pick = random.Random(7)
    people = [phone(f"P{number}", str(1000 + number)) for number in range(4)]
    updates = []
    for person in people:
        person.starts(ticket())
        person.taps("同意并开始（我已满14周岁）")
        handle = person.find("非常满意")[1].action[1]
        for revision, question, (verb, option) in itertools.product(range(3), range(4), (("a", 0), ("a", 1), ("k", 0))):
            action = ("s", handle, str(revision), verb, str(question), str(option))
            data = encode_action(SECRET, person.chat, action)
            updates.append(person.inbound(kind="tap", content=data, message_ref="1"))
    copies = [each for each in updates for _ in range(pick.randint(5, 9))]
    assert len(copies) > 950
    pick.shuffle(copies)
    recorded = count(consortium, HandledUpdate)
    effects, total = defaultdict(list), 0
    for start in range(0, len(copies), 50):
        with consortium.transaction() as session:
            for said in copies[start : start + 50]:
                respond(session, said, context=Context(SECRET, NOW))
                before, total = total, session.scalar(select(func.sum(Response.revision)))
                effects[said.update_id].append(total - before)
    assert count(consortium, HandledUpdate) == recorded + len(updates)
    assert all(changes[0] in (0, 1) and not any(changes[1:]) for changes in effects.values())
    assert total == sum(map(sum, effects.values())) > 0


def test_hostile_words_and_names_are_stored_as_words_or_asked_for_again(phone, ticket, consortium):
    for number, words in enumerate(NAUGHTY):
        mei = phone(words[:60] or "x", str(2000 + number))
        mei.starts(ticket())
        mei.taps("同意并开始（我已满14周岁）")
        mei.taps("非常满意")
        mei.taps("跳过")
        handle = mei.find("同意，我来写")[1].action[1]
        mei.taps("同意，我来写")
        mei.does(mei.inbound(kind="text", content=words))
        for message in mei.messages.values():
            assert len(message.text.encode("utf-16-le", "strict")) // 2 <= 4096
            assert rendered(message, "1", "new")
        with consortium.transaction() as session:
            stored = session.get(Answer, (handle, "comment", 0))
        assert stored is None or "\x00" not in stored.value
        if words.isprintable() and len(words) <= 200 and words.strip() and words != "\ufeff":
            assert stored is not None, words
            mei.taps("3")
            assert stored.value[:40].split()[0] in mei.screen


def test_forged_data_of_every_kind_is_one_sentence(phone, ticket, consortium):
    mei = phone("Mei", "111")
    mei.starts(ticket())
    good = mei.tap(*mei.find("同意并开始（我已满14周岁）"))
    other_chat = encode_action(SECRET, "222", mei.find("同意并开始（我已满14周岁）")[1].action)
    other_secret = encode_action(b"guess", "111", mei.find("同意并开始（我已满14周岁）")[1].action)
    flips = [good.content[:i] + chr(ord(good.content[i]) ^ 1) + good.content[i + 1 :] for i in range(len(good.content))]
    for data in (
        *flips,
        other_chat,
        other_secret,
        "",
        "x" * 65,
        good.content + "A",
        good.content[:-1],
        "好",
        "s:1:2:3",
    ):
        mei.does(replace(good, content=data, update_id=mei.inbound().update_id))
        assert mei.toast == explain("zh", DomainError("button_expired"))
    with consortium.transaction() as session:
        assert session.scalars(select(Response.consented_at)).all() == [None]


def test_nothing_said_is_stored_by_the_dialogue(phone, ticket, consortium):
    """Ticket, words and button data are in no table of the dialogue, and the ticket is nowhere at all."""
    mei = phone("Mei Zhang", "111")
    known = ticket()
    mei.starts(known)
    mei.taps("同意并开始（我已满14周岁）")
    mei.says("这句话不是答案")
    content = everything_stored(consortium)
    for secret in (known, "这句话不是答案", "Mei Zhang", mei.last.content):
        assert secret.encode() not in content


def test_language_of_a_refusal_is_the_surveys(phone, ticket):
    mei = phone("Mei", "111")
    mei.starts(ticket(language="en"))
    mei.starts("ticket-000000000000099")
    assert mei.said[-1] == explain("en", DomainError("ticket_unknown"))
    assert json.dumps(mei.said)
