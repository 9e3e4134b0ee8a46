"""PURE: what Telegram tells a Mini App about who opened it, believed only with the bot's own signature on it.

Knows the signature (HMAC-SHA-256 under a key made from the bot's token), the age it may have and what must stand in it.
Refuses to know tokens (it gets the derived key), persons, sessions and clocks. What it refuses, it does not repeat:
launch data names a person's account.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from locales.errors import DomainError

LIFETIME = timedelta(hours=1)
AHEAD = timedelta(seconds=60)
"""How far the clock that signed may be ahead of ours."""

LONGEST = 4096
"""Characters. What Telegram sends is well under a thousand, with a picture's address and odd names perhaps two."""

_MOST_FIELDS = 32
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SECONDS = re.compile(r"[1-9][0-9]{0,10}", re.ASCII)
_LARGEST_ID = 2**52
_PURPOSE = b"WebAppData"


@dataclass(frozen=True, slots=True)
class Launch:
    """Who opened the Mini App and when. `fingerprint` is equal for equal launch data and tells nothing about it."""

    account: str = field(repr=False)
    at: datetime
    fingerprint: str

    @property
    def expires_at(self) -> datetime:
        """When it is too old for anyone."""
        return self.at + LIFETIME


def launch_key(bot_token: str) -> bytes:
    """The key that signs launch data: all that a page needs of the bot's token, and nothing can be sent with it."""
    return hmac.new(_PURPOSE, bot_token.encode(), hashlib.sha256).digest()


def read_launch(data: str, *, key: bytes, now: datetime) -> Launch:
    """Who opened it, from the text that Telegram put behind the address (`tgWebAppData`, percent-encoded once).

    `signature`, where it comes, is a field like the others here: the bot's own key signs all but `hash`. Errors:
    `launch_invalid` for whatever is not exactly what Telegram signed for this bot, without saying what is wrong with
    it, and `launch_expired` for what it signed more than an hour ago.
    """
    fields = _fields(data)
    given = fields.pop("hash", "")
    if not _HASH.fullmatch(given):
        raise DomainError("launch_invalid")
    signed = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    expected = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise DomainError("launch_invalid")
    at, account = _moment(fields.get("auth_date", "")), _account(fields.get("user", ""))
    if at > now + AHEAD:
        raise DomainError("launch_invalid")
    if now - at > LIFETIME:
        raise DomainError("launch_expired")
    return Launch(account, at, hashlib.sha256(_PURPOSE + b"\x00" + given.encode()).hexdigest())


def _fields(data: str) -> dict[str, str]:
    """The fields by name, each of which comes once; a value may be empty."""
    if not 0 < len(data) <= LONGEST or not data.isascii():
        raise DomainError("launch_invalid")
    try:
        pairs = parse_qsl(
            data,
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise DomainError("launch_invalid") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise DomainError("launch_invalid")
    return fields


def _moment(seconds: str) -> datetime:
    if not _SECONDS.fullmatch(seconds):
        raise DomainError("launch_invalid")
    return datetime.fromtimestamp(int(seconds), UTC)


def _account(user: str) -> str:
    """The number of the account, as chats of the bot have it."""
    try:
        document: Any = json.loads(user, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise DomainError("launch_invalid") from None
    number = document.get("id") if isinstance(document, Mapping) else None
    if type(number) is not int or not 0 < number < _LARGEST_ID:
        raise DomainError("launch_invalid")
    return str(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made
