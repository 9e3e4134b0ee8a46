"""`tongping chat`: the bot in a terminal, as a process that people type into."""

from __future__ import annotations

from locales.texts import catalogue
from tests.app.command_line import CommandLine


def test_chat_greets_whoever_is_chosen_and_ends_with_the_input(october: CommandLine) -> None:
    ran = october.starts("chat", talks="1\n/help\n/quit\n", LANG="en_GB.UTF-8")
    assert (ran.exit_code, ran.err) == (0, "")
    assert "陈静" in ran.out
    assert catalogue("en", "bot")["bot.terminal.bye"] in ran.out


def test_chat_speaks_chinese_by_itself(october: CommandLine) -> None:
    ran = october.done("chat")
    assert catalogue("zh", "bot")["bot.terminal.who"] in ran.out


def test_chat_asks_again_until_a_person_is_chosen(october: CommandLine) -> None:
    ran = october.run("chat", talks="999\nabc\n1\n/quit\n")
    assert ran.exit_code == 0
    assert ran.out.count(catalogue("zh", "bot")["bot.terminal.not_a_number"]) == 2


def test_chat_where_nothing_is_applied_is_refused(shell: CommandLine) -> None:
    ran = shell.run("chat")
    assert (ran.exit_code, ran.out) == (2, "")
    assert ran.err == catalogue("zh", "errors")["errors.not_applied"] + "\n"


def test_chat_with_postgresql_needs_a_key(shell: CommandLine) -> None:
    ran = shell.run("chat", DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert (ran.exit_code, ran.err) == (2, catalogue("zh", "errors")["errors.secret_key_needed"] + "\n")
