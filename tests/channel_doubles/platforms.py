"""What each platform takes, and what it says: 200 with a code in the body, whatever happened. Written from their public
descriptions, and stricter than they are where they are lax: a wrong content type, a key that is not documented and a
text that is too long are refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
_TOLERANCE = 3600  # seconds that a signature is good for
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read whole."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, strict_parsing=True))


class RefusedError(Exception):
    """The platform says no, with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Platform:
    """What all of them have in common: a window of calls, and messages that arrived."""

    address = "/"
    limit, window = 20, 60.0
    flood, malformed = 0, 0

    def __init__(self, *, secret: str | None, clock: Callable[[], float]) -> None:
        self.secret = secret
        self.clock = clock
        self.arrived: list[tuple[str, Any]] = []
        self._times: list[float] = []

    def judge(self, call: Call) -> tuple[int, Json]:
        """The status and body of the answer; what is taken has arrived."""
        try:
            return 200, self.take(call) or self.said(0)
        except RefusedError as refused:
            return 200, self.said(refused.code)

    def take(self, call: Call) -> Json | None:
        raise AssertionError(call)

    def said(self, code: int) -> Json:
        """How the platform words a code."""
        return {"errcode": code, "errmsg": "ok" if code == 0 else "no"}

    def pay(self) -> None:
        """Count a call; refuse it when there were too many."""
        now = self.clock()
        self._times = [at for at in self._times if now - at < self.window]
        if len(self._times) >= self.limit:
            raise RefusedError(self.flood)
        self._times.append(now)

    def document(self, call: Call, keys: set[str]) -> Json:
        """The JSON of a request, with no key but the known ones."""
        if not re.fullmatch(r"application/json(; ?charset=utf-8)?", call.headers.get("content-type", "").lower()):
            raise RefusedError(self.malformed)
        try:
            document = json.loads(call.body.decode("utf-8"))
        except ValueError:
            raise RefusedError(self.malformed) from None
        if not isinstance(document, dict) or set(document) - keys:
            raise RefusedError(self.malformed)
        return document


class WeCom(Platform):
    """A group robot 群机器人."""

    address = "/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
    flood, malformed = 45009, 40058

    def __init__(self, *, secret: str | None, clock: Callable[[], float]) -> None:
        super().__init__(secret=secret, clock=clock)
        self.uploads: dict[str, tuple[str, bytes]] = {}

    def take(self, call: Call) -> Json | None:
        wanted = dict(parse_qsl(urlsplit(self.address).query))
        if {"key": call.query.get("key")} != wanted:
            raise RefusedError(93000)
        if urlsplit(call.path).path == "/cgi-bin/webhook/upload_media":
            return self._upload(call)
        if urlsplit(call.path).path != "/cgi-bin/webhook/send":
            raise RefusedError(93000)
        document = self.document(call, {"msgtype", "text", "image", "file"})
        kind = document.get("msgtype")
        content = {"text": self._text, "image": self._image, "file": self._file}.get(kind, self._unknown)(document)
        self.pay()
        self.arrived.append((kind, content))
        return None

    def _text(self, document: Json) -> str:
        content = document["text"]["content"]
        if not content.strip():
            raise RefusedError(44004)
        if len(content.encode()) > 2048:
            raise RefusedError(45002)
        return content

    def _image(self, document: Json) -> bytes:
        try:
            content = base64.b64decode(document["image"]["base64"], validate=True)
        except binascii.Error:
            raise RefusedError(40009) from None
        if len(content) > 2 * 1024 * 1024:
            raise RefusedError(40009)
        if not content.startswith(_PICTURES):
            raise RefusedError(40005)
        if hashlib.md5(content).hexdigest() != document["image"]["md5"]:
            raise RefusedError(301019)
        return content

    def _file(self, document: Json) -> tuple[str, bytes]:
        if document["file"]["media_id"] not in self.uploads:
            raise RefusedError(40007)
        return self.uploads[document["file"]["media_id"]]

    def _unknown(self, document: Json) -> str:
        raise RefusedError(40008)

    def _upload(self, call: Call) -> Json:
        if call.query.get("type") != "file":
            raise RefusedError(40004)
        head = f"content-type: {call.headers['content-type']}\r\n\r\n".encode()
        [part] = BytesParser(policy=HTTP).parsebytes(head + call.body).iter_parts()
        content = part.get_payload(decode=True)
        if part.get_param("name", header="content-disposition") != "media" or len(content) <= 5:
            raise RefusedError(40007)
        name = f"media-{len(self.uploads) + 1}"
        self.uploads[name] = (part.get_filename(), content)
        return self.said(0) | {"type": "file", "media_id": name, "created_at": "1380000000"}


