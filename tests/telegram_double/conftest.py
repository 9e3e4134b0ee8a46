"""The fixtures of the double's own tests: a double, and a bare client that talks to it without any library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.telegram_double import TelegramDouble

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601805a346d0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Api:
    """Calls a method with a JSON body; the answer is the JSON body, whose `error_code` equals the HTTP status."""

    client: httpx.Client
    root: str
    token: str

    def __call__(self, method: str, **payload: Any) -> dict[str, Any]:
        answer = self.client.post(f"{self.root}/bot{self.token}/{method}", json=payload)
        body: dict[str, Any] = answer.json()
        assert body.get("error_code", 200) == answer.status_code
        return body

    def result(self, method: str, **payload: Any) -> Any:
        body = self(method, **payload)
        assert body["ok"], body
        return body["result"]

    def refusal(self, method: str, **payload: Any) -> str:
        body = self(method, **payload)
        assert not body["ok"], body
        return str(body["description"])

    def upload(self, method: str, field: str, content: bytes, **payload: str) -> dict[str, Any]:
        files = {field: ("picture.png", content, "image/png")}
        body: dict[str, Any] = self.client.post(
            f"{self.root}/bot{self.token}/{method}", data=payload, files=files
        ).json()
        return body


@pytest.fixture
def tg() -> Iterator[TelegramDouble]:
    with TelegramDouble(webhook_retry=0.01) as double:
        yield double


@pytest.fixture
def api(tg: TelegramDouble) -> Iterator[Api]:
    with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
        yield Api(client, tg.url, tg.token)
