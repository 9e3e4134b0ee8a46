# ruff: noqa: T201 - a program that prints
"""How fast a broadcast is within the platform's limits, and how long replies wait: `python -m benchmarks.broadcast`.

The worker, the outbox on a SQLite file and the Telegram sender against the strict Bot API server of the tests, on this
machine, which counts 30 messages in any second, one a second in a chat, 20 a minute in a group, and forgives nothing.
Beside the broadcast one reply a second goes out, each to somebody else; it waits for nobody, and the broadcast makes
room for it. "Ideal" is the share alone: (messages + replies) / share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.schema import metadata
from delivery.limits import Share
from delivery.senders.telegram import TelegramSender
from delivery.worker import Working, run
from outbox.deliveries import enqueue
from outbox.message import Message
from outbox.models import Delivery
from storage.database import Database
from tests.telegram_double import TOKEN, Limits, TelegramDouble

MOST = 1500
_FIRST, _REPLIED = 1_000_000, 2_000_000
_GROUPS = 3


def main(words: Sequence[str] | None = None) -> None:
    """Broadcast once and print how it went."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.broadcast", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--share", type=int, default=25)
    parser.add_argument("--in-flight", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    found = measure(min(options.messages, MOST), options.share, options.in_flight)
    if options.json:
        print(json.dumps(found))
        return
    print("| messages | share | seconds / ideal | 429s | lost | doubled | reply p50 / p99 / max, ms |")
    print("|---|---|---|---|---|---|---|")
    replies = f"{found['reply_p50']:.0f} / {found['reply_p99']:.0f} / {found['reply_max']:.0f}"
    row = (found["messages"], found["share"], f"{found['ratio']:.3f}", found["refused_429"], found["lost"])
    print("| " + " | ".join(map(str, (*row, found["doubled"], replies))) + " |")


def measure(messages: int, share: int, in_flight: int) -> dict[str, Any]:
    """One broadcast with replies beside it, on a new database and a new double."""
    with tempfile.TemporaryDirectory() as folder, TelegramDouble(limits=Limits()) as double:
        database = Database(f"sqlite:///{Path(folder) / 'broadcast.sqlite3'}")
        metadata().create_all(database.engine)
        addresses = _people(double, messages)
        with database.transaction() as session:
            for number, address in enumerate(addresses):
                _owe(session, number, address)
        seconds, replies = asyncio.run(_play(database, double, messages, Share(per_second=share), in_flight))
        database.close()
        arrived = [len(double.delivered(int(address))) for address in set(addresses)]
        return {
            "messages": messages,
            "share": share,
            "seconds": seconds,
            "ratio": seconds / ((messages + len(replies)) / share),
            "refused_429": sum(call.code == 429 for call in double.calls),  # noqa: PLR2004 - as the platform writes it
            "lost": max(0, messages - sum(arrived)),
            "doubled": max(0, sum(arrived) - messages),
            "replies": len(replies),
            "reply_p50": statistics.median(replies),
            "reply_p99": sorted(replies)[max(0, int(len(replies) * 0.99) - 1)],
            "reply_max": max(replies),
        }


def _people(double: TelegramDouble, messages: int) -> list[str]:
    """Where each message goes: private chats, a few of them twice, and three groups that get 20 each."""
    mei = double.person(_FIRST - 1, "Mei")
    mei.opens("/start")
    groups = [double.group(-number, "g") for number in range(1, _GROUPS + 1)]
    for group in groups:
        mei.adds_bot_to(group)
    many = max(messages - 20 * _GROUPS, 1)
    people = [str(_FIRST + number) for number in range(many - many // 30)]
    for address in people:
        double.person(int(address), "p").opens("/start")
    addresses = people + people[: many - len(people)] + [str(group.id) for group in groups for _ in range(20)]
    addresses = addresses[:messages]
    random.Random(1).shuffle(addresses)  # noqa: S311 - with the groups at the end, their own clocks would be all that is measured
    return addresses


def _owe(session: Session, number: int, address: str) -> None:
    enqueue(
        session, dedupe_key=f"b{number}", channel="telegram", address=address, kind="invitation",
        message=Message(f"message {number}"), now=datetime.now(UTC),
    )  # fmt: skip


async def _play(
    database: Database, double: TelegramDouble, messages: int, share: Share, in_flight: int
) -> tuple[float, list[float]]:
    sender = TelegramSender(token=TOKEN, api=double.url, clock=_now, share=share, connections=max(8, in_flight))
    started = time.perf_counter()
    worker = asyncio.create_task(
        run(database, [sender], _now, secret=b"s" * 32, picture=_no_picture, poke=asyncio.Event(),
            working=Working(in_flight=in_flight))
    )  # fmt: skip
    replies: list[float] = []
    answering = asyncio.create_task(_answer(double, sender, replies))
    while await database.run(_sent) < messages and not worker.done():  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - started
    answering.cancel()
    worker.cancel()
    await asyncio.gather(answering, worker, return_exceptions=True)
    return seconds, replies


async def _answer(double: TelegramDouble, sender: TelegramSender, waits: list[float]) -> None:
    """One reply a second by the other door, each to a chat of its own; `waits` in milliseconds."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(_REPLIED, _REPLIED + 10 * MOST):
            double.person(number, "r").opens("/start")
            asked = time.perf_counter()
            sender.noted(str(number))
            await client.post(f"{double.url}/bot{TOKEN}/sendMessage", json={"chat_id": number, "text": "reply"})
            waits.append((time.perf_counter() - asked) * 1000)
            await asyncio.sleep(1.0)


def _sent(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Delivery).where(Delivery.state == "sent")).scalar_one()


def _now() -> datetime:
    return datetime.now(UTC)


async def _no_picture(key: str) -> bytes:
    raise KeyError(key)


if __name__ == "__main__":
    main()
