"""The cast: people and groups as a test speaks of them. Each verb is what somebody does or sees in Telegram.

Blocking helpers without sleeps: they return when it happened, or fail with the transcript of the chat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.telegram_double import acts
from tests.telegram_double.waiting import PATIENCE, transcript, until
from tests.telegram_double.world import Json, Message, Upload, User, World, buttons_of

Expected = str | Callable[[Message], object]


class Chat:
    """What there is to see in one chat. `since`: waiting looks only at what changed after this version."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number
        self._since = 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._number})"

    @property
    def id(self) -> int:
        return self._number

    def messages(self) -> list[Message]:
        """What the bot sent and did not delete, oldest first, as it reads now."""
        with self._world.lock:
            held = list(self._world.messages.get(self.id, {}).values())
        return [
            message for message in held if message.sender.is_bot and message.kind != "service" and not message.deleted
        ]

    def last_message(self) -> Message:
        """The bot's last message; fails when there is none."""
        messages = self.messages()
        assert messages, f"the bot has written nothing to {self!r}:\n{self.transcript()}"
        return messages[-1]

    def waits_for(self, expected: Expected, timeout: float = PATIENCE, *, whenever: bool = False) -> Message:
        """The newest message of the bot that contains the text, or fulfils the condition.

        Counts only what arrived or was edited after this chat's last act, unless `whenever`.
        """
        found: list[Message] = []

        def seen() -> bool:
            since = 0 if whenever else self._since
            found[:] = [
                message for message in self.messages() if message.changed_in > since and fits(message, expected)
            ]
            return bool(found)

        what = repr(expected) if isinstance(expected, str) else "a message as described"
        until(self._world, seen, what=f"{what} in {self!r}", chat=self.id, timeout=timeout)
        return max(found, key=lambda message: message.changed_in)

    def transcript(self) -> str:
        return transcript(self._world, self.id)

    def _acts(self) -> None:
        self._since = self._world.version


