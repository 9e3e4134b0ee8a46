"""What an answer of the Bot API proves, and what the Bot API takes: read from bytes, without any library.

PURE. Knows status lines, JSON bodies, pauses and lengths. Refuses to know connections, the library and the outbox.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

TEXT_UNITS: Final = 4096
CAPTION_UNITS: Final = 1024
"""The limits for a text and for the caption of a picture, in UTF-16 units."""

TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+", re.ASCII)
ROOT = re.compile(r"https?://[^\s/?#{}]+(/[^\s?#{}]*)?", re.ASCII)
ADDRESS = re.compile(r"-?[0-9]{1,19}|@[A-Za-z0-9_]{1,64}", re.ASCII)
ERROR_NAME = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)+", re.ASCII)
"""Bare names such as BUTTON_DATA_INVALID; other descriptions may quote the message."""

UNCHANGED: Final = "message is not modified"
"""What Telegram says, in lower case, to an edit that changes nothing: the message is as it should be."""

_PAUSE_UNSAID, _LONGEST_PAUSE = 5, 86_400  # seconds: a 429 without a pause; a pause nobody can mean
_REFUSALS = (
    ("chat not found", "gone"),
    ("user not found", "gone"),
    ("user is deactivated", "gone"),
    ("group chat was deleted", "gone"),
    ("group chat was deactivated", "gone"),
    ("peer_id_invalid", "gone"),
    ("not enough rights", "no_rights"),
    ("have no rights", "no_rights"),
    ("need administrator rights", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("message to edit not found", "cannot_edit"),
    ("message_id_invalid", "cannot_edit"),
    ("message can't be edited", "cannot_edit"),
    ("in the message to edit", "cannot_edit"),
)  # what Telegram says, in lower case, when a chat or message is not there or not ours to write in


@dataclass(frozen=True, slots=True)
class Done:
    """The call was carried out."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call was not carried out, and a readable answer says why."""


@dataclass(frozen=True, slots=True)
class Later:
    """The call was not carried out; it may be repeated after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing is proved: the call may have been carried out."""

    code: str


def judge(method: str, status: int, body: bytes) -> Done | Refusal | Later | Unclear:
    """Say what the answer to a call of `method` proves."""
    answer = _object(body)
    if status == HTTPStatus.OK and answer.get("ok") is True and _is_result(method, answer.get("result")):
        return Done()
    if answer.get("ok") is False:
        parameters = answer.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        if isinstance(pause, int):
            return Later(min(max(pause, 1), _LONGEST_PAUSE))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Later(_PAUSE_UNSAID)
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Refusal()
    return Unclear("server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "answer_unreadable")


def refusal_code(description: str, *, usual: str) -> str:
    """Our code for what Telegram says when it refuses a message."""
    said = description.lower()
    return next((code for phrase, code in _REFUSALS if phrase in said), usual)


def utf16_units(text: str) -> int:
    """How long Telegram finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer; empty when there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_result(method: str, result: object) -> bool:
    """An object; and what was sent or edited has a number."""
    has_number = isinstance(result, dict) and isinstance(result.get("message_id"), int)
    return has_number or (isinstance(result, dict) and not method.startswith(("send", "edit")))
