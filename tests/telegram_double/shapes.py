"""PURE. The JSON in which the Bot API shows users, chats, messages, taps and members."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.telegram_double import keyboards
from tests.telegram_double.world import Group, Json, Message, Tap, Upload, User, World


def user(person: User) -> Json:
    shape: Json = {"id": person.id, "is_bot": person.is_bot, "first_name": person.name}
    if person.username:
        shape["username"] = person.username
    if person.language and not person.is_bot:
        shape["language_code"] = person.language
    return shape


def myself(bot: User) -> Json:
    """The answer to getMe."""
    return {
        **user(bot),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def chat(world: World, number: int) -> Json:
    group = world.groups.get(number)
    if group is not None:
        return _group(group)
    person = world.people[number]
    shape: Json = {"id": number, "type": "private", "first_name": person.name}
    return {**shape, "username": person.username} if person.username else shape


def _group(group: Group) -> Json:
    if group.is_super:
        return {"id": group.id, "type": "supergroup", "title": group.title}
    return {"id": group.id, "type": "group", "title": group.title, "all_members_are_administrators": True}


def full_chat(world: World, number: int) -> Json:
    """The answer to getChat."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return {
        **chat(world, number),
        "accent_color_id": number % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def message(world: World, stored: Message) -> Json:
    shape: Json = {
        "message_id": stored.id,
        "from": user(stored.sender),
        "chat": chat(world, stored.chat),
        "date": int(stored.at),
    }
    if stored.edited_at is not None:
        shape["edit_date"] = int(stored.edited_at)
    if stored.album:
        shape["media_group_id"] = stored.album
    shape.update(_content(stored))
    shape.update(stored.extra)
    answered = shape.get("reply_to_message")
    if answered is not None and _is_gone(world, stored.chat, answered):
        del shape["reply_to_message"]
    if keyboards.is_inline(stored.keyboard):
        shape["reply_markup"] = stored.keyboard
    return shape


def _is_gone(world: World, number: int, answered: Json) -> bool:
    found = world.messages.get(number, {}).get(answered["message_id"])
    return found is None or found.deleted


def _content(stored: Message) -> Json:
    words, marks = ("text", "entities") if stored.upload is None else ("caption", "caption_entities")
    content: Json = {}
    if stored.upload is not None:
        content[stored.kind] = _photo(stored.upload) if stored.kind == "photo" else _document(stored.upload)
    if stored.text:
        content[words] = stored.text
    if stored.entities:
        content[marks] = list(stored.entities)
    return content


def file(upload: Upload) -> Json:
    """What every kind of file has."""
    unique = hashlib.sha256(upload.content).hexdigest()[:16]
    shape: Json = {"file_id": upload.file_id, "file_unique_id": unique}
    size = len(upload.content) if upload.told_size is None else upload.told_size
    return {**shape, "file_size": size} if size >= 0 else shape


def _photo(upload: Upload) -> list[Json]:
    return [{**file(upload), "width": upload.width, "height": upload.height}]


def _document(upload: Upload) -> Json:
    shape = file(upload)
    if upload.name:
        shape["file_name"] = upload.name
    return {**shape, "mime_type": upload.content_type} if upload.content_type else shape


def callback_query(world: World, tap: Tap) -> Json:
    stored = world.messages[tap.chat][tap.message_id]
    shown: Json = {"message_id": stored.id, "chat": chat(world, tap.chat), "date": 0}  # a deleted one is inaccessible
    return {
        "id": tap.id,
        "from": user(world.people[tap.user]),
        "message": shown if stored.deleted else message(world, stored),
        "chat_instance": str(7_919 * tap.chat),
        "data": tap.data,
    }


def member(person: User, status: str) -> Json:
    shape: Json = {"user": user(person), "status": status}
    return {**shape, "until_date": 0} if status == "kicked" else shape


def membership_change(world: World, number: int, *, by: User, old: str, new: str) -> Json:
    """The content of a my_chat_member update."""
    return {
        "chat": chat(world, number),
        "from": user(by),
        "date": int(world.clock()),
        "old_chat_member": member(world.bot, old),
        "new_chat_member": member(world.bot, new),
    }


def webhook_info(world: World) -> Json:
    hook = world.webhook
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.queue.pending),
    }
    if hook is None:
        return info
    info["max_connections"] = hook.max_connections
    if hook.allowed is not None:
        info["allowed_updates"] = list(hook.allowed)
    if hook.last_error:
        info["last_error_date"] = int(hook.last_error_at)
        info["last_error_message"] = hook.last_error
    return info


def ok(result: Any) -> Json:
    return {"ok": True, "result": result}
