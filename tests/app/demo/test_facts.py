"""What the demo says in the end: how much happened, as counted in the rows, and links that work once."""

from __future__ import annotations

import re
from contextlib import closing

from sqlalchemy import select

from app.demo import facts as module
from app.demo.facts import closing_words, facts_of
from app.settings import read_settings
from consortium.links import token_hash
from consortium.models import SignInLink
from storage.database import Database
from tests.app.command_line import CommandLine
from web.application import DemoFacts


def test_facts_are_counted_from_the_rows(october: CommandLine) -> None:
    with closing(Database(october.database_url)) as database, database.transaction() as session:
        assert facts_of(session) == DemoFacts(months=("2026-10",), units=6, responses=1, ballots=30)


def test_facts_of_an_empty_consortium_are_zeros(group: CommandLine) -> None:
    with closing(Database(group.database_url)) as database, database.transaction() as session:
        assert facts_of(session) == DemoFacts(months=(), units=6, responses=0, ballots=0)


def test_closing_words_hold_a_new_link_for_each_of_three(october: CommandLine, monkeypatch: object) -> None:
    settings = read_settings({"TONGPING_PORT": "8123", "TONGPING_CLOCK": "2026-11-03T09:00:00+08:00"})
    with closing(Database(october.database_url)) as database, database.transaction() as session:
        monkeypatch.setattr(module, "SIGN_IN", ("chen", "zhao", "jia.rep"))  # type: ignore[attr-defined]
        first = closing_words(session, settings=settings, language="en")
        second = closing_words(session, settings=settings, language="zh")
        tokens = re.findall(r"http://127\.0\.0\.1:8123/sign-in/(\S+)", "\n".join(first + second))
        assert len(set(tokens)) == 6
        made = {link.token_hash: link.person_id for link in session.scalars(select(SignInLink))}
        assert [made[token_hash(token)] for token in tokens] == ["chen", "zhao", "jia.rep"] * 2
    assert "Played 2026-10: units 6, responses 1, ballots 30." in first
    assert any("密钥" in line or "私钥" in line for line in second)  # the demo says plainly where its key lies
    assert "http://127.0.0.1:8123/bulletins/2026-10" in "\n".join(first)
