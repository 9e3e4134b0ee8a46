"""Every code that can stand in an outbox row has a text in both languages, and no text is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locales.errors import DomainError, explain
from locales.texts import catalogue

ROOT = Path(__file__).parents[2]
CODES = {
    "blocked", "gone", "no_rights", "bad_request", "too_long", "address_malformed", "predecessor_refused",
    "message_unreadable", "flood", "paced", "chat_moved", "no_connection", "token_refused", "picture_failed", "lease_lost",
    "no_answer", "server_error", "answer_unreadable", "too_slow", "stopped", "interrupted", "sender_fault", "sent_again",
    "marked_sent",
    "cannot_edit", "retracted", "superseded", "unreachable", "key_refused", "security_refused", "content_refused", "file_too_large", "file_refused", "channel_unknown", "rehearsal", "secret_unreadable", "database_unreachable", "redirected", "robot_stopped", "login_refused", "no_encryption", "sender_refused", "recipient_refused", "mail_deferred",
}  # fmt: skip
ELSEWHERE = {"restored"}  # written by whoever restores a backup
_OUTCOME = re.compile(r"(?:Refused|RetryAt|NotSent|Uncertain|Unclear)\([^()\"]*\"([a-z_]+)\"")


def test_codes_of_the_sources_are_these():
    paths = [path for folder in ("outbox", "delivery") for path in (ROOT / folder).rglob("*.py")]
    sources = "\n".join(path.read_text("utf-8") for path in paths)
    assert set(_OUTCOME.findall(sources)) <= CODES
    assert {code for code in CODES if f'"{code}"' not in sources} == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_a_text_and_no_text_is_left_over(language):
    assert set(catalogue(language, "outbox")) == {f"outbox.code.{code}" for code in CODES | ELSEWHERE}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_errors_say_what_is_wrong_and_what_to_do(language):
    for code in ("button_expired", "delivery_unknown", "delivery_not_uncertain", "telegram_token_malformed"):
        assert len(explain(language, DomainError(code))) > 10
    assert "ftp://x" in explain(language, DomainError("telegram_api_malformed", api="ftp://x"))
