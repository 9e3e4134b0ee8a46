"""What is said in a chat: text, buttons, a picture or a document by its key; and what a button carries back, signed.

Knows the shape of a message, its JSON form and the signature on a button's data. PURE: refuses to know
databases, clocks, channels, who is spoken to and what a button's action means.

A button's data travels through hands that are not ours and returns as `fields:joined:by:colons:MAC`. The MAC is
HMAC-SHA256 cut to 64 bits over the fields and the chat, so data made for one chat is worthless in another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from locales.errors import DomainError

MAX_ACTION_BYTES = 52
"""Joined fields of an action; with one colon and eleven characters of MAC they fill Telegram's 64 bytes."""

_MAC_BYTES = 8
_FIELD = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)
_SIGNED = re.compile(
    r"(?P<fields>[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]*)*):(?P<mac>[A-Za-z0-9_-]{11})",
    re.ASCII,
)
_ADDRESS = re.compile(r"https?://[^\s]+")
_PURPOSE = b"tongping.button.1\x00"


@dataclass(frozen=True, slots=True)
class Button:
    """One button: an action that comes back signed, an http(s) address to open, or a `web_app`; exactly one of them.

    `web_app` is an https address that the channel opens inside itself and tells who opened it. It is for whoever it is
    shown to in a private chat: replies carry one, a message that is owed never does.

    `action` fields match `[A-Za-z0-9_.-]*`, joined by colons they take at most 52 bytes, and the first one (which is
    not empty) names the conversation: "s" survey, "b" ballot, "o" office, "m" menu, "l" language, "r" receipt,
    "v" visit lists, "e" the expert panel, "j" objections, "f" figures, "k" scorecards, "a" actions, "d" duties,
    "h" honours, "p" polls, "t" stories, "q" approvals of results, "c" commands of the office, "g" signatures,
    "x" explanations and alerts.
    A malformed button is a fault of ours: ValueError.
    """

    text: str
    action: tuple[str, ...] = ()
    url: str | None = None
    web_app: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a button needs a text")
        if [bool(self.action), self.url is not None, self.web_app is not None].count(True) != 1:
            raise ValueError("a button carries an action or an address, exactly one of them")
        if self.action:
            _join(self.action)
        if self.url is not None and not _ADDRESS.fullmatch(self.url):
            raise ValueError("a button's address starts with http:// or https://")
        if self.web_app is not None and not (self.web_app.startswith("https://") and _ADDRESS.fullmatch(self.web_app)):
            raise ValueError("what a channel opens inside itself starts with https://")


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text (no markup), rows of buttons, and perhaps a picture and a document.

    `picture` is a key such as "bulletin:17:zh", resolved to PNG bytes by the edge; `alt` is its text alternative.
    `title` is what some channels show apart from the text: the subject of a mail, the head of a card; elsewhere it is
    not shown, so the text stands without it. `document` is the key of a PDF such as "bulletin:17:zh:edition".
    A message without text, picture and document is a fault of ours: ValueError; so is a title of several lines.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: str | None = None
    alt: str = ""
    title: str = ""
    document: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() and self.picture is None and self.document is None:
            raise ValueError("a message needs a text, a picture or a document")
        if self.title and len(self.title.splitlines()) != 1:
            raise ValueError("a title is one line")


def to_json(message: Message) -> dict[str, Any]:
    """Return the message as a JSON object; what is empty is left out, so equal messages have equal JSON."""
    document: dict[str, Any] = {"text": message.text}
    if message.buttons:
        document["buttons"] = [[_button_to_json(button) for button in row] for row in message.buttons]
    if message.picture is not None:
        document["picture"] = message.picture
    if message.alt:
        document["alt"] = message.alt
    if message.title:
        document["title"] = message.title
    if message.document is not None:
        document["document"] = message.document
    return document


def from_json(document: Mapping[str, Any]) -> Message:
    """Read back what `to_json` wrote; ValueError, KeyError, TypeError or AttributeError when it is something else."""
    unknown = set(document) - {"text", "buttons", "picture", "alt", "title", "document"}
    if unknown:
        raise ValueError(f"unknown keys in a stored message: {sorted(unknown)}")
    return Message(
        text=document["text"],
        buttons=tuple(tuple(_button_from_json(button) for button in row) for row in document.get("buttons", ())),
        picture=document.get("picture"),
        alt=document.get("alt", ""),
        title=document.get("title", ""),
        document=document.get("document"),
    )


def encode_action(secret: bytes, chat: str, action: tuple[str, ...]) -> str:
    """Return the button data for this chat: at most 64 ASCII bytes. An action that does not fit: ValueError."""
    fields = _join(action)
    return f"{fields}:{_mac(secret, chat, fields)}"


def decode_action(secret: bytes, chat: str, data: str) -> tuple[str, ...]:
    """Return the fields that `encode_action` signed for this chat.

    Whatever else arrives (cut, altered, made for another chat or with another secret, never made by us at all) is one
    and the same DomainError("button_expired"): the sender learns nothing about why. The comparison takes constant time.
    """
    found = _SIGNED.fullmatch(data) if len(data) <= MAX_ACTION_BYTES + 12 else None
    if found is None:
        raise DomainError("button_expired")
    fields = found["fields"]
    if not hmac.compare_digest(found["mac"].encode("ascii"), _mac(secret, chat, fields).encode("ascii")):
        raise DomainError("button_expired")
    return tuple(fields.split(":"))


def _join(action: tuple[str, ...]) -> str:
    """Return the fields joined by colons, after checking that they can be told apart again."""
    if not action or not action[0]:
        raise ValueError("an action starts with the name of its conversation")
    for field in action:
        if not _FIELD.fullmatch(field):
            raise ValueError(f"a field of an action holds a character that is not allowed: {field!r}")
    joined = ":".join(action)
    if len(joined) > MAX_ACTION_BYTES:
        raise ValueError(f"an action takes at most {MAX_ACTION_BYTES} bytes, this one {len(joined)}")
    return joined


def _mac(secret: bytes, chat: str, fields: str) -> str:
    """Return eleven characters: 64 bits of HMAC-SHA256 over purpose, fields and chat."""
    if not secret:
        raise ValueError("buttons cannot be signed with an empty secret")
    # The fields hold no NUL, so where they end and the chat begins cannot be disputed.
    content = _PURPOSE + fields.encode("ascii") + b"\x00" + chat.encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, content, hashlib.sha256).digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _button_to_json(button: Button) -> dict[str, Any]:
    if button.web_app is not None:
        raise ValueError("a button that opens something inside the channel stands in replies alone")
    if button.url is not None:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "action": list(button.action)}


def _button_from_json(document: Mapping[str, Any]) -> Button:
    return Button(
        text=document["text"],
        action=tuple(document.get("action", ())),
        url=document.get("url"),
    )
