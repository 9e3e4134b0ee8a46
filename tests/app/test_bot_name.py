"""The bot's name: configured, remembered, or asked of Telegram; never guessed."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app import bot_name as module
from app.bot_name import bot_name
from app.settings import Settings, read_settings
from consortium.units import installation
from locales.errors import DomainError
from tests.cast import found_consortium

WITH_TOKEN = read_settings(
    {"TONGPING_TELEGRAM_TOKEN": "123456:AbCdEfGhIjKlMnOp", "TONGPING_TELEGRAM_API": "http://127.0.0.1:1"}
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What Telegram is asked with; it answers `asked_bot`."""
    questions: list[tuple[str, str]] = []

    async def answer(token: str, api: str) -> str:
        questions.append((token, api))
        return "asked_bot"

    monkeypatch.setattr(module, "_ask", answer)
    return questions


def test_configured_name_is_taken_without_asking(session: Session, asked: list[tuple[str, str]]) -> None:
    found_consortium(session, telegram={"bot": "configured_bot"})
    assert (bot_name(session, WITH_TOKEN), asked) == ("configured_bot", [])


def test_unknown_name_is_asked_once_and_remembered(session: Session, asked: list[tuple[str, str]]) -> None:
    found_consortium(session)
    assert bot_name(session, WITH_TOKEN) == "asked_bot"
    assert bot_name(session, read_settings({})) == "asked_bot"
    assert asked == [("123456:AbCdEfGhIjKlMnOp", "http://127.0.0.1:1")]
    assert installation(session).bot_name == "asked_bot"


def refused(session: Session, settings: Settings) -> str:
    with pytest.raises(DomainError) as caught:
        bot_name(session, settings)
    return caught.value.code


def test_without_name_and_token_it_is_refused(session: Session) -> None:
    found_consortium(session)
    assert refused(session, read_settings({})) == "bot_unknown"


def test_telegram_that_does_not_answer_is_refused(session: Session) -> None:
    found_consortium(session)
    assert refused(session, WITH_TOKEN) == "telegram_unreachable"
    assert installation(session).bot_name is None
