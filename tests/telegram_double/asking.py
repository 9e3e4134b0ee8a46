"""The methods that ask, answer taps, and set the bot up: everything that is no message and no update."""

from __future__ import annotations

import dataclasses
import json
import re

from tests.telegram_double import doors, refusals, shapes
from tests.telegram_double.addresses import loopback_http
from tests.telegram_double.formatting import utf16_length
from tests.telegram_double.parameters import Parameters
from tests.telegram_double.sending import Method
from tests.telegram_double.updates import DEFAULT_KINDS, wanted_kinds
from tests.telegram_double.world import Json, Webhook, World, changed, note

TOAST_UNITS = 200
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_DESCRIPTION_UNITS = 256
_COMMANDS = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


def get_me(world: World, parameters: Parameters) -> Json:
    return shapes.myself(world.bot)


def get_chat(world: World, parameters: Parameters) -> Json:
    return shapes.full_chat(world, doors.readable_chat(world, parameters))


def get_chat_member(world: World, parameters: Parameters) -> Json:
    chat = doors.writable_chat(world, parameters)
    number = parameters.integer("user_id")
    if number == world.bot.id:
        status = world.groups[chat].bot_status if chat < 0 else "member"
        return shapes.member(world.bot, status)
    person = world.people.get(number)
    if person is None:
        raise refusals.bad_request("PARTICIPANT_ID_INVALID")
    return shapes.member(person, "member")


def send_chat_action(world: World, parameters: Parameters) -> bool:
    doors.writable_chat(world, parameters)
    if parameters.text("action") not in _ACTIONS:
        raise refusals.bad_request("wrong parameter action in request")
    return True


def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """A tap is answered once, and only while it is young."""
    tap = world.taps.get(parameters.text("callback_query_id"))
    if tap is None or tap.answered or world.queue.born - tap.born > world.queries_live_for:
        raise refusals.query_gone()
    toast = parameters.text("text")
    if utf16_length(toast) > TOAST_UNITS:
        raise refusals.bad_request("MESSAGE_TOO_LONG")
    world.taps[tap.id] = dataclasses.replace(tap, answered=True, toast=toast, alert=parameters.flag("show_alert"))
    if toast:
        note(world, tap.chat, f"bot tells {world.people[tap.user].name} by a toast: {toast}")
    changed(world)
    return True


def _scope(parameters: Parameters) -> str:
    scope = parameters.structure("scope") or {"type": "default"}
    return json.dumps([scope, parameters.text("language_code")], sort_keys=True)


def set_my_commands(world: World, parameters: Parameters) -> bool:
    commands = parameters.structure("commands")
    if not isinstance(commands, list):
        raise refusals.bad_request("expected an Array of BotCommand")
    if len(commands) > _COMMANDS:
        raise refusals.bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not _COMMAND.fullmatch(str(command.get("command", "")).lstrip("/")):
            raise refusals.bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(str(command.get("description", ""))) <= _DESCRIPTION_UNITS:
            raise refusals.bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_scope(parameters)] = commands
    return True


def get_my_commands(world: World, parameters: Parameters) -> list[Json]:
    return world.commands.get(_scope(parameters), [])


def delete_my_commands(world: World, parameters: Parameters) -> bool:
    world.commands.pop(_scope(parameters), None)
    return True


def leave_chat(world: World, parameters: Parameters) -> bool:
    chat = doors.writable_chat(world, parameters)
    if chat > 0:
        raise refusals.bad_request("chat is not a group")
    world.groups[chat] = dataclasses.replace(world.groups[chat], bot_status="left")
    note(world, chat, "bot leaves")
    changed(world)
    return True


def set_webhook(world: World, parameters: Parameters) -> bool:
    url = parameters.text("url")
    if not url:
        return delete_webhook(world, parameters)
    if world.meter.limits is not None and world.clock() < world.webhook_set_at + 1:
        raise refusals.too_many(1)
    secret = parameters.text("secret_token")
    if len(secret) > 256:
        raise refusals.bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise refusals.bad_request("secret token contains unallowed characters")
    if not loopback_http(url):
        reason = "An HTTPS URL must be provided for webhook" if url.startswith("http:") else "Failed to resolve host"
        raise refusals.bad_request(f"bad webhook: {reason}")
    kinds = allow(world, parameters)
    if parameters.flag("drop_pending_updates"):
        world.queue.pending.clear()
    connections = parameters.integer("max_connections", 40, least=1, most=100)
    world.webhook = Webhook(url, secret, connections, None if kinds is None else tuple(sorted(kinds)))
    world.webhook_set_at = world.clock()
    changed(world)
    return True


def delete_webhook(world: World, parameters: Parameters) -> bool:
    if parameters.flag("drop_pending_updates"):
        world.queue.pending.clear()
    world.webhook = None
    changed(world)
    return True


def get_webhook_info(world: World, parameters: Parameters) -> Json:
    return shapes.webhook_info(world)


def allow(world: World, parameters: Parameters) -> frozenset[str] | None:
    """Takes over an `allowed_updates` value: it holds for updates that are born from now on. None when there is none."""
    asked = parameters.structure("allowed_updates")
    kinds = wanted_kinds(asked if isinstance(asked, list) else None)
    world.queue.allowed = kinds if kinds is not None else world.queue.allowed
    return None if world.queue.allowed == DEFAULT_KINDS else kinds


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "leaveChat": leave_chat,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
