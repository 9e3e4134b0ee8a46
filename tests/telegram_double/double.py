"""The double as tests use it: `with TelegramDouble() as tg:` gives an address, a token and a cast.

mei = tg.person(1001, "Mei", "zh")
mei.opens("/start TICKET")
mei.taps("同意")
mei.waits_for("第 1 题")
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from tests.telegram_double import updates
from tests.telegram_double.faults import Fault, Faults, Rule, Script
from tests.telegram_double.hangup import HttpThread
from tests.telegram_double.limits import Limits
from tests.telegram_double.people import Group, Person
from tests.telegram_double.server import Server
from tests.telegram_double.waiting import PATIENCE, transcript, until
from tests.telegram_double.world import SUPERGROUP_BASE, Call, Json, Message, PrivateChat, User, World, changed
from tests.telegram_double.world import Group as GroupState

TOKEN = "7000000001:AAF-double_of_the_Bot_API_0123456789"


class TelegramDouble:
    """A Bot API server with one bot, on a loopback port of its own.

    `limits` are off unless given. `clock` gives Unix time; dates and limits follow it. A tap can be answered until
    `queries_live_for` more updates were born. `webhook_retry` is the first longer pause between two deliveries.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "tongping_bot",
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        queries_live_for: int = 100,
        webhook_retry: float = 0.1,
    ) -> None:
        self.token = token
        bot = User(int(token.partition(":")[0]), "同评", "", username, is_bot=True)
        self.world = World(token, bot, clock, queries_live_for)
        self.world.meter.limits = limits
        self.faults = Faults()
        self._webhook_retry = webhook_retry
        self._port = 0
        self._bugs: list[str] = []
        self._thread: HttpThread | None = None

    # life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if not self._bugs:
            return
        story = "the double itself failed:\n" + "\n".join(self._bugs)
        if error is None:
            raise AssertionError(story)
        error.add_note(story)

    def start(self) -> None:
        """Listens; after a stop on the same port, with everything as it was."""
        server = Server(self.world, self.faults, self._bugs, self._webhook_retry)
        self._thread = HttpThread(server.application, server.connections, server.end_waits, self._port)
        self._port = self._thread.port
        self._thread.start()

    def stop(self) -> None:
        """Stops listening: connections are refused."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Nobody listens meanwhile."""
        self.stop()
        yield
        self.start()

    @property
    def url(self) -> str:
        """The root, for `TelegramAPIServer.from_base(url)` and `base_url=url + "/bot"`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def bot(self) -> User:
        return self.world.bot

    # cast

    def person(self, number: int, name: str, language: str = "zh", *, username: str | None = None) -> Person:
        """Somebody who has an account and has not written to the bot."""
        assert number > 0
        user = User(number, name, language, username)
        with self.world.lock:
            self.world.people[number] = user
            self.world.private[number] = PrivateChat()
        return Person(self.world, user)

    def group(self, number: int, title: str) -> Group:
        """A group without the bot; a number below -1,000,000,000,000 makes a supergroup."""
        assert number < 0
        with self.world.lock:
            self.world.groups[number] = GroupState(number, title, is_super=number <= SUPERGROUP_BASE)
        return Group(self.world, number)

    # updates

    def inject(self, body: Json) -> Json:
        """Queues a raw update, however malformed; without an `update_id` it gets the next one."""
        with self.world.lock:
            update = updates.push_raw(self.world.queue, body, updates.lane_of(body))
            changed(self.world)
        return update

    def repeats(self, update: Json, times: int = 1) -> None:
        """Delivers an update again, with its old id, even when it was confirmed long ago."""
        with self.world.lock:
            updates.repeat(self.world.queue, update, times=times)
            changed(self.world)

    @contextmanager
    def held_updates(self, *, copies: int = 1, shuffle_seed: int | None = None) -> Iterator[None]:
        """What people do meanwhile reaches the bot afterwards, in one batch: each `copies` times, shuffled if asked."""
        with self.world.lock:
            self.world.queue.held, self.world.queue.copies = True, copies
        try:
            yield
        finally:
            with self.world.lock:
                self.world.queue.held, self.world.queue.copies = False, 1
                if shuffle_seed is not None:
                    updates.shuffle(self.world.queue, shuffle_seed)
                changed(self.world)

    @property
    def pending_updates(self) -> int:
        """How many updates are not confirmed."""
        with self.world.lock:
            return len(self.world.queue.pending)

    # faults

    def fails(
        self, method: str | None, fault: Fault, *, chat: int | None = None, call: int = 1, times: int | None = 1
    ) -> Script:
        """Scripts a fault for the `call`-th matching call from now on, and the `times` - 1 after it (None: for ever)."""
        script = Script(fault, method, chat, call, times)
        with self.world.lock:
            self.faults.scripts.append(script)
        return script

    def fails_by(self, rule: Rule) -> None:
        """A rule of (method, chat, running number of the call) that may name a fault."""
        with self.world.lock:
            self.faults.rules.append(rule)

    def heals(self) -> None:
        """No more faults."""
        with self.world.lock:
            self.faults.scripts.clear()
            self.faults.rules.clear()

    # records

    @property
    def calls(self) -> list[Call]:
        """Every call, in the order in which they were settled."""
        with self.world.lock:
            return list(self.world.calls)

    def calls_of(self, method: str, *, chat: int | None = None) -> list[Call]:
        return [call for call in self.calls if call.method == method and chat in {None, call.chat}]

    def delivered(self, chat: int) -> list[Message]:
        """What arrived from the bot, oldest first: also what lost its answer, and what was deleted afterwards."""
        with self.world.lock:
            held = list(self.world.messages.get(chat, {}).values())
        return [message for message in held if message.sender.is_bot and message.kind != "service"]

    def transcript(self, chat: int | None = None) -> str:
        return transcript(self.world, chat)

    def until(
        self, holds: Callable[[], Any], *, what: str = "a condition", chat: int | None = None, timeout: float = PATIENCE
    ) -> None:
        """Returns once `holds()` is true; fails with a transcript otherwise. Never sleeps for luck."""
        until(self.world, holds, what=what, chat=chat, timeout=timeout)
