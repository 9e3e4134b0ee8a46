"""The methods that change or remove what the bot sent."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.telegram_double import doors, keyboards, refusals, shapes
from tests.telegram_double.formatting import Formatted
from tests.telegram_double.parameters import Parameters
from tests.telegram_double.sending import Method, caption_of, text_of, uploaded
from tests.telegram_double.world import Json, Message, World, replace_message, with_edit


def edit_message_text(world: World, parameters: Parameters) -> Json:
    words = text_of(parameters, "text", "entities")
    message = _editable(world, parameters)
    if message.upload is not None:
        raise refusals.bad_request("there is no text in the message to edit")
    return _edit(world, parameters, message, words)


def edit_message_caption(world: World, parameters: Parameters) -> Json:
    words = caption_of(parameters)
    message = _editable(world, parameters)
    if message.upload is None:
        raise refusals.bad_request("there is no caption in the message to edit")
    return _edit(world, parameters, message, words)


def edit_message_media(world: World, parameters: Parameters) -> Json:
    """Another file, with its caption, in the place of one; a text does not become a file here."""
    item = parameters.structure("media")
    if not isinstance(item, dict) or item.get("type") not in {"photo", "document"}:
        raise refusals.bad_request('can\'t parse InputMedia: type "photo" or "document" expected')
    fields = Parameters(item, parameters.files)
    words = caption_of(fields)
    message = _editable(world, parameters)
    if message.upload is None:
        raise refusals.bad_request("there is no media in the message to edit")
    upload = uploaded(world, fields.file("media"), item["type"])
    world.files[upload.file_id] = upload
    return _edit(world, parameters, message, words, kind=item["type"], upload=upload)


def edit_message_reply_markup(world: World, parameters: Parameters) -> Json:
    message = _editable(world, parameters)
    return _edit(world, parameters, message, Formatted(message.text, message.entities))


def _editable(world: World, parameters: Parameters) -> Message:
    if parameters.text("inline_message_id"):
        raise refusals.bad_request("message to edit not found")
    chat = doors.writable_chat(world, parameters)
    message = doors.message_of(world, parameters, chat, "message to edit")
    is_plain = message.keyboard is None or keyboards.is_inline(message.keyboard)
    if message.sender.id != world.bot.id or not is_plain:
        raise refusals.bad_request("message can't be edited")
    return message


def _edit(world: World, parameters: Parameters, message: Message, words: Formatted, **changed: Any) -> Json:
    """An edit without a keyboard takes the keyboard away."""
    keyboard = keyboards.parse_markup(parameters.structure("reply_markup"), private=message.chat > 0)
    if keyboard is not None and not keyboards.is_inline(keyboard):
        raise refusals.bad_request("inline keyboard expected")
    is_same = (words.text, words.entities, keyboard) == (message.text, message.entities, message.keyboard)
    if is_same and not changed:
        raise refusals.not_modified()
    doors.pay(world, message.chat, is_edit=True)
    changes: dict[str, Any] = {"text": words.text, "entities": words.entities, "keyboard": keyboard, **changed}
    edited = with_edit(message, at=world.clock(), **changes)
    return shapes.message(world, replace_message(world, edited, "edits"))


def delete_message(world: World, parameters: Parameters) -> bool:
    """A bot removes its own messages anywhere, and those of the other in a private chat."""
    chat = doors.writable_chat(world, parameters)
    message = doors.message_of(world, parameters, chat, "message to delete")
    if message.sender.id != world.bot.id and chat < 0:
        raise refusals.bad_request("message can't be deleted for everyone")
    replace_message(world, dataclasses.replace(message, deleted=True), "deletes")
    return True


METHODS: dict[str, Method] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
}
