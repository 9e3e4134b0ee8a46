"""Telegram's webhook: the secret first, then the limit, then the feeder; 200 only after its effect."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from web.application import Webhook

SECRET = "a-secret_of-telegram"
PATH = "/telegram/webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = b'{"update_id": 1, "message": {"text": "geheim"}}'


class Feeder:
    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.fault: Exception | None = None
        self.committed = False

    async def __call__(self, body: bytes) -> None:
        if self.fault is not None:
            raise self.fault
        await asyncio.sleep(0)
        self.fed.append(body)
        self.committed = True


@pytest.fixture
def feeder():
    return Feeder()


@pytest.fixture
def telegram(hamlet, browse, feeder):
    return browse(hamlet.site(webhook=Webhook(SECRET, feeder)))


def sends(telegram, content=UPDATE, headers=None):
    given = [(HEADER, SECRET)] if headers is None else headers
    return telegram.post(PATH, content=content, headers=[*given, ("Content-Type", "application/json")])


def test_update_reaches_the_feeder_as_it_came(telegram, feeder):
    assert (sends(telegram).status_code, feeder.fed, feeder.committed) == (200, [UPDATE], True)
    assert telegram.response.content == b""


def test_wrong_secret_is_refused_before_anything_is_read(telegram, feeder, hamlet):
    for headers in [
        [],
        [(HEADER, "")],
        [(HEADER, "wrong")],
        [(HEADER, SECRET[:-1])],
        [(HEADER, SECRET + "x")],
        [(HEADER, SECRET.upper())],
        [(HEADER, f" {SECRET}x ")],
        [(HEADER.encode(), "密钥".encode())],
        [(HEADER.encode(), b"\xff\xfe\x00")],
        [(HEADER, SECRET), (HEADER, "wrong")],
        [("X-Other", SECRET)],
    ]:
        before = hamlet.everything()
        with capture_logs() as logs:
            response = sends(telegram, headers=headers)
        assert (response.status_code, response.content, feeder.fed, logs) == (401, b"", [], [])
        assert hamlet.everything() == before


def test_secret_is_compared_before_the_body_limit(telegram):
    assert sends(telegram, content=b"x" * 2_000_000, headers=[]).status_code == 401
    assert sends(telegram, content=b"x" * 2_000_000).status_code == 413


def test_large_updates_fit_and_pages_keep_their_own_limit(telegram, feeder):
    assert sends(telegram, content=b"x" * 1_000_000).status_code == 200
    assert len(feeder.fed[0]) == 1_000_000
    assert telegram.post("/s/x", content=b"x" * 100_000).status_code == 413


def test_fault_inside_is_a_plain_500_without_any_text(telegram, feeder):
    feeder.fault = ValueError("geheim")
    with capture_logs() as logs:
        response = sends(telegram)
    assert (response.status_code, response.content) == (500, b"")
    assert [(each["event"], each["error"]) for each in logs] == [("update_not_taken", "ValueError")]
    assert "geheim" not in str(logs)


def test_other_methods_are_none(telegram):
    assert telegram.get(PATH).status_code == 405


def test_without_a_webhook_there_is_no_address(hamlet, browse):
    assert browse(hamlet.site()).post(PATH, content=UPDATE).status_code == 404


def test_webhook_without_a_secret_does_not_start(hamlet):
    with pytest.raises(ValueError, match="secret"):
        hamlet.site(webhook=Webhook("", Feeder()))


def test_secret_does_not_show_in_a_representation():
    assert SECRET not in repr(Webhook(SECRET, Feeder()))
