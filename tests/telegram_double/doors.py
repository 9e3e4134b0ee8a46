"""Who may be written to: the checks every method makes before it touches a chat or a message."""

from __future__ import annotations

from tests.telegram_double import limits, refusals
from tests.telegram_double.parameters import Parameters
from tests.telegram_double.world import Message, World


def readable_chat(world: World, parameters: Parameters) -> int:
    """The number of a chat the bot may know about."""
    if not parameters.text("chat_id"):
        raise refusals.bad_request("chat_id is empty")
    number = parameters.chat()
    if number is None:
        raise refusals.bad_request("chat not found")
    group = world.groups.get(number)
    if number not in world.people and (group is None or group.bot_status == "absent"):
        raise refusals.bad_request("chat not found")
    return number


def writable_chat(world: World, parameters: Parameters) -> int:
    """The number of a chat that takes the bot's messages now."""
    number = readable_chat(world, parameters)
    if number in world.groups:
        _check_group(world, number)
    else:
        _check_person(world, number)
    return number


def _check_group(world: World, number: int) -> None:
    group = world.groups[number]
    kind = "supergroup" if group.is_super else "group"
    if group.upgraded_to is not None:
        raise refusals.upgraded(group.upgraded_to)
    if group.bot_status == "kicked":
        raise refusals.forbidden(f"bot was kicked from the {kind} chat")
    if group.bot_status == "left":
        raise refusals.forbidden(f"bot is not a member of the {kind} chat")


def _check_person(world: World, number: int) -> None:
    chat = world.private[number]
    if chat.deleted:
        raise refusals.forbidden("user is deactivated")
    if not chat.started:
        raise refusals.forbidden("bot can't initiate conversation with a user")
    if chat.blocked:
        raise refusals.forbidden("bot was blocked by the user")


def pay(world: World, chat: int, *, count: int = 1, is_edit: bool = False) -> None:
    """Counts messages against the limits, if there are any."""
    wait = limits.charge(world.meter, chat=chat, count=count, now=world.clock(), is_edit=is_edit)
    if wait:
        raise refusals.too_many(wait)


def message_of(world: World, parameters: Parameters, chat: int, role: str) -> Message:
    """The message a call names; `role` is how the refusal calls it."""
    if not parameters.text("message_id"):
        raise refusals.bad_request("message identifier is not specified")
    found = world.messages.get(chat, {}).get(parameters.integer("message_id"))
    if found is None or found.deleted:
        raise refusals.bad_request(f"{role} not found")
    return found
