"""DingTalk 钉钉 custom robots: plain text, signed. Knows their requests, limits and codes. PURE.

From the operator's description of custom robots 自定义机器人: JSON of at most 20,000 bytes, at most 20 messages a
minute; with the signature as safety setting, `timestamp` (milliseconds) and `sign` stand in the query, where the
sign is base64 of HMAC-SHA256, percent-encoded once. A picture can only be an address, so its words go instead; and as
text is sent as text, not as markup, no name can become a link. The answer is 200 with `errcode` in its body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

from delivery.outgoing import Outgoing
from delivery.senders.hook_answers import Answer, robot_outcome
from delivery.senders.hook_platform import Platform, Request, Where, minute_share
from delivery.senders.plain_words import with_alternative, with_links
from outbox.channel_limits import DINGTALK
from outbox.outcomes import Outcome, Refused

LARGEST_BODY = 20_000
SHARE = minute_share(20, gap_ms=200)

_CODES = MappingProxyType(
    {
        310000: "security_refused",  # keyword, signature or IP
        400013: "gone",  # the group was dissolved
        400101: "key_refused",
        300001: "key_refused",
        400102: "robot_stopped",
        400106: "robot_stopped",
        410100: None,  # more often than allowed
        130101: None,  # the same, of old
        660026: None,  # the same
        430101: "content_refused",  # an unsafe link
        430102: "content_refused",
        430103: "content_refused",
        430104: "content_refused",
        460101: "too_long",
        40035: "bad_request",
        43004: "bad_request",
        400105: "bad_request",
    }
)


def request(where: Where, outgoing: Outgoing, now: datetime) -> Request | Refused:
    """The POST of one message, signed where there is a secret."""
    words = with_links(replace(outgoing, text=with_alternative(outgoing)))
    if not words.strip():
        return Refused("file_refused")
    document = {"msgtype": "text", "text": {"content": words}, "at": {"isAtAll": False}}
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > LARGEST_BODY:
        return Refused("too_long")
    return Request(signed(where, now), body, {"content-type": "application/json; charset=utf-8"})


def signed(where: Where, now: datetime) -> str:
    """The address with time and signature."""
    if where.secret is None:
        return where.url
    timestamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(where.secret.encode(), f"{timestamp}\n{where.secret}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(digest).decode("ascii"), safe="")
    return f"{where.url}{'&' if '?' in where.url else '?'}timestamp={timestamp}&sign={sign}"


def outcome(answer: Answer, now: datetime) -> Outcome:
    """How a message went."""
    return robot_outcome(answer, names=("errcode",), codes=_CODES, now=now)


PLATFORM = Platform(DINGTALK, SHARE, request, outcome)
