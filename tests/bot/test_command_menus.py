"""The platform's command menus: by role and place, in both languages, kept up to date, never in the way."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import delete, update

from bot.command_menus import CommandMenu, command_menus, keep_menus
from consortium.models import Chat, Person, Role
from tests.bot.inbound_thread import polling
from tests.cast import NOW
from tests.telegram_double import ServerError, TelegramDouble, TooMany


@pytest.fixture
def people(phone, bind):
    """Chen of the office, and Wang, who represents a unit and reads English."""
    for name, account, person in (("Chen", "201", "chen"), ("Wang", "302", "wang")):
        bind(phone(name, account), person)


def office_group(database):
    with database.transaction() as session:
        session.add(
            Chat(channel="telegram", address="-500", kind="group", title="g", state="active", purpose="office",
                 seen_at=NOW)
        )  # fmt: skip


def wanted(database):
    with database.transaction() as session:
        return {menu.place: [name for name, _ in menu.entries] for menu in command_menus(session)}


def set_menus(tg):
    """(scope, chat, language) → names, as Telegram has them."""
    found = {}
    with tg.world.lock:
        for key, commands in tg.world.commands.items():
            scope, language = json.loads(key)
            found[scope["type"], str(scope.get("chat_id", "")), language] = [each["command"] for each in commands]
    return found


def test_menus_by_role_and_place(people, consortium):
    office_group(consortium)
    found = wanted(consortium)
    patient = ["start", "receipt", "stop", "language", "help"]
    for tag in ("", "zh", "en"):
        assert found["default", "", tag] == patient
        assert found["all_group_chats", "", tag] == ["language", "help"]
        assert "settle" in found["chat", "-500", tag]
        assert "log" not in found["chat", "-500", tag]
    assert {"status", "close", "log", "help"} <= set(found["chat", "201", ""])
    assert "status" not in found["chat", "302", ""]
    assert "explain" in found["chat", "302", ""]
    with consortium.transaction() as session:
        english = next(menu for menu in command_menus(session) if menu.chat == "302")
        assert dict(english.entries)["explain"] == "Scorecards"
        session.execute(update(Chat).where(Chat.address == "302").values(language="zh"))
        chosen = next(menu for menu in command_menus(session) if menu.chat == "302")
        assert dict(chosen.entries)["explain"] == "成绩单"


def test_whoever_loses_a_role_or_leaves_is_offered_what_everybody_is(people, consortium):
    with consortium.transaction() as session:
        session.execute(delete(Role).where(Role.person_id == "chen"))
        session.execute(update(Person).where(Person.id == "wang").values(active=False))
    found = wanted(consortium)
    assert found["chat", "201", ""] == found["chat", "302", ""] == found["default", "", ""]


def test_menus_are_set_once_kept_up_to_date_and_taken_away(people, consortium):
    office_group(consortium)
    calls: list[CommandMenu] = []

    async def story():
        stopping = asyncio.Event()
        looked = asyncio.Event()

        async def set_menu(menu):
            calls.append(menu)
            looked.set()
            return True

        keeping = asyncio.create_task(keep_menus(consortium, set_menu, stopping=stopping, seconds=0.01))
        count = len(wanted(consortium))
        while len(calls) < count:
            await asyncio.wait_for(looked.wait(), 10)
            looked.clear()
        with consortium.transaction() as session:
            session.execute(update(Chat).where(Chat.address == "-500").values(purpose=None))
            session.execute(delete(Role).where(Role.person_id == "wang"))
        while len(calls) < count + 4:
            await asyncio.wait_for(looked.wait(), 10)
            looked.clear()
        stopping.set()
        await asyncio.wait_for(keeping, 10)
        return count

    count = asyncio.run(story())
    assert len({menu.place for menu in calls[:count]}) == count
    assert [(menu.chat, len(menu.entries)) for menu in calls[count:]] == [
        ("302", 5), ("-500", 0), ("-500", 0), ("-500", 0),
    ]  # fmt: skip


def test_what_cannot_be_set_now_is_tried_again_and_stops_nothing(consortium):
    tries: list[CommandMenu] = []

    async def story():
        stopping = asyncio.Event()

        async def set_menu(menu):
            tries.append(menu)
            if len(tries) >= 8:
                stopping.set()
            if len(tries) == 1:
                raise RuntimeError("the line is down")
            return len(tries) > 2

        await asyncio.wait_for(keep_menus(consortium, set_menu, stopping=stopping, seconds=0.01), 10)

    asyncio.run(story())
    assert tries[0] == tries[1]  # the fault ended the first look; the next one began again
    assert tries[7] == tries[1]
    assert len(set(tries)) == 6


def test_telegram_takes_every_menu_and_refusals_are_settled_or_tried_again(people, consortium):
    with TelegramDouble() as tg, polling(tg, consortium) as door:
        with consortium.transaction() as session:
            menus = command_menus(session)
        assert [door.do(door.inbound._set_menu(menu)) for menu in menus] == [True] * len(menus)
        assert set_menus(tg) == wanted(consortium)
        tg.fails("setMyCommands", ServerError())
        assert door.do(door.inbound._set_menu(menus[0])) is False
        tg.fails("setMyCommands", TooMany(0))
        assert door.do(door.inbound._set_menu(menus[0])) is False
        assert door.do(door.inbound._set_menu(CommandMenu("default", "", (("BAD NAME", "x"),)))) is True
        assert door.do(door.inbound._set_menu(CommandMenu("chat", "", (), "302"))) is True
        assert ("chat", "302", "") not in set_menus(tg)
