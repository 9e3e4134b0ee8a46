"""The methods that send: text, pictures, files, albums. Each checks everything, then pays, then acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.telegram_double import doors, keyboards, pictures, refusals, shapes
from tests.telegram_double.formatting import Formatted, format_text, utf16_length
from tests.telegram_double.parameters import Parameters, SentFile
from tests.telegram_double.world import Json, Message, Upload, World, add_message, next_message_id

Method = Callable[[World, Parameters], Any]

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
ALBUM_ITEMS = 10
PHOTO_BYTES = 10_000_000
FILE_BYTES = 50_000_000
_PHOTO_SIDES = 10_000
_PHOTO_RATIO = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be sent."""

    kind: str
    words: Formatted
    upload: Upload | None = None


def send_message(world: World, parameters: Parameters) -> Json:
    words = text_of(parameters, "text", "entities")
    return _send_one(world, parameters, Draft("text", words))


def send_photo(world: World, parameters: Parameters) -> Json:
    upload = uploaded(world, parameters.file("photo"), "photo")
    return _send_one(world, parameters, Draft("photo", caption_of(parameters), upload))


def send_document(world: World, parameters: Parameters) -> Json:
    upload = uploaded(world, parameters.file("document"), "document")
    return _send_one(world, parameters, Draft("document", caption_of(parameters), upload))


def send_media_group(world: World, parameters: Parameters) -> list[Json]:
    items = parameters.structure("media")
    if not isinstance(items, list):
        raise refusals.bad_request("expected an Array of InputMedia")
    if not items:
        raise refusals.bad_request("there are no messages to send")
    if len(items) > ALBUM_ITEMS:
        raise refusals.bad_request("too many messages to send as an album")
    drafts = [_album_draft(world, parameters, item) for item in items]
    if len({draft.kind for draft in drafts}) > 1:
        raise refusals.bad_request("document can't be mixed with other media types")
    chat = doors.writable_chat(world, parameters)
    doors.pay(world, chat, count=len(drafts))
    album = str(next(world.numbers))
    return [shapes.message(world, _store(world, chat, draft, album=album)) for draft in drafts]


def _album_draft(world: World, parameters: Parameters, item: Any) -> Draft:
    if not isinstance(item, dict) or item.get("type") not in {"photo", "document"}:
        raise refusals.bad_request('can\'t parse InputMedia: type "photo" or "document" expected')
    fields = Parameters(item, parameters.files)
    upload = uploaded(world, fields.file("media"), item["type"])
    return Draft(item["type"], caption_of(fields), upload)


def text_of(parameters: Parameters, name: str, entities: str) -> Formatted:
    """The text of a message, or the refusal it deserves."""
    words = format_text(parameters.text(name), parameters.text("parse_mode"), parameters.structure(entities))
    if not words.text:
        raise refusals.bad_request("message text is empty")
    if utf16_length(words.text) > TEXT_UNITS:
        raise refusals.bad_request("message is too long")
    return words


def caption_of(parameters: Parameters) -> Formatted:
    entities = parameters.structure("caption_entities")
    words = format_text(parameters.text("caption"), parameters.text("parse_mode"), entities)
    if utf16_length(words.text) > CAPTION_UNITS:
        raise refusals.bad_request("message caption is too long")
    return words


def _send_one(world: World, parameters: Parameters, draft: Draft) -> Json:
    chat = doors.writable_chat(world, parameters)
    keyboard = keyboards.parse_markup(parameters.structure("reply_markup"), private=chat > 0)
    extra = _reply(world, parameters, chat)
    doors.pay(world, chat)
    return shapes.message(world, _store(world, chat, draft, keyboard=keyboard, extra=extra))


def _reply(world: World, parameters: Parameters, chat: int) -> Json:
    asked = parameters.structure("reply_parameters") or {}
    if not isinstance(asked, dict):
        raise refusals.bad_request("object expected as reply parameters")
    number = Parameters(asked).integer("message_id") or parameters.integer("reply_to_message_id")
    if not number:
        return {}
    found = world.messages.get(chat, {}).get(number)
    if found is not None and not found.deleted:
        answered = shapes.message(world, found)
        answered.pop("reply_to_message", None)  # one level deep
        return {"reply_to_message": answered}
    if asked.get("allow_sending_without_reply") is True or parameters.flag("allow_sending_without_reply"):
        return {}
    raise refusals.bad_request("message to be replied not found")


def _store(
    world: World,
    chat: int,
    draft: Draft,
    *,
    keyboard: Json | None = None,
    album: str | None = None,
    extra: Json | None = None,
) -> Message:
    if draft.upload is not None:
        world.files[draft.upload.file_id] = draft.upload
    sent = Message(
        chat=chat,
        id=next_message_id(world, chat),
        at=world.clock(),
        sender=world.bot,
        kind=draft.kind,
        text=draft.words.text,
        entities=draft.words.entities,
        keyboard=keyboard,
        upload=draft.upload,
        album=album,
        extra=extra or {},
    )
    return add_message(world, sent)


def uploaded(world: World, sent: SentFile | str | None, kind: str) -> Upload:
    """The file of a request, checked as a picture or taken as it is."""
    if sent is None:
        raise refusals.bad_request(f"there is no {kind} in the request")
    if isinstance(sent, str):
        return _known_file(world, sent)
    if not sent.content:
        raise refusals.bad_request("file must be non-empty")
    if len(sent.content) > (PHOTO_BYTES if kind == "photo" else FILE_BYTES):
        raise refusals.bad_request("file is too big")
    file_id = f"AgAC{next(world.numbers):012d}"
    if kind == "document":
        return Upload(file_id, sent.name, sent.content, sent.content_type)
    found = pictures.size(sent.content)
    if found is None:
        raise refusals.bad_request("IMAGE_PROCESS_FAILED")
    width, height = found
    if min(width, height) < 1 or width + height > _PHOTO_SIDES:
        raise refusals.bad_request("PHOTO_INVALID_DIMENSIONS")
    if max(width, height) > _PHOTO_RATIO * min(width, height):
        raise refusals.bad_request("PHOTO_INVALID_DIMENSIONS")
    return Upload(file_id, sent.name, sent.content, sent.content_type, width, height)


def _known_file(world: World, name: str) -> Upload:
    """A file sent before, by its id; this double fetches nothing from the net."""
    if name.startswith(("http://", "https://")):
        raise refusals.bad_request("failed to get HTTP URL content")
    if name not in world.files:
        raise refusals.bad_request("wrong remote file identifier specified: Wrong string length")
    return world.files[name]


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
}
