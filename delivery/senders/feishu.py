"""Feishu 飞书 custom robots: a card of plain text, signed. Knows their requests, limits and codes. PURE.

From the operator's description of custom robots 自定义机器人: JSON of at most 20 KB, 100 messages a minute and 5 a
second; with the signature as safety setting, `timestamp` (seconds) and `sign` stand in the body, where the sign is
base64 of HMAC-SHA256 over nothing, with timestamp and secret on two lines as key. Everything goes as a card whose
texts are `plain_text`: in a text message `<at …>` would call people. A picture needs an application, so its words go
instead. The answer is 200 with `code` in its body (`StatusCode` of old).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from types import MappingProxyType
from typing import Any

from delivery.outgoing import Outgoing
from delivery.senders.hook_answers import Answer, robot_outcome
from delivery.senders.hook_platform import Platform, Request, Where, minute_share
from delivery.senders.plain_words import with_alternative
from outbox.channel_limits import FEISHU
from outbox.outcomes import Outcome, Refused

LARGEST_BODY = 20_000
SHARE = minute_share(100, gap_ms=250)

_CODES = MappingProxyType(
    {
        19001: "key_refused",  # the address of no robot
        19007: "robot_stopped",
        19021: "security_refused",  # the signature, or a clock more than an hour off
        19022: "security_refused",  # the IP
        19024: "security_refused",  # the keyword
        11232: None,  # more often than allowed
        99991400: None,  # the same, of the whole platform
        19002: "bad_request",
        9499: "bad_request",
        11246: "bad_request",  # the card
        230025: "too_long",
        230028: "content_refused",
    }
)


def request(where: Where, outgoing: Outgoing, now: datetime) -> Request | Refused:
    """The POST of one message, signed where there is a secret."""
    words = with_alternative(outgoing)
    if not words.strip():
        return Refused("file_refused")
    document: dict[str, Any] = {"msg_type": "interactive", "card": _card(outgoing, words)}
    if where.secret is not None:
        timestamp = str(int(now.timestamp()))
        document |= {"timestamp": timestamp, "sign": sign(timestamp, where.secret)}
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > LARGEST_BODY:
        return Refused("too_long")
    return Request(where.url, body, {"content-type": "application/json; charset=utf-8"})


def sign(timestamp: str, secret: str) -> str:
    """What proves that we know the secret, at that second."""
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def outcome(answer: Answer, now: datetime) -> Outcome:
    """How a message went."""
    return robot_outcome(answer, names=("code", "StatusCode"), codes=_CODES, now=now)


def _card(outgoing: Outgoing, words: str) -> dict[str, Any]:
    """A card: the title as its head, the text, and a button for each address to open."""
    elements: list[dict[str, Any]] = [{"tag": "div", "text": {"tag": "plain_text", "content": words}}]
    links = [one for row in outgoing.buttons for one in row if one.url is not None]
    if links:
        actions = [
            {"tag": "button", "text": {"tag": "plain_text", "content": one.text}, "type": "default", "url": one.url}
            for one in links
        ]
        elements.append({"tag": "action", "actions": actions})
    card: dict[str, Any] = {"config": {"wide_screen_mode": True}, "elements": elements}
    if outgoing.title:
        card["header"] = {"title": {"tag": "plain_text", "content": outgoing.title}}
    return card


PLATFORM = Platform(FEISHU, SHARE, request, outcome)