class DingTalk(Platform):
    """A custom robot 自定义机器人, with the signature as its safety setting where there is a secret."""

    address = "/robot/send?access_token=b10deee3d9e2dbc21ce57eb9f80da23a"
    flood, malformed = 410100, 40035

    def take(self, call: Call) -> Json | None:
        if urlsplit(call.path).path != "/robot/send":
            raise RefusedError(404)
        token = dict(parse_qsl(urlsplit(self.address).query))["access_token"]
        if call.query.get("access_token") != token:
            raise RefusedError(400101)
        if self.secret is not None:
            self._check_sign(call)
        if len(call.body) > 20_000:
            raise RefusedError(460101)
        document = self.document(call, {"msgtype", "text", "at"})
        if document.get("msgtype") != "text":
            raise RefusedError(400105)
        if document.get("at", {}).get("isAtAll"):
            raise RefusedError(430104)
        if not document["text"]["content"].strip():
            raise RefusedError(40035)
        self.pay()
        self.arrived.append(("text", document["text"]["content"]))
        return None

    def _check_sign(self, call: Call) -> None:
        timestamp, sign = call.query.get("timestamp", ""), call.query.get("sign", "")
        assert self.secret is not None
        digest = hmac.new(self.secret.encode(), f"{timestamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        is_fresh = timestamp.isdigit() and abs(self.clock() * 1000 - int(timestamp)) <= _TOLERANCE * 1000
        if not is_fresh or sign != base64.b64encode(digest).decode():
            raise RefusedError(310000)


class Feishu(Platform):
    """A custom robot 自定义机器人: the code is called `code`, and the signature stands in the body."""

    address = "/open-apis/bot/v2/hook/0b0d2c05-5d0e-4d0a-9d6a-1b2c3d4e5f60"
    limit, flood, malformed = 100, 11232, 9499

    def said(self, code: int) -> Json:
        return {"code": 0, "msg": "success", "data": {}} if code == 0 else {"code": code, "msg": "no", "data": {}}

    def take(self, call: Call) -> Json | None:
        if call.path != self.address:
            raise RefusedError(19001)
        if len(call.body) > 20 * 1024:
            raise RefusedError(9499)
        document = self.document(call, {"msg_type", "content", "card", "timestamp", "sign"})
        if self.secret is not None:
            self._check_sign(document)
        if document.get("msg_type") != "interactive":
            raise RefusedError(19002)
        card = document["card"]
        words = [one["text"]["content"] for one in card["elements"] if one["tag"] == "div"]
        tags = {one["text"]["tag"] for one in card["elements"] if one["tag"] == "div"}
        if tags != {"plain_text"} or not all(words):
            raise RefusedError(11246)
        links = [
            (b["text"]["content"], b["url"]) for e in card["elements"] if e["tag"] == "action" for b in e["actions"]
        ]
        self.pay()
        title = card.get("header", {}).get("title", {}).get("content", "")
        self.arrived.append(("card", (title, "\n".join(words), links)))
        return None

    def _check_sign(self, document: Json) -> None:
        timestamp = document.get("timestamp", "")
        digest = hmac.new(f"{timestamp}\n{self.secret}".encode(), b"", hashlib.sha256).digest()
        is_fresh = timestamp.isdigit() and abs(self.clock() - int(timestamp)) <= _TOLERANCE
        if not is_fresh or document.get("sign") != base64.b64encode(digest).decode():
            raise RefusedError(19021)


class Receiver(Platform):
    """Somebody's program that receives webhooks: a bad signature is a 401, what it has already is a 204."""

    address = "/in/tongping"
    limit = 10_000

    def judge(self, call: Call) -> tuple[int, Json]:
        if call.path != self.address:
            return 404, {}
        if call.headers.get("content-type") != "application/json" or not self._is_signed(call):
            return 401, {}
        name = call.headers["webhook-id"]
        if name in {known for known, _ in self.arrived}:
            return 204, {}
        self.arrived.append((name, json.loads(call.body)))
        return 202, {}

    def _is_signed(self, call: Call) -> bool:
        if self.secret is None:
            return True
        name, timestamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not timestamp.isdigit() or abs(self.clock() - int(timestamp)) > 300:
            return False
        key = base64.b64decode(self.secret[6:]) if self.secret.startswith("whsec_") else self.secret.encode()
        digest = hmac.new(key, f"{name}.{timestamp}.".encode() + call.body, hashlib.sha256).digest()
        return call.headers.get("webhook-signature") == f"v1,{base64.b64encode(digest).decode()}"


PLATFORMS = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu, "webhook": Receiver}
