"""What people do in their Telegram, as changes of the world that give birth to updates.

Each act returns the update it made; it is empty when the bot did not ask for that kind of update.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.telegram_double import shapes
from tests.telegram_double.formatting import utf16_length
from tests.telegram_double.updates import push
from tests.telegram_double.world import (
    SUPERGROUP_BASE,
    Group,
    Json,
    Message,
    PrivateChat,
    Tap,
    Upload,
    User,
    World,
    add_message,
    changed,
    next_message_id,
    note,
    replace_message,
    who,
    with_edit,
)


def say(world: World, person: User, chat: int, text: str = "", *, kind: str = "text", **extra: Any) -> Json:
    """A person's message, of any kind; in a group the bot sees only what concerns it (privacy mode)."""
    if chat == person.id:
        world.private[chat] = dataclasses.replace(world.private[chat], started=True)
    sent = Message(
        chat=chat,
        id=next_message_id(world, chat),
        at=world.clock(),
        sender=person,
        kind=kind,
        text=text,
        entities=_command_entity(text),
        extra=extra,
    )
    stored = add_message(world, sent)
    if chat < 0 and not _concerns_bot(world, stored):
        return {}
    return _publish(world, "message", shapes.message(world, stored), ("message", chat))


def send_file(world: World, person: User, chat: int, upload: Upload, caption: str = "", **extra: Any) -> Json:
    """A person's document; in a group the bot sees it only if it concerns it."""
    world.files[upload.file_id] = upload
    if chat == person.id:
        world.private[chat] = dataclasses.replace(world.private[chat], started=True)
    sent = Message(
        chat=chat,
        id=next_message_id(world, chat),
        at=world.clock(),
        sender=person,
        kind="document",
        text=caption,
        upload=upload,
        extra=extra,
    )
    stored = add_message(world, sent)
    if chat < 0 and not _concerns_bot(world, stored):
        return {}
    return _publish(world, "message", shapes.message(world, stored), ("message", chat))


def delete(world: World, message: Message) -> None:
    """A person deletes a message of theirs; the bot is not told."""
    replace_message(world, dataclasses.replace(message, deleted=True), "deletes")


def correct(world: World, message: Message, text: str) -> Json:
    """A person edits a message of theirs."""
    edited = replace_message(world, with_edit(message, at=world.clock(), text=text), "edits")
    return _publish(world, "edited_message", shapes.message(world, edited), ("message", message.chat))


def tap(world: World, person: User, message: Message, data: str) -> Json:
    """A tap on a button with this data; whether the message carries such a button is the caller's affair."""
    number = str(4_000_000_000_000_000_000 + next(world.numbers))
    made = Tap(number, person.id, message.chat, message.id, data, world.queue.born + 1)
    world.taps[made.id] = made
    note(world, message.chat, f"{who(person)} taps on #{message.id}: {data}")
    return _publish(world, "callback_query", shapes.callback_query(world, made), ("tap", person.id))


def block(world: World, person: User, *, blocked: bool) -> Json:
    """A person stops the bot, or starts it again."""
    world.private[person.id] = PrivateChat(started=True, blocked=blocked)
    note(world, person.id, f"{who(person)} {'blocks' if blocked else 'unblocks'} the bot")
    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    return _membership(world, person.id, by=person, old=old, new=new)


def vanish(world: World, person: User) -> None:
    """A person deletes the account; the bot is not told."""
    world.private[person.id] = dataclasses.replace(world.private[person.id], deleted=True)
    note(world, person.id, f"{who(person)} deletes the account")
    changed(world)


def add_bot(world: World, person: User, chat: int) -> Json:
    """The bot becomes a member: a my_chat_member update, and the service message all see."""
    group = world.groups[chat]
    old = "kicked" if group.bot_status == "kicked" else "left"
    world.groups[chat] = dataclasses.replace(group, bot_status="member")
    note(world, chat, f"{who(person)} adds the bot")
    update = _membership(world, chat, by=person, old=old, new="member")
    _service(world, person, chat, new_chat_members=[shapes.user(world.bot)])
    return update


def remove_bot(world: World, person: User, chat: int) -> Json:
    world.groups[chat] = dataclasses.replace(world.groups[chat], bot_status="kicked")
    note(world, chat, f"{who(person)} removes the bot")
    return _membership(world, chat, by=person, old="member", new="kicked")


def upgrade(world: World, person: User, chat: int) -> Group:
    """A small group becomes a supergroup under a new id; both chats get a service message about the other."""
    group = world.groups[chat]
    number = SUPERGROUP_BASE + chat
    risen = Group(number, group.title, is_super=True, bot_status=group.bot_status)
    world.groups[number] = risen
    _service(world, person, chat, migrate_to_chat_id=number)
    _service(world, world.bot, number, migrate_from_chat_id=chat)
    world.groups[chat] = dataclasses.replace(group, upgraded_to=number)
    changed(world)
    return risen


def _service(world: World, sender: User, chat: int, **content: Any) -> None:
    number = next_message_id(world, chat)
    stored = Message(chat, number, world.clock(), sender, "service", extra=content)
    add_message(world, stored)
    if world.groups[chat].bot_status == "member":
        _publish(world, "message", shapes.message(world, stored), ("message", chat))


def _membership(world: World, chat: int, *, by: User, old: str, new: str) -> Json:
    content = shapes.membership_change(world, chat, by=by, old=old, new=new)
    return _publish(world, "my_chat_member", content, ("member", chat))


def _publish(world: World, kind: str, content: Json, lane: tuple[str, int]) -> Json:
    update = push(world.queue, kind, content, lane)
    changed(world)
    return update


def _command_entity(text: str) -> tuple[Json, ...]:
    if not text.startswith("/") or len(text) == 1:
        return ()
    return ({"type": "bot_command", "offset": 0, "length": utf16_length(text.split(maxsplit=1)[0])},)


def _concerns_bot(world: World, message: Message) -> bool:
    if world.groups[message.chat].bot_status != "member":
        return False
    replied = message.extra.get("reply_to_message", {}).get("from", {}).get("id")
    is_named = f"@{world.bot.username}" in message.text
    return message.text.startswith("/") or is_named or replied == world.bot.id or message.kind == "service"
