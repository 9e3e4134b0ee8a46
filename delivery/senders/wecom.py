"""WeCom 企业微信 group robots: plain text, a picture, a file. Knows their requests, limits and codes. PURE.

From the operator's description of group robots 群机器人: `text` at most 2048 bytes of UTF-8 (as plain text, so that
no name can become a link or call everybody), `image` as base64 with the MD5 of its bytes and at most 2 MB, `file` by
uploading it first; at most 20 messages a minute and robot. The answer is 200 with `errcode` in its body.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

from delivery.outgoing import Outgoing
from delivery.senders.hook_answers import Answer, json_object, robot_outcome
from delivery.senders.hook_platform import Platform, Request, Where, minute_share
from delivery.senders.plain_words import with_links
from outbox.channel_limits import WECOM
from outbox.outcomes import Outcome, Refused, Sent, Uncertain

LARGEST_PICTURE = 2 * 1024 * 1024
LARGEST_FILE = 20 * 1024 * 1024
SHARE = minute_share(20, gap_ms=200)

_CODES = MappingProxyType(
    {
        93000: "key_refused",  # the address of no robot
        40001: "key_refused",
        40014: "key_refused",
        93004: "robot_stopped",
        93008: "robot_stopped",  # no longer in the group
        45009: None,  # more often than allowed
        45033: None,  # too many calls at the same time
        45002: "too_long",
        40058: "bad_request",
        40008: "bad_request",
        44004: "bad_request",  # empty
        45001: "file_too_large",
        40006: "file_too_large",
        40009: "file_too_large",
        40005: "file_refused",
        301019: "file_refused",  # the digest does not fit the picture
        40007: "file_refused",
    }
)


def request(where: Where, outgoing: Outgoing, _now: datetime) -> Request | Refused:
    """The POST of one message: its picture, or its file, or its text; the signature is the address itself."""
    if outgoing.picture is not None:
        if len(outgoing.picture) > LARGEST_PICTURE:
            return Refused("file_too_large")
        image = {
            "base64": base64.b64encode(outgoing.picture).decode("ascii"),
            "md5": hashlib.md5(outgoing.picture, usedforsecurity=False).hexdigest(),
        }
        return _post(where.url, {"msgtype": "image", "image": image})
    if outgoing.document is not None:
        return _post(where.url, {"msgtype": "file", "file": {"media_id": where.uploaded}})
    return _post(where.url, {"msgtype": "text", "text": {"content": with_links(outgoing)}})


def upload(where: Where, outgoing: Outgoing) -> Request | Refused | None:
    """The POST that leaves a document with the platform, to be named afterwards."""
    if outgoing.document is None:
        return None
    if len(outgoing.document) > LARGEST_FILE:
        return Refused("file_too_large")
    parts = urlsplit(where.url)
    if outgoing.picture is not None or not parts.path.endswith("/send"):
        return Refused("file_refused")
    path = f"{parts.path.removesuffix('/send')}/upload_media"
    url = urlunsplit(parts._replace(path=path, query=f"{parts.query}&type=file"))
    return Request(url, file=("media", "bulletin.pdf", outgoing.document, "application/pdf"))


def outcome(answer: Answer, now: datetime) -> Outcome:
    """How a message went."""
    return robot_outcome(answer, names=("errcode",), codes=_CODES, now=now)


def uploaded(answer: Answer, now: datetime) -> str | Outcome:
    """The name of what was uploaded; or why there is none."""
    end = outcome(answer, now)
    if not isinstance(end, Sent):
        return end
    name = json_object(answer.body).get("media_id")
    return name if isinstance(name, str) and name else Uncertain("answer_unreadable")


def _post(url: str, document: dict[str, object]) -> Request:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Request(url, body, {"content-type": "application/json; charset=utf-8"})


PLATFORM = Platform(WECOM, SHARE, request, outcome, upload, uploaded)
