"""Webhooks: a message as JSON for a program of somebody else, signed. Knows the request and what a status means. PURE.

The headers are those of the open convention for webhooks: `webhook-id` (the same for every attempt of one delivery,
so that a receiver can leave out what it has), `webhook-timestamp` in seconds, and with a secret `webhook-signature`:
"v1," and base64 of HMAC-SHA256 over "id.timestamp.body". A secret that begins with `whsec_` is base64 behind it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from delivery.outgoing import Outgoing
from delivery.senders.hook_answers import FLOOD_PAUSE, Answer, pause_of
from delivery.senders.hook_platform import Platform, Request, Where, minute_share
from outbox.channel_limits import WEBHOOK
from outbox.outcomes import Outcome, Refused, RetryAt, Sent, Uncertain

LARGEST_FILE = 20 * 1024 * 1024
SHARE = minute_share(60, gap_ms=200)

_REFUSALS: Mapping[int, str] = MappingProxyType(
    {
        HTTPStatus.GONE: "gone",
        HTTPStatus.NOT_FOUND: "gone",
        HTTPStatus.UNAUTHORIZED: "key_refused",
        HTTPStatus.FORBIDDEN: "key_refused",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "file_too_large",
    }
)


def request(where: Where, outgoing: Outgoing, now: datetime) -> Request | Refused:
    """The POST of one message, signed where there is a secret."""
    if any(len(file) > LARGEST_FILE for file in (outgoing.picture, outgoing.document) if file is not None):
        return Refused("file_too_large")
    body = json.dumps(document_of(outgoing), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    name, timestamp = f"delivery-{outgoing.delivery}", str(int(now.timestamp()))
    headers = {"content-type": "application/json", "webhook-id": name, "webhook-timestamp": timestamp}
    if where.secret is not None:
        headers["webhook-signature"] = signature(where.secret, name, timestamp, body)
    return Request(where.url, body, headers)


def document_of(outgoing: Outgoing) -> dict[str, Any]:
    """The message as JSON: `text` always; `title`, `links`, `picture` with its `alt`, and `document` where they are."""
    document: dict[str, Any] = {"type": "message", "channel": outgoing.address, "text": outgoing.text}
    links = [{"text": one.text, "url": one.url} for row in outgoing.buttons for one in row if one.url is not None]
    if outgoing.title:
        document["title"] = outgoing.title
    if links:
        document["links"] = links
    if outgoing.picture is not None:
        document["picture"] = {"media_type": "image/png", "base64": _text(outgoing.picture), "alt": outgoing.alt}
    if outgoing.document is not None:
        document["document"] = {"media_type": "application/pdf", "base64": _text(outgoing.document)}
    return document


def signature(secret: str, name: str, timestamp: str, body: bytes) -> str:
    """What proves to the receiver that the message is ours and of this second."""
    digest = hmac.new(_key(secret), f"{name}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{_text(digest)}"


def outcome(answer: Answer, now: datetime) -> Outcome:
    """2xx: taken. 429, and 503 with a pause: later. Another 5xx: nobody knows. Everything else: refused."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Sent(None)
    is_busy = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers
    if is_busy or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAt(now + pause_of(answer, FLOOD_PAUSE), "flood")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Uncertain("server_error")
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return Refused("redirected")
    return Refused(_REFUSALS.get(answer.status, "bad_request"))


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass  # no base64 behind it: the whole line is the key, as for any other secret
    return secret.encode()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


PLATFORM = Platform(WEBHOOK, SHARE, request, outcome)
