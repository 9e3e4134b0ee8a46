from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import WordsPrompt
from bot.prompts import LIFETIME, Prompt, ask_for_words, forget_prompt, keep_words, prompt_of
from bot.turn import Turn

NOW = datetime(2026, 10, 20, 2, tzinfo=UTC)


def turn(session: Session, *, chat: str = "1", now: datetime = NOW) -> Turn:
    said: Mapping[str, Any] = {"channel": "local", "chat": chat}
    return cast("Turn", SimpleNamespace(session=session, said=SimpleNamespace(**said), now=now))


def test_nothing_is_asked_at_first(session: Session) -> None:
    assert prompt_of(turn(session)) is None


def test_the_last_that_was_asked_counts(session: Session) -> None:
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    ask_for_words(turn(session), purpose="reading", subject="2026-11/first_visit")
    assert prompt_of(turn(session)) == Prompt("reading", "2026-11/first_visit")


def test_another_chat_was_not_asked(session: Session) -> None:
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    assert prompt_of(turn(session, chat="2")) is None


@pytest.mark.parametrize(("late", "counts"), [(LIFETIME - timedelta(seconds=1), True), (LIFETIME, False)])
def test_a_prompt_lasts_a_day(session: Session, late: timedelta, counts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    assert (prompt_of(turn(session, now=NOW + late)) is not None) == counts


def test_a_forgotten_prompt_is_gone_and_forgetting_twice_harms_nobody(session: Session) -> None:
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    forget_prompt(turn(session))
    forget_prompt(turn(session))
    assert prompt_of(turn(session)) is None


def test_words_that_wait_for_a_yes_are_kept_until_the_next_ones_or_another_prompt(session: Session) -> None:
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    for words in ("first", "second"):
        keep_words(turn(session), words)
        assert prompt_of(turn(session)) == Prompt("objection", "2026-10", words)
    ask_for_words(turn(session), purpose="objection", subject="2026-11")
    assert prompt_of(turn(session)) == Prompt("objection", "2026-11")


def test_words_in_another_chat_are_not_kept_here(session: Session) -> None:
    ask_for_words(turn(session), purpose="objection", subject="2026-10")
    keep_words(turn(session, chat="2"), "elsewhere")
    assert prompt_of(turn(session)) == Prompt("objection", "2026-10")
    assert prompt_of(turn(session, chat="2")) is None


def test_what_counts_no_more_is_removed_with_the_next_question_anywhere(session: Session) -> None:
    for chat, late in (("1", timedelta()), ("2", timedelta(seconds=1))):
        ask_for_words(turn(session, chat=chat, now=NOW + late), purpose="objection", subject="2026-10")
        keep_words(turn(session, chat=chat, now=NOW + late), "not handed in")
    ask_for_words(turn(session, chat="3", now=NOW + LIFETIME), purpose="reading", subject="x")
    assert sorted(session.scalars(select(WordsPrompt.chat))) == ["2", "3"]
