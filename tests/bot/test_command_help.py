"""The help: short, whole, by role; an outsider who reads nothing else can drive a month by it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.commands import COMMANDS, SEASON, commands_for
from bulletins.cutting import utf16_length
from consortium.models import Chat, Role
from consortium.permissions import ROLES
from locales.texts import LANGUAGES, catalogue
from tests.cast import NOW


@pytest.fixture
def chen(phone, bind):
    device = phone("Chen", "201")
    bind(device, "chen")
    return device


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_offices_help_names_every_command_what_it_does_and_who_agrees(chen, consortium, language):
    with consortium.transaction() as session:
        session.execute(update(Chat).values(language=language))
    chen.says("/help")
    words, texts = chen.screen, catalogue(language, "commands")
    assert utf16_length(words) <= 4096
    for command in commands_for({"office"}, "private"):
        assert f"/{command.name}" in words
        assert texts[f"commands.help.{command.name}"] in words
    places = [words.index(f"/{name} {COMMANDS[name].example}".rstrip()) for name in SEASON]
    assert places == sorted(places)
    for name in SEASON:
        assert texts[f"commands.effect.{name}"] in words
        assert texts[f"commands.second.{name}" if COMMANDS[name].second else "commands.second.never"] in words


def test_others_read_only_what_is_theirs(chen, phone, bind, consortium):
    li = phone("Li", "301")
    bind(li, "li")
    li.says("/help")
    assert {line.split("　")[0] for line in li.screen.split("\n") if line.startswith("/")} == {
        "/explain h2 2026-10", "/visits", "/story", "/honours", "/start", "/receipt", "/stop", "/language", "/help",
    }  # fmt: skip
    mei = phone("Mei", "111")
    mei.says("/help")
    assert "/status" not in mei.said[-1]
    with consortium.transaction() as session:
        session.execute(update(Role).where(Role.person_id == "chen").values(role="auditor"))
    chen.says("/help")
    assert "/log" in chen.screen
    assert "/settle" not in chen.screen


def test_in_the_offices_group_it_names_what_can_be_said_there(chen, phone, consortium):
    with consortium.transaction() as session:
        session.add(
            Chat(channel="telegram", address="-500", kind="group", title="g", state="active", purpose="office",
                 seen_at=NOW)
        )  # fmt: skip
    here = phone("Chen", "201", chat="-500")
    here.says("/help")
    assert "/settle 2026-10" in here.screen
    assert "/log" not in here.screen
    assert here.screen.endswith("成绩单、审计记录和预览请与我私聊。")


def test_every_command_has_its_texts_and_fits_the_platforms_menu():
    for language in LANGUAGES:
        texts = catalogue(language, "commands")
        for name, command in COMMANDS.items():
            assert 1 <= utf16_length(texts[f"commands.menu.{name}"]) <= 256
            assert f"commands.help.{name}" in texts
            assert name.isascii()
            assert name == name.lower()
            assert (f"commands.second.{name}" in texts) == command.second
    assert all(commands_for({role}, "private") for role in ROLES)