class Group(Chat):
    """A group; after an upgrade its `id` is the new one and `old_id` the one it had."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(world, number)
        self.old_id: int | None = None

    def upgrades(self, by: Person) -> None:
        """Becomes a supergroup: service messages in both chats, and the old id answers 400 with the new one."""
        with self._world.lock:
            self.old_id, self._number = self._number, acts.upgrade(self._world, by.user, self._number).id
            self._acts()


class Person(Chat):
    """Somebody with a Telegram account, and the private chat with the bot."""

    def __init__(self, world: World, user: User) -> None:
        super().__init__(world, user.id)
        self.user = user

    # in the private chat

    def sends(self, text: str) -> Json:
        return self._does(lambda world: acts.say(world, self.user, self.id, text))

    opens = sends

    def sends_other(self, kind: str, **fields: Any) -> Json:
        """A message that is no text: `mei.sends_other("sticker", sticker={...})`."""
        return self._does(lambda world: acts.say(world, self.user, self.id, kind=kind, **fields))

    def sends_file(
        self,
        name: str,
        content: bytes,
        *,
        mime: str = "text/csv",
        caption: str = "",
        told_size: int | None = None,
        group: Group | None = None,
        **extra: Any,
    ) -> Json:
        """A document. `told_size`: what the update says of its size, -1 for nothing."""
        upload = Upload(f"BQAC{next(self._world.numbers):012d}", name, content, mime, told_size=told_size)
        chat = self.id if group is None else group.id
        return self._does(lambda world: acts.send_file(world, self.user, chat, upload, caption, **extra), group)

    def corrects(self, text: str) -> Json:
        """Edits her last message."""
        return self._does(lambda world: acts.correct(world, self._last_own(), text))

    def deletes(self) -> None:
        """Deletes her last message."""
        with self._world.lock:
            acts.delete(self._world, self._last_own())

    def _last_own(self) -> Message:
        held = self._world.messages.get(self.id, {}).values()
        return [message for message in held if message.sender.id == self.user.id][-1]

    def taps(self, label: str, *, message: Message | None = None, stale: bool = False) -> Json:
        """Taps the button with this label, once it is there: on `message`, or on the last message with a keyboard.

        A label may be given in part when only one button fits. `stale` taps a button that an edit has taken away.
        """
        return self._taps(self, label, message, stale=stale)

    def taps_data(self, data: str, message: Message | None = None) -> Json:
        """A forged tap: any data, whether there is such a button or not."""
        chosen = message or self.last_message()
        return self._does(lambda world: acts.tap(world, self.user, chosen, data))

    def link(self, label: str) -> str:
        """Where the button with this label leads, once it is there: a web page or a Mini App."""
        chosen, button = self._finds(self, label, None, stale=False)
        address = button.get("url") or button.get("web_app", {}).get("url")
        assert address, f"{label!r} on #{chosen.id} is no link:\n{self.transcript()}"
        return str(address)

    @property
    def toasts(self) -> list[str]:
        """The short texts shown after taps, in the order of the taps; taps without a text are left out."""
        with self._world.lock:
            return [tap.toast for tap in self._world.taps.values() if tap.user == self.user.id and tap.toast]

    @property
    def unanswered_taps(self) -> int:
        """Taps whose button still shows the waiting sign."""
        with self._world.lock:
            return sum(1 for tap in self._world.taps.values() if tap.user == self.user.id and not tap.answered)

    def waits_for_toast(self, text: str, timeout: float = PATIENCE) -> str:
        """The first toast that contains the text."""
        what = f"a toast {text!r} for {self.user.name}"
        until(self._world, lambda: self._toast(text), what=what, chat=self.id, timeout=timeout)
        return self._toast(text) or ""

    def _toast(self, text: str) -> str | None:
        return next((toast for toast in self.toasts if text in toast), None)

    def waits_until_taps_are_answered(self, timeout: float = PATIENCE) -> None:
        what = f"the answers to all taps of {self.user.name}"
        until(self._world, lambda: self.unanswered_taps == 0, what=what, chat=self.id, timeout=timeout)

    def blocks_bot(self) -> Json:
        return self._does(lambda world: acts.block(world, self.user, blocked=True))

    def unblocks_bot(self) -> Json:
        return self._does(lambda world: acts.block(world, self.user, blocked=False))

    def deletes_account(self) -> None:
        with self._world.lock:
            acts.vanish(self._world, self.user)

    # in groups

    def sends_in(self, group: Group, text: str) -> Json:
        return self._does(lambda world: acts.say(world, self.user, group.id, text), group)

    def taps_in(self, group: Group, label: str, *, message: Message | None = None, stale: bool = False) -> Json:
        return self._taps(group, label, message, stale=stale)

    def adds_bot_to(self, group: Group) -> Json:
        return self._does(lambda world: acts.add_bot(world, self.user, group.id), group)

    def removes_bot_from(self, group: Group) -> Json:
        return self._does(lambda world: acts.remove_bot(world, self.user, group.id), group)

    # how

    def _does(self, act: Callable[[World], Json], where: Chat | None = None) -> Json:
        with self._world.lock:
            self._acts()
            (where or self)._acts()
            return act(self._world)

    def _taps(self, where: Chat, label: str, message: Message | None, *, stale: bool) -> Json:
        chosen, button = self._finds(where, label, message, stale=stale)
        if "callback_data" not in button:
            raise AssertionError(f"{label!r} on #{chosen.id} leads elsewhere: {button}; use link()")
        return self._does(lambda world: acts.tap(world, self.user, chosen, button["callback_data"]), where)

    def _finds(self, where: Chat, label: str, message: Message | None, *, stale: bool) -> tuple[Message, Json]:
        found: list[tuple[Message, Json]] = []

        def there() -> bool:
            found[:] = _candidates(where, label, message, stale=stale)
            return bool(found)

        until(self._world, there, what=f"a button {label!r} in {where!r}", chat=where.id, timeout=PATIENCE)
        return found[-1]


def _candidates(where: Chat, label: str, message: Message | None, *, stale: bool) -> list[tuple[Message, Json]]:
    """The buttons one could mean, the likeliest last."""
    if stale:
        looked_at = where.messages() if message is None else [message]
        old = [(held, version.keyboard) for held in looked_at for version in held.history]
        return [(held, button) for held, keyboard in old for button in matching(buttons_of(keyboard), label)]
    shown = [held for held in where.messages() if held.buttons] if message is None else [message]
    return [(held, button) for held in shown[-1:] for button in matching(held.buttons, label)]


def matching(buttons: tuple[Json, ...], label: str) -> list[Json]:
    """The buttons with exactly this label; otherwise the one whose label contains it, if it is the only one."""
    exact = [button for button in buttons if button["text"] == label]
    partly = [button for button in buttons if label in button["text"]]
    return exact[:1] or (partly if len(partly) == 1 else [])


def fits(message: Message, expected: Expected) -> bool:
    return expected in message.text if isinstance(expected, str) else bool(expected(message))
